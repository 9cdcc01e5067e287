"""Who one plays against: levels from a first game to full strength, and when they pass or resign.

Reading guide: `LEVELS` is the table, `choose` one decision, a `Player` one side of a whole game. Weaker
levels are the same network, asked less seriously: they draw from its policy with a temperature, and now and
then play at random. How a game ends is the same for all: `finished` says whether anything is left to win.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numba import njit
from numpy.typing import NDArray

from demos.go.board import BLACK, EMPTY, WALL, padded
from demos.go.engine import Evaluate, Evaluation
from demos.go.features import PLANES, planes
from demos.go.rules import Position
from demos.go.scoring import dead_stones, score
from demos.go.search import Report, Search

HOPELESS = 0.04  # win rate below which a player thinks of resigning
PATIENCE = 5  # own moves in a row that were hopeless before it does
LATE = 0.3  # moves before which nobody resigns, as a share of the points
SURE = 0.6  # ownership from which on a point counts as settled
UNSURE = 0.06  # share of points that may still be unsettled when a game is over: seki, neutral points
FLOOR = 0.02  # moves with less than this share of the best one's probability are never drawn
SELF_ATARI = PLANES.index("1 liberty after playing here")


@dataclass(frozen=True)
class Level:
    """How strong a player is, and what that means."""

    key: str
    title: str
    sentence: str
    temperature: float = 0.0  # of the policy that moves are drawn from; 0 takes the best
    visits: int = 0  # of the search; 0 plays by the policy alone
    random: float = 0.0  # share of moves that are drawn from all sensible ones alike
    resigns: bool = True


LEVELS = {
    level.key: level
    for level in (
        Level(
            "first",
            "First game",
            "Every second move is a random one: for the day on which you learn the rules.",
            temperature=1.5,
            random=0.5,
            resigns=False,
        ),
        Level(
            "beginner",
            "Beginner",
            "Knows where moves usually go, and plays one in four at random.",
            temperature=1.2,
            random=0.25,
            resigns=False,
        ),
        Level(
            "casual",
            "Casual",
            "Plays one move in ten at random, the others as the network's policy happens to fall.",
            temperature=1.0,
            random=0.1,
            resigns=False,
        ),
        Level(
            "regular",
            "Regular",
            "Draws each move from the network's policy, so that a good move is likely but not certain.",
            temperature=1.0,
        ),
        Level(
            "club",
            "Club player",
            "Draws from a sharpened policy: mostly the best move, rarely a bad one.",
            temperature=0.4,
        ),
        Level("policy", "Intuition", "Always plays the policy's first choice, without reading ahead."),
        Level("reader", "Reader", "Reads ahead with 50 visits a move.", visits=50),
        Level("search", "Strong", "Reads ahead with 200 visits a move.", visits=200),
        Level("full", "Full strength", "Reads ahead with 800 visits a move, and takes its time.", visits=800),
    )
}


@dataclass(frozen=True)
class Decision:
    """A move, or giving up: then `move` is what it would have been."""

    move: int
    win_rate: float  # of whose turn it is, before the move
    resigns: bool = False
    hopeless: int = 0  # own moves in a row at which the win rate was below HOPELESS, this one included
    evaluation: Evaluation | None = None
    report: Report | None = None  # what was read, at levels that do


class Player:
    """One side of a game: remembers what it read and for how long its game has been hopeless.

    `cleanup` plays on until the rules alone count right, without agreeing about dead stones.
    """

    def __init__(
        self, evaluate: Evaluate, level: Level, *, seed: int = 0, batch: int = 16, cleanup: bool = False
    ) -> None:
        self.evaluate = evaluate
        self.level = level
        self.cleanup = cleanup
        self._batch = batch
        self._random = np.random.default_rng(seed)
        self._search: Search | None = None
        self._hopeless = 0

    def forget(self) -> None:
        """Before another game."""
        self._search, self._hopeless = None, 0

    def decide(
        self, position: Position, komi: float, stopped: Callable[[], bool] = lambda: False
    ) -> Decision:
        """What it does in `position`; see `choose`."""
        search = self._search
        if self.level.visits and (search is None or search.komi != komi or not search.follow(position)):
            self._search = search = Search(position, komi, self.evaluate, batch=self._batch)
        decision = choose(
            position,
            komi,
            self.evaluate,
            self.level,
            self._random,
            stopped,
            hopeless=self._hopeless,
            search=search,
            cleanup=self.cleanup,
        )
        self._hopeless = decision.hopeless
        return decision


def choose(
    position: Position,
    komi: float,
    evaluate: Evaluate,
    level: Level,
    random: np.random.Generator,
    stopped: Callable[[], bool] = lambda: False,
    *,
    hopeless: int = 0,
    search: Search | None = None,
    cleanup: bool = False,
) -> Decision:
    """What a player of this level does in a position that is not over.

    `hopeless` is that of the player's decision before, `search` a tree above this very position to go on
    with. Where it is `stopped`, it plays by what it has read. Raises ValueError where the game is over.
    """
    if position.over:
        raise ValueError("The game is over: there is nothing to decide.")
    (evaluation,) = evaluate([position], komi)
    report = None
    win_rate = evaluation.win_rate
    if level.visits:
        search = search or Search(position, komi, evaluate)
        *_, report = search.run(visits=level.visits, stopped=stopped)
        win_rate = report.win_rate
    hopeless = hopeless + 1 if win_rate < HOPELESS else 0
    found = Decision(position.points, win_rate, False, hopeless, evaluation, report)
    if level.resigns and hopeless >= PATIENCE and position.number >= LATE * position.points:
        found = replace(found, resigns=True)
    sensible = sensible_moves(position)
    if not sensible.any() or (not cleanup and finished(position, komi, evaluation, evaluate)):
        return found
    if report is not None:
        move = report.best()
        # Passing wins by the rules alone, but not if dead stones are taken off, as most people count.
        if move < position.points and sensible[move]:
            return replace(found, move=move)
        if move == position.points and (cleanup or agreed_lead(position, komi, evaluation.ownership) > 0):
            return found
    if level.random and random.random() < level.random:
        calm = sensible & (planes(position, komi)[SELF_ATARI].reshape(-1) == 0)
        return replace(found, move=int(random.choice(np.flatnonzero(calm if calm.any() else sensible))))
    return replace(found, move=drawn(evaluation.policy[:-1], sensible, level.temperature, random))


def drawn(
    policy: NDArray[np.float32], allowed: NDArray[np.bool_], temperature: float, random: np.random.Generator
) -> int:
    """A move of those allowed, (points,), with probabilities policy^(1 / temperature); the best for 0."""
    weights = np.where(allowed, policy, 0).astype(np.float64)
    if not weights.any():
        weights = allowed.astype(np.float64)
    if not temperature:
        return int(weights.argmax())
    weights /= weights.max()
    weights = np.where(weights >= FLOOR, weights, 0) ** (1 / temperature)
    return int(random.choice(len(weights), p=weights / weights.sum()))


# ---- the end of a game ----------------------------------------------------------------------------------


def finished(position: Position, komi: float, evaluation: Evaluation, evaluate: Evaluate) -> bool:
    """Whether nothing is left to play for, so that a player passes: the network is asked what passing costs.

    Ownership alone would not tell: it counts on answers to threats, and passing is no answer.
    """
    own = 1 if position.to_play == BLACK else -1
    sure = own * evaluation.ownership >= SURE
    # After the other's pass the game ends: enough to be ahead if all that is not sure were the other's.
    ahead = position.passes > 0 and 2 * int(sure.sum()) - position.points - own * komi > 0
    if not ahead and not quiet(evaluation.ownership):
        return False
    policy = np.where(sensible_moves(position), evaluation.policy[:-1], 0)
    if not position.passes and abs(evaluation.ownership.reshape(-1)[policy.argmax()]) < SURE:
        return False  # somebody's point is to be had
    (after,) = evaluate([position.play(position.points)], komi)
    return not (sure & (own * after.ownership < SURE)).any()


def quiet(ownership: NDArray[np.float32]) -> bool:
    """Whether nearly all points are somebody's."""
    return float((abs(ownership) < SURE).mean()) <= UNSURE


