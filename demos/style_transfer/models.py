"""The networks that this demo can look through."""

from pathlib import Path

from torch import nn

from demos.style_transfer.features import VGG19
from demos.style_transfer.losses import Features
from demos.style_transfer.model import StyleModel
from gallery.weights import Embedded, ModelSpec, Torchvision

EMBEDDED = ModelSpec(
    key="style_transfer/embedded",
    title="The gallery's own features",
    architecture=StyleModel,
    source=Embedded(Path(__file__).with_name("card.md")),
    licence="ImageNet terms of access, non-commercial research and teaching",
)
VGG_19 = ModelSpec(
    key="style_transfer/vgg19",
    title="VGG-19, 2014 (torchvision, 575 MB)",
    architecture=VGG19,
    source=Torchvision("vgg19", "IMAGENET1K_V1"),
    licence="BSD 3-Clause (code); weights trained on ImageNet",
    card="https://pytorch.org/vision/stable/models/generated/torchvision.models.vgg19.html",
)
MODELS = {spec.key: spec for spec in (EMBEDDED, VGG_19)}


def features_of(model: nn.Module) -> Features:
    """What a model says about a picture; of the gallery's own, the part that looks."""
    return model.features if isinstance(model, StyleModel) else model
