"""The rules against sgfmill's boards, and against brute force over whole games."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sgfmill.boards import Board as Sgfmill  # type: ignore[import-untyped]

from demos.go.board import BLACK, EMPTY, WHITE, replayed
from demos.go.rules import IllegalMove, Position, empty, from_stones

COLOURS = {None: EMPTY, "b": BLACK, "w": WHITE}
LETTERS = {BLACK: "b", WHITE: "w"}

Stones = tuple[tuple[str | None, ...], ...]


def seen(board: Sgfmill) -> Stones:
    return tuple(map(tuple, board.board))


def numbers(board: Sgfmill) -> NDArray[np.int8]:
    return np.array([[COLOURS[stone] for stone in row] for row in board.board], np.int8)


def after(board: Sgfmill, move: int, colour: int) -> Sgfmill | None:
    """sgfmill's board after a move; None if it is no move. sgfmill allows suicide, we do not."""
    row, column = divmod(move, board.side)
    if board.get(row, column) is not None:
        return None
    board = board.copy()
    board.play(row, column, LETTERS[colour])
    return None if board.get(row, column) is None else board


def allowed(board: Sgfmill, colour: int, history: set[Stones]) -> list[bool]:
    """By trying every point and looking through all positions of the game."""
    tried = [after(board, move, colour) for move in range(board.side**2)]
    return [found is not None and seen(found) not in history for found in tried] + [True]


def random_games(size: int, games: int, seed: int) -> Iterator[tuple[Position, Sgfmill, set[Stones]]]:
    """Every position of some games of random moves, ours and sgfmill's, with what was on the board so far."""
    random = np.random.default_rng((seed, size))
    for _ in range(games):
        position, board = empty(size), Sgfmill(size)
        history = {seen(board)}
        while not position.over and position.number < 3 * size * size:
            yield position, board, history
            moves = np.flatnonzero(position.legal()[:-1])
            move = int(random.choice(moves)) if len(moves) and random.random() > 0.02 else position.points
            if move < position.points:
                board.play(*divmod(move, size), LETTERS[position.to_play])
                history.add(seen(board))
            position = position.play(move)
        yield position, board, history


@pytest.mark.parametrize(("size", "games"), [(2, 1000), (3, 600), (4, 200), (5, 60)])
def test_what_is_allowed_is_what_brute_force_allows(size: int, games: int) -> None:
    """On boards so small, random games are full of kos and of repeated positions."""
    refused = {"suicide": 0, "(ko)": 0}
    for position, board, history in random_games(size, games, seed=1):
        np.testing.assert_array_equal(position.stones, numbers(board))
        expected = allowed(board, position.to_play, history)
        assert position.legal().tolist() == expected
        for move in np.flatnonzero(~np.array(expected)):
            reason = position.why_not(int(move))
            for why in refused:
                refused[why] += why in reason
    assert min(refused.values()) > 20


@pytest.mark.parametrize(("size", "games"), [(6, 25), (7, 20), (9, 12), (13, 4), (19, 2)])
def test_captures_and_area_are_those_of_sgfmill(size: int, games: int) -> None:
    captures = before = 0
    for position, board, history in random_games(size, games, seed=2):
        np.testing.assert_array_equal(position.stones, numbers(board))
        assert position.score(komi=0.5) == board.area_score() - 0.5
        stones = int((position.stones != EMPTY).sum())
        captures += position.number > 0 and stones < before
        before = stones
        if position.number % 23 == 22:
            assert position.legal().tolist() == allowed(board, position.to_play, history)
    assert captures > games


@settings(deadline=None)
@given(st.integers(2, 6), st.lists(st.integers(-3, 40), max_size=60))
def test_any_sequence_of_numbers_is_played_or_refused_as_brute_force_says(
    size: int, moves: list[int]
) -> None:
    position, board = empty(size), Sgfmill(size)
    history = {seen(board)}
    for move in moves:
        found = after(board, move, position.to_play) if 0 <= move < size * size else None
        fine = not position.over and (
            move == size * size or (found is not None and seen(found) not in history)
        )
        assert (position.why_not(move) == "") == fine
        if not fine:
            with pytest.raises(IllegalMove):
                position.play(move)
            continue
        position = position.play(move)
        if found is not None:
            board = found
            history.add(seen(board))
        np.testing.assert_array_equal(position.stones, numbers(board))
        fresh = from_stones(position.stones, position.to_play)
        assert position.key == fresh.key, "The key is of the stones alone, however they came there."


@pytest.mark.parametrize(("size", "count"), [(2, 57), (3, 12675)])
def test_so_many_positions_can_be_set_up_as_tromp_counted(size: int, count: int) -> None:
    """https://tromp.github.io/go/legal.html: of 3^(n^2) boards, those without dead stones."""
    fine = 0
    for stones in product((EMPTY, BLACK, WHITE), repeat=size * size):
        try:
            from_stones(np.array(stones, np.int8).reshape(size, size), BLACK)
        except ValueError:
            continue
        fine += 1
    assert fine == count


def test_replayed_plays_as_positions_do_and_stops_where_it_cannot() -> None:
    random = np.random.default_rng(5)
    for size in (3, 5, 9):
        moves = random.integers(0, size * size + 1, size=400).astype(np.int16)
        position, played = empty(size), []
        for move in moves:
            if position.why_not(int(move)) == "" and position.number < 60:
                position = position.play(int(move))
                played.append(int(move))
        board = empty(size).board.copy()
        assert replayed(np.array(played, np.int16), size, board) == len(played)
        np.testing.assert_array_equal(board, position.board)
        occupied = int(np.flatnonzero(position.stones)[0])
        board = empty(size).board.copy()
        assert replayed(np.array([*played, occupied, size * size], np.int16), size, board) == len(played)
        np.testing.assert_array_equal(board, position.board)
