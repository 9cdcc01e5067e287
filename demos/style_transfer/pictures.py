"""Pictures on their way in and out: how large the canvas is, tensors, and whose colours are used."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gallery.inputs import InputError

SHORTEST = 64  # pixels of the canvas's shorter side: below that no stroke fits
LONGEST_RATIO = 24  # a canvas may be so many times as long as it is wide


def canvas_size(image: Image.Image, size: int) -> tuple[int, int]:
    """Height and width in pixels of the canvas: the longer side is `size`, proportions are kept.

    Of a panorama the shorter side is SHORTEST and the longer one longer than `size`, for a strip of a few
    pixels has no room for a stroke. A small picture is enlarged. Raises InputError for what is longer than
    LONGEST_RATIO to 1.
    """
    width, height = image.size
    long, short = max(width, height), min(width, height)
    if long > LONGEST_RATIO * short:
        raise InputError(
            f"This picture is more than {LONGEST_RATIO} times as long as it is wide ({width} x {height}): "
            "cut a part out of it and try again."
        )
    scale = max(size / long, SHORTEST / short)
    return max(SHORTEST, round(height * scale)), max(SHORTEST, round(width * scale))


def about_size(image: Image.Image, height: int, width: int) -> str:
    """A sentence where the picture was made smaller, else nothing."""
    if image.width <= width and image.height <= height:
        return ""
    return f"Your picture of {image.width} x {image.height} pixels was painted at {width} x {height}."


def style_size(image: Image.Image, canvas: tuple[int, int], stroke: float) -> tuple[int, int]:
    """Height and width at which a style is looked at for strokes of this size; see engine.py.

    At stroke 1 the painting is as large as the canvas (equal areas), at 2 twice as long and wide, so that
    each of its strokes is too.
    """
    scale = stroke * (canvas[0] * canvas[1] / (image.width * image.height)) ** 0.5
    return max(SHORTEST, round(image.height * scale)), max(SHORTEST, round(image.width * scale))


def to_tensor(image: Image.Image, height: int, width: int) -> Tensor:
    """RGB as float32 in [0, 1], (1, 3, height, width)."""
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    pixels = torch.from_numpy(np.array(image.convert("RGB")))  # (H, W, 3)
    return pixels.permute(2, 0, 1).unsqueeze(0).float() / 255


def to_mask(mask: Image.Image, height: int, width: int) -> Tensor:
    """A grey picture, white where the style goes, as float32 in [0, 1], (1, 1, height, width)."""
    grey = mask.convert("L").resize((width, height), Image.Resampling.BILINEAR)
    return torch.from_numpy(np.array(grey)).view(1, 1, height, width).float() / 255


def to_image(picture: Tensor) -> Image.Image:
    """(1, 3, H, W) or (3, H, W) in [0, 1] as an RGB picture."""
    pixels = (picture.detach().reshape(3, *picture.shape[-2:]).clamp(0, 1) * 255).round().byte()
    return Image.fromarray(pixels.permute(1, 2, 0).cpu().numpy())


def in_colours_of(picture: Tensor, other: Tensor) -> Tensor:
    """`picture` with mean and covariance of the colours of `other`; both (1, 3, H, W) in [0, 1].

    The linear map of Gatys et al. 2016 ("Preserving Color in Neural Artistic Style Transfer", arXiv
    1606.05897), with the symmetric square root of a covariance.
    """
    x, y = (p.double().reshape(3, -1) for p in (picture, other))
    root_x, root_y = (square_root(torch.cov(p) + 1e-5 * torch.eye(3, dtype=p.dtype)) for p in (x, y))
    mapped = root_y @ torch.linalg.inv(root_x) @ (x - x.mean(1, keepdim=True)) + y.mean(1, keepdim=True)
    result: Tensor = mapped.clamp(0, 1).reshape(picture.shape).to(picture.dtype)
    return result


def square_root(covariance: Tensor) -> Tensor:
    """The symmetric root of a symmetric positive matrix (3, 3)."""
    values, vectors = torch.linalg.eigh(covariance)
    root: Tensor = vectors @ torch.diag(values.clamp(min=0).sqrt()) @ vectors.T
    return root
