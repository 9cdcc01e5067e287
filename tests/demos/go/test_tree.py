"""The tree below a search: its books, what it keeps as the game goes on, and what interrupts it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from demos.go import search as module
from demos.go.board import BLACK, WHITE
from demos.go.engine import Evaluation, Evaluator
from demos.go.model import GoNetwork
from demos.go.rules import IllegalMove, Position, empty, from_stones
from demos.go.search import Report, Search
from demos.go.tree import ENDED, NEW, OPEN, Tree
from gallery.gate import FairGate
from tests.demos.go.conftest import uniform


def searched(search: Search, visits: int) -> Report:
    *_, report = search.run(visits=visits)
    return report


def check_books(search: Search) -> None:
    """Every node's visits and wins are its own evaluation's and its children's; nothing is pending."""
    tree: Tree = search.tree
    nodes = tree.nodes[: tree.count]
    assert not nodes["pending"].any()
    for node in range(tree.count):
        children = tree.children(node)
        assert len(children) == nodes["opened"][node] <= nodes["choices"][node]
        assert [nodes["move"][child] for child in children] == tree.moves[node, : len(children)].tolist()
        assert all(nodes["parent"][child] == node < child for child in children)
        visits, wins = nodes["visits"][node], nodes["wins"][node]
        if nodes["state"][node] == OPEN:
            assert visits == 1 + nodes["visits"][children].sum()
            assert wins == pytest.approx(nodes["result"][node] + nodes["wins"][children].sum())
        elif nodes["state"][node] == ENDED:
            assert wins == pytest.approx(visits * nodes["result"][node])
            assert not children
        else:
            assert nodes["state"][node] == NEW
            assert not visits
            assert not children


# ---- the books ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_visits_add_up(network: GoNetwork, batch: int) -> None:
    search = Search(empty(5), 0.5, Evaluator(network), batch=batch)
    report = searched(search, 150)
    assert report.visits_total == search.visits == 150 == report.visits.sum() + 1
    assert report.evaluations <= 150
    assert ((report.visits == 0) == np.isnan(report.win_rates)).all()
    assert report.prior.sum() == pytest.approx(1)
    tried = report.visits > 0
    of_moves = (report.visits[tried] * report.win_rates[tried]).sum()
    own = search.tree.nodes["result"][0]
    assert report.win_rate == pytest.approx((of_moves + own) / 150)
    assert report.top(3) == sorted(range(26), key=lambda m: (-report.visits[m], -report.prior[m]))[:3]
    assert report.best() == report.top(1)[0] == report.variation[0]
    replay = search.position
    for move in report.variation:
        replay = replay.play(move)
    check_books(search)


