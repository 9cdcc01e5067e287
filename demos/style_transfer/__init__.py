"""Neural style transfer: a photograph painted like a painting, with small or large strokes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demos.style_transfer.models import MODELS
from gallery.demo import Chapter, Demo, Paper

if TYPE_CHECKING:
    import gradio as gr


def build() -> gr.Blocks:
    from demos.style_transfer.interface import build

    return build(DEMO)


DEMO = Demo(
    folder=Path(__file__).parent,
    title="Neural style transfer",
    chapter=Chapter.GENERATIVE,
    summary="Paint a photograph in the manner of a painting, and choose how large the strokes are.",
    lecture="Neural style transfer: content, style, output; a small and a large stroke size.",
    paper=Paper(
        title="Image Style Transfer Using Convolutional Neural Networks",
        authors="L. A. Gatys, A. S. Ecker, M. Bethge",
        year=2016,
        url="https://doi.org/10.1109/CVPR.2016.265",
    ),
    models=tuple(MODELS.values()),
    build=build,
)
