"""Finds a face and lays it where every face of the training pictures lies.

Reading guide: a `Pose` is the similarity (turn, scale, shift) from the crop to the picture, written with
complex numbers; `crop` samples a picture through it. `boxes` asks OpenCV's Haar cascades where a face may be,
and `Aligner` refines such a box: at each stage it looks at the crop's histograms of gradients and says by how
much the pose is off (the supervised descent method of Xiong and De la Torre, CVPR 2013, for a similarity).
"""

from __future__ import annotations

import cmath
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from gallery.inputs import InputError

SIDE = 128  # pixels of a training picture
CENTRE = complex(0.5, 0.45)  # of the crop: halfway between the eyes
EYES = 0.25  # of the crop's width: from eye to eye
LOOK = 64  # pixels at which the aligner looks at a crop
MOUTH = complex(0.5, 0.72)
WIDTH = 300  # pixels of the shorter side at which faces are looked for
CLOSER = 450  # the same in a visitor's photo, which may show more than a head
SMALLEST = 40  # pixels of a face then
DETAIL = 720  # pixels of the shorter side of a photo that are enough to find its face
COARSEST = 40.0  # pixels of a photo's face that has no more than a thumbnail
SURE = 0.03  # spread up to which a face counts as found
LIKELY, CERTAIN = 0.25, 0.5  # score from which one does, with the cascades' word and without
# Haar cascades and how many windows that overlap must agree.
ASKED = (("frontalface_alt2", 3), ("frontalface_default", 5), ("frontalface_default", 2))
CASCADES = Path(cv2.__file__).with_name("data")  # they ship with OpenCV
PATH = Path(__file__).with_name("aligner.npz")
# Moves of the first guess from which the aligner starts: log-scale + i angle, shift in sides of the crop.
STARTS = ((0j, 0j), (0.08 + 0.06j, 0.02 + 0.02j), (-0.08 - 0.06j, -0.02 + 0.02j))


@dataclass(frozen=True)
class Pose:
    """The point z = x + iy of the crop's unit square is at `turn * z + origin`, in pixels of the picture."""

    turn: complex
    origin: complex

    def __call__(self, z: complex) -> complex:
        return self.turn * z + self.origin

    def scaled(self, factor: float) -> Pose:
        """The same in a picture so many times as large."""
        return Pose(self.turn * factor, self.origin * factor)

    def moved(self, rho: complex, shift: complex) -> Pose:
        """With the crop scaled and turned by exp(rho) about CENTRE, then shifted, in sides of the crop."""
        return Pose(self.turn * cmath.exp(rho), self(CENTRE + shift - cmath.exp(rho) * CENTRE))


def from_eyes(left: complex, right: complex) -> Pose:
    """The pose that has the eyes, left and right as one sees them, where they belong."""
    turn = (right - left) / EYES
    return Pose(turn, (left + right) / 2 - turn * CENTRE)


def inverse_move(rho: complex, shift: complex) -> tuple[complex, complex]:
    """What takes `pose.moved(rho, shift)` back to `pose`."""
    return -rho, -shift * cmath.exp(-rho)


def crop(picture: np.ndarray, pose: Pose, side: int = SIDE) -> np.ndarray:
    """The picture, uint8 (H, W) or (H, W, 3), through the pose: (side, side) or (side, side, 3).

    A finer picture is shrunk by an antialiasing filter first; what lies outside is mirrored.
    """
    height, width = picture.shape[:2]
    shrink = max(1.0, abs(pose.turn) / side)
    corners = np.array([pose(z) for z in (0, 1, 1j, 1 + 1j)])
    left, right = span(corners.real, 4 * shrink + 1, width)
    top, bottom = span(corners.imag, 4 * shrink + 1, height)
    region = picture[top:bottom, left:right]
    if shrink > 1:
        size = tuple(max(1, round(n / shrink)) for n in region.shape[1::-1])
        ratio_x, ratio_y = size[0] / region.shape[1], size[1] / region.shape[0]
        region = np.asarray(Image.fromarray(region).resize(size, Image.Resampling.LANCZOS))
    else:
        ratio_x = ratio_y = 1.0
    # Pixel centres lie at half numbers: pixel k of the crop is the point (k + 1/2) / side.
    step = pose.turn / side
    start = pose((0.5 + 0.5j) / side) - complex(left, top)
    matrix = np.array(
        [
            [step.real * ratio_x, -step.imag * ratio_x, start.real * ratio_x - 0.5],
            [step.imag * ratio_y, step.real * ratio_y, start.imag * ratio_y - 0.5],
        ]
    )
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    warped: np.ndarray = cv2.warpAffine(
        region, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REFLECT
    )
    return warped


