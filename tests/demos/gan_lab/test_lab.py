"""The training engine: that it repeats, obeys, takes turns and ends. The clock is pretended."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from demos.gan_lab import lab as engine
from demos.gan_lab.collapse import found
from demos.gan_lab.first import FIRST, STEPS, as_json, first, from_json
from demos.gan_lab.lab import ARROWS, CURVE, HEAT, LINES, SHOWN, Lab, whole_plane
from demos.gan_lab.losses import LOSSES, Loss, generator_loss
from demos.gan_lab.networks import noise
from demos.gan_lab.points import PLANE
from demos.gan_lab.settings import COLLAPSE, LARGEST_SEED, Settings, seed_of
from gallery.inputs import InputError

SMALL = Settings(generator_width=16, discriminator_width=16, batch=64)


def weights(lab: Lab) -> list[torch.Tensor]:
    return [p.detach().clone() for net in (lab.generator, lab.discriminator) for p in net.parameters()]


def trained(settings: Settings, steps: int) -> Lab:
    lab = Lab(settings)
    for _ in range(steps):
        lab.step()
    return lab


# ---- training -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
def test_the_same_settings_give_the_same_networks(loss: Loss) -> None:
    settings = replace(SMALL, loss=loss)
    a, b = Lab(settings), Lab(settings)
    for step in range(12):
        torch.manual_seed(step)  # which must not matter
        a.step()
        if step % 3 == 0:
            a.look()  # which must not matter either
    for _ in range(12):
        b.step()
    assert all(map(torch.equal, weights(a), weights(b)))
    assert not all(map(torch.equal, weights(a), weights(trained(replace(settings, seed=1), 12))))


def test_one_step_against_adam_by_hand() -> None:
    """Adam's first step moves each weight by the learning rate, against the sign of its gradient."""
    lab, twin = Lab(SMALL), Lab(SMALL)
    before = weights(lab)
    lab.teach_discriminator()
    real = twin.shape.draw(64, twin.random)
    fake = twin.generator(noise(64, 2, twin.random)).detach()
    f_real, f_fake = twin.discriminator(real), twin.discriminator(fake)
    loss = -(torch.log(torch.sigmoid(f_real)) + torch.log(1 - torch.sigmoid(f_fake))).mean()
    gradients = torch.autograd.grad(loss, list(twin.discriminator.parameters()))
    after = weights(lab)
    half = len(before) // 2
    assert all(map(torch.equal, before[:half], after[:half])), "The generator has not learned."
    for old, new, gradient in zip(before[half:], after[half:], gradients, strict=True):
        clear = gradient.abs() > 1e-5
        expected = -SMALL.discriminator_rate * gradient.sign()
        assert torch.allclose((new - old)[clear], expected[clear], rtol=0.02)


@pytest.mark.parametrize(
    ("who", "moved"), [("both", (True, True)), ("generator", (True, False)), ("discriminator", (False, True))]
)
def test_only_who_should_learn_learns(who: str, moved: tuple[bool, bool]) -> None:
    lab = Lab(replace(SMALL, trained=who))  # type: ignore[arg-type]
    before = weights(lab)
    for _ in range(3):
        lab.step()
    half = len(before) // 2
    same = list(map(torch.equal, before, weights(lab)))
    assert (not all(same[:half]), not all(same[half:])) == moved
    assert lab.steps == 3


