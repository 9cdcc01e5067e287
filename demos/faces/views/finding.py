"""Finding: a face that was handed in, and the face of nobody that comes nearer to it, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from demos.faces.inversion import Frame
from demos.faces.model import RESOLUTION
from demos.faces.views.snapshot import decoded
from gallery.inputs import InputError
from gallery.widgets.heatmap import as_data_url
from gallery.widgets.script import script

FOLDER = Path(__file__).parent
Picture = NDArray[np.uint8]
HTML = """
<div class="finding">
  <figure><div class="stage"><img class="portrait" alt="The face that was handed in, cut out"></div>
    <figcaption>Handed in, cut out and turned upright</figcaption></figure>
  <figure><div class="stage"><img class="found" alt="" hidden><p class="none"></p></div>
    <figcaption>Found: this person <b>does not exist</b></figcaption></figure>
  <div class="told">
    <p class="line" role="status"></p>
    <div class="track" role="progressbar" aria-label="Finding" aria-valuemin="0" aria-valuemax="100">
      <i></i></div>
  </div>
</div>
"""


class Finding(gr.HTML):
    """Give it what `portrait` and `at_work` return. What it holds comes back with `portrait_in`."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            css_template=(FOLDER / "finding.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "finding.js"),
            apply_default_css=False,
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def portrait(picture: Picture) -> dict[str, Any]:
    """A value: a face (128, 128, 3) for which nothing is found yet."""
    url = as_data_url(Image.fromarray(picture), "WEBP")
    return {"portrait": url, "found": "", "line": "Press “Find it”.", "share": None}


def at_work(value: dict[str, Any], frame: Frame) -> dict[str, Any]:
    """A value: how far it is with the face in `value`."""
    numbers = f"{frame.seconds:.1f} s. Off by {frame.pixels:.3f} in pixels, {frame.features:.2f} in features."
    if not frame.finished:
        line = f"Step {frame.step} of {frame.steps}, {numbers}"
    elif frame.stopped:
        line = f"Stopped after step {frame.step} of {frame.steps}, {numbers}"
    else:
        line = f"Found in {frame.steps} steps, {numbers}"
    share = None if frame.finished else frame.step / frame.steps
    image = Image.fromarray(frame.picture)
    found = as_data_url(image, "WEBP" if frame.finished else "JPEG")
    return {**value, "found": found, "line": line, "share": share}


def portrait_in(value: object) -> Picture:
    """The face in a value that came back from a browser. Raises InputError."""
    source = value.get("portrait") if isinstance(value, dict) else None
    image = decoded(source)
    if image.size != (RESOLUTION, RESOLUTION):
        raise InputError("The face has to be cut out first: choose, paste or take a picture.")
    return np.array(image)
