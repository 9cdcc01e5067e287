"""GameBoard: the equation with its hidden word, the guesses so far, and the score."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.word2vec.views.drawing import drawn_by

HTML = """
<div class="board">
  <p class="state"><span class="round"></span><span class="score"></span></p>
  <p class="equation"></p>
  <ol class="guesses"></ol>
  <p class="message" role="status"></p>
</div>
"""


class GameBoard(gr.HTML):
    """Give it `round`, `score`, `terms` (all before the hidden word), `answer`, `guesses`, `message`."""

    def __init__(self, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            **drawn_by("board"),
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
