"""One step of the game, on networks of one number and of two, against NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from demos.faces.augment import PACE, SURE
from demos.faces.model import LATENT
from demos.faces.train import Game, Portraits, Settings
from gallery.device import pick_device
from tests.demos.faces.test_augment import faces_in

CPU = replace(pick_device("cpu"), training_dtype=torch.float32)


class Bowl(nn.Module):
    """A discriminator of two numbers: tanh(a mean(x) + b mean(x²))."""

    def __init__(self) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.tensor([0.7, -0.4], dtype=torch.float64))

    def forward(self, pictures: Tensor, condition: Tensor) -> Tensor:
        x = pictures.double().flatten(1)
        a, b = self.values
        return torch.tanh(a * x.mean(dim=1) + b * x.square().mean(dim=1))


class Shade(nn.Module):
    """A generator of one number: noise, that much brighter."""

    def __init__(self) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.tensor([0.3], dtype=torch.float64))

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        return (z[:, :48].double() + self.values).reshape(-1, 3, 4, 4)


Numbers = NDArray[np.float64]


def verdicts_of(x: Numbers, values: Numbers) -> Numbers:
    result: Numbers = np.tanh(values[0] * x.mean(axis=1) + values[1] * (x**2).mean(axis=1))
    return result


def discriminator_loss(values: Numbers, real: Numbers, made: Numbers, weight: float) -> float:
    """-log of the probability of being right, and half of `weight` times the mean squared slope at `real`.

    Both players see half of every picture's contrast, and so does the slope.
    """
    of_real, of_made = verdicts_of(real / 2, values), verdicts_of(made / 2, values)
    slopes = (1 - of_real[:, None] ** 2) * (values[0] + values[1] * real) / real.shape[1] / 2
    loss = np.log1p(np.exp(-of_real)).mean() + np.log1p(np.exp(of_made)).mean()
    return float(loss + weight / 2 * (slopes**2).sum(axis=1).mean())


def slope(function: Callable[[Numbers], float], at: Numbers, by: float = 1e-5) -> Numbers:
    """Central differences."""
    steps = by * np.eye(len(at))
    return np.array([(function(at + step) - function(at - step)) / (2 * by) for step in steps])


@pytest.mark.parametrize("penalise", [False, True])
def test_one_step_follows_the_slopes_of_both_losses(
    penalise: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    portraits = Portraits(faces_in(tmp_path, side=4), CPU.torch_device)
    s = Settings(batch=4, gamma=300.0, penalty_every=3)
    game = Game(portraits, s, CPU)
    generator, discriminator = Shade(), Bowl()
    game.generator, game.discriminator, game.mean = generator, discriminator, Shade()
    game.optimisers = (game.adam(generator, 0.0, 0.9), game.adam(discriminator, 0.0, 0.9))
    pictures, known = portraits.batch(4)
    noise = torch.randn(4, LATENT)
    monkeypatch.setattr(portraits, "batch", lambda count: (pictures.clone(), known))
    monkeypatch.setattr(game, "noise", lambda count: noise)
    monkeypatch.setattr(game.augment, "forward", lambda seen: seen / 2)
    game.step(penalise=penalise)

    real, z = (part.double().numpy().reshape(4, -1)[:, :48] for part in (pictures, noise))
    bowl, shade = np.array([0.7, -0.4]), np.array([0.3])

    def loss(values: Numbers, *, weight: float = 0.0) -> float:
        return discriminator_loss(values, real, z + shade, weight)

    def generator_loss(values: Numbers) -> float:
        return float(np.log1p(np.exp(-verdicts_of((z + values) / 2, bowl))).mean())

    weight = s.gamma * s.penalty_every * penalise
    expected = slope(lambda values: loss(values, weight=weight), bowl)
    assert (np.abs(expected - slope(loss, bowl)).max() > 0.1) == penalise  # it is not lost among the rest
    assert discriminator.values.grad is not None
    np.testing.assert_allclose(discriminator.values.grad.numpy(), expected, rtol=1e-4, atol=1e-6)
    assert generator.values.grad is not None
    np.testing.assert_allclose(generator.values.grad.numpy(), slope(generator_loss, shade), rtol=1e-4)

    caught = (verdicts_of(real / 2, bowl) > 0).mean(), (verdicts_of((z + shade) / 2, bowl) < 0).mean()
    sure = np.sign(verdicts_of(real / 2, bowl)).mean() > SURE
    expected_terms = [loss(bowl), generator_loss(shade), *caught, sure * s.batch / PACE]
    np.testing.assert_allclose(game.terms.numpy(), expected_terms, rtol=1e-5)
