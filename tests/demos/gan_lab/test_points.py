"""The distributions, what counts as a found mode, and the distance against brute force."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import energy_distance

from demos.gan_lab.points import (
    FAIR_SHARE,
    MOST_DRAWN,
    NEAR,
    PLANE,
    SHAPES,
    TITLES,
    covered,
    distance,
    distribution,
    heart,
    places_of,
    text_of,
)
from gallery.inputs import InputError


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("key", SHAPES)
def test_a_distribution_fills_the_plane_and_repeats(key: str) -> None:
    points = SHAPES[key].draw(2000, seeded())
    assert points.shape == (2000, 2)
    assert points.dtype == torch.float32
    assert points.abs().max() < PLANE
    assert points.std(0).min() > 0.3
    assert torch.equal(points, SHAPES[key].draw(2000, seeded()))
    assert not torch.equal(points, SHAPES[key].draw(2000, seeded(1)))


@pytest.mark.parametrize(("key", "modes"), [("ring", 8), ("grid", 25)])
def test_modes_are_where_the_points_are(key: str, modes: int) -> None:
    shape = SHAPES[key]
    assert shape.modes is not None
    assert shape.modes.shape == (modes, 2)
    nearest, which = torch.cdist(shape.draw(20_000, seeded()), shape.modes).min(1)
    # The squared distance from the centre of a Gaussian in the plane is twice the variance, in the mean.
    assert float(nearest.square().mean().sqrt()) == pytest.approx(math.sqrt(2) * shape.spread, rel=0.03)
    assert torch.bincount(which).min() > 0.85 * 20_000 / modes


def test_the_ring_is_round_and_the_line_straight() -> None:
    assert SHAPES["ring"].modes is not None
    assert torch.allclose(SHAPES["ring"].modes.norm(dim=1), torch.ones(8), atol=1e-6)
    line = SHAPES["line"].draw(4000, seeded())
    across = line @ torch.tensor([-0.6, 1.1]) / math.hypot(0.6, 1.1)
    assert float(across.std()) == pytest.approx(0.03, rel=0.1)


def test_the_spiral_is_evenly_filled() -> None:
    """As the radius grows along it, the share within a radius r is that of the square of r."""
    radius = SHAPES["spiral"].draw(20_000, seeded()).norm(dim=1)
    for r in (0.4, 0.8, 1.0):
        assert float((radius < r).float().mean()) == pytest.approx((r / 1.2) ** 2, abs=0.02)


def test_a_perfect_sample_covers_everything_and_a_heap_one_mode() -> None:
    for shape in (SHAPES["ring"], SHAPES["grid"]):
        assert shape.modes is not None
        assert covered(shape.draw(500, seeded()), shape) == len(shape.modes)
        assert covered(shape.modes[3].repeat(500, 1), shape) == 1
        assert covered(torch.full((500, 2), 0.1), shape) == 0
    assert covered(torch.zeros(10, 2), SHAPES["spiral"]) is None


def test_covered_against_a_plain_count() -> None:
    shape = SHAPES["ring"]
    assert shape.modes is not None
    points = shape.draw(400, seeded())
    points = points[points[:, 0] > -0.3] * 1.03
    found = 0
    for i, mode in enumerate(shape.modes.tolist()):
        hits = 0
        for x, y in points.tolist():
            distances = [math.dist((x, y), other) for other in shape.modes.tolist()]
            hits += distances.index(min(distances)) == i and math.dist((x, y), mode) <= NEAR * shape.spread
        found += hits >= FAIR_SHARE * len(points) / 8
    assert covered(points, shape) == found
    assert 0 < found < 8


def test_distance_against_brute_force() -> None:
    a, b = torch.randn(30, 2, generator=seeded()), torch.randn(20, 2, generator=seeded(1)) + 0.5

    def mean(xs: list[list[float]], ys: list[list[float]]) -> float:
        return sum(math.dist(x, y) for x in xs for y in ys) / (len(xs) * len(ys))

    xs, ys = a.tolist(), b.tolist()
    expected = 2 * mean(xs, ys) - mean(xs, xs) - mean(ys, ys)
    assert distance(a, b) == pytest.approx(expected, abs=1e-5)


def test_distance_on_a_line_against_scipy() -> None:
    random = np.random.default_rng(0)
    u, v = random.normal(0, 1, 200), random.normal(1, 2, 150)
    points = [torch.tensor(np.stack([one, 0 * one], 1), dtype=torch.float32) for one in (u, v)]
    # scipy's is the square root of twice the integral, which is the square root of ours.
    assert distance(*points) == pytest.approx(energy_distance(u, v) ** 2, rel=1e-4)


def test_distance_grows_with_the_gap() -> None:
    points = SHAPES["ring"].draw(300, seeded())
    found = [distance(points, points + shift) for shift in (0.0, 0.1, 0.5, 2.0)]
    assert found[0] == pytest.approx(0, abs=1e-5)
    assert found == sorted(found)


def test_ones_own_points_come_back_as_text() -> None:
    places = heart()
    assert places_of(text_of(places)) == [(round(x, 2), round(y, 2)) for x, y in places]
    assert all(max(abs(x), abs(y)) <= PLANE for x, y in places)
    assert places_of(" 0,1;-0.5,.25 \n 1e-1,0 ") == [(0, 1), (-0.5, 0.25), (0.1, 0)]
    assert len(text_of([(-1.25, -1.25)] * MOST_DRAWN)) < 2000, "It fits into a link."


def test_one_draws_from_around_ones_own_points() -> None:
    shape = distribution("drawn", "0,0 1,1 -1,0.5")
    points = shape.draw(3000, seeded())
    nearest = torch.cdist(points, torch.tensor([[0, 0], [1, 1], [-1, 0.5]])).min(1).values
    assert nearest.max() < 0.2
    assert shape.modes is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "At least 3 points"),
        ("0,0 1,1", "At least 3 points"),
        ("a,b 0,0 1,1", "“a,b” is no point"),
        ("1 2 3", "is no point"),
        ("1,2,3 0,0 1,1", "is no point"),
        ("0,0 0,1 9,0", "lies outside"),
        ("0,0 0,1 nan,0", "lies outside"),
        ("0,0 0,1 inf,0", "lies outside"),
        ("0,0 " * (MOST_DRAWN + 1), "at most 150"),
    ],
)
def test_points_that_are_none_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        distribution("drawn", text)


def test_another_distribution_is_refused() -> None:
    with pytest.raises(InputError, match="There are the distributions"):
        distribution("torus")
    assert set(TITLES) == {*SHAPES, "drawn"}
