"""MaskPainter: a brush over the photograph, which says where a style goes."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image, ImageDraw, ImageOps

from demos.style_transfer.engine import Style
from gallery.inputs import InputError, open_image
from gallery.widgets.heatmap import as_data_url, as_file
from gallery.widgets.script import script

FOLDER = Path(__file__).parent
SIDE = 256  # pixels of a mask's longer side; strokes are coarser than that
LONGEST = 200_000  # characters of a data URL; a mask has a few thousand
HEAD = "data:image/png;base64,"
OWN = "own"
# Ready-made masks: left, top, right and bottom as shares of the picture, and whether it is round.
SHAPES: dict[str, tuple[str, tuple[float, float, float, float], bool]] = {
    "upper": ("Upper half", (0, 0, 1, 0.5), False),
    "lower": ("Lower half", (0, 0.5, 1, 1), False),
    "left": ("Left half", (0, 0, 0.5, 1), False),
    "right": ("Right half", (0.5, 0, 1, 1), False),
    "middle": ("Middle", (0.2, 0.12, 0.8, 0.88), True),
}
HTML = """
<div class="painter">
  <div class="stage"><img class="picture" alt=""><canvas class="ink" role="img" aria-label="The mask over the
    photograph. Paint with the mouse or a finger, or choose a ready-made mask below."></canvas></div>
  <div class="tools" role="group" aria-label="Brush">
    <span class="pair"><button type="button" class="paint" aria-pressed="true">Paint</button><button
      type="button" class="erase" aria-pressed="false">Erase</button></span>
    <label>Size <input class="size" type="range" min="2" max="40" value="14"></label>
    <span class="pair"><button type="button" class="invert">Invert</button><button
      type="button" class="clear">Clear</button></span>
  </div>
</div>
"""


class MaskPainter(gr.HTML):
    """Give it what `over` returns. `input` fires when a hand changed the mask."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            css_template=(FOLDER / "mask.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "mask.js"),
            apply_default_css=False,
            **keywords,
        )

    @staticmethod
    def over(photograph: Path, mask: Image.Image) -> dict[str, Any]:
        """A value: a photograph of the gallery with a mask on it."""
        return {"picture": as_file(photograph), "mask": address_of(mask)}

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def ready_made(shape: str) -> Image.Image:
    """One of SHAPES as a grey picture, white where the style goes; it fits pictures of any proportions."""
    _, box, is_round = SHAPES[shape]
    mask = Image.new("L", (SIDE, SIDE))
    left, top, right, bottom = (round(share * SIDE) for share in box)
    draw = ImageDraw.Draw(mask)
    (draw.ellipse if is_round else draw.rectangle)((left, top, right - 1, bottom - 1), fill="white")
    return mask


def address_of(mask: Image.Image) -> str:
    """A mask as the data URL that travels."""
    return as_data_url(mask, "PNG")


def painted(address: Any) -> Image.Image:
    """The mask in a data URL that a browser sent, grey, white where something was painted.

    Raises InputError where it is none, and where nothing is painted.
    """
    if not isinstance(address, str) or not address.startswith(HEAD) or len(address) > LONGEST:
        raise unreadable()
    try:
        data = base64.b64decode(address.removeprefix(HEAD), validate=True)
        mask = open_image(io.BytesIO(data), max_pixels=SIDE * SIDE).convert("L")
    except (binascii.Error, InputError):
        raise unreadable() from None
    if mask.getextrema()[1] < 128:  # type: ignore[operator]
        raise InputError(
            "Nothing is painted in the mask yet: paint over the photograph, or choose a ready-made mask."
        )
    return mask


def apart(styles: Sequence[Style]) -> list[Style]:
    """Where one style has a mask, the other gets what is left: the loss compares what has none everywhere."""
    masks = [style.mask for style in styles if style.mask is not None]
    return [
        replace(style, mask=ImageOps.invert(masks[0])) if masks and style.mask is None else style
        for style in styles
    ]


def unreadable() -> InputError:
    return InputError("The mask cannot be read: clear it and paint it once more.")