def span(values: np.ndarray, margin: float, end: int) -> tuple[int, int]:
    """Whole numbers around all values, with a margin for the filter, from 0 to `end`: one pixel or more."""
    first = int(np.clip(values.min() - margin, 0, end - 1))
    return first, int(np.clip(values.max() + margin + 1, first + 1, end))


def outside(pose: Pose, width: int, height: int) -> float:
    """The share of the crop that lies outside the picture."""
    z = (np.arange(32) + 0.5) / 32
    points = pose.turn * (z[None, :] + 1j * z[:, None]) + pose.origin
    inside = (points.real >= 0) & (points.real <= width) & (points.imag >= 0) & (points.imag <= height)
    return float(1 - inside.mean())


def gradients(grey: np.ndarray) -> np.ndarray:
    """Histograms of oriented gradients of a crop (LOOK, LOOK): float32 (1764,)."""
    hog = cv2.HOGDescriptor((LOOK, LOOK), (16, 16), (8, 8), (8, 8), 9)
    return np.asarray(hog.compute(grey), np.float32).ravel()


@dataclass(frozen=True)
class Found:
    """Where a face was found, in pixels of the picture."""

    pose: Pose
    spread: float  # between where several starts came to rest, in sides of the crop: small if sure
    score: float  # how much the crop is like a face: about 1 for faces, -1 for anything else


@dataclass(frozen=True)
class Aligner:
    """Linear maps from gradients to the move that is still to be made, and to how much it is a face."""

    maps: np.ndarray  # (stages, 1764 + 1, 4): log-scale, angle, shift x, shift y
    judge: np.ndarray  # (1764 + 1,)

    @classmethod
    def read(cls, path: Path = PATH) -> Aligner:
        with np.load(path) as kept:
            return cls(kept["maps"].astype(np.float32), kept["judge"].astype(np.float32))

    def refine(self, grey: np.ndarray, pose: Pose) -> Pose:
        for weights in self.maps:
            scale, angle, x, y = with_one(gradients(crop(grey, pose, LOOK))) @ weights
            # A wild guess must not send the pose where no later stage finds back from.
            pose = pose.moved(complex(np.clip(scale, -0.5, 0.5), np.clip(angle, -0.5, 0.5)), complex(x, y))
        return pose

    def settle(self, grey: np.ndarray, start: Pose) -> Found:
        """The mean of where several starts around this one come to rest."""
        poses = [self.refine(grey, start.moved(rho, shift)) for rho, shift in STARTS]
        mean = mean_pose(poses)
        marks = (CENTRE - EYES / 2, CENTRE + EYES / 2, MOUTH)
        spread = max(abs(pose(z) - mean(z)) for pose in poses for z in marks) / abs(mean.turn)
        score = with_one(gradients(crop(grey, mean, LOOK))) @ self.judge
        return Found(mean, float(spread), float(score))


def with_one(values: np.ndarray) -> np.ndarray:
    """One more feature, always 1, for the offset."""
    return np.append(values, np.float32(1))


def mean_pose(poses: list[Pose]) -> Pose:
    return Pose(
        complex(np.mean([pose.turn for pose in poses])), complex(np.mean([pose.origin for pose in poses]))
    )


Box = tuple[float, float, float]  # left, top and side in pixels


def from_box(box: Box) -> Pose:
    """Where the eyes are on average in a box of the Haar cascades."""
    left, top, side = box
    middle = complex(left + 0.5 * side, top + 0.385 * side)
    return from_eyes(middle - 0.19 * side, middle + 0.19 * side)


@lru_cache
def cascade(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(CASCADES / f"haarcascade_{name}.xml"))


