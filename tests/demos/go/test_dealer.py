"""What is dealt to learn from, and what is made small."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from demos.go.board import BLACK
from demos.go.features import PLANES, SYMMETRIES, planes, symmetry
from demos.go.games import KOMI, POINTS, SIZE, Games
from demos.go.model import Output
from demos.go.train import Batch, Dealer, Owners, Settings, losses, rate
from tests.demos.go.test_games import games_of, random_game, replay

SETTINGS = Settings(warm_up=2, cool_down=4)


@pytest.fixture(scope="module")
def games() -> Games:
    """Black won the first by resignation and the second by 3.5 points; nobody knows who won the third."""
    return games_of(
        *(random_game(seed, 100, width=9) for seed in (1, 2, 3)),
        winner=[BLACK, BLACK, 0],
        margin=[math.nan, KOMI + 3.5, math.nan],
    )


@pytest.fixture(scope="module")
def owners() -> Owners:
    points = np.random.default_rng(0).integers(-1, 2, size=(1, POINTS)).astype(np.int8)
    return Owners(np.array([1]), points)


def one(dealer: Dealer, game: int, ply: int, number: int = 0, komi_error: float = 0.0) -> Batch:
    return dealer.positions(np.array([game]), np.array([ply]), np.array([number]), np.array([komi_error]))


def same(one: Batch, other: Batch) -> bool:
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in one.__dataclass_fields__)


def test_what_is_dealt_depends_on_the_seed_and_the_step_alone(games: Games, owners: Owners) -> None:
    dealer = Dealer(games, SETTINGS, owners)
    first = dealer.batch(7, 16)
    np.random.default_rng(0).random(5)
    dealer.batch(8, 16)
    assert same(first, Dealer(games, SETTINGS, owners).batch(7, 16))
    assert not same(first, dealer.batch(8, 16))
    assert not same(first, Dealer(games, replace(SETTINGS, seed=1), owners).batch(7, 16))
    for threads in (1, 3):
        stream = dealer.stream(7, 16, torch.device("cpu"), threads)
        for step in (7, 8, 9, 10, 11, 12):
            assert same(next(stream), dealer.batch(step, 16))


def test_a_batch_has_the_shapes_that_it_says(games: Games) -> None:
    batch = Dealer(games, SETTINGS).batch(0, 5)
    shapes = {name: tuple(getattr(batch, name).shape) for name in batch.__dataclass_fields__}
    assert shapes == {
        "planes": (5, len(PLANES), SIZE, SIZE),
        "move": (5,),
        "won": (5,),
        "known": (5,),
        "owners": (5, POINTS),
        "counted": (5,),
    }
    assert batch.move.dtype == torch.int64
    assert not batch.counted.any()


@pytest.mark.parametrize("number", range(SYMMETRIES))
def test_position_and_move_are_turned_alike(games: Games, number: int) -> None:
    dealer, moved = Dealer(games, SETTINGS), np.append(symmetry(number, SIZE), POINTS)
    for game, ply in ((0, 0), (0, 31), (1, 99), (2, 50)):
        moves = games.moves[games.starts[game] : games.starts[game + 1]]
        batch = one(dealer, game, ply, number)
        np.testing.assert_array_equal(batch.planes[0].numpy(), planes(replay(moves[:ply], number), KOMI))
        assert int(batch.move[0]) == moved[moves[ply]]
        assert replay(moves[:ply], number).legal()[int(batch.move[0])]


@pytest.mark.parametrize(("game", "known"), [(0, 1.0), (1, 1.0), (2, 0.0)])
def test_won_is_from_the_view_of_whose_turn_it_is(games: Games, game: int, known: float) -> None:
    dealer = Dealer(games, SETTINGS)
    black, white = one(dealer, game, 40), one(dealer, game, 41)
    assert float(black.known[0]) == float(white.known[0]) == known
    expected = (1.0, 0.0) if known else (0.5, 0.5)
    assert (float(black.won[0]), float(white.won[0])) == expected


@pytest.mark.parametrize("error", [-30.0, -4.2, -0.4, 0.0, 0.4, 2.9, 3.1, 4.0, 30.0])
def test_another_komi_changes_who_won_where_points_were_counted(games: Games, error: float) -> None:
    dealer = Dealer(games, SETTINGS)
    for ply, sign in ((40, -1), (41, 1)):
        batch = one(dealer, 1, ply, komi_error=error)
        komi = float(batch.planes[0, -1, 0, 0]) * 10 * sign
        assert komi % 1 == pytest.approx(0.5, abs=1e-5)
        assert abs(komi - (KOMI + error)) <= 1.01
        black_won = komi < KOMI + 3.5
        assert bool(batch.won[0]) == (black_won if ply == 40 else not black_won)
        resigned = one(dealer, 0, ply, komi_error=error)
        assert float(resigned.planes[0, -1, 0, 0]) * 10 * sign == pytest.approx(KOMI)
        assert bool(resigned.won[0]) == (ply == 40)


@pytest.mark.parametrize("number", range(SYMMETRIES))
def test_owners_are_turned_with_the_board_and_seen_by_whose_turn_it_is(
    games: Games, owners: Owners, number: int
) -> None:
    dealer, moved = Dealer(games, SETTINGS, owners), symmetry(number, SIZE)
    black, white = one(dealer, 1, 40, number), one(dealer, 1, 41, number)
    assert float(black.counted[0]) == 1
    for point in range(POINTS):
        expected = {1: 1.0, 0: 0.5, -1: 0.0}[int(owners.points[0, point])]
        assert float(black.owners[0, moved[point]]) == expected
        assert float(white.owners[0, moved[point]]) == 1 - expected
    unknown = one(dealer, 0, 40, number)
    assert float(unknown.counted[0]) == 0
    assert (unknown.owners == 0.5).all()


def test_losses_are_cross_entropies_of_what_is_known() -> None:
    won, known = torch.tensor([1.0, 0.0, 0.5]), torch.tensor([1.0, 1.0, 0.0])
    owned, counted = torch.zeros(3, POINTS), torch.tensor([1.0, 0.0, 0.0])
    owned[0] = 1
    batch = Batch(torch.zeros(3, 1, SIZE, SIZE), torch.tensor([0, 361, 5]), won, known, owned, counted)
    output = Output(torch.zeros(3, POINTS + 1), torch.tensor([2.0, 2.0, 9.0]), torch.zeros(3, SIZE, SIZE) + 1)
    found = {name: float(loss) for name, loss in losses(output, batch).items()}
    assert found["policy"] == pytest.approx(math.log(362), rel=1e-5)
    assert found["value"] == pytest.approx((math.log1p(math.exp(-2)) + math.log1p(math.exp(2))) / 2, rel=1e-5)
    assert found["ownership"] == pytest.approx(math.log1p(math.exp(-1)), rel=1e-5)
    nobody = replace(batch, known=torch.zeros(3), counted=torch.zeros(3))
    nothing = losses(output, nobody)
    assert float(nothing["value"]) == float(nothing["ownership"]) == 0


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    s = Settings(warm_up=10, cool_down=5)
    assert [rate(step, None, s) for step in (0, 4, 9, 10, 10**6)] == [0.1, 0.5, 1.0, 1.0, 1.0]
    assert [rate(1000, seconds, s) for seconds in (0, 150, 300, 400)] == [1.0, 0.5, 0.0, 0.0]
