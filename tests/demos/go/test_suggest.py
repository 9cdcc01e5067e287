"""Suggestions of a network that has learnt nothing: what must hold for any network."""

from __future__ import annotations

import numpy as np
import pytest

from demos.go.board import BLACK, WHITE
from demos.go.engine import Evaluator
from demos.go.features import symmetry
from demos.go.models import EMBEDDED
from demos.go.record import opened
from demos.go.rules import Position, empty, from_stones
from demos.go.suggest import COUNT, feel, mistakes, read, whole_game
from gallery.inputs import InputError
from gallery.runtime import Runtime

GAME = "(;SZ[9];B[ee];W[ec];B[cc];W[gg];B[gc];W[cg];B[ce];W[ge])"


@pytest.fixture(scope="module")
def positions() -> list[Position]:
    record = opened(GAME)
    return list(record.positions(record.end()))


def leases(house: Runtime) -> int:
    return sum(model.leases for model in house.status().cache.models)


def test_a_feeling_is_about_moves_that_are_allowed(house: Runtime, positions: list[Position]) -> None:
    found = feel(positions[-1], 6.5, house)
    assert found.heat.sum() == pytest.approx(1, abs=1e-5)
    assert not found.heat[~positions[-1].legal()].any()
    shares = [one.share for one in found.candidates]
    assert len(shares) == COUNT
    assert shares == sorted(shares, reverse=True)
    assert found.best.move == int(found.heat.argmax())
    assert 0 < found.win_rate < 1
    assert np.abs(found.ownership).max() <= 1


def test_a_feeling_turns_with_the_board(house: Runtime) -> None:
    stones = np.zeros((7, 7), np.int8)
    stones[[1, 2, 4], [1, 3, 5]] = [BLACK, WHITE, BLACK]
    seen = feel(from_stones(stones, WHITE), 6.5, house)
    for number in range(8):
        moved = symmetry(number, 7)
        turned = np.zeros(49, np.int8)
        turned[moved] = stones.reshape(-1)
        found = feel(from_stones(turned.reshape(7, 7), WHITE), 6.5, house)
        np.testing.assert_allclose(found.heat[:49][moved], seen.heat[:49], atol=1e-5)
        np.testing.assert_allclose(found.ownership.reshape(-1)[moved], seen.ownership.reshape(-1), atol=1e-5)
        assert found.win_rate == pytest.approx(seen.win_rate, abs=1e-5)


def test_win_rates_are_blacks(house: Runtime, positions: list[Position]) -> None:
    with house.cache.lease(EMBEDDED) as network:
        evaluations = Evaluator(network)(positions, 6.5)
    expected = [
        one.win_rate if position.to_play == BLACK else 1 - one.win_rate
        for one, position in zip(evaluations, positions, strict=True)
    ]
    *_, found = whole_game(positions, 6.5, house)
    assert found == pytest.approx(expected, abs=1e-4)


def test_reading_streams_until_its_budget_is_spent(house: Runtime, positions: list[Position]) -> None:
    found = []
    for opinion in read(positions[-1], 6.5, house, visits=100, every=0):
        assert not house.gate.busy, "Nobody waits while the page draws."
        found.append(opinion)
    visits = [one.visits for one in found]
    assert len(set(visits)) > 2
    assert visits == sorted(visits)
    assert visits[-1] == 100
    assert [one.finished for one in found] == [False] * (len(found) - 1) + [True]
    last = found[-1]
    assert last.heat.sum() == pytest.approx(1, abs=1e-5)
    visited = [one.visits or 0 for one in last.candidates]
    assert visited == sorted(one.visits or 0 for one in last.candidates)[::-1]
    assert last.variation[0] == last.best.move
    assert leases(house) == 0


def test_reading_stops_when_told_to(house: Runtime, positions: list[Position]) -> None:
    told = []

    def stopped() -> bool:
        told.append(True)
        return len(told) >= 3

    *_, last = read(positions[-1], 6.5, house, visits=5000, stopped=stopped)
    assert last.finished
    assert last.visits < 100
    assert leases(house) == 0


def test_reading_that_is_left_lets_go_of_the_network(house: Runtime, positions: list[Position]) -> None:
    work = read(positions[-1], 6.5, house, visits=5000, every=0)
    next(work)
    assert leases(house) == 1
    work.close()
    assert leases(house) == 0
    assert not house.gate.busy


def test_reading_takes_no_longer_than_it_may(house: Runtime, positions: list[Position]) -> None:
    *_, last = read(positions[-1], 6.5, house, seconds=0)
    assert last.finished
    with pytest.raises(InputError, match="visits or how many seconds"):
        next(read(positions[-1], 6.5, house))


def test_there_is_nothing_to_read_when_the_game_is_over(house: Runtime) -> None:
    over = empty(9).play(81).play(81)
    with pytest.raises(InputError, match="over"):
        next(read(over, 6.5, house, visits=10))
    assert feel(over, 6.5, house).candidates


def test_a_whole_game_grows_batch_by_batch(house: Runtime, positions: list[Position]) -> None:
    long = positions * 4
    found = list(whole_game(long, 6.5, house))
    assert [len(one) for one in found] == [16, 32, 36]
    assert found[1][:16] == found[0]
    assert [len(one) for one in whole_game(long, 6.5, house, stopped=lambda: True)] == [16]
    assert leases(house) == 0


def test_mistakes_are_falls_of_the_movers_own_win_rate(positions: list[Position]) -> None:
    # Black, White, Black, …: the 1st move loses 0.3, the 2nd 0.25 (Black's rate rises), the 3rd gains.
    rates = [0.5, 0.2, 0.45, 0.6, 0.6, 0.58, None, 0.1, 0.1]
    found = mistakes(rates, positions)
    assert [(one.number, one.colour) for one in found] == [(1, BLACK), (2, WHITE)]
    assert [one.drop for one in found] == pytest.approx([0.3, 0.25])
    assert [one.number for one in mistakes(rates, positions, count=1)] == [1]
    assert mistakes([], positions) == []
