"""What a visitor has in front of them: a game, a place in it, opinions about it, and how that is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import cycle
from string import ascii_uppercase
from typing import Any

import numpy as np

from demos.go.board import WHITE
from demos.go.link import to_link
from demos.go.opponent import vertex
from demos.go.record import Path, Record, parsed
from demos.go.rules import NAMES, Position
from demos.go.scoring import Score, dead_stones, score
from demos.go.suggest import Candidate, Opinion, mistakes
from demos.go.views.goban import board
from demos.go.views.opinions import side_by_side
from demos.go.views.win_rate import win_rate

FEEL, READ = "feel", "read"
HEAT, OWNERSHIP, LINE, NUMBERS, COORDINATES = "heat", "ownership", "line", "numbers", "coordinates"
SHOWN = {
    HEAT: "Heat map",
    OWNERSHIP: "Ownership",
    LINE: "Best line",
    NUMBERS: "Move numbers",
    COORDINATES: "Coordinates",
}
PLAY, BLACK_STONE, WHITE_STONE, ERASE, COUNT = "play", "black", "white", "erase", "count"


@dataclass(frozen=True)
class Game:
    """A record as text and a place in it: small, and nothing that a browser sends can break it.

    `line` is the path that Forward follows, through the place to the end; the place is its first `number`
    nodes. `serial` grows with every change; `given` are the links of the last places.
    """

    sgf: str
    line: Path = ()
    number: int = 0
    serial: int = 0
    given: tuple[str, ...] = ()

    @property
    def record(self) -> Record:
        return parsed(self.sgf)

    @property
    def path(self) -> Path:
        return self.line[: self.number]

    @property
    def position(self) -> Position:
        return self.record.position(self.path)

    @property
    def link(self) -> str:
        return to_link(self.record, self.path)

    def at(self, number: int) -> Game:
        """At another place of the same line; the nearest there is."""
        return replace(self, number=max(0, min(number, len(self.line))), serial=self.serial + 1)

    def after(self, record: Record, path: Path) -> Game:
        """With what was played or set up. A line that goes on from there is kept."""
        line = self.line if self.line[: len(path)] == path else record.end(path)
        return replace(self, sgf=record.to_sgf(), line=line, number=len(path), serial=self.serial + 1)


def begun(record: Record, path: Path | None = None, before: Game | None = None) -> Game:
    """A record from its start, or from a place in it, in place of the game that was there before."""
    serial, given = (before.serial + 1, before.given) if before else (0, ())
    return Game(record.to_sgf(), record.end(path or ()), len(path or ()), serial, given)


@dataclass(frozen=True)
class Thoughts:
    """Opinions about one place, which `place` describes as a link does."""

    place: str = ""
    felt: Opinion | None = None
    read: Opinion | None = None

    def about(self, place: str) -> Thoughts:
        """These, if they are about that place; else none."""
        return self if self.place == place else Thoughts(place)


@dataclass(frozen=True)
class Course:
    """Black's win rates along a line, as far as anybody asked: by the number of the position."""

    line: Path = ()
    rates: dict[int, float] = field(default_factory=dict)

    def along(self, line: Path) -> Course:
        """What is true of another line, too."""
        same = next(
            (i for i, (a, b) in enumerate(zip(self.line, line, strict=False)) if a != b),
            min(len(self.line), len(line)),
        )
        return Course(line, {number: rate for number, rate in self.rates.items() if number <= same})

    def with_rate(self, number: int, rate: float) -> Course:
        return Course(self.line, {**self.rates, number: rate})


