"""Shadows of vectors: what a flat picture must keep."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from demos.word2vec.plane import bundle, equation, parallelism, principal

D = 40


def random_units(count: int, seed: int = 0, size: int = D) -> Tensor:
    drawn = torch.randn(count, size, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(drawn)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 10, 60])
def test_directions_are_orthonormal_even_for_few_vectors(count: int, dimensions: int) -> None:
    cut = principal(random_units(count, count), dimensions)
    assert cut.shape == (dimensions, D)
    torch.testing.assert_close(cut @ cut.T, torch.eye(dimensions), atol=1e-5, rtol=0)


@pytest.mark.parametrize("vectors", [torch.zeros(4, D), torch.ones(5, D), torch.eye(D)[:1].expand(3, D)])
def test_vectors_without_extent_have_a_picture_too(vectors: Tensor) -> None:
    cut = principal(vectors, 3)
    torch.testing.assert_close(cut @ cut.T, torch.eye(3), atol=1e-5, rtol=0)


@pytest.mark.parametrize("count", [3, 10, 60])
def test_directions_reach_as_far_as_the_eigenvectors_of_numpy(count: int) -> None:
    vectors = random_units(count, count)
    shadows = (vectors @ principal(vectors, 3).T).double().numpy()
    eigenvalues = np.linalg.eigvalsh(vectors.double().numpy().T @ vectors.double().numpy())
    np.testing.assert_allclose((shadows**2).sum(axis=0), eigenvalues[::-1][:3], rtol=1e-4)


def test_signs_are_settled() -> None:
    for seed in range(20):
        vectors = random_units(7, seed)
        cut = principal(vectors, 2)
        shadows = vectors @ cut.T
        assert (shadows.gather(0, shadows.abs().argmax(dim=0, keepdim=True)) > 0).all()
        torch.testing.assert_close(principal(vectors.clone(), 2), cut)
        torch.testing.assert_close(principal(vectors.flip(0), 2), cut, atol=1e-4, rtol=0)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [1.0, -1.0, 1.0], [2.0, -0.5, 1.0, 0.25]])
def test_the_path_goes_from_nothing_to_the_shadow_of_the_sum(weights: list[float], dimensions: int) -> None:
    units = random_units(len(weights), 1)
    total = torch.nn.functional.normalize(torch.tensor(weights) @ units, dim=0)
    # The sum is among the others too: its shadow is where the path has to end.
    shadow = equation(units, weights, torch.cat([random_units(5, 2), total[None], units]), dimensions)
    assert shadow.path.shape == (len(weights) + 1, dimensions)
    assert shadow.others.shape == (6 + len(weights), dimensions)
    assert not shadow.path[0].any()
    torch.testing.assert_close(shadow.path[-1], shadow.others[5], atol=1e-5, rtol=0)
    assert (shadow.others.norm(dim=1) < 1 + 1e-5).all(), "No shadow is longer than its vector."
    # Each arrow is the term's own shadow times its weight, all shortened alike.
    length = float((torch.tensor(weights) @ units).norm())
    arrows = shadow.path.diff(dim=0) * length
    torch.testing.assert_close(arrows, shadow.others[6:] * torch.tensor(weights)[:, None], atol=1e-4, rtol=0)


def test_equal_differences_have_equal_shadows() -> None:
    words = random_units(4, 5)
    difference = random_units(1, 6)[0] * 0.5
    others = torch.cat([words, words + difference])
    shadow = equation(random_units(3, 7), [1.0, -1.0, 1.0], others, 2)
    arrows = shadow.others[4:] - shadow.others[:4]
    torch.testing.assert_close(arrows, arrows[:1].expand(4, 2), atol=1e-5, rtol=0)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_all_is_kept_of_vectors_that_lie_in_the_cut(dimensions: int) -> None:
    room = torch.linalg.qr(random_units(dimensions, 3).T)[0].T  # (d, D)
    flat = random_units(6, 4, dimensions) @ room
    shadow = equation(flat[:3], [1.0, -1.0, 1.0], flat[3:], dimensions)
    assert shadow.kept == pytest.approx(1, abs=1e-5)
    torch.testing.assert_close(torch.pdist(shadow.others), torch.pdist(flat[3:]), atol=1e-5, rtol=0)


def test_kept_is_the_share_of_the_squared_length_that_is_seen() -> None:
    units, weights = random_units(6, 8), [1.0, -1.0, 1.0, 2.0, -0.3, 1.0]
    shadow = equation(units, weights, random_units(3, 9), 2)
    length = (torch.tensor(weights) @ units).norm()
    real = float((torch.tensor(weights) ** 2).sum() / length**2)
    assert shadow.kept == pytest.approx(float((shadow.path.diff(dim=0) ** 2).sum()) / real, rel=1e-4)
    assert 0.3 < shadow.kept < 1
    assert equation(units, weights, random_units(3, 9), 3).kept > shadow.kept


def test_an_equation_without_other_words_or_sum_is_drawn() -> None:
    one = random_units(1)
    assert equation(one, [1.0], torch.zeros(0, D), 2).others.shape == (0, 2)
    nothing = equation(torch.cat([one, one]), [1.0, -1.0], one, 2)
    assert torch.isfinite(nothing.path).all()


def test_equal_arrows_run_the_same_way() -> None:
    arrow = random_units(1, 1)
    assert parallelism(arrow.expand(9, D)) == pytest.approx(1, abs=1e-5)
    assert parallelism(arrow * torch.tensor([[0.1], [1.0], [7.0]])) == pytest.approx(1, abs=1e-5)
    assert parallelism(torch.cat([arrow, -arrow])) == pytest.approx(-1, abs=1e-5)


def test_random_arrows_run_anyhow() -> None:
    values = [parallelism(random_units(12, seed, 300)) for seed in range(30)]
    assert abs(np.mean(values)) < 0.02
    assert max(map(abs, values)) < 0.15


def test_parallelism_by_hand() -> None:
    arrows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    # With the sums of the others (1, 2), (2, 1) and (1, 1).
    expected = (5**-0.5 + 5**-0.5 + 1) / 3
    assert parallelism(arrows) == pytest.approx(expected, abs=1e-6)


def pairs(count: int, seed: int, noise: float = 0.3) -> tuple[Tensor, Tensor]:
    starts, common = random_units(count, seed), random_units(1, seed + 1000)
    return starts, torch.nn.functional.normalize(starts + common + noise * random_units(count, seed + 2000))


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("count", [2, 3, 4, 12])
def test_the_common_direction_points_up(count: int, dimensions: int) -> None:
    for seed in range(10):
        starts, ends = pairs(count, seed)
        drawn = bundle(starts, ends, dimensions)
        assert drawn.starts.shape == drawn.ends.shape == (count, dimensions)
        mean = (drawn.ends - drawn.starts).mean(dim=0)
        assert float(mean[-1]) == pytest.approx(float((ends - starts).mean(dim=0).norm()), rel=1e-4)
        torch.testing.assert_close(mean[:-1], torch.zeros(dimensions - 1), atol=1e-4, rtol=0)
        assert drawn.parallel == parallelism(ends - starts)
        everything = torch.cat([drawn.starts, drawn.ends])
        torch.testing.assert_close(everything.mean(dim=0), torch.zeros(dimensions), atol=1e-5, rtol=0)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("count", [2, 3, 12])
def test_no_distance_is_longer_in_the_picture(count: int, dimensions: int) -> None:
    for seed in range(10):
        starts, ends = pairs(count, seed)
        drawn = bundle(starts, ends, dimensions)
        shown = torch.pdist(torch.cat([drawn.starts, drawn.ends]))
        assert (shown <= torch.pdist(torch.cat([starts, ends])) + 1e-5).all()


def test_equal_arrows_are_drawn_equal() -> None:
    starts = random_units(5, 1)
    drawn = bundle(starts, starts + random_units(1, 2) * 0.7, 2)
    torch.testing.assert_close(
        drawn.ends - drawn.starts, torch.tensor([[0.0, 0.7]]).expand(5, 2), atol=1e-5, rtol=0
    )
    assert drawn.parallel == pytest.approx(1, abs=1e-5)


def test_the_same_pairs_give_the_same_picture() -> None:
    starts, ends = pairs(6, 3)
    one, other = bundle(starts, ends, 3), bundle(starts.flip(0), ends.flip(0), 3)
    torch.testing.assert_close(one.starts, other.starts.flip(0), atol=1e-4, rtol=0)
    torch.testing.assert_close(one.ends, other.ends.flip(0), atol=1e-4, rtol=0)
