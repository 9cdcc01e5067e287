"""A generator of faces that is steered by styles, and the discriminator that it learns against.

Reading guide: a `Generator` is a `Mapping` from noise and `condition` to a style w, and six levels from 4x4
to 128x128, each of which paints in its style and adds what it has to the picture. The `Discriminator` goes
the other way.

After StyleGAN2 (Karras and others 2020, https://arxiv.org/abs/1912.04958), smaller: one style for each level,
nearest-neighbour enlarging, no regularisation of path lengths. Nothing of it is copied; the parameters are
kept near a variance of one and scaled where they are used, as there ("equalised learning rate").

Only the fine levels are told whether the photograph is in colour. Portraits in colour are few, and a
generator that may shape a face by it makes the same face for all of them; so it learns shapes from everybody.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RESOLUTION = 128  # pixels a side
CHANNELS = {4: 256, 8: 256, 16: 256, 32: 128, 64: 64, 128: 32}  # at each level, by its side in pixels
LEVELS = tuple(CHANNELS)
LATENT = 128  # numbers of noise
SHAPE = 256  # numbers of a style that every level is told
STYLE = SHAPE + 1  # numbers of a style; the last one, 0 or COLOUR, says whether the photograph is in colour
COLOUR = 8.0  # about as far apart as the styles of two people
COARSE = 16  # pixels a side of the last level that is not told of the colour
YEARS = tuple(range(1850, 2031, 20))  # knots between which the year is interpolated
CONDITION = len(YEARS) + 1
GAIN = math.sqrt(2)  # what a leaky rectifier takes from the variance


def condition(year: Tensor, colour: Tensor) -> Tensor:
    """When a photograph is taken, (B,), and whether in colour, (B,) 0 to 1, as (B, CONDITION).

    The year is shared between the two nearest of YEARS; beyond the ends it counts as the end.
    """
    step = YEARS[1] - YEARS[0]
    place = ((year.float() - YEARS[0]) / step).clamp(0, len(YEARS) - 1)
    knots = torch.arange(len(YEARS), device=year.device)
    shares = (1 - (place[:, None] - knots).abs()).clamp(min=0)
    return torch.cat([shares, colour.float()[:, None]], dim=1)


def normalised(x: Tensor) -> Tensor:
    """(B, n) with a mean square of one in each row."""
    return x * torch.rsqrt(x.float().square().mean(dim=1, keepdim=True) + 1e-8)


def rectified(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2) * GAIN


class Linear(nn.Module):
    """With weights of variance one that are scaled when used; `pace` slows its learning down."""

    def __init__(self, inputs: int, outputs: int, *, bias: float = 0.0, pace: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / pace)
        self.bias = nn.Parameter(torch.full((outputs,), bias / pace))
        self.pace, self.scale = pace, pace / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias * self.pace)


class Convolution(nn.Module):
    """Square kernels of variance one, scaled when used."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale, self.padding = 1 / math.sqrt(inputs * kernel**2), kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


