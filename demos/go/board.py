"""The board, and the kernels that the rules of Go are made of, compiled by Numba.

Reading guide: a board is padded: an array of (size + 2)^2 points with a wall around, so that every point has
four neighbours. Chains are found by flood fill each time; on boards of this size that costs less than keeping
them up to date. `place` puts a stone and captures, `legal_moves` knows what is allowed, `area_of` counts.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

EMPTY, BLACK, WHITE, WALL = 0, 1, 2, 3
SMALLEST, LARGEST = 2, 19  # points a side
SLOTS = 2048  # of the table of earlier positions: a power of two, about twice the longest game

Board = NDArray[np.int8]

# Zobrist 1970: a position's key is the exclusive or of one random number for each stone.
ZOBRIST = np.random.default_rng(1970).integers(1, 2**62, size=(3, (LARGEST + 2) ** 2), dtype=np.int64)


@njit(cache=True)
def padded(move: int, size: int) -> int:
    """The number of a point on the board with walls."""
    return (move // size + 1) * (size + 2) + move % size + 1


@njit(cache=True)
def unpadded(point: int, size: int) -> int:
    return (point // (size + 2) - 1) * size + point % (size + 2) - 1


@njit(cache=True)
def chain(board, size, start, stones, marks, mark):  # type: ignore[no-untyped-def]
    """Flood fill: writes the points of the chain at `start` to `stones`, returns (their number, liberties).

    `marks` is as long as the board; entries equal to `mark` count as visited.
    """
    colour = board[start]
    stones[0] = start
    marks[start] = mark
    count, liberties, i = 1, 0, 0
    while i < count:
        point = stones[i]
        i += 1
        for step in (-1, 1, -size - 2, size + 2):
            next_to = point + step
            if marks[next_to] == mark:
                continue
            what = board[next_to]
            if what == colour:
                marks[next_to] = mark
                stones[count] = next_to
                count += 1
            elif what == EMPTY:
                marks[next_to] = mark
                liberties += 1
    return count, liberties


@njit(cache=True)
def breathes(board, size, start):  # type: ignore[no-untyped-def]
    """Whether the chain at `start` has a liberty: like `chain`, but stops at the first."""
    colour = board[start]
    for step in (-1, 1, -size - 2, size + 2):
        if board[start + step] == EMPTY:
            return True
    stack = np.empty(size * size, np.int16)
    seen = np.zeros(len(board), np.bool_)
    stack[0] = start
    seen[start] = True
    count = 1
    while count:
        count -= 1
        point = stack[count]
        for step in (-1, 1, -size - 2, size + 2):
            next_to = point + step
            if board[next_to] == EMPTY:
                return True
            if board[next_to] == colour and not seen[next_to]:
                seen[next_to] = True
                stack[count] = next_to
                count += 1
    return False


@njit(cache=True)
def take(board, size, start, captured, count):  # type: ignore[no-untyped-def]
    """Takes the chain at `start` off the board. Appends its points to `captured`, returns their number."""
    colour = board[start]
    board[start] = EMPTY
    captured[count] = start
    i = count
    count += 1
    while i < count:
        point = captured[i]
        i += 1
        for step in (-1, 1, -size - 2, size + 2):
            next_to = point + step
            if board[next_to] == colour:
                board[next_to] = EMPTY
                captured[count] = next_to
                count += 1
    return count


@njit(cache=True)
def place(board, size, point, colour, captured):  # type: ignore[no-untyped-def]
    """Puts a stone on an empty point and takes what it captures; ko is not looked at.

    Returns how many stones were captured, their points in `captured`; -1 and the board as it was for suicide.
    """
    board[point] = colour
    other = 3 - colour
    count = 0
    for step in (-1, 1, -size - 2, size + 2):
        next_to = point + step
        if board[next_to] == other and not breathes(board, size, next_to):
            count = take(board, size, next_to, captured, count)
    if count == 0 and not breathes(board, size, point):
        board[point] = EMPTY
        return -1
    return count


@njit(cache=True)
def new_key(key, point, colour, captured, count, zobrist):  # type: ignore[no-untyped-def]
    key ^= zobrist[colour, point]
    for i in range(count):
        key ^= zobrist[3 - colour, captured[i]]
    return key


@njit(cache=True)
def known(earlier, key):  # type: ignore[no-untyped-def]
    """Whether the key stands in the table. The empty board's, which is 0, is kept as 1."""
    key = key if key else 1
    slot = key & (SLOTS - 1)
    while earlier[slot]:
        if earlier[slot] == key:
            return True
        slot = (slot + 1) & (SLOTS - 1)
    return False


