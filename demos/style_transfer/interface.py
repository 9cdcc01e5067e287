"""The style transfer demo's page: two pictures above, and a tab for each thing one can do with them."""

from __future__ import annotations

import gradio as gr

import demos.style_transfer.views.at_once as at_once
import demos.style_transfer.views.mix as mix
import demos.style_transfer.views.optimise as optimise
import demos.style_transfer.views.strokes as strokes
from demos.style_transfer.views.choose import pictures
from gallery.demo import Demo
from gallery.lesson import lesson_panel
from gallery.permalink import Permalink

VIEWS = (
    ("strokes", "Stroke size", strokes.view),
    ("optimise", "Watch it paint", optimise.view),
    ("at_once", "At once", at_once.view),
    ("mix", "Mix and mask", mix.view),
)
CODE = (
    "demos.style_transfer.losses:gram_matrix",
    "demos.style_transfer.losses:GramLoss",
    "demos.style_transfer.losses:LiteralLoss",
    "demos.style_transfer.optimiser:minimise",
    "demos.style_transfer.optimiser:descend",
    "demos.style_transfer.pictures:style_size",
    "demos.style_transfer.model:recoloured",
    "demos.style_transfer.model:Painter",
)
TRY_THIS = (
    "Paint one pair with the smallest and with the largest strokes: what is lost, and what appears?",
    "Choose the lecture's literal loss. Why does the painting itself show through the photograph?",
    "Start from noise instead of the photograph: after how many steps can you tell what it is?",
    "Leave only relu1_1 among the layers, then only relu5_1. Which one knows colours, which one shapes?",
    "Compare the picture that is painted at once with the one that took its time. Where does each cheat?",
    "Paint a mask over the sky and give it a style of its own.",
)


def build(demo: Demo) -> gr.Blocks:
    """No model is loaded here and nothing is computed."""
    link = Permalink(demo.id)
    with gr.Blocks(title=demo.title, analytics_enabled=False) as blocks:
        chosen = pictures(link)
        with gr.Tabs(selected=VIEWS[0][0]) as tabs:
            for name, title, view in VIEWS:
                with gr.Tab(title, id=name):
                    view(demo, link, chosen)
        lesson_panel(demo, CODE, dataflow=demo.folder / "dataflow.svg", try_this=TRY_THIS)
        link.bind("view", tabs)
        link.attach(blocks)
    return blocks
