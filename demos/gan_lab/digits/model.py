"""The two players: a generator that draws what it is told to, a discriminator that knows what it was told.

Reading guide: `Generator` and `Discriminator` are the GAN, `Snapshot` is both at one moment of the training,
`Film` all moments that ship.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 28  # pixels of a picture's side
LABELS = 10
LATENT = 32  # numbers of noise from which a picture is drawn
SETS = ("digits", "clothes")
# Steps of the training at which a snapshot was kept: early on twenty of them change everything.
MOMENTS = (0, 20, 50, 100, 200, 400, 1000, 2500)


class PixelNorm(nn.Module):
    """Each pixel's channels brought to a mean square of 1 (Karras et al. 2018).

    It keeps the players from outbidding each other in ever larger numbers, and unlike batch normalisation
    it draws a picture the same whatever is drawn beside it.
    """

    def forward(self, x: Tensor) -> Tensor:
        return x * (x.square().mean(dim=1, keepdim=True) + 1e-8).rsqrt()


class Generator(nn.Module):
    """Noise and a label to a picture: DCGAN's ladder of transposed convolutions (Radford et al. 2016)."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.width = width
        self.start = nn.Linear(LATENT + LABELS, width * 7 * 7)
        self.draw = nn.Sequential(
            nn.Conv2d(width, 2 * width, 3, padding=1), nn.LeakyReLU(0.2), PixelNorm(),
            nn.ConvTranspose2d(2 * width, 3 * width // 2, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            PixelNorm(),
            nn.ConvTranspose2d(3 * width // 2, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            PixelNorm(),
            nn.Conv2d(width, 1, 3, padding=1),
        )  # fmt: skip

    def forward(self, noise: Tensor, label: Tensor) -> Tensor:
        """`noise` (B, LATENT) normal, `label` (B,) integers: pictures (B, 1, 28, 28) in [-1, 1]."""
        told = F.one_hot(label, LABELS).to(noise.dtype)
        x = self.start(torch.cat([noise, LATENT**0.5 * told], dim=1))  # as loud as the noise
        x = F.leaky_relu(x, 0.2).view(-1, self.width, 7, 7)
        # For the CPU's kernels: channels last are half the time.
        picture: Tensor = self.draw(x.contiguous(memory_format=torch.channels_last)).tanh()
        return picture


class Discriminator(nn.Module):
    """A picture and a label to one logit: above 0 it takes the picture for a real one of that label.

    The label comes in as a projection (Miyato and Koyama 2018): the logit is w·h + v_label·h, where h is what
    was seen on the picture.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(1, width, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 3 * width, 3, stride=2, padding=1), nn.LeakyReLU(0.2),
            nn.Flatten(),
        )  # fmt: skip
        self.real = nn.Linear(3 * width * 4 * 4, 1)
        self.projection = nn.Embedding(LABELS, 3 * width * 4 * 4)

    def forward(self, picture: Tensor, label: Tensor) -> Tensor:
        """`picture` (B, 1, 28, 28) in [-1, 1], `label` (B,) integers: logits (B,)."""
        seen = self.look(picture.contiguous(memory_format=torch.channels_last))  # (B, 96 * 4 * 4)
        logits: Tensor = self.real(seen).squeeze(1) + (self.projection(label) * seen).sum(1)
        return logits


class Snapshot(nn.Module):
    """Both players at one moment, and `average`, the running mean of the generator, which draws better."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = Generator()
        self.discriminator = Discriminator()
        self.average = Generator()


class Film(nn.Module):
    """All snapshots of both sets of pictures, by set and step."""

    def __init__(self) -> None:
        super().__init__()
        self.sets = nn.ModuleDict(
            {name: nn.ModuleDict({str(step): Snapshot() for step in MOMENTS}) for name in SETS}
        )

    def at(self, which: str, moment: int) -> Snapshot:
        """The snapshot of set `which` after `moment` steps. Raises KeyError where there is none."""
        snapshot = self.sets[which][str(moment)]  # type: ignore[index]
        assert isinstance(snapshot, Snapshot)
        return snapshot