def test_ownership_is_the_mean_over_evaluations() -> None:
    asked: list[float] = []

    def counting(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        found = uniform(positions, komi)
        for i, evaluation in enumerate(found):
            asked.append(((len(asked) * 7) % 11 - 5) / 5)
            found[i] = Evaluation(evaluation.policy, 0.5, np.full((3, 3), asked[-1], np.float32))
        return found

    search = Search(empty(3), 0.5, counting)
    report = searched(search, 40)
    assert report.evaluations == len(asked)
    assert report.ownership == pytest.approx(np.full((3, 3), np.mean(asked)), abs=0.01)  # kept in eight bits


def test_win_rates_are_of_whose_turn_it_is() -> None:
    """To an evaluator that always sees Black ahead, no move of White's is good."""

    def for_the_black(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        return [
            Evaluation(found.policy, 0.9 if position.to_play == BLACK else 0.1, found.ownership)
            for position, found in zip(positions, uniform(positions, komi), strict=True)
        ]

    for to_play, expected in ((BLACK, 0.9), (WHITE, 0.1)):
        report = searched(Search(from_stones(empty(5).stones, to_play), 0.5, for_the_black), 20)
        assert report.win_rate == pytest.approx(expected)
        assert report.win_rates[report.visits > 0] == pytest.approx(expected)


def test_same_seed_same_search(network: GoNetwork) -> None:
    def visits(seed: int, noise: float) -> list[int]:
        search = Search(empty(5), 0.5, Evaluator(network), seed=seed, noise=noise)
        found: list[int] = searched(search, 120).visits.tolist()
        check_books(search)
        return found

    assert visits(1, 0.25) == visits(1, 0.25) != visits(2, 0.25)
    assert visits(1, 0) == visits(2, 0) != visits(1, 0.25)


def test_noise_mixes_into_the_prior_of_the_root_alone(network: GoNetwork) -> None:
    quiet = Search(empty(5), 0.5, Evaluator(network))
    noisy = Search(empty(5), 0.5, Evaluator(network), noise=0.25)
    quiet.step()
    noisy.step()
    before, after = quiet.report().prior, noisy.report().prior
    assert after.sum() == pytest.approx(1)
    assert (after >= 0.75 * before - 1e-6).all()
    assert not np.allclose(after, before)
    move = searched(noisy, 60).best()
    noisy.advance(move)
    check_books(noisy)
    searched(noisy, 90)
    check_books(noisy)


# ---- the tree goes on with the game ---------------------------------------------------------------------


def test_advance_keeps_what_was_read(network: GoNetwork) -> None:
    search = Search(empty(5), 0.5, Evaluator(network))
    before = searched(search, 300)
    move = before.best()
    child = next(c for c in search.tree.children(0) if search.tree.nodes["move"][c] == move)
    below = search.tree.children(child)
    expected = {
        int(search.tree.nodes["move"][c]): (search.tree.nodes["visits"][c], search.tree.nodes["wins"][c])
        for c in below
    }
    search.advance(move)
    check_books(search)
    after = search.report()
    assert after.visits_total == before.visits[move]
    assert after.win_rate == pytest.approx(1 - before.win_rates[move])
    assert after.variation[: len(before.variation) - 1] == before.variation[1:]
    assert {m: after.visits[m] for m in np.flatnonzero(after.visits)} == {
        m: visits for m, (visits, _) in expected.items() if visits
    }
    assert after.evaluations == 0
    assert search.position.recent[0] == move
    fresh = Search(search.position, 0.5, Evaluator(network))
    fresh.step()
    assert after.prior == pytest.approx(fresh.report().prior, abs=1e-6)
    more = searched(search, after.visits_total + 50)
    assert more.visits_total == after.visits_total + 50
    check_books(search)


def test_advance_to_an_unread_move_begins_anew() -> None:
    search = Search(empty(5), 0.5, uniform)
    search.step()
    search.advance(3)
    assert search.visits == 0
    assert search.position.recent == (3,)
    with pytest.raises(IllegalMove):
        search.advance(3)
    assert search.position.recent == (3,)
    assert searched(search, 10).visits_total == 10


def test_follow_finds_the_position_or_says_no() -> None:
    search = Search(empty(5), 0.5, uniform)
    searched(search, 400)
    variation = search.report().variation
    later = search.position.play(variation[0]).play(variation[1])
    assert search.follow(later)
    assert search.position.number == 2
    assert search.visits > 0
    check_books(search)
    assert not search.follow(empty(5))  # takes back
    assert not search.follow(empty(9))
    other = from_stones(search.position.stones, search.position.to_play)
    assert not search.follow(other)  # the same stones, but another past
    assert search.position.number == 2
    assert search.follow(later)


# ---- budgets, and being stopped -------------------------------------------------------------------------


def test_reports_come_and_the_last_one_is_complete() -> None:
    search = Search(empty(5), 0.5, uniform)
    reports = list(search.run(visits=100, every=0))
    assert len(reports) > 3
    totals = [report.visits_total for report in reports]
    assert totals == sorted(totals)
    assert totals[-1] == 100
    assert [report.visits_total for report in search.run(visits=50)] == [100]


def test_stops_and_goes_on() -> None:
    search = Search(empty(5), 0.5, uniform)
    assert searched_until(search, 5) < 100
    assert len(list(search.run(seconds=0))) == 1
    check_books(search)
    reports = search.run(every=0)
    next(reports)
    del reports  # closes it
    check_books(search)
    assert searched(search, 500).visits_total == 500


def searched_until(search: Search, looks: int) -> int:
    """Visits when `stopped` says so at its n-th look."""
    count = iter(range(looks))
    *_, report = search.run(stopped=lambda: next(count, None) is None)
    return report.visits_total


def test_each_step_is_made_in_a_turn() -> None:
    gate = FairGate()
    asked = 0

    def watched(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        nonlocal asked
        asked += gate.busy
        return uniform(positions, komi)

    reports = 0
    for _ in Search(empty(5), 0.5, watched).run(visits=60, every=0, turn=gate.turn):
        reports += 1
        assert not gate.busy
    assert asked == reports - 1 > 3  # the last report needs no turn


def test_what_the_network_raises_leaves_the_tree_whole() -> None:
    calls = iter([False] * 6 + [True])

    def failing(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        if next(calls, False):
            raise MemoryError
        return uniform(positions, komi)

    search = Search(empty(5), 0.5, failing)
    with pytest.raises(MemoryError):
        searched(search, 200)
    check_books(search)
    assert 1 < search.visits < 200
    assert searched(search, 200).visits_total == 200
    check_books(search)


def test_batches_are_no_larger_than_asked() -> None:
    sizes: list[int] = []

    def counted(positions: Sequence[Position], komi: float) -> list[Evaluation]:
        sizes.append(len(positions))
        return uniform(positions, komi)

    searched(Search(empty(9), 0.5, counted, batch=8), 200)
    assert sizes[0] == 1
    assert max(sizes) == 8
    assert all(batch <= 1 + before // 4 for batch, before in zip(sizes, np.cumsum([0, *sizes]), strict=False))


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NODES", 100)
    search = Search(empty(5), 0.5, uniform)
    report = next(iter(search.run(every=60)))
    assert report.visits_total == 100 == search.tree.count
    assert search.step() == 0
    search.advance(report.best())
    assert search.step() > 0
