"""Is a face a photograph or drawn, and is it in colour?

Reading guide: `colourfulness` is what is left of the chroma when a tint, which depends on lightness alone, is
taken out. `traits` are nine measures of a grey face that tell ink from tones; `fit` weighs them so that they
say of the faces in drawings.csv, sorted by looking at them, what was said of them there.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

LABELS = Path(__file__).with_name("drawings.csv")
FACE = slice(28, 112), slice(32, 96)  # rows and columns of a crop's face
SKIN = slice(66, 84), slice(44, 84)  # cheeks and nose
WALLS = slice(0, 64), np.r_[0:14, 114:128]  # left and right of the hair
SMOOTH = (slice(64, 88), slice(40, 56)), (slice(64, 88), slice(72, 88)), (slice(32, 44), slice(48, 80))
COLOURFUL = 4.5  # left of the chroma, in units of CIELAB
WARM = 4.0  # least a* and b* of skin of any shade in a colour photograph; blue and green ink have less
PENALTY = 1.0  # on squared weights


def colourfulness(picture: np.ndarray) -> float:
    """Root mean square of CIELAB's a* and b*, uint8 RGB (H, W, 3), that is no function of lightness."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float64)
    lightness, chroma = lab[:, 0] / 255, lab[:, 1:] - 128
    tint = np.stack([np.ones_like(lightness), lightness, lightness**2], 1)
    weights = np.linalg.lstsq(tint, chroma, rcond=None)[0]
    return float(np.sqrt(((chroma - tint @ weights) ** 2).sum(1).mean()))


def in_colour(picture: np.ndarray) -> bool:
    """Whether a crop (128, 128, 3) has colours, and skin the colour of skin: sepia and blue ink have not."""
    chroma = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[SKIN][..., 1:].mean((0, 1)) - 128
    return bool(chroma.min() > WARM and colourfulness(picture) > COLOURFUL)


def to_grey(picture: np.ndarray) -> np.ndarray:
    """The same in neutral grey."""
    return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def traits(picture: np.ndarray) -> np.ndarray:
    """Nine measures (9,) of a crop (128, 128, 3) in which drawings, etchings and photographs differ."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    blurred, rough = (cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (1.2, 4))
    face, fine = grey[FACE], np.abs(grey - blurred)
    dark, paper = np.percentile(face, (5, 95))
    contrast = paper - dark + 10
    walls = grey[WALLS]
    against_paper = (np.median(walls) - paper) / contrast
    lines = (grey - blurred)[FACE].std()
    smooth = np.concatenate([fine[part].ravel() for part in SMOOTH])
    return np.array(
        [
            np.log(lines / contrast),
            np.log(np.median(fine[FACE]) / contrast + 0.003),
            (np.abs(face - paper) < 0.08 * contrast).mean(),  # skin of bare paper
            np.log(np.percentile(smooth, 90) / contrast + 0.01),  # strokes where skin is smooth
            abs(against_paper),
            max(against_paper, -1.5),  # a background of paper, too
            np.log(lines / ((blurred - rough)[FACE].std() + 2)),
            walls.std() / contrast,
            ((face - dark) / contrast).mean(),
        ]
    )


def read_labels(path: Path = LABELS) -> dict[int, bool]:
    """Of each member number: is the portrait drawn?"""
    with path.open(newline="") as file:
        return {int(row["icpsr"]): row["drawing"] == "1" for row in csv.DictReader(file)}


@dataclass(frozen=True)
class Sorter:
    """Logistic regression on standardised traits."""

    mean: np.ndarray
    deviation: np.ndarray
    weights: np.ndarray  # one more than traits, for the offset

    def log_odds(self, seen: np.ndarray) -> np.ndarray:
        """Of being drawn, for traits (N, 9): (N,)."""
        values: np.ndarray = with_ones((seen - self.mean) / self.deviation) @ self.weights
        return values


def with_ones(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values, np.ones((len(values), 1))], 1)


def fit(seen: np.ndarray, drawn: np.ndarray) -> Sorter:
    """From traits (N, 9) and whether each is drawn (N,), by Newton's method."""
    mean, deviation = seen.mean(0), seen.std(0)
    inputs = with_ones((seen - mean) / deviation)
    weights = np.zeros(inputs.shape[1])
    penalty = np.full(len(weights), PENALTY)
    penalty[-1] = 0
    for _ in range(25):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        curvature = inputs.T @ (inputs * (chance * (1 - chance))[:, None]) + np.diag(penalty)
        weights -= np.linalg.solve(curvature, inputs.T @ (chance - drawn) + penalty * weights)
    return Sorter(mean, deviation, weights)
