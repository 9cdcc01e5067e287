"""HeatMap: a picture under a coloured map, with a slider that the browser itself obeys."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import FileData
from PIL import Image

from gallery.widgets.script import script

FOLDER = Path(__file__).parent
HTML = """
<figure class="heat">
  <div class="stage"><img class="picture" alt="" hidden><canvas class="paint" aria-hidden="true"></canvas>
  <p class="empty"></p></div>
  <figcaption class="caption"></figcaption>
  <div class="legend" aria-hidden="true"><span>less</span>
  <canvas class="scale" width="256" height="1"></canvas><span>more</span></div>
  <label class="control">Heat map
    <input class="strength" type="range" min="0" max="100" value="55"></label>
  <label class="control coarse"><input class="pixels" type="checkbox"> <span></span></label>
</figure>
"""


class HeatMap(gr.HTML):
    """A square picture and, for each of several labels, a map of what mattered in it.

    Give it what `maps` returns. All maps travel together, so that changing `selected` in the
    value, like moving the slider, needs no trip to the server.
    """

    def __init__(self, value: dict[str, Any] | None = None, **settings: Any) -> None:
        super().__init__(
            value,
            html_template=HTML,
            css_template=(FOLDER / "heatmap.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "heatmap.js"),
            apply_default_css=False,
            **settings,
        )

    @staticmethod
    def maps(
        picture: Image.Image | Path,
        maps: np.ndarray,
        labels: Sequence[str],
        *,
        seen: Image.Image | Path | None = None,
        side: int,
        alt: str = "",
        selected: int = 0,
    ) -> dict[str, Any]:
        """A value. `maps` is (labels, h, w) from 0 to 1; a path is served as a file of its own.

        `seen` is the same square with no more pixels than the network takes, `side` a side.
        """
        _, height, width = maps.shape
        return {
            "picture": address_of(picture, "JPEG"),
            "seen": None if seen is None else address_of(seen, "PNG"),
            "side": side,
            "maps": [[round(float(heat), 3) for heat in one.flat] for one in maps],
            "height": height,
            "width": width,
            "labels": list(labels),
            "alt": alt,
            "selected": selected,
        }

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def address_of(picture: Image.Image | Path, kind: str) -> dict[str, Any] | str:
    return as_file(picture) if isinstance(picture, Path) else as_data_url(picture, kind)


def as_file(path: Path) -> dict[str, Any]:
    """Gradio serves it and adds the address."""
    return FileData(path=str(path), orig_name=path.name).model_dump()


def as_data_url(image: Image.Image, kind: str) -> str:
    """The picture itself inside a text: what a visitor uploads need not lie on a disk."""
    stream = io.BytesIO()
    image.save(stream, kind, quality=85)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(stream.getvalue()).decode()}"
