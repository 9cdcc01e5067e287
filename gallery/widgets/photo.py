"""Photo: the place where people drop a picture."""

from __future__ import annotations

import gradio as gr
from gradio.data_classes import ImageData


class Photo(gr.Image):
    """A `gr.Image` that hands over the path of the file and does not decode it.

    Gradio's own component decodes a picture before any handler runs, so a damaged file ends in
    an error that nobody understands, and a huge one fills the memory. Here the handler calls
    `gallery.inputs.open_image`, which looks before it leaps and says in a sentence what is wrong.
    """

    # No __init__ of its own: Gradio reads from its signature what the browser is told.

    def get_block_name(self) -> str:
        return "image"  # drawn by Gradio's own part

    def preprocess(self, payload: ImageData | None) -> str | None:
        """Path of the uploaded file inside Gradio's cache; None where there is no picture."""
        return payload.path if payload else None
