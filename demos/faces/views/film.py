"""Film: faces that follow each other on a canvas, there and back, while more of them are on their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from demos.faces.walk import FRAMES_PER_SECOND, side_by_side
from gallery.widgets.heatmap import as_data_url, as_file
from gallery.widgets.script import script

FOLDER = Path(__file__).parent
PLAYING = -1  # where a link says that the film does not rest
HTML = """
<figure class="film">
  <div class="stage">
    <canvas role="img" aria-label="A face that turns into another. Neither exists."></canvas></div>
  <div class="controls">
    <button type="button" class="play" aria-label="Play" aria-pressed="false">
      <svg class="start" viewBox="0 0 20 20" aria-hidden="true"><path d="M5 2l12 8-12 8z"/></svg>
      <svg class="hold" viewBox="0 0 20 20" aria-hidden="true"><path d="M4 2h4v16H4zM12 2h4v16h-4z"/></svg>
    </button>
    <input class="scrub" type="range" min="0" max="1" value="0" step="1" aria-label="Place on the way">
    <output class="at"></output>
  </div>
  <p class="line" role="status"></p>
</figure>
"""


class Film(gr.HTML):
    """Give it what `film` returns; `input` fires when somebody plays, pauses or moves the slider."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            css_template=(FOLDER / "film.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "film.js"),
            apply_default_css=False,
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


@dataclass(frozen=True)
class Reel:
    """Frames side by side: a picture in a data URL or a file that ships, and how many there are."""

    picture: str | dict[str, Any]
    count: int


def reel(frames: NDArray[np.uint8]) -> Reel:
    """Of frames (B, side, side, 3)."""
    return Reel(as_data_url(side_by_side(frames), "WEBP"), len(frames))


def reel_that_ships(path: Path) -> Reel:
    """Square frames in one row."""
    with Image.open(path) as image:
        return Reel(as_file(path), image.width // image.height)


def film(run: str, reels: Sequence[Reel], frames: int, line: str, at: int = PLAYING) -> dict[str, Any]:
    """A value: all reels that there are of a run, and how many frames it will have.

    It holds what came before too: the browser may skip a value when two come at once.
    """
    return {
        "run": run, "frames": frames, "line": line, "at": at, "rate": FRAMES_PER_SECOND,
        "reels": [{"picture": one.picture, "count": one.count} for one in reels],
    }  # fmt: skip
