"""Generator and discriminator: small multilayer perceptrons, from the first line to the last."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Generator, Tensor, nn

SLOPE = 0.2  # of the leaky ReLU below zero


class MLP(nn.Module):
    """`layers` hidden layers of `width`, (N, inputs) to (N, outputs).

    The weights come from `random` alone, so that labs side by side do not disturb each other.
    """

    def __init__(self, inputs: int, outputs: int, layers: int, width: int, random: Generator) -> None:
        super().__init__()
        sizes = [inputs, *[width] * layers, outputs]
        linear = [nn.utils.skip_init(nn.Linear, before, after) for before, after in pairwise(sizes)]
        self.layers = nn.ModuleList(linear)
        with torch.no_grad():
            for layer in linear:
                # Keeps the size of what passes through (He et al. 2015).
                bound = math.sqrt(6 / ((1 + SLOPE**2) * layer.in_features))
                layer.weight.uniform_(-bound, bound, generator=random)
                layer.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self.layers
        for layer in hidden:
            x = nn.functional.leaky_relu(layer(x), SLOPE)  # (N, width)
        y: Tensor = last(x)  # (N, outputs)
        return y


def noise(n: int, dimensions: int, random: Generator) -> Tensor:
    """What the generator begins with, (n, dimensions): evenly from -1 to 1."""
    return 2 * torch.rand(n, dimensions, generator=random) - 1


def noise_grid(dimensions: int, lines: int) -> Tensor:
    """Evenly spaced noise: (lines, 1) in one dimension, (lines * lines, dimensions) in more.

    Of more than two dimensions it is the slice through the first two, where all others are 0.
    """
    side = torch.linspace(-1, 1, lines)
    if dimensions == 1:
        return side[:, None]
    plane = torch.cartesian_prod(side, side)  # (lines * lines, 2), the second dimension runs fastest
    return nn.functional.pad(plane, (0, dimensions - 2))
