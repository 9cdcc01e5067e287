"""Go: a network that suggests moves, a search that reads ahead with it, and a player that taught itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demos.go.models import MODELS
from demos.go.zero.models import ZERO
from gallery.demo import Chapter, Demo, Paper

if TYPE_CHECKING:
    import gradio as gr


def build() -> gr.Blocks:
    from demos.go.interface import build

    return build(DEMO)


DEMO = Demo(
    folder=Path(__file__).parent,
    title="Go",
    chapter=Chapter.GAMES,
    summary="See which move a network feels and which a search reads, and play against both.",
    lecture="Go: look-ahead alone fails; AlphaGo learned from human games, AlphaGo Zero from its own.",
    paper=Paper(
        title="Mastering the game of Go with deep neural networks and tree search",
        authors="D. Silver, A. Huang, C. J. Maddison, A. Guez et al.",
        year=2016,
        url="https://doi.org/10.1038/nature16961",
    ),
    models=(*MODELS.values(), ZERO),
    build=build,
)
