"""Where a widget of this demo has its style and its script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gallery.widgets import script


def drawn_by(name: str) -> dict[str, Any]:
    """Keywords of gr.HTML for `name`.css and `name`.js beside this file."""
    return script.drawn_by(Path(__file__).parent, name)
