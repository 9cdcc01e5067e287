"""Chart: points over the years, drawn as SVG in the browser, readable with a mouse, keys or ears.

The page's size and type decide how much is labelled, so the drawing is done where both are
known, in `chart.js`. Colours follow the theme. Nothing is loaded from anywhere else.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from gallery.widgets.script import script

FOLDER = Path(__file__).parent
Shape = Literal["circle", "square", "diamond", "triangle", "star"]


@dataclass(frozen=True)
class Mark:
    """One point. `x` is None for what does not belong on the axis: it stands beside it, at the right.

    `kind` names an entry of the legend, `details` are read on hover, focus and aloud. A mark with
    an `href` is a link. A prominent one gets its label first when there is not room for all.
    """

    x: float | None
    y: float
    label: str
    kind: str
    details: tuple[str, ...] = ()
    href: str = ""
    prominent: bool = False


@dataclass(frozen=True)
class Kind:
    """An entry of the legend: colour and shape tell it apart, never colour alone."""

    name: str
    label: str
    shape: Shape


@dataclass(frozen=True)
class Rule:
    """A horizontal line to compare with."""

    y: float
    label: str


@dataclass(frozen=True)
class Figure:
    """All that a chart shows. `steps` is a staircase (x, y) from its first corner to the right edge.

    `unit` is written after the numbers of a linear axis; a logarithmic one says k, M, B instead.
    """

    title: str
    y_title: str
    marks: tuple[Mark, ...]
    kinds: tuple[Kind, ...]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    steps: tuple[tuple[float, float], ...] = ()
    steps_label: str = ""
    rules: tuple[Rule, ...] = ()
    unit: str = ""
    logarithmic: bool = False
    aside_title: str = ""
    link_hint: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for a figure that cannot be drawn."""
        known = {kind.name for kind in self.kinds}
        unknown = {mark.kind for mark in self.marks} - known
        if unknown:
            raise ValueError(f"Marks of a kind that the legend lacks: {', '.join(sorted(unknown))}.")
        if not (self.x_range[0] < self.x_range[1] and self.y_range[0] < self.y_range[1]):
            raise ValueError("An axis runs from its smaller to its larger end.")
        if self.logarithmic and min([self.y_range[0], *(mark.y for mark in self.marks)]) <= 0:
            raise ValueError("A logarithmic axis has no place for zero.")


class Chart(gr.HTML):
    """A `Figure` on the page."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: Figure | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template='<div class="chart"></div>',
            css_template=(FOLDER / "chart.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "chart.js"),
            apply_default_css=False,
            **keywords,
        )

    def postprocess(self, value: Any) -> Any:
        return asdict(value) if isinstance(value, Figure) else value
