"""The game: its rules against independent ones, that it is learnt, and that a stopped run goes on."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from demos.gan_lab.digits.model import LATENT, Discriminator, Snapshot
from demos.gan_lab.digits.train import join, part, snapshot_of, train
from demos.gan_lab.digits.training import (
    Losses,
    Settings,
    Training,
    as_bytes,
    as_input,
    beginning,
    discriminator_loss,
    follow,
    generator_loss,
    gradient_penalty,
    mean_of,
    round_seed,
)
from gallery.device import Device

CPU = Device(torch.device("cpu"), torch.float32)
QUICK = Settings(batch=8, r1_batch=4)


def two_kinds(each: int = 16) -> tuple[Tensor, Tensor]:
    """Dark pictures with label 0, bright ones with label 1."""
    random = torch.Generator().manual_seed(0)
    dark = torch.randint(0, 40, (each, 28, 28), generator=random)
    bright = torch.randint(216, 256, (each, 28, 28), generator=random)
    return torch.cat([dark, bright]).byte(), torch.arange(2).repeat_interleave(each)


def test_losses_are_cross_entropies() -> None:
    random = torch.Generator().manual_seed(1)
    real, fake = 4 * torch.randn(2, 50, generator=random, dtype=torch.float64)
    d_real, d_fake = 1 / (1 + (-real).exp()), 1 / (1 + (-fake).exp())
    torch.testing.assert_close(
        discriminator_loss(real, fake), -(d_real.log().mean() + (1 - d_fake).log().mean())
    )
    torch.testing.assert_close(generator_loss(fake), -d_fake.log().mean())


def test_who_can_only_guess_pays_two_log_two() -> None:
    nothing = torch.zeros(5)
    assert discriminator_loss(nothing, nothing).item() == pytest.approx(2 * math.log(2))
    assert generator_loss(nothing).item() == pytest.approx(math.log(2))


def test_the_generators_loss_does_not_saturate() -> None:
    sure = torch.tensor([-20.0], requires_grad=True)
    generator_loss(sure).backward()
    assert sure.grad is not None
    assert sure.grad.item() == pytest.approx(-1.0, abs=1e-6)


def test_the_penalty_is_the_squared_slope() -> None:
    """By finite differences, a pixel at a time."""
    torch.manual_seed(2)
    discriminator = Discriminator().double()
    picture = torch.rand(1, 1, 28, 28, dtype=torch.float64) * 2 - 1
    label, small = torch.tensor([3]), 1e-6
    moves = small * torch.eye(784, dtype=torch.float64).view(784, 1, 28, 28)
    with torch.no_grad():
        up, down = (discriminator(picture + sign * moves, label.expand(784)) for sign in (1, -1))
    slope = (up - down) / (2 * small)
    found = gradient_penalty(discriminator, picture, label)
    torch.testing.assert_close(found.detach(), slope.square().sum(), rtol=1e-5, atol=0)


def test_the_penalty_can_be_made_smaller() -> None:
    """Its own gradient, by finite differences in one weight of the last layer."""
    torch.manual_seed(3)
    discriminator = Discriminator().double()
    pictures, labels = torch.rand(4, 1, 28, 28, dtype=torch.float64), torch.arange(4)
    gradient_penalty(discriminator, pictures, labels).backward()
    weight = discriminator.get_parameter("look.4.weight")
    assert weight.grad is not None
    at, small = (5, 7, 1, 1), 1e-6
    found = []
    for sign in (1, -1):
        with torch.no_grad():
            weight[at] += sign * small
        found.append(gradient_penalty(discriminator, pictures, labels).item())
        with torch.no_grad():
            weight[at] -= sign * small
    assert weight.grad[at].item() == pytest.approx((found[0] - found[1]) / (2 * small), rel=1e-4)


def test_the_mean_follows() -> None:
    players = beginning(0)
    first = players.generator.start.weight.detach().clone()
    with torch.no_grad():
        players.generator.start.weight += 1
    follow(players, 0.75)
    torch.testing.assert_close(players.average.start.weight, first + 0.25)


def test_a_round_is_made_of_seed_and_step() -> None:
    def after(seed: int, step: int) -> dict[str, Tensor]:
        training = Training(beginning(0), replace(QUICK, seed=seed), CPU, step=step)
        training.play(*two_kinds())
        assert training.step == step + 1
        return training.players.state_dict()

    name = "generator.start.weight"
    once, again = after(1, 8), after(1, 8)
    assert all(torch.equal(value, again[key]) for key, value in once.items())
    assert not torch.equal(once[name], after(2, 8)[name])
    assert not torch.equal(once[name], after(1, 16)[name])


def test_no_two_small_seeds_share_a_round() -> None:
    rounds = {round_seed(seed, step) for seed in range(20) for step in range(0, 10_000, 100)}
    assert len(rounds) == 20 * 100
    assert all(0 <= one < 2**32 for one in rounds)
    assert 0 <= round_seed(2**32 - 1, 10_000) < 2**32


def test_a_round_moves_both_players_and_the_mean() -> None:
    before = beginning(0)
    training = Training(beginning(0), QUICK, CPU)
    losses = training.play(*two_kinds())
    for name, value in before.named_parameters():
        if name == "generator.draw.9.bias" or not name.endswith("weight") or "projection" in name:
            continue
        assert not torch.equal(training.players.get_parameter(name), value), name
    assert all(p.requires_grad for p in training.players.discriminator.parameters())
    assert not any(p.requires_grad for p in training.players.average.parameters())
    assert 0 <= losses.real <= 1
    assert 0 <= losses.fake <= 1


def test_it_learns_what_a_label_means() -> None:
    pictures, labels = two_kinds()
    training = Training(beginning(0), replace(QUICK, ema_decay=0.9), CPU)
    for _ in range(80):
        training.play(pictures, labels)
    noise = torch.randn(16, LATENT, generator=torch.Generator().manual_seed(5))
    with torch.no_grad():
        dark, bright = (training.players.average(noise, torch.full((16,), label)).mean() for label in (0, 1))
    assert dark < -0.3
    assert bright > 0.3


def test_a_stopped_run_goes_on_as_if_it_had_never_been(tmp_path: Path) -> None:
    pictures, labels = two_kinds()
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    train(pictures, labels, "digits", QUICK, CPU, whole, moments=(0, 3, 6))
    train(pictures, labels, "digits", QUICK, CPU, parts, moments=(0, 3))
    train(pictures, labels, "digits", QUICK, CPU, parts, moments=(0, 3, 6))
    one, other = (load_file(part(folder, "digits", 6)) for folder in (whole, parts))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    rows = (parts / "digits.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "3", "6"]


def test_snapshots_are_joined_under_the_names_of_the_film(tmp_path: Path) -> None:
    pictures, labels = two_kinds()
    train(pictures, labels, "clothes", QUICK, CPU, tmp_path, moments=(0, 1))
    join(tmp_path, "clothes", tmp_path / "film.safetensors", moments=(0, 1))
    stored = load_file(tmp_path / "film.safetensors")
    assert {name.split(".")[:3][2] for name in stored} == {"0", "1"}
    expected = snapshot_of(beginning(0), "clothes", 0)
    assert all(torch.equal(stored[name], value) for name, value in expected.items())
    assert set(expected) == {f"sets.clothes.0.{name}" for name in Snapshot().state_dict()}


def test_bytes_and_back() -> None:
    pictures = torch.arange(256).byte().repeat(49).view(16, 28, 28)[:2]
    assert torch.equal(as_bytes(as_input(pictures)), pictures)
    assert as_input(pictures).shape == (2, 1, 28, 28)


def test_means_of_losses() -> None:
    assert mean_of([Losses(1, 2, 0, 1), Losses(3, 4, 1, 1)]) == Losses(2, 3, 0.5, 1)
