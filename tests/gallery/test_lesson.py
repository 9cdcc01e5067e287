import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from gallery import lesson
from gallery.lesson import card_text, code_text, figure, lesson_text, source_of
from tests.fake_demos import fake_demo

HERE = "tests.gallery.test_lesson"


def test_the_code_is_that_of_the_file() -> None:
    path, line, source = source_of("gallery.lesson:source_of")
    assert path == "gallery/lesson.py"
    lines = Path(lesson.__file__).read_text(encoding="utf-8").splitlines()
    assert lines[line - 1] == "def source_of(function: str) -> tuple[str, int, str]:"
    assert source.splitlines()[0] == lines[line - 1]
    assert source.endswith("for line in lines)")


class Layer:
    @staticmethod
    def forward() -> int:
        return 1


def test_methods_come_with_their_decorators_and_without_indent() -> None:
    _, _, source = source_of(f"{HERE}:Layer.forward")
    assert source == "@staticmethod\ndef forward() -> int:\n    return 1"


def test_nothing_is_imported_to_read_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "heavy_engine.py").write_text("raise RuntimeError('imported')\ndef work(): ...\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert source_of("heavy_engine:work")[2] == "def work(): ..."


@pytest.mark.parametrize(
    "function", ["gallery.lesson:nothing", "gallery.nothing:at_all", f"{HERE}:Layer.back"]
)
def test_code_that_is_gone_is_noticed_when_the_page_is_built(function: str) -> None:
    with pytest.raises(ValueError, match="whose code could be shown"):
        source_of(function)


def test_the_code_names_its_place() -> None:
    text = code_text(["gallery.lesson:code_text"])
    assert text.startswith("**code_text** in `gallery/lesson.py`, line ")
    assert "```python\ndef code_text" in text


def test_the_lesson_ends_with_things_to_try_and_the_paper(tmp_path: Path) -> None:
    text = lesson_text(fake_demo(tmp_path, "one"), ["Turn it upside down."])
    assert text.startswith("## One layer")
    assert "$$" in text
    assert "- Turn it upside down." in text
    assert "[A paper](https://example.org/paper), 2012." in text


def test_the_figure_is_a_labelled_drawing(tmp_path: Path) -> None:
    demo = fake_demo(tmp_path, "one", "One & two")
    drawing = figure(demo, demo.folder / "dataflow.svg")
    assert drawing is not None
    root = ElementTree.fromstring(drawing)
    assert root.attrib["aria-label"] == "How data flows through One & two"
    assert root[0].attrib["stroke"] == "currentColor"
    assert figure(demo, None) is None


def test_the_card_shows_its_figures(tmp_path: Path) -> None:
    card = fake_demo(tmp_path, "one").card
    text = card_text(card)
    assert "| val top1 | 0.75 |" in text
    for name in (*card.weights, *card.sha256):
        assert name in text
    assert "CC0-1.0" in text
    assert text.endswith("A linear layer with nothing to say.")
