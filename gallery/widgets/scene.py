"""Scene: words, or any points, and arrows on a canvas, flat or in a space that turns.

Geometry is the message, so both axes have one scale: what is parallel looks parallel. The page
knows its size, type and colours, so `scene.js` does the drawing. A value with the same labels at
new places makes the points glide there, so a training can be watched; about 10 values a second
are enough. Nothing is loaded from anywhere else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from gallery.widgets.script import script

FOLDER = Path(__file__).parent
DIGITS = 4  # after the decimal point: finer than a screen, and a page stays light
Shape = Literal["circle", "square", "diamond", "triangle", "star"]
Place = tuple[float, ...]  # (x, y), or (x, y, z) with z upwards

# Values reach the page through the DOM, never through the template: what stands between its
# braces would be run as code.
HTML = """
<div class="scene">
  <div class="head">
    <div class="about"><h3 class="title"></h3><ul class="legend"></ul></div>
    <div class="tools">
      <button type="button" class="turn" hidden></button>
      <button type="button" class="closer" aria-label="Zoom in">+</button>
      <button type="button" class="farther" aria-label="Zoom out">−</button>
      <button type="button" class="fit" aria-label="Fit: show everything">Fit</button>
    </div>
  </div>
  <div class="stage">
    <canvas role="img" tabindex="0"></canvas>
    <p class="keys" aria-hidden="true"></p>
    <div class="tip" aria-hidden="true" hidden></div>
  </div>
  <p class="spoken" role="status"></p>
</div>
"""


@dataclass(frozen=True)
class Point:
    """A word at its place. `kind` names an entry of the legend, `details` are read on hover and aloud.

    A prominent one is drawn larger, and gets its label first when there is not room for all.
    """

    label: str
    at: Place
    kind: str = "word"
    details: tuple[str, ...] = ()
    prominent: bool = False


@dataclass(frozen=True)
class Arrow:
    """A vector from `start` to `end`; one that was computed rather than found may be dashed."""

    start: Place
    end: Place
    label: str = ""
    kind: str = "word"
    dashed: bool = False


@dataclass(frozen=True)
class Kind:
    """An entry of the legend: colour (slot 0 to 4) and shape tell it apart, never colour alone.

    One that only arrows have is explained with an arrow. Slot 0 is warm, the others are cool.
    """

    name: str
    label: str
    colour: int = 0
    shape: Shape = "circle"


@dataclass(frozen=True)
class Picture:
    """All that a scene shows; it is all flat or all in space.

    `description` is what those hear who cannot see it. Without `kinds` there is no legend and
    everything is of one kind. The titles name the axes of the plane, or of the floor in space.
    """

    points: tuple[Point, ...] = ()
    arrows: tuple[Arrow, ...] = ()
    kinds: tuple[Kind, ...] = ()
    title: str = ""
    description: str = ""
    x_title: str = ""
    y_title: str = ""
    grid: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError for a picture that cannot be drawn."""
        places = list(self.places())
        if not {len(place) for place in places} <= {self.dimensions} <= {2, 3}:
            raise ValueError("Every place has two coordinates, or every place has three.")
        if not all(math.isfinite(number) for place in places for number in place):
            raise ValueError("A place has a coordinate that is not a finite number.")
        if not all(0 <= kind.colour <= 4 for kind in self.kinds):
            raise ValueError("Colours are numbered from 0 to 4.")
        used = {point.kind for point in self.points} | {arrow.kind for arrow in self.arrows}
        unknown = used - {kind.name for kind in self.kinds}
        if self.kinds and unknown:
            raise ValueError(f"The legend lacks these kinds: {', '.join(sorted(unknown))}.")

    @property
    def dimensions(self) -> int:
        """2 or 3; an empty picture is flat."""
        return len(next(self.places(), (0, 0)))

    def places(self) -> Iterator[Place]:
        """Every place in the picture: those of the points, then both ends of each arrow."""
        for point in self.points:
            yield point.at
        for arrow in self.arrows:
            yield from (arrow.start, arrow.end)

    def as_json(self) -> dict[str, Any]:
        """What the browser is told: plain lists, and of a point only what differs from the usual."""
        points: list[dict[str, Any]] = []
        for point in self.points:
            told: dict[str, Any] = {"label": point.label, "at": rounded(point.at), "kind": point.kind}
            if point.details:
                told["details"] = list(point.details)
            if point.prominent:
                told["prominent"] = True
            points.append(told)
        return {
            "dimensions": self.dimensions,
            "points": points,
            "arrows": [
                {**asdict(arrow), "start": rounded(arrow.start), "end": rounded(arrow.end)}
                for arrow in self.arrows
            ],
            "kinds": [asdict(kind) for kind in self.kinds],
            "title": self.title,
            "description": self.description,
            "x_title": self.x_title,
            "y_title": self.y_title,
            "grid": self.grid,
        }


def rounded(place: Place) -> list[float]:
    return [round(float(number), DIGITS) for number in place]


class Scene(gr.HTML):
    """A `Picture` on the page. `select` fires with the `index` and the label (`value`) of a clicked point.

    `height` is in CSS pixels; a phone gets less. The `canvas` in the component's element is an
    ordinary one, opaque, and its `positions()` says where each point is drawn now.
    """

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: Picture | None = None, height: int = 460, **keywords: Any) -> None:
        self.height = height
        super().__init__(
            value=value,
            html_template=HTML,
            # Outside a block it is set on the component's own element.
            css_template=f"--height: {int(height)}px;\n" + (FOLDER / "scene.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "scene_paint.js", FOLDER / "scene.js"),
            apply_default_css=False,
            **keywords,
        )

    def postprocess(self, value: Any) -> Any:
        return value.as_json() if isinstance(value, Picture) else value

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
