"""Levels, giving up, and the tree that a player keeps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from demos.go.board import BLACK
from demos.go.engine import Evaluation, Evaluator
from demos.go.model import GoNetwork
from demos.go.players import (
    HOPELESS,
    LATE,
    LEVELS,
    PATIENCE,
    Player,
    choose,
    drawn,
)
from demos.go.rules import Position, empty
from demos.go.search import Search
from tests.demos.go.conftest import uniform
from tests.demos.go.test_passing import board, generator, saying

NOBODYS = np.zeros((5, 5), np.float32)


# ---- the table ------------------------------------------------------------------------------------------


def test_levels_go_from_weak_to_strong() -> None:
    levels = list(LEVELS.values())
    assert len(levels) >= 6
    assert all(
        key == level.key and level.title and level.sentence.endswith(".") for key, level in LEVELS.items()
    )
    strengths = [(level.visits, -level.random, -level.temperature) for level in levels]
    assert strengths == sorted(strengths)
    assert len(set(strengths)) == len(levels)
    assert not levels[0].resigns
    assert (LEVELS["policy"].visits, LEVELS["policy"].temperature, LEVELS["policy"].random) == (0, 0, 0)
    assert LEVELS["search"].visits == 200


@pytest.mark.parametrize("level", LEVELS.values(), ids=lambda level: level.key)
def test_every_level_plays_legal_games(level: object, network: GoNetwork) -> None:
    chosen = replace(LEVELS[level.key], visits=min(LEVELS[level.key].visits, 12))  # type: ignore[attr-defined]
    player = Player(Evaluator(network), chosen, seed=1)
    position = empty(5)
    for _ in range(12):
        decision = player.decide(position, 0.5)
        assert position.legal()[decision.move]
        assert 0 <= decision.win_rate <= 1
        assert (decision.report is not None) == bool(chosen.visits)
        position = position.play(decision.move)
        if position.over:
            break


def test_the_policy_level_plays_the_first_choice() -> None:
    decision = choose(empty(5), 0.5, saying(7, 0.5, NOBODYS), LEVELS["policy"], generator())
    assert (decision.move, decision.resigns) == (7, False)


def test_beginners_often_play_another_move_and_strong_ones_never() -> None:
    evaluate = saying(7, 0.5, NOBODYS)

    def share(key: str) -> float:
        random = generator()
        return sum(choose(empty(5), 0.5, evaluate, LEVELS[key], random).move == 7 for _ in range(200)) / 200

    shares = [share(key) for key in ("first", "beginner", "casual", "club", "policy")]
    assert shares == sorted(shares)
    assert shares[0] < 0.4
    assert shares[-1] == 1


def test_random_moves_put_no_stone_into_atari() -> None:
    position = board(
        """
        .O.O.
        O...O
        .....
        O...O
        .O.O.
        """
    )
    level = replace(LEVELS["first"], random=1.0)
    random = generator()
    moves = {choose(position, 0.5, uniform, level, random).move for _ in range(200)}
    # The corners are suicide, and in the middle of a side a stone has one liberty.
    assert moves == {6, 7, 8, 11, 12, 13, 16, 17, 18}


def test_drawing_follows_the_temperature() -> None:
    policy = np.array([0.6, 0.3, 0.1, 0.0, 0.001], np.float32)
    allowed = np.array([True, True, True, True, True])
    random = generator()

    def shares(temperature: float) -> NDArray[np.float64]:
        draws = [drawn(policy, allowed, temperature, random) for _ in range(4000)]
        return np.bincount(draws, minlength=5) / len(draws)

    assert shares(1.0) == pytest.approx([0.6, 0.3, 0.1, 0, 0], abs=0.03)
    squares = np.array([0.36, 0.09, 0.01])
    assert shares(0.5)[:3] == pytest.approx(squares / squares.sum(), abs=0.03)
    assert shares(0.0).tolist() == [1, 0, 0, 0, 0]
    assert drawn(policy, ~allowed | (np.arange(5) == 3), 1.0, random) == 3  # though it has no probability


# ---- giving up ------------------------------------------------------------------------------------------


def late(size: int = 5) -> Position:
    return replace(empty(size), number=int(LATE * size * size) + 1)


@pytest.mark.parametrize(
    ("key", "position", "win_rate", "resigns"),
    [
        ("policy", late, HOPELESS / 2, True),
        ("reader", late, HOPELESS / 2, True),
        ("policy", late, HOPELESS * 2, False),
        ("policy", lambda: empty(5), HOPELESS / 2, False),
        ("first", late, HOPELESS / 2, False),
        ("beginner", late, HOPELESS / 2, False),
    ],
)
def test_gives_up_late_and_only_after_some_hopeless_moves(
    key: str, position: Callable[[], Position], win_rate: float, resigns: bool
) -> None:
    def evaluate(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        lost = [win_rate if seen.to_play == BLACK else 1 - win_rate for seen in positions]
        found = zip(uniform(positions, komi), lost, strict=True)
        return [replace(evaluation, win_rate=rate) for evaluation, rate in found]

    player = Player(evaluate, LEVELS[key])
    found = [player.decide(position(), 0.5).resigns for _ in range(PATIENCE)]
    assert found == [False] * (PATIENCE - 1) + [resigns]
    player.forget()
    assert not player.decide(position(), 0.5).resigns


def test_hope_returns() -> None:
    level = LEVELS["policy"]
    lost, won = saying(2, 0.01, NOBODYS), saying(2, 0.5, NOBODYS)
    first = choose(late(), 0.5, lost, level, generator(), hopeless=PATIENCE - 2)
    assert first.hopeless == PATIENCE - 1
    assert choose(late(), 0.5, won, level, generator(), hopeless=first.hopeless).hopeless == 0
    assert choose(late(), 0.5, lost, level, generator(), hopeless=first.hopeless).resigns


# ---- the tree of a player -------------------------------------------------------------------------------


def test_a_player_goes_on_with_its_tree() -> None:
    asked = 0

    def counted(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        nonlocal asked
        asked += len(positions)
        return uniform(positions, komi)

    player = Player(counted, LEVELS["reader"])
    position = empty(3)
    first = player.decide(position, 0.5)
    assert first.report is not None
    position = position.play(first.move).play(first.report.variation[1])
    before = asked
    second = player.decide(position, 0.5)
    assert second.report is not None
    assert second.report.visits_total >= LEVELS["reader"].visits
    assert asked - before < before
    assert player.decide(empty(3), 0.5).move == first.move  # another game
    assert player.decide(empty(5), 0.5).report is not None
    assert player.decide(empty(5), 9.5).win_rate >= 0


def test_can_be_stopped() -> None:
    decision = choose(empty(5), 0.5, uniform, LEVELS["full"], generator(), stopped=lambda: True)
    assert decision.report is not None
    assert decision.report.visits_total < 20
    assert empty(5).legal()[decision.move]


def test_a_given_tree_is_used() -> None:
    search = Search(empty(5), 0.5, uniform)
    list(search.run(visits=60))
    decision = choose(empty(5), 0.5, uniform, LEVELS["reader"], generator(), search=search)
    assert decision.report is not None
    assert decision.report.visits_total == 60