@njit(cache=True)
def remember(earlier, key):  # type: ignore[no-untyped-def]
    key = key if key else 1
    slot = key & (SLOTS - 1)
    while earlier[slot] and earlier[slot] != key:
        slot = (slot + 1) & (SLOTS - 1)
    earlier[slot] = key


@njit(cache=True)
def chains_of(board, size, chain_at, liberties, lengths):  # type: ignore[no-untyped-def]
    """All chains at once. `chain_at` gets 1, 2, … for each point with a stone and 0 elsewhere.

    `liberties` and `lengths` are by the number of the chain. Returns the number of the last chain.
    """
    chain_at[:] = 0
    marks = np.zeros(len(board), np.int16)
    stones = np.empty(size * size, np.int16)
    last = 0
    for move in range(size * size):
        point = padded(move, size)
        if board[point] == EMPTY or chain_at[point]:
            continue
        last += 1
        lengths[last], liberties[last] = chain(board, size, point, stones, marks, last)
        for i in range(lengths[last]):
            chain_at[stones[i]] = last
    return last


@njit(cache=True)
def legal_moves(board, size, colour, key, earlier, zobrist, allowed):  # type: ignore[no-untyped-def]
    """Writes for every point whether `colour` may play there, superko included."""
    chain_at = np.empty(len(board), np.int16)
    liberties = np.empty(size * size + 1, np.int16)
    lengths = np.empty(size * size + 1, np.int16)
    captured = np.empty(size * size, np.int16)
    chains_of(board, size, chain_at, liberties, lengths)
    other = 3 - colour
    for move in range(size * size):
        point = padded(move, size)
        allowed[move] = False
        if board[point] != EMPTY:
            continue
        breathing = captures = False
        for step in (-1, 1, -size - 2, size + 2):
            what = board[point + step]
            if what == EMPTY:
                breathing = True
            elif what == colour:
                breathing = breathing or liberties[chain_at[point + step]] > 1
            elif what == other:
                captures = captures or liberties[chain_at[point + step]] == 1
        if captures:
            after = board.copy()
            count = place(after, size, point, colour, captured)
            allowed[move] = not known(earlier, new_key(key, point, colour, captured, count, zobrist))
        elif breathing:
            allowed[move] = not known(earlier, key ^ zobrist[colour, point])


@njit(cache=True)
def has_dead(board, size):  # type: ignore[no-untyped-def]
    for move in range(size * size):
        point = padded(move, size)
        if board[point] != EMPTY and not breathes(board, size, point):
            return True
    return False


@njit(cache=True)
def area_of(board, size, owner):  # type: ignore[no-untyped-def]
    """Writes whose each point is: stones, and empty regions that reach stones of one colour only."""
    marks = np.zeros(len(board), np.bool_)
    region = np.empty(size * size, np.int16)
    for move in range(size * size):
        point = padded(move, size)
        if board[point] != EMPTY:
            owner[move] = board[point]
            continue
        if marks[point]:
            continue
        region[0] = point
        marks[point] = True
        count, i, reached = 1, 0, 0
        while i < count:
            for step in (-1, 1, -size - 2, size + 2):
                next_to = region[i] + step
                what = board[next_to]
                if what in (BLACK, WHITE):
                    reached |= what
                elif what == EMPTY and not marks[next_to]:
                    marks[next_to] = True
                    region[count] = next_to
                    count += 1
            i += 1
        for j in range(count):
            owner[unpadded(region[j], size)] = reached if reached < 3 else EMPTY


@njit(cache=True)
def replayed(moves, size, board):  # type: ignore[no-untyped-def]
    """Plays `moves`, Black first, onto an empty padded board; ko is not looked at.

    Returns how many were played: all of them, or those before the first that is not possible.
    """
    captured = np.empty(size * size, np.int16)
    colour = BLACK
    for i in range(len(moves)):
        if moves[i] < size * size:
            point = padded(moves[i], size)
            if board[point] != EMPTY or place(board, size, point, colour, captured) < 0:
                return i
        colour = 3 - colour
    return len(moves)
