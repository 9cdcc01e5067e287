"""How a player ends a game: eyes, dead stones, passing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from demos.go.board import BLACK, EMPTY, WHITE
from demos.go.engine import Evaluate, Evaluation, Evaluator
from demos.go.model import GoNetwork
from demos.go.players import (
    LEVELS,
    Player,
    agreed_lead,
    agreed_score,
    choose,
    sensible_moves,
)
from demos.go.rules import LONGEST, Position, empty, from_stones
from demos.go.scoring import dead_stones
from tests.demos.go.conftest import uniform

SIGNS = {".": EMPTY, "X": BLACK, "O": WHITE}
NOBODYS = np.zeros((5, 5), np.float32)


def board(rows: str, to_play: int = BLACK) -> Position:
    """From lines of ., X for Black and O for White."""
    stones = np.array([[SIGNS[sign] for sign in row] for row in rows.split()], np.int8)
    return from_stones(stones, to_play)


def saying(
    move: int, win_rate: float, owned: NDArray[np.float32], after: NDArray[np.float32] | None = None
) -> Evaluate:
    """Prefers `move` where it is allowed; sees `owned`, and where it is White's turn `after`."""

    def evaluate(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        found = []
        for position, evaluation in zip(positions, uniform(positions, komi), strict=True):
            policy = evaluation.policy / 2
            policy[move] += 0.5 * (policy[move] > 0)
            seen = owned if after is None or position.to_play == BLACK else after
            found.append(Evaluation(policy / policy.sum(), win_rate, seen))
        return found

    return evaluate


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


# A wall of each colour; White's stone in the corner is dead, the column between belongs to nobody yet.
ENDING = """
    .X.O.
    .X.O.
    OX.O.
    .X.O.
    .X.O.
"""
OWNERS = np.array([[1, 1, 0, -1, -1]] * 5, np.float32) * np.float32(0.95)
SETTLED = np.array([[1, 1, 1, -1, -1]] * 5, np.float32) * np.float32(0.95)
FULL = """
    .XXO.
    .XXO.
    OXXO.
    .XXO.
    .XXO.
"""


# ---- eyes and dead stones -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "eyes"),
    [
        pytest.param(".X... XX... ..... ..... .....", [0], id="corner"),
        pytest.param(".X... XO... ..... ..... .....", [], id="corner, false"),
        pytest.param("X.X.. XXX.. ..... ..... .....", [1], id="side"),
        pytest.param("X.X.. OXX.. O.... ..... .....", [], id="side, false"),
        pytest.param("..... ..X.. .X.X. ..X.. .....", [12], id="middle"),
        pytest.param("..... .OX.. .X.X. ..X.. .....", [12], id="middle, one corner taken"),
        pytest.param("..... .OX.. .X.X. ..XO. .....", [], id="middle, two corners taken"),
        pytest.param("..... ..X.. .X.X. ..O.. .....", [], id="open"),
    ],
)
def test_own_eyes_are_not_filled(rows: str, eyes: list[int]) -> None:
    position = board(rows)
    kept = position.legal()[:-1] & ~sensible_moves(position)
    assert np.flatnonzero(kept).tolist() == eyes


def test_chains_die_and_live_as_a_whole() -> None:
    position = board(ENDING)
    assert dead_stones(position, OWNERS) == [2 * 5]
    doubtful = OWNERS.copy()
    doubtful[0, 1] = -1.0  # one point of a living chain
    assert dead_stones(position, doubtful) == [2 * 5]
    assert not dead_stones(position, NOBODYS)
    assert len(dead_stones(position, -np.ones((5, 5), np.float32))) == 5  # Black's wall


def test_dead_stones_are_taken_off_before_counting() -> None:
    position = board(FULL)
    assert position.score(0) == 10 - 11  # Black's corner counts for nobody
    assert agreed_score(position, 0.5, SETTLED) == 15 - 10 - 0.5
    assert agreed_lead(position, 0.5, SETTLED) == 4.5
    assert agreed_lead(board(FULL, WHITE), 0.5, SETTLED) == -4.5


