"""What a network sees in a photograph: ImageNet, top-1 and top-5."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demos.imagenet.models import MODELS
from gallery.demo import Chapter, Demo, Paper

if TYPE_CHECKING:
    import gradio as gr


def build() -> gr.Blocks:
    from demos.imagenet.interface import build

    return build(DEMO)


DEMO = Demo(
    folder=Path(__file__).parent,
    title="ImageNet",
    chapter=Chapter.VISION,
    summary="Drop in a photograph and read what a network takes it for, how sure it is, and where it looked.",
    lecture="ImageNet: AlexNet's 2012 lead, and top-1, top-5 and size of the networks over the years.",
    paper=Paper(
        title="ImageNet Classification with Deep Convolutional Neural Networks",
        authors="A. Krizhevsky, I. Sutskever, G. E. Hinton",
        year=2012,
        url="https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks",
    ),
    models=tuple(MODELS.values()),
    build=build,
)
