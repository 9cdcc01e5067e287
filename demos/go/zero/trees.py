"""The kernels behind the search: games and trees as arrays with one row for each game, compiled by Numba.

Reading guide: `descend` is a simulation's way down, with `best_move` at each node; `expand_leaves` takes the
network's answers and `back_up` tells them to all nodes on the way; `advance_games` plays moves, and `lift`
keeps what lies below them.

A value is from the view of the player whose turn it is: 1 is a win, -1 a loss, 0 a draw.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from demos.go.board import BLACK, WHITE, area_of, legal_moves, new_key, padded, place, remember

Floats = NDArray[np.float32]


class Games(NamedTuple):
    """G games, each at one position, as the rules need it."""

    board: NDArray[np.int8]  # (G, (size + 2)^2)
    earlier: NDArray[np.int64]  # (G, SLOTS), the keys of positions so far
    key: NDArray[np.int64]  # (G,)
    komi: Floats  # (G,)
    last: NDArray[np.int16]  # (G, 2): the last move and the one before; size * size for a pass or none
    state: NDArray[np.int16]  # (G, 3): whose turn it is, passes in a row, moves so far


class Trees(NamedTuple):
    """A tree for each game: N nodes with A moves each; node 0 is the root."""

    prior: Floats  # (G, N, A), -1 for what is not allowed
    visits: NDArray[np.int32]  # (G, N, A)
    total: Floats  # (G, N, A), sum of values from the view of who plays at the node
    child: NDArray[np.int16]  # (G, N, A), -1 where there is none
    reached: NDArray[np.int32]  # (G, N), how often a visit came by, 0 until it was evaluated
    value: Floats  # (G, N), what the network or, at the end, the count said of it
    over: NDArray[np.bool_]  # (G, N)
    used: NDArray[np.int16]  # (G,), nodes
    path: NDArray[np.int16]  # (G, N + 1, 2), nodes and moves from the root to the leaf
    depth: NDArray[np.int16]  # (G,)
    leaf: NDArray[np.int16]  # (G,)


@njit(cache=True)
def step(board, size, move, state, last, key, earlier, zobrist, captured):  # type: ignore[no-untyped-def]
    """Plays a legal move: changes board, state, last moves and earlier positions, returns the key."""
    colour = state[0]
    state[0] = 3 - colour
    state[2] += 1
    last[1] = last[0]
    last[0] = move
    if move == size * size:
        state[1] += 1
        return key
    state[1] = 0
    point = padded(move, size)
    taken = place(board, size, point, colour, captured)
    key = new_key(key, point, colour, captured, taken, zobrist)
    remember(earlier, key)
    return key


@njit(cache=True)
def outcome(board, size, komi, colour):  # type: ignore[no-untyped-def]
    """1, 0 or -1: won, drawn or lost by `colour` if nothing more is played."""
    lead = lead_of(board, size, komi)
    sign = 1.0 if lead > 0 else (-1.0 if lead < 0 else 0.0)
    return sign if colour == BLACK else -sign


@njit(cache=True)
def lead_of(board, size, komi):  # type: ignore[no-untyped-def]
    owner = np.zeros(size * size, np.int8)
    area_of(board, size, owner)
    lead = -komi
    for i in range(size * size):
        if owner[i] == BLACK:
            lead += 1
        elif owner[i] == WHITE:
            lead -= 1
    return lead


@njit(cache=True)
def write_planes(board, size, state, last, komi, allowed, turned, out):  # type: ignore[no-untyped-def]
    """Fills `out`, (len(PLANES), size * size)."""
    points = size * size
    colour = state[0]
    own_komi = (komi if colour == WHITE else -komi) / points
    for move in range(points):
        what = board[padded(move, size)]
        to = turned[move]
        out[0, to] = what == colour
        out[1, to] = what == 3 - colour
        out[2, to] = allowed[move]
        out[3, to] = move == last[0]
        out[4, to] = move == last[1]
        out[5, to] = 1
        out[6, to] = own_komi


@njit(cache=True)
def write_roots(games, zobrist, size, turned, out):  # type: ignore[no-untyped-def]
    allowed = np.ones(size * size + 1, np.bool_)
    for g in range(len(out)):
        colour = games.state[g, 0]
        legal_moves(games.board[g], size, colour, games.key[g], games.earlier[g], zobrist, allowed)
        write_planes(
            games.board[g], size, games.state[g], games.last[g], games.komi[g], allowed, turned, out[g]
        )


@njit(cache=True)
def best_move(trees, g, node, c_puct, first_play):  # type: ignore[no-untyped-def]
    """The move that PUCT wants to look at next: Q(s, a) + c P(s, a) sqrt(sum N(s)) / (1 + N(s, a))."""
    prior, visits, total = trees.prior[g, node], trees.visits[g, node], trees.total[g, node]
    mean = (trees.value[g, node] + total.sum()) / trees.reached[g, node]
    root = c_puct * np.sqrt(trees.reached[g, node])
    best, highest = -1, -np.inf
    for move in range(len(prior)):
        if prior[move] < 0:
            continue
        q = total[move] / visits[move] if visits[move] else mean - first_play
        score = q + root * prior[move] / (1 + visits[move])
        if score > highest:
            best, highest = move, score
    return best


@njit(cache=True)
def back_up(trees, g, value):  # type: ignore[no-untyped-def]
    """Tells all positions on the way what its end is worth to the player there."""
    for i in range(trees.depth[g] - 1, -1, -1):
        value = -value
        node, move = trees.path[g, i]
        trees.visits[g, node, move] += 1
        trees.total[g, node, move] += value
        trees.reached[g, node] += 1


@njit(cache=True)
def new_node(trees, g):  # type: ignore[no-untyped-def]
    node = trees.used[g]
    trees.used[g] += 1
    trees.visits[g, node] = 0
    trees.total[g, node] = 0
    trees.child[g, node] = -1
    trees.reached[g, node] = 0
    trees.over[g, node] = False
    return node


@njit(cache=True)
def clear(trees, g):  # type: ignore[no-untyped-def]
    trees.used[g] = 0
    new_node(trees, g)


@njit(cache=True)
def descend(  # type: ignore[no-untyped-def]
    games, trees, zobrist, size, longest, simulations, c_puct, first_play, turned, symmetries, waiting, planes
):
    """One leaf for each game that needs one; ends of games are counted and told at once. Returns how many."""
    captured = np.empty(size * size, np.int16)
    allowed = np.ones(size * size + 1, np.bool_)
    found = 0
    for g in range(len(games.key)):
        if games.state[g, 1] >= 2 or games.state[g, 2] >= longest:
            continue
        while trees.reached[g, 0] <= simulations:
            board, earlier = games.board[g].copy(), games.earlier[g].copy()
            state, last, key = games.state[g].copy(), games.last[g].copy(), games.key[g]
            node = depth = 0
            while trees.reached[g, node] and not trees.over[g, node]:
                move = best_move(trees, g, node, c_puct, first_play)
                trees.path[g, depth, 0], trees.path[g, depth, 1] = node, move
                depth += 1
                key = step(board, size, move, state, last, key, earlier, zobrist, captured)
                if trees.child[g, node, move] < 0:
                    trees.child[g, node, move] = new_node(trees, g)
                    if state[1] >= 2 or state[2] >= longest:
                        end = trees.child[g, node, move]
                        trees.over[g, end] = True
                        trees.value[g, end] = outcome(board, size, games.komi[g], state[0])
                node = trees.child[g, node, move]
            trees.depth[g] = depth
            if trees.over[g, node]:
                trees.reached[g, node] += 1
                back_up(trees, g, trees.value[g, node])
                continue
            legal_moves(board, size, state[0], key, earlier, zobrist, allowed)
            for move in range(size * size + 1):
                trees.prior[g, node, move] = 0 if allowed[move] else -1
            write_planes(
                board, size, state, last, games.komi[g], allowed, turned[symmetries[g]], planes[found]
            )
            trees.leaf[g] = node
            waiting[found] = g
            found += 1
            break
    return found


@njit(cache=True)
def expand_leaves(trees, waiting, turned, symmetries, logits, values):  # type: ignore[no-untyped-def]
    for i in range(len(values)):
        g = waiting[i]
        node = trees.leaf[g]
        prior = trees.prior[g, node]
        to = turned[symmetries[g]]
        highest = -np.inf
        for move in range(len(prior)):
            if prior[move] >= 0:
                highest = max(highest, logits[i, to[move]])
        total = 0.0
        for move in range(len(prior)):
            if prior[move] >= 0:
                prior[move] = np.exp(logits[i, to[move]] - highest)
                total += prior[move]
        for move in range(len(prior)):
            if prior[move] >= 0:
                prior[move] /= total
        trees.value[g, node] = values[i]
        trees.reached[g, node] = 1
        back_up(trees, g, values[i])


@njit(cache=True)
def advance_games(games, trees, zobrist, size, which, moves, keep):  # type: ignore[no-untyped-def]
    captured = np.empty(size * size, np.int16)
    for i in range(len(which)):
        g, move = which[i], moves[i]
        games.key[g] = step(
            games.board[g],
            size,
            move,
            games.state[g],
            games.last[g],
            games.key[g],
            games.earlier[g],
            zobrist,
            captured,
        )
        below = trees.child[g, 0, move]
        if keep and below >= 0 and trees.reached[g, below] and not trees.over[g, below]:
            lift(trees, g, below)
        else:
            clear(trees, g)


@njit(cache=True)
def lift(trees, g, top):  # type: ignore[no-untyped-def]
    """Makes `top` the root. Nodes keep their order, so that each is moved to a place already free."""
    used = trees.used[g]
    place_of = np.full(used, -1, np.int16)
    place_of[top] = 0
    free = 1
    for node in range(top, used):  # a child's number is higher than its parent's
        if place_of[node] < 0:
            continue
        for move in range(trees.child.shape[2]):
            below = trees.child[g, node, move]
            if below >= 0:
                place_of[below] = 1  # marked; numbered when it is reached
    place_of[top] = 0
    for node in range(top + 1, used):
        if place_of[node] > 0:
            place_of[node] = free
            free += 1
    for node in range(top, used):
        to = place_of[node]
        if to < 0:
            continue
        trees.prior[g, to] = trees.prior[g, node]
        trees.visits[g, to] = trees.visits[g, node]
        trees.total[g, to] = trees.total[g, node]
        trees.reached[g, to] = trees.reached[g, node]
        trees.value[g, to] = trees.value[g, node]
        trees.over[g, to] = trees.over[g, node]
        for move in range(trees.child.shape[2]):
            below = trees.child[g, node, move]
            trees.child[g, to, move] = place_of[below] if below >= 0 else -1
    trees.used[g] = free


@njit(cache=True)
def counted(games, size):  # type: ignore[no-untyped-def]
    found = np.empty(len(games.key), np.float32)
    for g in range(len(found)):
        found[g] = lead_of(games.board[g], size, games.komi[g])
    return found
