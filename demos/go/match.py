"""A game of a person against a level: whose turn it is, what may be done now, and how it is counted.

Reading guide: a `Match` is all there is to know about a game and never changes; `play`, `mark`, `take_back`,
`resign` and `finish` are what the person does, each gives another one. `think` is the machine's part, step by
step. After two passes the network says which stones are dead, the person corrects that, and `finish` counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from demos.go.board import BLACK, EMPTY, WHITE
from demos.go.engine import Evaluate, Evaluation, Evaluator
from demos.go.models import EMBEDDED
from demos.go.opponent import from_vertex
from demos.go.players import LEVELS, Level, choose
from demos.go.record import Record, handicap_points, new
from demos.go.rules import Position, empty, from_stones
from demos.go.scoring import Score, dead_stones, score, toggled
from demos.go.search import Report, Search
from demos.go.sgf import HIGHEST_KOMI, IDENTIFIERS, Node, written
from demos.go.suggest import feel
from gallery.inputs import InputError
from gallery.runtime import Runtime

SIZES = (9, 13, 19)
HANDICAPS = (0, 2, 3, 4, 5, 6, 7, 8, 9)
KOMI = 7.5  # of the Chinese rules, by which AlphaGo's games were played
HINTS = 3
OVER = "The game is over: begin a new one."
ENOUGH_TEXT = 8000  # characters of a list of moves; a thousand fit in

Colour = Literal["black", "white", "random"]


@dataclass(frozen=True)
class Settings:
    """What is agreed before a game."""

    level: str = "club"
    size: int = 19
    colour: Colour = "black"  # the person's
    handicap: int = 0  # black stones on the board at the start
    komi: float = KOMI

    def check(self) -> Settings:
        """Itself. Raises InputError for what cannot be played."""
        if self.level not in LEVELS:
            raise InputError(
                f"There is no level “{str(self.level)[:40]}”: choose one of {', '.join(LEVELS)}."
            )
        if self.size not in SIZES:
            raise InputError("Games are played on boards of 9, 13 or 19 lines here.")
        if self.colour not in ("black", "white", "random"):
            raise InputError("Your colour is black, white or random.")
        if self.handicap not in HANDICAPS:
            raise InputError("A handicap is 2 to 9 stones, or 0 for none.")
        if not abs(self.komi) <= HIGHEST_KOMI:  # NaN is not
            raise InputError(f"Komi is a number from -{HIGHEST_KOMI:g} to {HIGHEST_KOMI:g}.")
        return self


@dataclass(frozen=True)
class Match:
    """A game so far. Small, so that each visitor's can be kept and copied."""

    settings: Settings
    seed: int = 0  # of the machine's chance, and of a random colour
    moves: tuple[int, ...] = ()
    given: int = 0  # moves that were on the board when the person came
    hopeless: int = 0  # the machine's moves in a row at which it saw no hope; see players.py
    win_rate: float | None = None  # the machine's, before its last move
    dead: tuple[int, ...] | None = None  # points whose stones count as dead; None while the game goes on
    result: str = ""  # as SGF writes it: "B+3.5", "W+R", "0"; empty while the game goes on

    @property
    def level(self) -> Level:
        return LEVELS[self.settings.level]

    @property
    def person(self) -> int:
        """BLACK or WHITE."""
        if self.settings.colour == "random":
            return (BLACK, WHITE)[int(np.random.default_rng(self.seed).integers(2))]
        return BLACK if self.settings.colour == "black" else WHITE

    @property
    def machine(self) -> int:
        return BLACK + WHITE - self.person

    @property
    def position(self) -> Position:
        return replayed(self.settings.size, self.settings.handicap, self.moves)

    @property
    def mover(self) -> int:
        """Whose turn it is, BLACK or WHITE."""
        return self.player_of(len(self.moves))

    @property
    def counting(self) -> bool:
        """Whether nobody plays any more, but the result is open."""
        return not self.result and self.position.over

    @property
    def waiting(self) -> bool:
        """Whether it is the machine that has something to do now: to answer, or to count."""
        over = self.position.over
        return not self.result and (self.dead is None if over else self.mover == self.machine)

    @property
    def turn(self) -> str:
        """A text that changes with every step of the game, by which a late click is known."""
        return f"{self.seed}.{len(self.moves)}.{'' if self.dead is None else len(self.dead)}.{self.result}"

    @property
    def untouched(self) -> bool:
        """Whether the person has done nothing yet."""
        return not self.result and all(
            self.player_of(i) != self.person for i in range(self.given, len(self.moves))
        )

    def player_of(self, number: int) -> int:
        """Who plays the move with this number, counted from 0."""
        first = WHITE if self.settings.handicap else BLACK
        return first if number % 2 == 0 else BLACK + WHITE - first


