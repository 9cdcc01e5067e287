"""ExampleStrip: pictures to start with, as a row of buttons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from gallery.widgets.heatmap import as_file
from gallery.widgets.script import script

FOLDER = Path(__file__).parent
HTML = """<div class="strip" role="group"></div>"""


class ExampleStrip(gr.HTML):
    """Buttons with a small picture and a name; `select` fires with the `index` of the one pressed."""

    def __init__(
        self, examples: Sequence[tuple[Path, str]], *, label: str, selected: int = -1, **settings: Any
    ) -> None:
        value = {
            "label": label,
            "selected": selected,
            "examples": [{"picture": as_file(path), "name": name} for path, name in examples],
        }
        super().__init__(
            value,
            html_template=HTML,
            css_template=(FOLDER / "strip.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "strip.js"),
            apply_default_css=False,
            **settings,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
