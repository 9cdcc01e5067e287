"""The search of many games at once, against a plain one of a single game that was written from the paper."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from demos.go.board import BLACK, WHITE
from demos.go.features import symmetry
from demos.go.rules import Position, empty
from demos.go.zero.network import PLANES
from demos.go.zero.search import Search
from demos.go.zero.settings import Settings
from demos.go.zero.trees import Floats

Answer = tuple[NDArray[np.float64], float]


def picture(position: Position, komi: float) -> Floats:
    """(len(PLANES), size, size), what the network should see."""
    size, own = position.size, position.to_play
    found = np.zeros((len(PLANES), size, size), np.float32)
    found[0] = position.stones == own
    found[1] = position.stones == BLACK + WHITE - own
    found[2] = position.legal()[:-1].reshape(size, size)
    for i, move in enumerate(position.recent[:2]):
        if move < size * size:
            found[3 + i, move // size, move % size] = 1
    found[5] = 1
    found[6] = (komi if own == WHITE else -komi) / size**2
    return found


def dice(planes: Floats) -> Answer:
    """Logits and a value that are random, but always the same for the same picture."""
    chance = np.random.default_rng(zlib.crc32(planes.tobytes()))
    return chance.normal(0, 1.5, planes.shape[-1] ** 2 + 1), float(np.tanh(chance.normal()))


@dataclass
class Node:
    position: Position
    prior: dict[int, float] = field(default_factory=dict)
    value: float = 0.0
    children: dict[int, Node] = field(default_factory=dict)
    visits: dict[int, int] = field(default_factory=dict)
    total: dict[int, float] = field(default_factory=dict)


class Plain:
    """PUCT on one tree."""

    def __init__(self, position: Position, komi: float, s: Settings) -> None:
        self.root, self.komi, self.s = Node(position), komi, s

    def ends(self, position: Position) -> bool:
        return position.passes >= 2 or position.number >= self.s.longest

    def visit(self, node: Node) -> float:
        """One simulation below `node`: its value for whose turn it is there."""
        position = node.position
        if self.ends(position):
            lead = position.score(self.komi)
            return float(np.sign(lead if position.to_play == BLACK else -lead))
        if not node.prior:
            logits, node.value = dice(picture(position, self.komi))
            allowed = np.flatnonzero(position.legal())
            weights = np.exp(logits[allowed])
            node.prior = {int(m): float(w) for m, w in zip(allowed, weights / weights.sum(), strict=True)}
            node.visits, node.total = dict.fromkeys(node.prior, 0), dict.fromkeys(node.prior, 0.0)
            return node.value
        played = sum(node.visits.values())
        mean = (node.value + sum(node.total.values())) / (1 + played)

        def score(move: int) -> float:
            n = node.visits[move]
            q = node.total[move] / n if n else mean - self.s.first_play
            return q + self.s.c_puct * node.prior[move] * math.sqrt(1 + played) / (1 + n)

        move = max(node.prior, key=score)
        child = node.children.setdefault(move, Node(position.play(move)))
        value = -self.visit(child)
        node.visits[move] += 1
        node.total[move] += value
        return value

    def search(self, simulations: int) -> list[int]:
        """Visits by move."""
        while not self.root.prior or sum(self.root.visits.values()) < simulations:
            self.visit(self.root)
        return [self.root.visits.get(move, 0) for move in range(self.s.points + 1)]

    def advance(self, move: int) -> None:
        self.root = self.root.children.get(move) or Node(self.root.position.play(move))


def searched(search: Search, evaluate: Callable[[Floats], Answer] = dice) -> list[list[int]]:
    """Searches all games; visits by game and move."""
    while True:
        waiting, planes = search.leaves()
        if not len(waiting):
            visits: list[list[int]] = search.trees.visits[:, 0].tolist()
            return visits
        answers = [evaluate(each) for each in planes]
        search.expand(
            np.array([logits for logits, _ in answers], np.float32),
            np.array([value for _, value in answers], np.float32),
        )


def random_start(size: int, moves: int, chance: np.random.Generator) -> Position:
    position = empty(size)
    for _ in range(moves):
        position = position.play(int(chance.choice(np.flatnonzero(position.legal()[:-1]))))
    return position


@pytest.mark.parametrize(("size", "longest"), [(2, 30), (3, 14), (5, 16)])
def test_visits_are_those_of_the_plain_search_in_a_whole_game(size: int, longest: int) -> None:
    s = Settings(size=size, simulations=30, longest=longest)
    chance = np.random.default_rng(size)
    starts = [random_start(size, moves, chance) for moves in (0, 1, 2, 3)]
    komi = [0.0, 0.5, -2.0, 4.5]
    search = Search(s, len(starts))
    plain = [Plain(position, own, s) for position, own in zip(starts, komi, strict=True)]
    for game, (position, own) in enumerate(zip(starts, komi, strict=True)):
        search.load(game, position, own)
    compared = 0
    while len(running := np.flatnonzero(~search.over)):
        visits = searched(search)
        for game in running.tolist():
            assert visits[game] == plain[game].search(30)
            compared += 1
        moves = np.array([chance.choice(np.flatnonzero(visits[game])) for game in running.tolist()])
        search.advance(running, moves)
        for game, move in zip(running.tolist(), moves.tolist(), strict=True):
            plain[game].advance(move)
    for game, tree in enumerate(plain):
        assert tree.ends(tree.root.position)
        assert search.scores()[game] == tree.root.position.score(komi[game])
    assert compared > 15


def test_trees_that_are_not_kept_start_anew() -> None:
    s = Settings(size=3, simulations=25, longest=18)
    search = Search(s, 1)
    searched(search)
    search.advance(np.array([0]), np.array([4]), keep=False)
    assert searched(search)[0] == Plain(empty(3).play(4), s.komi, s).search(25)


def test_what_the_network_sees_at_the_roots() -> None:
    chance = np.random.default_rng(1)
    positions = [random_start(4, moves, chance) for moves in (0, 1, 5, 12)]
    positions.append(positions[2].play(16))
    search = Search(Settings(size=4), len(positions))
    for game, position in enumerate(positions):
        search.load(game, position, 1.5)
    expected = np.array([picture(position, 1.5) for position in positions])
    assert np.array_equal(search.look().reshape(expected.shape), expected)
    waiting, planes = search.leaves()
    assert waiting.tolist() == [0, 1, 2, 3, 4]
    assert np.array_equal(planes, expected)


@pytest.mark.parametrize("number", range(8))
def test_a_turned_look_gives_the_same_priors(number: int) -> None:
    position = random_start(4, 5, np.random.default_rng(2))
    logits = np.random.default_rng(3).normal(size=17).astype(np.float32)
    moved = symmetry(number, 4)
    straight, turned = Search(Settings(size=4), 1), Search(Settings(size=4), 1)
    for search in (straight, turned):
        search.load(0, position, 0.5)
    straight.leaves()
    straight.expand(logits[None], np.zeros(1, np.float32))
    _, planes = turned.leaves(np.array([number], np.int16))
    seen, expected = planes[0].reshape(len(PLANES), -1), picture(position, 0.5).reshape(len(PLANES), -1)
    assert np.array_equal(seen[:, moved], expected)
    from_there = np.empty(17, np.float32)
    from_there[moved], from_there[16] = logits[:16], logits[16]
    turned.expand(from_there[None], np.zeros(1, np.float32))
    assert np.array_equal(turned.trees.prior[0, 0], straight.trees.prior[0, 0])
    assert (straight.trees.prior[0, 0] >= 0).tolist() == position.legal().tolist()


def test_noise_keeps_what_is_not_allowed_out() -> None:
    s = Settings(size=3, simulations=8)
    search = Search(s, 2)
    search.load(1, empty(3).play(4), 0.0)
    search.leaves()
    search.expand(np.zeros((2, 10), np.float32), np.zeros(2, np.float32))
    before = search.trees.prior[:, 0].copy()
    search.disturb(np.arange(2), np.random.default_rng(0).gamma(0.5, size=(2, 10)))
    after = search.trees.prior[:, 0]
    assert after[1, 4] == before[1, 4] == -1
    assert np.where(after >= 0, after, 0).sum(axis=1) == pytest.approx([1, 1], abs=1e-6)
    allowed = before >= 0
    assert (after[allowed] >= (1 - s.noise) * before[allowed] - 1e-6).all()
    assert np.abs(after - before).max() > 0.01


def test_a_won_end_is_found_without_a_network_that_knows() -> None:
    def nothing(planes: Floats) -> Answer:
        return np.zeros(10), 0.0

    # Black owns the board and White has passed: passing wins at once.
    position = empty(3).play(4).play(9)
    search = Search(Settings(size=3, simulations=60), 1)
    search.load(0, position, 0.5)
    (visits,) = searched(search, nothing)
    assert int(np.argmax(visits)) == 9
    # With a komi that is too large, passing loses at once.
    search.load(0, position, 20.5)
    (visits,) = searched(search, nothing)
    assert visits[9] < max(visits)
