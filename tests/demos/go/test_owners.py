"""Whose each point was at the end, with a program in GNU Go's place that names the dead."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from demos.go.board import BLACK, WHITE
from demos.go.games import POINTS, SIZE
from demos.go.opponent import vertex
from demos.go.owners import AGREEMENT, owners_of
from demos.go.rules import empty


class Judge:
    """Listens like an Opponent and knows which stones are dead."""

    def __init__(self, dead: list[int]) -> None:
        self.dead, self.heard = dead, list[tuple[int, int]]()

    def start(self, size: int, komi: float) -> None:
        assert (size, komi) == (SIZE, 0)
        self.heard.clear()

    def play(self, colour: int, move: int, size: int) -> None:
        self.heard.append((colour, move))

    def ask(self, command: str) -> str:
        assert command == "final_status_list dead"
        return " ".join(vertex(move, SIZE) for move in self.dead)


@pytest.fixture
def moves() -> NDArray[np.int16]:
    """Two walls down the board, columns 8 and 10, a white stone inside Black's area, and two passes."""
    black = [row * SIZE + 8 for row in range(SIZE)]
    white = [row * SIZE + 10 for row in range(SIZE)]
    inside, passes = 5 * SIZE + 3, [POINTS, POINTS]
    turns = [move for pair in zip(black, white, strict=True) for move in pair]
    return np.array([*turns, POINTS, inside, *passes], np.int16)


def owners(moves: NDArray[np.int16], margin: float, dead: list[int]) -> NDArray[np.int8] | None:
    judge = Judge(dead)
    found = owners_of(moves, margin, judge)  # type: ignore[arg-type]
    colours = [BLACK if i % 2 == 0 else WHITE for i in range(len(moves))]
    assert judge.heard == list(zip(colours, moves.tolist(), strict=True))
    return found


def test_dead_stones_are_taken_off_and_the_area_is_shared_out(moves: NDArray[np.int16]) -> None:
    found = owners(moves, 9 * SIZE - 9 * SIZE, [5 * SIZE + 3])
    assert found is not None
    assert found.dtype == np.int8
    columns = np.arange(POINTS) % SIZE
    np.testing.assert_array_equal(found, np.select([columns < 9, columns > 9], [1, -1], 0))


def test_it_is_the_area_of_the_position_without_the_dead(moves: NDArray[np.int16]) -> None:
    position = empty(SIZE)
    for move in moves:
        position = position.play(int(move))
    dead = np.zeros((SIZE, SIZE), np.bool_)
    dead[5, 3] = True
    expected = np.array([0, 1, -1])[position.without(dead).area()].reshape(-1)
    np.testing.assert_array_equal(owners(moves, 0, [5 * SIZE + 3]), expected)


@pytest.mark.parametrize(("margin", "agrees"), [(0, True), (AGREEMENT, True), (-AGREEMENT, True), (2, False)])
def test_a_result_that_does_not_fit_leaves_the_game_out(
    moves: NDArray[np.int16], margin: float, agrees: bool
) -> None:
    assert (owners(moves, margin, [5 * SIZE + 3]) is not None) == agrees


def test_a_living_stone_makes_the_area_around_it_nobody_s(moves: NDArray[np.int16]) -> None:
    found = owners(moves, SIZE - 1 - 9 * SIZE, [])
    assert found is not None
    assert found[0] == 0
    assert found[5 * SIZE + 3] == -1
