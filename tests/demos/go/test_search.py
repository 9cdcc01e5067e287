"""The search: against exhaustive search and small problems with one solution, and how it passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from demos.go.board import BLACK, EMPTY, WHITE
from demos.go.engine import Evaluate, Evaluation, Evaluator
from demos.go.model import GoNetwork
from demos.go.rules import Position, empty, from_stones
from demos.go.search import Search, result_of, without_lost_passes
from tests.demos.go.conftest import uniform
from tests.demos.go.test_tree import check_books, searched

SIGNS = {".": EMPTY, "X": BLACK, "O": WHITE}


def board(rows: str, to_play: int = BLACK) -> Position:
    """From lines of ., X for Black and O for White."""
    stones = np.array([[SIGNS[sign] for sign in row] for row in rows.split()], np.int8)
    return from_stones(stones, to_play)


# ---- oracles --------------------------------------------------------------------------------------------


class TooMany(Exception):
    """Positions to look at."""


def wins(position: Position, komi: float, budget: Iterator[int]) -> bool:
    """Whether the player to move wins if both play perfectly, all games looked through. Raises TooMany."""
    if next(budget, None) is None or position.number > 60:
        raise TooMany
    if position.over:
        return (position.score(komi) > 0) == (position.to_play == BLACK)
    moves = np.flatnonzero(position.legal())[::-1].tolist()  # passes first: games end soon
    return not all(wins(position.play(move), komi, budget) for move in moves)


def random_position(size: int, seed: int) -> Position:
    random = np.random.default_rng(seed)
    position = empty(size)
    for _ in range(int(random.integers(size * size + 5))):
        (moves,) = position.legal()[:-1].nonzero()
        if len(moves):
            position = position.play(int(random.choice(moves)))
    return position


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize(("size", "komi", "least"), [(2, 0.5, 20), (2, 1.5, 20), (3, 0.5, 8), (3, -2.5, 8)])
def test_finds_what_exhaustive_search_finds(size: int, komi: float, least: int, batch: int) -> None:
    """Who wins, and a move that keeps the win, in random positions; an empty 2x2 board is worth one point."""
    solved = 0
    for seed in range(24):
        position = random_position(size, seed) if seed else empty(size)
        try:
            expected = wins(position, komi, iter(range(2000)))
        except TooMany:
            continue
        solved += 1
        search = Search(position, komi, uniform, batch=batch)
        report = searched(search, 2000)
        assert (report.win_rate > 0.5) == expected
        if expected:
            assert not wins(position.play(report.best()), komi, iter(range(50_000)))
        check_books(search)
    assert solved >= least


def counting(positions: Sequence[Position], komi: float) -> list[Evaluation]:
    """Who is ahead on the board is thought to win."""
    found = []
    for position, evaluation in zip(positions, uniform(positions, komi), strict=True):
        lead = position.score(komi) if position.to_play == BLACK else -position.score(komi)
        found.append(replace(evaluation, win_rate=1 / (1 + np.exp(-lead / 3))))
    return found


@pytest.mark.parametrize("batch", [1, 4, 16])
@pytest.mark.parametrize("to_play", [BLACK, WHITE])
def test_the_move_that_takes_or_saves_two_stones_is_found(to_play: int, batch: int) -> None:
    position = board(
        """
        .XX..
        XOO..
        .XXO.
        ..O..
        .....
        """,
        to_play,
    )
    assert searched(Search(position, 0.5, counting, batch=batch), 800).best() == 8


# ---- passing, and the end -------------------------------------------------------------------------------


def test_a_game_that_is_over_has_nothing_to_search() -> None:
    over = empty(3).play(9).play(9)
    search = Search(over, 0.5, uniform)
    assert search.step() == 0
    report = searched(search, 10)
    assert report.visits_total == 0
    assert report.variation == ()
    assert report.best() == 9


@pytest.mark.parametrize(("komi", "result"), [(0.5, 0.0), (-0.5, 1.0), (0.0, 0.5)])
def test_results(komi: float, result: float) -> None:
    assert result_of(empty(3).play(9).play(9), komi) == result


def test_passes_when_that_wins() -> None:
    position = empty(5).play(12).play(25)  # White passed, and all is Black's
    report = searched(Search(position, 7.5, uniform), 20)
    assert report.best() == 25
    assert report.win_rate > 0.9
    assert report.visits[25] == 19


def test_never_passes_while_behind() -> None:
    sure: NDArray[np.float32] = np.zeros(26, np.float32)
    sure[25] = 1

    def passing(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        return [Evaluation(sure, 0.5, np.zeros((5, 5), np.float32)) for _ in positions]

    for position in (empty(5).play(12), empty(5).play(12).play(25).play(13)):
        report = searched(Search(position, 7.5 - 20, passing), 30)
        assert position.to_play == WHITE
        assert report.best() != 25
        assert report.visits[25] == 0
    assert searched(Search(empty(5).play(12), 30, passing), 30).best() == 25  # White is ahead


def test_passes_where_there_is_nothing_else() -> None:
    position = board("X. .X")
    assert position.legal().tolist() == [False, True, True, False, True]
    only = from_stones(position.stones, WHITE)
    assert only.legal().tolist() == [False] * 4 + [True]
    policy = np.array([0, 0, 0, 0, 1], np.float32)
    assert without_lost_passes(policy, only, 0.5).tolist() == policy.tolist()
    assert searched(Search(only, 0.5, uniform), 10).best() == 4


def test_large_boards_and_networks(network: GoNetwork, evaluate: Evaluate) -> None:
    search = Search(empty(19), 7.5, Evaluator(network))
    assert searched(search, 60).visits_total == 60
    check_books(search)
    assert searched(Search(empty(19), 7.5, evaluate), 300).visits_total == 300
