"""Counting: sgfmill's area score is the oracle where no stone is dead."""

from __future__ import annotations

import numpy as np
import pytest
from sgfmill.boards import Board  # type: ignore[import-untyped]

from demos.go.board import BLACK, EMPTY, WHITE
from demos.go.opponent import from_vertex
from demos.go.rules import Position, from_stones
from demos.go.scoring import chain_of, dead_stones, score, toggled


def position_of(*rows: str) -> Position:
    stones = np.array([[".XO".index(point) for point in row] for row in rows], np.int8)
    return from_stones(stones, BLACK)


ENDED = position_of(
    "..X.O",
    "XXXOO",
    "..XO.",
    "OXXOO",
    ".XO..",
)


def test_area_is_that_of_sgfmill() -> None:
    chance = np.random.default_rng(0)
    for _ in range(50):
        stones = chance.choice(np.array([EMPTY, BLACK, WHITE], np.int8), (7, 7), p=[0.6, 0.2, 0.2])
        try:
            position = from_stones(stones, BLACK)
        except ValueError:
            continue
        board = Board(7)
        for row, column in zip(*np.nonzero(stones), strict=True):
            board.play(6 - int(row), int(column), "b" if stones[row, column] == BLACK else "w")
        counted = score(position, 0.5)
        assert counted.black - counted.white == board.area_score()
        assert counted.lead == board.area_score() - 0.5


def test_dead_stones_are_taken_off() -> None:
    dead = from_vertex("A2", 5)
    alive, counted = score(ENDED, 6.5), score(ENDED, 6.5, [dead])
    assert counted.owner.reshape(-1)[dead] == BLACK
    assert (counted.black, counted.white) == (14, 10)
    assert alive.black < counted.black
    assert counted.result == "W+2.5"
    assert score(ENDED, 4.0, [dead]).result == "0"


def test_the_ownership_says_which_chains_are_dead() -> None:
    ownership = np.where(ENDED.stones == WHITE, -0.9, 0.9).astype(np.float32)
    assert dead_stones(ENDED, ownership) == []
    ownership[3, 0] = 0.8
    assert dead_stones(ENDED, ownership) == [from_vertex("A2", 5)]
    ownership[:] = 0
    assert dead_stones(ENDED, ownership) == []


def test_a_click_changes_a_whole_chain() -> None:
    chain = chain_of(ENDED, from_vertex("D2", 5))
    assert {from_vertex(name, 5) for name in ("D2", "E2", "D3", "D4", "E4", "E5")} == set(chain)
    dead = toggled(ENDED, [from_vertex("A2", 5)], chain[0])
    assert set(dead) == {from_vertex("A2", 5), *chain}
    assert toggled(ENDED, dead, chain[-1]) == [from_vertex("A2", 5)]
    assert toggled(ENDED, dead, from_vertex("A1", 5)) == dead


@pytest.mark.parametrize("komi", [-3.5, 0.0, 7.5])
def test_komi_is_whites(komi: float) -> None:
    assert score(ENDED, komi).lead == score(ENDED, 0).lead - komi
