"""QuizBoard: the quiz as a lecture hall sees it, played without touching the mouse.

The browser draws and asks, Python decides: what is a possible guess, what is right, who leads.
The answer is not in the page before it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from gallery.widgets.script import script

FOLDER = Path(__file__).parent


class QuizBoard(gr.HTML):
    """Fires `act` with `event.what` "guess" (and `event.index`), "undo" or "go", and `reveal`.

    Both carry the `question` that was on show. `suggest(text)` gives the classes that a typed text
    may mean, as a list of {"index", "title", "also"}. The value is what
    `demos.imagenet.views.quiz.board` returns.
    """

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(
        self,
        *,
        value: dict[str, Any] | None = None,
        suggest: Callable[[object], list[dict[str, Any]]],
        **keywords: Any,
    ) -> None:
        super().__init__(
            value=value,
            html_template=(FOLDER / "quiz_board.html").read_text(encoding="utf-8"),
            css_template=(FOLDER / "quiz_board.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "quiz_board.js"),
            apply_default_css=False,
            server_functions=[suggest],
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
