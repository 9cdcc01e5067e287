"""What the network is shown of a position: a stack of planes, each as large as the board.

Reading guide: `PLANES` names them; most are AlphaGo's (Silver et al. 2016, Extended Data Table 2), from the
view of the player whose turn it is. `write_planes` is the kernel behind them, `ladder_caught` the only
reading ahead in it: a ladder is a zigzag over the whole board that a small network cannot follow.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from demos.go.board import WHITE, ZOBRIST, chain, chains_of, legal_moves, padded, place, unpadded
from demos.go.rules import RECENT, Position

PLANES = (
    "on the board",
    "own stones",
    "opponent's stones",
    "chains with 1 liberty",
    "chains with 2 liberties",
    "chains with 3 liberties",
    "empty and not allowed",
    *(f"move {i} before" for i in range(1, RECENT + 1)),
    "captures 1 stone",
    "captures 2 or more",
    "1 liberty after playing here",
    "2 liberties after playing here",
    "3 or more liberties after playing here",
    "starts a ladder that works",
    "escapes from a ladder",
    "komi / 10",
)
# Where they stand in the stack; the kernels know no strings.
ON_BOARD, OWN, OTHERS, CHAINS, FORBIDDEN, LAST_MOVES, CAPTURES, BREATHS, LADDER, ESCAPE, KOMI = (
    0, 1, 2, 3, 6, 7, 12, 14, 17, 18, 19,
)  # fmt: skip
KOMI_SCALE = 10.0  # points
NODES = 150  # moves that are read of one ladder
SYMMETRIES = 8


def planes(position: Position, komi: float) -> NDArray[np.float32]:
    """(len(PLANES), size, size). `komi` is what White is given."""
    found = np.zeros((len(PLANES), position.points), np.float32)
    recent = np.full(RECENT, position.points, np.int16)
    recent[: len(position.recent)] = position.recent
    write_planes(
        position.board,
        position.size,
        position.to_play,
        position.key,
        position.earlier,
        recent,
        komi,
        ZOBRIST,
        found,
    )
    return found.reshape(-1, position.size, position.size)


def symmetry(number: int, size: int) -> NDArray[np.int64]:
    """Where each point goes, (size * size,), under one of the eight symmetries; 0 leaves all in place.

    Bit 0 mirrors left and right, bit 1 top and bottom, bit 2 swaps rows and columns at last.
    """
    rows, columns = np.divmod(np.arange(size * size), size)
    if number & 1:
        columns = size - 1 - columns
    if number & 2:
        rows = size - 1 - rows
    if number & 4:
        rows, columns = columns, rows
    moved: NDArray[np.int64] = rows * size + columns
    return moved


# ---- kernels --------------------------------------------------------------------------------------------


@njit(cache=True)
def write_planes(board, size, colour, key, earlier, recent, komi, zobrist, out):  # type: ignore[no-untyped-def]
    """Fills `out`, (len(PLANES), size * size), which is all zeros before."""
    other = 3 - colour
    chain_at = np.empty(len(board), np.int16)
    liberties = np.empty(size * size + 1, np.int16)
    lengths = np.empty(size * size + 1, np.int16)
    captured = np.empty(size * size, np.int16)
    marks = np.zeros(len(board), np.int16)
    stones = np.empty(size * size, np.int16)
    allowed = np.empty(size * size + 1, np.bool_)
    legal_moves(board, size, colour, key, earlier, zobrist, allowed)
    last = chains_of(board, size, chain_at, liberties, lengths)
    own_komi = (komi if colour == WHITE else -komi) / KOMI_SCALE
    for move in range(size * size):
        point = padded(move, size)
        out[ON_BOARD, move] = 1
        out[KOMI, move] = own_komi
        what = board[point]
        if what:
            out[OWN if what == colour else OTHERS, move] = 1
            if liberties[chain_at[point]] <= 3:
                out[CHAINS + liberties[chain_at[point]] - 1, move] = 1
            continue
        if not allowed[move]:
            out[FORBIDDEN, move] = 1
            continue
        after = board.copy()
        count = place(after, size, point, colour, captured)
        if count:
            out[CAPTURES + min(count, 2) - 1, move] = 1
        _, breaths = chain(after, size, point, stones, marks, move + 1)
        out[BREATHS + min(breaths, 3) - 1, move] = 1
    for i in range(len(recent)):
        if recent[i] < size * size:
            out[LAST_MOVES + i, recent[i]] = 1
    for number in range(1, last + 1):
        if liberties[number] > 2:
            continue
        start = first_of(chain_at, number)
        if board[start] == colour and liberties[number] == 1:
            mark_escapes(board, size, start, allowed, out)
        elif board[start] == other and liberties[number] == 2:
            mark_ladders(board, size, start, allowed, out)


@njit(cache=True)
def first_of(chain_at, number):  # type: ignore[no-untyped-def]
    for point in range(len(chain_at)):
        if chain_at[point] == number:
            return point
    return -1


@njit(cache=True)
def liberties_of(board, size, start, found):  # type: ignore[no-untyped-def]
    """Writes up to three liberties of the chain at `start` to `found`; returns how many, 3 for more."""
    marks = np.zeros(len(board), np.bool_)
    stack = np.empty(size * size, np.int16)
    colour = board[start]
    stack[0] = start
    marks[start] = True
    count, n = 1, 0
    while count:
        count -= 1
        point = stack[count]
        for step in (-1, 1, -size - 2, size + 2):
            next_to = point + step
            if marks[next_to]:
                continue
            if board[next_to] == 0:
                marks[next_to] = True
                found[n] = next_to
                n += 1
                if n == 3:
                    return 3
            elif board[next_to] == colour:
                marks[next_to] = True
                stack[count] = next_to
                count += 1
    return n


@njit(cache=True)
def ways_out(board, size, start, found):  # type: ignore[no-untyped-def]
    """Moves that may save a chain in atari: its liberty, and captures of neighbours in atari."""
    n = 0
    marks = np.zeros(len(board), np.bool_)
    stack = np.empty(size * size, np.int16)
    breath = np.empty(3, np.int16)
    colour = board[start]
    stack[0] = start
    marks[start] = True
    count = 1
    while count:
        count -= 1
        point = stack[count]
        for step in (-1, 1, -size - 2, size + 2):
            next_to = point + step
            if marks[next_to]:
                continue
            what = board[next_to]
            if what == colour:
                marks[next_to] = True
                stack[count] = next_to
                count += 1
            elif what == 0:
                marks[next_to] = True
                found[n] = next_to
                n += 1
            elif what == 3 - colour:
                marks[next_to] = True
                if liberties_of(board, size, next_to, breath) == 1 and not contains(found, n, breath[0]):
                    found[n] = breath[0]
                    n += 1
            if n == len(found):
                return n
    return n


@njit(cache=True)
def contains(found, n, point):  # type: ignore[no-untyped-def]
    for i in range(n):  # noqa: SIM110  # Numba knows no generators
        if found[i] == point:
            return True
    return False


@njit(cache=True)
def ladder_caught(board, size, start, nodes):  # type: ignore[no-untyped-def]
    """Whether the chain at `start`, in atari and its owner to move, is lost in a ladder.

    `nodes`, (1,), counts what is left of the moves to read; where they run out it counts as escaped.
    """
    colour = board[start]
    captured = np.empty(size * size, np.int16)
    breath = np.empty(3, np.int16)
    options = np.empty(8, np.int16)
    n = ways_out(board, size, start, options)
    for i in range(n):
        nodes[0] -= 1
        if nodes[0] <= 0:
            return False
        after = board.copy()
        if place(after, size, options[i], colour, captured) < 0:
            continue
        liberties = liberties_of(after, size, start, breath)
        if liberties >= 3:
            return False
        if liberties < 2:
            continue
        caught = False
        for j in range(2):
            chased = after.copy()
            if place(chased, size, breath[j], 3 - colour, captured) < 0:
                continue
            if ladder_caught(chased, size, start, nodes):
                caught = True
                break
        if not caught:
            return False
    return True


@njit(cache=True)
def mark_escapes(board, size, start, allowed, out):  # type: ignore[no-untyped-def]
    """Marks the moves that save the chain at `start`, in atari, from a ladder."""
    colour = board[start]
    options = np.empty(8, np.int16)
    breath = np.empty(3, np.int16)
    captured = np.empty(size * size, np.int16)
    nodes = np.empty(1, np.int64)
    n = ways_out(board, size, start, options)
    for i in range(n):
        move = unpadded(options[i], size)
        if not allowed[move]:
            continue
        after = board.copy()
        place(after, size, options[i], colour, captured)
        liberties = liberties_of(after, size, start, breath)
        escaped = liberties >= 3
        if liberties == 2:
            escaped = True
            for j in range(2):
                chased = after.copy()
                nodes[0] = NODES
                if place(chased, size, breath[j], 3 - colour, captured) >= 0 and ladder_caught(
                    chased, size, start, nodes
                ):
                    escaped = False
                    break
        if escaped:
            out[ESCAPE, move] = 1


@njit(cache=True)
def mark_ladders(board, size, start, allowed, out):  # type: ignore[no-untyped-def]
    """Marks the moves that catch the opponent's chain at `start`, which has two liberties, in a ladder."""
    breath = np.empty(3, np.int16)
    captured = np.empty(size * size, np.int16)
    nodes = np.empty(1, np.int64)
    liberties_of(board, size, start, breath)
    for i in range(2):
        move = unpadded(breath[i], size)
        if not allowed[move]:
            continue
        after = board.copy()
        place(after, size, breath[i], 3 - board[start], captured)
        nodes[0] = NODES
        if ladder_caught(after, size, start, nodes):
            out[LADDER, move] = 1
