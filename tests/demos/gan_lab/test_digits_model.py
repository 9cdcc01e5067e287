"""The two players: shapes, what they depend on, and how large they are."""

from __future__ import annotations

import pytest
import torch

from demos.gan_lab.digits.model import LABELS, LATENT, MOMENTS, SETS, Discriminator, Film, Generator, Snapshot
from gallery.training import halved


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("count", [1, 7])
def test_shapes_and_ranges(count: int) -> None:
    noise, labels = torch.randn(count, LATENT), torch.arange(count) % LABELS
    pictures = Generator()(noise, labels)
    assert pictures.shape == (count, 1, 28, 28)
    assert pictures.abs().max() <= 1
    assert Discriminator()(pictures, labels).shape == (count,)


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    generator = Generator().eval()
    noise, labels = torch.randn(8, LATENT), torch.arange(8)
    together = generator(noise, labels)
    alone = torch.cat([generator(noise[i : i + 1], labels[i : i + 1]) for i in range(8)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_both_players_hear_the_label() -> None:
    generator, discriminator = Generator(), Discriminator()
    noise = torch.randn(1, LATENT).expand(LABELS, -1)
    drawn = generator(noise, torch.arange(LABELS))
    assert torch.pdist(drawn.flatten(1)).min() > 0.1
    one = drawn[:1].expand(LABELS, -1, -1, -1)
    assert discriminator(one, torch.arange(LABELS)).unique().numel() == LABELS


def test_the_projection_adds_the_label_to_what_was_seen() -> None:
    discriminator = Discriminator()
    picture = torch.rand(1, 1, 28, 28) * 2 - 1
    seen = discriminator.look(picture)
    for label in (0, 9):
        expected = discriminator.real(seen) + seen @ discriminator.projection.weight[label]
        torch.testing.assert_close(discriminator(picture, torch.tensor([label])), expected.view(1))


def test_a_snapshot_is_small() -> None:
    stored = halved(Snapshot().state_dict())
    assert sum(value.nbytes for value in stored.values()) < 1_000_000


def test_a_film_has_every_moment_of_both_sets() -> None:
    with torch.device("meta"):
        film = Film()
    snapshots = [film.at(which, moment) for which in SETS for moment in MOMENTS]
    assert len(set(map(id, snapshots))) == 2 * len(MOMENTS)
    assert list(MOMENTS) == sorted(set(MOMENTS))
    assert MOMENTS[0] == 0
    for which, moment in (("letters", 0), ("digits", 3)):
        with pytest.raises(KeyError):
            film.at(which, moment)
