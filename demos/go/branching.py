"""Why looking ahead is not enough: how many positions n moves lead to, and how long this machine needs.

    python -m demos.go.branching

writes branching.json, which the page opens with.

Reading guide: a `Tree` says how fast a game grows, exactly where it was counted and by a factor from there
on. `measured` finds out how many positions a second this machine can look at; `deepest` and `duration` put
the two together.
"""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from demos.go.board import LARGEST, replayed
from demos.go.engine import Evaluator
from demos.go.games import KOMI
from demos.go.rules import Position, empty

FILE = Path(__file__).with_name("branching.json")
LINES = (0b111, 0b111000, 0b111000000, 0b1001001, 0b10010010, 0b100100100, 0b100010001, 0b1010100)
FULL = 0b111111111  # the nine points of tic-tac-toe as bits
BATCH = 32  # positions that the network is asked about at once
AGE_OF_THE_UNIVERSE = 13.8e9  # years
SIZES = ((1e9, "billion "), (1e6, "million "), (1, ""))
YEAR = 365.25 * 24 * 3600  # seconds


@dataclass(frozen=True)
class Tree:
    """How many ways there are to play n moves from the start of a game."""

    name: str
    counted: tuple[int, ...]  # after 0, 1, 2, … moves, exactly
    factor: float | None  # by which it goes on from there, roughly; None where the game is over
    typical: str  # choices a move, in words

    def nodes(self, moves: int) -> float:
        """After so many moves. Raises ValueError where no game is so long."""
        if moves < len(self.counted):
            return self.counted[moves]
        if self.factor is None:
            raise ValueError(f"A game of {self.name} has at most {len(self.counted) - 1} moves.")
        return self.counted[-1] * self.factor ** (moves - len(self.counted) + 1)

    @property
    def longest(self) -> float:
        return math.inf if self.factor else len(self.counted) - 1


@dataclass(frozen=True)
class TicTacToe:
    """The whole game, counted out."""

    nodes: tuple[int, ...]  # ways to play 0, 1, … 9 moves; a won game does not go on
    games: int
    positions: int


def tic_tac_toe() -> TicTacToe:
    """By dynamic programming: each position once, with the number of ways that lead to it."""
    layer = Counter({(0, 0): 1})  # stones of whose turn it is and of the other, as bits
    nodes, games, positions = [], 0, 0
    while layer:
        nodes.append(layer.total())
        positions += len(layer)
        after: Counter[tuple[int, int]] = Counter()
        for (own, other), ways in layer.items():
            if own | other == FULL or any(other & line == line for line in LINES):
                games += ways
                continue
            for bit in (1 << point for point in range(9)):
                if not (own | other) & bit:
                    after[other, own | bit] += ways
        layer = after
    return TicTacToe(tuple(nodes), games, positions)


def sequences(position: Position, moves: int) -> int:
    """How many ways there are to go on for so many moves without passing, by the rules of this demo."""
    if moves == 0:
        return 1
    allowed = np.flatnonzero(position.legal()[:-1])
    if moves == 1:
        return len(allowed)
    return sum(sequences(position.play(int(move)), moves - 1) for move in allowed)


