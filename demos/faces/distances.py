"""How far two sets of faces are from each other, by their features.

Reading guide: `frechet_distance` compares the sets as clouds, by their means and covariances;
`precision_and_recall` asks face by face whether it lies where the other set has faces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
NEIGHBOURS = 3  # k of the paper
ROWS = 512  # of a table of distances that are in memory at once


def frechet_distance(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Between Gaussians with the means and covariances of features (N, D) and (M, D).

    |m_a - m_b|^2 + tr(A + B - 2 (AB)^(1/2)), with the trace of the root from the eigenvalues of the symmetric
    A^(1/2) B A^(1/2), so that nothing imaginary has to be thrown away. With the features of an Inception
    network this is FID (Heusel and others 2017, https://arxiv.org/abs/1706.08500). It comes out too large
    for small sets: compare sets of one size only. Raises ValueError for sets that have no covariance.
    """
    if min(len(a), len(b)) < 2:
        raise ValueError("A set of fewer than two faces has no covariance.")
    mean_a, mean_b = a.mean(axis=0, dtype=np.float64), b.mean(axis=0, dtype=np.float64)
    covariance_a, covariance_b = covariance(a), covariance(b)
    root = square_root(covariance_a)
    both = np.linalg.eigvalsh(root @ covariance_b @ root)
    overlap = np.sqrt(both.clip(min=0)).sum()
    apart = np.square(mean_a - mean_b).sum()
    return float(max(0.0, apart + np.trace(covariance_a) + np.trace(covariance_b) - 2 * overlap))


def covariance(x: NDArray[np.floating]) -> Array:
    """(N, D) to (D, D)."""
    found: Array = np.cov(x.astype(np.float64), rowvar=False).reshape(x.shape[1], x.shape[1])
    return found


def square_root(symmetric: Array) -> Array:
    """Of a matrix without negative eigenvalues, (D, D)."""
    values, vectors = np.linalg.eigh(symmetric)
    found: Array = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    return found


def precision_and_recall(
    real: NDArray[np.floating], made: NDArray[np.floating], k: int = NEIGHBOURS
) -> tuple[float, float]:
    """Share of the made faces that lie among the real ones, and of the real ones among the made.

    A set covers the balls around its members, each as wide as to the member's k-th neighbour (Kynkäänniemi
    and others 2019, https://arxiv.org/abs/1904.06991). Raises ValueError for sets too small for that.
    """
    if min(len(real), len(made)) <= k:
        raise ValueError(f"Sets of more than {k} faces are needed.")
    return covered(made, real, k), covered(real, made, k)


def covered(faces: NDArray[np.floating], by: NDArray[np.floating], k: int) -> float:
    """The share of `faces` (N, D) inside a ball around any of `by` (M, D)."""
    radii = np.concatenate([np.partition(rows, k, axis=1)[:, k] for rows in squared_distances(by, by)])
    inside = [(rows <= radii).any(axis=1) for rows in squared_distances(faces, by)]
    return float(np.concatenate(inside).mean())


def squared_distances(a: NDArray[Any], b: NDArray[Any]) -> Iterator[Array]:
    """The table (N, M) between (N, D) and (M, D), some rows at a time."""
    b = b.astype(np.float64)
    lengths = np.square(b).sum(axis=1)
    for start in range(0, len(a), ROWS):
        rows = a[start : start + ROWS].astype(np.float64)
        squares = np.square(rows).sum(axis=1)[:, None] + lengths - 2 * rows @ b.T
        yield squares.clip(min=0)
