"""Goban: the Go board in the browser, for looking at and for playing on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import gradio as gr
import numpy as np
from numpy.typing import NDArray

from demos.go.board import BLACK, EMPTY
from demos.go.rules import Position
from demos.go.views.drawing import drawn_by

HTML = """
<div class="goban">
  <div class="wood" tabindex="0" role="application" aria-roledescription="Go board" aria-label="Go board">
    <svg class="picture" aria-hidden="true"></svg>
  </div>
  <p class="note" role="status"></p>
  <p class="spoken" aria-live="polite"></p>
</div>
"""
Clicks = Literal["empty", "any", "none"]


class Goban(gr.HTML):
    """A board. Give it what `board` returns; one board serves all sizes and both themes.

    Moves are numbers as in rules.py: row * size + column from the upper left corner, and size * size for a
    pass. Keys of the value (all but `size` and `stones` may be left out):

    - `size`: points a side, 2 to 19
    - `stones`: a text of size * size characters, "." "X" (black) "O" (white), row by row
    - `to_play`: "black" or "white", whose ghost stone follows the pointer
    - `turn`: any text; comes back with every event, so that a late click is known as late
    - `clicks`: "empty" (default: what is occupied cannot be clicked), "any" or "none"
    - `keys`: letters which the board reports when they are pressed on it, such as "fr"
    - `forbidden`: moves that have no ghost stone (they can be clicked; the server says why not)
    - `last`: the move with the mark of the last one
    - `numbers`: [[move, number], …] on the stones
    - `heat`: size * size numbers from 0 to 1, or None
    - `ownership`: size * size numbers, 1 surely Black's, -1 surely White's, or None; also for territory
    - `candidates`: up to five {move, share, visits or None}, best first; a pass is not drawn
    - `line`: moves from here on, drawn as translucent numbered stones, `to_play` first
    - `letters`: [[move, text], …], a letter or two where variations begin
    - `dead`: moves whose stones are crossed out
    - `coordinates`: whether A1 … T19 stand around the board (True)
    - `note`: one sentence below the board, which screen readers speak

    `input` fires with {move, turn} for a click, Enter or Space on a point and for P (a pass), and with {key,
    turn} for one of `keys`; read it with `clicked`. Arrow keys move a cursor. With `interactive` False
    nothing can be played.
    """

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(
        self, *, value: dict[str, Any] | None = None, interactive: bool = True, **keywords: Any
    ) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            interactive=interactive,
            **drawn_by("goban"),
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def board(
    position: Position,
    *,
    turn: str = "",
    clicks: Clicks = "empty",
    keys: str = "",
    last: int | None = None,
    numbers: Mapping[int, int] | None = None,
    heat: NDArray[np.floating[Any]] | None = None,
    ownership: NDArray[np.floating[Any]] | None = None,
    candidates: Sequence[dict[str, Any]] = (),
    line: Sequence[int] = (),
    letters: Iterable[tuple[int, str]] = (),
    dead: Iterable[int] = (),
    coordinates: bool = True,
    note: str = "",
) -> dict[str, Any]:
    """A value of a Goban. `heat` is (size * size,) or one longer, a policy; `ownership` is (size, size).

    `last` is the position's own last move unless another one is given.
    """
    if last is None and position.recent:
        last = position.recent[0]
    empty = position.stones.reshape(-1) == EMPTY
    legal = position.legal()[:-1]
    return {
        "size": position.size,
        "stones": "".join(".XO"[stone] for stone in position.stones.reshape(-1)),
        "to_play": "black" if position.to_play == BLACK else "white",
        "turn": turn,
        "clicks": clicks,
        "keys": keys,
        "forbidden": [int(move) for move in np.flatnonzero(empty & ~legal)],
        "last": last,
        "numbers": [[move, number] for move, number in (numbers or {}).items()],
        "heat": None if heat is None else rounded(heat[: position.points]),
        "ownership": None if ownership is None else rounded(ownership.reshape(-1)),
        "candidates": list(candidates),
        "line": list(line),
        "letters": [[move, text] for move, text in letters],
        "dead": list(dead),
        "coordinates": coordinates,
        "note": note,
    }


def rounded(values: NDArray[np.floating[Any]]) -> list[float]:
    return [round(float(value), 3) for value in values]


@dataclass(frozen=True)
class Click:
    """What a board reported. `move` is None where a key was pressed; it may still be not allowed."""

    move: int | None
    key: str
    turn: str


def clicked(event: gr.EventData) -> Click:
    """What stands in an event, which anybody may have forged: numbers that are none become None."""
    move, key, turn = (getattr(event, name, None) for name in ("move", "key", "turn"))
    return Click(
        move if isinstance(move, int) and not isinstance(move, bool) else None,
        key[:1] if isinstance(key, str) else "",
        turn[:100] if isinstance(turn, str) else "",
    )
