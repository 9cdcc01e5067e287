"""Traits of a face that can be read off its pixels, since nobody has noted any.

Every picture has its eyes at the same two places (demos/faces/alignment.py), so a box of pixels is always the
chin, the forehead or the wall behind. Each measure is simple enough to be checked by looking at the faces
where it is largest and smallest, and is called what it measures.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]  # (B, 128, 128, 3)
Values = NDArray[np.float32]  # (B,)
Grey = NDArray[np.float32]  # (B, 128, 128), from 0 to 1

Box = tuple[int, int, int, int]  # left, right, top, bottom, in pixels
LEFT_CHEEK: Box = (34, 48, 68, 84)
RIGHT_CHEEK: Box = (80, 94, 68, 84)
FOREHEAD: Box = (50, 78, 28, 40)
CHIN: Box = (48, 80, 103, 114)
MOUTH: Box = (54, 74, 85, 99)
HAIR: Box = (44, 84, 5, 15)
WALL: tuple[Box, Box] = ((2, 16, 4, 36), (112, 126, 4, 36))
BRIDGE: Box = (60, 68, 50, 62)  # of the nose; glasses rest there
FACE: Box = (32, 96, 26, 114)
LOWER_FACE: Box = (30, 98, 66, 100)
FARTHEST = 10  # pixels by which the middle of a turned face's nose and mouth is looked for


@dataclass(frozen=True)
class Attribute:
    """A measure, and what to call the faces where it is small and where it is large."""

    key: str
    name: str
    less: str
    more: str
    measure: Callable[[Pictures], Values]
    control: bool = False  # measured only so that no slider changes it


def grey(pictures: Pictures) -> Grey:
    """Luma (ITU-R BT.601)."""
    found: Grey = (pictures @ np.array([0.299, 0.587, 0.114], np.float32) / 255).astype(np.float32)
    return found


def cut(values: Grey, box: Box) -> Grey:
    left, right, top, bottom = box
    return values[:, top:bottom, left:right]


def mean(values: Grey, *boxes: Box) -> Values:
    found: Values = np.mean([cut(values, box).mean(axis=(1, 2)) for box in boxes], axis=0)
    return found


def relative(pictures: Pictures) -> Grey:
    """Grey values less the face's mean, in standard deviations of the face: a dull print has beards, too."""
    values = grey(pictures)
    face = cut(values, FACE)
    middle, contrast = (one[:, None, None] for one in (face.mean(axis=(1, 2)), face.std(axis=(1, 2))))
    found: Grey = (values - middle) / (contrast + 1e-3)
    return found


def colour(pictures: Pictures) -> Values:
    """How far the channels lie apart."""
    found: Values = np.ptp(pictures, axis=3).mean(axis=(1, 2), dtype=np.float32)
    return found


def turning(pictures: Pictures) -> Values:
    """Where nose and mouth have their middle, in pixels right of the middle between the eyes.

    That is the axis about which the edges of the lower face are most like their mirror image.
    """
    edges = np.abs(np.gradient(grey(pictures), axis=2))
    left, right, top, bottom = LOWER_FACE
    likeness = []
    for shift in range(-FARTHEST, FARTHEST + 1):
        part = edges[:, top:bottom, left + shift : right + shift]
        part = part - part.mean(axis=(1, 2), keepdims=True)
        product = (part * part[:, :, ::-1]).sum(axis=(1, 2))
        likeness.append(product / (np.square(part).sum(axis=(1, 2)) + 1e-6))
    # A soft maximum: several axes may be nearly as good.
    weights = np.exp(20 * np.stack(likeness, axis=1))
    places = np.arange(-FARTHEST, FARTHEST + 1)
    found: Values = ((weights * places).sum(axis=1) / weights.sum(axis=1)).astype(np.float32)
    return found


def chin(pictures: Pictures) -> Values:
    """How much darker than the cheeks."""
    values = relative(pictures)
    return mean(values, LEFT_CHEEK, RIGHT_CHEEK) - mean(values, CHIN)


def teeth(pictures: Pictures) -> Values:
    """The brightest tenth of the mouth against the cheeks."""
    values = relative(pictures)
    mouth = np.sort(cut(values, MOUTH).reshape(len(pictures), -1), axis=1)
    brightest: Values = mouth[:, -mouth.shape[1] // 10 :].mean(axis=1)
    return brightest - mean(values, LEFT_CHEEK, RIGHT_CHEEK)


def bridge(pictures: Pictures) -> Values:
    """Edges across the bridge of the nose."""
    return mean(np.abs(np.gradient(relative(pictures), axis=1)), BRIDGE)


def hair(pictures: Pictures) -> Values:
    return mean(relative(pictures), HAIR)


def side_light(pictures: Pictures) -> Values:
    values = relative(pictures)
    return mean(values, RIGHT_CHEEK) - mean(values, LEFT_CHEEK)


def brightness(pictures: Pictures) -> Values:
    return mean(grey(pictures), LEFT_CHEEK, RIGHT_CHEEK, FOREHEAD)


def wall(pictures: Pictures) -> Values:
    return mean(grey(pictures), *WALL)


MEASURED = (
    Attribute("colour", "Colour", "grey", "colourful", colour),
    Attribute("turn", "Turning", "to the left", "to the right", turning),
    Attribute("beard", "Dark chin (beard)", "bright chin", "dark chin", chin),
    Attribute("smile", "Bright mouth (smile)", "closed, or a moustache", "teeth", teeth),
    Attribute("glasses", "Bar on the nose (glasses)", "none", "dark bar", bridge),
    Attribute("hair", "Top of the head (hair)", "dark hair", "grey hair or none", hair),
    Attribute("light", "Light on the cheeks", "from the left", "from the right", side_light),
    Attribute("skin", "Brightness of the face", "dark", "bright", brightness, control=True),
    Attribute("wall", "Background", "dark", "bright", wall),
)