def test_turns_of_the_discriminator(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: Counter[int] = Counter()
    descend = Lab.descend

    def counted(self: Lab, which: int, *losses: torch.Tensor) -> None:
        turns[which] += 1
        descend(self, which, *losses)

    monkeypatch.setattr(Lab, "descend", counted)
    trained(replace(SMALL, discriminator_steps=3), 4)
    assert turns == {0: 4, 1: 12}


def test_it_learns_a_ring() -> None:
    lab = Lab(replace(FIRST, loss="r1"))
    before = lab.look()
    for _ in range(700):
        lab.step()
    after = lab.look()
    assert after.distance < before.distance / 5
    assert (after.modes or 0) >= 5


def test_the_button_collapses_it() -> None:
    assert found(COLLAPSE, 400) <= 2


# ---- looking --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimensions", [1, 2, 8])
@pytest.mark.parametrize("loss", ["nonsaturating", "wasserstein"])
def test_a_frame_has_its_shapes(dimensions: int, loss: Loss) -> None:
    frame = trained(replace(SMALL, noise=dimensions, loss=loss), 2).look()
    assert frame.real.shape == frame.fake.shape == (SHOWN, 2)
    assert frame.heat.shape == (HEAT, HEAT)
    assert frame.manifold.shape == ((CURVE if dimensions == 1 else LINES**2), 2)
    assert frame.at.shape == frame.arrows.shape == (ARROWS, 2)
    assert frame.curves.shape == (1, 4)
    assert 0 <= frame.heat.min() <= frame.heat.max() <= 1
    assert frame.finite


def test_the_heat_map_is_the_discriminators_belief() -> None:
    lab = trained(SMALL, 5)
    frame = lab.look()
    for row, column in ((0, 0), (35, 0), (0, 35), (10, 20)):
        place = [((at + 0.5) / HEAT * 2 - 1) * PLANE for at in (column, row)]
        belief = torch.sigmoid(lab.discriminator(torch.tensor([place]))).item()
        assert frame.heat[row, column] == pytest.approx(belief, abs=1e-5)
    assert whole_plane()[0].tolist() == pytest.approx([-PLANE + PLANE / HEAT] * 2)


@pytest.mark.parametrize("loss", LOSSES)
def test_arrows_against_finite_differences(loss: Loss) -> None:
    lab = trained(replace(SMALL, loss=loss), 5)
    lab.discriminator.double()
    points, h = torch.randn(6, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0)), 1e-6
    found = lab.pull(points)
    for i, point in enumerate(points):
        for axis in range(2):
            side = torch.zeros(2, dtype=torch.float64)
            side[axis] = h
            with torch.no_grad():
                ahead, behind = (
                    generator_loss(loss, lab.discriminator((point + sign * side)[None])).item()
                    for sign in (1, -1)
                )
            assert float(found[i, axis]) == pytest.approx(-(ahead - behind) / (2 * h), rel=1e-4, abs=1e-7)


def test_curves_stay_short_and_reach_from_the_first_step_to_the_last() -> None:
    lab = trained(SMALL, 1)
    lab.look()
    for lab.steps in range(2, 3000):
        lab.note(0.5)
    steps = [row[0] for row in lab.curves]
    assert len(steps) <= engine.STATIONS
    assert steps[0] == 1
    assert steps[-1] > 2950
    assert all(a < b for a, b in pairwise(steps))


# ---- settings -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["0", " 7 ", "9223372036854775807"])
def test_a_seed_is_any_whole_number_of_63_bits(text: str) -> None:
    assert seed_of(text) == int(text)
    assert Lab(replace(SMALL, seed=seed_of(text))).look().finite


@pytest.mark.parametrize(
    "text", ["-1", "", None, "abc", "1.5", "1e3", "nan", "9223372036854775808", "9" * 5000, "٣", "²"]
)
def test_other_seeds_are_a_sentence(text: str | None) -> None:
    with pytest.raises(InputError, match=f"whole number from 0 to {LARGEST_SEED}"):
        seed_of(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"distribution": "torus"},
        {"loss": "hinge"},
        {"trained": "nobody"},
        {"generator_rate": 10.0},
        {"discriminator_rate": math.nan},
        {"momentum": 1.0},
        {"discriminator_steps": 1000},
        {"batch": 10**9},
        {"noise": 0},
        {"generator_layers": 99},
        {"discriminator_width": 4096},
        {"seed": -1},
        {"seed": 2**64},
    ],
)
def test_settings_that_are_not_offered_are_a_sentence(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Settings(**wrong)  # type: ignore[arg-type]


def test_the_visitors_points_matter_only_where_they_are_used() -> None:
    assert replace(SMALL, own="0,0 1,1 0,1").networks == SMALL.networks
    drawn = replace(SMALL, distribution="drawn", own="0,0 1,1 0,1")
    assert drawn.networks != replace(drawn, own="0,0 1,1 0,0.5").networks
    with pytest.raises(InputError):
        Lab(replace(drawn, own="0,0"))


# ---- what ships -----------------------------------------------------------------------------------------


def test_the_first_view_is_a_finished_training() -> None:
    frame = first()
    assert (frame.step, frame.settings) == (STEPS, FIRST)
    assert frame.modes == frame.of_modes == 8
    assert frame.distance < 0.02
    assert frame.curves[-1, 0] == STEPS
    assert np.array_equal(frame.real, Lab(FIRST).real[:SHOWN].numpy().round(3))


def test_a_frame_survives_json() -> None:
    frame = trained(SMALL, 3).look()
    again = from_json(as_json(frame))
    assert again.settings == frame.settings
    for name in ("real", "fake", "heat", "manifold", "arrows", "curves"):
        np.testing.assert_allclose(getattr(again, name), getattr(frame, name), atol=6e-4)
