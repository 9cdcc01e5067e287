"""The networks of DCGAN (Radford and others 2015, https://arxiv.org/abs/1511.06434): where it began.

Here only to compare with: the card tells how far they come in as many steps. The condition is appended to the
noise and, as planes, to the picture.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from demos.faces.model import CONDITION, LATENT

WIDTHS = (512, 256, 128, 64, 32)  # from 4x4 to 64x64


def initialised(network: nn.Module) -> None:
    """Weights of standard deviation 0.02, as there."""
    for part in network.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(part.weight, 0, 0.02)
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.weight, 1, 0.02)


class DcganGenerator(nn.Module):
    """Noise (B, LATENT) and condition (B, CONDITION) to pictures (B, 3, 128, 128) from -1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ConvTranspose2d(LATENT + CONDITION, WIDTHS[0], 4, bias=False)]
        for a, b in zip(WIDTHS, (*WIDTHS[1:], 3), strict=True):
            layers += [nn.BatchNorm2d(a), nn.ReLU(), nn.ConvTranspose2d(a, b, 4, 2, 1, bias=b == 3)]
        self.layers = nn.Sequential(*layers, nn.Tanh())
        initialised(self)

    def forward(self, z: Tensor, condition: Tensor) -> Tensor:
        found: Tensor = self.layers(torch.cat([z, condition], dim=1)[:, :, None, None])
        return found


class DcganDiscriminator(nn.Module):
    """Pictures (B, 3, 128, 128) and conditions to logits of being real, (B,)."""

    def __init__(self) -> None:
        super().__init__()
        widths = (3 + CONDITION, *WIDTHS[::-1])
        layers: list[nn.Module] = []
        for a, b in pairwise(widths):
            layers += [nn.Conv2d(a, b, 4, 2, 1, bias=False)]
            layers += [nn.BatchNorm2d(b)] if a != widths[0] else []
            layers += [nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(WIDTHS[0], 1, 4))
        initialised(self)

    def forward(self, pictures: Tensor, condition: Tensor) -> Tensor:
        planes = condition.to(pictures.dtype)[:, :, None, None].expand(-1, -1, *pictures.shape[2:])
        found: Tensor = self.layers(torch.cat([pictures, planes], dim=1))
        return found.flatten().float()
