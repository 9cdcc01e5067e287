"""LossCurve: one falling line with its axes, drawn anew as a training goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from gallery.widgets.script import script

FOLDER = Path(__file__).parent
MOST = 200  # points; a screen shows no more
HTML = """
<figure class="loss-curve">
  <figcaption>
    <b>Loss per pair</b> <span>how badly true neighbours are told from random words</span>
  </figcaption>
  <svg role="img"></svg>
</figure>
"""


class LossCurve(gr.HTML):
    """Give it what `curve` returns."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            css_template=(FOLDER / "loss_curve.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "loss_curve.js"),
            apply_default_css=False,
            **keywords,
        )

    @staticmethod
    def curve(points: Sequence[tuple[float, float]], passes: float) -> dict[str, Any]:
        """A value: (passes, loss) so far, and where the axis of passes ends."""
        every = -(-len(points) // MOST)
        # Counted from the end, so that the newest is always there.
        thinned = [[round(x, 3), round(y, 4)] for x, y in points[::-1][::every][::-1]]
        return {"points": thinned, "passes": passes}

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