class Styled(nn.Module):
    """A convolution whose input channels are weighed by a style.

    Demodulation divides each output channel by the length that its weighed kernel has, so that a style
    changes what is painted and not how strongly. Done to the activations: all pictures share a kernel.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, told: int = STYLE, demodulate: bool = True
    ) -> None:
        super().__init__()
        self.told = told  # numbers of the style that it heeds
        self.style = Linear(told, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.demodulate, self.padding = demodulate, kernel // 2
        self.scale = 1 / math.sqrt(inputs * kernel**2)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        weight = self.weight * self.scale
        weighed = self.style(w[:, : self.told])
        found = F.conv2d(x * weighed.to(x.dtype)[:, :, None, None], weight, padding=self.padding)
        if not self.demodulate:
            return found
        lengths = weighed.float().square() @ weight.float().square().sum(dim=(2, 3)).T
        return found * torch.rsqrt(lengths + 1e-8).to(found.dtype)[:, :, None, None]


class Layer(nn.Module):
    """Styled convolution, noise, rectifier. The noise becomes what has no reason: a strand, a speck."""

    def __init__(self, inputs: int, outputs: int, *, told: int = STYLE) -> None:
        super().__init__()
        self.convolution = Styled(inputs, outputs, 3, told=told)
        self.strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None) -> Tensor:
        x = self.convolution(x, w)
        if noise is None:
            noise = torch.randn(len(x), 1, *x.shape[2:], device=x.device)
        shift = self.bias[:, None, None] + self.strength * noise
        return rectified(x + shift.to(x.dtype))


class Level(nn.Module):
    """Twice as large (but for the first level), two layers (one there), and what it adds to the picture."""

    def __init__(self, side: int) -> None:
        super().__init__()
        inputs, outputs = CHANNELS[max(4, side // 2)], CHANNELS[side]
        told = STYLE if side > COARSE else SHAPE
        self.side = side
        self.first = Layer(inputs, outputs, told=told) if side > 4 else None
        self.second = Layer(outputs, outputs, told=told)
        self.picture = Styled(outputs, 3, 1, told=told, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(
        self, x: Tensor, picture: Tensor | None, w: Tensor, noise: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        if self.first is not None:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = self.first(x, w, None if noise is None else noise[:, :1])
        x = self.second(x, w, None if noise is None else noise[:, 1:])
        added = self.picture(x, w).float() + self.bias[:, None, None]
        if picture is not None:
            added = added + F.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)
        return x, added


class Mapping(nn.Module):
    """Noise (B, LATENT) and condition (B, CONDITION) to styles (B, STYLE)."""

    def __init__(self, layers: int = 3, pace: float = 0.01) -> None:
        super().__init__()
        self.condition = Linear(len(YEARS), LATENT)
        sizes = [2 * LATENT] + layers * [SHAPE]
        self.layers = nn.ModuleList(Linear(a, b, pace=pace) for a, b in pairwise(sizes))

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        # In 32 bits always: neighbours in z must stay neighbours in w, or a walk between faces stutters.
        with torch.autocast(z.device.type, enabled=False):
            years, colour = condition[:, :-1], condition[:, -1:]
            x = torch.cat([normalised(z), normalised(self.condition(years))], dim=1)
            for layer in self.layers:
                x = rectified(layer(x))
            return torch.cat([x, COLOUR * colour], dim=1)


class Generator(nn.Module):
    """Noise and a condition to pictures (B, 3, 128, 128), about -1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.mapping = Mapping()
        self.start = nn.Parameter(torch.randn(1, CHANNELS[4], 4, 4))
        self.levels = nn.ModuleList(Level(side) for side in LEVELS)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        return self.painted(self.mapping(z, condition)[:, None].expand(-1, len(LEVELS), -1))

    def painted(self, styles: Tensor, noise: Sequence[Tensor] | None = None) -> Tensor:
        """From one style for each level, (B, levels, STYLE), coarse to fine.

        `noise` is (B or 1, 2, side, side) for each level; fresh each time where none is given.
        """
        x = self.start.expand(len(styles), -1, -1, -1)
        x = x.contiguous(memory_format=torch.channels_last)
        picture: Tensor | None = None
        for i, level in enumerate(self.levels):
            x, picture = level(x, picture, styles[:, i], None if noise is None else noise[i])
        assert picture is not None
        return picture


def fixed_noise(seed: int) -> list[Tensor]:
    """Noise for `Generator.painted`, always the same for a seed."""
    random = torch.Generator().manual_seed(seed)
    return [torch.randn(1, 2, side, side, generator=random) for side in LEVELS]


class Down(nn.Module):
    """Half as large, around a shortcut."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = Convolution(inputs, inputs, 3)
        self.second = Convolution(inputs, outputs, 3)
        self.shortcut = Convolution(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        # What is pooled first costs a quarter; a convolution and a mean may change places.
        shortcut: Tensor = self.shortcut(F.avg_pool2d(x, 2))
        x = rectified(self.first(x))
        x = rectified(F.avg_pool2d(self.second(x), 2))
        return (x + shortcut) / GAIN


class Discriminator(nn.Module):
    """Pictures (B, 3, 128, 128) and conditions to logits of being real, (B,).

    The condition has its say as a direction in the space of features (Miyato and Koyama 2018,
    https://arxiv.org/abs/1802.05637).
    """

    def __init__(self, group: int = 4) -> None:
        super().__init__()
        sides = LEVELS[::-1]
        self.group = group
        self.pixels = Convolution(3, CHANNELS[RESOLUTION], 1)
        self.levels = nn.ModuleList(Down(CHANNELS[a], CHANNELS[b]) for a, b in pairwise(sides))
        self.last = Convolution(CHANNELS[4] + 1, CHANNELS[4], 3)
        self.flat = Linear(CHANNELS[4] * 16, CHANNELS[4])
        self.real = Linear(CHANNELS[4], 1)
        self.condition = Linear(CONDITION, CHANNELS[4])

    def forward(self, pictures: Tensor, condition: Tensor) -> Tensor:
        features = self.features(pictures)
        direction = normalised(self.condition(condition)).to(features.dtype)
        along = (features * direction).sum(dim=1) / math.sqrt(features.shape[1])
        found: Tensor = self.real(features).squeeze(1) + along
        return found.float()

    def features(self, pictures: Tensor) -> Tensor:
        """(B, 256), the last before the verdict."""
        x = rectified(self.pixels(pictures.contiguous(memory_format=torch.channels_last)))
        for level in self.levels:
            x = level(x)
        x = rectified(self.last(torch.cat([x, variety(x, self.group)], dim=1)))
        return rectified(self.flat(x.flatten(1)))


def variety(x: Tensor, group: int) -> Tensor:
    """How much each `group` of neighbours in the batch differ, (B, 1, H, W): a generator that paints one
    face only is found out by it. A batch that cannot be divided so is one group."""
    size = group if len(x) % group == 0 else len(x)
    groups = x.float().unflatten(0, (-1, size))
    spread = (groups.var(dim=1, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))
    found: Tensor = spread.repeat_interleave(size).to(x.dtype)
    return found[:, None, None, None].expand(-1, 1, *x.shape[2:])
