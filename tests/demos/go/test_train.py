"""A training that is stopped and goes on, what it measures, and what it saves."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from demos.go import train as training
from demos.go.board import BLACK, WHITE
from demos.go.features import PLANES
from demos.go.games import POINTS, Games
from demos.go.model import GoNetwork, Output
from demos.go.train import Batch, Dealer, Settings, evaluate, losses, save, train
from gallery.device import pick_device
from gallery.training import Run
from tests.demos.go.conftest import random_network
from tests.demos.go.test_dealer import same
from tests.demos.go.test_games import data_set, games_of, random_game

SETTINGS = Settings(channels=4, blocks=2, batch=8, warm_up=2, cool_down=4)
CPU = pick_device("cpu")
MINUTE = 60.0  # seconds


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks so small are slowed down by more, above all where something else runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def games() -> Games:
    return games_of(*(random_game(seed, 100, width=9) for seed in (1, 2, 3)), winner=[BLACK, WHITE, 0])


class Minutes(Run):
    """A run whose every step takes a minute."""

    @property
    def seconds(self) -> float:
        return MINUTE * self.step

    def due(self, every: float = training.OFTEN) -> bool:
        return self.seconds % every == 0


def run(
    games: Games,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    steps: int,
    cool: bool = False,
    settings: Settings = SETTINGS,
) -> GoNetwork:
    out.mkdir(exist_ok=True)
    network = random_network(settings.channels, settings.blocks).requires_grad_(True)
    with monkeypatch.context() as patched:
        patched.setattr(training, "Run", Minutes)
        patched.setattr(training, "evaluate", quick)
        train(network, games, games, settings, CPU, out, minutes=steps - 0.5, cool=cool)
    return network


def quick(
    network: nn.Module, games: Games, s: Settings, device: object, *, positions: int
) -> dict[str, float]:
    assert positions >= 256
    return {"top1": 0.0}


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def equal(one: nn.Module, other: nn.Module) -> bool:
    first, second = one.state_dict(), other.state_dict()
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def curve(out: Path) -> list[dict[str, float]]:
    with (out / "curve.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def test_a_stopped_run_goes_on_as_if_nothing_had_been(
    games: Games, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(games, tmp_path / "whole", monkeypatch, steps=7)
    out = tmp_path / "stopped"
    part = run(games, out, monkeypatch, steps=3)
    assert not equal(part, whole)
    assert equal(run(games, out, monkeypatch, steps=4), whole)
    states = [torch.load(folder / "network.pt", weights_only=True) for folder in (tmp_path / "whole", out)]
    for name, value in states[0]["network"].items():
        assert torch.equal(states[1]["network"][name], value), name
    assert [row["step"] for row in curve(out)] == [3, 4, 7]
    assert [row["step"] for row in curve(tmp_path / "whole")] == [4, 7]
    assert not list(out.glob("*.partial"))


def test_an_interrupted_run_goes_on_from_its_checkpoint(
    games: Games, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four steps are saved; two are lost and done again."""
    whole = run(games, tmp_path / "whole", monkeypatch, steps=8)
    calls = 0

    def failing(output: Output, batch: Batch) -> dict[str, Tensor]:
        nonlocal calls
        calls += 1
        if calls == 7:
            raise KeyboardInterrupt
        return losses(output, batch)

    out = tmp_path / "stopped"
    with monkeypatch.context() as patched:
        patched.setattr(training, "losses", failing)
        with pytest.raises(KeyboardInterrupt):
            run(games, out, monkeypatch, steps=8)
    assert [row["step"] for row in curve(out)] == [4]
    assert equal(run(games, out, monkeypatch, steps=4), whole)


