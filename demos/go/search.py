"""Reading ahead: Monte-Carlo tree search that a network guides, as in AlphaGo Zero.

Reading guide: `Search.step` is the whole algorithm: go down the tree to several leaves (`tree.select`), ask
the network about all of them at once, store what it says, count it upwards (`tree.back_up`). A `Report` is
what the tree says about the move to play. Silver et al. 2017, https://doi.org/10.1038/nature24270; the
reduction at the first play is Leela Zero's and KataGo's (Wu 2019, https://arxiv.org/abs/1902.10565).

At the end of a game stones are counted as they stand (Tromp and Taylor): the search knows of no agreement
about dead ones. See players.py for that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demos.go.board import BLACK
from demos.go.engine import Evaluate, Evaluation, for_black
from demos.go.rules import RECENT, IllegalMove, Position
from demos.go.tree import ENDED, NONE, OPEN, SCALE, Tree, back_up, release, select

EXPLORATION = 0.8  # weight of the prior against win rates from 0 to 1
# What a move that was never tried is thought to lose against its parent's win rate, times the square root of
# how much of the prior was tried: the surer the network is of the moves seen, the less it hopes for others.
FIRST_PLAY = 0.2
# A tree of so many nodes takes about 200 MB on 19 lines, most of it positions in their inner nodes: a minute
# of a laptop's thinking. Then the search ends.
NODES = 20_000
RAMP = 4  # at most every fourth visit of a young tree is made blindly, in one batch
NOISE = 10.83  # Dirichlet's parameter times moves: AlphaZero's 0.03 for a whole board of 19 lines
LONGEST_VARIATION = 20  # moves of a principal variation


@dataclass(frozen=True)
class Report:
    """What the search thinks so far. Arrays are by move, (points + 1,), from the side of whose turn it is."""

    visits: NDArray[np.int64]
    win_rates: NDArray[np.float64]  # nan where unvisited
    prior: NDArray[np.float32]  # the network's policy, with noise where that is on
    win_rate: float
    ownership: NDArray[np.float32]  # (size, size), mean over evaluations: 1 Black's, -1 White's
    variation: tuple[int, ...]  # what both sides would play
    evaluations: int  # positions that the network was asked about since the root was reached
    visits_total: int  # the root's: those of its moves and one of its own
    seconds: float  # of work since the root was reached

    def top(self, count: int) -> list[int]:
        """The moves to consider, best first: by visits, then by prior."""
        order = np.lexsort((-self.prior, -self.visits))[:count]
        return [int(move) for move in order if self.visits[move] or self.prior[move] > 0]

    def best(self) -> int:
        """The move with most visits; passing where there is none at all."""
        return next(iter(self.top(1)), len(self.visits) - 1)


class Search:
    """A tree above one position. It holds nothing between two steps: any of them may be the last.

    `batch` leaves are evaluated together; `noise` is the share of random noise in the root's prior, for
    self-play, drawn with `seed`.
    """

    def __init__(
        self,
        position: Position,
        komi: float,
        evaluate: Evaluate,
        *,
        batch: int = 16,
        seed: int = 0,
        noise: float = 0.0,
    ) -> None:
        self.komi = komi
        self.evaluate = evaluate
        self.batch = batch
        self.noise = noise
        self._random = np.random.default_rng(seed)
        self._begin(position)

    def _begin(self, position: Position) -> None:
        self.tree = Tree(position.points)
        self._positions = {0: position}  # of the root and of nodes with children
        self._owned = np.zeros(position.points)
        self._evaluated = 0  # nodes that are summed up in _owned
        self.evaluations = 0
        self.seconds = 0.0

    @property
    def position(self) -> Position:
        """The root's."""
        return self._positions[0]

    @property
    def visits(self) -> int:
        """Of the root, those that it had from an earlier search included."""
        return int(self.tree.nodes["visits"][0])

    @property
    def full(self) -> bool:
        return self.tree.count >= NODES

    # ---- searching --------------------------------------------------------------------------------------

    def step(self, most: int | None = None) -> int:
        """Makes the visits of one batch, at most `most`.

        Returns how many: 0 where the game is over or the tree is full. Where `evaluate` raises, nothing is
        counted.
        """
        started = time.perf_counter()
        wanted = min(self.batch, 1 + self.visits // RAMP, NODES - self.tree.count)
        wanted = wanted if most is None else min(wanted, most)
        if self.position.over or wanted < 1:
            return 0
        before = self.visits
        leaves: list[int] = []
        met: list[int] = []  # leaves that were chosen twice
        asked: list[Position] = []
        self.tree.reserve(2 * wanted)
        nodes = self.tree.nodes
        try:
            for _ in range(2 * wanted):
                if self.visits - before + len(leaves) >= wanted:
                    break
                leaf = self._select()
                if nodes["state"][leaf] == ENDED:
                    back_up(nodes, leaf)
                elif nodes["pending"][leaf] > 1:
                    met.append(leaf)
                else:
                    leaves.append(leaf)
                    position = self._position(leaf)
                    if position.over:
                        self.tree.end(leaf, result_of(position, self.komi))
                        back_up(nodes, leaves.pop())
                    else:
                        asked.append(position)
            evaluations = self.evaluate(asked, self.komi) if asked else []
        except BaseException:
            for leaf in leaves:
                release(nodes, leaf)
            raise
        finally:
            for leaf in met:
                release(nodes, leaf)
        for leaf, position, evaluation in zip(leaves, asked, evaluations, strict=True):
            self._open(leaf, position, evaluation)
            back_up(nodes, leaf)
        self.evaluations += len(asked)
        self.seconds += time.perf_counter() - started
        return self.visits - before

    def run(
        self,
        visits: int | None = None,
        seconds: float | None = None,
        stopped: Callable[[], bool] = lambda: False,
        every: float = 0.2,
        turn: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> Iterator[Report]:
        """Searches until the root has so many visits, or for so long, or until `stopped`.

        Yields a report at most each `every` seconds, and one at the end. Each step is made in a `turn`, such
        as that of the gate; between steps none is held, and the generator may be closed at any moment.
        """
        started = reported = time.perf_counter()
        while visits is None or self.visits < visits:
            with turn():
                made = self.step(None if visits is None else visits - self.visits)
            now = time.perf_counter()
            if not made or stopped() or (seconds is not None and now - started >= seconds):
                break
            if now - reported >= every:
                reported = now
                yield self.report()
        yield self.report()

    def report(self) -> Report:
        nodes, points = self.tree.nodes, self.position.points
        visits = np.zeros(points + 1, np.int64)
        win_rates = np.full(points + 1, np.nan)
        prior = np.zeros(points + 1, np.float32)
        prior[self.tree.moves[0, : nodes["choices"][0]]] = self.tree.priors[0, : nodes["choices"][0]]
        tried = [child for child in self.tree.children(0) if nodes["visits"][child]]
        won = nodes["wins"][tried] / nodes["visits"][tried]
        visits[nodes["move"][tried]] = nodes["visits"][tried]
        win_rates[nodes["move"][tried]] = won if self.position.to_play == BLACK else 1 - won
        size = self.position.size
        return Report(
            visits=visits,
            win_rates=win_rates,
            prior=prior,
            win_rate=for_black(self.position, float(nodes["wins"][0]) / self.visits if self.visits else 0.5),
            ownership=(self._owned / max(1, self._evaluated)).reshape(size, size).astype(np.float32),
            variation=self._variation(),
            evaluations=self.evaluations,
            visits_total=self.visits,
            seconds=self.seconds,
        )

    # ---- moving on --------------------------------------------------------------------------------------

    def advance(self, move: int) -> None:
        """Makes the position after `move` the root and keeps what was read below it. Raises IllegalMove."""
        position = self.position.play(move)
        nodes = self.tree.nodes
        child = next((child for child in self.tree.children(0) if nodes["move"][child] == move), NONE)
        if child == NONE or not nodes["visits"][child]:
            self._begin(position)
            return
        kept = self.tree.subtree(child)
        known = self._positions
        self._positions = {new: known[old] for new, old in enumerate(kept.tolist()) if old in known}
        self._positions[0] = position
        opened = self.tree.nodes["state"][: self.tree.count] == OPEN
        self._owned = self.tree.owned[: self.tree.count][opened].sum(axis=0) / SCALE
        self._evaluated = int(opened.sum())
        self.evaluations, self.seconds = 0, 0.0
        if self.noise and self.tree.nodes["state"][0] == OPEN:
            self._stir()

    def follow(self, position: Position) -> bool:
        """Moves on to a position a few moves later in the same game. False, and no change, if it is not."""
        ahead = position.number - self.position.number
        if not 0 <= ahead <= RECENT or position.size != self.position.size:
            return False
        moves, reached = position.recent[:ahead][::-1], self.position
        try:
            for move in moves:
                reached = reached.play(move)
        except IllegalMove:
            return False
        same = (reached.key, reached.to_play, reached.recent, reached.passes)
        if same != (position.key, position.to_play, position.recent, position.passes) or not np.array_equal(
            reached.earlier, position.earlier
        ):
            return False
        for move in moves:
            self.advance(move)
        return True

    # ---- parts ------------------------------------------------------------------------------------------

    def _select(self) -> int:
        tree, to_play = self.tree, self.position.to_play
        leaf = select(tree.nodes, tree.moves, tree.priors, tree.count, to_play, EXPLORATION, FIRST_PLAY)
        tree.count = max(tree.count, leaf + 1)
        return int(leaf)

    def _position(self, node: int) -> Position:
        if node == 0:
            return self.position
        nodes = self.tree.nodes
        parent = int(nodes["parent"][node])
        if parent not in self._positions:
            self._positions[parent] = self._position(parent)
        return self._positions[parent].play(int(nodes["move"][node]))

    def _open(self, node: int, position: Position, evaluation: Evaluation) -> None:
        policy = without_lost_passes(evaluation.policy, position, self.komi)
        self.tree.open(node, policy, for_black(position, evaluation.win_rate), evaluation.ownership)
        self._owned += self.tree.owned[node] / SCALE
        self._evaluated += 1
        if node == 0 and self.noise:
            self._stir()

    def _stir(self) -> None:
        """Mixes noise into the root's prior, so that self-play tries what the network would not."""
        policy = np.zeros(self.position.points + 1)
        choices = int(self.tree.nodes["choices"][0])
        moves = self.tree.moves[0, :choices]
        drawn = self._random.dirichlet(np.full(choices, NOISE / choices))
        policy[moves] = (1 - self.noise) * self.tree.priors[0, :choices] + self.noise * drawn
        self.tree.reweigh(0, policy.astype(np.float32))

    def _variation(self) -> tuple[int, ...]:
        nodes, node, found = self.tree.nodes, 0, list[int]()
        while len(found) < LONGEST_VARIATION:
            tried = [child for child in self.tree.children(node) if nodes["visits"][child]]
            if not tried:
                break
            node = max(tried, key=lambda child: (nodes["visits"][child], nodes["prior"][child]))
            found.append(int(nodes["move"][node]))
        return tuple(found)


def result_of(position: Position, komi: float) -> float:
    """Of a game that is over: 1 where Black wins, 0 where White does."""
    score = position.score(komi)
    return 0.5 if score == 0 else float(score > 0)


def without_lost_passes(policy: NDArray[np.float32], position: Position, komi: float) -> NDArray[np.float32]:
    """The policy without moves that the rules alone prove to be no better than another one.

    Who passes while behind loses, for the other passes too. Who is ahead after the other's pass wins by
    passing.
    """
    score = position.score(komi)
    lead = score if position.to_play == BLACK else -score
    if lead > 0 and position.passes:
        only = np.zeros_like(policy)
        only[-1] = 1
        return only
    if lead >= 0:
        return policy
    others = policy.copy()
    others[-1] = 0
    if not others.any():
        others[:-1] = position.legal()[:-1]
    if not others.any():
        return policy
    normalised: NDArray[np.float32] = others / others.sum()
    return normalised
