"""A small run that somebody looks at: a few minutes on a board of three to five points a side.

    python -m demos.go.zero.live

makes the run that the page shows before anybody starts one.

Reading guide: `turning` goes round the loop of loop.py and tells now and then how it stands; everything that
a run is made of is the same as in the large one, only smaller.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from demos.go.zero.loop import Progress, Run, generation
from demos.go.zero.settings import Settings
from gallery.inputs import InputError

FIRST_RESULT = Path(__file__).with_name("first_live.json")
SIZES = (3, 4, 5)
# With that of perfect play, 9 and 25 on the odd boards, Black could never win.
KOMI = {3: 2.5, 4: 1.5, 5: 6.5}
FIRST_SIZE = 5
GAMES = 16  # of a generation
SECONDS = 180.0  # that a run may take
GENERATIONS = 60  # a run's weights and games must fit into memory
BETWEEN_FRAMES = 0.15  # seconds
START = 10**6  # generations back: the untrained network is the only rival


@dataclass(frozen=True)
class Station:
    """A generation that is done."""

    generation: int
    games: int  # of self-play, so far
    seconds: float
    policy_loss: float
    value_loss: float
    share: float  # of the points in its match against the untrained network


@dataclass(frozen=True)
class Frame:
    """How a run stands. `doing` is None once it has ended."""

    size: int
    seconds: float
    games: int  # that were played to their end
    evaluations: int  # positions that the network looked at
    steps: int  # of learning
    stations: tuple[Station, ...]
    doing: Progress | None = None
    stopped: bool = False


def settings(size: int, seed: int = 0) -> Settings:
    """Raises InputError for a size that would not get anywhere in this time."""
    if size not in SIZES:
        raise InputError(
            f"A live run has {SIZES[0]} to {SIZES[-1]} points a side: on more it takes too long."
        )
    return Settings.of_size(
        size,
        seed=seed,
        komi=KOMI[size],
        komi_spread=2.0,
        channels=16,
        blocks=2,
        games=GAMES,
        simulations=24,
        window=6,
        batch=64,
        ema_decay=0.95,
        match_games=20,
        rivals=(START,),
    )


def turning(
    s: Settings,
    stopped: Callable[[], bool] = lambda: False,
    *,
    seconds: float = SECONDS,
    generations: int = GENERATIONS,
    turn: Callable[[], AbstractContextManager[Any]] = nullcontext,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Frame]:
    """Yields a frame at the start, then at most some a second, one for each generation, and one at the end.

    `turn()` is held for one look at the network, or one step of learning, at a time. All work is done by
    whoever asks for the next frame, so closing the generator is the end of it.
    """
    begun = told = clock()
    run = Run.start(s)
    frame = Frame(s.size, 0.0, 0, 0, 0, ())
    yield replace(frame, doing=Progress("play", 0, s.games))
    while run.last < generations:
        work = generation(run)
        games, evaluations = frame.games, frame.evaluations
        while True:
            late = clock() - begun > seconds
            if late or stopped():
                yield replace(frame, seconds=clock() - begun, stopped=not late)
                return
            with turn():
                doing = next(work, None)
            if doing is None:
                break
            match doing.phase:
                case "play":
                    frame = replace(
                        frame, games=games + doing.done, evaluations=evaluations + doing.evaluations
                    )
                case "learn":
                    frame = replace(frame, games=games + s.games, steps=frame.steps + 1)
            if clock() - told >= BETWEEN_FRAMES:
                told = clock()
                yield replace(frame, seconds=told - begun, doing=doing)
        row, result = run.rows[-1], run.results[-1]
        station = Station(
            run.last,
            row.games,
            clock() - begun,
            row.policy_loss,
            row.value_loss,
            result.points / result.games,
        )
        frame = replace(frame, seconds=clock() - begun, stations=(*frame.stations, station))
        yield replace(frame, doing=Progress("play", 0, s.games))
    yield replace(frame, seconds=clock() - begun)


def as_json(frame: Frame) -> dict[str, Any]:
    """A finished frame."""
    return asdict(frame)


def from_json(stored: dict[str, Any]) -> Frame:
    return Frame(**stored | {"stations": tuple(Station(**station) for station in stored["stations"])})


def main() -> None:
    # Seconds of the processor: this machine may have other things to do.
    for frame in turning(settings(FIRST_SIZE), generations=10, seconds=10**9, clock=time.process_time):
        if frame.stations and frame.doing and not frame.doing.done:
            print(frame.stations[-1], flush=True)
    FIRST_RESULT.write_text(json.dumps(as_json(frame), separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
