"""The painter and what it knows of a style."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from demos.style_transfer.model import (
    PAINTED_LAYERS,
    Stroke,
    StyleModel,
    adain,
    look_of,
    matrix_power,
    mixed,
    recoloured,
    with_grain,
)

RANDOM = torch.Generator().manual_seed(0)


def test_adain_gives_the_mean_and_the_spread() -> None:
    x = torch.randn(2, 5, 9, 8, generator=RANDOM) * 3 + 1
    mean = torch.randn(2, 5, 1, 1, generator=RANDOM)
    deviation = torch.rand(2, 5, 1, 1, generator=RANDOM) + 0.1
    y = adain(x, mean, deviation)
    torch.testing.assert_close(y.mean((2, 3), keepdim=True), mean)
    torch.testing.assert_close(y.std((2, 3), correction=0, keepdim=True), deviation, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(adain(x * 7 - 2, mean, deviation), y, rtol=1e-4, atol=1e-4)


def covariance(x: torch.Tensor) -> np.ndarray:
    return np.cov(x[0].flatten(1).numpy(), bias=True)


def test_a_look_is_mean_and_covariance(random_model: StyleModel) -> None:
    x = random_model.features(torch.rand(1, 3, 96, 64, generator=RANDOM))["relu3_1"]
    look = look_of(x)
    torch.testing.assert_close(look.mean, x.mean((0, 2, 3)))
    np.testing.assert_allclose(look.covariance.numpy(), covariance(x), rtol=1e-3, atol=1e-4)


def test_recoloured_features_have_the_mean_and_the_covariance() -> None:
    x, y = (torch.randn(1, 6, 40, 30, generator=RANDOM) for _ in range(2))
    y = torch.einsum("ij,bjhw->bihw", torch.randn(6, 6, generator=RANDOM), y) + 2
    found = look_of(recoloured(x, look_of(y)))
    torch.testing.assert_close(found.mean, look_of(y).mean, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(found.covariance, look_of(y).covariance, rtol=1e-2, atol=1e-2)
    torch.testing.assert_close(recoloured(x, look_of(x)), x, rtol=1e-2, atol=1e-2)


def test_matrix_powers() -> None:
    x = torch.randn(5, 9, generator=RANDOM)
    matrix = x @ x.T
    root = matrix_power(matrix, 0.5)
    torch.testing.assert_close(root @ root, matrix, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(matrix_power(matrix, -0.5) @ root, torch.eye(5), rtol=1e-3, atol=1e-3)


def test_shares_are_mixed(random_model: StyleModel) -> None:
    one, other = (random_model.looked_at(torch.rand(1, 3, 48, 64, generator=RANDOM)) for _ in range(2))
    both = mixed([(0.25, one), (0.75, other)])
    assert set(both) == set(PAINTED_LAYERS)
    for name, look in both.items():
        torch.testing.assert_close(look.mean, 0.25 * one[name].mean + 0.75 * other[name].mean)
        torch.testing.assert_close(
            look.covariance, 0.25 * one[name].covariance + 0.75 * other[name].covariance
        )


@pytest.mark.parametrize("size", [(32, 32), (48, 80), (128, 64)])
def test_shapes(random_model: StyleModel, size: tuple[int, int]) -> None:
    content = torch.rand(1, 3, *size, generator=RANDOM)
    style = random_model.looked_at(torch.rand(1, 3, 50, 70, generator=RANDOM))
    painted = random_model(content, style, 0.5)
    assert painted.shape == content.shape
    assert torch.isfinite(painted).all()


def test_the_grain_is_as_large_as_a_stroke() -> None:
    plain = torch.full((1, 3, 128, 128), 0.5)
    fine, coarse = (with_grain(plain, stroke) for stroke in (0.25, 4.0))
    assert torch.equal(fine, with_grain(plain, 0.25))
    roughness = [
        float((x[..., 1:] - x[..., :-1]).abs().mean() / (x - 0.5).abs().mean()) for x in (fine, coarse)
    ]
    assert roughness[0] > 4 * roughness[1]
    assert float(with_grain(torch.ones(1, 3, 64, 64), 1.0).max()) <= 1


def test_the_stroke_says_nothing_before_it_has_learnt() -> None:
    x = torch.randn(2, 6, 4, 5, generator=RANDOM)
    assert torch.equal(Stroke(6)(x, torch.tensor([[-1.0], [2.0]])), x)


def test_the_painter_hears_the_stroke(random_model: StyleModel) -> None:
    painter = copy.deepcopy(random_model.painter)
    for module in painter.modules():
        if isinstance(module, Stroke):
            nn.init.normal_(module.second.weight, std=0.1, generator=RANDOM)
    found = random_model.features(torch.rand(1, 3, 32, 48, generator=RANDOM))
    small, large = (painter(found, torch.tensor([[stroke]])) for stroke in (-2.0, 2.0))
    assert not torch.allclose(small, large)


def test_two_files_hold_it(random_model: StyleModel) -> None:
    names = list(random_model.state_dict())
    features = [name for name in names if name.startswith("features.")]
    painter = [name for name in names if name.startswith("painter.")]
    assert features
    assert painter
    assert len(features) + len(painter) == len(names)
