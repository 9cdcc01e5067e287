import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gallery import catalog
from gallery.catalog import CatalogError
from gallery.demo import Chapter, Demo
from tests.fake_demos import TITLES, fake_demo, fake_demos


@pytest.fixture
def twenty(tmp_path: Path) -> tuple[Demo, ...]:
    return fake_demos(tmp_path)


def test_the_order_is_the_lectures(twenty: tuple[Demo, ...]) -> None:
    shuffled = sorted(twenty, key=lambda demo: demo.id)
    arranged = catalog.arrange(shuffled)
    chapters = [demo.chapter for demo in arranged]
    assert chapters == sorted(chapters, key=list(Chapter).index)
    assert {demo.id for demo in arranged} == {name for name, _, _ in TITLES}


def test_order_within_a_chapter_comes_before_the_title(tmp_path: Path) -> None:
    first, second = fake_demo(tmp_path, "zebra", "Zebra"), fake_demo(tmp_path, "ant", "Ant")
    assert [demo.id for demo in catalog.arrange([first, second])] == ["ant", "zebra"]
    assert [demo.id for demo in catalog.arrange([first, replace(second, order=1)])] == ["zebra", "ant"]


def test_chapters_without_a_demo_are_left_out(twenty: tuple[Demo, ...]) -> None:
    assert list(catalog.by_chapter(twenty)) == list(Chapter)
    assert list(catalog.by_chapter(twenty[2:5])) == [Chapter.VISION]


def test_selecting(twenty: tuple[Demo, ...]) -> None:
    assert catalog.select(twenty) == twenty
    games = catalog.select(twenty, chapters=[Chapter.GAMES])
    assert {demo.id for demo in games} == {"go", "cartpole", "atari"}
    assert [demo.id for demo in catalog.select(twenty, ids=["go"])] == ["go"]
    with pytest.raises(CatalogError, match='no demo "chess"'):
        catalog.select(twenty, ids=["chess"])
    with pytest.raises(CatalogError, match="No demo is left"):
        catalog.select(twenty, chapters=[Chapter.VISION], ids=["go"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": " "}, "has no title"),
        ({"summary": ""}, "has no summary"),
        ({"lecture": ""}, "has no lecture"),
        ({"chapter": "Vision"}, "is none of the lecture's"),
    ],
)
def test_a_demo_that_breaks_the_contract(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    with pytest.raises(CatalogError, match=sentence):
        catalog.arrange([replace(fake_demo(tmp_path, "broken"), **change)])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Upper", "with-dash", "home", "status"])
def test_ids_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(CatalogError, match="cannot be a demo's id"):
        catalog.arrange([fake_demo(tmp_path, name)])


@pytest.mark.parametrize("file", ["lesson.md", "card.md"])
def test_a_demo_without_its_texts(tmp_path: Path, file: str) -> None:
    demo = fake_demo(tmp_path, "bare")
    (demo.folder / file).unlink()
    with pytest.raises(CatalogError, match=f"bare has no {file}"):
        catalog.arrange([demo])


def test_ids_and_model_keys_are_unique(tmp_path: Path) -> None:
    one = fake_demo(tmp_path / "a", "same")
    with pytest.raises(CatalogError, match="2 demos are called same"):
        catalog.arrange([one, one])
    other = replace(fake_demo(tmp_path / "b", "other"), models=one.models)
    with pytest.raises(CatalogError, match="2 models have the key same-linear"):
        catalog.arrange([one, other])


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "some_demos"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.startswith("some_demos")]:
        del sys.modules[name]


DEFINITION = """
from pathlib import Path
from gallery.demo import Chapter, Demo, Paper
DEMO = Demo(folder=Path(__file__).parent{more}, title="T", chapter=Chapter.GAMES, summary="S.", lecture="L.",
            paper=Paper("P", "A", 2000, "https://example.org"), models=(), build=lambda: None)
"""


def test_packages_are_found_and_files_are_not(package: Path) -> None:
    (package / "notes.py").write_text("raise RuntimeError")
    (package / "chess").mkdir()
    for name, text in {"__init__.py": DEFINITION.format(more=""), "lesson.md": "", "card.md": ""}.items():
        (package / "chess" / name).write_text(text)
    assert [demo.id for demo in catalog.find("some_demos")] == ["chess"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "has no DEMO"), (DEFINITION.format(more="/'elsewhere'"), "calls itself elsewhere")],
)
def test_packages_that_are_no_demos(package: Path, text: str, sentence: str) -> None:
    (package / "odd").mkdir()
    (package / "odd" / "__init__.py").write_text(text)
    with pytest.raises(CatalogError, match=sentence):
        catalog.find("some_demos")


def test_a_model_is_found_by_its_key(twenty: tuple[Demo, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "all_demos", lambda: twenty)
    assert catalog.model_spec("go-linear").title == "Go: policy and value, small"
    with pytest.raises(CatalogError, match='a model "deep blue"'):
        catalog.model_spec("deep blue")
