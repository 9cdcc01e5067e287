"""The game of the two players, one step at a time; the long training and the live one both play it.

Reading guide: `discriminator_loss`, `generator_loss` and `gradient_penalty` are the game's rules, and
`Training.step` plays one round of them. Where its pictures come from is pictures.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from demos.gan_lab.digits.model import LABELS, LATENT, Discriminator, Snapshot
from gallery.device import Device


@dataclass(frozen=True)
class Settings:
    """The recipe. Everything that changes the weights is here and in MOMENTS."""

    seed: int = 0
    batch: int = 64
    learning_rate: float = 1e-3  # of both players: neither is to run away
    betas: tuple[float, float] = (0.0, 0.99)  # no momentum: the opponent moves, so old gradients mislead
    r1_weight: float = 0.2  # gamma of Mescheder et al.
    r1_every: int = 8  # steps; the penalty changes slowly and costs a derivative of a derivative
    r1_batch: int = 32  # pictures it is estimated from
    ema_decay: float = 0.999  # of the running mean, over about so many steps: 1 / (1 - 0.999)


@dataclass(frozen=True)
class Losses:
    """Of one step, or means over several.

    `real` and `fake` are shares in [0, 1]: of the real and of the drawn pictures that the discriminator
    takes for real. Both at 0.5: it can only guess.
    """

    discriminator: float
    generator: float
    real: float
    fake: float


# ---- the rules -------------------------------------------------------------------------------------------


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """Cross-entropy of saying 1 to real and 0 to drawn pictures, from logits (B,) each; a scalar.

    -log D(x) - log(1 - D(G(z))), with D the sigmoid of the logit (Goodfellow et al. 2014).
    """
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """-log D(G(z)) from logits (B,), a scalar: the non-saturating loss of Goodfellow et al. 2014.

    Where the discriminator is sure of a fake, log(1 - D) of the minimax game is flat and nothing is learnt;
    this is steep there.
    """
    return F.softplus(-fake).mean()


def gradient_penalty(discriminator: Discriminator, real: Tensor, label: Tensor) -> Tensor:
    """R1 without its weight: the mean squared length of the logit's gradient by a real picture, a scalar.

    With it the game comes to rest where the pictures are right (Mescheder et al. 2018, arXiv 1801.04406).
    """
    real = real.detach().requires_grad_()
    (slope,) = torch.autograd.grad(discriminator(real, label).sum(), real, create_graph=True)
    return slope.square().sum(dim=(1, 2, 3)).mean()


# ---- a round ---------------------------------------------------------------------------------------------


class Training:
    """Two players, their optimizers and the running mean; `step` counts the rounds they have played.

    What is drawn in a round depends on (seed, step) alone, so a run that was stopped is the same run.
    """

    def __init__(self, players: Snapshot, s: Settings, device: Device, *, step: int = 0) -> None:
        self.players = players.to(device.torch_device).to(memory_format=torch.channels_last).train()
        self.players.requires_grad_(True)
        self.players.average.requires_grad_(False)
        self.s, self.device, self.step = s, device, step
        self.generator_optimizer, self.discriminator_optimizer = (
            torch.optim.Adam(player.parameters(), lr=s.learning_rate, betas=s.betas)
            for player in (players.generator, players.discriminator)
        )

    def play(self, pictures: Tensor, labels: Tensor) -> Losses:
        """One round: the discriminator learns, then the generator, then the mean follows.

        `pictures` uint8 (N, 28, 28) and `labels` int64 (N,), on the CPU, are what a batch is drawn from.
        """
        s, place, players = self.s, self.device.torch_device, self.players
        random = torch.Generator().manual_seed(round_seed(s.seed, self.step))
        chosen = torch.randint(len(pictures), (s.batch,), generator=random)
        noise = torch.randn(2, s.batch, LATENT, generator=random).to(place)
        wanted = torch.randint(LABELS, (s.batch,), generator=random).to(place)
        real, label = as_input(pictures[chosen]).to(place), labels[chosen].to(place)

        with self.device.autocast():
            with torch.no_grad():
                drawn = players.generator(noise[0], label)  # the same labels: only the pictures tell
            logits = players.discriminator(torch.cat([real, drawn.float()]), label.repeat(2))
        on_real, on_fake = logits.float().chunk(2)
        loss = discriminator_loss(on_real, on_fake)
        if self.step % s.r1_every == 0:
            # Seldom, and so many times as heavy (Karras et al. 2020).
            part = slice(0, s.r1_batch)
            penalty = gradient_penalty(players.discriminator, real[part], label[part])
            total = loss + s.r1_every * s.r1_weight / 2 * penalty
        else:
            total = loss
        self.discriminator_optimizer.zero_grad()
        total.backward()
        self.discriminator_optimizer.step()

        players.discriminator.requires_grad_(False)  # it only judges now: no gradients for its weights
        with self.device.autocast():
            judged = players.discriminator(players.generator(noise[1], wanted), wanted)
        fooling = generator_loss(judged.float())
        self.generator_optimizer.zero_grad()
        fooling.backward()
        self.generator_optimizer.step()
        players.discriminator.requires_grad_(True)

        self.step += 1
        # Young players change fast, and a long memory would keep noise.
        follow(players, min(s.ema_decay, (1 + self.step) / (10 + self.step)))
        shares = ((logits > 0).float().mean() for logits in (on_real, on_fake))
        return Losses(*torch.stack([loss.detach(), fooling.detach(), *shares]).tolist())


def round_seed(seed: int, step: int) -> int:
    """A number of 32 bits, for torch's generator on the CPU looks at no more of a seed.

    The factor is odd, so each seed has another first round, and larger than any run is long.
    """
    return (seed * 1_000_003 + step) % 2**32


@torch.no_grad()
def follow(players: Snapshot, decay: float) -> None:
    """Move the running mean towards the generator: mean = decay * mean + (1 - decay) * generator."""
    for mean, now in zip(players.average.parameters(), players.generator.parameters(), strict=True):
        mean.lerp_(now, 1 - decay)


def beginning(seed: int) -> Snapshot:
    """Players who know nothing; the mean is the generator itself."""
    torch.manual_seed(seed)
    players = Snapshot()
    players.average.load_state_dict(players.generator.state_dict())
    return players


def as_input(pictures: Tensor) -> Tensor:
    """uint8 (B, 28, 28) to float32 (B, 1, 28, 28) in [-1, 1]."""
    return pictures.unsqueeze(1).float() / 127.5 - 1


def as_bytes(pictures: Tensor) -> Tensor:
    """(B, 1, 28, 28) in [-1, 1] to uint8 (B, 28, 28), on the CPU."""
    return ((pictures.float().squeeze(1) + 1) * 127.5).round().clamp(0, 255).byte().cpu()


def mean_of(losses: list[Losses]) -> Losses:
    """Raises ZeroDivisionError where there are none."""
    return Losses(
        *(
            sum(getattr(one, name) for one in losses) / len(losses)
            for name in ("discriminator", "generator", "real", "fake")
        )
    )
