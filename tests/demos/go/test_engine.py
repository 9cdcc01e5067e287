"""What the evaluator makes of a network's answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from demos.go.board import BLACK, WHITE
from demos.go.engine import Evaluation, Evaluator, for_black, softmax
from demos.go.features import PLANES, SYMMETRIES, symmetry
from demos.go.model import GoNetwork, Output
from demos.go.rules import Position, empty, from_stones
from tests.demos.go.conftest import random_network
from tests.demos.go.test_rules import drawn

OWN, THEIRS = PLANES.index("own stones"), PLANES.index("opponent's stones")

FIGHT = """
    . X O . .
    X O . O .
    . X O . .
    . . . X .
    . . . . .
"""


@pytest.fixture(scope="module")
def opinionated() -> GoNetwork:
    """Never trained either, but with opinions: large weights, so that its answers differ."""
    network = random_network(8, 2, seed=3)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(2)
    return network


def played(size: int, *moves: int) -> Position:
    position = empty(size)
    for move in moves:
        position = position.play(move)
    return position


def swapped(position: Position) -> Position:
    """The same with the colours of all stones, and of whose turn it is, changed."""
    return from_stones(np.array([0, WHITE, BLACK], np.int8)[position.stones], 3 - position.to_play)


@pytest.mark.parametrize("position", [empty(5), played(9, 40), empty(19)], ids=["5", "9", "19"])
def test_to_a_symmetric_position_the_answer_is_symmetric(opinionated: GoNetwork, position: Position) -> None:
    from_one_side, from_all = (Evaluator(opinionated, n)([position], 6.5)[0] for n in (1, 8))
    one_sided = False
    for number in range(SYMMETRIES):
        moved = symmetry(number, position.size)
        points, area = from_all.policy[:-1], from_all.ownership.reshape(-1)
        np.testing.assert_allclose(points[moved], points, rtol=1e-4, atol=1e-8)
        np.testing.assert_allclose(area[moved], area, atol=1e-5)
        one_sided |= not np.allclose(from_one_side.policy[:-1][moved], from_one_side.policy[:-1], rtol=1e-3)
    assert one_sided, "The network alone has a favourite side."


@pytest.mark.parametrize("number", range(SYMMETRIES))
def test_a_turned_board_has_a_turned_answer(opinionated: GoNetwork, number: int) -> None:
    moves = (40, 30, 3, 77, 12, 81, 50)
    moved = np.append(symmetry(number, 9), 81)
    evaluate = Evaluator(opinionated, symmetries=8)
    straight, turned = evaluate([played(9, *moves), played(9, *map(int, moved[list(moves)]))], 6.5)
    np.testing.assert_allclose(turned.policy[moved], straight.policy, rtol=1e-4, atol=1e-8)
    np.testing.assert_allclose(
        turned.ownership.reshape(-1)[moved[:-1]], straight.ownership.reshape(-1), atol=1e-5
    )
    assert turned.win_rate == pytest.approx(straight.win_rate, abs=1e-5)


@pytest.mark.parametrize("symmetries", [1, 2, 8])
@pytest.mark.parametrize("to_play", [BLACK, WHITE])
def test_moves_that_are_not_allowed_get_nothing_and_the_rest_adds_up(
    network: GoNetwork, symmetries: int, to_play: int
) -> None:
    position = drawn(FIGHT, to_play)
    policy = Evaluator(network, symmetries)([position], 6.5)[0].policy
    allowed = position.legal()
    assert not allowed.all()
    assert policy.shape == (26,)
    assert (policy[~allowed] == 0).all()
    assert (policy[allowed] > 0).all()
    assert policy.sum() == pytest.approx(1, abs=1e-5)


def test_where_only_passing_is_allowed_it_passes(network: GoNetwork) -> None:
    surrounded = drawn("""
        . X .
        X . X
        . X .
    """, WHITE)  # fmt: skip
    evaluation = Evaluator(network)([surrounded], 6.5)[0]
    assert evaluation.policy.tolist() == [0] * 9 + [1]
    assert evaluation.best(5) == [9]


def test_changed_colours_change_who_owns_what_and_nothing_else(opinionated: GoNetwork) -> None:
    position = drawn(FIGHT)
    one = Evaluator(opinionated)([position], 6.5)[0]
    other = Evaluator(opinionated)([swapped(position)], -6.5)[0]
    np.testing.assert_array_equal(other.policy, one.policy)
    assert other.win_rate == one.win_rate
    np.testing.assert_array_equal(other.ownership, -one.ownership)
    assert np.abs(one.ownership).max() > 0.01


class Owner(nn.Module):
    """Is sure that each stone's owner owns its point, and that whose turn it is wins."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, planes: Tensor) -> Output:
        policy = torch.zeros(len(planes), planes[0, 0].numel() + 1)
        return Output(policy, torch.full((len(planes),), 9.0), 20 * (planes[:, OWN] - planes[:, THEIRS]))


