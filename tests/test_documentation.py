"""What the README and the set-up files say is so."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from gallery import readme
from gallery.card import split_front_matter

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
OWN = {"app", "gallery", "demos", "benchmarks", "tests"}
OPTIONAL = {"spaces"}  # there on Hugging Face only


def requirements(name: str) -> dict[str, Requirement]:
    lines = [line.strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    found = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    return {canonical(each.name): each for each in found if each.marker is None or each.marker.evaluate()}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_generated_parts_are_up_to_date() -> None:
    assert readme.complete(README) == README, "run `python -m gallery.readme`"


def test_front_matter_is_what_spaces_needs() -> None:
    front, _ = split_front_matter(README)
    assert front["sdk"] == "gradio"
    assert front["license"] == "apache-2.0"
    assert front["python_version"] == "3.12", "a string: as a number, 3.10 would be 3.1"
    assert front["pinned"] is False
    assert (ROOT / front["app_file"]).is_file()
    assert str(front["sdk_version"]) in requirements("requirements.txt")["gradio"].specifier
    assert len(front["short_description"]) <= 60
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {front["colorFrom"], front["colorTo"]} <= colours
    assert front["title"]
    assert front["emoji"]


def test_requirements_include_the_torch_of_spaces() -> None:
    wanted = requirements("requirements.txt")
    assert "2.11.0" in wanted["torch"].specifier
    assert "0.26.0" in wanted["torchvision"].specifier


@pytest.mark.parametrize("kind", ["requirements", "requirements-dev"])
def test_lock_fits_the_requirements(kind: str) -> None:
    locked = requirements(f"{kind}.lock")
    for name, wanted in requirements(f"{kind}.txt").items():
        (version,) = locked[name].specifier
        assert version.operator == "=="
        assert version.version in wanted.specifier, name


def test_locks_agree_and_name_no_place() -> None:
    run, dev = requirements("requirements.lock"), requirements("requirements-dev.lock")
    assert {name: str(each) for name, each in run.items()}.items() <= {
        name: str(each) for name, each in dev.items()
    }.items()
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"://|^-|@ |file:", text, re.MULTILINE), f"{name} names an index or a path"


def imports(folder: str) -> dict[str, str]:
    """Each package that is imported, at any place in a file, and one file that does so."""
    found = {}
    for path in [*(ROOT / folder).rglob("*.py")] if (ROOT / folder).is_dir() else [ROOT / folder]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0]: str(path) for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module.split(".")[0]] = str(path)
    return {
        name: path for name, path in found.items() if name not in sys.stdlib_module_names | OWN | OPTIONAL
    }


@pytest.mark.parametrize(
    ("folder", "kinds"),
    [
        ("app.py", ["requirements.txt"]),
        ("gallery", ["requirements.txt"]),
        ("demos", ["requirements.txt"]),
        ("benchmarks", ["requirements.txt", "requirements-dev.txt"]),
        ("tests", ["requirements.txt", "requirements-dev.txt"]),
    ],
)
def test_every_import_is_required(folder: str, kinds: list[str]) -> None:
    required = {name for kind in kinds for name in requirements(kind)}
    providers = importlib.metadata.packages_distributions()
    for module, path in imports(folder).items():
        distributions = {canonical(name) for name in providers.get(module, [module])}
        assert distributions & required, f"{path} imports {module}, which {kinds} do not ask for"


def test_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    named = {word for line in re.findall(r"\bmake ((?:[a-z]+ ?)+)", code_of(README)) for word in line.split()}
    assert named - {"#"} <= targets
    for module in re.findall(r"python -m ([\w.]+)", README):
        if module not in ("venv", "pip"):
            assert importlib.util.find_spec(module), module
    for name in re.findall(r"python -m benchmarks (\w+)", README):
        assert importlib.util.find_spec(f"benchmarks.{name}"), name


def code_of(markdown: str) -> str:
    """What stands between backticks, without the comments behind commands."""
    blocks = re.findall(r"```\n(.*?)```", markdown, re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", markdown, flags=re.DOTALL))
    return "\n".join(re.sub(r"\s#.*", "", line) for text in [*blocks, *spans] for line in text.splitlines())


def test_targets_are_explained_and_phony() -> None:
    described = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
    assert phony
    assert {"run", "test", "demo", "bench", "lint", "lock", "clean", "help"} <= described
    assert described <= set(phony[1].split())


def test_links_of_the_readme_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_ci_entry_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_image_is_credited() -> None:
    credits = (ROOT / "assets" / "CREDITS.md").read_text(encoding="utf-8")
    images = [path for path in (ROOT / "assets" / "images").rglob("*") if path.is_file()]
    # A folder of results is credited as a whole: `images/<demo>/results/*`.
    folders = {path.parent: path.parent.relative_to(ROOT / "assets").as_posix() for path in images}
    whole = {folder for folder, name in folders.items() if f"`{name}/*`" in credits}
    missing = [path.name for path in images if path.name not in credits and path.parent not in whole]
    assert not missing, f"assets/CREDITS.md has no line for {missing}"


def test_weights_are_small_enough_to_ship() -> None:
    for path in (ROOT / "assets" / "weights").iterdir():
        assert path.suffix == ".safetensors", path
        assert path.stat().st_size <= 10_000_000, path


def test_cards_are_yaml_that_anything_reads() -> None:
    for path in (ROOT / "demos").glob("*/card.md"):
        front, _ = split_front_matter(path.read_text(encoding="utf-8"))
        assert yaml.safe_load(yaml.safe_dump(front)) == front
