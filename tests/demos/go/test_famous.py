"""The famous games: their records, and their famous moves."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from sgfmill.sgf import Sgf_game  # type: ignore[import-untyped]

from demos.go.board import BLACK, EMPTY, WHITE
from demos.go.famous import FAMOUS, Famous
from demos.go.opponent import from_vertex, vertex
from demos.go.rules import NAMES, Position, empty

CREDITS = Path(__file__).parents[3] / "assets" / "CREDITS.md"
LENGTHS = {"lee-2": 211, "lee-4": 180, "zero": 255}
MOMENTS = {"lee-2": (BLACK, "P10"), "lee-4": (WHITE, "L11"), "zero": (BLACK, "C3")}


def replayed(one: Famous) -> list[tuple[Position, int]]:
    """Every position with the move that was played there, read by sgfmill alone."""
    game = Sgf_game.from_bytes(one.path.read_bytes())
    position, found = empty(game.get_size()), []
    for node in game.get_main_sequence()[1:]:
        colour, (row, column) = node.get_move()
        assert colour == {BLACK: "b", WHITE: "w"}[position.to_play]
        move = (position.size - 1 - row) * position.size + column
        found.append((position, move))
        position = position.play(move)
    return found


def test_the_three_games_are_there() -> None:
    assert list(FAMOUS) == list(LENGTHS)
    assert all(one.key == key for key, one in FAMOUS.items())


@pytest.mark.parametrize("one", FAMOUS.values(), ids=FAMOUS)
def test_a_record_is_legal_and_whole(one: Famous) -> None:
    moves = replayed(one)
    assert len(moves) == LENGTHS[one.key]
    record = one.record
    assert record.warning == ""
    assert record.komi == 7.5
    assert record.result in ("B+R", "W+R")
    assert all(record.players)
    assert record.moves(record.end()) == [move for _, move in moves]


@pytest.mark.parametrize("one", FAMOUS.values(), ids=FAMOUS)
def test_a_record_is_one_line_of_play_without_comments(one: Famous) -> None:
    text = one.path.read_text(encoding="utf-8")
    assert text.count("(;") == 1
    named = {"EV", "RO", "PC", "DT", "PB", "PW", "WR", "RE"}
    assert set(re.findall(r"([A-Z]+)\[", text)) <= {"FF", "GM", "CA", "SZ", "RU", "KM", "B", "W"} | named


@pytest.mark.parametrize("one", FAMOUS.values(), ids=FAMOUS)
def test_the_famous_move_is_where_it_is_said_to_be(one: Famous) -> None:
    position, move = replayed(one)[one.moment - 1]
    colour, point = MOMENTS[one.key]
    assert position.to_play == colour
    assert vertex(move, 19) == point
    assert point in one.sentence
    assert f"{NAMES[colour]}'s move {one.moment}" in one.sentence or f"move {one.moment} at" in one.sentence


def test_move_37_is_a_shoulder_hit_on_the_fifth_line() -> None:
    """Diagonally above a white stone on the fourth line from the right, nothing else beside it."""
    position, move = replayed(FAMOUS["lee-2"])[36]
    row, column = divmod(move, 19)
    assert 19 - column == 5
    stones = position.stones
    assert WHITE in (stones[row - 1, column + 1], stones[row + 1, column + 1])
    near = [
        stones[row - 1, column],
        stones[row + 1, column],
        stones[row, column - 1],
        stones[row, column + 1],
    ]
    assert near == [EMPTY] * 4


def test_move_78_is_a_wedge_between_two_black_stones() -> None:
    position, move = replayed(FAMOUS["lee-4"])[77]
    row, column = divmod(move, 19)
    stones = position.stones
    pairs = [
        (stones[row, column - 1], stones[row, column + 1]),
        (stones[row - 1, column], stones[row + 1, column]),
    ]
    assert (BLACK, BLACK) in pairs


def test_move_7_enters_the_corner_below_a_stone_on_the_star_point() -> None:
    position, move = replayed(FAMOUS["zero"])[6]
    assert move == from_vertex("C3", 19)
    corner = position.stones[-6:, :6]
    assert np.argwhere(corner).tolist() == [[2, 3]]
    assert corner[2, 3] == WHITE


def test_the_two_games_of_the_match_begin_alike() -> None:
    """A check against another source: the first eleven moves of both games were the same."""
    first, second = (replayed(FAMOUS[key]) for key in ("lee-2", "lee-4"))
    assert [move for _, move in first[:11]] == [move for _, move in second[:11]]
    assert first[11][1] != second[11][1]


@pytest.mark.parametrize("one", FAMOUS.values(), ids=FAMOUS)
def test_every_record_is_credited(one: Famous) -> None:
    assert f"`games/{one.path.name}`" in CREDITS.read_text(encoding="utf-8")
