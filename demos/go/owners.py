"""Whose each point was at the end of games that were counted, for the network to learn from.

    python -m demos.go.owners --games 4000      (needs GNU Go 3.8, on Debian the package gnugo)

Human players agree on what is dead and leave it on the board. GNU Go says which stones that were; where the
area then differs from the players' result, the game is left out.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demos.go.board import BLACK, WHITE, area_of, padded, replayed
from demos.go.games import EMPTY_BOARD, POINTS, SIZE, Games
from demos.go.opponent import GtpError, Opponent, from_vertex

COMMAND = ("gnugo", "--mode", "gtp", "--level", "1", "--chinese-rules")
AGREEMENT = 1.5  # points: Korean and Chinese rules differ by one


def owners_of(moves: NDArray[np.int16], margin: float, gnugo: Opponent) -> NDArray[np.int8] | None:
    """(361,) 1 Black's, -1 White's, 0 nobody's; None where that does not fit Black's lead of `margin`."""
    gnugo.start(SIZE, 0)
    for i, move in enumerate(moves):
        gnugo.play(BLACK if i % 2 == 0 else WHITE, int(move), SIZE)
    dead = [from_vertex(text, SIZE) for text in gnugo.ask("final_status_list dead").split()]
    board = EMPTY_BOARD.copy()
    replayed(moves, SIZE, board)
    for move in dead:
        board[padded(move, SIZE)] = 0
    area = np.zeros(POINTS, np.int8)
    area_of(board, SIZE, area)
    owners = np.where(area == BLACK, 1, np.where(area == WHITE, -1, 0)).astype(np.int8)
    return owners if abs(float(owners.sum()) - margin) <= AGREEMENT else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/go"), help="where train.py keeps its games")
    parser.add_argument("--games", type=int, default=4000, help="how many to look at")
    parser.add_argument("--gnugo", default=COMMAND[0], help="the program")
    options = parser.parse_args()

    games = Games.load(options.out / "games.npz")
    counted = np.flatnonzero(~np.isnan(games.margin))
    chosen = np.random.default_rng(0).permutation(counted)[: options.games]
    found: list[tuple[int, NDArray[np.int8]]] = []
    last = time.monotonic()
    with Opponent([options.gnugo, *COMMAND[1:]]) as gnugo:
        for number, i in enumerate(chosen, 1):
            moves = games.moves[games.starts[i] : games.starts[i + 1]]
            try:
                owners = owners_of(moves, float(games.margin[i]), gnugo)
            except GtpError:  # it knows a simpler ko rule and may refuse a move
                owners = None
            if owners is not None:
                found.append((int(i), owners))
            if number == len(chosen) or time.monotonic() - last > 60:
                last = time.monotonic()
                np.savez(
                    options.out / "owners.npz",
                    games=np.array([game for game, _ in found]),
                    points=np.stack([points for _, points in found]),
                )
                print(f"{number} games looked at, {len(found)} agree with the result", flush=True)


if __name__ == "__main__":
    main()
