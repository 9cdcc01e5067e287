"""The network: what a strong player would do here, who will win, and whose each point will be.

Reading guide: a stem, residual blocks (He et al. 2016), three heads, as in AlphaGo Zero (Silver et al. 2017,
https://doi.org/10.1038/nature24270); the pooled part of the blocks and the ownership head are KataGo's (Wu
2019, https://arxiv.org/abs/1902.10565). Nothing depends on the size of the board.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from demos.go.features import PLANES


class Output(NamedTuple):
    """For B positions, all from the view of the player whose turn it is."""

    policy: Tensor  # logits (B, size * size + 1), the last is the pass
    value: Tensor  # logit of winning, (B,)
    ownership: Tensor  # logits of owning each point, (B, size, size)


def pooled(x: Tensor) -> Tensor:
    """(B, C, H, W) to (B, 2 C): mean and maximum over the board."""
    return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)


class Convolution(nn.Module):
    """3x3, then batch normalisation."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
        self.normalisation: nn.Module = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.normalisation(self.convolution(x))
        return found


class Block(nn.Module):
    """x + f(x). With `pooling` the whole board has a say in f: a ko far away changes what is big here."""

    def __init__(self, channels: int, *, pooling: bool) -> None:
        super().__init__()
        self.first = Convolution(channels, channels)
        self.second = Convolution(channels, channels)
        self.board = nn.Linear(2 * channels, channels) if pooling else None
        nn.init.zeros_(self.second.normalisation.get_parameter("weight"))  # a block begins as the identity

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(self.first(x))
        if self.board is not None:
            inner = inner + self.board(pooled(inner))[:, :, None, None]
        return F.relu(x + self.second(inner))


def folded(network: GoNetwork) -> GoNetwork:
    """A copy for use alone, in which each normalisation has become part of its convolution."""
    found = copy.deepcopy(network).eval()
    for part in found.modules():
        if isinstance(part, Convolution) and isinstance(part.normalisation, nn.BatchNorm2d):
            part.convolution = fuse_conv_bn_eval(part.convolution, part.normalisation)
            part.normalisation = nn.Identity()
    return found.requires_grad_(False)


class GoNetwork(nn.Module):
    """Planes (B, len(PLANES), size, size) to an Output."""

    def __init__(self, channels: int = 64, blocks: int = 6, head: int = 32) -> None:
        super().__init__()
        self.stem = Convolution(len(PLANES), channels)
        self.blocks = nn.ModuleList([Block(channels, pooling=i % 2 == 1) for i in range(blocks)])
        self.policy = nn.Conv2d(channels, head, 1)
        self.policy_board = nn.Linear(2 * head, head)
        self.policy_points = nn.Conv2d(head, 1, 1)
        self.policy_pass = nn.Linear(2 * head, 1)
        self.value = nn.Conv2d(channels, head, 1)
        self.value_hidden = nn.Linear(2 * head, 64)
        self.value_out = nn.Linear(64, 1)
        self.ownership = nn.Conv2d(head, 1, 1)

    def forward(self, planes: Tensor) -> Output:
        x = F.relu(self.stem(planes))
        for block in self.blocks:
            x = block(x)
        # The heads in 32 bits: a logit of 250 that has 8 binary digits is off by a whole nat.
        with torch.autocast(x.device.type, enabled=False):
            return self.heads(x.float())

    def heads(self, x: Tensor) -> Output:
        """From the trunk's features (B, channels, size, size)."""
        policy = F.relu(self.policy(x))
        board = pooled(policy)
        policy = F.relu(policy + self.policy_board(board)[:, :, None, None])
        points = self.policy_points(policy).flatten(1)
        value = F.relu(self.value(x))
        winning = self.value_out(F.relu(self.value_hidden(pooled(value)))).squeeze(1)
        return Output(
            torch.cat([points, self.policy_pass(board)], dim=1), winning, self.ownership(value).squeeze(1)
        )
