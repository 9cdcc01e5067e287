"""Where a widget of this demo has its style and its script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gallery.widgets.script import script

FOLDER = Path(__file__).parent


def drawn_by(name: str) -> dict[str, Any]:
    """Keywords of gr.HTML for `name`.css and `name`.js beside this file."""
    return {
        "css_template": (FOLDER / f"{name}.css").read_text(encoding="utf-8"),
        "js_on_load": script(FOLDER / f"{name}.js"),
        "apply_default_css": False,
    }
