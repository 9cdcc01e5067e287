"""What can be chosen in the laboratory, and the two settings that one click brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from demos.gan_lab.losses import LOSSES, Loss
from demos.gan_lab.points import TITLES
from gallery.inputs import InputError

Trained = Literal["both", "discriminator", "generator"]
TRAINED: tuple[Trained, ...] = get_args(Trained)
LARGEST_SEED = 2**63 - 1
LAYERS = (1, 2, 3, 4)
WIDTHS = (8, 16, 32, 64, 128)
NOISES = (1, 2, 4, 8, 16)
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01)
MOMENTA = (0.0, 0.5, 0.9)
DISCRIMINATOR_STEPS = (1, 2, 3, 5)
BATCHES = (32, 64, 128, 256, 512)


@dataclass(frozen=True)
class Settings:
    """Everything that changes the outcome. Raises InputError for what is not offered."""

    distribution: str = "ring"
    own: str = ""  # the visitor's points as text, where `distribution` is "drawn"
    loss: Loss = "nonsaturating"
    trained: Trained = "both"
    generator_rate: float = 0.001
    discriminator_rate: float = 0.001
    momentum: float = 0.5  # Adam's beta_1
    discriminator_steps: int = 1  # for each one of the generator
    batch: int = 256
    noise: int = 2  # dimensions
    generator_layers: int = 2  # hidden ones
    generator_width: int = 64
    discriminator_layers: int = 2
    discriminator_width: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        offered = (
            ("distributions", self.distribution, tuple(TITLES)),
            ("losses", self.loss, LOSSES),
            ("choices of who learns", self.trained, TRAINED),
            ("learning rates", self.generator_rate, RATES),
            ("learning rates", self.discriminator_rate, RATES),
            ("momenta", self.momentum, MOMENTA),
            ("numbers of discriminator steps", self.discriminator_steps, DISCRIMINATOR_STEPS),
            ("batch sizes", self.batch, BATCHES),
            ("noise dimensions", self.noise, NOISES),
            ("numbers of layers", self.generator_layers, LAYERS),
            ("numbers of layers", self.discriminator_layers, LAYERS),
            ("widths", self.generator_width, WIDTHS),
            ("widths", self.discriminator_width, WIDTHS),
        )
        for name, value, values in offered:
            if value not in values:
                raise InputError(f"There are the {name} {', '.join(map(str, values))}.")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise InputError(f"A seed is a whole number from 0 to {LARGEST_SEED}.")

    @property
    def networks(self) -> tuple[object, ...]:
        """What cannot change without starting anew."""
        own = self.own if self.distribution == "drawn" else ""
        sizes = (
            self.generator_layers,
            self.generator_width,
            self.discriminator_layers,
            self.discriminator_width,
        )
        return self.distribution, own, self.noise, *sizes, self.seed


# A generator that moves faster than its opponent can follow, and with momentum: it puts everything where the
# discriminator believes most, and is gone again before the discriminator has learnt to doubt that place.
COLLAPSE = Settings(generator_rate=0.01, momentum=0.9)
# The opposite: a discriminator that is ahead, and smooth, so that it points the way from everywhere.
CURE = Settings(loss="wasserstein", discriminator_steps=3)


def seed_of(text: str | None) -> int:
    """A seed as it is typed. Raises InputError for what is no whole number of at most 63 bits."""
    text = (text or "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 30 and int(text) <= LARGEST_SEED):
        raise InputError(f"The seed is a whole number from 0 to {LARGEST_SEED}: type another one.")
    return int(text)
