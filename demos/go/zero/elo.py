"""How strong each of several players is, from who won how often against whom.

The model is that of Bradley and Terry (1952, https://doi.org/10.2307/2334029), on the scale of Elo: a player
who is 400 points stronger is expected to win ten times as often as to lose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SCALE = 400 / np.log(10)  # Elo points for a factor of e in the odds
STEPS = 10_000
ENOUGH = 1e-6  # Elo points by which a step may still move somebody


def ratings(points: NDArray[np.float64], drawn: float = 1.0) -> NDArray[np.float64]:
    """(N,) Elo, the first player's being 0. `points[i, j]`, (N, N), is what i won of games against j.

    A draw is half a point for each. `drawn` games are added as draws to every pair that played; without them
    a player who never lost would be infinitely strong. Maximum likelihood by Hunter's iteration (2004,
    https://doi.org/10.1214/aos/1079120141). Raises ValueError where the games do not connect all players or
    a rating has no finite value.
    """
    games = points + points.T
    points = points + drawn / 2 * (games > 0)
    games = points + points.T
    if not strongly_connected(points > 0):
        raise ValueError("Some players cannot be compared: between them nobody won, or nobody played.")
    strength = np.ones(len(points))
    for _ in range(STEPS):
        before = strength
        strength = points.sum(axis=1) / (games / (before[:, None] + before[None, :])).sum(axis=1)
        strength /= strength[0]
        if np.abs(SCALE * np.log(strength / before)).max() < ENOUGH:
            break
    result: NDArray[np.float64] = SCALE * np.log(strength)
    return result


def strongly_connected(beaten: NDArray[np.bool_]) -> bool:
    """Whether everybody has beaten everybody, if only through others: then the likelihood has a maximum."""
    reached = beaten | np.eye(len(beaten), dtype=np.bool_)
    for _ in range(len(beaten)):
        reached = reached | (reached.astype(int) @ reached.astype(int) > 0)
    return bool(reached.all())


def expected(difference: float) -> float:
    """The share of points that a player gets who is stronger by `difference` Elo."""
    return float(1 / (1 + 10 ** (-difference / 400)))
