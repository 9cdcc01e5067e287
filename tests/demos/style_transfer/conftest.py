"""A network that has learnt nothing, in place of the one that ships, and pictures to show it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from demos.style_transfer.model import StyleModel
from demos.style_transfer.models import EMBEDDED
from gallery import runtime
from gallery.runtime import Runtime
from gallery.weights import Embedded, Progress, no_progress


def random_style_model(seed: int = 0) -> StyleModel:
    """Never trained. The features' kernels keep the size of what passes through (He et al. 2015)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = StyleModel()
        for convolution in model.features.convolutions.values():
            nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
            nn.init.zeros_(convolution.bias)
    return model.eval().requires_grad_(False)


def stripes(width: int, height: int, seed: int = 0) -> Image.Image:
    """Two bands of waves in random colours, across each other: something that has a content and a style."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    colours, slopes = random.uniform(0.1, 0.9, (2, 3)), random.uniform(-0.5, 0.5, (2, 2))
    waves = [np.sin(x * a + y * b)[..., None] * 0.5 + 0.5 for a, b in slopes]
    mixture = waves[0] * colours[0] + (1 - waves[0]) * colours[1] * waves[1]
    return Image.fromarray((mixture * 255).round().astype(np.uint8))


@pytest.fixture(scope="session")
def random_model() -> StyleModel:
    """Shared: nobody may change it."""
    return random_style_model()


@pytest.fixture(scope="session")
def random_weights(random_model: StyleModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("style_transfer") / "random.safetensors"
    save_file({name: value.contiguous() for name, value in random_model.state_dict().items()}, path)
    return path


@pytest.fixture(scope="module")
def house(random_weights: Path) -> Iterator[Runtime]:
    """The process's runtime for a module, on the CPU and offline, where EMBEDDED is the random model."""
    fetch = Embedded.fetch

    def fetched(self: Embedded, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        return [random_weights] if self == EMBEDDED.source else fetch(self, progress, offline=offline)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Embedded, "fetch", fetched)
        house = Runtime(device="cpu", offline=True)
        patched.setattr(runtime, "_current", house)
        yield house
        house.close()


@pytest.fixture(scope="session")
def photograph() -> Image.Image:
    return stripes(160, 120, seed=1)


@pytest.fixture(scope="session")
def painting() -> Image.Image:
    return stripes(140, 180, seed=2)
