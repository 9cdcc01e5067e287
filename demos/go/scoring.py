"""Counting a game that is over: which stones are dead, whose each point is, who is ahead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demos.go.board import BLACK, EMPTY, WHITE
from demos.go.rules import Position

DEAD = 0.4  # of the ownership: a chain whose points are so surely the opponent's counts as dead


@dataclass(frozen=True)
class Score:
    """Tromp and Taylor's area after dead stones were taken off, in points."""

    black: int
    white: int
    komi: float
    owner: NDArray[np.int8]  # (size, size) of BLACK, WHITE and EMPTY

    @property
    def lead(self) -> float:
        """Black's."""
        return self.black - self.white - self.komi

    @property
    def result(self) -> str:
        """As SGF writes it."""
        if not self.lead:
            return "0"
        return f"{'B' if self.lead > 0 else 'W'}+{abs(self.lead):g}"


def score(position: Position, komi: float, dead: Iterable[int] = ()) -> Score:
    """`dead` are points whose stones are taken off."""
    marked = np.zeros(position.points, np.bool_)
    marked[list(dead)] = True
    owner = position.without(marked.reshape(position.size, -1)).area()
    return Score(int((owner == BLACK).sum()), int((owner == WHITE).sum()), komi, owner)


def dead_stones(position: Position, ownership: NDArray[np.floating]) -> list[int]:
    """Chains that stand where the network is sure of the other colour; `ownership` is (size, size)."""
    found: set[int] = set()
    seen: set[int] = set()
    stones, owned = position.stones.reshape(-1), ownership.reshape(-1)
    for move in range(position.points):
        if stones[move] == EMPTY or move in seen:
            continue
        chain = chain_of(position, move)
        seen.update(chain)
        mean = float(np.mean(owned[chain]))
        if (mean if stones[move] == WHITE else -mean) > DEAD:
            found.update(chain)
    return sorted(found)


def chain_of(position: Position, move: int) -> list[int]:
    """The points of the chain that stands on a point; none for an empty one."""
    stones, size = position.stones, position.size
    row, column = divmod(move, size)
    colour = stones[row, column]
    if colour == EMPTY:
        return []
    found, waiting = {(row, column)}, [(row, column)]
    while waiting:
        row, column = waiting.pop()
        for beside in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            inside = 0 <= beside[0] < size and 0 <= beside[1] < size
            if inside and stones[beside] == colour and beside not in found:
                found.add(beside)
                waiting.append(beside)
    return sorted(row * size + column for row, column in found)


def toggled(position: Position, dead: Iterable[int], move: int) -> list[int]:
    """With the chain on a point changed from alive to dead or back; as before for an empty point."""
    before, chain = set(dead), set(chain_of(position, move))
    return sorted(before - chain if chain & before else before | chain)
