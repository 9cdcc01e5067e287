"""Three games that made Go programs famous, as records to step through. The files are under assets/games."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from demos.go.record import Record, opened

GAMES = Path(__file__).parent.parent.parent / "assets" / "games"


@dataclass(frozen=True)
class Famous:
    """A record, and the move in it to look at. Where it comes from stands in assets/CREDITS.md."""

    key: str  # in links
    title: str
    sentence: str  # what there is to see
    path: Path  # SGF, one line of play without comments
    moment: int  # the number of that move, the first is 1

    @cached_property
    def record(self) -> Record:
        return opened(self.path.read_bytes())


FAMOUS = {
    game.key: game
    for game in (
        Famous(
            "lee-2",
            "AlphaGo – Lee Sedol, game 2: move 37",
            "Black's move 37, a shoulder hit on the fifth line at P10: AlphaGo's own estimate was that one "
            "human player in ten thousand would play here. AlphaGo won.",
            GAMES / "lee_sedol_2.sgf",
            37,
        ),
        Famous(
            "lee-4",
            "AlphaGo – Lee Sedol, game 4: move 78",
            "White's move 78, a wedge at L11: AlphaGo had not expected it, went on as if it were ahead, and "
            "lost its only game of the match.",
            GAMES / "lee_sedol_4.sgf",
            78,
        ),
        Famous(
            "zero",
            "AlphaGo Zero – AlphaGo Lee, game 11",
            "Black has never seen a human game. Its move 7 at C3 enters a corner that White holds with one "
            "stone, so early that strong players thought it a mistake until programs played it.",
            GAMES / "alphago_zero.sgf",
            7,
        ),
    )
}
