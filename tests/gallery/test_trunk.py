"""The shared trunk: shapes, size and cost, each against a count by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from gallery.trunk import ResidualBlock, ResidualTrunk, multiply_adds, parameter_count


@pytest.mark.parametrize(("height", "width"), [(64, 64), (65, 33), (1, 1)])
def test_shapes_per_stage(height: int, width: int) -> None:
    trunk = ResidualTrunk(stem=8, widths=(8, 12, 16), depths=(1, 2, 1)).eval()
    with torch.no_grad():
        features = trunk(torch.rand(2, 3, height, width))
    assert list(features) == ["stem", "stage1", "stage2", "stage3"]
    for (name, feature), channels, halvings in zip(
        features.items(), (8, 8, 12, 16), (1, 1, 2, 3), strict=True
    ):
        size = tuple(-(-side // 2**halvings) for side in (height, width))
        assert feature.shape == (2, channels, *size), name
    assert trunk.out_channels == 16


def test_a_new_block_is_the_identity() -> None:
    x = torch.rand(2, 4, 5, 5)
    assert torch.equal(ResidualBlock(4, 4).eval()(x), x)


def test_depths_and_widths_belong_together() -> None:
    with pytest.raises(ValueError, match="zip"):
        ResidualTrunk(stem=8, widths=(8, 12), depths=(1,))


def test_parameters_against_a_count_by_hand() -> None:
    block = 3 * 3 * 4 * 6 + 2 * 6 + 3 * 3 * 6 * 6 + 2 * 6 + 4 * 6 + 2 * 6  # shortcut: 1x1 and a norm
    assert parameter_count(ResidualBlock(4, 6, stride=2)) == block
    tied = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    tied[1].weight = tied[0].weight
    assert parameter_count(tied) == 9


def test_multiply_adds_against_a_count_by_hand() -> None:
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, stride=2, padding=1),  # 16x16 -> 8x8
        nn.Conv2d(8, 8, 5, padding=2, groups=4),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 10),
    )
    by_hand = 8 * 8 * 8 * 3 * 9 + 8 * 8 * 8 * 2 * 25 + 80
    assert network.training
    assert multiply_adds(network, 16) == by_hand
    assert network.training, "left as it was"
    assert not any(layer._forward_hooks for layer in network.modules())