@lru_cache(maxsize=64)
def replayed(size: int, handicap: int, moves: tuple[int, ...]) -> Position:
    """The position after `moves`. Raises IllegalMove for a game that cannot be."""
    position = empty(size)
    if handicap:
        stones = position.stones
        stones.reshape(-1)[handicap_points(size, handicap)] = BLACK
        position = from_stones(stones, WHITE)
    for move in moves:
        position = position.play(move)
    return position


# ---- what the person does -------------------------------------------------------------------------------


def start(settings: Settings, seed: int = 0) -> Match:
    """A new game. Raises InputError for settings that there are not."""
    return Match(settings.check(), seed)


def play(match: Match, move: int | None, turn: str) -> Match:
    """With the person's move, or with a chain marked where the stones are being counted.

    The same where `turn` is not the match's: a click that came late, or twice. Raises InputError with the
    rule's sentence for a move that is not allowed.
    """
    if match.result:
        raise InputError(OVER)
    if turn != match.turn:
        return match
    if match.counting:
        return mark(match, move)
    if match.mover != match.person:
        raise InputError("It is the machine's turn.")
    if move is None:
        raise InputError("That is not a move.")
    if reason := match.position.why_not(move):
        raise InputError(reason)
    return replace(match, moves=(*match.moves, move))


def pass_(match: Match) -> Match:
    """With the person's pass. Raises InputError where it is not the person's turn to play."""
    if match.counting:
        raise InputError("Both have passed: count the stones, or take back to play on.")
    return play(match, match.position.points, match.turn)


def mark(match: Match, move: int | None) -> Match:
    """With the chain at `move` dead if it was alive, and alive if it was dead. Raises InputError."""
    position = match.position
    if not match.counting or match.dead is None:
        raise InputError("Stones are marked as dead when both players have passed.")
    if move is None or not 0 <= move < position.points or position.stones.reshape(-1)[move] == EMPTY:
        raise InputError("Click a stone to mark its chain as dead or as alive.")
    return replace(match, dead=tuple(toggled(position, match.dead, move)))


def resign(match: Match) -> Match:
    """With the machine as the winner. Raises InputError where the game is over."""
    if match.result:
        raise InputError(OVER)
    return replace(match, result=f"{IDENTIFIERS[match.machine]}+R", dead=None)


def take_back(match: Match) -> Match:
    """As it was before the person's last move: it and the machine's answer are gone. Raises InputError."""
    if match.result:
        raise InputError(OVER)
    own = [i for i in range(match.given, len(match.moves)) if match.player_of(i) == match.person]
    if not own:
        raise InputError("There is no move of yours to take back.")
    return replace(match, moves=match.moves[: own[-1]], hopeless=0, win_rate=None, dead=None)


def finish(match: Match) -> Match:
    """With its result: area, with the dead stones taken off. Raises InputError before both have passed."""
    if match.result:
        raise InputError(OVER)
    if match.dead is None:
        raise InputError("The stones are counted when both players have passed.")
    return replace(match, result=counted(match).result)


def counted(match: Match) -> Score:
    """As the board stands, with the stones that count as dead taken off."""
    return score(match.position, match.settings.komi, match.dead or ())


def sentence(result: str) -> str:
    """A result in words: "Black wins by 3.5 points."."""
    if result == "0":
        return "The game is a draw."
    winner = "Black" if result.startswith("B") else "White"
    margin = result[2:]
    how = "by resignation" if margin == "R" else f"by {margin} point{'' if margin == '1' else 's'}"
    return f"{winner} wins {how}."


