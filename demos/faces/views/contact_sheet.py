"""ContactSheet: faces in rows that travel as one picture, of which one may be chosen and shown large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from gallery.widgets.script import script

FOLDER = Path(__file__).parent
HTML = """
<div class="contact"><div class="large"></div><div class="small"></div><p class="line"></p></div>
"""


class ContactSheet(gr.HTML):
    """Give it what `contact_sheet` returns; `input` fires when somebody chooses a face."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            css_template=(FOLDER / "contact_sheet.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "contact_sheet.js"),
            apply_default_css=False,
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


@dataclass(frozen=True)
class Cell:
    """What is said of a face. Where `alt` is empty the cell is."""

    title: str = ""
    about: str = ""
    alt: str = ""


def contact_sheet(
    picture: str | dict[str, Any],
    cells: Sequence[Cell],
    columns: int,
    *,
    chosen: int | None = None,
    shown: Sequence[int | None] = (),
    line: str = "",
) -> dict[str, Any]:
    """A value. `picture` has the faces row by row, in a data URL or a file that ships.

    With `chosen` one can choose among them; `shown` are those above them that are large, None for the chosen
    one.
    """
    return {
        "picture": picture, "cells": [asdict(cell) for cell in cells], "columns": columns,
        "chosen": chosen, "shown": list(shown), "line": line,
    }  # fmt: skip