@cache
def kept() -> dict[str, Any]:
    """What was counted and measured ahead."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


@cache
def trees() -> tuple[Tree, ...]:
    """Tic-tac-toe, chess and Go.

    The exact numbers of chess are https://oeis.org/A048987. The factors 35 and 250 are those of Allis (1994,
    Searching for Solutions in Games and Artificial Intelligence), which Silver et al. (2016) give, too.
    """
    chess = (1, 20, 400, 8_902, 197_281, 4_865_609, 119_060_324)
    return (
        Tree("Tic-tac-toe", tuple(kept()["tic_tac_toe"]["nodes"]), None, "9, then 8, then 7 …"),
        Tree("Chess", chess, 35, "about 35"),
        Tree("Go", tuple(kept()["go"]), 250, "about 250"),
    )


# ---- this machine ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Speed:
    """What a machine can do in a second."""

    positions: float  # moves of Go played by the rules on one core, captures taken off
    evaluations: float  # positions that the network judges, in batches of BATCH
    machine: str


def measured(network: nn.Module, device: str, seconds: float = 1.0) -> Speed:
    """Plays random games over again for so long, and asks the network for so long."""
    games = [random_game(seed) for seed in range(8)]
    boards = [empty(LARGEST).board] * len(games)
    replayed(games[0], LARGEST, boards[0].copy())  # compiles
    played, begun = 0, time.thread_time()  # of this core alone, whatever else runs
    while time.thread_time() - begun < seconds:
        played += sum(
            replayed(game, LARGEST, board.copy()) for game, board in zip(games, boards, strict=True)
        )
    positions = played / (time.thread_time() - begun)
    evaluate, asked = Evaluator(network), [empty(LARGEST)] * BATCH
    evaluate(asked, KOMI)  # the first call is slower
    judged, begun = 0, time.perf_counter()
    while not judged or time.perf_counter() - begun < seconds:
        judged += len(evaluate(asked, KOMI))
    evaluations = judged / (time.perf_counter() - begun)
    return Speed(positions, evaluations, machine(device))


def random_game(seed: int, moves: int = 300) -> np.ndarray[Any, np.dtype[np.int16]]:
    """Allowed moves at random on 19x19."""
    random, position, found = np.random.default_rng(seed), empty(LARGEST), []
    for _ in range(moves):
        found.append(int(random.choice(np.flatnonzero(position.legal()[:-1]))))
        position = position.play(found[-1])
    return np.array(found, np.int16)


def machine(device: str) -> str:
    """For people: the processor and its cores, and the graphics card if one is used."""
    name = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    cores = os.cpu_count() or 1
    return f"{name}, {cores} core{'s'[: cores > 1]}" + ("" if device == "CPU" else f", {device}")


def deepest(tree: Tree, nodes: float) -> int:
    """How many moves ahead can be looked if so many positions may be visited; a game may end before."""
    moves = 0
    while moves < tree.longest and tree.nodes(moves + 1) <= nodes:
        moves += 1
    return moves


def duration(seconds: float) -> str:
    """As people say it: "0.2 s", "3 hours", "2 years"."""
    if seconds < 0.001:
        return "less than 1 ms"
    if seconds < 0.1:
        return f"{1000 * seconds:.0f} ms"
    if seconds < 100:
        return f"{seconds:.{0 if seconds >= 9.95 else 1}f} s"
    for name, length in (("minutes", 60), ("hours", 3600), ("days", 24 * 3600)):
        if seconds / length < {"minutes": 100, "hours": 48, "days": 700}[name]:
            return f"{seconds / length:.0f} {name}"
    years = seconds / YEAR
    if years > AGE_OF_THE_UNIVERSE:
        return "longer than the universe is old"
    size, name = next((size, name) for size, name in SIZES if years >= size)
    return f"{two_digits(years / size):,.0f} {name}years"


def two_digits(number: float) -> float:
    """Rounded, for what is only roughly known. At least 1."""
    size: int = 10 ** max(0, math.floor(math.log10(number)) - 1)
    return round(number / size) * size


def main() -> None:
    import torch

    from demos.go.famous import FAMOUS
    from demos.go.model import GoNetwork

    torch.manual_seed(0)
    network = GoNetwork().eval()  # how long an answer takes does not depend on what was learnt
    choices = [
        int(position.legal()[:-1].sum())
        for game in FAMOUS.values()
        for position in list(game.record.positions(game.record.end()))[:-1]
    ]
    content = {
        "tic_tac_toe": asdict(tic_tac_toe()),
        "go": [sequences(empty(LARGEST), moves) for moves in range(4)],
        "choices_in_famous_games": round(float(np.mean(choices)), 1),
        "speed": asdict(measured(network, "CPU", seconds=3)),
    }
    FILE.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(content, indent=2))


if __name__ == "__main__":
    main()
