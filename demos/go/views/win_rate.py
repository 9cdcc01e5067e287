"""WinRate: who is ahead as a bar, and over a whole game as a curve with its largest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr

from demos.go.board import BLACK
from demos.go.suggest import Mistake
from demos.go.views.drawing import drawn_by

HTML = """
<div class="win-rate">
  <div class="balance" role="img"><i></i><b class="black"></b><b class="white"></b></div>
  <div class="game" hidden>
    <svg class="curve" tabindex="0" role="slider" aria-label="Moves of the game"></svg>
    <p class="mistakes" hidden><span>Largest mistakes:</span></p>
  </div>
</div>
"""


class WinRate(gr.HTML):
    """Give it what `win_rate` or `balance` returns. `select` fires with the `number` of a position."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(value=value, html_template=HTML, **drawn_by("win_rate"), **keywords)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def balance(black: float) -> dict[str, Any]:
    """A value that moves the bar alone: the curve stays as it is."""
    return {"black": black}


def win_rate(
    black: float | None = None,
    *,
    curve: Sequence[float | None] = (),
    last: int = 0,
    at: int = 0,
    mistakes: Sequence[tuple[Mistake, str]] = (),
) -> dict[str, Any]:
    """A value. `black` is Black's win rate now, 0 to 1, None where nobody was asked.

    `curve` has Black's win rate in each position of a game, the start first, None where nobody was asked;
    `last` is the number of the last position. `at` is the position that is on the board. Each mistake has a
    text such as "57 D4".
    """
    return {
        "black": black,
        "curve": [None if rate is None else round(rate, 4) for rate in curve],
        "last": last,
        "at": at,
        "mistakes": [
            {
                "number": mistake.number,
                "text": text,
                "colour": "black" if mistake.colour == BLACK else "white",
                "drop": round(mistake.drop, 4),
            }
            for mistake, text in mistakes
        ],
    }
