"""ProbabilityBars: a network's guesses, drawn so that top-1 and top-5 are seen as what they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from gallery.widgets.script import script

FOLDER = Path(__file__).parent
# Values reach the page through the DOM, never through the template: what stands between its
# braces would be run as code.
HTML = """
<div class="bars">
  <p class="who"></p>
  <div class="field">
    <div class="bracket" aria-hidden="true"><span></span></div>
    <div class="rows" role="radiogroup"></div>
  </div>
  <p class="rest"></p>
  <p class="spoken" role="status"></p>
</div>
"""


class ProbabilityBars(gr.HTML):
    """The guesses as bars on a scale of 0 to 100 %: the first stands out, a bracket holds them all.

    Give it what `guesses` returns. A row is chosen by mouse or keyboard; `select` then fires with
    its `index`, and the component's value carries it as `selected`.
    """

    def __init__(self, value: dict[str, Any] | None = None, **settings: Any) -> None:
        super().__init__(
            value,
            html_template=HTML,
            css_template=(FOLDER / "bars.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "bars.js"),
            apply_default_css=False,
            **settings,
        )

    @staticmethod
    def guesses(named: Sequence[tuple[str, float]], *, who: str = "", selected: int = 0) -> dict[str, Any]:
        """A value: (name, probability from 0 to 1), best first, and a line that says who answered."""
        rows = [{"name": name, "probability": round(probability, 5)} for name, probability in named]
        return {"guesses": rows, "who": who, "selected": selected}

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
