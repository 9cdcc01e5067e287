"""What the two networks are built of, layer by layer: the definitions of their papers as oracles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from demos.faces.model import (
    CONDITION,
    STYLE,
    YEARS,
    Convolution,
    Layer,
    Linear,
    Mapping,
    Styled,
    condition,
    normalised,
    rectified,
)


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    """What a test draws is the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def test_a_year_is_shared_between_its_neighbours() -> None:
    years = np.array([1700, 1850, 1851, 1869.5, 1870, 1917, 1990, 2029, 2030, 2031, 3000], np.float32)
    colour = np.linspace(0, 1, len(years), dtype=np.float32)
    found = condition(torch.from_numpy(years), torch.from_numpy(colour)).numpy()
    assert found.shape == (len(years), CONDITION)
    for knot in range(len(YEARS)):
        expected = np.interp(years, YEARS, np.eye(len(YEARS))[knot])  # the ends hold beyond the ends
        np.testing.assert_allclose(found[:, knot], expected, atol=1e-5)
    np.testing.assert_array_equal(found[:, -1], colour)


def test_a_row_is_normalised_to_a_mean_square_of_one() -> None:
    rows = torch.randn(4, 50) * torch.tensor([[1e-2], [1.0], [7.0], [1e3]])
    found = normalised(rows)
    assert found.square().mean(dim=1).tolist() == pytest.approx([1, 1, 1, 1], rel=1e-3)
    torch.testing.assert_close(F.cosine_similarity(found, rows), torch.ones(4))
    assert not normalised(torch.zeros(1, 5)).any()


def test_no_layer_changes_the_variance() -> None:
    """Weights of variance one, scaled when used: what goes in with a mean square of one comes out so."""
    x = torch.randn(8, 24, 16, 16)
    layers = {
        "linear": Linear(400, 300)(torch.randn(200, 400)),
        "slow": Linear(400, 300, pace=0.01)(torch.randn(200, 400)),
        "convolution": Convolution(24, 50, 3)(F.pad(x, (1, 1, 1, 1), mode="circular"))[..., 1:-1, 1:-1],
        "pointwise": Convolution(24, 50, 1)(x),
        "rectified": rectified(torch.randn(50_000)),
    }
    for name, found in layers.items():
        assert found.square().mean().item() == pytest.approx(1, rel=0.1), name


def test_a_slow_layer_learns_slowly() -> None:
    """Of a step that moves every parameter as far, as Adam's do, a hundredth is felt."""
    x, felt = torch.randn(16, 20), []
    for pace in (1.0, 0.01):
        layer = Linear(20, 5, bias=1.0, pace=pace)
        with torch.no_grad():
            layer.weight.fill_(1 / pace)
            before = layer(x)
            torch.testing.assert_close(before, x.sum(dim=1, keepdim=True).expand(-1, 5) / 20**0.5 + 1)
            for parameter in layer.parameters():
                parameter.sub_(1)
            felt.append(before - layer(x))
    torch.testing.assert_close(felt[1], 0.01 * felt[0], atol=1e-5, rtol=1e-3)
    assert [layer.pace for layer in Mapping().modules() if isinstance(layer, Linear)] == [1, 0.01, 0.01, 0.01]


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("kernel", [1, 3])
def test_a_style_weighs_kernels_as_in_the_paper(demodulate: bool, kernel: int) -> None:
    """StyleGAN2, equations 1 and 3: each picture has kernels of its own, here one after another."""
    layer = Styled(5, 7, kernel, demodulate=demodulate).double()
    x, w = torch.randn(4, 5, 6, 6).double(), torch.randn(4, STYLE).double()
    found = layer(x, w)
    for i, scales in enumerate(layer.style(w)):
        kernels = layer.weight / (5 * kernel**2) ** 0.5 * scales[None, :, None, None]
        if demodulate:
            kernels = torch.stack([one / (one.square().sum() + 1e-8).sqrt() for one in kernels])
        expected = F.conv2d(x[i : i + 1], kernels, padding=kernel // 2)[0]
        torch.testing.assert_close(found[i], expected, rtol=1e-5, atol=1e-6)


def test_demodulated_a_stronger_style_paints_no_stronger() -> None:
    layer = Styled(5, 7, 3)
    nn.init.zeros_(layer.style.bias)
    x, w = torch.randn(2, 5, 6, 6), torch.randn(2, STYLE)
    torch.testing.assert_close(layer(x, 10 * w), layer(x, w), rtol=1e-4, atol=1e-5)
    layer.demodulate = False
    torch.testing.assert_close(layer(x, 10 * w), 10 * layer(x, w), rtol=1e-4, atol=1e-4)


def test_noise_comes_in_as_strongly_as_learnt() -> None:
    layer = Layer(4, 6)
    x, w, noise = torch.randn(2, 4, 8, 8), torch.randn(2, STYLE), torch.randn(1, 1, 8, 8)
    torch.testing.assert_close(layer(x, w, noise), layer(x, w, None))  # not at all to begin with
    nn.init.constant_(layer.strength, 0.7)
    nn.init.constant_(layer.bias, -0.3)
    expected = F.leaky_relu(layer.convolution(x, w) + 0.7 * noise - 0.3, 0.2) * 2**0.5
    torch.testing.assert_close(layer(x, w, noise), expected)
    fresh = layer(x, w, None)
    assert not torch.equal(fresh, layer(x, w, None))
