"""The game of the two: who moves when, a run that is stopped and goes on, and what it saves."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor, nn

from demos.faces import dcgan, model
from demos.faces import train as training
from demos.faces.model import LEVELS, RESOLUTION, STYLE, Generator
from demos.faces.train import DCGAN, Game, Portraits, Settings, main, save, train
from gallery.device import pick_device
from gallery.training import Run, halved
from tests.demos.faces.test_augment import faces_in

CPU = replace(pick_device("cpu"), training_dtype=torch.float32)
SMALL = Settings(batch=2, penalty_every=2, ema_decay=0.9)
MINUTE = 60.0  # seconds


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks so small are slowed down by more, above all where something else runs."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """All networks as they are, with few channels."""
    monkeypatch.setattr(model, "CHANNELS", dict(zip(LEVELS, (8, 8, 6, 6, 4, 4), strict=True)))
    monkeypatch.setattr(dcgan, "WIDTHS", (16, 8, 8, 4, 4))


@pytest.fixture
def portraits(tmp_path: Path) -> Portraits:
    return Portraits(faces_in(tmp_path, side=RESOLUTION), CPU.torch_device)


def weights_of(network: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("mixing", [0.0, 0.5, 1.0])
def test_some_pictures_change_their_style_on_the_way(
    portraits: Portraits, mixing: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = Game(portraits, replace(SMALL, mixing=mixing), CPU)
    seen: list[Tensor] = []

    def painted(self: Generator, styles: Tensor) -> Tensor:
        seen.append(styles)
        return torch.zeros(len(styles), 3, RESOLUTION, RESOLUTION)

    monkeypatch.setattr(Generator, "painted", painted)
    asked: list[tuple[Tensor, Tensor]] = []
    assert isinstance(game.generator, Generator)
    game.generator.mapping.register_forward_hook(lambda part, x, made: asked.append((x[1], made)))
    _, wanted = game.made(400)
    (styles,) = seen
    assert styles.shape == (400, len(LEVELS), STYLE)
    assert all(torch.equal(conditions, wanted) for conditions, _ in asked)
    coarse, fine = (made for _, made in asked)
    from_fine = (styles == fine[:, None]).all(dim=2)
    assert torch.equal(from_fine, ~(styles == coarse[:, None]).all(dim=2))
    assert not from_fine[:, 0].any()
    assert (from_fine[:, 1:] >= from_fine[:, :-1]).all()  # once fine, always fine
    changed = from_fine.any(dim=1)
    assert changed.float().mean().item() == pytest.approx(mixing, abs=0.08 if mixing == 0.5 else 0)
    if mixing:
        assert from_fine.sum(dim=1)[changed].unique().tolist() == list(range(1, len(LEVELS)))


@pytest.mark.parametrize("still", ["generator", "discriminator"])
def test_each_player_moves_in_its_own_half(portraits: Portraits, still: str) -> None:
    game = Game(portraits, SMALL, CPU)
    place = ("generator", "discriminator").index(still)
    game.optimisers[place].param_groups[0]["lr"] = 0.0
    networks = (game.generator, game.discriminator)
    before = [weights_of(network) for network in networks]
    game.step(penalise=True)
    for i, network in enumerate(networks):
        assert same(weights_of(network), before[i]) == (i == place)


@pytest.mark.parametrize("plain", [False, True])
def test_the_mean_follows_the_generator(portraits: Portraits, plain: bool) -> None:
    game = Game(portraits, replace(DCGAN, batch=2, ema_decay=0.9) if plain else SMALL, CPU, dcgan=plain)
    assert same(weights_of(game.mean), weights_of(game.generator))
    for _ in range(2):
        before, statistics = weights_of(game.mean), dict(game.generator.named_buffers())
        game.step(penalise=False)
        now, found = weights_of(game.generator), weights_of(game.mean)
        for name, value in found.items():
            expected = now[name] if name in statistics else 0.9 * before[name] + 0.1 * now[name]
            torch.testing.assert_close(value, expected, msg=name)
        assert not same(found, before)
    assert bool(statistics) == plain


def test_the_optimiser_of_the_penalised_makes_smaller_steps(portraits: Portraits) -> None:
    """StyleGAN2, appendix B: with one more step in 16, the rate and the decay are 16/17 of what they were."""
    game = Game(portraits, Settings(batch=2), CPU)
    generator, discriminator = (optimiser.param_groups[0] for optimiser in game.optimisers)
    assert (generator["lr"], generator["betas"]) == (0.0025, (0.0, 0.99))
    assert discriminator["lr"] == pytest.approx(0.0025 * 16 / 17)
    assert discriminator["betas"] == pytest.approx((0.0, 0.99 ** (16 / 17)))


class Minutes(Run):
    """A run whose every step takes a minute."""

    @property
    def seconds(self) -> float:
        return MINUTE * self.step

    def due(self, every: float = training.OFTEN) -> bool:
        return self.seconds % every == 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at the losses every 2 steps, and saves every 4."""
    monkeypatch.setattr(training, "Run", Minutes)
    monkeypatch.setattr(training, "REPORTED", 2)
    monkeypatch.setattr(training, "OFTEN", 4 * MINUTE)


def run(portraits: Portraits, out: Path, *, steps: int, dcgan: bool = False, seed: int = 0) -> Game:
    s = replace(DCGAN, batch=2) if dcgan else SMALL
    game = Game(portraits, replace(s, seed=seed), CPU, dcgan=dcgan)
    train(game, out, minutes=steps - 0.5)
    return game


