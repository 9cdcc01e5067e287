"""Style transfer in one pass: the painter network on pictures, and on the frames of a clip.

Reading guide: `prepare` looks at the styles once and makes a `Brush`; `repaint` is one picture, `repaint_all`
a clip. The network is in model.py, its training in train.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from demos.style_transfer.engine import Style, check_bounds, in_sight
from demos.style_transfer.losses import at_layer
from demos.style_transfer.model import (
    LARGEST_STROKE,
    PAINTED_LAYERS,
    SMALLEST_STROKE,
    STRIDE,
    Statistics,
    StyleModel,
    mixed,
    recoloured,
)
from demos.style_transfer.models import EMBEDDED
from demos.style_transfer.pictures import about_size, canvas_size, style_size, to_image, to_mask, to_tensor
from gallery.inputs import InputError
from gallery.runtime import Runtime
from gallery.weights import Progress

NATURAL = 256  # pixels of a painting's shorter side whose strokes have size 1 for the network
LONGEST_STYLE = 768  # pixels of a style's longer side; beyond, only its middle is looked at
USUAL_CANVAS = 512  # pixels of the longer side
MARGIN = 32  # pixels around the canvas that are painted and cut off


@dataclass(frozen=True)
class Brush:
    """What the painter knows of its styles, for one size of canvas: statistics with their masks."""

    styles: tuple[tuple[Statistics, Tensor | None], ...]
    stroke: float  # the network's input

    @property
    def masked(self) -> bool:
        return any(mask is not None for _, mask in self.styles)


@dataclass(frozen=True)
class Painted:
    """A result. `note` is a sentence about the size, or empty; `seconds` without loading the model."""

    image: Image.Image
    seconds: float
    note: str = ""


def repaint(
    content: Image.Image,
    styles: Sequence[Style],
    house: Runtime,
    *,
    stroke: float = 1.0,
    size: int = USUAL_CANVAS,
    keep_colours: bool = False,
    progress: Progress | None = None,
    notice: Callable[[str], None] | None = None,
) -> Painted:
    """`content` in the given styles: mixed by their shares, or each inside its mask.

    Raises InputError for what cannot be painted, WeightsError, OutOfMemory.
    """
    check(styles, stroke, size)
    height, width = canvas_size(content, size)

    def work(model: nn.Module) -> tuple[Image.Image, float]:
        started = time.monotonic()
        place = next(model.parameters()).device
        photograph = to_tensor(content, height, width).to(place)
        brush = prepare(cast(StyleModel, model), styles, photograph, stroke, keep_colours)
        return to_image(stroked(cast(StyleModel, model), photograph, brush)), time.monotonic() - started

    image, seconds = house.run(EMBEDDED, work, progress=progress, notice=notice)
    return Painted(image, seconds, about_size(content, height, width))


def repaint_all(
    pictures: Iterable[Image.Image],
    styles: Sequence[Style],
    house: Runtime,
    *,
    stroke: float = 1.0,
    size: int = 320,
    keep_colours: bool = False,
) -> Iterator[Image.Image]:
    """The pictures of a clip, one by one as they are asked for. Raises as `repaint` does.

    The styles are looked at once, so that one picture's colours do not flicker against the next one's.
    """
    check(styles, stroke, size)
    brush: Brush | None = None
    with house.cache.lease(EMBEDDED) as model:
        assert isinstance(model, StyleModel)
        place = next(model.parameters()).device
        for picture in pictures:
            height, width = canvas_size(picture, size)
            with house.gate.turn():
                photograph = to_tensor(picture, height, width).to(place)
                brush = brush or prepare(model, styles, photograph, stroke, keep_colours)
                image = to_image(stroked(model, photograph, brush))
            yield image


def check(styles: Sequence[Style], stroke: float, size: int) -> None:
    if not styles:
        raise InputError("There is no style picture yet: choose, paste or take one first.")
    check_bounds("stroke", stroke)
    check_bounds("size", size)


@torch.inference_mode()
def prepare(
    model: StyleModel, styles: Sequence[Style], photograph: Tensor, stroke: float, keep_colours: bool
) -> Brush:
    """Look at the styles at the size that the stroke asks for; `photograph`, (1, 3, H, W), is the canvas."""
    height, width = photograph.shape[-2:]
    found, sides = [], []
    for style in styles:
        picture = in_sight(style, photograph.cpu(), stroke, keep_colours, LONGEST_STYLE).to(photograph.device)
        sides.append(style.share * min(style_size(style.image, (height, width), stroke)))
        mask = None if style.mask is None else to_mask(style.mask, height, width).to(photograph.device)
        found.append((style.share, model.looked_at(picture), mask))
    wanted = sum(sides) / (sum(style.share for style in styles) or 1.0) / NATURAL
    shared = [(share, seen) for share, seen, mask in found if mask is None]
    whole = sum(share for share, _ in shared) or 1.0
    brushes: list[tuple[Statistics, Tensor | None]] = []
    if shared:
        brushes.append((mixed([(share / whole, seen) for share, seen in shared]), None))
    brushes += [(seen, mask) for _, seen, mask in found if mask is not None]
    return Brush(tuple(brushes), min(max(wanted, SMALLEST_STROKE), LARGEST_STROKE))


@torch.inference_mode()
def stroked(model: StyleModel, photograph: Tensor, brush: Brush) -> Tensor:
    """RGB in [0, 1], (1, 3, H, W), painted with `brush`; what is outside all masks stays a photograph."""
    height, width = photograph.shape[-2:]
    # A margin, for at its border the network sees black that is not there.
    edges = (MARGIN, MARGIN + -width % STRIDE, MARGIN, MARGIN + -height % STRIDE)
    padded = F.pad(photograph, edges, mode="reflect")
    seen = model.seen(padded, brush.stroke)
    canvas: dict[str, Tensor] = {}
    covered = photograph.new_zeros(1, 1, *padded.shape[-2:])
    for statistics, mask in brush.styles:
        full = torch.ones_like(covered) if mask is None else F.pad(mask, edges, mode="replicate")
        for name in PAINTED_LAYERS:
            painted = recoloured(seen[name], statistics[name])
            share = at_layer(full, painted)
            canvas[name] = painted * share + canvas.get(name, seen[name]) * (1 - share)
        covered = torch.maximum(covered, full)
    stroke = photograph.new_tensor([[brush.stroke]]).log2()
    picture = model.painter(canvas, stroke).clamp(0, 1)
    if bool((covered < 1).any()):
        picture = padded * (1 - covered) + picture * covered
    result: Tensor = picture[..., MARGIN : MARGIN + height, MARGIN : MARGIN + width]
    return result
