"""Shadows of word vectors on a plane or in a room that people can look at.

300 dimensions do not fit on a screen. What is drawn is the flat cut through them that keeps as much
as possible of the arrows in question; `kept` says how much of their length that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Shadow:
    """Coordinates of several vectors in the cut: `path` float32 (T + 1, d), `others` (n, d).

    `kept` is the share, from 0 to 1, of the squared length of the path's arrows that is seen.
    """

    path: Tensor
    others: Tensor
    kept: float


def principal(vectors: Tensor, dimensions: int) -> Tensor:
    """Orthonormal directions (dimensions, D) in which `vectors` (n, D) reach furthest from 0.

    Signs are settled, so that the same words always give the same picture: the largest part of each
    direction's shadow points to the right, or up.
    """
    _, _, directions = torch.linalg.svd(vectors.double(), full_matrices=False)
    directions = directions[:dimensions]
    if len(directions) < dimensions:  # fewer vectors than directions: fill up with anything across them
        filler = torch.eye(vectors.shape[1], dtype=torch.float64)[: dimensions * 2]
        directions = torch.linalg.qr(torch.cat([directions, filler]).T)[0].T[:dimensions]
    shadows = vectors.double() @ directions.T  # (n, d)
    largest = shadows.gather(0, shadows.abs().argmax(dim=0, keepdim=True))[0]
    signs = torch.where(largest < 0, -1.0, 1.0)
    settled: Tensor = (directions * signs[:, None]).float()
    return settled


def equation(units: Tensor, weights: Sequence[float], others: Tensor, dimensions: int) -> Shadow:
    """The terms head to tail from 0 to their sum, and other words around.

    `units` (T, D) are the terms' unit vectors, `others` (n, D) those of the other words. The sum is
    drawn at length 1, as words are, so its arrows are all shortened by the same factor.
    """
    arrows = units * torch.tensor(weights)[:, None]  # (T, D)
    arrows = arrows / arrows.sum(dim=0).norm().clamp(min=1e-6)
    path = torch.cat([torch.zeros(1, units.shape[1]), arrows.cumsum(dim=0)])  # (T + 1, D)
    # The answer belongs to the picture as much as the arrows do.
    cut = principal(torch.cat([arrows, path[-1:], others[:1]]), dimensions)
    seen = arrows @ cut.T
    return Shadow(path @ cut.T, others @ cut.T, float((seen**2).sum() / (arrows**2).sum()))


@dataclass(frozen=True)
class Bundle:
    """Pairs of words as arrows: `starts` and `ends` are float32 (n, d).

    `parallel` is the mean cosine of each arrow with the mean of the others: 1 if all run the same way,
    about 0 for arrows between words that have nothing to do with each other.
    """

    starts: Tensor
    ends: Tensor
    parallel: float


def bundle(starts: Tensor, ends: Tensor, dimensions: int) -> Bundle:
    """Pairs of unit vectors (n, D) each, seen from where their common direction lies flat."""
    arrows = ends - starts  # (n, D)
    common = torch.nn.functional.normalize(arrows.mean(dim=0), dim=0)
    # Across it, the directions in which the pairs differ most from one another.
    middles = (starts + ends) / 2
    middles = middles - middles.mean(dim=0)
    middles = middles - (middles @ common)[:, None] * common
    # The common direction is made by far the longest, so that the others come out across it.
    across = principal(torch.cat([common[None] * 1e3, middles]), dimensions)[1:]
    cut = torch.cat([across, common[None]])  # (d, D): the arrows point up
    centre = (starts + ends).mean(dim=0) / 2
    return Bundle((starts - centre) @ cut.T, (ends - centre) @ cut.T, parallelism(arrows))


def parallelism(arrows: Tensor) -> float:
    """See Bundle.parallel; `arrows` is (n, D) with n of at least 2."""
    rest = arrows.sum(dim=0, keepdim=True) - arrows
    return float(torch.nn.functional.cosine_similarity(arrows, rest).mean())