@dataclass(frozen=True)
class Table:
    """All of it, with the settings of the page."""

    game: Game
    thoughts: Thoughts = Thoughts()
    course: Course = Course()
    look: str = FEEL
    shows: Sequence[str] = (HEAT, COORDINATES)
    mode: str = PLAY
    dead: Sequence[int] | None = None  # None for what the network thinks

    @cached_property
    def position(self) -> Position:
        return self.game.position

    @property
    def opinion(self) -> Opinion | None:
        """That of the view which is looked at."""
        return (self.thoughts.read if self.look == READ else None) or self.thoughts.felt

    @property
    def dead_now(self) -> list[int]:
        if self.dead is not None:
            return list(self.dead)
        felt = self.thoughts.felt
        return dead_stones(self.position, felt.ownership) if felt else []

    def board(self, note: str = "") -> dict[str, Any]:
        """The value of the Goban."""
        opinion, position, record = self.opinion, self.position, self.game.record
        shared: dict[str, Any] = {
            "turn": str(self.game.serial),
            "keys": "fr",
            "coordinates": COORDINATES in self.shows,
            "numbers": self.numbers() if NUMBERS in self.shows else None,
        }
        if self.mode == COUNT:
            counted = score(position, record.komi, self.dead_now)
            owner = np.select([counted.owner == 1, counted.owner == 2], [0.8, -0.8], 0.0)
            said = said_score(counted)
            return board(
                position, clicks="any", ownership=owner, dead=self.dead_now, note=note or said, **shared
            )
        if self.mode != PLAY:
            return board(position, clicks="any", note=note, **shared)
        line = LINE in self.shows and opinion is not None and opinion.variation
        pointed = opinion.candidates if opinion and not line and not position.over else ()
        return board(
            position,
            heat=opinion.heat if opinion and HEAT in self.shows else None,
            ownership=opinion.ownership if opinion and OWNERSHIP in self.shows else None,
            candidates=[as_disc(one) for one in pointed],
            line=opinion.variation if line and opinion else (),
            letters=self.letters(),
            note=note or self.turn(),
            **shared,
        )

    def numbers(self) -> dict[int, int]:
        """Where moves were played, and as the how manieth."""
        played = [move for move in self.game.record.moves(self.game.path) if move is not None]
        return {move: i + 1 for i, move in enumerate(played)}

    def letters(self) -> list[tuple[int, str]]:
        """Where the record goes on, if in more than one way."""
        moves = self.game.record.variations(self.game.path)
        if len(moves) < 2:
            return []
        points = self.position.points
        named = zip(moves, cycle(ascii_uppercase))  # letters go on for ever
        return [(move, letter) for move, letter in named if move is not None and move < points]

    def turn(self) -> str:
        """Whose turn it is, in a sentence."""
        position = self.position
        if position.over:
            return "Both passed: the game is over. Count it, or go back."
        passed = position.recent and position.recent[0] == position.points
        return (
            f"{NAMES[3 - position.to_play]} passed. " * bool(passed) + f"{NAMES[position.to_play]} to play."
        )

    def opinions(self) -> dict[str, Any]:
        """The value of the Opinions."""
        thoughts = self.thoughts
        return side_by_side(thoughts.felt, thoughts.read, self.position.size, self.look == READ)

    def win_rate(self) -> dict[str, Any]:
        """The value of the WinRate."""
        game, course = self.game, self.course.along(self.game.line)
        last = len(game.line)
        rates = [course.rates.get(number) for number in range(last + 1)]
        found = []
        if len(course.rates) > 1:
            positions = list(game.record.positions(game.line))
            for one in mistakes(rates, positions):
                after = positions[one.number]
                found.append((one, f"{after.number} {vertex(after.recent[0], after.size)}"))
        return win_rate(
            self.opinion.win_rate if self.opinion else None,
            curve=rates if len(course.rates) > 1 else [],
            last=last,
            at=game.number,
            mistakes=found,
        )


def as_disc(candidate: Candidate) -> dict[str, Any]:
    return {"move": candidate.move, "share": round(candidate.share, 4), "visits": candidate.visits}


def said_score(counted: Score) -> str:
    """The count in a sentence."""
    ahead = "Nobody is ahead" if not counted.lead else f"{NAMES[WHITE if counted.lead < 0 else 1]} wins"
    by = f" by {abs(counted.lead):g}" if counted.lead else ""
    return (
        f"{ahead}{by}: Black {counted.black}, White {counted.white} and {counted.komi:g} komi. "
        "Click stones that are dead, or that are not."
    )