def test_cooling_ends_a_run_at_no_rate_and_survives_a_stop(
    games: Games, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "stopped"
    for folder in (whole, out):
        run(games, folder, monkeypatch, steps=3)
    cooled = run(games, whole, monkeypatch, steps=1000, cool=True)
    assert curve(whole)[-1]["step"] == 3 + SETTINGS.cool_down + 1
    assert curve(whole)[-1]["rate"] == 0
    run(games, out, monkeypatch, steps=2, cool=True)
    assert equal(run(games, out, monkeypatch, steps=1000, cool=True), cooled)
    assert [(row["step"], row["rate"]) for row in curve(out)] == [(3, 1.0), (4, 1.0), (5, 0.75), (8, 0.0)]


def test_training_learns(games: Games, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(channels=8, blocks=2, batch=12, warm_up=4, learning_rate=0.05, adam_rate=1e-2)
    small = games_of(games.moves[:100], winner=[BLACK])
    run(small, tmp_path / "run", monkeypatch, steps=32, settings=settings)
    rows = curve(tmp_path / "run")
    assert rows[0]["policy"] == pytest.approx(math.log(362), rel=0.1)
    assert rows[-1]["policy"] < 0.85 * rows[0]["policy"]
    assert rows[-1]["value"] < 0.5 * math.log(2), "Whose turn it is can be seen from komi."


def test_evaluating_changes_nothing_and_always_asks_the_same(games: Games) -> None:
    network = random_network(4, 2).train()
    dealer, before = Dealer(games, SETTINGS), weights_of(network)
    batch = dealer.batch(3, 8)
    state = torch.get_rng_state()
    first = evaluate(network, games, SETTINGS, CPU, positions=256)
    assert same(dealer.batch(3, 8), batch)
    assert torch.equal(torch.get_rng_state(), state)
    assert network.training
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert evaluate(network, games, replace(SETTINGS, seed=5), CPU, positions=256) == first


class Oracle(nn.Module):
    """Answers with a function of the planes."""

    def __init__(self, answer: Callable[[Tensor], Output]) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, planes: Tensor) -> Output:
        return self.answer(planes)


def test_evaluating_counts_what_was_right() -> None:
    """A game in which every move is pass: the one who always passes is always right."""
    passes = games_of(np.full(10, POINTS, np.int16), winner=[WHITE])
    whites = PLANES.index("komi / 10")

    def answer(planes: Tensor) -> Output:
        policy = torch.zeros(len(planes), POINTS + 1)
        policy[:, POINTS] = 1
        return Output(policy, planes[:, whites, 0, 0], planes[:, 0])

    found = evaluate(Oracle(answer), passes, SETTINGS, CPU, positions=256)
    assert found == {"top1": 1.0, "top5": 1.0, "winner": 1.0}


def test_saved_weights_load_and_are_small(tmp_path: Path) -> None:
    shipped = Settings()
    network, path = random_network(shipped.channels, shipped.blocks), tmp_path / "go.safetensors"
    for name, value in network.named_buffers():
        if "running" in name:
            value.uniform_(0.5, 1.5)
    save(network, path)
    assert path.stat().st_size < 10_000_000
    assert path.stat().st_mode & 0o777 == 0o644
    loaded = load_file(path)
    GoNetwork(shipped.channels, shipped.blocks).load_state_dict(loaded, strict=True)
    for name, value in network.state_dict().items():
        tolerance = 0 if "running" in name or not value.is_floating_point() else 1e-3
        np.testing.assert_allclose(
            loaded[name].float(), value.float(), rtol=tolerance, atol=1e-6 * bool(tolerance)
        )


def test_games_are_read_once_and_nobody_plays_in_both_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    out.mkdir()
    game, other = random_game(1, 60), random_game(2, 60)
    data_set(data, training.TRAINED[0], {1: ("anna", "ben", "B+Resign", game)}, [])
    late = {2: ("anna", "carl", "B+Resign", game), 3: ("dora", "emil", "W+2.5", other)}
    data_set(data, training.DEVELOPMENT[0], late, [])
    learnt, watched = training.games_in(data, out)
    np.testing.assert_array_equal(learnt.moves, game)
    np.testing.assert_array_equal(watched.moves, other)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("The games had been read.")

    monkeypatch.setattr(training, "read", never)
    again, _ = training.games_in(data, out)
    np.testing.assert_array_equal(again.moves, learnt.moves)


def test_the_parts_of_the_data_do_not_overlap() -> None:
    parts = [training.TRAINED, training.DEVELOPMENT, training.HELD_OUT]
    assert all(first <= last for first, last in parts)
    assert all(last < first for (_, last), (first, _) in pairwise(parts))
