"""The networks that this demo offers: its own, and those that made history.

Importing this file does not import torchvision: each entry asks for it when it is used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image
from torch import Tensor, nn

from gallery.preprocessing import CentreCrop, PublishedCrop
from gallery.weights import Embedded, ModelSpec, Torchvision

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class CamLayer:
    """Where Grad-CAM listens: the last layer whose output still has positions.

    `name` is the module's path, `grid` brings its output to (B, channels, h, w).
    """

    name: str
    grid: Callable[[Tensor], Tensor]


def positions_last(x: Tensor) -> Tensor:
    """What a convolution returns already is (B, channels, h, w)."""
    return x


def positions_first(x: Tensor) -> Tensor:
    """Swin keeps (B, h, w, channels)."""
    return x.permute(0, 3, 1, 2)


def tokens(x: Tensor) -> Tensor:
    """ViT: (B, 1 + h*w, channels), the class token first."""
    batch, length, channels = x.shape
    side = round((length - 1) ** 0.5)
    return x[:, 1:].transpose(1, 2).reshape(batch, channels, side, side)


@dataclass(frozen=True)
class Public:
    """A torchvision model and where Grad-CAM looks into it."""

    title: str
    model: str
    weights: str
    cam: CamLayer
    options: tuple[tuple[str, bool], ...] = ()

    @property
    def key(self) -> str:
        return f"torchvision/{self.model}-{self.weights.rsplit('_', 1)[1].lower()}"

    def architecture(self) -> nn.Module:
        """The network without weights, laid out as the published file expects."""
        from torchvision.models import get_model

        network: nn.Module = get_model(self.model, weights=None, **dict(self.options))
        if self.model.startswith("densenet"):
            network.register_load_state_dict_pre_hook(rename_dense_layers)
        return network

    def spec(self) -> ModelSpec:
        return ModelSpec(
            key=self.key,
            title=self.title,
            architecture=self.architecture,
            source=Torchvision(self.model, self.weights),
            licence="BSD-3-Clause (torchvision); trained on ImageNet, whose terms of access apply",
            preprocessing=PublishedCrop(self.model, self.weights),
            card=f"https://docs.pytorch.org/vision/stable/models/generated/torchvision.models.{self.model}.html",
        )


# Dots were allowed in the names of layers when the DenseNet files were made: "norm.1" is now "norm1".
DENSE_LAYER = re.compile(r"^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$")


def rename_dense_layers(module: nn.Module, state: dict[str, Tensor], *_: object) -> None:
    for name in list(state):
        if match := DENSE_LAYER.match(name):
            state[match[1] + match[2]] = state.pop(name)


# The published files hold the auxiliary classifiers, which only training uses, and expect
# the change of normalisation that these two networks were trained with.
INCEPTION = (("aux_logits", True), ("transform_input", True), ("init_weights", False))

PUBLIC = (
    Public("AlexNet (2012)", "alexnet", "IMAGENET1K_V1", CamLayer("features.11", positions_last)),
    Public("VGG-16 (2014)", "vgg16", "IMAGENET1K_V1", CamLayer("features.29", positions_last)),
    Public("VGG-19 (2014)", "vgg19", "IMAGENET1K_V1", CamLayer("features.35", positions_last)),
    Public(
        "GoogLeNet (2014)", "googlenet", "IMAGENET1K_V1", CamLayer("inception5b", positions_last), INCEPTION
    ),
    Public(
        "Inception v3 (2015)",
        "inception_v3",
        "IMAGENET1K_V1",
        CamLayer("Mixed_7c", positions_last),
        INCEPTION,
    ),
    Public("ResNet-50, first recipe (2015)", "resnet50", "IMAGENET1K_V1", CamLayer("layer4", positions_last)),
    Public("ResNet-50, new recipe (2021)", "resnet50", "IMAGENET1K_V2", CamLayer("layer4", positions_last)),
    Public("SqueezeNet 1.1 (2016)", "squeezenet1_1", "IMAGENET1K_V1", CamLayer("features", positions_last)),
    Public("DenseNet-201 (2016)", "densenet201", "IMAGENET1K_V1", CamLayer("features", positions_last)),
    Public("MobileNetV2 (2018)", "mobilenet_v2", "IMAGENET1K_V1", CamLayer("features", positions_last)),
    Public(
        "MobileNetV3-Large (2019)",
        "mobilenet_v3_large",
        "IMAGENET1K_V2",
        CamLayer("features", positions_last),
    ),
    Public(
        "EfficientNet-B0 (2019)", "efficientnet_b0", "IMAGENET1K_V1", CamLayer("features", positions_last)
    ),
    Public(
        "ViT-B/16 (2020)",
        "vit_b_16",
        "IMAGENET1K_V1",
        CamLayer("encoder.layers.encoder_layer_11.ln_1", tokens),
    ),
    Public(
        "EfficientNetV2-S (2021)", "efficientnet_v2_s", "IMAGENET1K_V1", CamLayer("features", positions_last)
    ),
    Public("Swin-T (2021)", "swin_t", "IMAGENET1K_V1", CamLayer("features", positions_first)),
    Public("ConvNeXt-Tiny (2022)", "convnext_tiny", "IMAGENET1K_V1", CamLayer("features", positions_last)),
)
BY_KEY = {public.key: public for public in PUBLIC}


def own_architecture() -> nn.Module:
    from demos.imagenet.model import TinyImageNetClassifier

    return TinyImageNetClassifier()


EMBEDDED = ModelSpec(
    key="imagenet/embedded",
    title="The gallery's own network",
    architecture=own_architecture,
    source=Embedded(FOLDER / "card.md"),
    licence="ImageNet terms of access: non-commercial research and teaching",
    # The centre square, sharpened as Lanczos does, scored best on photographs of the 200 classes
    # (against squeezing, padding, tighter crops, and softer filters).
    preprocessing=CentreCrop(crop=64, resize=64, resample=Image.Resampling.LANCZOS),
    card=str(FOLDER / "card.md"),
)
EMBEDDED_CAM = CamLayer("trunk.stages.stage4", positions_last)

MODELS: Mapping[str, ModelSpec] = {
    spec.key: spec for spec in (EMBEDDED, *(public.spec() for public in PUBLIC))
}


def cam_layer(spec: ModelSpec) -> CamLayer:
    return EMBEDDED_CAM if spec.key == EMBEDDED.key else BY_KEY[spec.key].cam


@dataclass(frozen=True)
class PublishedFigures:
    """What a model's publisher states: accuracies in percent, multiply-adds in billions, file in MB."""

    top1: float
    top5: float
    parameters: int
    giga_multiply_adds: float
    megabytes: float


