"""Draws `picture.webp`, the demo's card on the home page, from a real result."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from demos.imagenet.engine import Prediction

WIDTH, HEIGHT = 640, 400  # pixels of every card
PAPER, INK, TRACK, FIRST, OTHER = "#10161a", "#f2f5f4", "#2b363b", "#5fcbb8", "#8fa3a8"
# Black over violet and orange to yellow, as in gallery/widgets/heatmap.js.
RAMP = np.array([[0, 0, 4], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], float)


def poster(square: Image.Image, prediction: Prediction) -> Image.Image:
    """The picture under its heat map on the left, the five guesses on the right, RGB 640 x 400."""
    assert prediction.heat_maps is not None
    card = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    card.paste(warmed(square.resize((HEIGHT, HEIGHT)), prediction.heat_maps[0]))
    pen = ImageDraw.Draw(card)
    left, right = HEIGHT + 20, WIDTH - 20
    for place, guess in enumerate(prediction.guesses):
        top = 28 + 72 * place
        size = 24 if place == 0 else 19
        pen.text(
            (left, top), shortened(guess.name, pen, size, right - left), INK, ImageFont.load_default(size)
        )
        bar = (left, top + 34, right, top + 46)
        pen.rounded_rectangle(bar, 6, TRACK)
        end = left + max(12, round((right - left) * guess.probability))
        pen.rounded_rectangle((left, bar[1], end, bar[3]), 6, FIRST if place == 0 else OTHER)
    return card


def warmed(square: Image.Image, heat: np.ndarray, strength: float = 0.5) -> Image.Image:
    """The picture, RGB (S, S), under a map (h, w) from 0 to 1."""
    smooth = Image.fromarray(heat.astype(np.float32)).resize(square.size, Image.Resampling.BICUBIC)
    at = np.clip(np.asarray(smooth), 0, 1)[..., None]  # (S, S, 1)
    steps = np.linspace(0, 1, len(RAMP))
    colour = np.concatenate([np.interp(at, steps, channel) for channel in RAMP.T], axis=-1)
    mixed = (1 - strength) * np.asarray(square, float) + strength * colour
    return Image.fromarray(mixed.astype(np.uint8))


def shortened(name: str, pen: ImageDraw.ImageDraw, size: int, room: float) -> str:
    """As much of the name as fits into `room` pixels."""
    font = ImageFont.load_default(size)
    while pen.textlength(name, font) > room:
        name = name.removesuffix("…")[:-1].rstrip() + "…"
    return name
