"""The games that the network learns from: 9-dan players on the Tygem server, from yenw/computer-go-dataset.

Reading guide: `read` turns the archives of that repository into `Games`, a few arrays; `write_batch` is the
kernel that deals positions out. A position costs less to replay than to store.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from demos.go.board import BLACK, SLOTS, WHITE, new_key, padded, place, remember, replayed
from demos.go.features import write_planes
from demos.go.rules import RECENT, empty

SIZE = 19
POINTS = SIZE * SIZE
KOMI = 6.5  # of the server, under Korean rules
SHORTEST = 50  # moves; who resigns earlier had other reasons

EMPTY_BOARD = empty(SIZE).board


@dataclass(frozen=True)
class Games:
    """Games of 19x19, `moves` one after another; game i has moves[starts[i]:starts[i + 1]]."""

    moves: NDArray[np.int16]
    starts: NDArray[np.int64]  # (games + 1,)
    winner: NDArray[np.int8]  # (games,) BLACK, WHITE, or 0 where the clock decided
    margin: NDArray[np.float32]  # (games,) points by which Black was ahead before komi, nan if not counted

    def __len__(self) -> int:
        return len(self.winner)

    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.starts)

    def save(self, path: Path) -> None:
        np.savez(path, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @classmethod
    def load(cls, path: Path) -> Games:
        with np.load(path) as kept:
            return cls(**{name: kept[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Entry:
    """What the index knows of a game."""

    players: tuple[str, str]
    winner: int
    margin: float  # nan if not counted


# ---- reading --------------------------------------------------------------------------------------------


def months(data: Path, first: str, last: str) -> list[str]:
    """The months for which there are games, as "2005-11", from `first` to `last`."""
    found = sorted(path.stem for path in (data / "TYGEM" / "Kifu").glob("*.zip"))
    return [month for month in found if first <= month <= last]


def index_of(data: Path, years: Iterable[str]) -> dict[int, Entry]:
    """All games that the server's index lists for these years, by their number."""
    found: dict[int, Entry] = {}
    for year in sorted(set(years)):
        path = data / "TYGEM" / "index" / f"Kifu{year}.zip"
        for line in lines_of(path):
            fields = line.decode("utf-8", "replace").rstrip("\r\n").split("\t")
            if len(fields) < 10 or not fields[0].isdigit():
                continue
            winner, margin = result(fields[8])
            found[int(fields[0])] = Entry((fields[3] or fields[2], fields[6] or fields[5]), winner, margin)
    return found


def result(text: str) -> tuple[int, float]:
    """Winner and Black's lead before komi: "W+3.5" is (WHITE, 3.0), resignations have no lead."""
    side, _, how = text.partition("+")
    winner = {"B": BLACK, "W": WHITE}.get(side, 0)
    if how == "Resign":
        return winner, float("nan")
    try:
        points = float(how)
    except ValueError:  # the clock or the network decided
        return 0, float("nan")
    return winner, (points if winner == BLACK else -points) + KOMI


def lines_of(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield from archive.read(name).splitlines()


def moves_of(record: bytes) -> NDArray[np.int16] | None:
    """ ";B[pd];W[dd]…" as numbers; None where Black and White do not alternate or something else stands."""
    letters = np.frombuffer(record.strip(), np.uint8)
    if len(letters) % 6 or not len(letters):
        return None
    letters = letters.reshape(-1, 6)
    if (letters[:, [0, 2, 5]] != np.frombuffer(b";[]", np.uint8)).any():
        return None
    if (letters[0::2, 1] != ord("B")).any() or (letters[1::2, 1] != ord("W")).any():
        return None
    columns, rows = (letters[:, i].astype(np.int16) - ord("a") for i in (3, 4))
    if ((columns < 0) | (rows < 0)).any():
        return None
    on_board = (columns < SIZE) & (rows < SIZE)
    return np.where(on_board, rows * SIZE + columns, POINTS).astype(np.int16)


def read(
    data: Path, first: str, last: str, *, without: frozenset[str] = frozenset()
) -> tuple[Games, frozenset[str]]:
    """The games of some months without those of some players, and the players of what was read."""
    chosen = months(data, first, last)
    index = index_of(data, (month[:4] for month in chosen))
    moves: list[NDArray[np.int16]] = []
    winners, margins, players = [], [], set[str]()
    for month in chosen:
        for line in lines_of(data / "TYGEM" / "Kifu" / f"{month}.zip"):
            number, _, record = line.partition(b"\t")
            entry = index.get(int(number)) if number.isdigit() else None
            if entry is None or without.intersection(entry.players):
                continue
            game = moves_of(record)
            if game is None or len(game) < SHORTEST:
                continue
            if replayed(game, SIZE, EMPTY_BOARD.copy()) < len(game):
                continue
            moves.append(game)
            winners.append(entry.winner)
            margins.append(entry.margin)
            players.update(entry.players)
    starts = np.zeros(len(moves) + 1, np.int64)
    starts[1:] = np.cumsum([len(game) for game in moves])
    games = Games(
        np.concatenate(moves) if moves else np.empty(0, np.int16),
        starts,
        np.array(winners, np.int8),
        np.array(margins, np.float32),
    )
    return games, frozenset(players)


# ---- kernels --------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def write_batch(moves, starts, games, plies, turned, komi, zobrist, blank, planes):  # type: ignore[no-untyped-def]
    """Fills `planes`, (B, planes, 361), with the positions before move plies[i] of games[i].

    `turned`, (B, 362), says where each point goes; `komi` is (B,).
    """
    captured = np.empty(361, np.int16)
    recent = np.empty(RECENT, np.int16)
    for i in range(len(games)):
        board, earlier = blank.copy(), np.zeros(SLOTS, np.int64)
        key, colour = np.int64(0), 1
        remember(earlier, key)
        recent[:] = 361
        begin = starts[games[i]]
        for j in range(plies[i]):
            move = turned[i, moves[begin + j]]
            recent[1:] = recent[:-1].copy()
            recent[0] = move
            if move < 361:
                point = padded(move, 19)
                count = place(board, 19, point, colour, captured)
                key = new_key(key, point, colour, captured, count, zobrist)
                remember(earlier, key)
            colour = 3 - colour
        planes[i] = 0
        write_planes(board, 19, colour, key, earlier, recent, komi[i], zobrist, planes[i])
