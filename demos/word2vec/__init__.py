"""Arithmetic with words: king - man + woman = queen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from demos.word2vec.models import MODELS
from gallery.demo import Chapter, Demo, Paper

if TYPE_CHECKING:
    import gradio as gr


def build() -> gr.Blocks:
    from demos.word2vec.interface import build

    return build(DEMO)


DEMO = Demo(
    folder=Path(__file__).parent,
    title="Word2Vec",
    chapter=Chapter.LANGUAGE,
    summary="Calculate with words, see the true list of answers, and the arrows that lead there.",
    lecture="Word2Vec: words as vectors, King - Man + Woman = Queen and five equations more.",
    paper=Paper(
        title="Efficient Estimation of Word Representations in Vector Space",
        authors="T. Mikolov, K. Chen, G. Corrado, J. Dean",
        year=2013,
        url="https://arxiv.org/abs/1301.3781",
    ),
    models=tuple(MODELS.values()),
    build=build,
)
