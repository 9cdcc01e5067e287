"""The tree that a search grows: flat arrays, and the kernels that walk through them.

Reading guide: a node is the position after a move that was tried at least once; moves that were not are kept
only as a sorted list in their parent. Among these PUCT always prefers the most probable, so a node's children
are opened in that order. `select` goes down, `back_up` goes up, `renumber` keeps a part of the tree.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from demos.go.board import BLACK

NEW, OPEN, ENDED = 0, 1, 2  # not evaluated yet; evaluated; the game is over here
NONE = -1
ROOM = 64  # nodes of a tree that begins
SCALE = 127  # ownership is kept in eight bits

NODE = np.dtype(
    [
        ("wins", np.float64),  # Black's, summed over all visits
        ("result", np.float32),  # Black's win rate as the network or, at the end, the rules see it
        ("prior", np.float32),
        ("parent", np.int32),
        ("child", np.int32),  # the one that was opened last
        ("sibling", np.int32),  # the one that was opened before
        ("visits", np.int32),
        ("pending", np.int32),  # on their way through this node to leaves that are not evaluated yet
        ("move", np.int16),
        ("opened", np.int16),  # moves that are children
        ("choices", np.int16),  # moves that may become children
        ("state", np.int8),
    ],
    align=True,
)


class Tree:
    """Node 0 is the root, and children come after their parents. About 2.6 KB a node on 19 lines."""

    def __init__(self, points: int) -> None:
        self.points = points
        self.count = 1
        self.nodes = blank(ROOM)  # (room,) of NODE
        self.moves = np.zeros((ROOM, points + 1), np.int16)  # most probable first
        self.priors = np.zeros((ROOM, points + 1), np.float32)
        self.owned = np.zeros((ROOM, points), np.int8)

    def reserve(self, more: int) -> None:
        """Makes room for so many further nodes."""
        missing = self.count + more - len(self.nodes)
        if missing <= 0:
            return
        added = max(missing, len(self.nodes))
        self.nodes = np.concatenate([self.nodes, blank(added)])
        self.moves = np.concatenate([self.moves, np.zeros((added, self.points + 1), np.int16)])
        self.priors = np.concatenate([self.priors, np.zeros((added, self.points + 1), np.float32)])
        self.owned = np.concatenate([self.owned, np.zeros((added, self.points), np.int8)])

    def open(self, node: int, policy: NDArray[np.float32], result: float, owned: NDArray[np.float32]) -> None:
        """Stores what the network said: `policy` (points + 1,), Black's win rate, `owned` (size, size)."""
        order = np.argsort(-policy, kind="stable")
        self.moves[node] = order
        self.priors[node] = policy[order]
        self.owned[node] = np.rint(owned.reshape(-1) * SCALE)
        self.nodes["choices"][node] = np.count_nonzero(policy)
        self.nodes["result"][node] = result
        self.nodes["state"][node] = OPEN

    def end(self, node: int, result: float) -> None:
        """The game is over in this node: `result` is 1 where Black wins, 0 where White does."""
        self.nodes["result"][node] = result
        self.nodes["state"][node] = ENDED

    def children(self, node: int) -> list[int]:
        """In the order in which they were opened."""
        found, child = [], int(self.nodes["child"][node])
        while child != NONE:
            found.append(child)
            child = int(self.nodes["sibling"][child])
        return found[::-1]

    def reweigh(self, node: int, policy: NDArray[np.float32]) -> None:
        """Other probabilities, (points + 1,), for an open node; children stay its first moves."""
        opened = int(self.nodes["opened"][node])
        rest = self.moves[node, opened:]
        self.moves[node, opened:] = rest[np.argsort(-policy[rest], kind="stable")]
        self.priors[node] = policy[self.moves[node]]
        for child in self.children(node):
            self.nodes["prior"][child] = policy[self.nodes["move"][child]]

    def subtree(self, root: int) -> NDArray[np.int64]:
        """Makes `root` the root and drops what does not follow. Returns the old numbers of the rest."""
        numbers = np.empty(self.count, np.int32)
        renumber(self.nodes, self.count, root, numbers)
        kept = np.flatnonzero(numbers != NONE)
        nodes = self.nodes[kept]
        for link in ("parent", "child", "sibling"):
            nodes[link] = np.where(nodes[link] == NONE, NONE, numbers[nodes[link]])
        nodes["parent"][0] = nodes["sibling"][0] = NONE
        self.nodes = nodes
        self.moves, self.priors, self.owned = self.moves[kept], self.priors[kept], self.owned[kept]
        self.count = len(kept)
        return kept


def blank(count: int) -> NDArray[np.void]:
    nodes = np.zeros(count, NODE)
    for link in ("parent", "child", "sibling"):
        nodes[link] = NONE
    return nodes


# ---- kernels --------------------------------------------------------------------------------------------


@njit(cache=True)
def select(nodes, moves, priors, count, to_play, exploration, first_play):  # type: ignore[no-untyped-def]
    """Goes down from the root to a node that is not open, new if need be, and marks the way as pending.

    Each time to the child with the greatest Q + U (Rosin 2011; Silver et al. 2017), where a pending visit
    counts as a loss. `count` is how many nodes there are, with room for one more. Returns that node.
    """
    node = 0
    colour = to_play
    while True:
        nodes[node].pending += 1
        if nodes[node].state != OPEN:
            return node
        visits = nodes[node].visits
        wins = nodes[node].wins
        value = (wins if colour == BLACK else visits - wins) / visits
        explore = exploration * np.sqrt(visits + nodes[node].pending - 1)
        best, greatest, seen = NONE, -1.0, 0.0
        child = nodes[node].child
        while child != NONE:
            prior, tried = nodes[child].prior, nodes[child].visits
            won = nodes[child].wins if colour == BLACK else tried - nodes[child].wins
            tried += nodes[child].pending
            q = won / tried if tried else value
            score = q + explore * prior / (1 + tried)
            if score > greatest:
                best, greatest = child, score
            seen += prior
            child = nodes[child].sibling
        rank = nodes[node].opened
        if rank < nodes[node].choices:
            prior = priors[node, rank]
            if value - first_play * np.sqrt(seen) + explore * prior > greatest or best == NONE:
                nodes[count].parent = node
                nodes[count].sibling = nodes[node].child
                nodes[count].prior = prior
                nodes[count].move = moves[node, rank]
                nodes[count].pending = 1
                nodes[node].child = count
                nodes[node].opened += 1
                return count
        node = best
        colour = 3 - colour


@njit(cache=True)
def back_up(nodes, leaf):  # type: ignore[no-untyped-def]
    """Counts the leaf's result as a visit of all nodes up to the root, which are not pending any more."""
    result = nodes[leaf].result
    node = leaf
    while node != NONE:
        nodes[node].visits += 1
        nodes[node].wins += result
        nodes[node].pending -= 1
        node = nodes[node].parent


@njit(cache=True)
def release(nodes, leaf):  # type: ignore[no-untyped-def]
    """Takes back what `select` marked on its way to this leaf."""
    node = leaf
    while node != NONE:
        nodes[node].pending -= 1
        node = nodes[node].parent


@njit(cache=True)
def renumber(nodes, count, root, numbers):  # type: ignore[no-untyped-def]
    """Writes which number each of the first `count` nodes has in the tree below `root`, NONE outside it."""
    numbers[:] = NONE
    numbers[root] = 0
    last = 0
    for node in range(root + 1, count):
        if numbers[nodes[node].parent] != NONE:
            last += 1
            numbers[node] = last
