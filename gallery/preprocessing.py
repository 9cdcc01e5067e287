"""From a photograph to the numbers that a network was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import torch
from PIL import Image
from torch import Tensor

# Per channel, of ImageNet's training set; the values that nearly every public model uses.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


@runtime_checkable
class Preprocessing(Protocol):
    """How a network wants to be shown a photograph of any size."""

    def square(self, image: Image.Image, size: int | None = None) -> Image.Image:
        """The part it sees, with `size` pixels a side, by default as many as the network takes."""

    def numbers(self, square: Image.Image) -> Tensor:
        """The network's input, float32 (3, H, W), from what `square` returned."""

    def __call__(self, image: Image.Image) -> Tensor:
        """Both steps: an RGB picture of any size to the network's input, float32 (3, H, W)."""


@dataclass(frozen=True)
class CentreCrop:
    """Shorter side to `resize` pixels, the middle square of `crop` pixels, normalised.

    The usual recipe resizes the whole photograph and throws most of it away. This one works
    out which square of the original it is and resamples only that: the same picture, faster,
    and a strip of 10,000 x 1 pixels needs no gigabytes in between.
    """

    crop: int
    resize: int
    resample: Image.Resampling
    mean: tuple[float, float, float] = MEAN
    std: tuple[float, float, float] = STD

    def square(self, image: Image.Image, size: int | None = None) -> Image.Image:
        width, height = image.size
        side = min(width, height) * self.crop / self.resize  # pixels of the original
        left, top = (width - side) / 2, (height - side) / 2
        size = size or self.crop
        if (width, height) == (size, size) and self.crop == self.resize:
            return image
        box = (left, top, left + side, top + side)
        # reducing_gap averages whole blocks first where a photograph is much larger than needed.
        return image.resize((size, size), self.resample, box, reducing_gap=3.0)

    def numbers(self, square: Image.Image) -> Tensor:
        pixels = torch.frombuffer(bytearray(square.tobytes()), dtype=torch.uint8)
        x = pixels.view(square.height, square.width, 3).permute(2, 0, 1)  # (3, H, W)
        shift, scale = self.normalisation
        return x.to(torch.float32).sub_(shift).mul_(scale)

    def __call__(self, image: Image.Image) -> Tensor:
        return self.numbers(self.square(image))

    @cached_property
    def normalisation(self) -> tuple[Tensor, Tensor]:
        """What to take away from a byte and what to multiply the rest with, each (3, 1, 1)."""
        shift = torch.tensor(self.mean).view(3, 1, 1) * 255
        scale = 1 / (torch.tensor(self.std).view(3, 1, 1) * 255)
        return shift, scale


@dataclass(frozen=True)
class PublishedCrop:
    """The preprocessing that torchvision names for published weights, e.g. ("vgg16", "IMAGENET1K_V1").

    torchvision is asked at the first photograph, for importing it takes a second.
    """

    model: str
    weights: str

    @cached_property
    def centre_crop(self) -> CentreCrop:
        from torchvision.models import get_model_weights
        from torchvision.transforms.functional import pil_modes_mapping

        published = get_model_weights(self.model)[self.weights].transforms()
        return CentreCrop(
            crop=published.crop_size[0],
            resize=published.resize_size[0],
            resample=Image.Resampling(pil_modes_mapping[published.interpolation]),
            mean=tuple(published.mean),
            std=tuple(published.std),
        )

    def square(self, image: Image.Image, size: int | None = None) -> Image.Image:
        return self.centre_crop.square(image, size)

    def numbers(self, square: Image.Image) -> Tensor:
        return self.centre_crop.numbers(square)

    def __call__(self, image: Image.Image) -> Tensor:
        return self.centre_crop(image)
