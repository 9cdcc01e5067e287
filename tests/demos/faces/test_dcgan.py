"""The plain networks to compare with: their shapes, how they begin, and that all of them is used."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from demos.faces import dcgan
from demos.faces.dcgan import DcganDiscriminator, DcganGenerator
from demos.faces.model import CONDITION, LATENT, RESOLUTION, condition
from demos.faces.train import DCGAN, Game, Portraits
from gallery.device import pick_device
from tests.demos.faces.test_augment import faces_in


@pytest.fixture(scope="module")
def networks() -> tuple[DcganGenerator, DcganDiscriminator]:
    """Shared: nobody may change them."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return DcganGenerator(), DcganDiscriminator()


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> tuple[DcganGenerator, DcganDiscriminator]:
    """As they are, with few channels: quick."""
    monkeypatch.setattr(dcgan, "WIDTHS", (16, 8, 8, 4, 4))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return DcganGenerator(), DcganDiscriminator()


def asked(count: int) -> tuple[Tensor, Tensor]:
    """Noise and conditions."""
    noise = torch.randn(count, LATENT, generator=torch.Generator().manual_seed(1))
    return noise, condition(torch.linspace(1870, 2010, count), torch.arange(count) % 2)


def test_from_noise_to_a_picture_to_a_verdict(networks: tuple[DcganGenerator, DcganDiscriminator]) -> None:
    generator, discriminator = (network.eval() for network in networks)
    z, wanted = asked(2)
    with torch.inference_mode():
        pictures = generator(z, wanted)
        verdicts = discriminator(pictures, wanted)
    assert pictures.shape == (2, 3, RESOLUTION, RESOLUTION)
    assert verdicts.shape == (2,)
    assert verdicts.isfinite().all()


def test_each_layer_doubles_or_halves_the_side(networks: tuple[DcganGenerator, DcganDiscriminator]) -> None:
    """The widths of the paper, mirrored: 512 channels where a picture is 4x4."""
    generator, discriminator = networks
    up = [part for part in generator.modules() if isinstance(part, nn.ConvTranspose2d)]
    down = [part for part in discriminator.modules() if isinstance(part, nn.Conv2d)]
    assert [(part.in_channels, part.out_channels) for part in up] == [
        (LATENT + CONDITION, 512), (512, 256), (256, 128), (128, 64), (64, 32), (32, 3)
    ]  # fmt: skip
    assert [(part.in_channels, part.out_channels) for part in down] == [
        (3 + CONDITION, 32), (32, 64), (64, 128), (128, 256), (256, 512), (512, 1)
    ]  # fmt: skip
    assert all(part.stride == (2, 2) for part in up[1:] + down[:-1])


def test_it_begins_as_in_the_paper(networks: tuple[DcganGenerator, DcganDiscriminator]) -> None:
    for network in networks:
        for part in network.modules():
            if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
                assert part.weight.std().item() == pytest.approx(0.02, rel=0.03)
                assert abs(part.weight.mean().item()) < 1e-3
            elif isinstance(part, nn.BatchNorm2d):
                assert part.weight.mean().item() == pytest.approx(1, abs=0.02)
                assert not part.bias.any()


def test_pictures_stay_within_their_range(narrow: tuple[DcganGenerator, DcganDiscriminator]) -> None:
    generator, _ = narrow
    z, wanted = asked(4)
    last = generator.layers[-2]
    assert isinstance(last, nn.ConvTranspose2d)
    with torch.no_grad():
        last.weight.mul_(1000)
        found = generator(z, wanted)
    assert found.abs().max() <= 1
    assert found.min() < -0.99
    assert found.max() > 0.99


def test_both_heed_the_condition(narrow: tuple[DcganGenerator, DcganDiscriminator]) -> None:
    generator, discriminator = (network.eval() for network in narrow)
    z, wanted = asked(2)
    other = condition(torch.tensor([1990.0, 1900.0]), torch.tensor([1, 1]))
    with torch.inference_mode():
        pictures = generator(z, wanted)
        assert not torch.equal(generator(z, other), pictures)
        assert not torch.equal(discriminator(pictures, other), discriminator(pictures, wanted))


def test_every_weight_takes_part(narrow: tuple[DcganGenerator, DcganDiscriminator]) -> None:
    generator, discriminator = narrow
    z, wanted = asked(4)
    discriminator(generator(z, wanted), wanted).square().sum().backward()
    for network in narrow:
        for name, parameter in network.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_the_verdict_is_exact_also_in_16_bits(narrow: tuple[DcganGenerator, DcganDiscriminator]) -> None:
    _, discriminator = narrow
    _, wanted = asked(2)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert discriminator(torch.zeros(2, 3, RESOLUTION, RESOLUTION), wanted).dtype == torch.float32


@pytest.mark.usefixtures("narrow")
def test_its_discriminator_sees_pictures_as_they_are(tmp_path: Path) -> None:
    portraits = Portraits(faces_in(tmp_path, side=RESOLUTION), torch.device("cpu"))
    game, looked = Game(portraits, DCGAN, pick_device("cpu"), dcgan=True), []
    game.discriminator.register_forward_hook(lambda part, given, made: looked.append(given[0]))
    pictures, known = portraits.batch(2)
    game.verdicts(pictures, known)
    assert torch.equal(looked[0], pictures)
