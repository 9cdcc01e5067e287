"""The public diffusion model: its network, its steps, and what happens without a network."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from demos.faces import hub, unet
from demos.faces.hub import DIFFUSION, KEPT, STEPS, TIMES, denoised, sketches
from demos.faces.unet import FORMER_NAMES, Attention, UNet, waves
from gallery.runtime import Runtime
from gallery.weights import HubFile, ModelSpec, WeightsCorrupt, WeightsUnreachable, filled

NUMBERS = 113_673_219  # of Google's file, which has 454.7 MB in 32 bits
TENSORS = 450


@pytest.fixture(scope="module")
def blueprint() -> nn.Module:
    with torch.device("meta"):
        return UNet()


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> UNet:
    """The same network with few channels, never trained."""
    monkeypatch.setattr(unet, "CHANNELS", (32, 32, 64, 64, 64, 64))
    monkeypatch.setattr(unet, "TIME", 128)
    monkeypatch.setattr(hub, "RESOLUTION", 32)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return UNet().eval().requires_grad_(False)


class Knower(nn.Module):
    """Knows the one picture that there is, so it can tell the noise in any noisy one exactly."""

    def __init__(self, picture: Tensor) -> None:
        super().__init__()
        self.picture = nn.Parameter(picture, requires_grad=False)
        self.asked: list[int] = []

    def forward(self, noisy: Tensor, times: Tensor) -> Tensor:
        self.asked.append(int(times[0]))
        kept = float(KEPT[int(times[0])])
        noise: Tensor = (noisy - kept**0.5 * self.picture) / (1 - kept) ** 0.5
        return noise


class House:
    """Runs one model at once, in place of a runtime."""

    def __init__(self, model: nn.Module) -> None:
        self.model, self.turns = model, 0

    def run(self, spec: ModelSpec, work: Callable[[nn.Module], Any], **keywords: Any) -> Any:
        assert spec is DIFFUSION
        self.turns += 1
        return work(self.model)


def test_it_has_the_size_of_the_published_file(blueprint: nn.Module) -> None:
    state = blueprint.state_dict()
    assert len(state) == TENSORS
    assert sum(value.numel() for value in state.values()) == NUMBERS


def test_its_names_are_those_of_the_published_file(blueprint: nn.Module) -> None:
    """A sample of the names that diffusers gives to UNet2DModel; the whole is compared below."""
    shapes = {name: tuple(value.shape) for name, value in blueprint.state_dict().items()}
    assert shapes.items() >= {
        ("conv_in.weight", (128, 3, 3, 3)),
        ("time_embedding.linear_1.weight", (512, 128)),
        ("down_blocks.2.resnets.0.conv_shortcut.weight", (256, 128, 1, 1)),
        ("down_blocks.4.attentions.1.to_q.weight", (512, 512)),
        ("down_blocks.0.downsamplers.0.conv.bias", (128,)),
        ("mid_block.attentions.0.to_out.0.bias", (512,)),
        ("up_blocks.0.resnets.0.conv1.weight", (512, 1024, 3, 3)),
        ("up_blocks.3.resnets.2.norm1.weight", (384,)),
        ("up_blocks.4.upsamplers.0.conv.weight", (128, 128, 3, 3)),
        ("conv_norm_out.bias", (128,)),
        ("conv_out.weight", (3, 128, 3, 3)),
    }
    assert not any(name.startswith(("down_blocks.5.down", "up_blocks.5.up")) for name in shapes)


def test_it_computes_what_diffusers_computes() -> None:
    """The very same numbers from the same weights, under their names of 2022, by the library that wrote
    the published file. It is no requirement of the gallery: where it is missing, this is skipped."""
    diffusers = pytest.importorskip("diffusers")
    torch.manual_seed(0)
    reference = diffusers.UNet2DModel(
        sample_size=256, in_channels=3, out_channels=3, layers_per_block=2,
        block_out_channels=unet.CHANNELS,
        down_block_types=4 * ("DownBlock2D",) + ("AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "AttnUpBlock2D") + 4 * ("UpBlock2D",), downsample_padding=0,
        flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6, attention_head_dim=None,
    ).eval()  # fmt: skip
    ours = UNet().eval()
    ours.load_state_dict(former(reference.state_dict()))
    noisy, times = torch.randn(2, 3, 64, 64), torch.tensor([437, 12])
    with torch.inference_mode():
        torch.testing.assert_close(ours(noisy, times), reference(noisy, times).sample, rtol=0, atol=1e-5)

        scheduler = diffusers.DDIMScheduler(beta_start=1e-4, beta_end=0.02, beta_schedule="linear")
        scheduler.set_timesteps(5)
        expected = noisy[:1]
        for time in scheduler.timesteps:
            expected = scheduler.step(reference(expected, time).sample, time, expected).prev_sample
        found = noisy[:1]
        for now, then in zip((800, 600, 400, 200, 0), (600, 400, 200, 0, None), strict=True):
            found, _ = denoised(ours, found, now, then)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)


def former(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """With the layers of attention called as in the published file."""
    renamed = {}
    for name, value in state.items():
        for now, before in FORMER_NAMES.items():
            name = re.sub(rf"(attentions\.\d+)\.{re.escape(now)}\.", rf"\1.{before}.", name)
        renamed[name] = value
    return renamed


@pytest.mark.parametrize("renamed", [former, dict])
def test_it_takes_a_file_under_both_names(
    small: UNet, renamed: Callable[..., dict[str, Tensor]], tmp_path: Any
) -> None:
    """As `gallery.weights` fills it, from a file of PyTorch's own format that holds nothing but numbers."""
    state = renamed(small.state_dict())
    assert ("mid_block.attentions.0.query.weight" in state) == (renamed is former)
    path = tmp_path / "diffusion_pytorch_model.bin"
    torch.save(state, path)
    model = filled(DIFFUSION, path)
    noisy, times = torch.randn(1, 3, 32, 32), torch.tensor([500])
    torch.testing.assert_close(model(noisy, times), small(noisy, times))


