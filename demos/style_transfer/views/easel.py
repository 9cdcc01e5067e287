"""Easel: a picture that one sees being painted, its stored stages, and the curves of what is made small."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from demos.style_transfer.engine import Frame
from gallery.widgets.heatmap import as_file
from gallery.widgets.script import script

FOLDER = Path(__file__).parent
MOST_STORED = 60  # pictures of one run that are kept, here and in the browser
LONGEST = 512  # pixels of a stored picture's longer side
MOST_POINTS = 200  # of a curve; a screen shows no more
HTML = """
<figure class="easel">
  <div class="stage"><canvas class="picture" role="img" aria-label="The painting"></canvas></div>
  <div class="told">
    <p><b class="phase" role="status"></b> <span class="line"></span></p>
    <div class="track" role="progressbar" aria-label="Painting" aria-valuemin="0" aria-valuemax="100">
      <i></i></div>
    <p class="note"></p>
  </div>
  <div class="reel" hidden>
    <canvas class="strip" aria-hidden="true"></canvas>
    <label><span>Look back</span>
      <input class="scrub" type="range" min="0" max="0" step="1" aria-label="Stages of the painting">
      <output class="at"></output></label>
  </div>
  <div class="curves" hidden>
    <p class="legend"><b>Relative error</b>
      <span class="key"><svg class="sample" aria-hidden="true"><path class="style" d="M1 8H29"/>
        <rect class="style" x="10.5" y="3.5" width="9" height="9"/></svg> style</span>
      <span class="key"><svg class="sample" aria-hidden="true"><path class="content" d="M1 8H29"/>
        <circle class="content" cx="15" cy="8" r="4.5"/></svg> content</span></p>
    <svg class="chart" role="img"></svg>
  </div>
</figure>
"""


class Easel(gr.HTML):
    """Give it what `at_rest`, `waiting` and `at_work` return."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            css_template=(FOLDER / "easel.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "easel.js"),
            apply_default_css=False,
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


@dataclass
class Reel:
    """What is kept of one run: JPEG files of evenly spread stages, and the terms of the loss.

    Whenever MOST_STORED are there, every second one is given up. The browser does as it is told in `kept`, so
    that both have the same.
    """

    every: int = 1
    seen: int = 0
    kept: list[tuple[int, bytes]] = field(default_factory=list)
    points: list[tuple[int, float | None, float | None]] = field(default_factory=list)
    levels: list[tuple[int, int, int]] = field(default_factory=list)  # first step, width, height
    newest: bytes = b""

    def add(self, frame: Frame) -> None:
        self.newest = jpeg(frame.image if frame.finished else small(frame.image))
        if frame.finished:
            self.keep(frame.iteration, jpeg(small(frame.image)))
        elif self.seen % self.every == 0:
            self.keep(frame.iteration, self.newest)
        self.seen += 1
        if len(self.kept) > MOST_STORED:
            self.kept, self.every = self.kept[::2], 2 * self.every
        if not frame.finished and (not self.levels or self.levels[-1][1:] != frame.image.size):
            self.levels.append((frame.iteration, *frame.image.size))
        if not self.points or self.points[-1][0] != frame.iteration:
            self.points.append((frame.iteration, finite(frame.style), finite(frame.content)))

    def keep(self, iteration: int, picture: bytes) -> None:
        """The last frame shows the same step as the one before it, only larger."""
        if self.kept and self.kept[-1][0] == iteration:
            self.kept.pop()
        self.kept.append((iteration, picture))

    def curve(self) -> list[tuple[int, float | None, float | None]]:
        # Counted from the end, so that the newest is always there.
        return self.points[::-1][:: -(-len(self.points) // MOST_POINTS)][::-1] if self.points else []

    def pictures(self) -> Iterator[Image.Image]:
        """All stages at the size of the last one, which then stays for a while."""
        size = Image.open(io.BytesIO(self.kept[-1][1])).size
        for _, stored in [*self.kept, *[self.kept[-1]] * 12]:
            yield Image.open(io.BytesIO(stored)).resize(size, Image.Resampling.BICUBIC)


def at_rest(picture: Image.Image | Path | None, phase: str, line: str) -> dict[str, Any]:
    """A value: a finished picture of another day, or the photograph. A path is served as a file."""
    if isinstance(picture, Path):
        shown: Any = as_file(picture)
    else:
        shown = picture and as_url(jpeg(small(picture)))
    return {"run": "", "picture": shown, "phase": phase, "line": line, "step": None}


def waiting(run: str, phase: str, line: str = "") -> dict[str, Any]:
    """A value: the picture that is there stays."""
    return {"run": run, "picture": None, "phase": phase, "line": line, "step": None, "share": 0.0}


def at_work(run: str, frame: Frame, reel: Reel, note: str = "") -> dict[str, Any]:
    """A value: the newest stage of a run, after `reel` was told of it."""
    many, seconds = frame.iterations, f"{frame.seconds:.1f} s"
    size = f"{frame.image.width} x {frame.image.height}"
    if not frame.finished:
        phase, line = "Painting:", f"step {frame.iteration} of {many} at {size}, {seconds}"
    elif frame.stopped:
        phase, line = "Stopped", f"after step {frame.iteration} of {many}, {seconds}. The picture stays."
    else:
        phase, line = "Finished:", f"{many} steps in {seconds} at {size} pixels."
    return {
        "run": run,
        "picture": as_url(reel.newest),
        "phase": phase,
        "line": line,
        "note": " ".join(filter(None, (note, frame.note))),
        "share": frame.iteration / many,
        "step": frame.iteration,
        "steps": many,
        "kept": [iteration for iteration, _ in reel.kept],
        "curve": reel.curve(),
        "levels": reel.levels,
    }


def small(image: Image.Image) -> Image.Image:
    if max(image.size) <= LONGEST:
        return image
    scale = LONGEST / max(image.size)
    return image.resize((round(image.width * scale), max(1, round(image.height * scale))))


def jpeg(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=86)
    return stream.getvalue()


def as_url(picture: bytes) -> str:
    """The picture itself inside a text: what a visitor paints need not lie on a disk."""
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


def finite(value: float) -> float | None:
    """JSON knows neither infinity nor what is not a number."""
    return float(f"{value:.4g}") if math.isfinite(value) else None
