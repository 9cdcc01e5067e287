"""The network of self-play: a stem, residual blocks, a head for the move and one for the winner.

It is shown stones, the last two moves and what the rules allow, and nothing that people found out about Go.
"""

from __future__ import annotations

from copy import deepcopy
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from demos.go.zero.settings import Settings

PLANES = ("own stones", "opponent's stones", "allowed", "last move", "move before", "ones", "komi / points")


class Convolution(nn.Sequential):
    """3x3, then batch normalisation."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False), nn.BatchNorm2d(out_channels)
        )


class Block(nn.Module):
    """x + f(x) (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = Convolution(channels, channels)
        self.second = Convolution(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(F.relu(self.first(x))))


class ZeroNetwork(nn.Module):
    """Planes (B, len(PLANES), size, size) to logits of moves (B, size * size + 1) and values (B,).

    Both are from the view of the player whose turn it is; the last move is the pass, and a value runs from
    -1, lost, to 1, won. The size of the board is open: the value and the pass look at means and maxima over
    it.
    """

    def __init__(self, channels: int = Settings.channels, blocks: int = Settings.blocks) -> None:
        super().__init__()
        self.stem = Convolution(len(PLANES), channels)
        self.blocks = nn.ModuleList(Block(channels) for _ in range(blocks))
        self.policy = nn.Conv2d(channels, 1, 1)
        self.policy_pass = nn.Linear(2 * channels, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.value_hidden = nn.Linear(2 * channels, 64)
        self.value_out = nn.Linear(64, 1)

    def forward(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        x = F.relu(self.stem(planes))
        for block in self.blocks:
            x = block(x)
        points = self.policy(x).flatten(1)  # (B, size * size)
        policy = torch.cat([points, self.policy_pass(pooled(x))], dim=1)
        value = F.relu(self.value_hidden(pooled(F.relu(self.value(x)))))
        return policy, torch.tanh(self.value_out(value)).squeeze(1)


def pooled(x: Tensor) -> Tensor:
    """(B, C, H, W) to (B, 2 C): mean and maximum over the board."""
    return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)


def fused(network: ZeroNetwork) -> ZeroNetwork:
    """A copy that says the same and is faster: normalisation is folded into the kernels. It cannot learn."""
    copy = deepcopy(network).eval().requires_grad_(False)
    for part in copy.modules():
        for name, child in part.named_children():
            if isinstance(child, Convolution):
                setattr(
                    part, name, fuse_conv_bn_eval(cast(nn.Conv2d, child[0]), cast(nn.BatchNorm2d, child[1]))
                )
    return copy.to(memory_format=torch.channels_last)
