"""The rules of Go: captures, no suicide, positional superko, area scoring. Everything else builds on this.

Reading guide: `Position` is what the rest of the demo sees: a position that knows how to `play`, which moves
are `legal` and how it would `score`. The kernels that it calls are in board.py.

Moves are numbers: row * size + column from the upper left corner, and size * size is a pass. Rules are those
of Tromp and Taylor (https://tromp.github.io/go.html), but for suicide, which Chinese rules do not allow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from demos.go.board import (
    BLACK,
    EMPTY,
    LARGEST,
    SLOTS,
    SMALLEST,
    WALL,
    WHITE,
    ZOBRIST,
    Board,
    area_of,
    has_dead,
    known,
    legal_moves,
    new_key,
    padded,
    place,
    remember,
)

NAMES = {BLACK: "Black", WHITE: "White"}
RECENT = 5  # moves that a position remembers: the network looks at them
LONGEST = 1000  # moves of a game


class IllegalMove(ValueError):
    """Says in one sentence why a move is not allowed."""


@dataclass(frozen=True, eq=False, slots=True)
class Position:
    """A position with its past, as far as the rules need it. It never changes: `play` returns another one."""

    size: int
    board: Board  # padded, ((size + 2)^2,)
    to_play: int
    key: int  # Zobrist's, of the stones alone
    earlier: NDArray[np.int64]  # (SLOTS,) hash table of the keys of all positions so far, 0 is free
    recent: tuple[int, ...] = ()  # the last moves, newest first
    number: int = 0  # moves so far
    passes: int = 0  # passes in a row

    @property
    def points(self) -> int:
        """How many there are; also the number of the move that is a pass."""
        return self.size * self.size

    @property
    def over(self) -> bool:
        return self.passes >= 2 or self.number >= LONGEST

    @property
    def stones(self) -> Board:
        """(size, size) of EMPTY, BLACK and WHITE, a copy."""
        inner: Board = self.board.reshape(self.size + 2, self.size + 2)[1:-1, 1:-1].copy()
        return inner

    def legal(self) -> NDArray[np.bool_]:
        """(size * size + 1,): whether each move is allowed. Passing is, as long as the game is not over."""
        allowed = np.ones(self.points + 1, np.bool_)
        legal_moves(self.board, self.size, self.to_play, self.key, self.earlier, ZOBRIST, allowed)
        return allowed

    def why_not(self, move: int) -> str:
        """The reason why a move is not allowed, a sentence; empty if it is."""
        if not 0 <= move <= self.points:
            return "There is no such point on this board."
        if self.over:
            return "The game is over."
        if move == self.points:
            return ""
        board, captured = self.board.copy(), np.empty(self.points, np.int16)
        point = padded(move, self.size)
        if board[point] != EMPTY:
            return "There is a stone already."
        taken = place(board, self.size, point, self.to_play, captured)
        if taken < 0:
            return "That stone would have no liberties: suicide is not allowed."
        key = new_key(self.key, point, self.to_play, captured, taken, ZOBRIST)
        if known(self.earlier, key):
            return "That would repeat an earlier position of the whole board (ko)."
        return ""

    def play(self, move: int) -> Position:
        """The position after `move` of the player whose turn it is. Raises IllegalMove."""
        recent = (move, *self.recent[: RECENT - 1])
        other = BLACK + WHITE - self.to_play
        if move == self.points and not self.over:
            return replace(self, to_play=other, recent=recent, number=self.number + 1, passes=self.passes + 1)
        if reason := self.why_not(move):
            raise IllegalMove(reason)
        board, captured = self.board.copy(), np.empty(self.points, np.int16)
        point = padded(move, self.size)
        taken = place(board, self.size, point, self.to_play, captured)
        key = new_key(self.key, point, self.to_play, captured, taken, ZOBRIST)
        earlier = self.earlier.copy()
        remember(earlier, key)
        return Position(self.size, board, other, int(key), earlier, recent, self.number + 1, 0)

    def area(self) -> NDArray[np.int8]:
        """(size, size): whose each point is by Tromp and Taylor, BLACK, WHITE or EMPTY for nobody's."""
        owner = np.zeros(self.points, np.int8)
        area_of(self.board, self.size, owner)
        return owner.reshape(self.size, self.size)

    def without(self, dead: NDArray[np.bool_]) -> Position:
        """With the stones that are marked, (size, size), taken off as at the end of a game."""
        stones = self.stones
        stones[dead] = EMPTY
        return from_stones(stones, self.to_play)

    def score(self, komi: float) -> float:
        """Points by which Black is ahead, counting area: stones and what only they surround."""
        owner = self.area()
        return float((owner == BLACK).sum()) - float((owner == WHITE).sum()) - komi


def empty(size: int) -> Position:
    """The start of a game. Raises ValueError for boards that are not supported."""
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"Boards have {SMALLEST} to {LARGEST} points a side, not {size}.")
    return from_stones(np.zeros((size, size), np.int8), BLACK)


def from_stones(stones: Board, to_play: int) -> Position:
    """A position that was set up, (size, size) of EMPTY, BLACK and WHITE.

    Raises ValueError for one that no game has: stones without liberties, or not square.
    """
    size = len(stones)
    if stones.shape != (size, size) or not SMALLEST <= size <= LARGEST:
        raise ValueError("A board is square.")
    if not np.isin(stones, (EMPTY, BLACK, WHITE)).all():
        raise ValueError("A point is empty, black or white.")
    board = np.full((size + 2, size + 2), WALL, np.int8)
    board[1:-1, 1:-1] = stones
    flat = board.reshape(-1)
    if has_dead(flat, size):
        raise ValueError("There are stones without liberties.")
    key = 0
    for colour in (BLACK, WHITE):
        for point in np.flatnonzero(flat == colour):
            key ^= int(ZOBRIST[colour, point])
    earlier = np.zeros(SLOTS, np.int64)
    remember(earlier, key)
    return Position(size, flat, to_play, key, earlier)
