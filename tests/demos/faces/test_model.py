"""The two networks as wholes: what each answer may depend on, and the papers' definitions as oracles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from demos.faces import model, train
from demos.faces.model import (
    COARSE,
    COLOUR,
    CONDITION,
    GAIN,
    LATENT,
    LEVELS,
    RESOLUTION,
    STYLE,
    Discriminator,
    Down,
    Generator,
    Layer,
    Level,
    Mapping,
    condition,
    fixed_noise,
    rectified,
    variety,
)
from demos.faces.models import Players

FEW = dict(zip(LEVELS, (12, 12, 10, 8, 6, 4), strict=True))  # channels


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    """What a test draws is the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Players:
    """Both networks as they are, with few channels; with noise, of which training begins with none."""
    monkeypatch.setattr(model, "CHANNELS", FEW)
    players = Players()
    for part in players.modules():
        if isinstance(part, Layer):
            nn.init.constant_(part.strength, 0.2)
    return players


def conditions(count: int) -> Tensor:
    return condition(torch.linspace(1855, 2015, count), torch.arange(count) % 2)


def test_fixed_noise_is_the_same_for_a_seed() -> None:
    state = torch.get_rng_state()
    first, again, other = fixed_noise(3), fixed_noise(3), fixed_noise(4)
    assert torch.equal(torch.get_rng_state(), state)  # and leaves all other chance alone
    assert [noise.shape for noise in first] == [(1, 2, side, side) for side in LEVELS]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(torch.equal(a, b) for a, b in zip(first, other, strict=True))
    assert torch.cat([noise.flatten() for noise in first]).std().item() == pytest.approx(1, rel=0.02)


def test_neighbours_in_noise_stay_neighbours_also_in_16_bits() -> None:
    mapping = Mapping()
    z = torch.randn(1, LATENT) + 1e-4 * torch.arange(5.0)[:, None]
    wanted = conditions(1).expand(5, -1)
    exact = mapping(z, wanted)
    with torch.autocast("cpu", torch.bfloat16):
        found = mapping(z, wanted)
    assert torch.equal(found, exact)
    assert len(found[:, 0].unique()) == 5


def test_only_the_direction_of_noise_counts() -> None:
    mapping, z = Mapping(), torch.randn(3, LATENT)
    torch.testing.assert_close(mapping(5 * z, conditions(3)), mapping(z, conditions(3)))
    assert not torch.allclose(mapping(-z, conditions(3)), mapping(z, conditions(3)))


def test_colour_is_the_last_number_of_a_style_and_changes_no_other() -> None:
    mapping, z = Mapping(), torch.randn(3, LATENT)
    years = torch.tensor([1900.0, 1950, 2000])
    grey, coloured, faded = (mapping(z, condition(years, torch.full((3,), x))) for x in (0.0, 1.0, 0.5))
    for styles, value in ((grey, 0.0), (coloured, COLOUR), (faded, COLOUR / 2)):
        assert styles.shape == (3, STYLE)
        assert torch.equal(styles[:, :-1], grey[:, :-1])
        assert styles[:, -1].tolist() == [value] * 3


def test_only_the_levels_beyond_the_coarse_ones_are_told_of_the_colour(narrow: Players) -> None:
    seen: list[tuple[Tensor, Tensor]] = []
    for level in narrow.generator.levels:
        level.register_forward_hook(lambda part, given, made: seen.append(made))
    styles = torch.randn(1, len(LEVELS), STYLE)
    for colour in (0.0, COLOUR):
        styles[:, :, -1] = colour
        narrow.generator.painted(styles, fixed_noise(0))
    for side, grey, coloured in zip(LEVELS, seen[: len(LEVELS)], seen[len(LEVELS) :], strict=True):
        for one, other in zip(grey, coloured, strict=True):
            assert torch.equal(one, other) == (side <= COARSE), side


