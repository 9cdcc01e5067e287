"""The embedded classifier: 200 classes of ImageNet at 64x64 pixels."""

import torch
from torch import Tensor, nn

from gallery.trunk import ResidualTrunk

CLASSES = 200
IMAGE_SIZE = 64  # pixels a side, the size of Tiny ImageNet's photographs


class TinyImageNetClassifier(nn.Module):
    """A residual trunk, a mean over the positions, and one linear layer.

    At 64x64: stem (32, 32, 32), stage1 (32, 32, 32), stage2 (96, 16, 16),
    stage3 (192, 8, 8), stage4 (320, 4, 4), as (channels, height, width).
    4.76 million parameters: as 16-bit numbers they just fit a file of ten megabytes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trunk = ResidualTrunk(stem=32, widths=(32, 96, 192, 320), depths=(1, 1, 2, 2))
        self.head = nn.Linear(self.trunk.out_channels, CLASSES)
        self.temperature: Tensor
        self.register_buffer("temperature", torch.ones(()))  # set after training, see train.calibrate

    def forward(self, x: Tensor) -> Tensor:
        """Normalised RGB (B, 3, H, W) to logits (B, 200)."""
        features = self.trunk(x)["stage4"]  # (B, 320, H/16, W/16)
        pooled = features.mean(dim=(2, 3))  # (B, 320)
        logits: Tensor = self.head(pooled)
        return logits / self.temperature
