"""Who is on the page: persons by their seeds, one or a wall of them, and the networks that can paint them.

Reading guide: `sitter` gives a person of a seed a year and a colour as the training portraits have them;
`wall` is 25 seeds in a row. `FACES` holds for each model how it makes faces: `Portraits` is the
gallery's own, `Diffusion` the public one of hub.py.

python -m demos.faces.casting --faces runs/faces/faces.npz   # writes decades.csv
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demos.faces import hub
from demos.faces.engine import (
    FIRST_YEAR,
    LARGEST_SEED,
    LAST_YEAR,
    TRUNCATION,
    Person,
    checked_seed,
    generator_of,
    people,
    to_bytes,
    without_styles,
)
from demos.faces.models import DCGAN, EMBEDDED
from gallery.runtime import Runtime
from gallery.weights import ModelSpec, Progress

DECADES = Path(__file__).with_name("decades.csv")
SIDE = 5  # faces along a side of the wall


@dataclass(frozen=True)
class Decade:
    """Training portraits of ten years from `first` on: their share of all, and how many are in colour."""

    first: int
    share: float
    colour: float


@cache
def decades() -> tuple[Decade, ...]:
    with DECADES.open(encoding="utf-8") as file:
        rows = [(int(r["decade"]), int(r["faces"]), int(r["in_colour"])) for r in csv.DictReader(file)]
    total = sum(faces for _, faces, _ in rows)
    return tuple(Decade(first, faces / total, colour / faces) for first, faces, colour in rows)


def sitter(seed: object, truncation: float = TRUNCATION) -> Person:
    """The person of a seed with a year and a colour of its own, as often as the training portraits have them.

    Raises InputError.
    """
    number = checked_seed(seed)
    # Not the generator that the face comes from, or old faces would be one half of all noise.
    decade, year, colour = np.random.default_rng(number).random(3)
    ends = np.cumsum([one.share for one in decades()])
    found = decades()[int(np.searchsorted(ends[:-1], decade, side="right"))]
    within = found.first + int(10 * year)
    return Person(number, min(max(within, FIRST_YEAR), LAST_YEAR), bool(colour < found.colour), truncation)


def wall(seed: object) -> range:
    """The 25 seeds among which this one hangs: 0 to 24, 25 to 49 and so on. Raises InputError."""
    number = SIDE * SIDE
    first = min(checked_seed(seed) // number * number, LARGEST_SEED + 1 - number)
    return range(first, first + number)


@dataclass(frozen=True)
class Face:
    """A person and their picture (side, side, 3), which is a sketch before the last of `steps`."""

    person: Person
    picture: NDArray[np.uint8]
    step: int = 1
    steps: int = 1

    @property
    def finished(self) -> bool:
        return self.step == self.steps


class Faces(Protocol):
    """How a model makes faces."""

    steered: bool  # whether year, colour and truncation mean anything to it

    def __call__(
        self, persons: Sequence[Person], house: Runtime, progress: Progress | None = None
    ) -> Iterator[Face]:
        """The faces in their order, of each perhaps sketches first. Raises WeightsError."""


class Portraits:
    """The gallery's own generator: a row of faces in one turn."""

    steered = True

    def __call__(
        self, persons: Sequence[Person], house: Runtime, progress: Progress | None = None
    ) -> Iterator[Face]:
        for start in range(0, len(persons), SIDE):
            row = persons[start : start + SIDE]

            def paint(model: nn.Module, row: Sequence[Person] = row) -> NDArray[np.uint8]:
                return people(generator_of(model), row)

            yield from map(Face, row, house.run(EMBEDDED, paint, progress=progress))


class Plain:
    """DCGAN: the same persons, by a network without styles."""

    steered = True

    def __call__(
        self, persons: Sequence[Person], house: Runtime, progress: Progress | None = None
    ) -> Iterator[Face]:
        for start in range(0, len(persons), SIDE):
            row = persons[start : start + SIDE]

            def paint(model: nn.Module, row: Sequence[Person] = row) -> NDArray[np.uint8]:
                return without_styles(model, row)

            yield from map(Face, row, house.run(DCGAN, paint, progress=progress))


class Diffusion:
    """The public model: one face after the other, each in many steps. Of a person it knows the seed only."""

    steered = False

    def __call__(
        self, persons: Sequence[Person], house: Runtime, progress: Progress | None = None
    ) -> Iterator[Face]:
        for person in persons:
            for sketch in hub.sketches(person.seed, house, progress=progress):
                yield Face(person, to_bytes(sketch.picture)[0], sketch.step, sketch.steps)


DEFAULT = DCGAN  # whose faces look most like portraits
FACES: dict[str, tuple[ModelSpec, Faces]] = {
    DCGAN.key: (DCGAN, Plain()),
    EMBEDDED.key: (EMBEDDED, Portraits()),
    hub.DIFFUSION.key: (hub.DIFFUSION, Diffusion()),
}


def count(years: NDArray[np.int64], colour: NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """(first year, faces, faces in colour) of each decade that has any."""
    firsts = years // 10 * 10
    return [
        (int(first), int((firsts == first).sum()), int(colour[firsts == first].sum()))
        for first in np.unique(firsts)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--faces", type=Path, default=Path("runs/faces/faces.npz"), help="what prepare.py made"
    )
    kept = np.load(parser.parse_args().faces)
    chosen = ~kept["held_out"].astype(bool)
    rows = count(kept["year"][chosen].astype(np.int64), kept["colour"][chosen].astype(bool))
    with DECADES.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("decade", "faces", "in_colour"))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
