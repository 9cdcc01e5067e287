"""From seeds to styles to pictures: what is the same, what differs, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from demos.faces.engine import (
    FIRST_YEAR,
    LARGEST_SEED,
    LAST_YEAR,
    TOGETHER,
    Person,
    at_all_levels,
    centre,
    checked_seed,
    latent,
    opinions,
    painted,
    people,
    style_of,
    to_bytes,
    to_pictures,
    within,
)
from demos.faces.model import LATENT, LEVELS, RESOLUTION, STYLE, Generator
from demos.faces.models import Players
from gallery.inputs import InputError

BAD_SEEDS: tuple[Any, ...] = (
    -1, LARGEST_SEED + 1, 2**64, 10**30, "abc", "", " ", "-1", "1.5", "1e3", "٣", "9" * 400, 1.5, math.nan,
    math.inf, None, True, [7], {"seed": 7},
)  # fmt: skip


@pytest.mark.parametrize("seed", BAD_SEEDS, ids=lambda seed: repr(seed)[:12])
def test_a_bad_seed_is_one_sentence(seed: Any) -> None:
    with pytest.raises(InputError, match=r"^The seed is a whole number from 0 to 4294967295: try 7\.$"):
        checked_seed(seed)
    with pytest.raises(InputError):
        Person(seed)


@pytest.mark.parametrize("seed", [7, 7.0, "7", " 7 ", "007"])
def test_a_seed_may_come_as_digits(seed: Any) -> None:
    assert checked_seed(seed) == 7
    assert Person(seed) == Person(7)


def test_the_bounds_themselves_are_allowed() -> None:
    assert checked_seed(0) == 0
    assert checked_seed(str(LARGEST_SEED)) == LARGEST_SEED
    Person(0, FIRST_YEAR, False, 0)
    Person(LARGEST_SEED, LAST_YEAR, True, 1.5)


@pytest.mark.parametrize("value", [math.nan, math.inf, -0.1, 1.6, None, "1", True])
def test_a_bad_number_is_one_sentence(value: Any) -> None:
    with pytest.raises(InputError, match=r"^The truncation is a number from 0 to 1\.5\.$"):
        within(value, 0, 1.5, "truncation")
    with pytest.raises(InputError):
        Person(7, truncation=value)
    with pytest.raises(InputError):
        Person(7, year=value)


def test_a_latent_is_normal_noise_of_its_seed() -> None:
    many = torch.cat([latent(seed) for seed in range(200)])
    assert many.shape == (200, LATENT)
    assert abs(float(many.mean())) < 0.05
    assert float(many.std()) == pytest.approx(1, abs=0.05)
    assert torch.equal(latent(7), latent(7))
    assert not torch.equal(latent(7), latent(8))


def test_truncation_0_is_the_average_face_of_the_year(generator: Generator) -> None:
    middle = centre(generator, Person(0, 1900, False).condition)
    assert middle.shape == (1, STYLE)
    for seed in (0, 7, 1234):
        torch.testing.assert_close(style_of(generator, Person(seed, 1900, False, 0)), middle)
    other = centre(generator, Person(0, 2000, True).condition)
    assert not torch.allclose(other, middle, atol=1e-3)


def test_truncation_1_is_what_the_mapping_says(generator: Generator) -> None:
    person = Person(7, 1990, True, 1)
    expected = generator.mapping(latent(7), person.condition)
    torch.testing.assert_close(style_of(generator, person), expected)


def test_truncation_moves_along_a_line(generator: Generator) -> None:
    none, half, whole = (style_of(generator, Person(7, truncation=share)) for share in (0, 0.5, 1))
    torch.testing.assert_close(half, (none + whole) / 2)


def test_the_average_is_that_of_many_styles(generator: Generator) -> None:
    wanted = Person(0).condition
    with torch.inference_mode():
        noise = torch.randn(4000, LATENT, generator=torch.Generator().manual_seed(1))
        styles = generator.mapping(noise, wanted.expand(4000, -1))
    # The error of a mean of 1024 is a thirty-second of the spread.
    apart = centre(generator, wanted)[0] - styles.mean(dim=0)
    assert float(apart.norm() / styles.std(dim=0).norm()) < 0.15


def test_a_face_is_the_same_each_time_and_differs_from_others(generator: Generator) -> None:
    first, again = people(generator, [Person(7)]), people(generator, [Person(7)])
    assert first.shape == (1, RESOLUTION, RESOLUTION, 3)
    assert first.dtype == np.uint8
    assert np.array_equal(first, again)
    for other in (Person(8), Person(7, 1900), Person(7, colour=True), Person(7, truncation=0.2)):
        assert not np.array_equal(people(generator, [other]), first)


def test_global_randomness_has_no_say(generator: Generator) -> None:
    torch.manual_seed(0)
    first = people(generator, [Person(7)])
    torch.manual_seed(1)
    state = torch.get_rng_state()
    assert np.array_equal(people(generator, [Person(7)]), first)
    assert torch.equal(torch.get_rng_state(), state)


def test_many_at_once_are_the_same_as_one_by_one(generator: Generator) -> None:
    persons = [Person(seed, 1860 + 15 * seed, seed % 2 == 0) for seed in range(TOGETHER + 2)]
    together = people(generator, persons).astype(int)
    alone = np.concatenate([people(generator, [person]) for person in persons]).astype(int)
    # Sums are added up in another order, so that a level of 255 may tip over.
    assert np.abs(together - alone).max() <= 1
    assert (together != alone).mean() < 0.01


def test_another_noise_changes_what_has_no_reason(generator: Generator) -> None:
    styles = at_all_levels(style_of(generator, Person(7)))
    assert styles.shape == (1, len(LEVELS), STYLE)
    first, other = painted(generator, styles, noise=0), painted(generator, styles, noise=1)
    assert np.array_equal(first, people(generator, [Person(7)]))
    assert not np.array_equal(first, other)


def test_bytes_come_back_from_pictures() -> None:
    images = np.arange(256, dtype=np.uint8).repeat(3).reshape(1, 16, 16, 3)
    assert np.array_equal(to_bytes(to_pictures(images)), images)
    beyond = torch.tensor([-3.0, 3.0]).reshape(1, 1, 1, 2).expand(1, 3, 1, 2)
    assert to_bytes(beyond)[0, 0, :, 0].tolist() == [0, 255]


def test_an_opinion_is_a_probability_and_knows_the_year(players: Players) -> None:
    images = people(players.generator, [Person(1), Person(2)])
    now, then = (Person(0, year, colour).condition for year, colour in ((2000, True), (1870, False)))
    of_now = opinions(players, images, now.expand(2, -1))
    assert of_now.shape == (2,)
    assert ((of_now >= 0) & (of_now <= 1)).all()
    assert not np.allclose(of_now, opinions(players, images, then.expand(2, -1)))
