"""Between faces: a walk, mixtures and directions in the space of styles."""

from __future__ import annotations

import gradio as gr

from demos.faces.views import directing, mixing, walking
from gallery.demo import Demo
from gallery.permalink import Permalink

PARTS = (
    ("walk", "Walk", walking.view),
    ("mixing", "Mixing", mixing.view),
    ("directions", "Directions", directing.view),
)


def view(demo: Demo, link: Permalink) -> None:
    with gr.Tabs(selected=PARTS[0][0]) as tabs:
        for name, title, part in PARTS:
            with gr.Tab(title, id=name):
                part(demo, link)
    link.bind("between", tabs)
