"""Both networks against torchvision's own layers."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchvision.models import vgg
from torchvision.models.vgg import cfgs, make_layers

from demos.style_transfer.features import (
    VGG19,
    VGG19_DEPTHS,
    WIDTHS,
    FeatureNetwork,
    layer_names,
    normalised,
    stride,
)
from demos.style_transfer.model import StyleModel


@pytest.fixture(scope="module")
def picture() -> Tensor:
    return torch.rand(1, 3, 64, 80, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def published() -> VGG19:
    """With random values; of the half gigabyte of its classifier nothing is in memory."""
    with torch.device("meta"):
        network = VGG19()
    network.features = make_layers(cfgs["E"])
    return network.requires_grad_(False)


def test_names() -> None:
    assert layer_names() == (
        "relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu4_1", "relu4_2", "relu5_1",
    )  # fmt: skip
    assert len(layer_names(VGG19_DEPTHS)) == 16
    assert list(layer_names(VGG19_DEPTHS)) == sorted(layer_names(VGG19_DEPTHS)), "`deepest` relies on it."
    assert [stride(f"relu{block}_1") for block in range(1, 6)] == [1, 2, 4, 8, 16]


def test_shapes(random_model: StyleModel, picture: Tensor) -> None:
    found = random_model.features(picture)
    assert tuple(found) == layer_names()
    for name, x in found.items():
        step = stride(name)
        assert x.shape == (1, WIDTHS[int(name[4]) - 1], 64 // step, 80 // step)
        assert x.min() >= 0
    assert tuple(random_model.features(picture, last="relu2_1")) == layer_names()[:3]
    assert random_model.features(picture[..., :31, :17])["relu5_1"].shape[-2:] == (1, 1)


def test_each_layer_is_a_convolution_of_the_one_before(random_model: StyleModel, picture: Tensor) -> None:
    network = random_model.features
    found = network(picture)
    first = network.convolutions["relu1_1"]
    torch.testing.assert_close(found["relu1_1"], F.relu(first(normalised(picture))))
    for before, after in pairwise(found):
        x = found[before]
        if before[4] != after[4]:
            x = (x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]) / 4
        torch.testing.assert_close(found[after], F.relu(network.convolutions[after](x)), rtol=1e-4, atol=1e-4)


def test_vgg19_is_torchvisions(published: VGG19, picture: Tensor) -> None:
    heard: list[Tensor] = []
    hooks = [
        layer.register_forward_hook(lambda module, inputs, output: heard.append(output.clone()))
        for layer in published.features
        if isinstance(layer, nn.ReLU)
    ]
    published.features(normalised(picture))
    for hook in hooks:
        hook.remove()
    found = published(picture, last="relu5_4")
    assert tuple(found) == layer_names(VGG19_DEPTHS)
    for x, expected in zip(found.values(), heard, strict=True):
        torch.testing.assert_close(x, expected)
    assert found["relu4_1"].shape == (1, 512, 8, 10)
    assert list(published(picture)) == list(layer_names(VGG19_DEPTHS))[:13]


def test_vgg19_takes_the_published_file() -> None:
    with torch.device("meta"):
        ours, theirs = VGG19(), vgg.vgg19(weights=None, init_weights=False)
    assert {k: v.shape for k, v in ours.state_dict().items()} == {
        k: v.shape for k, v in theirs.state_dict().items()
    }


def test_normalised() -> None:
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    assert not normalised(mean).any()
    torch.testing.assert_close(normalised(mean + 1)[0, :, 0, 0], 1 / torch.tensor([0.229, 0.224, 0.225]))


def test_a_network_of_other_widths() -> None:
    network = FeatureNetwork(widths=(2, 3, 4, 5, 6), depths=(1, 1, 1, 1, 1))
    assert [x.shape[1] for x in network(torch.rand(1, 3, 16, 16)).values()] == [2, 3, 4, 5, 6]