def agreed_score(position: Position, komi: float, ownership: NDArray[np.float32]) -> float:
    """Points by which Black is ahead when dead stones are taken off first, as people count."""
    return score(position, komi, dead_stones(position, ownership)).lead


def agreed_lead(position: Position, komi: float, ownership: NDArray[np.float32]) -> float:
    """The same for whose turn it is."""
    lead = agreed_score(position, komi, ownership)
    return lead if position.to_play == BLACK else -lead


def sensible_moves(position: Position) -> NDArray[np.bool_]:
    """(points,): allowed moves that do not fill an eye of one's own."""
    eyes = np.zeros(position.points, np.bool_)
    mark_eyes(position.board, position.size, position.to_play, eyes)
    return position.legal()[:-1] & ~eyes


@njit(cache=True)
def mark_eyes(board, size, colour, eyes):  # type: ignore[no-untyped-def]
    """Marks points between own stones only, unless the opponent's at the corners make the eye false."""
    for move in range(size * size):
        point = padded(move, size)
        eye = board[point] == EMPTY
        for step in (-1, 1, -size - 2, size + 2):
            eye = eye and (board[point + step] == colour or board[point + step] == WALL)
        others = edge = 0
        for step in (-size - 3, -size - 1, size + 1, size + 3):
            if board[point + step] == WALL:
                edge = 1
            elif board[point + step] == 3 - colour:
                others += 1
        eyes[move] = eye and others + edge < 2
