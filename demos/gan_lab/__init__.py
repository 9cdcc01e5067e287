"""Generative adversarial networks: a generator and a discriminator that learn against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demos.gan_lab.digits.models import MODELS
from gallery.demo import Chapter, Demo, Paper

if TYPE_CHECKING:
    import gradio as gr


def build() -> gr.Blocks:
    from demos.gan_lab.interface import build

    return build(DEMO)


DEMO = Demo(
    folder=Path(__file__).parent,
    title="GAN lab",
    chapter=Chapter.GENERATIVE,
    summary="Watch a generator and a discriminator learn against each other, make it collapse, and cure it.",
    lecture="Generative adversarial networks: a generator fed random noise and a discriminator that learns "
    "to tell its samples from the real ones, until the generator fools it consistently.",
    paper=Paper(
        title="Generative Adversarial Networks",
        authors="I. J. Goodfellow, J. Pouget-Abadie, M. Mirza, B. Xu et al.",
        year=2014,
        url="https://arxiv.org/abs/1406.2661",
    ),
    models=tuple(MODELS.values()),
    build=build,
)
