"""Plane: the laboratory as it is drawn, with both networks' work on a plane and curves beside it."""

from __future__ import annotations

import base64
import math
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from demos.gan_lab.lab import Frame
from demos.gan_lab.points import MOST_DRAWN, PLANE, Place
from gallery.inputs import InputError
from gallery.widgets.script import script

FOLDER = Path(__file__).parent
REACH = 3 * PLANE  # points further out are drawn there, which is outside the picture
LAYERS = (
    ("heat", "Discriminator", "What it believes: blue is real, orange is generated"),
    ("real", "Real points", "The first 300 of a sample"),
    ("fake", "Generated points", "What the generator makes of 300 noises, always the same ones"),
    ("manifold", "Bent noise", "Where the generator puts evenly spaced noise"),
    ("arrows", "Gradients", "The way in which the generator's loss pulls its points"),
)
HTML = f"""
<div class="lab">
  <div class="left">
    <div class="stage"><canvas class="plane" role="img" aria-label="The plane"></canvas>
      <p class="hint" hidden>Draw with the pointer</p></div>
    <div class="layers" role="group" aria-label="What is drawn">
      {
    "".join(
        f'<label title="{title}"><input type="checkbox" value="{name}" checked>'
        f'<i class="sample {name}" aria-hidden="true"></i><span>{text}</span></label>'
        for name, text, title in LAYERS
    )
}
    </div>
  </div>
  <div class="right">
    <dl>
      <div><dt>Step</dt><dd class="step"></dd></div>
      <div><dt>Steps a second</dt><dd class="rate"></dd></div>
      <div class="counted"><dt>Modes found</dt><dd class="modes"></dd></div>
      <div><dt>Distance</dt><dd class="distance"></dd></div>
    </dl>
    <p class="learning" aria-hidden="true"></p>
    <figure><figcaption><b>Losses</b> <span class="key d">discriminator</span>
      <span class="key g">generator</span></figcaption>
      <canvas class="losses" role="img" aria-label="Losses"></canvas></figure>
    <figure><figcaption><b>Distance</b> of generated from real points; 0 is the goal</figcaption>
      <canvas class="distances" role="img" aria-label="Distance"></canvas></figure>
  </div>
  <p class="note"></p>
  <p class="spoken" aria-live="polite"></p>
</div>
"""


class Plane(gr.HTML):
    """Give it what `plane` returns.

    `draw` fires with the `points` of a stroke, where drawing is allowed; read it with `stroke`. `away` fires
    when it has been drawing for some time while nobody could see it.
    """

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            css_template=(FOLDER / "plane.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "plane.js"),
            apply_default_css=False,
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def plane(frame: Frame, *, playing: bool = False, note: str = "") -> dict[str, Any]:
    """A value. Numbers travel as base64, which is small, and quick to compare with the frame before."""
    s = frame.settings
    return {
        "serial": frame.serial,
        "playing": playing,
        "plane": PLANE,
        "reach": REACH,
        "step": frame.step,
        "rate": frame.rate and round(frame.rate),
        "modes": frame.modes,
        "of_modes": frame.of_modes,
        "distance": round(frame.distance, 4) if math.isfinite(frame.distance) else None,
        "learning": frame.learning,
        "critic": s.loss == "wasserstein",
        "bent": "curve" if s.noise == 1 else "grid",
        "draws": s.distribution == "drawn",
        "note": note or about(frame),
        "real": places(frame.real),
        "fake": places(frame.fake),
        "manifold": places(frame.manifold),
        "at": places(frame.at),
        "arrows": text(np.nan_to_num(frame.arrows).astype("<f4")),
        "heat": text((np.nan_to_num(frame.heat) * 255).round().astype(np.uint8)),
        "curves": text(frame.curves.astype("<f4")),
    }


def about(frame: Frame) -> str:
    """What needs a word about this picture."""
    if not frame.finite:
        return (
            "The numbers grew beyond all bounds, so the training ended: reset it, or lower a learning rate."
        )
    s = frame.settings
    sentences = []
    if s.noise == 1:
        sentences.append("The noise is one number, so all that the generator can make lies on a curve.")
    if s.noise > 2:
        sentences.append(
            f"The noise has {s.noise} numbers; the grid is the slice in which all but two of them are 0."
        )
    if s.loss == "wasserstein":
        sentences.append("The critic's colours are relative, for its numbers have no zero and no unit.")
    return " ".join(sentences)


def places(points: NDArray[np.float32]) -> str:
    """(N, 2) in 16 bits each: little-endian pairs, REACH is 32767."""
    shares = np.clip(np.nan_to_num(points) / REACH, -1, 1)
    return text((shares * 32767).round().astype("<i2"))


def text(numbers: NDArray[Any]) -> str:
    return base64.b64encode(numbers.tobytes()).decode()


def stroke(event: gr.EventData) -> list[Place]:
    """Points of a stroke, which anybody may have forged. Raises InputError for what cannot be used."""
    found = getattr(event, "points", None)
    if not isinstance(found, list) or not found:
        raise InputError("No points arrived: draw once more.")
    if len(found) > MOST_DRAWN:
        raise InputError(f"At most {MOST_DRAWN} points can be used here: draw a shorter line.")
    points = []
    for pair in found:
        if not (isinstance(pair, list) and len(pair) == 2 and all(map(is_number, pair))):
            raise InputError("What arrived are no points: draw once more.")
        x, y = float(pair[0]), float(pair[1])
        if not (abs(x) <= PLANE and abs(y) <= PLANE):
            raise InputError("A point lies outside the plane: draw inside its frame.")
        points.append((x, y))
    return points


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e6
