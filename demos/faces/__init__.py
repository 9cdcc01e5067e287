"""These people do not exist: faces that two networks made up by playing against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demos.faces.features import SPEC
from demos.faces.models import MODELS
from gallery.demo import Chapter, Demo, Paper

if TYPE_CHECKING:
    import gradio as gr


def build() -> gr.Blocks:
    from demos.faces.interface import build

    return build(DEMO)


DEMO = Demo(
    folder=Path(__file__).parent,
    title="These people do not exist",
    chapter=Chapter.GENERATIVE,
    summary="Faces of nobody, made up by a network that learnt to fool another one.",
    lecture="Generative adversarial networks: these people do not exist.",
    paper=Paper(
        title="Analyzing and Improving the Image Quality of StyleGAN",
        authors="T. Karras, S. Laine, M. Aittala, J. Hellsten, J. Lehtinen, T. Aila",
        year=2020,
        url="https://doi.org/10.1109/CVPR42600.2020.00813",
    ),
    models=(*MODELS.values(), SPEC),
    build=build,
)
