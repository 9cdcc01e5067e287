"""A space in which faces are compared: what the gallery's own ImageNet network makes of them.

It was trained on goldfish and acorns, and had no part in the game of the two networks; that is what one wants
of a judge. Distances in this space are comparable among themselves, never with those of published papers,
which use the Inception network.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from demos.faces.engine import to_pictures
from gallery.preprocessing import MEAN, STD
from gallery.trunk import ResidualTrunk
from gallery.weights import Embedded, ModelSpec

# Pixels a side: what the network was trained on. Of 640 portraits that were moved, blurred and brightened a
# little, it finds 96 % again so, and 37 % when it is shown 128 pixels.
SEEN = 64
WIDTHS = (32, 96, 192, 320)
FEATURES = WIDTHS[-1]
CLASSES = 200
TOGETHER = 64  # pictures in one go


class FaceFeatures(nn.Module):
    """The classifier of the ImageNet demo, asked for what it knows before it names anything."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = ResidualTrunk(stem=32, widths=WIDTHS, depths=(1, 1, 2, 2))
        # The file holds them too; nothing here asks for a name.
        self.head = nn.Linear(FEATURES, CLASSES)
        self.temperature: Tensor
        self.register_buffer("temperature", torch.ones(()))
        self.mean: Tensor
        self.std: Tensor
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).view(3, 1, 1), persistent=False)

    def stages(self, pictures: Tensor) -> dict[str, Tensor]:
        """All features of pictures (B, 3, H, W) from -1 to 1, by their stage."""
        small = F.interpolate(pictures, (SEEN, SEEN), mode="bilinear", antialias=True)
        found: dict[str, Tensor] = self.trunk(((small + 1) / 2 - self.mean) / self.std)
        return found

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) from -1 to 1 as (B, FEATURES): the deepest stage, averaged over its places."""
        return self.stages(pictures)["stage4"].mean(dim=(2, 3))


SPEC = ModelSpec(
    key="faces/features",
    title="The gallery's own ImageNet network, as a judge of likeness",
    architecture=FaceFeatures,
    source=Embedded(Path(__file__).parents[1] / "imagenet" / "card.md"),
    licence="ImageNet terms of access, non-commercial research and teaching",
)


@torch.inference_mode()
def features_of(model: nn.Module, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Of pictures (N, H, W, 3): (N, FEATURES)."""
    place = next(model.parameters()).device
    parts = [model(to_pictures(part).to(place)).float().cpu().numpy() for part in batches(images)]
    return np.concatenate(parts) if parts else np.zeros((0, FEATURES), np.float32)


def batches(images: NDArray[np.uint8], size: int = TOGETHER) -> Iterator[NDArray[np.uint8]]:
    return (images[start : start + size] for start in range(0, len(images), size))
