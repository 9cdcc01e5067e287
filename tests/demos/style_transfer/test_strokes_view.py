"""The view "Stroke size" without a browser: what it shows, and two pictures that are painted in turn."""

from __future__ import annotations

import functools
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from demos.style_transfer import examples
from demos.style_transfer.engine import Settings
from demos.style_transfer.examples import LARGE, MEDIUM, PAINTINGS, PHOTOGRAPHS, SMALL, STROKES
from gallery.inputs import InputError
from gallery.runtime import Runtime
from tests.demos.style_transfer.conftest import stripes

pytest.importorskip("gradio")
from demos.style_transfer.views import strokes
from demos.style_transfer.views.strokes import Painted, Result, found, hung, painted_before_ones_eyes, which

ITERATIONS = 12
VISITOR: Any = SimpleNamespace(session_hash="visitor")


@pytest.fixture
def pair(tmp_path: Path, photograph: Image.Image, painting: Image.Image) -> tuple[str, str]:
    """Two pictures that no example is."""
    paths = tmp_path / "photograph.png", tmp_path / "painting.png"
    for image, path in zip((photograph, painting), paths, strict=True):
        image.save(path)
    return str(paths[0]), str(paths[1])


@pytest.fixture
def quick(house: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strokes, "Settings", functools.partial(Settings, iterations=ITERATIONS, size=192))
    monkeypatch.setattr(strokes, "BETWEEN_FRAMES", 0.0)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[float, Path]:
    """The first pair's results."""
    folder = tmp_path / "results"
    folder.mkdir()
    monkeypatch.setattr(examples, "RESULTS", folder)
    paths = {}
    for stroke in (SMALL, MEDIUM, LARGE):
        paths[stroke] = examples.result_path(PHOTOGRAPHS[0].key, PAINTINGS[0].key, stroke)
        stripes(60, 45, seed=round(100 * stroke)).save(paths[stroke])
    monkeypatch.setattr(examples, "shipped", lambda: frozenset(folder.glob("*.webp")))
    return paths


def test_an_example_is_known_by_its_bytes(tmp_path: Path) -> None:
    for one in PHOTOGRAPHS:
        copy = tmp_path / "anything.png"
        shutil.copy(one.path, copy)
        assert which(str(copy), PHOTOGRAPHS) == one
    other = tmp_path / PHOTOGRAPHS[0].path.name
    stripes(10, 10).save(other)
    assert which(str(other), PHOTOGRAPHS) is None
    assert which(None, PHOTOGRAPHS) is None


def test_what_ships_is_shown_and_what_was_painted_takes_its_place(shipped: dict[float, Path]) -> None:
    pair = str(PHOTOGRAPHS[0].path), str(PAINTINGS[0].path)
    assert {stroke: seen.picture for stroke, seen in found(*pair, Painted()).items()} == shipped
    assert not found(str(PHOTOGRAPHS[1].path), pair[1], Painted())
    mine = Result(stripes(8, 8))
    own = found(*pair, Painted(pair, {SMALL: mine, STROKES[1]: mine}))
    assert own[SMALL] is own[STROKES[1]] is mine
    assert own[LARGE].picture == shipped[LARGE]
    assert SMALL not in found(str(PHOTOGRAPHS[1].path), pair[1], Painted(pair, {SMALL: mine}))


def test_three_places_on_the_wall(photograph: Image.Image) -> None:
    results = {
        SMALL: Result(stripes(60, 45)),
        STROKES[1]: Result(stripes(60, 45), "stopped after 3 of 9 steps"),
    }
    small, middle, large = hung(results, 2, photograph)
    assert (small["title"], middle["title"], large["title"]) == (
        "Small strokes",
        "In between",
        "Large strokes",
    )
    assert small["saved"]
    assert "0.35 ×" in small["about"]
    assert "stopped after 3 of 9" in middle["about"]
    assert large["picture"] is None
    assert "Paint small and large" in large["missing"]
    width, height = large["size"]
    assert width / height == pytest.approx(photograph.width / photograph.height, rel=0.01)
    assert hung(results, 1, photograph)[1]["title"] == "Small strokes"
    assert "Paint this size" in hung(results, 3, photograph)[1]["missing"]


@pytest.mark.usefixtures("quick")
def test_two_sizes_are_painted_step_by_step_in_turn(pair: tuple[str, str]) -> None:
    before = Painted(pair, {MEDIUM: Result(stripes(8, 8))})
    updates = [*painted_before_ones_eyes((SMALL, LARGE), *pair, before, "visitor")]
    first, *drafts, last = updates
    assert first[3]["interactive"] is True
    assert len(drafts) >= ITERATIONS - 1
    for number, (small, large, line, _, _) in enumerate(drafts[: ITERATIONS - 1], start=1):
        for value in (small, large):
            assert value["about"].endswith(f"step {number} of {ITERATIONS}")
            assert not value["saved"]
        assert f"{2 * number} of {2 * ITERATIONS} steps" in line
    painted = last[4]
    assert set(painted.results) == {SMALL, MEDIUM, LARGE}
    assert painted.results[SMALL].picture.size == painted.results[LARGE].picture.size == (192, 144)
    assert painted.results[SMALL].picture.tobytes() != painted.results[LARGE].picture.tobytes()
    assert f"Painted</b> after {2 * ITERATIONS} steps" in painted.line
    assert not strokes.painting


@pytest.mark.usefixtures("quick")
def test_stop_keeps_what_is_there(pair: tuple[str, str]) -> None:
    work = painted_before_ones_eyes((LARGE,), *pair, Painted(), "visitor")
    for _ in range(4):
        next(work)
    assert strokes.press_stop(VISITOR)["interactive"] is False
    *_, last = work
    result = last[3].results[LARGE]
    assert result.picture.size == (192, 144)
    steps = int(result.note.split()[2])
    assert 3 <= steps < ITERATIONS
    assert result.note == f"stopped after {steps} of {ITERATIONS} steps"
    assert "Stopped" in last[3].line
    assert not strokes.painting
    assert not strokes.stopping


@pytest.mark.usefixtures("quick")
def test_one_painting_at_a_time_and_closing_ends_it(pair: tuple[str, str], house: Runtime) -> None:
    work = painted_before_ones_eyes((SMALL, LARGE), *pair, Painted(), "visitor")
    next(work)
    next(work)
    with pytest.raises(InputError, match="already"):
        next(painted_before_ones_eyes((LARGE,), *pair, Painted(), "visitor"))
    other = painted_before_ones_eyes((LARGE,), *pair, Painted(), "somebody else")
    next(other)
    other.close()  # type: ignore[attr-defined]
    assert strokes.painting == {"visitor"}
    work.close()  # type: ignore[attr-defined]
    assert not strokes.painting
    assert not house.gate.busy


@pytest.mark.usefixtures("quick")
def test_what_cannot_be_used_is_one_sentence_and_changes_nothing(
    pair: tuple[str, str], tmp_path: Path
) -> None:
    text = tmp_path / "holiday.png"
    text.write_text("no <picture>")
    for content, style, sentence in (
        (str(text), pair[1], "The photograph: This file is not a picture"),
        (pair[0], str(text), "The painting: This file is not a picture"),
        (None, pair[1], "There is no photograph yet"),
    ):
        with pytest.raises(InputError, match=sentence):
            next(painted_before_ones_eyes((SMALL,), content, style, Painted(), "visitor"))
        *walls, line, stop = strokes.change(content, style, Painted(), 3, VISITOR)
        assert all(set(wall) == {"__type__"} for wall in walls), "Nothing is updated."
        assert sentence in line
        assert stop["interactive"] is False
    assert not strokes.painting
