"""The pictures to start with: credited, small, readable, named once."""

from __future__ import annotations

from pathlib import Path

import pytest

from demos.style_transfer.engine import BOUNDS
from demos.style_transfer.examples import (
    PAINTED_AHEAD,
    PAINTINGS,
    PHOTOGRAPHS,
    STROKES,
    Example,
    painting,
    photograph,
    result,
    result_path,
    shipped,
)
from gallery.inputs import open_image

CREDITS = Path(__file__).parents[3] / "assets" / "CREDITS.md"
ALL = (*PHOTOGRAPHS, *PAINTINGS)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key)
def test_example_is_credited_small_and_a_picture(one: Example) -> None:
    assert f"images/style_transfer/{one.path.name}" in CREDITS.read_text(encoding="utf-8")
    assert one.path.stat().st_size < 400_000
    assert min(open_image(one.path).size) >= 256
    assert one.name
    assert len(one.description) > 20


def test_keys_are_found_and_unique() -> None:
    assert len({one.key for one in ALL}) == len(ALL)
    assert all(photograph(one.key) is one for one in PHOTOGRAPHS)
    assert all(painting(one.key) is one for one in PAINTINGS)
    for find in (photograph, painting):
        with pytest.raises(KeyError):
            find("unicorn")


def test_strokes_are_five_that_the_engine_takes() -> None:
    low, high = BOUNDS["stroke"]
    assert len(STROKES) == 5
    assert list(STROKES) == sorted(set(STROKES))
    assert low <= STROKES[0] <= STROKES[-1] <= high
    assert set(PAINTED_AHEAD) <= set(STROKES)


def test_results_that_ship_belong_to_the_examples() -> None:
    pairs = {
        result_path(content.key, style.key, stroke)
        for content in PHOTOGRAPHS for style in PAINTINGS for stroke in PAINTED_AHEAD
    }  # fmt: skip
    assert shipped() <= pairs
    assert result(PHOTOGRAPHS[0].key, PAINTINGS[0].key, 0.123) is None