@cache
def published_figures(key: str) -> PublishedFigures:
    """From torchvision's metadata, or from the card of the gallery's own network."""
    if key == EMBEDDED.key:
        assert isinstance(EMBEDDED.source, Embedded)
        return card_figures(EMBEDDED.source)
    meta = published_weights(BY_KEY[key]).meta
    accuracy = meta["_metrics"]["ImageNet-1K"]
    return PublishedFigures(
        accuracy["acc@1"], accuracy["acc@5"], meta["num_params"], meta["_ops"], meta["_file_size"]
    )


def card_figures(source: Embedded) -> PublishedFigures:
    from gallery.card import Card

    card = Card.read(source.card)
    size = sum(path.stat().st_size for path in source.paths)
    return PublishedFigures(
        top1=card.metrics["val_top1"] * 100,
        top5=card.metrics["val_top5"] * 100,
        parameters=int(card.metrics["parameters"]),
        giga_multiply_adds=card.metrics["multiply_adds"] / 1e9,
        megabytes=size / 1e6,
    )


def published_weights(public: Public):  # type: ignore[no-untyped-def]  # torchvision has no types here
    from torchvision.models import get_model_weights

    return get_model_weights(public.model)[public.weights]


@cache
def class_names(key: str) -> tuple[tuple[str, str], ...]:
    """(WordNet id, readable name) of every class, in the order of the network's outputs."""
    if key == EMBEDDED.key:
        pairs = json.loads((FOLDER / "classes.json").read_text(encoding="utf-8"))
        return tuple((wnid, name) for wnid, name in pairs)
    wnids = (FOLDER / "wnids-1000.txt").read_text(encoding="utf-8").split()
    names = published_weights(BY_KEY[key]).meta["categories"]
    return tuple(zip(wnids, names, strict=True))
