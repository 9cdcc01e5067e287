"""The rules of the house, read from its files."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = sorted(path for folder in ("gallery", "demos") for path in (ROOT / folder).rglob("*.py"))
INTERFACE = {"events", "launcher", "lesson", "permalink", "status", "theme", "views"}  # of gallery/: gradio
MAX_LINES = 350
MAX_BYTES = 10_000_000


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions; not those for type checkers only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_gallery_imports_no_demo() -> None:
    for path in (ROOT / "gallery").rglob("*.py"):
        assert not [name for name in imports(path) if name.split(".")[0] == "demos"], path


def test_demos_import_only_the_gallery_and_themselves() -> None:
    for path in (ROOT / "demos").rglob("*.py"):
        parts = path.relative_to(ROOT / "demos").parts
        for name in imports(path):
            if name.startswith("demos."):
                assert name.split(".")[1] == parts[0], f"{path} imports {name}"


def may_see_gradio(path: Path) -> bool:
    parts = path.relative_to(ROOT).parts
    if parts[0] == "gallery":
        return path.stem in INTERFACE or "widgets" in parts
    return path.stem in ("interface", "__main__") or bool({"views", "widgets"} & set(parts))


def test_only_interfaces_know_gradio() -> None:
    for path in CODE:
        if not may_see_gradio(path):
            assert not [name for name in imports(path) if name.split(".")[0] == "gradio"], path


def test_models_and_engines_do_not_reach_up() -> None:
    for path in (ROOT / "demos").rglob("*.py"):
        upward = {"model": ("engine", "interface", "views"), "engine": ("interface", "views")}.get(
            path.stem, ()
        )
        for name in imports(path):
            assert not set(name.split(".")) & set(upward), f"{path} imports {name}"


def tracked() -> list[Path]:
    """Files that git tracks or would track; all but caches where there is no git."""
    try:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("This is no git checkout.")
    return [ROOT / name for name in answer.stdout.splitlines() if (ROOT / name).is_file()]


def test_files_stay_small() -> None:
    for path in tracked():
        assert path.stat().st_size < MAX_BYTES, path
        if path.suffix in (".py", ".js", ".css"):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES, path


def test_names_say_what_is_in_a_file() -> None:
    for path in tracked():
        assert not re.search(r"(^|_)(utils?|helpers?|managers?|common|misc)($|_)", path.stem), path


# Written in parts, so that this file does not find itself.
FORBIDDEN = (
    r"files\.pythonhosted" + r"\.org",
    r"registry\.npmjs" + r"\.org",
    r"(?<![\w.])/(home|Users)/" + r"\w+/",
    r"(?<![\w./])/wo" + r"rk/",
)
TEXT = {".py", ".md", ".txt", ".toml", ".js", ".css", ".svg", ".json", ".yaml", ".yml", ".csv", ".lock", ""}


@pytest.mark.parametrize("pattern", FORBIDDEN)
def test_no_address_of_one_machine_or_registry(pattern: str) -> None:
    for path in tracked():
        if path.suffix in TEXT:
            text = path.read_text(encoding="utf-8", errors="ignore")
            assert not re.search(pattern, text), f"{path}: {pattern}"
