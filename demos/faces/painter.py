"""The generator made ready for a processor: the same pictures in half the time and less.

Reading guide: a `Brush` is a `Styled` convolution with all done that no style has a say in. Where its input
is first made twice as large by repeating, both become one transposed convolution, which takes 4 products for
each number where the two take 9. `Painter` goes through the levels as `Generator.painted` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from torch import Tensor

from demos.faces.model import GAIN, Generator, Layer, Level, Styled

# One for each generator in memory; gone when it is. A generator that others train must not be in here.
_painters: WeakKeyDictionary[Generator, Painter] = WeakKeyDictionary()


def painter_of(generator: Generator) -> Painter:
    """The same each time, for the weights of a generator that answers questions do not change."""
    painter = _painters.get(generator)
    if painter is None:
        painter = _painters[generator] = Painter(generator)
    return painter


class Brush:
    """A `Styled` convolution, after making the input twice as large where `enlarge` says so."""

    def __init__(self, layer: Styled, *, enlarge: bool = False) -> None:
        weight = layer.weight.detach() * layer.scale
        self.style = (
            (layer.style.weight * layer.style.scale).detach(),
            (layer.style.bias * layer.style.pace).detach(),
        )
        self.squares = weight.square().sum(dim=(2, 3)).T.contiguous() if layer.demodulate else None
        self.told, self.enlarge, self.padding = layer.told, enlarge, layer.padding
        if enlarge:
            # Each weight meets 2x2 equal neighbours: it is smeared over them. (O, I, 3, 3) -> (I, O, 4, 4)
            smeared = F.conv_transpose2d(weight.flip(2, 3).flatten(0, 1)[:, None], torch.ones(1, 1, 2, 2))
            weight = smeared[:, 0].unflatten(0, weight.shape[:2]).transpose(0, 1)
        self.weight = weight.contiguous(memory_format=torch.channels_last)

    def __call__(self, x: Tensor, w: Tensor) -> Tensor:
        weighed = F.linear(w[:, : self.told], *self.style)
        x = x * weighed[:, :, None, None]
        if self.enlarge:
            x = F.conv_transpose2d(x, self.weight, stride=2, padding=1)
        else:
            x = F.conv2d(x, self.weight, padding=self.padding)
        if self.squares is None:
            return x
        return x * torch.rsqrt(weighed.square() @ self.squares + 1e-8)[:, :, None, None]


class Painter:
    """What `Generator.painted` makes of styles, on the processor."""

    def __init__(self, generator: Generator) -> None:
        self.start = generator.start.detach()
        self.levels = [cast(Level, level) for level in generator.levels]
        self.brushes = [
            (
                None if level.first is None else Brush(level.first.convolution, enlarge=True),
                Brush(level.second.convolution),
                Brush(level.picture),
            )
            for level in self.levels
        ]

    def __call__(self, styles: Tensor, noise: Sequence[Tensor]) -> Tensor:
        """Pictures (B, 3, 128, 128) of styles (B, levels, STYLE); noise (1, 2, side, side) for each level."""
        x = self.start.expand(len(styles), -1, -1, -1).contiguous(memory_format=torch.channels_last)
        picture: Tensor | None = None
        for level, (first, second, last), w, grain in zip(
            self.levels, self.brushes, styles.unbind(dim=1), noise, strict=True
        ):
            if first is not None and level.first is not None:
                x = finished(level.first, first(x, w), grain[:, :1])
            x = finished(level.second, second(x, w), grain[:, 1:])
            added = last(x, w) + level.bias[:, None, None]
            if picture is not None:
                added += F.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)
            picture = added
        assert picture is not None
        return picture


def finished(layer: Layer, x: Tensor, noise: Tensor) -> Tensor:
    """What a `Layer` does after its convolution; x is overwritten."""
    x += layer.bias[:, None, None] + layer.strength * noise
    return F.leaky_relu_(x, 0.2).mul_(GAIN)
