"""A plain residual trunk with named stages, whose features any demo may use.

The design is the basic-block ResNet of He et al. 2015 (https://arxiv.org/abs/1512.03385)
with the average-pool shortcut of He et al. 2018 (ResNet-D, https://arxiv.org/abs/1812.01187),
narrowed and shortened until two CPU cores can train it in an afternoon.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions around a shortcut: (B, C_in, H, W) -> (B, C_out, H/stride, W/stride)."""

    def __init__(self, in_channels: int, out_channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(out_channels)
        # A strided 1x1 convolution would ignore three pixels of four; averaging first keeps them.
        self.shortcut = (
            nn.Identity()
            if stride == 1 and in_channels == out_channels
            else nn.Sequential(
                nn.AvgPool2d(stride, ceil_mode=True) if stride > 1 else nn.Identity(),
                nn.Conv2d(in_channels, out_channels, 1, bias=False),
                nn.BatchNorm2d(out_channels),
            )
        )
        # Every block starts as the identity, which lets a high learning rate work from the
        # first step (Goyal et al. 2017, https://arxiv.org/abs/1706.02677).
        nn.init.zeros_(self.norm2.weight)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return F.relu(y + self.shortcut(x))


class ResidualTrunk(nn.Module):
    """RGB image to features: a strided stem, then stages that halve the resolution.

    `widths[i]` is the number of channels and `depths[i]` the number of residual blocks of
    stage i+1. Stage 1 works at half the resolution of the image, each later one at half
    that of the one before.
    """

    def __init__(self, stem: int, widths: Sequence[int], depths: Sequence[int]) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, stem, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(stem), nn.ReLU()
        )
        self.stages = nn.ModuleDict()
        channels = stem
        for number, (width, depth) in enumerate(zip(widths, depths, strict=True), start=1):
            blocks = []
            for block in range(depth):
                stride = 2 if number > 1 and block == 0 else 1
                blocks.append(ResidualBlock(channels, width, stride))
                channels = width
            self.stages[f"stage{number}"] = nn.Sequential(*blocks)
        self.out_channels = channels

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """(B, 3, H, W) to `{"stem": ..., "stage1": (B, widths[0], H/2, W/2), ...}`.

        The last entry is the deepest. Sizes are rounded up where they do not divide.
        """
        features = {"stem": self.stem(x)}
        y = features["stem"]
        for name, stage in self.stages.items():
            y = features[name] = stage(y)
        return features


def parameter_count(module: nn.Module) -> int:
    """Number of learned values, each shared tensor once."""
    return sum(p.numel() for p in module.parameters())


def multiply_adds(module: nn.Module, image_size: int) -> int:
    """Multiply-adds of the convolutions and linear layers for one square RGB image."""
    total = 0

    def count(layer: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        if isinstance(layer, nn.Conv2d):
            kernel = layer.kernel_size[0] * layer.kernel_size[1]
            total += output.numel() * layer.in_channels // layer.groups * kernel
        elif isinstance(layer, nn.Linear):
            total += output.numel() * layer.in_features

    hooks = [layer.register_forward_hook(count) for layer in module.modules()]
    training = module.training
    try:
        with torch.no_grad():
            module.eval()(torch.zeros(1, 3, image_size, image_size))
    finally:
        module.train(training)
        for hook in hooks:
            hook.remove()
    return total
