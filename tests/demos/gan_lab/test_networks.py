"""Networks and losses against what can be written down without them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from demos.gan_lab.losses import (
    GRADIENT_PENALTY,
    LOSSES,
    R1,
    Loss,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
    penalty,
    slopes,
)
from demos.gan_lab.networks import MLP, SLOPE, noise, noise_grid


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def by_hand(network: MLP, x: np.ndarray) -> np.ndarray:
    """The same network in NumPy."""
    layers = [(one.weight.detach().numpy(), one.bias.detach().numpy()) for one in network.layers]  # type: ignore[operator]
    for weight, bias in layers[:-1]:
        x = x @ weight.T + bias
        x = np.where(x > 0, x, SLOPE * x)
    weight, bias = layers[-1]
    return np.asarray(x @ weight.T + bias)


@pytest.mark.parametrize(
    ("inputs", "outputs", "layers", "width"), [(2, 1, 2, 64), (16, 2, 4, 8), (1, 2, 1, 32)]
)
def test_network_against_numpy(inputs: int, outputs: int, layers: int, width: int) -> None:
    network = MLP(inputs, outputs, layers, width, seeded())
    assert len(network.layers) == layers + 1
    x = torch.randn(7, inputs, generator=seeded(1))
    np.testing.assert_allclose(network(x).detach(), by_hand(network, x.numpy()), atol=1e-5)


def test_weights_come_from_their_own_seed_alone() -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    a = MLP(2, 1, 2, 16, seeded(3))
    assert torch.equal(before, torch.random.get_rng_state())
    torch.manual_seed(6)
    b, c = MLP(2, 1, 2, 16, seeded(3)), MLP(2, 1, 2, 16, seeded(4))
    assert all(map(torch.equal, a.parameters(), b.parameters()))
    assert not torch.equal(a.layers[0].weight, c.layers[0].weight)  # type: ignore[arg-type]


def test_what_passes_through_keeps_its_size() -> None:
    x = torch.randn(2000, 64, generator=seeded())
    out = MLP(64, 64, 4, 64, seeded(1))(x).detach()
    assert 0.5 < float(out.std()) < 2


def test_noise_and_its_grid() -> None:
    z = noise(5000, 3, seeded())
    assert z.shape == (5000, 3)
    assert z.abs().max() <= 1
    assert float(z.std()) == pytest.approx(1 / math.sqrt(3), rel=0.02)
    assert noise_grid(1, 11)[:, 0].tolist() == pytest.approx(np.linspace(-1, 1, 11).tolist(), abs=1e-6)
    for dimensions in (2, 5):
        grid = noise_grid(dimensions, 4)
        assert grid.shape == (16, dimensions)
        assert torch.equal(grid[:, 2:], torch.zeros(16, dimensions - 2))
        expected = [(x, y) for x in np.linspace(-1, 1, 4) for y in np.linspace(-1, 1, 4)]
        np.testing.assert_allclose(grid[:, :2], expected, atol=1e-6)


# ---- losses ---------------------------------------------------------------------------------------------


def sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))


REAL = np.array([[-3.0], [0.0], [0.5], [2.0]])
FAKE = np.array([[-2.0], [-0.5], [1.0], [4.0]])


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_and_their_gradients_against_numpy(loss: Loss) -> None:
    p, q = sigmoid(REAL), sigmoid(FAKE)
    n = len(REAL)
    cross_entropy = -(np.log(p) + np.log(1 - q)).mean()
    expected: dict[str, tuple[Any, ...]] = {
        # loss of D, of G; derivatives of D's by f(real) and f(fake), of G's by f(fake)
        "minimax": (cross_entropy, np.log(1 - q).mean(), p - 1, q, -q),
        "nonsaturating": (cross_entropy, -np.log(q).mean(), p - 1, q, q - 1),
        "r1": (cross_entropy, -np.log(q).mean(), p - 1, q, q - 1),
        "wasserstein": (
            FAKE.mean() - REAL.mean(),
            -FAKE.mean(),
            -np.ones((n, 1)),
            np.ones((n, 1)),
            -np.ones((n, 1)),
        ),
    }
    real, fake = (torch.tensor(values, requires_grad=True) for values in (REAL, FAKE))
    d, g = discriminator_loss(loss, real, fake), generator_loss(loss, fake)
    d_value, g_value, by_real, by_fake, g_by_fake = expected[loss]
    assert d.item() == pytest.approx(d_value)
    assert g.item() == pytest.approx(g_value)
    for found, wanted in zip(torch.autograd.grad(d, (real, fake)), (by_real, by_fake), strict=True):
        np.testing.assert_allclose(found, wanted / n, atol=1e-12)
    np.testing.assert_allclose(torch.autograd.grad(g, fake)[0], g_by_fake / n, atol=1e-12)


def test_minimax_saturates_where_the_other_does_not() -> None:
    """Where the discriminator is sure that a point is generated."""
    pulls = {}
    for loss in ("minimax", "nonsaturating"):
        f = torch.tensor([[-8.0]], requires_grad=True)
        pulls[loss] = abs(float(torch.autograd.grad(generator_loss(loss, f), f)[0]))
    assert pulls["minimax"] < 0.001
    assert pulls["nonsaturating"] > 0.999


def test_losses_are_finite_for_a_discriminator_that_is_very_sure() -> None:
    far = torch.tensor([[-1e4], [1e4]])
    for loss in LOSSES:
        assert torch.isfinite(generator_loss(loss, far))
        assert torch.isfinite(discriminator_loss(loss, far, far))


def smooth(points: Tensor) -> Tensor:
    """A discriminator whose slope is known: f = x^2 + 3y."""
    return points[:, :1] ** 2 + 3 * points[:, 1:]


def test_slopes_of_a_known_function() -> None:
    points = torch.tensor([[0.0, 0.0], [2.0, 1.0], [-0.5, 7.0]])
    assert slopes(smooth, points).detach().tolist() == pytest.approx(
        [math.hypot(2 * x, 3) for x in (0, 2, -0.5)]
    )


def test_slopes_of_a_network_against_finite_differences() -> None:
    network = MLP(2, 1, 2, 16, seeded()).double()
    points = torch.randn(20, 2, generator=seeded(1), dtype=torch.float64)
    h = 1e-6
    sides = [torch.tensor([h, 0.0], dtype=torch.float64), torch.tensor([0.0, h], dtype=torch.float64)]
    with torch.no_grad():
        parts = [(network(points + side) - network(points - side))[:, 0] / (2 * h) for side in sides]
    expected = torch.hypot(*parts)
    np.testing.assert_allclose(slopes(network, points).detach(), expected, rtol=1e-6)


def test_gradient_penalty_is_taken_between_real_and_fake() -> None:
    real, fake = torch.randn(50, 2, generator=seeded()), torch.randn(50, 2, generator=seeded(1)) + 3
    found = float(gradient_penalty(smooth, real, fake, seeded(2)).detach())
    share = torch.rand(50, 1, generator=seeded(2))
    between = (share * real + (1 - share) * fake).numpy()
    expected = ((np.hypot(2 * between[:, 0], 3) - 1) ** 2).mean()
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss", ["r1", "wasserstein"])
def test_the_penalty_changes_weights_as_finite_differences_say(loss: Loss) -> None:
    network = MLP(2, 1, 2, 8, seeded()).double()
    real = torch.randn(30, 2, generator=seeded(1), dtype=torch.float64)
    fake = torch.randn(30, 2, generator=seeded(2), dtype=torch.float64)

    def value() -> Tensor:
        found = penalty(loss, network, real, fake, seeded(3))
        assert found is not None
        return found

    weight = network.layers[1].weight
    assert isinstance(weight, torch.nn.Parameter)
    (gradient,) = torch.autograd.grad(value(), weight)
    h = 1e-6
    for at in ((0, 0), (3, 5), (7, 2)):
        found = []
        for step in (h, -2 * h):
            with torch.no_grad():
                weight[at] += step
            found.append(value().item())
        with torch.no_grad():
            weight[at] += h
        assert (found[0] - found[1]) / (2 * h) == pytest.approx(float(gradient[at]), rel=1e-4, abs=1e-9)


def test_weights_of_the_penalties() -> None:
    real, fake = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    length = math.hypot(2, 3)
    r1, gp = (penalty(loss, smooth, real, fake, seeded()) for loss in ("r1", "wasserstein"))
    assert r1 is not None
    assert gp is not None
    assert float(r1.detach()) == pytest.approx(R1 / 2 * length**2)
    assert float(gp.detach()) == pytest.approx(GRADIENT_PENALTY * (length - 1) ** 2)
    assert penalty("minimax", smooth, real, fake, seeded()) is None
    assert penalty("nonsaturating", smooth, real, fake, seeded()) is None
