"""Distances between sets, against what can be worked out by hand or by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from demos.faces.distances import covered, frechet_distance, precision_and_recall, squared_distances


def exactly(mean: list[float], covariance: np.ndarray, count: int = 400, seed: int = 0) -> np.ndarray:
    """A sample (count, D) whose own mean and covariance are exactly these."""
    x = np.random.default_rng(seed).standard_normal((count, len(mean)))
    x -= x.mean(axis=0)
    white = x @ np.linalg.inv(np.linalg.cholesky(np.cov(x, rowvar=False))).T
    return np.asarray(white @ np.linalg.cholesky(covariance).T + np.array(mean))


def test_gaussians_whose_distance_is_known() -> None:
    a = exactly([0, 0, 0], np.diag([1.0, 4.0, 9.0]))
    b = exactly([3, 4, 0], np.diag([4.0, 4.0, 1.0]), seed=1)
    # Diagonal covariances: the squared difference of the means and of the standard deviations.
    assert frechet_distance(a, b) == pytest.approx(25 + 1 + 0 + 4, rel=1e-9)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_against_the_square_root_of_scipy(seed: int) -> None:
    random = np.random.default_rng(seed)
    a, b = (random.standard_normal((300, 12)) @ random.standard_normal((12, 12)) for _ in range(2))
    a, b = a.astype(np.float32), (b + 1).astype(np.float32)
    covariances = [np.cov(x.astype(np.float64), rowvar=False) for x in (a, b)]
    root = linalg.sqrtm(covariances[0] @ covariances[1]).real
    means = a.mean(axis=0, dtype=np.float64) - b.mean(axis=0, dtype=np.float64)
    wanted = means @ means + np.trace(covariances[0] + covariances[1] - 2 * root)
    assert frechet_distance(a, b) == pytest.approx(wanted, rel=1e-6)
    assert frechet_distance(b, a) == pytest.approx(wanted, rel=1e-6)


def test_fewer_faces_than_features_are_no_trouble() -> None:
    x = np.random.default_rng(0).standard_normal((5, 40))
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-8)
    assert frechet_distance(x, x + 2) == pytest.approx(160, rel=1e-6)
    with pytest.raises(ValueError, match="fewer than two"):
        frechet_distance(x[:1], x)


def by_brute_force(faces: np.ndarray, by: np.ndarray, k: int) -> float:
    inside = 0
    for face in faces:
        for number, centre in enumerate(by):
            others = sorted(float(np.linalg.norm(centre - o)) for i, o in enumerate(by) if i != number)
            if np.linalg.norm(face - centre) <= others[k - 1]:
                inside += 1
                break
    return inside / len(faces)


@pytest.mark.parametrize("k", [1, 3])
def test_manifolds_against_brute_force(k: int) -> None:
    random = np.random.default_rng(k)
    real, made = random.standard_normal((60, 4)), random.standard_normal((50, 4)) * 0.7 + 0.6
    precision, recall = precision_and_recall(real, made, k)
    assert precision == pytest.approx(by_brute_force(made, real, k))
    assert recall == pytest.approx(by_brute_force(real, made, k))
    assert 0 < recall < precision, "Made ones are less varied here."


def test_one_mode_out_of_two_is_precise_and_forgets() -> None:
    random = np.random.default_rng(0)
    left, right = random.standard_normal((100, 3)), random.standard_normal((100, 3)) + 50
    precision, recall = precision_and_recall(np.concatenate([left, right]), left + 1e-9)
    assert precision == 1
    assert recall == pytest.approx(0.5)
    with pytest.raises(ValueError, match="more than 3"):
        precision_and_recall(left[:3], right)


def test_the_table_is_the_same_in_pieces() -> None:
    random = np.random.default_rng(0)
    a, b = random.standard_normal((1100, 3)).astype(np.float32), random.standard_normal((7, 3))
    table = np.concatenate([*squared_distances(a, b)])
    assert table.shape == (1100, 7)
    assert np.allclose(table, ((a[:, None].astype(float) - b[None]) ** 2).sum(axis=2))
    assert covered(a[:20], a, 1) == 1
