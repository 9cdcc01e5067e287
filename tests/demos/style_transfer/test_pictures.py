"""Sizes, conversions and colours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from demos.style_transfer.engine import BOUNDS
from demos.style_transfer.pictures import (
    LONGEST_RATIO,
    SHORTEST,
    about_size,
    canvas_size,
    in_colours_of,
    square_root,
    style_size,
    to_image,
    to_mask,
    to_tensor,
)
from gallery.inputs import InputError

LOW, HIGH = (int(bound) for bound in BOUNDS["size"])


class Sized:
    """A picture's size without its pixels."""

    def __init__(self, width: int, height: int) -> None:
        self.size, self.width, self.height = (width, height), width, height


@given(st.integers(1, 30_000), st.integers(1, 30_000), st.integers(LOW, HIGH))
def test_canvas_keeps_proportions_and_has_room(width: int, height: int, size: int) -> None:
    assume(max(width, height) <= LONGEST_RATIO * min(width, height))
    h, w = canvas_size(Sized(width, height), size)  # type: ignore[arg-type]
    assert min(h, w) >= SHORTEST
    assert max(h, w) == size or min(h, w) == SHORTEST
    assert max(h, w) <= max(size, LONGEST_RATIO * SHORTEST)
    scale = max(size / max(width, height), SHORTEST / min(width, height))
    assert abs(h - height * scale) <= 0.51
    assert abs(w - width * scale) <= 0.51


@pytest.mark.parametrize(
    ("width", "height", "canvas"),
    [
        (800, 600, (384, 512)),
        (600, 800, (512, 384)),
        (4000, 200, (64, 1280)),  # 20 to 1
        (2400, 100, (64, 1536)),  # 24 to 1
        (100, 2400, (1536, 64)),
        (1, 1, (512, 512)),
        (24, 1, (64, 1536)),
        (12_000, 8000, (341, 512)),
    ],
)
def test_canvas_sizes(width: int, height: int, canvas: tuple[int, int]) -> None:
    assert canvas_size(Sized(width, height), 512) == canvas  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(2401, 100), (100, 2401), (25, 1)])
def test_what_is_too_long_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="24 times as long"):
        canvas_size(Image.new("RGB", size), 512)


def test_about_size() -> None:
    assert about_size(Image.new("RGB", (400, 300)), 384, 512) == ""
    note = about_size(Image.new("RGB", (4000, 3000)), 384, 512)
    assert "4000 x 3000" in note
    assert "512 x 384" in note


@pytest.mark.parametrize("canvas", [(512, 512), (384, 512)])
def test_style_grows_with_the_stroke(canvas: tuple[int, int]) -> None:
    image = Image.new("RGB", (900, 600))
    height, width = style_size(image, canvas, 1.0)
    assert height * width == pytest.approx(canvas[0] * canvas[1], rel=0.01)
    assert width / height == pytest.approx(1.5, rel=0.01)
    twice = style_size(image, canvas, 2.0)
    assert twice == pytest.approx((2 * height, 2 * width), abs=1)
    assert min(style_size(image, (64, 64), 0.25)) == SHORTEST


def test_tensors_and_images_are_one_thing() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (70, 90, 3), np.uint8)
    tensor = to_tensor(Image.fromarray(pixels), 70, 90)
    assert tensor.shape == (1, 3, 70, 90)
    assert tensor.dtype == torch.float32
    assert float(tensor[0, 1, 20, 30]) == pytest.approx(pixels[20, 30, 1] / 255)
    assert np.array_equal(np.asarray(to_image(tensor)), pixels)
    assert np.array_equal(
        np.asarray(to_image(tensor[0] * 3 - 1)), np.asarray(to_image((tensor * 3 - 1).clamp(0, 1)))
    )


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "1"])
def test_other_modes(mode: str) -> None:
    assert to_tensor(Image.new(mode, (30, 20)), 40, 50).shape == (1, 3, 40, 50)


def test_resizing_keeps_the_mean() -> None:
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8))
    assert float(to_tensor(image, 60, 80).mean()) == pytest.approx(
        float(to_tensor(image, 300, 400).mean()), abs=5e-3
    )


def test_mask() -> None:
    pixels = np.zeros((20, 40), np.uint8)
    pixels[:, 20:] = 255
    mask = to_mask(Image.fromarray(pixels), 60, 120)
    assert mask.shape == (1, 1, 60, 120)
    assert not mask[..., :55].any()
    assert (mask[..., 65:] == 1).all()


def colours(seed: int, height: int, width: int) -> Tensor:
    """Colours that depend on each other, away from black and white."""
    random = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    mixture = turn * (0.15, 0.1, 0.06)
    values = random.uniform(0.45, 0.55, (3, 1)) + mixture @ random.uniform(-1, 1, (3, height * width))
    return torch.from_numpy(values).view(1, 3, height, width).float()


def test_colours_of_another_picture() -> None:
    picture, other = colours(1, 50, 60), colours(2, 40, 30)
    mapped = in_colours_of(picture, other)
    assert mapped.shape == picture.shape
    assert mapped.dtype == picture.dtype
    x, y = mapped.double().view(3, -1), other.double().view(3, -1)
    torch.testing.assert_close(x.mean(1), y.mean(1), atol=1e-5, rtol=0)
    torch.testing.assert_close(torch.cov(x), torch.cov(y), atol=1e-4, rtol=0)
    assert not torch.allclose(torch.cov(picture.double().view(3, -1)), torch.cov(y), atol=1e-4)


def test_ones_own_colours_change_nothing() -> None:
    picture = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(in_colours_of(picture, picture), picture)


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_colours_of_a_plain_picture(value: float) -> None:
    plain, other = torch.full((1, 3, 20, 30), value), colours(1, 20, 20)
    for mapped in (in_colours_of(plain, other), in_colours_of(other, plain)):
        assert torch.isfinite(mapped).all()
    torch.testing.assert_close(in_colours_of(plain, other).mean((0, 2, 3)), other.mean((0, 2, 3)))


def test_square_root() -> None:
    values = np.random.default_rng(0).normal(size=(3, 5))
    covariance = torch.from_numpy(values @ values.T)
    root = square_root(covariance)
    torch.testing.assert_close(root @ root, covariance)
    torch.testing.assert_close(root, root.T)
