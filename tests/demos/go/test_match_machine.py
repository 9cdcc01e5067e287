"""The machine's part of a game: it answers at each level, reads, stops, gives up, counts, and helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from demos.go import match as rules
from demos.go.engine import Evaluation
from demos.go.match import Settings
from demos.go.players import LEVELS, Decision
from demos.go.rules import Position
from gallery.inputs import InputError
from gallery.runtime import Runtime
from tests.demos.go.conftest import uniform
from tests.demos.go.test_match import SMALL, WALLS, at, counting, match_of


@pytest.fixture
def sure(monkeypatch: pytest.MonkeyPatch, house: Runtime) -> Runtime:
    """A house whose network finds all moves alike, and the left Black's and the right White's."""

    def evaluate(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        halves = np.where(np.arange(19) < 5, 1, -1).astype(np.float32)
        return [
            replace(found, ownership=np.tile(halves[: position.size], (position.size, 1)))
            for found, position in zip(uniform(positions, komi), positions, strict=True)
        ]

    monkeypatch.setattr(rules, "Evaluator", lambda network, symmetries=1: evaluate)
    return house


def decides(monkeypatch: pytest.MonkeyPatch, move: int, **more: Any) -> None:
    monkeypatch.setattr(rules, "choose", lambda *_, **__: Decision(move, 0.25, **more))


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_answers_with_an_allowed_move(level: str, sure: Runtime) -> None:
    stop = LEVELS[level].visits > 50  # it is the same search, and takes its time
    match = match_of("D4", Settings(level=level, size=9), seed=5)
    answered = rules.answer(match, sure, lambda: stop)
    assert match.position.legal()[answered.moves[-1]]
    assert answered.moves[:-1] == match.moves
    assert 0 <= (answered.win_rate or 0) <= 1
    assert not answered.waiting
    if not LEVELS[level].visits:
        assert rules.answer(match, sure) == answered, "The same seed, the same move."


def test_reading_is_seen_and_can_be_stopped(sure: Runtime) -> None:
    match = match_of("D4", Settings(level="full", size=9))
    asked = 0

    def stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    *before, last = rules.think(match, sure, stopped)
    assert before
    assert all(thought.match is match and thought.report is not None for thought in before)
    assert last.report is not None
    assert last.report.visits_total < LEVELS["full"].visits
    assert len(last.match.moves) == 2


def test_it_does_nothing_out_of_turn(sure: Runtime) -> None:
    for match in (match_of("D4 E5"), counting(), rules.finish(counting())):
        assert rules.answer(match, sure) is match


def test_the_second_pass_counts(sure: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    match = match_of(WALLS.removesuffix(" pass"), replace(SMALL, colour="black"))
    decides(monkeypatch, 81)
    before = match_of(WALLS.removesuffix(" pass pass"), replace(SMALL, colour="black"))
    passed = rules.play(before, 81, before.turn)
    assert passed == match
    counted = rules.answer(passed, sure)
    assert counted.counting
    assert counted.dead == (at("B5"),), "Where the network is sure of Black."
    mine = rules.pass_(match_of("D4 pass", SMALL))
    assert mine.waiting, "After the person's own second pass it still has to count."
    assert rules.answer(mine, sure).dead == ()


def test_it_may_give_up(sure: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    decides(monkeypatch, 3, resigns=True, hopeless=5)
    over = rules.answer(match_of("D4"), sure)
    assert over.result == "B+R"
    assert over.moves == match_of("D4").moves


def test_how_long_it_is_hopeless_is_remembered(sure: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def choose(*_: Any, hopeless: int, **__: Any) -> Decision:
        asked.append(hopeless)
        return Decision(len(asked), 0.01, hopeless=hopeless + 1)

    monkeypatch.setattr(rules, "choose", choose)
    match = match_of("D4")
    for move in (50, 51, 52):
        match = rules.answer(match, sure)
        match = rules.play(match, move, match.turn)
    assert asked == [0, 1, 2]
    assert rules.take_back(match).hopeless == 0


def test_hints_are_the_networks_best_three(house: Runtime) -> None:
    match = match_of("D4 E5")
    hints = rules.hint(match, house)
    assert len(hints) == 3
    assert [share for _, share in hints] == sorted((share for _, share in hints), reverse=True)
    assert all(match.position.legal()[move] for move, _ in hints)
    for other in (match_of("D4"), counting()):
        with pytest.raises(InputError, match="when it is your turn"):
            rules.hint(other, house)
    with pytest.raises(InputError, match="over"):
        rules.hint(rules.resign(match), house)