def test_a_generator_paints_all_levels_in_the_style_of_its_noise(narrow: Players) -> None:
    generator, z, wanted = narrow.generator, torch.randn(2, LATENT), conditions(2)
    w = generator.mapping(z, wanted)
    torch.manual_seed(7)
    found = generator(z, wanted)
    torch.manual_seed(7)
    torch.testing.assert_close(found, generator.painted(torch.stack(len(LEVELS) * [w], dim=1)))
    assert found.shape == (2, 3, RESOLUTION, RESOLUTION)
    assert found.dtype == torch.float32


def test_a_face_does_not_depend_on_what_else_is_painted(narrow: Players) -> None:
    generator, noise = narrow.generator, fixed_noise(0)
    styles = torch.randn(3, len(LEVELS), STYLE)
    together = generator.painted(styles, noise)
    for i in range(3):
        alone = generator.painted(styles[i : i + 1], noise)
        torch.testing.assert_close(alone[0], together[i], rtol=1e-4, atol=1e-5)
    assert torch.equal(generator.painted(styles, noise), together)
    assert not torch.equal(generator.painted(styles, fixed_noise(1)), together)


def test_one_noise_for_each_picture_is_used_for_that_picture(narrow: Players) -> None:
    styles = torch.randn(1, len(LEVELS), STYLE).expand(2, -1, -1)
    first, second = fixed_noise(0), fixed_noise(1)
    both = [torch.cat(pair) for pair in zip(first, second, strict=True)]
    found = narrow.generator.painted(styles, both)
    for i, noise in enumerate((first, second)):
        alone = narrow.generator.painted(styles[:1], noise)
        torch.testing.assert_close(found[i], alone[0], rtol=1e-4, atol=1e-5)
    first[-1][:, 1] += 1  # that of the last layer
    assert not torch.allclose(narrow.generator.painted(styles[:1], first)[0], found[0], atol=1e-2)


@pytest.mark.parametrize("changed", range(len(LEVELS)))
def test_a_style_leaves_all_coarser_levels_as_they_were(narrow: Players, changed: int) -> None:
    generator, noise = narrow.generator, fixed_noise(0)
    seen: list[tuple[Tensor, Tensor]] = []
    for level in generator.levels:
        level.register_forward_hook(lambda part, given, made: seen.append(made))
    styles = torch.randn(1, len(LEVELS), STYLE)
    generator.painted(styles, noise)
    styles[:, changed] = torch.randn(STYLE)
    generator.painted(styles, noise)
    before, after = seen[: len(LEVELS)], seen[len(LEVELS) :]
    for i, side in enumerate(LEVELS):
        for one, other in zip(before[i], after[i], strict=True):
            assert one.shape[2:] == (side, side)
            assert torch.equal(one, other) == (i < changed), side


def test_every_level_adds_to_the_picture(narrow: Players) -> None:
    """Nothing but six colours: their sum is everywhere, for enlarging leaves a plain colour plain."""
    total = torch.zeros(3)
    for level in narrow.generator.levels:
        assert isinstance(level, Level)
        nn.init.zeros_(level.picture.weight)
        nn.init.normal_(level.bias)
        total += level.bias.detach()
    found = narrow.generator(torch.randn(2, LATENT), conditions(2))
    torch.testing.assert_close(found, total[:, None, None].expand_as(found))


def test_a_picture_in_16_bits_is_nearly_the_same(narrow: Players) -> None:
    styles, noise = narrow.generator.mapping(torch.randn(2, LATENT), conditions(2)), fixed_noise(0)
    styles = styles[:, None].expand(-1, len(LEVELS), -1)
    exact = narrow.generator.painted(styles, noise)
    with torch.autocast("cpu", torch.bfloat16):
        found = narrow.generator.painted(styles, noise)
    assert found.dtype == torch.float32
    assert 0 < (found - exact).abs().mean() < 0.02 * exact.std()


def test_every_weight_takes_part(narrow: Players) -> None:
    made = narrow.generator(torch.randn(4, LATENT), conditions(4))
    narrow.discriminator(made, conditions(4)).square().sum().backward()
    for name, parameter in narrow.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_shortcut_may_be_pooled_first() -> None:
    down, x = Down(6, 9), torch.randn(2, 6, 8, 8)
    nn.init.normal_(down.first.bias)  # type: ignore[arg-type]
    nn.init.normal_(down.second.bias)  # type: ignore[arg-type]
    inner = rectified(F.avg_pool2d(down.second(rectified(down.first(x))), 2))
    found = down(x)
    assert found.shape == (2, 9, 4, 4)
    torch.testing.assert_close(found, (inner + F.avg_pool2d(down.shortcut(x), 2)) / GAIN)


