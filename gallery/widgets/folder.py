"""FolderButton: hands in a whole folder, its names kept.

Gradio's own upload forgets which folder a file came from. So the browser packs the folder into one
uncompressed ZIP, which it uploads like any other file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from gallery.inputs import InputError
from gallery.widgets.script import script

HTML = """
<div class="folder">
  <button type="button"></button>
  <input type="file" webkitdirectory multiple hidden aria-hidden="true" tabindex="-1">
  <span role="status"></span>
</div>
"""
FOLDER = Path(__file__).parent


class FolderButton(gr.HTML):
    """Fires `packed` when a folder has arrived; `received(event)` gives the ZIP's path."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, text: str = "Choose a folder", limit: int = 50_000_000, **keywords: Any) -> None:
        super().__init__(
            value=None,
            html_template=HTML,
            css_template=(FOLDER / "folder.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "folder.js"),
            apply_default_css=False,
            text=text,
            limit=limit,
            **keywords,
        )

    @staticmethod
    def received(event: gr.EventData) -> Path:
        """The uploaded ZIP. The browser says where it is, so that is checked. Raises InputError."""
        told = getattr(event, "path", None)
        path = Path(told).resolve() if isinstance(told, str) else Path()
        uploads = Path(get_upload_folder()).resolve()
        if not (path.is_relative_to(uploads) and path.is_file() and path.suffix == ".zip"):
            raise InputError("The folder did not arrive: choose it again.")
        return path
