"""Elo from results: cases with a known answer, and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import minimize

from demos.go.zero.elo import expected, ratings


def table(players: int, seed: int) -> NDArray[np.float64]:
    """Results, with draws, of players whose strength grows."""
    chance = np.random.default_rng(seed)
    points = np.zeros((players, players))
    for i in range(players):
        for j in range(i):
            share = expected(120 * (i - j))
            won = chance.binomial(20, share) + 0.5 * chance.integers(0, 2)
            points[i, j], points[j, i] = won, 21 - won
    return points


def test_two_players_have_a_closed_form() -> None:
    points = np.array([[0.0, 5.0], [15.0, 0.0]])
    assert ratings(points, drawn=0) == pytest.approx([0, 400 * np.log10(3)], abs=1e-3)
    assert ratings(points) == pytest.approx([0, 400 * np.log10(15.5 / 5.5)], abs=1e-3)


def test_who_never_lost_has_a_finite_rating_with_a_draw_added() -> None:
    points = np.array([[0.0, 0.0], [20.0, 0.0]])
    assert ratings(points)[1] == pytest.approx(400 * np.log10(20.5 / 0.5), abs=1e-3)
    with pytest.raises(ValueError, match="cannot be compared"):
        ratings(points, drawn=0)


def test_who_never_met_anybody_has_no_rating() -> None:
    points = np.zeros((3, 3))
    points[0, 1] = points[1, 0] = 5
    with pytest.raises(ValueError, match="cannot be compared"):
        ratings(points)


def test_a_chain_adds_up() -> None:
    points = np.zeros((4, 4))
    for i in range(3):
        points[i, i + 1], points[i + 1, i] = 4, 6
    step = 400 * np.log10(6.5 / 4.5)
    assert ratings(points) == pytest.approx([0, step, 2 * step, 3 * step], abs=1e-3)


@pytest.mark.parametrize("drawn", [0.0, 1.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_it_is_the_most_likely_one(seed: int, drawn: float) -> None:
    points = table(6, seed)
    counted = points + drawn / 2 * (points + points.T > 0)

    def surprise(free: NDArray[np.float64]) -> float:
        elo = np.append(0, free)
        return float((counted * np.log1p(10 ** ((elo[None, :] - elo[:, None]) / 400))).sum())

    found = minimize(surprise, np.zeros(5), method="BFGS", options={"gtol": 1e-8}).x
    assert ratings(points, drawn) == pytest.approx(np.append(0, found), abs=0.05)


def test_expected_points() -> None:
    assert expected(0) == 0.5
    assert expected(400) == pytest.approx(10 / 11)
    assert expected(-120) + expected(120) == pytest.approx(1)
