"""The yardstick of the strokes: gratings are its oracle."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.demos.style_transfer.frequency import dominant_frequency


def grating(cycles: float, width: int, height: int, angle: float = 0.0) -> Image.Image:
    y, x = np.mgrid[:height, :width]
    wave = np.sin(2 * np.pi * cycles / width * (x * np.cos(angle) + y * np.sin(angle)))
    return Image.fromarray((128 + 100 * wave).round().astype(np.uint8))


@pytest.mark.parametrize("angle", [0.0, 0.5, np.pi / 2])
@pytest.mark.parametrize("size", [(128, 128), (256, 160), (120, 240)])
@pytest.mark.parametrize("cycles", [4, 7.5, 12, 24, 40])
def test_a_grating_has_as_many_cycles_as_it_has(cycles: float, size: tuple[int, int], angle: float) -> None:
    assert dominant_frequency(grating(cycles, *size, angle)) == pytest.approx(cycles, rel=0.1)


@pytest.mark.parametrize("seed", range(3))
def test_a_coarser_texture_has_a_lower_frequency(seed: int) -> None:
    noise = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (256, 256), np.uint8))
    found = []
    for grain in (2, 3, 5, 8, 12):
        side = 256 // grain
        found.append(
            dominant_frequency(noise.crop((0, 0, side, side)).resize((256, 256), Image.Resampling.BICUBIC))
        )
    assert found == sorted(found, reverse=True)
    assert found[0] / found[3] == pytest.approx(4, rel=0.25)


def test_large_shapes_do_not_count() -> None:
    fine = np.asarray(grating(30, 256, 256), dtype=float) - 128
    slope = np.linspace(-90, 90, 256)[:, None]
    both = Image.fromarray((128 + 0.3 * fine + slope).round().clip(0, 255).astype(np.uint8))
    assert dominant_frequency(both) == pytest.approx(30, rel=0.1)


@pytest.mark.parametrize("size", [(1, 1), (64, 1), (1, 64), (100, 80)])
@pytest.mark.parametrize("colour", ["white", "black", "red"])
def test_a_plain_picture_has_none(size: tuple[int, int], colour: str) -> None:
    assert dominant_frequency(Image.new("RGB", size, colour)) == 0
