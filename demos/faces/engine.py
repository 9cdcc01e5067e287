"""People who do not exist: from a seed to a style, from styles to pictures.

Reading guide: a `Person` is all that it takes to make a face again; `style_of` is where it lies in the space
of styles, `painted` what it looks like. Everything else (walks, mixtures, directions) moves styles about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from demos.faces.model import LATENT, LEVELS, Generator, condition, fixed_noise
from demos.faces.models import Players
from demos.faces.painter import painter_of
from gallery.inputs import InputError

LARGEST_SEED = 2**32 - 1
FIRST_YEAR, LAST_YEAR = 1850, 2024
FIRST_COLOUR = 1995  # before, most portraits of the training set are grey
TRUNCATION = 0.8
CROWD = 1024  # styles whose mean is the face in the middle
MOST_CENTRES = 1024  # kept for each generator
TOGETHER = 8  # pictures painted in one go at most: so many keep the memory small

_centres: WeakKeyDictionary[Generator, dict[tuple[bytes, str], Tensor]] = WeakKeyDictionary()


def checked_seed(value: object) -> int:
    """A whole number from 0 to LARGEST_SEED, also as digits. Raises InputError."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value.strip()[:20])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_SEED:
        raise InputError(f"The seed is a whole number from 0 to {LARGEST_SEED}: try 7.")
    return value


def within(value: object, low: float, high: float, name: str) -> float:
    """The number. Raises InputError where it is none, or out of its bounds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(f"The {name} is a number from {low:g} to {high:g}.")
    return float(value)


@dataclass(frozen=True)
class Person:
    """All that it takes to make a face again. Raises InputError where a value is out of its bounds."""

    seed: int
    year: float = 1950
    colour: bool = False
    truncation: float = TRUNCATION  # how far from the average face, 1 for all the way

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", checked_seed(self.seed))
        within(self.year, FIRST_YEAR, LAST_YEAR, "year")
        within(self.truncation, 0, 1.5, "truncation")

    @property
    def condition(self) -> Tensor:
        """(1, CONDITION)"""
        return condition(torch.tensor([float(self.year)]), torch.tensor([float(self.colour)]))


def latent(seed: int) -> Tensor:
    """The noise of a seed, (1, LATENT): on every machine the same."""
    return torch.randn(1, LATENT, generator=torch.Generator().manual_seed(seed))


def generator_of(model: nn.Module) -> Generator:
    return cast(Players, model).generator


@torch.inference_mode()
def centre(generator: Generator, wanted: Tensor) -> Tensor:
    """The mean of many styles of one condition (1, CONDITION): the average face of its time, (1, STYLE)."""
    place = generator.start.device
    known, name = _centres.setdefault(generator, {}), (wanted.cpu().numpy().tobytes(), str(place))
    if name in known:
        return known[name]
    crowd = torch.randn(CROWD, LATENT, generator=torch.Generator().manual_seed(0))
    styles: Tensor = generator.mapping(crowd.to(place), wanted.to(place).expand(CROWD, -1))
    if len(known) >= MOST_CENTRES:
        known.clear()
    known[name] = styles.mean(dim=0, keepdim=True)
    return known[name]


@torch.inference_mode()
def style_of(generator: Generator, person: Person) -> Tensor:
    """Where a person lies in the space of styles, (1, STYLE)."""
    place = generator.start.device
    own: Tensor = generator.mapping(latent(person.seed).to(place), person.condition.to(place))
    middle = centre(generator, person.condition)
    return middle + person.truncation * (own - middle)


def at_all_levels(style: Tensor) -> Tensor:
    """(B, STYLE) as (B, levels, STYLE): the same style from coarse to fine."""
    return style[:, None].expand(-1, len(LEVELS), -1)


@torch.inference_mode()
def painted(generator: Generator, styles: Tensor, noise: int = 0) -> NDArray[np.uint8]:
    """Pictures (B, 128, 128, 3) of styles (B, levels, STYLE). `noise` is the seed of what has no reason."""
    place = generator.start.device
    fixed = [part.to(place) for part in fixed_noise(noise)]
    paint = painter_of(generator) if place.type == "cpu" else generator.painted
    found = [paint(part.to(place), fixed) for part in styles.split(TOGETHER)]
    return to_bytes(torch.cat(found))


def people(generator: Generator, persons: Sequence[Person]) -> NDArray[np.uint8]:
    """Pictures (B, 128, 128, 3), one for each person."""
    styles = torch.cat([style_of(generator, person) for person in persons])
    return painted(generator, at_all_levels(styles))


@torch.inference_mode()
def without_styles(network: nn.Module, persons: Sequence[Person]) -> NDArray[np.uint8]:
    """Pictures (B, 128, 128, 3) of a generator that knows noise and conditions alone, like DCGAN's.

    There truncation makes the noise smaller: far out there was little to learn from.
    """
    place = next(network.parameters()).device
    noise = torch.cat([person.truncation * latent(person.seed) for person in persons])
    wanted = torch.cat([person.condition for person in persons])
    found: Tensor = network(noise.to(place), wanted.to(place))
    return to_bytes(found)


def to_bytes(pictures: Tensor) -> NDArray[np.uint8]:
    """(B, 3, H, W) from -1 to 1 as (B, H, W, 3) from 0 to 255."""
    levels = pictures.float().clamp(-1, 1).add(1).mul(127.5).round().byte()
    return cast("NDArray[np.uint8]", levels.permute(0, 2, 3, 1).cpu().numpy())


def to_pictures(images: NDArray[np.uint8]) -> Tensor:
    """(B, H, W, 3) from 0 to 255 as (B, 3, H, W) from -1 to 1."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


@torch.inference_mode()
def opinions(model: nn.Module, images: NDArray[np.uint8], wanted: Tensor) -> NDArray[np.float32]:
    """What the discriminator thinks of pictures (B, 128, 128, 3) and their conditions (B, CONDITION):
    the probability that each is real, (B,)."""
    discriminator = cast(Players, model).discriminator
    place = next(discriminator.parameters()).device
    logits: Tensor = discriminator(to_pictures(images).to(place), wanted.to(place))
    return cast("NDArray[np.float32]", logits.sigmoid().cpu().numpy())
