"""Which move to play: what the network feels at a glance, and what a search reads with it.

Reading guide: `feel` looks once and `read` looks ahead; both answer with an `Opinion`. `whole_game` asks for
the win rate after every move of a game, and `mistakes` finds where it fell.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from demos.go.board import BLACK, WHITE
from demos.go.engine import Evaluator, for_black
from demos.go.features import SYMMETRIES
from demos.go.models import EMBEDDED
from demos.go.rules import Position
from demos.go.search import Report, Search
from gallery.inputs import InputError
from gallery.runtime import Runtime
from gallery.weights import Progress

COUNT = 5  # moves that are suggested
VISITS = (16, 5000)  # bounds of what may be read
READ_BATCH = 16  # positions that the search evaluates at once
GAME_BATCH = 16  # positions of a game that are evaluated in one turn
SMALLEST_MISTAKE = 0.06  # of the win rate


@dataclass(frozen=True)
class Candidate:
    """A move worth a thought. `share` is its probability, or its share of the visits."""

    move: int
    share: float
    visits: int | None = None
    win_rate: float | None = None  # of the player whose turn it is, after this move


@dataclass(frozen=True)
class Opinion:
    """What somebody thinks of a position. `visits` is 0 where nothing was read ahead."""

    to_play: int
    candidates: tuple[Candidate, ...]  # at most COUNT, best first
    heat: NDArray[np.float32]  # (points + 1,), adds up to 1; the last one is the pass
    win_rate: float  # Black's, 0 to 1
    ownership: NDArray[np.float32]  # (size, size), 1 is certainly Black's, -1 certainly White's
    variation: tuple[int, ...] = ()  # what both sides would play, where it was read
    visits: int = 0
    evaluations: int = 1
    seconds: float = 0.0
    finished: bool = True

    @property
    def best(self) -> Candidate:
        return self.candidates[0]


def feel(position: Position, komi: float, house: Runtime, progress: Progress | None = None) -> Opinion:
    """One look at the position from all eight sides, averaged. Raises WeightsError."""
    found = house.run(
        EMBEDDED, lambda network: Evaluator(network, SYMMETRIES)([position], komi)[0], progress=progress
    )
    best = tuple(Candidate(move, float(found.policy[move])) for move in found.best(COUNT))
    win_rate = for_black(position, found.win_rate)
    return Opinion(position.to_play, best, found.policy, win_rate, found.ownership)


def read(
    position: Position,
    komi: float,
    house: Runtime,
    visits: int | None = None,
    seconds: float | None = None,
    *,
    stopped: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
    every: float = 0.2,
) -> Generator[Opinion, None, None]:
    """Looks ahead until so many visits, for so long, or until `stopped`; at most every 0.2 s an opinion.

    The last one is `finished`. The network stays leased until the generator ends or is closed; the turn at
    the machine is taken anew for each batch. Raises InputError where there is nothing to read.
    """
    if position.over:
        raise InputError("The game is over: there is no move to read. Go back, or count the score.")
    if visits is None and seconds is None:
        raise InputError("Say how many visits or how many seconds the search may use.")
    with house.cache.lease(EMBEDDED, progress=progress) as network:
        search = Search(position, komi, Evaluator(network), batch=READ_BATCH)
        last: Opinion | None = None
        for report in search.run(visits, seconds, stopped, every, house.gate.turn):
            last = as_opinion(report, position)
            yield last
        if last is not None:
            yield replace(last, finished=True)


def as_opinion(report: Report, position: Position) -> Opinion:
    """A report of the search; before anything was visited the prior speaks."""
    counted = report.visits if report.visits.any() else report.prior
    heat = (counted / counted.sum()).astype(np.float32)
    candidates = tuple(
        Candidate(
            move,
            float(heat[move]),
            int(report.visits[move]),
            None if np.isnan(report.win_rates[move]) else float(report.win_rates[move]),
        )
        for move in report.top(COUNT)
        if heat[move] > 0
    )
    return Opinion(
        position.to_play,
        candidates,
        heat,
        for_black(position, report.win_rate),
        report.ownership,
        report.variation,
        report.visits_total,
        report.evaluations,
        report.seconds,
        finished=False,
    )


def whole_game(
    positions: Sequence[Position],
    komi: float,
    house: Runtime,
    *,
    stopped: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
) -> Generator[list[float], None, None]:
    """Black's win rate in each position of a game, a batch more each time; all of them at last."""
    with house.cache.lease(EMBEDDED, progress=progress) as network:
        evaluate, found = Evaluator(network), list[float]()
        for begin in range(0, len(positions), GAME_BATCH):
            batch = positions[begin : begin + GAME_BATCH]
            with house.gate.turn():
                evaluations = evaluate(batch, komi)
            found += [
                for_black(position, one.win_rate) for position, one in zip(batch, evaluations, strict=True)
            ]
            yield list(found)
            if stopped():
                return


@dataclass(frozen=True)
class Mistake:
    """A move that cost the player who made it `drop` of the win rate. It led to position `number`."""

    number: int
    colour: int
    drop: float


def mistakes(
    win_rates: Sequence[float | None], positions: Sequence[Position], count: int = 5
) -> list[Mistake]:
    """The largest falls of the mover's win rate from one position of a game to the next, largest first.

    `win_rates` are Black's, None where nobody was asked.
    """
    found = []
    for number in range(1, min(len(win_rates), len(positions))):
        before, after = win_rates[number - 1], win_rates[number]
        played = positions[number].number > positions[number - 1].number
        if before is None or after is None or not played:
            continue
        mover = BLACK + WHITE - positions[number].to_play
        gain = after - before
        drop = -gain if mover == BLACK else gain
        if drop >= SMALLEST_MISTAKE:
            found.append(Mistake(number, mover, drop))
    return sorted(found, key=lambda mistake: -mistake.drop)[:count]
