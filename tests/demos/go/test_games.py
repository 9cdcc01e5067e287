"""Reading the data set from a tiny archive, and dealing its positions out."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from demos.go.board import BLACK, WHITE, ZOBRIST
from demos.go.features import PLANES, SYMMETRIES, planes, symmetry
from demos.go.games import (
    EMPTY_BOARD,
    KOMI,
    POINTS,
    SIZE,
    Games,
    index_of,
    months,
    moves_of,
    read,
    result,
    write_batch,
)
from demos.go.rules import Position, empty

LETTERS = "abcdefghijklmnopqrst"


def record_of(moves: NDArray[np.int16]) -> str:
    """As a line of the data set has it: the column comes first, "tt" is a pass."""
    text = ""
    for i, move in enumerate(moves):
        row, column = divmod(int(move), SIZE) if move < POINTS else (SIZE, SIZE)
        text += f";{'BW'[i % 2]}[{LETTERS[column]}{LETTERS[row]}]"
    return text


def random_game(seed: int, length: int, width: int = SIZE) -> NDArray[np.int16]:
    """Random allowed moves in a corner of some width, so narrow that much is captured; few passes."""
    random, position = np.random.default_rng(seed), empty(SIZE)
    rows, columns = np.divmod(np.arange(POINTS), SIZE)
    corner = (rows < width) & (columns < width)
    moves: list[int] = []
    while len(moves) < length:
        allowed = position.legal()[:-1]
        inside = np.flatnonzero(allowed & corner)
        move = int(random.choice(inside)) if len(inside) and random.random() > 0.02 else POINTS
        if move == POINTS and position.passes:
            move = int(np.flatnonzero(allowed)[-1])
        position = position.play(move)
        moves.append(move)
    return np.array(moves, np.int16)


def games_of(
    *records: NDArray[np.int16], winner: list[int] | None = None, margin: list[float] | None = None
) -> Games:
    return Games(
        np.concatenate(records),
        np.cumsum([0, *map(len, records)]),
        np.array(winner or [BLACK] * len(records), np.int8),
        np.array(margin or [math.nan] * len(records), np.float32),
    )


def archive(path: Path, lines: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(path.stem, "\r\n".join(lines) + "\r\n")


def entry(number: int, black: str, white: str, how: str) -> str:
    return f"{number}\tC2005.11.02 10:48\t{black}\t{black}-id\t9\t{white}\t{white}-id\t9\t{how}\t120\t10/3 1m"


def data_set(
    folder: Path, month: str, games: dict[int, tuple[str, str, str, NDArray[np.int16]]], extra: list[str]
) -> None:
    """One month and the index of its year."""
    index = [entry(number, black, white, how) for number, (black, white, how, _) in games.items()]
    archive(folder / "TYGEM" / "index" / f"Kifu{month[:4]}.zip", ["no entry", *index, ""])
    lines = [f"{number}\t{record_of(moves)}" for number, (*_, moves) in games.items()]
    archive(folder / "TYGEM" / "Kifu" / f"{month}.zip", [*lines, *extra])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("B+Resign", (BLACK, math.nan)),
        ("W+Resign", (WHITE, math.nan)),
        ("W+3.5", (WHITE, 3.0)),
        ("B+0.5", (BLACK, 7.0)),
        ("W+10.5", (WHITE, -4.0)),
        ("B+Time", (0, math.nan)),
        ("W+Offline", (0, math.nan)),
        ("", (0, math.nan)),
        ("Draw", (0, math.nan)),
        ("B+", (0, math.nan)),
    ],
)
def test_results(text: str, expected: tuple[int, float]) -> None:
    np.testing.assert_equal(result(text), expected)


@pytest.mark.parametrize("points", [0.5, 1.5, 6.5, 7.5, 40.5])
def test_a_margin_says_with_komi_who_won(points: float) -> None:
    assert result(f"B+{points}")[1] - KOMI == points
    assert KOMI - result(f"W+{points}")[1] == points


def test_moves_are_columns_and_rows_from_the_upper_left() -> None:
    found = moves_of(b";B[pd];W[dp];B[aa];W[ss];B[tt]\r\n")
    assert found is not None
    assert found.dtype == np.int16
    assert found.tolist() == [3 * 19 + 15, 15 * 19 + 3, 0, 360, 361]
    game = random_game(1, 200)
    np.testing.assert_array_equal(moves_of(record_of(game).encode()), game)


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"(;B[pd])",
        b";W[pd];B[dd]",
        b";B[pd];B[dd]",
        b";B[pd];W[dd",
        b";B[pd]W[dd];",
        b";B[PD];W[dd]",
        b";B[];W[dd]",
        b";B[pd];W[dd];AB[aa]",
        b"\xff\xfe;B[pd]",
    ],
)
def test_what_is_no_plain_record_is_left_out(record: bytes) -> None:
    assert moves_of(record) is None


def test_months_are_those_that_are_there_from_the_first_to_the_last(tmp_path: Path) -> None:
    for month in ("2006-02", "2005-11", "2007-01", "2005-12"):
        archive(tmp_path / "TYGEM" / "Kifu" / f"{month}.zip", [])
    assert months(tmp_path, "2005-12", "2006-12") == ["2005-12", "2006-02"]
    assert months(tmp_path, "2008-01", "2009-12") == []


def test_reading_keeps_whole_games_and_knows_their_players(tmp_path: Path) -> None:
    good, short, other = random_game(1, 80), random_game(2, 49), random_game(3, 60)
    broken = good.copy()
    broken[30] = broken[29] if broken[29] < POINTS else broken[28]
    data_set(
        tmp_path,
        "2005-11",
        {
            1: ("anna", "ben", "B+Resign", good),
            2: ("anna", "ben", "W+3.5", short),
            3: ("anna", "carl", "W+3.5", broken),
            4: ("dora", "emil", "W+2.5", other),
            5: ("dora", "fred", "B+Time", good),
        },
        ["", "no number", "6\t" + record_of(good), "x\t" + record_of(good), "4\t(;broken"],
    )
    index = index_of(tmp_path, ["2005", "2005"])
    assert sorted(index) == [1, 2, 3, 4, 5]
    assert index[1].players == ("anna-id", "ben-id")
    games, players = read(tmp_path, "2005-11", "2005-11")
    assert len(games) == 3
    assert games.lengths().tolist() == [80, 60, 80]
    np.testing.assert_array_equal(games.moves, np.concatenate([good, other, good]))
    assert games.winner.tolist() == [BLACK, WHITE, 0]
    np.testing.assert_array_equal(games.margin, np.array([np.nan, 4.0, np.nan], np.float32))
    assert players == {"anna-id", "ben-id", "dora-id", "emil-id", "fred-id"}, (
        "Only those of games that count."
    )
    without, _ = read(tmp_path, "2005-11", "2005-11", without=frozenset({"emil-id"}))
    assert without.winner.tolist() == [BLACK, 0]
    nothing, nobody = read(tmp_path, "2011-01", "2011-12")
    assert (len(nothing), nobody) == (0, frozenset())


def test_games_are_kept_as_they_are(tmp_path: Path) -> None:
    games = games_of(random_game(1, 60), random_game(2, 70), winner=[1, 2], margin=[7.0, math.nan])
    games.save(tmp_path / "games.npz")
    loaded = Games.load(tmp_path / "games.npz")
    for name in ("moves", "starts", "winner", "margin"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(games, name))
        assert getattr(loaded, name).dtype == getattr(games, name).dtype


def test_the_empty_board_has_a_wall() -> None:
    np.testing.assert_array_equal(EMPTY_BOARD, empty(SIZE).board)


def replay(moves: NDArray[np.int16], number: int) -> Position:
    """Played through one by one, the board seen under one of the symmetries."""
    position, moved = empty(SIZE), np.append(symmetry(number, SIZE), POINTS)
    for move in moves:
        position = position.play(int(moved[move]))
    return position


@pytest.mark.parametrize("number", range(SYMMETRIES))
def test_dealt_positions_are_those_that_playing_leads_to(number: int) -> None:
    games = games_of(random_game(5, 150, width=5), random_game(6, 120), random_game(7, 300, width=8))
    chosen = np.array([0, 0, 0, 1, 1, 2, 2, 2, 0])
    plies = np.array([0, 1, 149, 60, 119, 3, 150, 299, 75])
    komi = np.array([6.5, -20.5, 7.5, 0.5, 30.5, 6.5, 6.5, 6.5, 6.5], np.float32)
    turned = np.tile(np.append(symmetry(number, SIZE), POINTS), (len(chosen), 1))
    found = np.full((len(chosen), len(PLANES), POINTS), np.nan, np.float32)
    write_batch(games.moves, games.starts, chosen, plies, turned, komi, ZOBRIST, EMPTY_BOARD, found)
    refused = 0.0
    for i in range(len(chosen)):
        moves = games.moves[games.starts[chosen[i]] :][: plies[i]]
        position = replay(moves, number)
        expected = planes(position, float(komi[i])).reshape(len(PLANES), -1)
        np.testing.assert_array_equal(found[i], expected)
        refused += found[i][PLANES.index("empty and not allowed")].sum()
    assert refused > 0
