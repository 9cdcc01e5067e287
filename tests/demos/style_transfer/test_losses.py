"""The losses against NumPy, brute force and finite differences, on a network of a few channels."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from demos.style_transfer.features import FeatureNetwork
from demos.style_transfer.losses import (
    CONTENT_LAYER,
    SMOOTHNESS,
    STYLE_LAYERS,
    GramLoss,
    LiteralLoss,
    Target,
    at_layer,
    gram_matrix,
    relative_error,
    roughness,
)

SHALLOW = ("relu1_1", "relu2_1", "relu3_1")


def picture(seed: int, height: int = 32, width: int = 48) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed)).double()


@pytest.fixture(scope="module")
def network() -> FeatureNetwork:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        network = FeatureNetwork(widths=(4, 5, 6, 7, 8))
        for convolution in network.convolutions.values():
            torch.nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    return network.double().requires_grad_(False)


def relative(x: np.ndarray, target: np.ndarray) -> float:
    return float(((x - target) ** 2).sum() / (target**2).sum())


def gram(x: Tensor) -> np.ndarray:
    values = x.double().numpy()
    return np.einsum("bchw,bdhw->bcd", values, values) / (x.shape[2] * x.shape[3])


def test_gram_matrix_is_the_mean_of_outer_products() -> None:
    x = torch.randn(2, 5, 6, 7, generator=torch.Generator().manual_seed(0))
    np.testing.assert_allclose(gram_matrix(x).numpy(), gram(x), rtol=1e-5, atol=1e-6)


def test_gram_matrix_forgets_the_positions() -> None:
    x = torch.randn(1, 5, 6, 7, generator=torch.Generator().manual_seed(0))
    shuffled = x.flatten(2)[..., torch.randperm(42, generator=torch.Generator().manual_seed(1))].view_as(x)
    torch.testing.assert_close(gram_matrix(shuffled), gram_matrix(x))


def test_masked_gram_matrix_position_by_position() -> None:
    random = torch.Generator().manual_seed(2)
    x, mask = torch.randn(2, 4, 5, 6, generator=random), torch.rand(2, 1, 5, 6, generator=random)
    expected = np.zeros((2, 4, 4))
    for b, i, j in np.ndindex(2, 5, 6):
        here = x[b, :, i, j].double().numpy()
        expected[b] += float(mask[b, 0, i, j]) * np.outer(here, here)
    expected /= mask.double().sum(dim=(1, 2, 3)).view(2, 1, 1).numpy()
    np.testing.assert_allclose(gram_matrix(x, mask).numpy(), expected, rtol=1e-5, atol=1e-6)


def test_gram_matrix_inside_a_mask_is_that_of_the_part_alone() -> None:
    x = torch.randn(1, 4, 5, 6, generator=torch.Generator().manual_seed(3))
    mask = torch.zeros(1, 1, 5, 6)
    mask[..., :2] = 1
    torch.testing.assert_close(gram_matrix(x, mask), gram_matrix(x[..., :2]))
    assert not gram_matrix(x, torch.zeros_like(mask)).any(), (
        "An empty mask has nothing, and is no division by 0."
    )


def test_relative_error() -> None:
    x, y = picture(1), picture(2)
    assert float(relative_error(x, y)) == pytest.approx(relative(x.numpy(), y.numpy()))
    assert float(relative_error(y, y)) == 0
    assert float(relative_error(torch.zeros_like(y), y)) == pytest.approx(1)
    assert torch.isfinite(relative_error(x, torch.zeros_like(x)))


def test_roughness() -> None:
    x = picture(1)
    across, down = np.diff(x.numpy(), axis=3), np.diff(x.numpy(), axis=2)
    assert float(roughness(x)) == pytest.approx((across**2).mean() + (down**2).mean())
    assert float(roughness(torch.full_like(x, 0.3))) == 0


def test_a_mask_at_a_layer_keeps_its_mean() -> None:
    mask = torch.rand(1, 1, 32, 48, generator=torch.Generator().manual_seed(0))
    small = at_layer(mask, torch.zeros(1, 9, 4, 6))
    assert small.shape == (1, 1, 4, 6)
    torch.testing.assert_close(small[0, 0, 1, 2], mask[0, 0, 8:16, 16:24].mean())


def test_nothing_is_to_be_done_where_all_three_are_one(network: FeatureNetwork) -> None:
    x = picture(1)
    for kind in (GramLoss, LiteralLoss):
        terms = kind(network, x, [Target(x)], style_weight=7)(x)
        assert float(terms.style) == pytest.approx(0, abs=1e-10)
        assert float(terms.content) == 0
        assert float(terms.total) == pytest.approx(SMOOTHNESS * float(roughness(x)), abs=1e-6)


def test_gram_loss_against_numpy(network: FeatureNetwork) -> None:
    x, content, style = picture(1), picture(2), picture(3, 40, 36)
    found, kept, wanted = network(x), network(content), network(style)
    errors = [relative(gram(found[name]), gram(wanted[name])) for name in STYLE_LAYERS]
    content_error = relative(found[CONTENT_LAYER].numpy(), kept[CONTENT_LAYER].numpy())
    terms = GramLoss(network, content, [Target(style)], style_weight=3, smoothness=0.5)(x)
    assert float(terms.style) == pytest.approx(np.mean(errors), rel=1e-4)
    assert float(terms.content) == pytest.approx(content_error, rel=1e-4)
    total = content_error + 3 * np.mean(errors) + 0.5 * float(roughness(x))
    assert float(terms.total) == pytest.approx(total, rel=1e-4)


def test_literal_loss_against_numpy(network: FeatureNetwork) -> None:
    """E(I) = sum_i ||F_i(I) - F_i(I_style)||^2 + lambda ||I - I_content||^2, each term relative."""
    x, content, style = picture(1), picture(2), picture(3, 40, 36)
    laid = F.interpolate(style, x.shape[-2:], mode="bilinear", antialias=True)
    found, wanted = network(x), network(laid)
    errors = [relative(found[name].numpy(), wanted[name].numpy()) for name in STYLE_LAYERS]
    terms = LiteralLoss(network, content, [Target(style)], style_weight=3, smoothness=0)(x)
    assert float(terms.style) == pytest.approx(np.mean(errors), rel=1e-4)
    assert float(terms.content) == pytest.approx(relative(x.numpy(), content.numpy()), rel=1e-6)
    assert float(terms.total) == pytest.approx(float(terms.content) + 3 * np.mean(errors), rel=1e-4)


def test_only_the_chosen_layers_count(network: FeatureNetwork) -> None:
    x, content, style = picture(1), picture(2), picture(3)
    for layer in STYLE_LAYERS:
        terms = GramLoss(network, content, [Target(style)], style_weight=1, layers=[layer])(x)
        expected = relative(gram(network(x)[layer]), gram(network(style)[layer]))
        assert float(terms.style) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("shares", [(1.0, 3.0), (0.25, 0.75), (0.5, 1.5)])
def test_shares_mix_gram_matrices(network: FeatureNetwork, shares: tuple[float, float]) -> None:
    x, content, one, other = picture(1), picture(2), picture(3), picture(4)
    targets = [Target(style, share) for style, share in zip((one, other), shares, strict=True)]
    terms = GramLoss(network, content, targets, style_weight=1)(x)
    found, a, b = network(x), network(one), network(other)
    errors = [relative(gram(found[k]), 0.25 * gram(a[k]) + 0.75 * gram(b[k])) for k in STYLE_LAYERS]
    assert float(terms.style) == pytest.approx(np.mean(errors), rel=1e-4)


@pytest.mark.parametrize("kind", [GramLoss, LiteralLoss])
def test_a_share_of_nothing_is_as_if_it_were_not_there(
    network: FeatureNetwork, kind: type[GramLoss] | type[LiteralLoss]
) -> None:
    x, content, one, other = picture(1), picture(2), picture(3), picture(4)
    alone = kind(network, content, [Target(one)], style_weight=1)(x)
    both = kind(network, content, [Target(one, 1.0), Target(other, 0.0)], style_weight=1)(x)
    torch.testing.assert_close(both.style, alone.style)


@pytest.mark.parametrize("kind", [GramLoss, LiteralLoss])
def test_a_masked_style_does_not_see_what_is_far_outside(
    network: FeatureNetwork, kind: type[GramLoss] | type[LiteralLoss]
) -> None:
    """relu3_1 sees 12 pixels to each side, and one of its positions is 4 pixels wide."""
    x = picture(1, 32, 96).requires_grad_()
    mask = torch.zeros(1, 1, 32, 96).double()
    mask[..., :32] = 1
    target = Target(picture(3, 32, 96), mask=mask)
    loss = kind(network, picture(2, 32, 96), [target], style_weight=1, layers=SHALLOW)
    (slope,) = torch.autograd.grad(loss(x).style, x)
    assert not slope[..., 32 + 16 :].any()
    assert (slope[..., :32] != 0).double().mean() > 0.9


def test_two_masks_have_a_style_each(network: FeatureNetwork) -> None:
    """Where each half already is its own style, only what crosses the border is left."""
    one, other, content = picture(3, 32, 128), picture(4, 32, 128) ** 3, picture(2, 32, 128)
    left = torch.zeros(1, 1, 32, 128).double()
    left[..., :64] = 1
    targets = [Target(one[..., :64], mask=left), Target(other[..., 64:], mask=1 - left)]
    loss = GramLoss(network, content, targets, style_weight=1, layers=SHALLOW)
    right_way = loss(torch.cat([one[..., :64], other[..., 64:]], dim=3)).style
    wrong_way = loss(torch.cat([other[..., 64:], one[..., :64]], dim=3)).style
    assert right_way < 0.1 * wrong_way


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("kind", [GramLoss, LiteralLoss])
def test_gradient_against_finite_differences(
    network: FeatureNetwork, kind: type[GramLoss] | type[LiteralLoss], masked: bool
) -> None:
    mask = picture(6)[:, :1] if masked else None
    x = picture(1).requires_grad_()
    loss = kind(network, picture(2), [Target(picture(3), mask=mask)], style_weight=5)
    (slope,) = torch.autograd.grad(loss(x).total, x)
    step = 1e-3  # in all: Gram matrices are summed in 32 bits, so smaller ones drown in rounding
    for seed in range(5):
        direction = torch.randn(x.shape, generator=torch.Generator().manual_seed(seed)).double()
        direction = direction + slope / slope.norm() * 40  # one that is not by chance along a level line
        with torch.no_grad():
            along = direction / direction.norm() * step
            difference = float(loss(x + along).total - loss(x - along).total) / 2
        assert difference == pytest.approx(float((slope * along).sum()), rel=0.02)
