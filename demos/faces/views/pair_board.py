"""PairBoard: two faces side by side, one of which nobody has. Played with two keys, large enough for a hall.

The browser draws and asks, Python decides. Which face is real is not in the page before it is shown.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from gallery.widgets.script import script

FOLDER = Path(__file__).parent


class PairBoard(gr.HTML):
    """Fires `act` with `event.what` "answer" (and `event.letter`, A or B), "next" or "again", and with the
    `question` that was on show. The value is what `demos.faces.views.quiz.board` returns."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=(FOLDER / "pair_board.html").read_text(encoding="utf-8"),
            css_template=(FOLDER / "pair_board.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "pair_board.js"),
            apply_default_css=False,
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
