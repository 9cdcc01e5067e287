"""Real or not? Ten pairs of a portrait and a face that nobody has; you and the discriminator tell them apart.

    python -m demos.faces.quiz --faces runs/faces/faces.npz

packs portraits that neither network saw in training, a made-up face for each (of the same year, in colour or
grey like it) and what the discriminator says of all of them.

Reading guide: `Pairs` is the shipped file, `deal` the ten pairs of a seed, `Game` what one visitor did so
far; every move returns a new `Game`. Nothing here knows of a browser.
"""

from __future__ import annotations

import argparse
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from demos.faces.critic import like, logits, made_by, parted
from demos.faces.models import EMBEDDED
from demos.faces.portraits import PACKED, Real
from gallery.runtime import Runtime

FILE = Path(__file__).parents[2] / "assets" / "images" / "faces" / "quiz.npz"
QUESTIONS = 10
SEEDS = 10_000  # seeds run from 0 to one less
PORTRAITS = 60
FIRST_FAKE = 1_000_000  # seed of the first made-up face: far from those that people type
TRUNCATION = 0.8
QUALITY = 90


@dataclass(frozen=True)
class Pairs:
    """Number i of `real` and number i of `made` are of one year. Logits are the discriminator's."""

    files: NDArray[np.uint8]  # WebP, one behind the other: all portraits, then all made-up faces
    ends: NDArray[np.int64]  # (2 * N,)
    real: NDArray[np.float32]  # (N,) logits
    made: NDArray[np.float32]  # (N,) logits
    years: NDArray[np.float32]  # (N,)

    @classmethod
    def read(cls, path: Path) -> Pairs:
        with np.load(path) as kept:
            return cls(**{name: kept[name] for name in cls.__dataclass_fields__})

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    def __len__(self) -> int:
        return len(self.real)

    def file(self, number: int, *, made: bool) -> bytes:
        """A face as WebP, 128x128 pixels."""
        at = number + len(self) * made
        return self.files[self.ends[at - 1] if at else 0 : self.ends[at]].tobytes()


@cache
def pairs() -> Pairs:
    """Those that ship. Raises OSError where the file is missing."""
    return Pairs.read(FILE)


@dataclass(frozen=True)
class Pair:
    """Two faces side by side, number `number` of `Pairs`; `made_first` says that A is made up."""

    number: int
    made_first: bool

    @property
    def right(self) -> str:
        """The letter of the face that is real."""
        return "B" if self.made_first else "A"


@cache
def deal(seed: int, count: int) -> tuple[Pair, ...]:
    """The pairs of a seed, no face twice."""
    chance = random.Random(seed)
    numbers = chance.sample(range(count), min(QUESTIONS, count))
    return tuple(Pair(number, chance.random() < 0.5) for number in numbers)


def machine(pair: Pair, known: Pairs) -> str:
    """The letter of the face that the discriminator finds more real."""
    prefers_real = known.real[pair.number] >= known.made[pair.number]
    return pair.right if prefers_real else other(pair.right)


def other(letter: str) -> str:
    return "B" if letter == "A" else "A"


@dataclass(frozen=True)
class Game:
    """One visitor's game. `answers` are letters of the faces taken for real, in the order of the pairs."""

    seed: int = 1
    answers: tuple[str, ...] = ()
    looking: bool = False  # at the solution of the last answer

    @property
    def question(self) -> int:
        """Counts from 0; the one on show."""
        return len(self.answers) - self.looking

    def finished(self, count: int) -> bool:
        return not self.looking and len(self.answers) >= len(deal(self.seed, count))

    def answer(self, letter: object, count: int) -> Game:
        """With one more answer. One that is impossible or too late changes nothing."""
        if self.looking or self.finished(count) or letter not in ("A", "B"):
            return self
        return replace(self, answers=(*self.answers, str(letter)), looking=True)

    def go_on(self) -> Game:
        return replace(self, looking=False)

    def score(self, known: Pairs) -> tuple[int, int]:
        """How many answers were right: the visitor's, the discriminator's."""
        asked = list(zip(deal(self.seed, len(known)), self.answers, strict=False))
        mine = sum(letter == pair.right for pair, letter in asked)
        return mine, sum(machine(pair, known) == pair.right for pair, _ in asked)


def new_game(seed: int) -> Game:
    return Game(seed=seed % SEEDS)


def packed(model: nn.Module, held_out: Real) -> Pairs:
    """Draws the portraits, paints the faces, asks the discriminator about both."""
    company, others = parted(held_out)
    portraits = others[:PORTRAITS]
    persons = like(portraits, len(portraits), FIRST_FAKE, TRUNCATION)
    made = made_by(model, persons)
    files = [webp(image) for image in (*portraits.images, *made.images)]
    # The discriminator sees what people see: the faces as they ship.
    seen, seen_made = (
        replace(faces, images=unpacked(part))
        for faces, part in ((portraits, files[: len(portraits)]), (made, files[len(portraits) :]))
    )
    return Pairs(
        np.frombuffer(b"".join(files), np.uint8),
        np.cumsum([len(file) for file in files]),
        logits(model, seen, company),
        logits(model, seen_made, company),
        portraits.years,
    )


def webp(image: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "WEBP", quality=QUALITY, method=6)
    return stream.getvalue()


def unpacked(files: Sequence[bytes]) -> NDArray[np.uint8]:
    return np.stack([np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in files])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--faces", type=Path, default=PACKED, help="what prepare.py made")
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    held_out = Real.read(options.faces, held_out=True)
    found = Runtime(offline=True).run(EMBEDDED, lambda model: packed(model, held_out))
    found.save(options.out)
    right = np.mean(found.real[:, None] > found.made[None])
    print(
        f"{len(found)} pairs, {options.out.stat().st_size:,} bytes; the discriminator is right in {right:.0%}"
    )


if __name__ == "__main__":
    main()
