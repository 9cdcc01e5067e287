"""One game at a time: a generation's next move, and games between two of them to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demos.go.board import BLACK
from demos.go.rules import NAMES, IllegalMove, Position, empty
from demos.go.zero.play import Evaluate, drawn
from demos.go.zero.search import Search
from demos.go.zero.settings import Settings
from gallery.inputs import InputError


@dataclass(frozen=True)
class Thought:
    """What a generation makes of a position."""

    move: int
    value: float  # from -1, lost, to 1, won, for whose turn it is, after the search
    visits: NDArray[np.int32]  # (size * size + 1,)

    @property
    def win_rate(self) -> float:
        """0 to 1; a draw counts as half a win."""
        return (self.value + 1) / 2


def think(
    evaluate: Evaluate,
    position: Position,
    komi: float,
    s: Settings,
    random: np.random.Generator,
    *,
    simulations: int | None = None,
    exploring: int = 0,
) -> Thought:
    """A search of one position. Before move number `exploring` the move is drawn in proportion to visits.

    Raises ValueError where the game is over.
    """
    if ended(position, s):
        raise ValueError("The game is over: there is nothing to think about.")
    search = Search(s, 1, simulations)
    search.load(0, position, komi)
    while True:
        waiting, planes = search.leaves(random.integers(8, size=1).astype(np.int16))
        if not len(waiting):
            break
        search.expand(*evaluate(planes))
    visits = search.trees.visits[0, 0]
    shares = visits[None] / visits.sum()
    move = drawn(shares, random)[0] if position.number < exploring else visits.argmax()
    return Thought(int(move), float(search.trees.total[0, 0].sum() / visits.sum()), visits.copy())


def ended(position: Position, s: Settings) -> bool:
    """Whether a game is over: a game of self-play also ends after `s.longest` moves."""
    return position.over or position.number >= s.longest


def replay(moves: Sequence[int], s: Settings) -> Position:
    """The position after `moves` from the empty board. Raises InputError where one is not allowed."""
    position = empty(s.size)
    for number, move in enumerate(moves, 1):
        if ended(position, s):
            raise InputError(f"The game was over before move {number}.")
        try:
            position = position.play(move)
        except IllegalMove as error:
            raise InputError(f"Move {number} is not allowed: {error}") from error
    return position


def duel(
    black: Evaluate,
    white: Evaluate,
    s: Settings,
    random: np.random.Generator,
    *,
    simulations: int | None = None,
    exploring: int = 0,
) -> Iterator[tuple[Position, Thought]]:
    """Every position of a game after the start, each with the thought that led to it."""
    position = empty(s.size)
    while not ended(position, s):
        player = black if position.to_play == BLACK else white
        thought = think(player, position, s.komi, s, random, simulations=simulations, exploring=exploring)
        position = position.play(thought.move)
        yield position, thought


def result(position: Position, komi: float) -> str:
    """Who won by how much, in words, by the area as it stands."""
    lead = position.score(komi)
    if not lead:
        return "A draw"
    points = f"{abs(lead):g} point{'s'[: abs(lead) != 1]}"
    return f"{NAMES[BLACK] if lead > 0 else 'White'} wins by {points}"
