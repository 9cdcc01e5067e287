"""Directions: what is measured in pictures, the regression, the choice of levels, the file that ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from demos.faces import attributes, directions, engine
from demos.faces.attributes import (
    BRIDGE,
    CHIN,
    HAIR,
    LEFT_CHEEK,
    MEASURED,
    MOUTH,
    RIGHT_CHEEK,
    Attribute,
    Pictures,
)
from demos.faces.directions import at_random, judged, ruler, search, steps, strip, studio, tuned, year_reader
from demos.faces.engine import FIRST_COLOUR, FIRST_YEAR, LAST_YEAR, Person, painted
from demos.faces.model import LEVELS, STYLE, Generator
from demos.faces.steering import (
    FARTHEST,
    FILE,
    Direction,
    direction_of,
    moved,
    save,
    sha256_of_generator,
    shipped,
)
from demos.faces.walk import SHIPPED
from gallery.inputs import InputError

MEASURE = {one.key: one.measure for one in MEASURED}


def direction(key: str = "beard", **changes: Any) -> Direction:
    values: dict[str, Any] = {
        "key": key, "name": "Dark chin", "less": "bright", "more": "dark", "levels": (1, 2),
        "correlation": 0.9, "gain": 1.0, "leaks": {"Turning": 0.1, "Era": -0.2}, "step": torch.ones(STYLE),
    }  # fmt: skip
    return Direction(**values | changes)


# --- measures ---


def face(**boxes: Any) -> Pictures:
    """A face of one grey with a gentle slope, so that it has a contrast, and boxes of other greys."""
    values = np.tile(120 + np.arange(128)[:, None] % 16, (1, 128)).astype(np.uint8)
    for name, (box, shade) in boxes.items():
        assert name
        left, right, top, bottom = box
        values[top:bottom, left:right] = shade
    return np.repeat(values[None, :, :, None], 3, axis=3)


@pytest.mark.parametrize(
    ("key", "box", "shade"),
    [
        ("beard", CHIN, 30),
        ("smile", (MOUTH[0], MOUTH[1], MOUTH[2] + 4, MOUTH[2] + 8), 250),
        ("glasses", (BRIDGE[0], BRIDGE[1], BRIDGE[2] + 4, BRIDGE[2] + 7), 20),
        ("hair", HAIR, 240),
        ("light", RIGHT_CHEEK, 200),
        ("skin", LEFT_CHEEK, 200),
        ("wall", attributes.WALL[0], 250),
    ],
)
def test_a_measure_rises_with_what_it_is_called(key: str, box: attributes.Box, shade: int) -> None:
    without, with_it = (MEASURE[key](one)[0] for one in (face(), face(part=(box, shade))))
    assert with_it > without + 0.05


def test_colour_is_measured_in_colours() -> None:
    grey = face()
    tinted = grey.copy()
    tinted[..., 0] += 40
    assert MEASURE["colour"](grey)[0] == 0
    assert MEASURE["colour"](tinted)[0] == 40


@pytest.mark.parametrize("shift", [-6, 0, 4])
def test_turning_is_where_nose_and_mouth_have_their_middle(shift: int) -> None:
    """The axis of symmetry, in pixels, of a lower face of two strokes on either side of it."""
    picture = face()
    for offset in (-14, -5, 5, 14):
        x = 64 + shift + offset
        picture[0, 66:100, x - 1 : x + 1] = 20
    assert MEASURE["turn"](picture)[0] == pytest.approx(shift, abs=0.7)


def test_measures_do_not_depend_on_the_company() -> None:
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (5, 128, 128, 3), dtype=np.uint8)
    for one in MEASURED:
        together = one.measure(pictures)
        assert together.shape == (5,)
        assert np.isfinite(one.measure(np.zeros((1, 128, 128, 3), np.uint8))).all()
        np.testing.assert_allclose(together[3:4], one.measure(pictures[3:4]), rtol=1e-4, atol=1e-5)


def test_the_year_is_read_where_it_can_be_seen() -> None:
    random = np.random.default_rng(0)
    years = random.uniform(1850, 2024, 300)
    pictures = random.integers(80, 120, (300, 128, 128, 3)).astype(np.uint8)
    pictures[:, :64] += (years[:, None, None, None] - 1850).astype(np.uint8) // 2
    reader = year_reader(pictures[:200], years[:200])
    assert np.corrcoef(reader.measure(pictures[200:]), years[200:])[0, 1] > 0.98


# --- the search ---


def test_the_regression_recovers_planted_directions() -> None:
    """Two traits that lie at an angle to each other, in styles that spread unevenly."""
    random = np.random.default_rng(0)
    spread = np.diag(random.uniform(0.5, 2, 20))
    styles = random.normal(size=(20_000, 20)) @ spread
    a, b = np.zeros(20), np.zeros(20)
    a[0], b[0], b[1] = 1.0, 0.6, 0.8
    measures = np.stack([styles @ a, styles @ b], axis=1) + 0.1 * random.normal(size=(20_000, 2))
    found = steps(styles, measures)
    np.testing.assert_allclose(found @ np.stack([a, b]).T, np.eye(2), atol=0.02)
    # Nothing moves that has no part in either.
    assert np.abs(found[:, 2:]).max() < 0.05 * np.abs(found[:, :2]).max()


class Planted:
    """A generator that paints a chin as dark as number 0 of the style at level 1 says, a wall as bright as
    number 1 at level 4 says; there, number 5 brightens everything."""

    start = torch.zeros(1)

    def __init__(self) -> None:
        random = torch.Generator().manual_seed(0)
        self.noise = torch.randn(128, STYLE, generator=random)

    def mapping(self, z: Tensor, condition: Tensor) -> Tensor:
        styles: Tensor = z @ self.noise / 128**0.5
        styles[:, 5] += condition[:, -1]
        return styles

    def painted(self, styles: Tensor, noise: object) -> Tensor:
        del noise
        pictures = torch.zeros(len(styles), 3, 128, 128)
        pictures[:, :, :, ::2] = 0.4
        left, right, top, bottom = CHIN
        pictures[:, :, top:bottom, left:right] -= 0.15 * styles[:, 1, 0, None, None, None]
        for left, right, top, bottom in attributes.WALL:
            pictures[:, :, top:bottom, left:right] += 0.15 * styles[:, 4, 1, None, None, None]
        everywhere: Tensor = 0.1 * styles[:, 4, 5, None, None, None]
        return pictures + everywhere


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Generator:
    monkeypatch.setattr(engine, "painter_of", lambda generator: generator.painted)
    return cast(Generator, Planted())


def test_a_planted_trait_is_found_at_its_level(planted: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = tuple(one for one in MEASURED if one.key in ("beard", "wall"))
    monkeypatch.setattr(directions, "MEASURED", chosen)
    found, _ = search(planted, samples=600, tuning=6, testing=12)
    beard, wall, era = found
    assert (beard.key, wall.key, era.key) == ("beard", "wall", "era")
    for one, number, level in ((beard, 0, 1), (wall, 1, 4)):
        assert one.passes
        assert level in one.levels
        assert one.correlation > 0.9
        assert one.gain == pytest.approx(1, abs=0.15)
        weights = one.step.abs()
        assert int(weights.argmax()) == number
    assert abs(beard.leaks["Background"]) < 0.2


def test_controls_are_measured_but_get_no_slider(planted: Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = tuple(one for one in MEASURED if one.key in ("beard", "skin"))
    monkeypatch.setattr(directions, "MEASURED", chosen)
    found, _ = search(planted, samples=200, tuning=3, testing=4)
    assert [one.key for one in found] == ["beard", "era"]
    assert "Brightness of the face" in found[0].leaks


def test_the_length_is_made_as_long_as_it_says(planted: Generator) -> None:
    """A step that was three times too long has, in the end, a gain of one, and spares the other trait."""

    def number_0(pictures: Pictures) -> Any:
        left, right, top, bottom = CHIN
        return -pictures[:, top:bottom, left:right].mean(axis=(1, 2, 3))

    def number_5(pictures: Pictures) -> Any:
        return pictures[:, 60, 0].mean(axis=1)

    pair = (Attribute("a", "A", "", "", number_0), Attribute("b", "B", "", "", number_5))
    random = torch.Generator().manual_seed(1)
    styles = torch.randn(40, 1, STYLE, generator=random).expand(-1, len(LEVELS), -1)
    measure = ruler(pair, painted(planted, styles))
    step = torch.zeros(STYLE)
    step[0], step[5] = 3.0, 3.0
    levels, long = tuned(studio(planted, measure, styles[:10]), 0, step)
    assert 1 in levels, "There the trait is."
    assert 4 not in levels, "There the other one is."
    one = judged(studio(planted, measure, styles[10:]), 0, long, levels)
    assert one.gain == pytest.approx(1, abs=0.1)


def test_people_of_the_search_are_strangers_to_the_page() -> None:
    crowd = at_random(200, directions.FIRST_SEED, truncation=1.0)
    assert len({one.seed for one in crowd}) == 200
    assert min(one.seed for one in crowd) == directions.FIRST_SEED
    assert all(FIRST_YEAR <= one.year <= LAST_YEAR for one in crowd)
    assert not any(one.colour for one in crowd if one.year < FIRST_COLOUR - 50)
    assert all(one.colour for one in crowd if one.year > FIRST_COLOUR + 50)
    assert crowd == at_random(200, directions.FIRST_SEED, truncation=1.0)


# --- what is done with them ---


def test_faces_move_at_the_levels_of_a_direction() -> None:
    styles = torch.zeros(2, len(LEVELS), STYLE)
    found = moved(styles, {"beard": 2.0}, [direction()])
    assert (found[:, [1, 2]] == 2).all()
    assert (found[:, [0, 3, 4, 5]] == 0).all()
    assert not styles.any(), "What is handed in stays as it is."
    both = moved(styles, {"beard": 1.0, "era": -1.0}, [direction(), direction("era", levels=(0, 1))])
    assert both[0, :, 0].tolist() == [-1, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("key", ["", "hat", None, 3])
def test_an_unknown_direction_is_refused_with_the_names_of_all(key: object) -> None:
    with pytest.raises(InputError, match="beard"):
        direction_of(key, [direction()])


@pytest.mark.parametrize(
    "changes",
    [{"correlation": 0.79}, {"gain": 0.4}, {"gain": -1.0}, {"leaks": {"Turning": 0.1, "Era": -0.26}}],
)
def test_what_does_not_do_what_it_says_does_not_pass(changes: dict[str, Any]) -> None:
    assert direction().passes
    assert direction().worst == ("Era", -0.2)
    assert not direction(**changes).passes


def test_the_file_keeps_what_was_found(tmp_path: Path) -> None:
    good, bad = direction(), direction("era", correlation=0.1)
    save([good, bad], 0.75, "abc", tmp_path / "directions.safetensors")
    found = shipped(tmp_path / "directions.safetensors")
    assert (found.generator, found.year_reading) == ("abc", 0.75)
    (one,), (other,) = found.directions, found.failed
    assert (one.key, other.key, one.levels, one.leaks) == ("beard", "era", (1, 2), good.leaks)
    torch.testing.assert_close(one.step, good.step)


def test_what_ships_was_found_in_the_weights_that_ship() -> None:
    """Otherwise run `python -m demos.faces.directions` again."""
    found = shipped()
    assert found.generator == sha256_of_generator()
    assert found.directions, "No slider at all?"
    assert FILE.stat().st_size < 100_000
    keys = [one.key for one in (*found.directions, *found.failed)]
    assert set(keys) == {one.key for one in MEASURED if not one.control} | {"era"}
    for one in found.directions:
        assert (SHIPPED / f"direction-{one.key}.webp").is_file()
        assert one.step.shape == (STYLE,)


def test_a_strip_shows_a_person_on_the_way(generator: Generator) -> None:
    one = direction(step=torch.randn(STYLE, generator=torch.Generator().manual_seed(0)))
    found = strip(generator, one, Person(3), (-FARTHEST, 0.0, FARTHEST))
    assert found.shape == (3, 128, 128, 3)
    assert (found[0] != found[1]).any()
    assert (found[2] != found[1]).any()
