"""Snapshot: a picture from a file, the clipboard or the camera, which never becomes a file on the server.

Gradio's own image part uploads into a folder of the server. Here the browser makes the picture smaller itself
and sends it inside the event, so that it is in memory only.
"""

from __future__ import annotations

import base64
import binascii
import io
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from gallery.inputs import InputError, open_image
from gallery.widgets.script import script

FOLDER = Path(__file__).parent
LONGEST = 1280  # pixels of the longer side that the browser sends
MOST_BYTES = 8_000_000  # of what a browser may send
MOST_PIXELS = 20_000_000
HTML = """
<div class="snapshot">
  <div class="drop">
    <video playsinline muted hidden></video>
    <p class="hint">Drop or paste a photograph of a face here</p>
    <div class="buttons">
      <button type="button" class="choose">Choose a picture</button>
      <button type="button" class="camera">Use the camera</button>
      <button type="button" class="take" hidden>Take it</button>
      <button type="button" class="leave" hidden>Switch it off</button>
    </div>
    <input type="file" accept="image/*" hidden tabindex="-1" aria-hidden="true">
  </div>
  <p class="said" role="status"></p>
</div>
"""


class Snapshot(gr.HTML):
    """Fires `picture` when there is one; `received(event)` opens it."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, longest: int = LONGEST, **keywords: Any) -> None:
        super().__init__(
            value=None,
            html_template=HTML,
            css_template=(FOLDER / "snapshot.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "snapshot.js"),
            apply_default_css=False,
            longest=longest,
            **keywords,
        )


def received(event: gr.EventData) -> Image.Image:
    """The picture that was handed in. Raises InputError."""
    return decoded(getattr(event, "source", None))


def decoded(source: object) -> Image.Image:
    """The picture in a data URL. Raises InputError where there is none."""
    if not isinstance(source, str) or not source.startswith("data:image/"):
        raise InputError("There is no picture yet: choose, paste or take one first.")
    if len(source) > MOST_BYTES:
        raise InputError("This picture is too large to be sent: make it smaller and try again.")
    try:
        content = base64.b64decode(source.partition(",")[2], validate=True)
    except binascii.Error:
        raise InputError("The browser sent something that is no picture.") from None
    return open_image(io.BytesIO(content), max_pixels=MOST_PIXELS)
