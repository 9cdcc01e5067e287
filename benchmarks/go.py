"""The policy on one core, what batches bring to the search, rules against sgfmill, games against GNU Go."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch
from sgfmill.boards import Board  # type: ignore[import-untyped]

from benchmarks.figures import Figure, interleaved, median
from demos.go.arena import match
from demos.go.board import WALL, replayed
from demos.go.engine import Evaluator
from demos.go.gtp import KOMI
from demos.go.models import EMBEDDED
from demos.go.players import LEVELS, Player, sensible_moves
from demos.go.rules import Position, empty
from demos.go.search import Search
from gallery.weights import filled

if TYPE_CHECKING:
    from benchmarks.server import Server

PEER = "one position at a time; sgfmill's Board; GNU Go 3.8 where it is installed"
SIZE = 19
GAMES = 20  # random ones, to play again
LENGTH = 250  # moves of each at most
BATCH = 16
VISITS = 400  # of each search that is timed
GNUGO = ("--mode", "gtp", "--chinese-rules", "--positional-superko", "--seed", "1")
MATCHES = {  # figure: level of the player, level of GNU Go, share of games to win
    "wins_policy_gnugo1": ("policy", 1, None),
    "wins_policy_gnugo10": ("policy", 10, None),
    "wins_search200_gnugo10": ("search", 10, 0.8),
}
ENDPOINT = "go_suggest"
RECORD = "(;GM[1]FF[4]SZ[19]KM[7.5];B[pd];W[dp];B[pq];W[dd];B[qk])"


def random_game(seed: int) -> list[int]:
    """Legal moves that fill no eyes, so that stones are caught as in real games."""
    random = np.random.default_rng(seed)
    position, moves = empty(SIZE), list[int]()
    while len(moves) < LENGTH and (sensible := np.flatnonzero(sensible_moves(position))).size:
        moves.append(int(random.choice(sensible)))
        position = position.play(moves[-1])
    return moves


def position_of(moves: Sequence[int]) -> Position:
    position = empty(SIZE)
    for move in moves:
        position = position.play(move)
    return position


def ours(games: Sequence[np.ndarray]) -> np.ndarray:
    """The last board of the last game, padded."""
    border = np.full((SIZE + 2, SIZE + 2), WALL, np.int8)
    border[1:-1, 1:-1] = 0
    for moves in games:
        board = border.reshape(-1).copy()
        replayed(moves, SIZE, board)
    return board


def theirs(games: Sequence[Sequence[tuple[int, int]]]) -> Board:
    for moves in games:
        board = Board(SIZE)
        for number, (row, column) in enumerate(moves):
            board.play(row, column, "w" if number % 2 else "b")
    return board


def rules(repeats: int) -> tuple[float, float]:
    """Positions per second here and in sgfmill. Raises ValueError where they do not end alike."""
    games = [random_game(seed) for seed in range(GAMES)]
    arrays = [np.array(moves, np.int16) for moves in games]
    points = [[divmod(move, SIZE) for move in moves] for moves in games]
    signs = {None: 0, "b": 1, "w": 2}
    board = theirs(points)
    peer = [[signs[board.get(row, column)] for column in range(SIZE)] for row in range(SIZE)]
    if ours(arrays).reshape(SIZE + 2, SIZE + 2)[1:-1, 1:-1].tolist() != peer:
        raise ValueError("The gallery and sgfmill do not agree on a game.")
    seconds = interleaved(repeats, lambda: ours(arrays), lambda: theirs(points))
    count = sum(len(moves) for moves in games)
    return count / median(seconds[0]), count / median(seconds[1])


@contextmanager
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def policy_seconds(evaluate: Evaluator, repeats: int) -> float:
    """Median of one position, what the network is shown included."""
    positions = [position_of(random_game(seed)[:100]) for seed in range(4)]
    turns = iter(positions * repeats)
    with one_thread():
        evaluate(positions[:1], KOMI)
        (seconds,) = interleaved(repeats, lambda: evaluate([next(turns)], KOMI))
    return median(seconds)


def search_rates(evaluate: Evaluator, repeats: int) -> tuple[float, float]:
    """Evaluations per second of a search that asks in batches, and of one that asks one by one."""
    position = position_of(random_game(0)[:60])
    rates: tuple[list[float], list[float]] = ([], [])

    def search(batch: int, found: list[float]) -> None:
        *_, report = Search(position, KOMI, evaluate, batch=batch).run(visits=VISITS)
        found.append(report.evaluations / report.seconds)

    search(BATCH, [])
    interleaved(repeats, lambda: search(BATCH, rates[0]), lambda: search(1, rates[1]))
    return median(rates[0]), median(rates[1])


def gnugo() -> str | None:
    """Where GNU Go is. Debian puts games where a service's search path does not look."""
    return shutil.which("gnugo") or shutil.which("/usr/games/gnugo")


def matches(evaluate: Evaluator, games: int) -> list[Figure]:
    """Shares of games won, none without GNU Go."""
    program = gnugo()
    if program is None:
        print("GNU Go is not installed: the games against it are left out.", file=sys.stderr)
        return []
    found = []
    for name, (level, strength, least) in MATCHES.items():
        player = Player(evaluate, LEVELS[level], batch=BATCH)
        command = [program, *GNUGO, "--level", str(strength)]
        wins = match(player, command, games, SIZE, KOMI)
        meaning = f"of {games} games on {SIZE} lines won against GNU Go's level {strength}, both colours"
        found.append(Figure(name, wins / games, "", meaning, least=least))
    return found


def measure(repeats: int = 40) -> list[Figure]:
    """`repeats` positions, and games of each match; a tenth as many searches."""
    evaluate = Evaluator(filled(EMBEDDED, *EMBEDDED.source.fetch()))
    few = max(1, repeats // 10)
    policy = policy_seconds(evaluate, repeats)
    batched, single = search_rates(evaluate, few)
    mine, peer = rules(few)
    return [
        Figure("policy_ms", 1e3 * policy, "ms", "one position on one thread", goal=15),
        Figure("evaluations_per_s", batched, "", f"of a search with batches of {BATCH}", single),
        Figure("batched_over_single", batched / single, "", "the same, as a ratio", least=3),
        Figure("rules_per_s", mine, "", "positions of random games played again", peer),
        Figure("rules_over_sgfmill", mine / peer, "", "the same, as a ratio", least=5),
        *matches(evaluate, repeats),
    ]


def use_once(server: Server, picture: dict[str, object]) -> float:
    """One use of the demo over HTTP, as the first visitor makes it. Returns the seconds it took."""
    started = time.perf_counter()
    server.call(ENDPOINT, RECORD)
    return time.perf_counter() - started
