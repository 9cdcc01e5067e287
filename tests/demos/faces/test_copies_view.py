"""The view "Is it a copy?" without a page: what it sends there, and what it refuses."""

from __future__ import annotations

import re
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest

from demos.faces.casting import sitter
from demos.faces.engine import Person
from demos.faces.neighbours import FIRST_PERSON, Comparison, Nearest, first, index
from demos.faces.views import copies
from demos.faces.views.histogram import Series, bounds, histogram, ticks
from gallery.runtime import Runtime

NEAR = (Nearest(3, 4.5, False), Nearest(8, 5.25, True))


def comparison(share: float) -> Comparison:
    return Comparison(np.zeros((128, 128, 3), np.uint8), NEAR, NEAR, share)


def test_the_first_page_is_there_without_computing() -> None:
    page = copies.page(FIRST_PERSON, first(), index())
    assert page.count("data:image/webp") == page.count("data:") == 1 + 12
    assert "This person does not exist." in page
    assert f"Seed {FIRST_PERSON.seed}, {FIRST_PERSON.year}," in page
    assert 'role="img"' in page


def test_the_first_page_comes_when_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> Comparison:
        raise AssertionError("This was computed before.")

    monkeypatch.setattr(copies, "compared", never)
    first_of_all = (str(FIRST_PERSON.seed), FIRST_PERSON.year, FIRST_PERSON.colour)
    assert all(update == gr.skip() for update in copies.show(*first_of_all, None, False))
    assert copies.show(*first_of_all, None, True) == [
        copies.page(FIRST_PERSON, first(), index()), FIRST_PERSON
    ]  # fmt: skip


def test_a_row_shows_distances_and_mirrored_faces() -> None:
    row = copies.row(NEAR, index(), 2)
    assert re.findall(r"Training face at distance ([\d.]+)", row) == ["4.50", "5.25"]
    assert row.count('class="mirrored"') == row.count("<br>mirrored") == 1


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "nearer than that of any portrait"),
        (0.42, "farther away than 42 % of real faces are"),
        (1.0, "farther away than that of any portrait"),
    ],
)
def test_the_verdict(share: float, said: str) -> None:
    assert said in copies.verdict(comparison(share))


def test_photographs_that_are_filed_twice_are_told_of() -> None:
    known = replace(index(), held_out=np.array([0.1, 0.2, 3.0, 4.0], np.float32))
    assert "2 of the portraits" in copies.twice(known)
    assert "at most 0.20" in copies.twice(known)
    assert copies.twice(replace(known, held_out=known.held_out[2:])) == ""


def test_a_person_is_looked_for_once(house: Runtime) -> None:
    page, answered = copies.show("5", 1950, False, FIRST_PERSON, True)
    assert "Seed 5, 1950, black and white." in page
    assert answered == Person(5, 1950, False)
    assert all(update == gr.skip() for update in copies.show("5", 1950, False, answered, True))
    assert all(update == gr.skip() for update in copies.show("6", 1950, False, answered, False))


@pytest.mark.parametrize("seed", ["", "-1", "seven", str(2**64), "1.5", "٣"])
def test_a_bad_seed_is_a_sentence(house: Runtime, seed: str) -> None:
    page, answered = copies.show(seed, 1950, False, None, True)
    assert 'role="alert"' in page
    assert "The seed is a whole number" in page
    assert answered is None
    with pytest.raises(gr.Error, match="seed is a whole number"):
        copies.nearest(seed)


def test_a_notebook_gets_distances_and_no_faces(house: Runtime) -> None:
    told = copies.nearest("5")
    assert told == copies.nearest("5")
    assert (told["seed"], told["year"], told["colour"]) == (5, sitter(5).year, sitter(5).colour)
    assert len(told["by_features"]) == len(told["by_pixels"]) == 6
    distances = [one["distance"] for one in told["by_features"]]
    assert distances == sorted(distances)
    assert set(told["by_features"][0]) == {"distance", "mirrored"}
    assert told["share_of_real_faces"] == pytest.approx(index().share(distances[0]), abs=0.01)
    assert told["training_faces"] == len(index())


def test_somebody_else_is_somebody() -> None:
    seed, year, colour = copies.somebody_else()
    assert sitter(seed) == Person(int(seed), year, colour)


def test_a_histogram_is_as_tall_as_its_values() -> None:
    drawn = histogram(
        [Series("ten", np.array([0.0] * 9 + [10.0]))], 5.0, marked="<this>", axis="a & b", said='"so"'
    )
    heights = {float(y) for y in re.findall(r"V([\d.]+)H", drawn)}
    assert len(heights) == 3, "The floor, the nine and the one."
    floor, one, nine = sorted(heights, reverse=True)
    assert (floor - one) / (floor - nine) == pytest.approx(1 / 9, abs=0.01)
    assert "&lt;this&gt;" in drawn
    assert "a &amp; b" in drawn
    assert "&quot;so&quot;" in drawn
    x = float(re.findall(r'class="mark" x1="([\d.]+)"', drawn)[0])
    assert x == pytest.approx(210, abs=5)


def test_bounds_and_ticks() -> None:
    low, high = bounds([np.array([1.0, 2.0])], 9.0)
    assert low < 1
    assert high > 9
    assert bounds([np.array([])], None) < (0.0, 2.0)
    assert bounds([np.array([3.0])], None)[0] < 3 < bounds([np.array([3.0])], None)[1]
    assert ticks(0.1, 10.2) == [2, 4, 6, 8, 10]
    for low, high in ((-0.013, 0.02), (3, 900), (-7, -2)):
        assert 3 <= len(ticks(low, high)) <= 12
        assert all(low <= tick <= high for tick in ticks(low, high))