@pytest.mark.parametrize("to_play", [BLACK, WHITE])
@pytest.mark.parametrize("symmetries", [1, 8])
def test_ownership_is_black_s_whoever_plays(to_play: int, symmetries: int) -> None:
    position = drawn(FIGHT, to_play)
    evaluation = Evaluator(Owner(), symmetries)([position], 6.5)[0]
    expected = np.array([0, 1, -1])[position.stones]
    np.testing.assert_allclose(evaluation.ownership, expected, atol=1e-4)
    assert evaluation.win_rate > 0.99
    assert (for_black(position, evaluation.win_rate) > 0.5) == (to_play == BLACK)


def test_many_positions_at_once_are_answered_as_one_by_one(network: GoNetwork) -> None:
    evaluate = Evaluator(network, symmetries=8)
    positions = [empty(7), played(7, 24), played(7, 24, 25, 49, 0), played(7, 49)]
    for together, position in zip(evaluate(positions, 7.5), positions, strict=True):
        alone = evaluate([position], 7.5)[0]
        np.testing.assert_allclose(together.policy, alone.policy, rtol=1e-4, atol=1e-7)
        np.testing.assert_allclose(together.ownership, alone.ownership, atol=1e-5)
        assert together.win_rate == pytest.approx(alone.win_rate, abs=1e-5)
    assert evaluate([], 7.5) == []


def test_positions_of_different_sizes_are_not_asked_together(network: GoNetwork) -> None:
    with pytest.raises(ValueError, match="shape"):
        Evaluator(network)([empty(5), empty(7)], 6.5)


def test_asking_leaves_the_network_as_it_was(network: GoNetwork) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    Evaluator(network, 8)([empty(9)], 6.5)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_best_moves_come_first_and_are_allowed() -> None:
    none = np.zeros((2, 2), np.float32)
    evaluation = Evaluation(np.array([0.1, 0.4, 0.0, 0.4, 0.1], np.float32), 0.5, none)
    assert evaluation.best(3) == [1, 3, 0]
    assert evaluation.best(5) == [1, 3, 0, 4], "A move without a chance is no suggestion."
    assert evaluation.best(0) == []


LOGITS = st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=2, max_size=30)


@settings(deadline=None)
@given(LOGITS, st.integers(0, 10**6))
def test_probabilities_are_probabilities_however_large_the_logits(logits: list[float], seed: int) -> None:
    allowed: NDArray[np.bool_] = np.random.default_rng(seed).random(len(logits)) < 0.5
    allowed[-1] = True  # a pass
    found = softmax(np.array(logits, np.float32), allowed)
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()
    assert (found[~allowed] == 0).all()
    order = np.argsort(np.where(allowed, logits, -np.inf), kind="stable")
    assert (np.diff(found[order]) >= 0).all(), "A larger logit is never less likely."
