"""Ways between faces: their ends, the sphere, who paints which level, the film."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import torch
from PIL import Image

from demos.faces import walk
from demos.faces.engine import LARGEST_SEED, Person, at_all_levels, latent, painted, people, style_of
from demos.faces.model import LEVELS, STYLE, Generator, normalised
from demos.faces.walk import (
    ARC,
    BANDS,
    FRAMES,
    STRAIGHT,
    arc,
    between,
    borrowed,
    filmed,
    frames_of,
    mixed,
    mixtures,
    of_year,
    people_on_the_way,
    seeds_in,
    side_by_side,
    table,
    there_and_back,
    way,
    write,
)
from gallery.inputs import InputError
from gallery.runtime import Runtime

OLD, NEW = Person(3, 1900, False), Person(8, 2010, True, 0.9)
SHARES = torch.tensor([0.0, 0.3, 1.0])


def slerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """By rotating a towards b in the plane of both, which needs no sine of the angle between them."""
    length = np.linalg.norm(a)
    u = a / length
    v = b / np.linalg.norm(b) - (u @ b / np.linalg.norm(b)) * u
    v /= np.linalg.norm(v)
    angle = np.arctan2(v @ b, u @ b)
    return np.asarray(length * (np.cos(t * angle) * u + np.sin(t * angle) * v))


def test_an_arc_is_a_rotation() -> None:
    a, b = (normalised(latent(seed)) for seed in (3, 8))
    shares = torch.linspace(0, 1, 7)
    found = arc(a, b, shares)
    for share, one in zip(shares.tolist(), found, strict=True):
        np.testing.assert_allclose(one, slerp(a[0].double().numpy(), b[0].double().numpy(), share), atol=1e-5)
    torch.testing.assert_close(found.norm(dim=1), a.norm().expand(7))


def test_an_arc_to_the_same_place_stays_there() -> None:
    a = normalised(latent(3))
    torch.testing.assert_close(arc(a, a.clone(), SHARES), a.expand(3, -1))


@pytest.mark.parametrize("path", [STRAIGHT, ARC])
def test_a_way_begins_and_ends_at_its_people(generator: Generator, path: str) -> None:
    found = between(generator, OLD, NEW, SHARES, path)
    torch.testing.assert_close(found[:1], style_of(generator, OLD), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(found[2:], style_of(generator, NEW), atol=1e-5, rtol=1e-5)


def test_the_straight_way_is_straight_and_the_arc_is_not(generator: Generator) -> None:
    line, bent = (between(generator, OLD, NEW, SHARES, path) for path in (STRAIGHT, ARC))
    torch.testing.assert_close(line[1], 0.7 * line[0] + 0.3 * line[2])
    assert (bent[1] - line[1]).norm() > 0.01 * (line[2] - line[0]).norm()
    with pytest.raises(InputError, match="path"):
        between(generator, OLD, NEW, SHARES, "x")


def test_a_walk_passes_by_everybody(generator: Generator) -> None:
    four = people_on_the_way(OLD, NEW, [5, 6])
    assert [one.seed for one in four] == [3, 5, 6, 8]
    assert [round(one.year) for one in four] == [1900, 1937, 1973, 2010]
    assert [one.colour for one in four] == [False, False, False, True]
    styles = way(generator, four)
    assert len(styles) == frames_of(4) == 3 * (FRAMES - 1) + 1
    for i, one in enumerate(four):
        torch.testing.assert_close(
            styles[i * (FRAMES - 1)], style_of(generator, one)[0], atol=1e-5, rtol=1e-5
        )
    steps = (styles[1:] - styles[:-1]).norm(dim=1).unflatten(0, (3, FRAMES - 1))
    torch.testing.assert_close(steps, steps.mean(dim=1, keepdim=True).expand_as(steps), rtol=1e-3, atol=1e-4)
    with pytest.raises(InputError):
        people_on_the_way(OLD, NEW, [5, 6, 7])


def test_a_film_is_the_same_each_time_and_does_not_flicker(house: Runtime) -> None:
    film, again = (np.concatenate([*filmed(house, [OLD, OLD])]) for _ in range(2))
    assert film.shape == (FRAMES, 128, 128, 3)
    assert (film == again).all()
    # Nobody moves, so whatever changed would be noise.
    assert np.abs(film.astype(int) - film[0]).max() <= 1


def test_seeds_are_read_as_people_write_them() -> None:
    assert seeds_in(" 3, 5  8 ", most=3) == [3, 5, 8]
    assert seeds_in("", most=2) == seeds_in(None, most=2) == []
    for text in ("1,2,3", "-1", "x", "1.5", str(2**64), str(LARGEST_SEED + 1)):
        with pytest.raises(InputError):
            seeds_in(text, most=2)
    with pytest.raises(InputError, match="Write 3 seeds"):
        seeds_in("1, 2", least=3, most=3)


def test_photographs_are_grey_until_they_have_colours() -> None:
    assert not of_year("7", 1900).colour
    assert of_year("7", 2000) == Person(7, 2000, True)


@pytest.mark.parametrize("level", range(len(LEVELS) + 1))
def test_a_mixture_is_coarse_up_to_its_level(level: int) -> None:
    coarse, fine = torch.zeros(1, STYLE), torch.ones(1, STYLE)
    found = mixed(coarse, fine, level)
    assert found.shape == (1, len(LEVELS), STYLE)
    assert (found[0, :level] == 0).all()
    assert (found[0, level:] == 1).all()


@pytest.mark.parametrize("level", [-1, 7, 2.5, True, float("nan")])
def test_there_is_no_other_level(level: float) -> None:
    with pytest.raises((InputError, ValueError)):
        mixed(torch.zeros(1, STYLE), torch.ones(1, STYLE), level)


def test_mixtures_go_from_one_person_to_the_other(generator: Generator) -> None:
    found = mixtures(generator, OLD, NEW)
    assert len(found) == len(LEVELS) + 1
    for end, person in ((0, NEW), (-1, OLD)):
        own = people(generator, [person])[0]
        assert np.abs(found[end].astype(int) - own).max() <= 1
    assert (found[2] != found[3]).any()


def test_bands_share_out_the_levels() -> None:
    own, other = torch.zeros(1, STYLE), torch.ones(1, STYLE)
    each = torch.stack([borrowed(own, other, band)[0, :, 0] for band in BANDS])
    assert (each.sum(dim=0) == 1).all()
    assert each[0].nonzero().flatten().tolist() == [0, 1]
    with pytest.raises(InputError, match="band"):
        borrowed(own, other, "loud")


def test_the_table_lends_one_band_and_nothing_else(generator: Generator) -> None:
    a, b = [Person(3), Person(5)], [Person(13), Person(21)]
    found = table(generator, a, b, "fine")
    assert found.shape == (9, 128, 128, 3)
    assert not found[0].any()
    own, other = style_of(generator, a[1]), style_of(generator, b[0])
    styles = at_all_levels(own).clone()
    styles[:, 4:] = other
    assert np.abs(found[5].astype(int) - painted(generator, styles)[0]).max() <= 1
    assert np.abs(found[6].astype(int) - people(generator, [b[1]])[0]).max() <= 1


def test_pictures_lie_in_rows() -> None:
    pictures = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    assert np.asarray(side_by_side(pictures))[0, :, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert np.asarray(side_by_side(pictures, 2))[:, 0, 0].tolist() == [0, 0, 2, 2]
    assert there_and_back(pictures)[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 2, 1]


def test_a_film_can_be_saved(tmp_path: Path) -> None:
    shades = np.linspace(20, 230, 10).astype(np.uint8)
    write(shades[:, None, None, None] * np.ones((1, 128, 128, 3), np.uint8), tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        stream = film.streams.video[0]
        assert stream.width == stream.height == walk.FILM_SIDE
        assert stream.average_rate == walk.FRAMES_PER_SECOND
        seen = [frame.to_ndarray(format="rgb24").mean() for frame in film.decode(stream)]
    np.testing.assert_allclose(seen, shades, atol=4)


def test_what_the_page_shows_first_ships() -> None:
    sizes = {"walk": (FRAMES, 1), "mixtures": (len(LEVELS) + 1, 1), "table": (4, 4), "directed": (1, 1)}
    for name, (columns, rows) in sizes.items():
        with Image.open(walk.SHIPPED / f"{name}.webp") as image:
            assert image.size == (128 * columns, 128 * rows)
