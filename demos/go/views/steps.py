"""Steps: one row to walk through a game, back and forward, and to pass."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.go.views.drawing import drawn_by

HTML = """
<div class="steps" role="group" aria-label="Moves of the game">
  <button type="button" class="first" aria-label="First position" title="First position">
    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M4 4v12M16 4l-9 6 9 6z"/></svg></button>
  <button type="button" class="back" aria-label="Undo: one move back" title="Undo: one move back">
    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M14 4l-9 6 9 6z"/></svg></button>
  <button type="button" class="forward" aria-label="Redo: one move forward" title="Redo: one move forward">
    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M6 4l9 6-9 6z"/></svg></button>
  <button type="button" class="last" aria-label="Last position" title="Last position">
    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M16 4v12M4 4l9 6-9 6z"/></svg></button>
  <input class="slide" type="range" min="0" step="1" aria-label="Move">
  <output></output>
  <button type="button" class="pass">Pass</button>
</div>
"""


class Steps(gr.HTML):
    """Give it what `steps` returns. `select` fires with the `number` to go to, `play` with a pass."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(value=value, html_template=HTML, **drawn_by("steps"), **keywords)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def steps(number: int, last: int, *, may_pass: bool = True) -> dict[str, Any]:
    """A value: the place in a line, and how many moves that line has."""
    return {"number": number, "last": last, "may_pass": may_pass}