def curve(out: Path) -> list[dict[str, float]]:
    with (out / "curve.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("plain", [False, True])
def test_a_stopped_run_goes_on_from_where_it_was(portraits: Portraits, tmp_path: Path, plain: bool) -> None:
    out = tmp_path / "run"
    stopped = run(portraits, out, steps=3, dcgan=plain)
    state = torch.load(out / "run.pt", weights_only=True)
    assert state.keys() == {
        "generator", "discriminator", "mean", "augment", "generator_steps", "discriminator_steps",
        "step", "seconds", "notes",
    }  # fmt: skip
    assert (state["step"], state["seconds"]) == (3, 3 * MINUTE)
    for name in ("generator", "discriminator", "mean"):
        for key, value in getattr(stopped, name).named_parameters():
            assert torch.equal(state[name][key], value), (name, key)

    gone_on = run(portraits, out, steps=2, dcgan=plain, seed=1)  # whose own weights are given up
    after = torch.load(out / "run.pt", weights_only=True)
    assert after["step"] == 5
    for steps in ("generator_steps", "discriminator_steps"):
        assert {one["step"].item() for one in after[steps]["state"].values()} == {5.0}
    for name in ("generator", "discriminator", "mean"):
        for key, value in getattr(gone_on, name).named_parameters():
            assert torch.equal(after[name][key], value), (name, key)
            assert 0 < (value - state[name][key]).abs().max() < 10 * gone_on.s.learning_rate, (name, key)
    assert [(row["step"], row["images"], row["seconds"]) for row in curve(out)] == [
        (step, 2 * step, MINUTE * step) for step in (2, 3, 4, 5)
    ]
    with Image.open(out / "samples-00000k.png") as samples:
        assert samples.size == (8 * RESOLUTION, 4 * RESOLUTION)


@pytest.mark.usefixtures("clock")
def test_losses_are_means_and_the_penalty_comes_in_turn(
    portraits: Portraits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th step measures n, 10 n, and three numbers more."""
    penalised: list[bool] = []

    def steps(game: Game) -> Callable[[bool], None]:
        game.terms += 1000  # what is recorded has to be run before, and counts for nothing

        def step(penalise: bool) -> None:
            penalised.append(penalise)
            game.terms += len(penalised) * torch.tensor([1.0, 10.0, 0.1, 0.01, 0.5])

        return step

    monkeypatch.setattr(Game, "steps", steps)
    run(portraits, tmp_path, steps=7)
    for row, step, mean in zip(curve(tmp_path), (2, 4, 6, 7), (1.5, 3.5, 5.5, 7), strict=True):
        assert row["step"] == step
        assert list(row.values())[3:] == pytest.approx([mean, 10 * mean, 0.1 * mean, 0.01 * mean, mean / 2])
    assert penalised == [True, False, True, False, True, False, True]
    run(portraits, tmp_path, steps=2)
    assert penalised[7:] == [False, True]  # the 8th and the 9th step
    run(portraits, tmp_path / "plain", steps=3, dcgan=True)
    assert not any(penalised[9:])


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Where the weights go, instead of where they are."""
    paths = {name: tmp_path / f"faces-{name}.safetensors" for name in (*training.WEIGHTS, "dcgan")}
    monkeypatch.setattr(training, "DCGAN_WEIGHTS", paths["dcgan"])
    monkeypatch.setattr(training, "WEIGHTS", {name: paths[name] for name in training.WEIGHTS})
    return paths


def test_what_is_saved_is_taken_up_again(portraits: Portraits, shipped: dict[str, Path]) -> None:
    game = Game(portraits, SMALL, CPU)
    game.step(penalise=False)
    save(game.mean, game.discriminator)
    other = Game(portraits, replace(SMALL, seed=1), CPU)
    other.begin_with(shipped)
    for found, kept in [
        (other.generator, game.mean), (other.mean, game.mean), (other.discriminator, game.discriminator)
    ]:  # fmt: skip
        assert same(weights_of(found), {key: x.half().float() for key, x in weights_of(kept).items()})
    other.step(penalise=False)
    assert not same(weights_of(other.generator), weights_of(other.mean))


def test_from_the_command_line(
    tmp_path: Path, shipped: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    faces, out = faces_in(tmp_path, side=RESOLUTION), tmp_path / "out"

    def command(*options: str) -> None:
        words = ["train", "--faces", str(faces), "--out", str(out), "--device", "cpu", "--batch", "2"]
        monkeypatch.setattr("sys.argv", [*words, "--minutes", "0", *options])
        main()

    command("--dcgan")
    assert [name for name, path in shipped.items() if path.exists()] == ["dcgan"]
    mean = torch.load(out / "dcgan" / "run.pt", weights_only=True)["mean"]
    assert same(load_file(shipped["dcgan"]), halved(mean))
    command()
    command()
    assert [[row["step"] for row in curve(folder)] for folder in (out / "dcgan", out)] == [[1], [1, 2]]
    kept = {name.removeprefix("generator."): value for name, value in load_file(shipped["generator"]).items()}
    begun: list[dict[str, Tensor]] = []

    def stopped(game: Game, out: Path, *, minutes: float) -> None:
        begun.append(weights_of(game.generator))

    monkeypatch.setattr(training, "train", stopped)
    command("--from-shipped", "--seed", "5")
    command("--seed", "5")
    assert same(begun[0], {name: value.float() for name, value in kept.items()})
    assert not same(begun[1], begun[0])
    with pytest.raises(SystemExit):
        command("--dcgan", "--from-shipped")
