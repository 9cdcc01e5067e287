"""You against the network: a class of people and a network name the same photographs.

Reading guide: `Photographs` is the shipped file, `order` the sequence that a seed gives, `Game`
what one visitor did so far; every move returns a new `Game`. Nothing here knows of a browser.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

from PIL import Image

PHOTOGRAPHS = Path(__file__).parents[2] / "assets" / "images" / "tiny_imagenet_quiz.zip"
GUESSES = 5
SEEDS = 10_000  # seeds run from 0 to one less


@dataclass(frozen=True)
class Photographs:
    """The packed photographs: `names[i]` is "wnid/file name". Made by `pack_quiz`."""

    path: Path = PHOTOGRAPHS

    @cached_property
    def names(self) -> tuple[str, ...]:
        with zipfile.ZipFile(self.path) as archive:
            return tuple(archive.namelist())

    def __len__(self) -> int:
        return len(self.names)

    def wnid(self, index: int) -> str:
        return self.names[index].split("/")[0]

    def jpeg(self, index: int) -> bytes:
        """The original file, 64x64 pixels."""
        with zipfile.ZipFile(self.path) as archive:
            return archive.read(self.names[index])

    def image(self, index: int) -> Image.Image:
        return Image.open(io.BytesIO(self.jpeg(index))).convert("RGB")


@cache
def order(seed: int, count: int) -> tuple[int, ...]:
    """The sequence in which a seed shows `count` photographs, each once."""
    return tuple(random.Random(seed).sample(range(count), count))


@dataclass(frozen=True)
class Score:
    """How often the first guess was right, and how often one of five was."""

    answered: int = 0
    top1: int = 0
    top5: int = 0

    def add(self, guesses: Sequence[int], truth: int) -> Score:
        return Score(
            self.answered + 1, self.top1 + (truth in guesses[:1]), self.top5 + (truth in guesses[:GUESSES])
        )


@dataclass(frozen=True)
class Game:
    """One visitor's game. Classes are numbers; `question` counts from 1, as people do.

    `network` holds the network's five once the answer is shown, `truth` the answer.
    """

    seed: int = 0
    question: int = 1
    guesses: tuple[int, ...] = ()
    network: tuple[int, ...] = ()
    truth: int | None = None
    people_score: Score = Score()
    network_score: Score = Score()
    seen: frozenset[int] = frozenset()  # photographs whose answer this visitor knows already

    @property
    def revealed(self) -> bool:
        return self.truth is not None

    def photograph(self, count: int) -> int:
        """Number of the photograph on show, of `count`."""
        return order(self.seed, count)[(self.question - 1) % count]

    def guess(self, index: int, classes: int) -> Game:
        """With one more guess. One that is impossible, repeated or too late changes nothing."""
        possible = 0 <= index < classes and index not in self.guesses
        if not possible or self.revealed or len(self.guesses) >= GUESSES:
            return self
        return replace(self, guesses=(*self.guesses, index))

    def take_back(self) -> Game:
        """Without the last guess, as long as the answer is not shown."""
        return self if self.revealed else replace(self, guesses=self.guesses[:-1])

    def reveal(self, truth: int, network: Sequence[int], count: int) -> Game:
        """With the answer shown. A photograph counts once, however often someone returns to it."""
        if self.revealed:
            return self
        shown = replace(self, truth=truth, network=tuple(network))
        photograph = self.photograph(count)
        if photograph in self.seen:
            return shown
        return replace(
            shown,
            people_score=self.people_score.add(self.guesses, truth),
            network_score=self.network_score.add(network, truth),
            seen=self.seen | {photograph},
        )

    def go(self, question: int, count: int) -> Game:
        """At another question, with the same score. Past the last comes the first."""
        return replace(self, question=(question - 1) % count + 1, guesses=(), network=(), truth=None)

    def deal(self, seed: int) -> Game:
        """A new game with another sequence, from its first question."""
        return Game(seed=seed % SEEDS)
