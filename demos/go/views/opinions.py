"""Opinions: the moves that the network feels beside those that the search reads."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.go.opponent import vertex
from demos.go.suggest import COUNT, Opinion
from demos.go.views.drawing import drawn_by

HTML = """
<div class="opinions">
  <p class="sentence" role="status"></p>
  <table hidden><thead><tr>
    <th scope="col">Move</th><th scope="col">Feels</th><th scope="col">Reads</th>
  </tr></thead><tbody></tbody></table>
</div>
"""


class Opinions(gr.HTML):
    """Give it what `side_by_side` returns. `select` fires with the `move` of a row that was chosen."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(value=value, html_template=HTML, **drawn_by("opinions"), **keywords)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def side_by_side(felt: Opinion | None, read: Opinion | None, size: int, reads: bool) -> dict[str, Any]:
    """A value: a sentence, and a row for each move that is among the best of the view that is shown."""
    shown = (read if reads else None) or felt
    if shown is None:
        return {"sentence": "", "rows": [], "board": ""}
    moves = [candidate.move for candidate in shown.candidates]
    other = felt if shown is read else read
    if other is not None and other.best.move not in moves:
        moves = [*moves[: COUNT - 1], other.best.move]
    rows = []
    for move in moves:
        visited = next((one for one in read.candidates if one.move == move), None) if read else None
        rows.append(
            {
                "move": move,
                "name": vertex(move, size),
                "felt": None if felt is None else round(float(felt.heat[move]), 4),
                "read": None if read is None else round(float(read.heat[move]), 4),
                "visits": visited.visits if visited else None,
            }
        )
    return {
        "sentence": sentence(felt, read, size),
        "rows": rows,
        "shown": "read" if reads and read else "felt",
    }


def sentence(felt: Opinion | None, read: Opinion | None, size: int) -> str:
    """ "Feels D4, 27 %. Reads Q16 after 400 visits." """
    parts = []
    if felt is not None:
        parts.append(f"Feels {vertex(felt.best.move, size)}, {percent(felt.best.share)} %.")
    if read is not None and read.candidates:
        best = vertex(read.best.move, size)
        same = felt is not None and felt.best.move == read.best.move
        parts.append(f"Reads {best}{', too,' if same else ''} after {read.visits:,} visits.")
    return " ".join(parts)


def percent(share: float) -> str:
    return f"{100 * share:.0f}" if share >= 0.0995 or not share else f"{100 * share:.1f}"