def test_a_file_of_something_else_is_a_sentence(small: UNet, tmp_path: Any) -> None:
    path = tmp_path / "diffusion_pytorch_model.bin"
    torch.save({"conv_in.weight": torch.zeros(3)}, path)
    with pytest.raises(WeightsCorrupt, match="does not hold the weights of DDPM"):
        filled(DIFFUSION, path)


def test_attention_looks_everywhere() -> None:
    torch.manual_seed(0)
    attention = Attention(32).eval()
    x = torch.randn(1, 32, 4, 4)
    changed = x.clone()
    changed[..., 0, 0] += 1
    with torch.inference_mode():
        apart = (attention(changed) - attention(x)).abs().amax(dim=1)[0]
    assert (apart > 1e-5).all()


def test_waves_tell_times_apart() -> None:
    found = waves(torch.arange(TIMES), 128)
    assert found.shape == (TIMES, 128)
    assert torch.equal(found[0], torch.tensor([0.0] * 64 + [1.0] * 64))
    # The first sine has the wavelength 2 pi, the last one 10000 times that.
    torch.testing.assert_close(found[:, 0], torch.arange(TIMES).sin())
    torch.testing.assert_close(found[:, 63], (torch.arange(TIMES) / 10_000).sin())
    assert torch.cdist(found, found).fill_diagonal_(1).min() > 0.5


def test_noise_ends_as_the_picture() -> None:
    """With a network that is never wrong the steps come out where they should."""
    picture = torch.rand(1, 3, 8, 8) * 2 - 1
    knower = Knower(picture)
    noisy = torch.randn(1, 3, 8, 8)
    _, clean = denoised(knower, noisy, 960, 920)
    torch.testing.assert_close(clean, picture, rtol=0, atol=1e-3)
    kept = float(KEPT[100])
    noisy = kept**0.5 * picture + (1 - kept) ** 0.5 * torch.ones_like(picture)
    less, _ = denoised(knower, noisy, 100, 50)
    kept = float(KEPT[50])
    torch.testing.assert_close(less, kept**0.5 * picture + (1 - kept) ** 0.5 * torch.ones_like(picture))
    last, clean = denoised(knower, noisy, 100, None)
    torch.testing.assert_close(last, clean)


def test_the_steps_go_from_noise_to_nothing_and_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "RESOLUTION", 8)
    picture = torch.rand(1, 3, 8, 8) * 2 - 1
    knower = Knower(picture)
    house: Any = House(knower)
    found = list(sketches(7, house))
    assert knower.asked == list(range(960, -1, -40))
    assert house.turns == len(found) == STEPS
    assert [one.step for one in found] == list(range(1, STEPS + 1))
    assert [one.finished for one in found] == [False] * (STEPS - 1) + [True]
    torch.testing.assert_close(found[-1].picture, picture, rtol=0, atol=1e-4)


def test_a_seed_makes_the_same_face_again(small: UNet) -> None:
    house: Any = House(small)
    first, again, other = (list(sketches(seed, house, steps=3))[-1].picture for seed in (7, 7, 8))
    assert first.shape == (1, 3, 32, 32)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_it_is_not_had_without_a_network(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    house = Runtime(device="cpu", offline=True)
    with pytest.raises(WeightsUnreachable, match="never downloaded to this computer"):
        next(sketches(7, house))
    house.close()


def test_it_comes_from_a_fixed_revision_with_its_digest() -> None:
    source = DIFFUSION.source
    assert isinstance(source, HubFile)
    assert re.fullmatch(r"[0-9a-f]{64}", source.sha256)
    assert re.search(r"/resolve/[0-9a-f]{40}/", source.url)
    assert source.url.startswith(f"{DIFFUSION.card}/")
    assert "Apache-2.0" in DIFFUSION.licence