def evened(grey: np.ndarray, width: int = WIDTH) -> tuple[np.ndarray, float]:
    """The picture as the cascades look at it, its contrast the same everywhere, and how much it was enlarged.

    Its shorter side has `width` pixels, or fewer if the longer one would have more than twice as many.
    """
    enlarged = min(width / min(grey.shape), 2 * width / max(grey.shape))
    filtered = cv2.INTER_AREA if enlarged < 1 else cv2.INTER_CUBIC
    size = [max(1, round(n * enlarged)) for n in grey.shape[::-1]]
    return cv2.createCLAHE(2.0, (4, 4)).apply(cv2.resize(grey, size, interpolation=filtered)), enlarged


def boxes(grey: np.ndarray, width: int = WIDTH, asked: int = len(ASKED)) -> list[Box]:
    """Where the cascades see faces. The first `asked` of them are, a stern one first, until one sees any."""
    picture, enlarged = evened(grey, width)
    for name, neighbours in ASKED[:asked]:
        seen = cascade(name).detectMultiScale(picture, 1.06, neighbours, minSize=(SMALLEST, SMALLEST))
        if len(seen):
            return [(x / enlarged, y / enlarged, side / enlarged) for x, y, side, _ in seen]
    return []


def locate(grey: np.ndarray, aligner: Aligner, width: int = WIDTH) -> list[Found]:
    """All faces, the most certain first. Where the cascades see none, a grid of places is tried."""
    found = faces_at([from_box(box) for box in boxes(grey, width)], grey, aligner, LIKELY)
    return found or faces_at([from_box(box) for box in grid(*grey.shape)], grey, aligner, CERTAIN)


def grid(height: int, width: int) -> list[Box]:
    """Boxes of three sizes all over the upper part of a picture."""
    return [
        (x * width - side / 2, y * height - side / 2, side)
        for side in (0.3 * width, 0.42 * width, 0.6 * width)
        for x in (0.35, 0.5, 0.65)
        for y in (0.3, 0.42)
    ]


def faces_at(starts: list[Pose], grey: np.ndarray, aligner: Aligner, least: float) -> list[Found]:
    """What the aligner makes of these guesses, each face once, the highest score first."""
    found = [aligner.settle(grey, start) for start in starts]
    found = [one for one in found if one.spread < SURE and one.score > least]
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: -one.score):
        if all(apart(one.pose, other.pose) for other in kept):
            kept.append(one)
    return kept


def apart(one: Pose, other: Pose) -> bool:
    """Whether the eyes are further from each other than half a crop."""
    return abs(one(CENTRE) - other(CENTRE)) > max(abs(one.turn), abs(other.turn)) / 2


def find_face(picture: np.ndarray, aligner: Aligner) -> Pose:
    """Where the one face of a photo, uint8 RGB (H, W, 3), is. Raises InputError: none, many, not upright."""
    shrink = min(1.0, DETAIL / min(picture.shape[:2]))
    size = tuple(max(1, round(n * shrink)) for n in picture.shape[1::-1])
    grey = np.asarray(Image.fromarray(picture).convert("L").resize(size, Image.Resampling.BOX))
    found = those_that_count(locate(grey, aligner, CLOSER))
    if not found:
        raise InputError(why_none(grey, aligner))
    if len(found) > 1:
        raise InputError(f"{len(found)} faces were found: cut the picture so that only one is left.")
    pose = found[0].pose.scaled(1 / shrink)
    if abs(pose.turn) < COARSEST:
        raise InputError("The face is too small in this picture: take one in which it has more pixels.")
    return pose


def those_that_count(found: list[Found]) -> list[Found]:
    """Without faces in the background: those at least half as large as the largest one."""
    largest = max((abs(one.pose.turn) for one in found), default=0)
    return [one for one in found if abs(one.pose.turn) >= largest / 2]


def why_none(grey: np.ndarray, aligner: Aligner) -> str:
    """One sentence on a picture without an upright face: turned by 180 or 90 degrees it may have one."""
    for turns, how in ((2, "upside down"), (1, "on its side"), (3, "on its side")):
        turned = np.ascontiguousarray(np.rot90(grey, turns))
        if faces_at([from_box(box) for box in boxes(turned, CLOSER, 1)], turned, aligner, CERTAIN):
            return f"The face is {how}: turn the picture upright and choose it again."
    return "No face was found: choose a photo of one person who looks into the camera."


def aligned(picture: np.ndarray, aligner: Aligner) -> np.ndarray:
    """The one face of a photo, uint8 RGB (H, W, 3), as (128, 128, 3). Raises InputError, see above."""
    return crop(picture, find_face(picture, aligner))
