"""The engine, on tiny networks and pretend runtimes: no weights, no hub."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from demos.imagenet import engine, models
from demos.imagenet.model import TinyImageNetClassifier
from demos.imagenet.models import EMBEDDED, CamLayer, positions_last


class PretendRuntime:
    """Runs work on one given network, as the real one would when its turn has come."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model.eval().requires_grad_(False)

    def run(
        self, spec: Any, work: Callable[[nn.Module], Any], *, progress: Any = None, notice: Any = None
    ) -> Any:
        return work(self.model)


class TinyNetwork(nn.Module):
    """A convolution, a rectifier in place, another layer that has positions, a mean, a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU(inplace=True), nn.Conv2d(4, 5, 3, 2, 1)
        )
        self.head = nn.Linear(5, 7)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.features(x), inplace=True)
        return self.head(y.mean(dim=(2, 3)) ** 2)


LAYER = CamLayer("features", positions_last)


@pytest.fixture
def tiny() -> TinyNetwork:
    torch.manual_seed(3)
    return TinyNetwork().eval().requires_grad_(False)


@pytest.fixture
def photograph() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (90, 120, 3), np.uint8))


@pytest.fixture
def own() -> TinyImageNetClassifier:
    torch.manual_seed(5)
    network = TinyImageNetClassifier()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return network


def brute_force_cam(network: TinyNetwork, x: Tensor, index: int, step: float = 1e-4) -> np.ndarray:
    """Grad-CAM without autograd: each value of the features is moved up and down."""
    network = network.double()
    features = network.features(x.double())[0]  # (C, h, w)

    def logit(values: Tensor) -> float:
        return float(network.head(F.relu(values[None]).mean(dim=(2, 3)) ** 2)[0, index])

    slopes = torch.zeros_like(features)
    for position in np.ndindex(*features.shape):
        up, down = features.clone(), features.clone()
        up[position] += step
        down[position] -= step
        slopes[position] = (logit(up) - logit(down)) / (2 * step)
    weights = slopes.mean(dim=(1, 2))
    heat = sum(weight * channel for weight, channel in zip(weights, features, strict=True))
    heat = np.maximum(np.asarray(heat), 0)
    return heat / max(heat.max(), 1e-300)


@pytest.mark.parametrize("index", range(7))
def test_grad_cam_is_what_finite_differences_say(tiny: TinyNetwork, index: int) -> None:
    x = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(index))
    with engine.listening(tiny, LAYER) as heard:
        heat = engine.cam(tiny(x)[0, index], heard, LAYER)
    assert heat.shape == (6, 6)
    assert heat.dtype == np.float32
    np.testing.assert_allclose(heat, brute_force_cam(tiny, x, index), atol=2e-3)


def test_listening_leaves_no_trace(tiny: TinyNetwork) -> None:
    x = torch.rand(1, 3, 24, 24)
    plain = tiny(x)
    with engine.listening(tiny, LAYER) as heard:
        logits = tiny(x)
        engine.cam(logits[0, 0], heard, LAYER)
    assert torch.equal(plain, logits)
    assert torch.is_grad_enabled()
    assert not tiny.features._forward_hooks
    assert all(parameter.grad is None for parameter in tiny.parameters())
    with pytest.raises(RuntimeError, match="on purpose"), engine.listening(tiny, LAYER):
        raise RuntimeError("on purpose")
    assert not tiny.features._forward_hooks


def test_two_listeners_do_not_hear_each_other(tiny: TinyNetwork) -> None:
    import threading

    other: list[Tensor] = []
    with engine.listening(tiny, LAYER) as heard:
        thread = threading.Thread(target=lambda: other.append(tiny(torch.rand(1, 3, 24, 24))))
        thread.start()
        thread.join()
        assert heard == []
    assert other[0].grad_fn is None


def test_map_without_evidence_is_zero(tiny: TinyNetwork) -> None:
    nn.init.zeros_(tiny.head.weight)
    with engine.listening(tiny, LAYER) as heard:
        heat = engine.cam(tiny(torch.rand(1, 3, 24, 24))[0, 0], heard, LAYER)
    assert not heat.any()


def test_tokens_become_a_grid() -> None:
    grid = torch.arange(2 * 5 * 3 * 3).view(2, 5, 3, 3).float()
    as_tokens = torch.cat([torch.zeros(2, 1, 5), grid.flatten(2).transpose(1, 2)], dim=1)
    assert torch.equal(models.tokens(as_tokens), grid)
    assert torch.equal(models.positions_first(grid.permute(0, 2, 3, 1)), grid)


def test_predict(own: TinyImageNetClassifier, photograph: Image.Image) -> None:
    prediction = engine.predict(photograph, EMBEDDED, PretendRuntime(own), heat_maps=True)
    assert EMBEDDED.preprocessing is not None
    with torch.inference_mode():
        expected = own(EMBEDDED.preprocessing(photograph)[None])[0].softmax(dim=0)
    order = expected.argsort(descending=True)[:5].tolist()
    assert [guess.index for guess in prediction.guesses] == order
    for guess in prediction.guesses:
        assert guess.probability == pytest.approx(float(expected[guess.index]), rel=1e-5)
        assert (guess.wnid, guess.name) == engine.class_names(EMBEDDED)[guess.index]
    assert prediction.model_key == EMBEDDED.key
    assert prediction.seconds > 0
    assert prediction.image.size == (64, 64)
    assert prediction.heat_maps is not None
    assert prediction.heat_maps.shape == (5, 4, 4)
    for guess, heat in zip(prediction.guesses, prediction.heat_maps, strict=True):
        alone = engine.grad_cam(photograph, EMBEDDED, guess.index, PretendRuntime(own))
        np.testing.assert_allclose(alone, heat, atol=1e-6)
        assert heat.min() >= 0
        assert heat.max() in (0, 1)


def test_without_heat_maps_and_with_another_top(own: TinyImageNetClassifier, photograph: Image.Image) -> None:
    prediction = engine.predict(photograph, EMBEDDED, PretendRuntime(own), top=3)
    assert len(prediction.guesses) == 3
    assert prediction.heat_maps is None


@pytest.mark.parametrize("size", [(1, 1), (10_000, 1), (1, 10_000), (64, 64), (3000, 2000)])
def test_every_shape_is_answered(own: TinyImageNetClassifier, size: tuple[int, int]) -> None:
    prediction = engine.predict(Image.new("RGB", size, "orange"), EMBEDDED, PretendRuntime(own))
    assert sum(guess.probability for guess in prediction.guesses) <= 1
    assert prediction.image.size == (64, 64)


def test_probabilities(own: TinyImageNetClassifier, photograph: Image.Image) -> None:
    images = [photograph, photograph.rotate(90), Image.new("RGB", (10, 10))]
    result = engine.probabilities(images, EMBEDDED, PretendRuntime(own))
    assert result.shape == (3, 200)
    np.testing.assert_allclose(result.sum(axis=1), 1, rtol=1e-5)
    best = engine.predict(photograph, EMBEDDED, PretendRuntime(own)).guesses[0]
    assert int(result[0].argmax()) == best.index
    assert engine.probabilities([], EMBEDDED, PretendRuntime(own)).shape == (0, 200)


@pytest.mark.parametrize("index", [-1, 200])
def test_grad_cam_of_a_class_that_is_not_there(
    own: TinyImageNetClassifier, photograph: Image.Image, index: int
) -> None:
    with pytest.raises(IndexError, match="no class"):
        engine.grad_cam(photograph, EMBEDDED, index, PretendRuntime(own))


def test_a_model_that_takes_no_photographs_is_refused(photograph: Image.Image) -> None:
    with pytest.raises(AssertionError, match="photographs"):
        engine.predict(photograph, replace(EMBEDDED, preprocessing=None), PretendRuntime(nn.Identity()))


def tiny_vit() -> tuple[nn.Module, CamLayer]:
    from torchvision.models import VisionTransformer

    network = VisionTransformer(32, 8, num_layers=2, num_heads=2, hidden_dim=8, mlp_dim=16, num_classes=7)
    nn.init.normal_(network.heads.head.weight)  # starts at zero, which would leave nothing to explain
    return network, CamLayer("encoder.layers.encoder_layer_1.ln_1", models.tokens)


def tiny_swin() -> tuple[nn.Module, CamLayer]:
    from torchvision.models import SwinTransformer

    network = SwinTransformer([4, 4], 8, [1, 1], [2, 2], [2, 2], num_classes=7)
    return network, CamLayer("features", models.positions_first)


@pytest.mark.parametrize("make", [tiny_vit, tiny_swin])
def test_grad_cam_of_transformers_is_what_a_whole_record_says(
    make: Callable[[], tuple[nn.Module, CamLayer]],
) -> None:
    """The record that begins at the layer gives the gradient of one that begins at the pixels."""
    torch.manual_seed(0)
    network, layer = make()
    network.eval()
    x = torch.rand(1, 3, 32, 32)
    kept: list[Tensor] = []
    hook = network.get_submodule(layer.name).register_forward_hook(lambda m, i, output: kept.append(output))
    (slope,) = torch.autograd.grad(network(x)[0, 4], kept)
    hook.remove()
    features, slopes = layer.grid(kept[0])[0], layer.grid(slope)[0]  # (C, h, w)
    expected = torch.einsum("c,chw->hw", slopes.mean(dim=(1, 2)), features).relu()
    assert expected.max() > 0
    network.requires_grad_(False)
    with engine.listening(network, layer) as heard:
        heat = engine.cam(network(x)[0, 4], heard, layer)
    np.testing.assert_allclose(heat, (expected / expected.max()).detach(), atol=1e-4)