# ---- passing --------------------------------------------------------------------------------------------

KEYS = ["first", "club", "policy", "reader"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("to_play", [BLACK, WHITE])
def test_passes_when_nothing_is_left(key: str, to_play: int) -> None:
    """Neither into the opponent's territory nor into one's own, even if the network would like to."""
    for move in (0, 4):
        decision = choose(board(FULL, to_play), 0.5, saying(move, 0.5, SETTLED), LEVELS[key], generator())
        assert decision.move == 25


@pytest.mark.parametrize("key", KEYS[1:])
def test_plays_on_while_there_is_a_point_to_be_had(key: str) -> None:
    decision = choose(board(ENDING), 0.5, saying(2, 0.5, OWNERS), LEVELS[key], generator())
    assert decision.move != 25


@pytest.mark.parametrize("key", KEYS[1:])
def test_plays_on_where_passing_would_cost_stones(key: str) -> None:
    lost = SETTLED.copy()
    lost[:2, :3] = -0.95
    evaluate = saying(0, 0.5, SETTLED, after=lost)
    assert choose(board(FULL), 0.5, evaluate, LEVELS[key], generator()).move != 25
    passed = board(FULL, WHITE).play(25)
    assert choose(passed, 0.5, evaluate, LEVELS["policy"], generator()).move != 25


def test_passes_after_a_pass_when_ahead_whatever_happens_to_the_rest() -> None:
    passed = board(ENDING, WHITE).play(25)
    unsure = OWNERS.copy()
    unsure[:, 1] = 0.1
    for komi, owned, move in ((-6.5, OWNERS, 25), (0.5, OWNERS, 2), (-6.5, unsure, 2)):
        decision = choose(passed, komi, saying(2, 0.5, owned), LEVELS["policy"], generator())
        assert decision.move == move


def test_passes_where_all_that_is_left_are_eyes() -> None:
    position = board(
        """
        .X.XX
        XXXXX
        XXXXX
        XXXXX
        XXXXX
        """
    )
    assert not sensible_moves(position).any()
    assert choose(position, 0.5, uniform, LEVELS["policy"], generator()).move == 25


def test_cleanup_takes_dead_stones_before_it_passes() -> None:
    player = Player(saying(0, 0.5, SETTLED), LEVELS["reader"], cleanup=True)
    passed = board(FULL, WHITE).play(25)
    assert player.decide(passed, 0.5).move != 25
    assert player.decide(passed, -6.5).move == 25  # ahead as the stones lie
    position = passed
    while not position.over:
        position = position.play(player.decide(position, 0.5).move if position.to_play == BLACK else 25)
    assert position.score(0.5) > 0


def test_a_search_that_wins_by_counting_dead_stones_goes_on() -> None:
    """White passed: as the stones lie Black is ahead, but nobody would agree."""
    position = board(".XXO. .XXO. .XXOX .XXO. .XXO.", WHITE).play(25)
    owned = SETTLED * np.float32(0.5)  # the game may go on
    assert position.score(7.5) == 3.5
    assert agreed_score(position, 7.5, owned) == -2.5
    decision = choose(position, 7.5, saying(0, 0.5, owned), LEVELS["reader"], generator())
    assert decision.move != 25
    assert choose(position, 2.5, saying(0, 0.5, owned), LEVELS["reader"], generator()).move == 25


@pytest.mark.parametrize("key", ["first", "policy", "reader"])
def test_games_end_by_themselves(key: str, network: GoNetwork) -> None:
    level = replace(LEVELS[key], visits=min(LEVELS[key].visits, 8), resigns=False)
    players = [Player(Evaluator(network), level, seed=seed) for seed in (1, 2)]
    position = empty(5)
    while not position.over:
        position = position.play(players[position.number % 2].decide(position, 0.5).move)
    assert position.passes == 2
    assert position.number < LONGEST / 2


def test_nothing_is_decided_after_the_end() -> None:
    with pytest.raises(ValueError, match="over"):
        choose(empty(5).play(25).play(25), 0.5, uniform, LEVELS["policy"], generator())
