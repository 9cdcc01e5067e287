"""Moving a face along directions in the space of styles, each of which changes one trait.

Reading guide: the page moves styles along a `Direction` with `moved`; `shipped` reads those that
demos/faces/directions.py found, with what it measured of each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from demos.faces.engine import Person
from gallery.card import Card
from gallery.inputs import InputError

FILE = Path(__file__).with_name("directions.safetensors")
CARD = Path(__file__).with_name("card.md")
GENERATOR = "faces-generator.safetensors"
STRIP = Person(3, 1950.0)  # whose face is beside each slider
FARTHEST = 3.0  # standard deviations to which the page's sliders go
# What passes is shown: it follows the slider, about as far as it says; all else moves a quarter of that.
LEAST_CORRELATION, LEAST_GAIN, MOST_LEAK = 0.8, 0.5, 0.25


@dataclass(frozen=True)
class Direction:
    """A step of one standard deviation of a trait, and what the test on other people found."""

    key: str
    name: str
    less: str
    more: str
    levels: tuple[int, ...]  # where it acts
    correlation: float  # of the slider and the trait
    gain: float  # standard deviations of the trait for one of the slider
    leaks: dict[str, float]  # the same of every other trait, by its name, as a share of the gain
    step: Tensor  # (STYLE,)

    @property
    def worst(self) -> tuple[str, float]:
        """The other trait that changes most, and its share."""
        name = max(self.leaks, key=lambda one: abs(self.leaks[one]))
        return name, self.leaks[name]

    @property
    def passes(self) -> bool:
        follows = self.correlation >= LEAST_CORRELATION and self.gain >= LEAST_GAIN
        return follows and abs(self.worst[1]) <= MOST_LEAK


@dataclass(frozen=True)
class Found:
    """The shipped file: what passed, what did not, and the weights (sha256) in which it was found."""

    directions: tuple[Direction, ...]
    failed: tuple[Direction, ...]
    generator: str
    year_reading: float  # correlation of the year as it is read with the year that was asked for


@cache
def shipped(path: Path = FILE) -> Found:
    with safe_open(path, "pt") as kept:
        notes = kept.metadata()
        every = [
            Direction(**{**one, "levels": tuple(one["levels"])}, step=kept.get_tensor(one["key"]).float())
            for one in json.loads(notes["directions"])
        ]
    passed = tuple(one for one in every if one.passes)
    failed = tuple(one for one in every if not one.passes)
    return Found(passed, failed, notes["generator"], float(notes["year_reading"]))


def direction_of(key: object, directions: Iterable[Direction] | None = None) -> Direction:
    """Raises InputError for one that is not there."""
    known = {one.key: one for one in (shipped().directions if directions is None else directions)}
    if not isinstance(key, str) or key not in known:
        raise InputError(f"There is no such direction: try {', '.join(known) or 'a seed instead'}.")
    return known[key]


def moved(
    styles: Tensor, amounts: Mapping[str, float], directions: Iterable[Direction] | None = None
) -> Tensor:
    """Styles (B, levels, STYLE), so many standard deviations along each direction that a key names."""
    styles = styles.clone()
    for key, amount in amounts.items():
        one = direction_of(key, directions)
        styles[:, list(one.levels)] += amount * one.step.to(styles)
    return styles


def save(directions: Sequence[Direction], year_reading: float, sha256: str, path: Path = FILE) -> None:
    """As `shipped` reads it."""
    names = [field.name for field in fields(Direction) if field.name != "step"]
    notes = [{name: getattr(one, name) for name in names} for one in directions]
    save_file(
        {one.key: one.step.half() for one in directions},
        path,
        {"directions": json.dumps(notes), "generator": sha256, "year_reading": f"{year_reading:.3f}"},
    )
    path.chmod(0o644)


def sha256_of_generator() -> str:
    """Of the weights that ship, as the card states it."""
    card = Card.read(CARD)
    return card.sha256[card.weights.index(GENERATOR)]
