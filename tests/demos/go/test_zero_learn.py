"""What the network of self-play says, and how it learns: pictures, targets, symmetries, losses."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import pytest
import torch

from demos.go.features import SYMMETRIES
from demos.go.zero.learn import dealt, follow, learn, losses, optimizer_of, turned
from demos.go.zero.network import PLANES, ZeroNetwork, fused
from demos.go.zero.play import Evaluate, Examples, Played, Tick, asked, drawn, play
from demos.go.zero.settings import Settings
from demos.go.zero.trees import Floats

TINY = Settings.of_size(3, channels=8, blocks=1, games=6, simulations=12, batch=16)


def network(seed: int = 0) -> ZeroNetwork:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = ZeroNetwork(8, 1)
        for value in made.state_dict().values():  # so that normalisation does something
            if value.ndim == 1 and value.is_floating_point():
                value.uniform_(0.5, 1.5)
    return made.eval()


def finished(work: Generator[Tick, None, Played]) -> Played:
    while True:
        try:
            next(work)
        except StopIteration as end:
            played: Played = end.value
            return played


def constant(points: int, liked: int) -> Evaluate:
    """Always wants one move."""

    def evaluate(planes: Floats) -> tuple[Floats, Floats]:
        logits = np.zeros((len(planes), points + 1), np.float32)
        logits[:, liked] = 50
        return logits, np.zeros(len(planes), np.float32)

    return evaluate


@pytest.fixture(scope="module")
def played() -> Played:
    player = asked(network())
    return finished(play((player, player), TINY, 6, np.random.default_rng(5), learning=True))


def test_shapes_and_ranges_on_any_board() -> None:
    for size in (3, 7, 9):
        policy, value = network()(torch.randn(2, len(PLANES), size, size))
        assert policy.shape == (2, size * size + 1)
        assert value.shape == (2,)
        assert (value.abs() <= 1).all()


def test_folding_the_normalisation_changes_nothing_but_the_time() -> None:
    made = network()
    planes = torch.randn(4, len(PLANES), 5, 5)
    for before, after in zip(made(planes), fused(made)(planes), strict=True):
        assert torch.allclose(before, after, atol=1e-5)
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in fused(made).modules())
    assert any(isinstance(part, torch.nn.BatchNorm2d) for part in made.modules()), "A copy was changed."


def test_planes_and_policies_turn_together() -> None:
    size, count = 4, SYMMETRIES
    random = np.random.default_rng(0)
    plane = random.random((size, size)).astype(np.float32)
    planes = np.tile(plane.reshape(1, 1, -1), (count, 2, 1))
    policy = np.tile(np.append(plane.reshape(-1), 7).astype(np.float32), (count, 1))
    seen, targets = turned(planes, policy, size, np.arange(count))
    # The eight ways to lay a square on itself, by NumPy.
    ways = {np.rot90(side, k).tobytes() for side in (plane, plane.T) for k in range(4)}
    assert {seen[i, 0].reshape(size, size).tobytes() for i in range(count)} == ways
    assert len(ways) == 8
    for i in range(count):
        assert np.array_equal(seen[i, 0], seen[i, 1])
        assert np.array_equal(targets[i, :-1], seen[i, 0])
        assert targets[i, -1] == 7, "A pass is a pass from everywhere."


def test_losses_are_the_formulas() -> None:
    made = network()
    planes, value = torch.randn(3, len(PLANES), 3, 3), torch.tensor([1.0, 0.0, -1.0])
    policy = torch.rand(3, 10)
    policy /= policy.sum(1, keepdim=True)
    with torch.no_grad():
        logits, expected = made(planes)
        policy_loss, value_loss = losses(made, planes, policy, value)
    by_hand = -(policy * (logits - logits.exp().sum(1, keepdim=True).log())).sum() / 3
    assert policy_loss.item() == pytest.approx(by_hand.item(), rel=1e-5)
    assert value_loss.item() == pytest.approx(float(((expected - value) ** 2).mean()), rel=1e-5)


def test_targets_are_visits_and_winners(played: Played) -> None:
    examples, at = played.examples, 0
    assert len(examples.value) == sum(map(len, played.moves))
    longest = max(map(len, played.moves))
    for ply in range(longest):  # positions stand in order of the moves, games side by side
        for game, moves in enumerate(played.moves):
            if ply < len(moves):
                won = np.sign(played.scores[game]) * (1 if ply % 2 == 0 else -1)
                assert examples.value[at] == won
                assert examples.policy[at, moves[ply]] > 0, "Only what was visited is played."
                if ply:
                    last = moves[ply - 1]
                    assert examples.planes[at, 3].sum() == (last < 9)
                at += 1
    assert np.abs(examples.policy.astype(float).sum(axis=1) - 1).max() < 0.01
    occupied = examples.planes[:, 0] + examples.planes[:, 1]
    assert not (examples.policy[:, :-1] * occupied).any(), "Nobody plays where a stone is."
    assert set(np.unique(examples.planes[:, :5])) == {0, 1}


def test_each_player_is_black_in_half_of_the_games() -> None:
    passes, corner = constant(9, 9), constant(9, 0)
    s = Settings(size=3, simulations=1, longest=6, exploring=0)
    games = finished(play((passes, corner), s, 4, np.random.default_rng(0)))
    for moves in games.moves[:2]:
        assert moves[0] == 9
        assert moves[1] != 9
    for moves in games.moves[2:]:
        assert moves[0] != 9
        assert moves[1] == 9
    assert not len(games.examples.value)


def test_points_of_the_first() -> None:
    none = Examples(np.empty((0, 1, 1), np.float16), np.empty((0, 1), np.float16), np.empty(0, np.float16))
    # Wins as Black, draws as Black, loses as White, wins as White.
    assert Played(np.array([3, 0, 5, -1], np.float32), [[]] * 4, none).won_by_first == 2.5


def test_moves_are_drawn_with_their_probabilities() -> None:
    policy = np.tile([0.5, 0.0, 0.3, 0.2, 0.0], (20_000, 1))
    shares = np.bincount(drawn(policy, np.random.default_rng(0)), minlength=5) / 20_000
    assert shares == pytest.approx([0.5, 0, 0.3, 0.2, 0], abs=0.015)
    assert shares[[1, 4]].sum() == 0


def test_positions_are_dealt_from_the_whole_window(played: Played) -> None:
    parts = [played.examples, played.examples]
    planes, policy, value = dealt(parts, 3, 4000, np.random.default_rng(0))
    assert planes.shape == (4000, len(PLANES), 3, 3)
    assert policy.shape == (4000, 10)
    expected = float(played.examples.value.astype(float).mean())
    assert float(value.mean()) == pytest.approx(expected, abs=0.06)
    seen = {row.numpy().tobytes() for row in planes.flatten(1)}
    kept = {row.astype(np.float32).tobytes() for row in played.examples.planes}
    assert len(seen) > len(kept), "They are turned, too."


def test_it_can_learn_a_game_by_heart(played: Played) -> None:
    made, mean = network(), network()
    optimizer = optimizer_of(made, TINY)
    course = [
        loss
        for i in range(8)
        for loss in learn(made, mean, optimizer, [played.examples], TINY, np.random.default_rng(i))
    ]
    first, last = np.mean(course[:5], axis=0), np.mean(course[-5:], axis=0)
    assert (last < 0.95 * first).all()


def test_the_mean_follows_slowly() -> None:
    mean, goal = network(0), network(1)
    name = "policy.weight"
    before, ahead = mean.state_dict()[name].clone(), goal.state_dict()[name]
    follow(mean, goal, 0.75)
    assert torch.allclose(mean.state_dict()[name], 0.75 * before + 0.25 * ahead)
    running = "stem.1.running_var"
    for _ in range(60):
        follow(mean, goal, 0.75)
    assert torch.allclose(mean.state_dict()[running], goal.state_dict()[running], atol=1e-4)