@pytest.mark.parametrize(("count", "group"), [(4, 4), (8, 4), (6, 4), (3, 4), (1, 4), (6, 2)])
def test_variety_is_the_spread_within_a_group(count: int, group: int) -> None:
    x = torch.randn(count, 3, 2, 5)
    found = variety(x, group)
    assert found.shape == (count, 1, 2, 5)
    size = group if count % group == 0 else count
    for begin in range(0, count, size):
        members = x[begin : begin + size].double().numpy()
        spreads = [
            np.sqrt(np.mean((members[:, c, i, j] - members[:, c, i, j].mean()) ** 2) + 1e-8)
            for c, i, j in np.ndindex(3, 2, 5)
        ]
        np.testing.assert_allclose(found[begin : begin + size].numpy(), np.mean(spreads), rtol=1e-4)


def test_a_verdict_depends_on_its_group_and_on_nothing_else(narrow: Players) -> None:
    pictures, wanted = torch.randn(8, 3, RESOLUTION, RESOLUTION), conditions(8)
    with torch.inference_mode():
        before = narrow.discriminator(pictures, wanted)
        pictures[7] *= 5
        after = narrow.discriminator(pictures, wanted)
    assert before.shape == (8,)
    torch.testing.assert_close(after[:4], before[:4], rtol=1e-6, atol=1e-6)
    assert ((after[4:] - before[4:]).abs() > 1e-4).all()


def test_the_condition_is_a_direction_in_the_space_of_features(narrow: Players) -> None:
    discriminator, wanted = narrow.discriminator, conditions(4)
    pictures = torch.randn(4, 3, RESOLUTION, RESOLUTION)
    with torch.no_grad():
        features = discriminator.features(pictures)
        found = discriminator(pictures, wanted)
        plain = discriminator.real(features)[:, 0]
    assert features.shape == (4, FEW[4])
    weights, bias = (
        part.detach().double().numpy()
        for part in (discriminator.condition.weight, discriminator.condition.bias)
    )
    for i in range(4):
        direction = weights @ wanted[i].double().numpy() / np.sqrt(CONDITION) + bias
        along = features[i].double().numpy() @ direction / np.linalg.norm(direction)  # of length one
        assert found[i].item() == pytest.approx(plain[i].item() + along, rel=1e-3, abs=1e-4)


def test_verdicts_are_exact_also_in_16_bits(narrow: Players) -> None:
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        found = narrow.discriminator(torch.randn(4, 3, RESOLUTION, RESOLUTION), conditions(4))
    assert found.dtype == torch.float32


def test_networks_of_full_size_answer(players: Players, generator: Generator) -> None:
    with torch.inference_mode():
        picture = generator(torch.randn(1, LATENT), conditions(1))
        verdict = players.discriminator(picture, conditions(1))
    assert isinstance(players.discriminator, Discriminator)
    assert picture.shape == (1, 3, RESOLUTION, RESOLUTION)
    assert 0.05 < picture.std() < 20  # as strong as one that has learnt, before it has
    assert verdict.shape == (1,)


def test_what_training_saves_are_two_small_files_with_the_names_of_the_demo(
    players: Players, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = {name: tmp_path / f"{name}.safetensors" for name in train.WEIGHTS}
    monkeypatch.setattr(train, "WEIGHTS", shipped)
    train.save(players.generator, players.discriminator)
    together = {name: value for path in shipped.values() for name, value in load_file(path).items()}
    assert {name: value.shape for name, value in together.items()} == {
        name: value.shape for name, value in players.state_dict().items()
    }
    assert {value.dtype for value in together.values()} == {torch.float16}
    for path in shipped.values():
        assert path.stat().st_size < 10_000_000
        assert path.stat().st_mode & 0o777 == 0o644
