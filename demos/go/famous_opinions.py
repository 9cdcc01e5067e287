"""What the network thinks of every move of AlphaGo's famous games: computed ahead, and shipped.

    python -m demos.go.famous_opinions

writes famous_opinions.json, so that the games can be stepped through at once and without the network.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from demos.go.engine import Evaluate, Evaluator, for_black
from demos.go.famous import FAMOUS
from demos.go.features import SYMMETRIES
from demos.go.models import EMBEDDED
from demos.go.record import Record

FILE = Path(__file__).with_name("famous_opinions.json")
BEST = 5  # moves that are kept of each position
BATCH = 32  # positions that the network looks at together
DIGITS = 3  # of a probability; most are small


@dataclass(frozen=True)
class Verdict:
    """What the network thinks of a move, before it sees it."""

    win_rate: float  # Black's, before the move
    rank: int  # of the move among all that are allowed, 1 for the network's own choice
    share: float  # the move's probability
    best: tuple[tuple[int, float], ...]  # the most probable moves, best first


@dataclass(frozen=True)
class Commentary:
    """Of a whole game."""

    verdicts: tuple[Verdict, ...]  # one for each move
    last: float  # Black's win rate after the last move

    @property
    def curve(self) -> list[float]:
        """Black's win rate in each position, the start first."""
        return [*(verdict.win_rate for verdict in self.verdicts), self.last]


@cache
def shipped() -> dict[str, Any]:
    """What the file holds: a game by its key, and as "first" what the views show first."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


@cache
def commentaries() -> dict[str, Commentary]:
    """The shipped ones, by the games' keys."""
    return {
        key: Commentary(
            tuple(
                Verdict(win_rate, rank, share, tuple(zip(best[::2], best[1::2], strict=True)))
                for win_rate, rank, share, best in shipped()[key]["moves"]
            ),
            shipped()[key]["last"],
        )
        for key in FAMOUS
    }


def comment(record: Record, evaluate: Evaluate) -> Commentary:
    """Asks about every position of the main line, BATCH at a time."""
    end = record.end()
    positions, moves = list(record.positions(end)), record.moves(end)
    found = [
        evaluation
        for begin in range(0, len(positions), BATCH)
        for evaluation in evaluate(positions[begin : begin + BATCH], record.komi)
    ]
    rates = [for_black(position, one.win_rate) for position, one in zip(positions, found, strict=True)]
    verdicts = []
    for move, win_rate, evaluation in zip(moves, rates, found, strict=False):
        assert move is not None, "The shipped games have a move in each node."
        order = np.argsort(-evaluation.policy, kind="stable")
        best = tuple((one, float(evaluation.policy[one])) for one in evaluation.best(BEST))
        rank = int(np.flatnonzero(order == move)[0]) + 1
        verdicts.append(Verdict(win_rate, rank, float(evaluation.policy[move]), best))
    return Commentary(tuple(verdicts), rates[-1])


def as_json(commentary: Commentary) -> dict[str, Any]:
    """Without names, which would be most of the file."""
    return {
        "moves": [
            [
                round(verdict.win_rate, DIGITS),
                verdict.rank,
                rounded(verdict.share),
                [number for move, share in verdict.best for number in (move, rounded(share))],
            ]
            for verdict in commentary.verdicts
        ],
        "last": round(commentary.last, DIGITS),
    }


def rounded(share: float) -> float:
    return float(f"{share:.{DIGITS}g}")


def write(content: dict[str, Any]) -> None:
    """A line for each game, so that a change of one is seen as one."""
    lines = (f"{json.dumps(key)}: {json.dumps(one, separators=(',', ':'))}" for key, one in content.items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    shipped.cache_clear()
    commentaries.cache_clear()


def main() -> None:
    from demos.go.views import play, records
    from gallery.runtime import Runtime

    house = Runtime(device="cpu", offline=True)
    with house.cache.lease(EMBEDDED) as network:
        evaluate = Evaluator(network, SYMMETRIES)
        games = {key: as_json(comment(game.record, evaluate)) for key, game in FAMOUS.items()}
    house.close()
    write(games)
    # Computed ahead, so that building the page compiles no kernels: that takes many seconds once.
    write({**games, "first": {"play": play.opening(), "records": records.opening()}})
    print(f"{FILE.stat().st_size / 1000:.0f} kB for {len(FAMOUS)} games")


if __name__ == "__main__":
    main()
