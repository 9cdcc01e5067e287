"""A public network that makes larger faces: a diffusion model, downloaded on request.

Reading guide: `DIFFUSION` says what it is; `sketches` makes a face out of noise, step by step.

Which, and why. StyleGAN's weights are for non-commercial use and run code when they are read. The progressive
GANs of "pytorch_GAN_zoo" give a licence for their code only, in a file that wants a class of theirs. Google's
DDPM for CelebA-HQ is published under Apache-2.0, as a file of plain numbers with a known digest, so this one
it is. It is no GAN: it takes many steps where the gallery's generator takes one, and knows neither years nor
styles. The portraits of celebrities that it learnt from are themselves for non-commercial research only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from demos.faces.unet import RESOLUTION, UNet
from gallery.runtime import Runtime
from gallery.weights import HubFile, ModelSpec, Progress

REPOSITORY = "google/ddpm-ema-celebahq-256"
REVISION = "4cb6117472e6e4f45c5afe606b101858c27c3802"
DIFFUSION = ModelSpec(
    key="faces/ddpm-celebahq-256",
    title="DDPM, celebrities, 256x256, 2020 (Google, 455 MB)",
    architecture=UNet,
    source=HubFile(
        f"https://huggingface.co/{REPOSITORY}/resolve/{REVISION}/diffusion_pytorch_model.bin",
        sha256="3ec1b462abd49605d4f7cddfe453626e9aea1edc8c2449450a1c054efb863abf",
        folder="ddpm-ema-celebahq-256",
    ),
    licence="Apache-2.0; trained on CelebA-HQ, whose pictures are for non-commercial research",
    card=f"https://huggingface.co/{REPOSITORY}",
)
TIMES = 1000  # steps in which noise was added when it was trained
STEPS = 25  # in which it is taken away again; DDPM's own way takes all 1000
# How much of the picture is left after each step of noise, as a share of the variance.
KEPT = (1 - torch.linspace(1e-4, 0.02, TIMES, dtype=torch.float64)).cumprod(0)


@dataclass(frozen=True)
class Sketch:
    """The picture as the network sees it through the noise, (1, 3, 256, 256) from -1 to 1."""

    picture: Tensor
    step: int  # from 1
    steps: int

    @property
    def finished(self) -> bool:
        return self.step == self.steps


def sketches(
    seed: int, house: Runtime, *, steps: int = STEPS, progress: Progress | None = None
) -> Iterator[Sketch]:
    """From noise to a face by DDIM (Song and others 2021, https://arxiv.org/abs/2010.02502), without chance.

    Each step waits for its turn on the device. Raises WeightsError where the model cannot be had.
    """
    noisy = torch.randn(1, 3, RESOLUTION, RESOLUTION, generator=torch.Generator().manual_seed(seed))
    times = [i * (TIMES // steps) for i in reversed(range(steps))]
    for step, (now, then) in enumerate(zip(times, [*times[1:], None], strict=True), 1):

        def less(
            model: nn.Module, noisy: Tensor = noisy, now: int = now, then: int | None = then
        ) -> list[Tensor]:
            place = next(model.parameters()).device
            return [found.cpu() for found in denoised(model, noisy.to(place), now, then)]

        noisy, picture = house.run(DIFFUSION, less, progress=progress)
        yield Sketch(picture, step, steps)


@torch.inference_mode()
def denoised(model: nn.Module, noisy: Tensor, now: int, then: int | None) -> tuple[Tensor, Tensor]:
    """The picture with the noise of time `then`, None for none at all, and without any."""
    noise = model(noisy, torch.full((len(noisy),), now, device=noisy.device))
    kept = float(KEPT[now])
    picture = ((noisy - (1 - kept) ** 0.5 * noise) / kept**0.5).clamp(-1, 1)
    kept = 1.0 if then is None else float(KEPT[then])
    return kept**0.5 * picture + (1 - kept) ** 0.5 * noise, picture