# ---- what the machine does ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Thought:
    """A step of the machine's thinking."""

    match: Match  # in the last one with what it did
    report: Report | None = None  # of what was read, at levels that do


@contextmanager
def asking(house: Runtime, symmetries: int = 1) -> Iterator[Evaluate]:
    """The network; each batch of positions waits for its turn, so that nobody waits for a whole search."""
    with house.cache.lease(EMBEDDED) as network:
        evaluator = Evaluator(network, symmetries)

        def evaluate(positions: Sequence[Position], komi: float) -> list[Evaluation]:
            with house.gate.turn():
                return evaluator(positions, komi)

        yield evaluate


def think(
    match: Match, house: Runtime, stopped: Callable[[], bool] = lambda: False
) -> Generator[Thought, None, None]:
    """The machine's move, its pass or its giving up; after two passes, which stones are dead.

    Where it is `stopped`, it plays by what it has read so far. Where there is nothing to do, the match comes
    back as it was.
    """
    position, komi = match.position, match.settings.komi
    if not match.waiting:
        yield Thought(match)
        return
    if not position.over:
        with asking(house) as evaluate:
            search = None
            if match.level.visits:
                search = Search(position, komi, evaluate)
                for report in search.run(visits=match.level.visits, stopped=stopped):
                    yield Thought(match, report)
            decision = choose(
                position, komi, evaluate, match.level, np.random.default_rng([match.seed, len(match.moves)]),
                stopped, hopeless=match.hopeless, search=search,
            )  # fmt: skip
        match = replace(match, hopeless=decision.hopeless, win_rate=decision.win_rate)
        if decision.resigns:
            yield Thought(replace(match, result=f"{IDENTIFIERS[match.person]}+R"), decision.report)
            return
        match = replace(match, moves=(*match.moves, decision.move))
        yield Thought(match, decision.report)
    if match.position.over:
        with asking(house, symmetries=8) as evaluate:
            (evaluation,) = evaluate([match.position], komi)
        dead = dead_stones(match.position, evaluation.ownership)
        yield Thought(replace(match, dead=tuple(dead)))


def answer(match: Match, house: Runtime, stopped: Callable[[], bool] = lambda: False) -> Match:
    """The match after all that `think` does."""
    *_, last = think(match, house, stopped)
    return last.match


def hint(match: Match, house: Runtime) -> list[tuple[int, float]]:
    """The network's best moves for the person with their probabilities, best first. Raises InputError."""
    if match.result:
        raise InputError(OVER)
    if match.counting or match.mover != match.person:
        raise InputError("A hint is given when it is your turn.")
    best = feel(match.position, match.settings.komi, house).candidates[:HINTS]
    return [(candidate.move, candidate.share) for candidate in best]


# ---- as text --------------------------------------------------------------------------------------------


def read_moves(text: str | None, size: int) -> tuple[int, ...]:
    """Moves as people write them, "D4 Q16 pass", with blanks or commas between. Raises InputError."""
    if len(text or "") > ENOUGH_TEXT:
        raise InputError(f"A list of moves has at most {ENOUGH_TEXT} characters.")
    found = []
    for word in re.split(r"[\s,]+", (text or "").strip()):
        try:
            found += [from_vertex(word, size)] if word else []
        except ValueError as error:
            raise InputError(str(error)) from None
    return tuple(found)


def to_record(match: Match) -> Record:
    """The game with the players' names and its result."""
    settings = match.settings
    record = new(settings.size, settings.komi, settings.handicap)
    node: tuple[Node, ...] = ()
    for number in reversed(range(len(match.moves))):
        colour = IDENTIFIERS[match.player_of(number)]
        node = (Node({colour: [written(match.moves[number], settings.size)]}, node),)
    record = replace(record, root=Node(record.root.properties, node))
    names = {match.person: "Visitor", match.machine: f"Deep Learning Gallery ({match.level.title})"}
    for player, name in names.items():
        record = record.with_property(f"P{IDENTIFIERS[player]}", [name.encode()])
    return record.with_property("RE", [match.result.encode()]) if match.result else record
