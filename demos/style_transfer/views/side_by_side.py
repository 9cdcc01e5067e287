"""Exhibit: a picture on the wall, with what is to be said of it; several hang side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from gallery.widgets.heatmap import as_data_url, as_file
from gallery.widgets.script import script

FOLDER = Path(__file__).parent
HTML = """
<figure class="exhibit">
  <div class="stage"><img alt=""><p class="missing"></p></div>
  <figcaption>
    <p><b class="title"></b> <span class="about"></span></p>
    <button type="button" class="save">Save PNG</button>
  </figcaption>
</figure>
"""


class Exhibit(gr.HTML):
    """Give it what `hung` or `gap` return. It may change ten times a second."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            css_template=(FOLDER / "side_by_side.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "side_by_side.js"),
            apply_default_css=False,
            **keywords,
        )

    @staticmethod
    def hung(
        picture: Image.Image | Path,
        title: str,
        about: str,
        *,
        alt: str,
        size: tuple[int, int] | None = None,
        draft: bool = False,
    ) -> dict[str, Any]:
        """A value. `size` is the place it takes, (width, height) in any unit; its own unless given.

        What is painted here is sent inside the page and stored nowhere. A `draft` is replaced soon: it
        travels as JPEG and cannot be saved.
        """
        source: dict[str, Any] | str
        if isinstance(picture, Path):
            with Image.open(picture) as image:
                size, source = size or image.size, as_file(picture)
        else:
            size, source = size or picture.size, as_data_url(picture, "JPEG" if draft else "PNG")
        return {
            "picture": source, "size": list(size), "title": title, "about": about, "alt": alt,
            "missing": "", "saved": not draft,
        }  # fmt: skip

    @staticmethod
    def gap(title: str, missing: str, size: tuple[int, int]) -> dict[str, Any]:
        """A value for a picture that is not there yet; `missing` is a sentence in its place."""
        return {
            "picture": None, "size": list(size), "title": title, "about": "", "alt": "",
            "missing": missing, "saved": False,
        }  # fmt: skip

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
