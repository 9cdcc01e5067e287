"""A demo's page as a row of tabs, one for each of its views, with the lesson below them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import gradio as gr

from gallery.demo import Demo
from gallery.lesson import lesson_panel
from gallery.permalink import Permalink

View = tuple[str, str, Callable[[Demo, Permalink], None]]  # its name in links, its title, what builds it


def tabbed(demo: Demo, views: Sequence[View], code: Sequence[str], try_this: Sequence[str]) -> gr.Blocks:
    """The page, with `dataflow.svg` of the demo's folder in its lesson. Nothing is computed here."""
    link = Permalink(demo.id)
    blocks: gr.Blocks
    with gr.Blocks(title=demo.title, analytics_enabled=False) as blocks:
        with gr.Tabs(selected=views[0][0]) as tabs:
            for name, title, view in views:
                with gr.Tab(title, id=name):
                    view(demo, link)
        lesson_panel(demo, code, dataflow=demo.folder / "dataflow.svg", try_this=try_this)
        link.bind("view", tabs)
        link.attach(blocks)
    return blocks
