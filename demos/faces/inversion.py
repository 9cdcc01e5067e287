"""Which style makes this face? Found by going downhill: the generator stays as it is, the style moves.

    python -m demos.faces.inversion --faces runs/faces/faces.npz

finds the face nearest to the example that the page shows first, and cuts two more examples from the portraits
that were kept apart.

Reading guide: `start` picks a made face that is a little like the portrait, `Likeness` says how unlike two
faces are, `descend` makes that small, `invert` takes turns at the machine and shows a `Frame` now and then.
The style may differ from level to level (as in Abdal and others 2019, https://arxiv.org/abs/1904.03189), and
is drawn to the average face of its time: far from there it would fit any picture, but no longer as a face.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import math
import time
from collections.abc import Callable, Iterator
from collections.abc import Generator as Generating
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from demos.faces import features
from demos.faces.alignment import Aligner, aligned
from demos.faces.critic import COARSE, Crowd, Opinion, crowd, is_colour, opinion, parted
from demos.faces.engine import (
    CROWD,
    FIRST_YEAR,
    LAST_YEAR,
    Person,
    at_all_levels,
    generator_of,
    latent,
    to_bytes,
    to_pictures,
    within,
)
from demos.faces.features import FaceFeatures
from demos.faces.model import LATENT, RESOLUTION, Generator, fixed_noise
from demos.faces.models import EMBEDDED
from demos.faces.portraits import PACKED, Real
from gallery.inputs import InputError, open_image
from gallery.runtime import Runtime

FIRST = Path(__file__).with_name("yours_first.json")
FIRST_YEAR_SHOWN = 1992
IMAGES = Path(__file__).parents[2] / "assets" / "images"
STEPS = 120
MOST_STEPS = 400
BETWEEN_FRAMES = 0.2  # seconds; five frames a second are shown at most
PACE = 0.12  # of Adam's steps at first, in standard deviations of the styles
PYRAMID = (128, 64, 32, 16)  # pixels a side at which pixels are compared
STAGES = ("stage1", "stage2", "stage3", "stage4")  # of the judge, at which features are
OF_FEATURES = 0.5  # what features count beside pixels
OF_DISTANCE = 0.02  # what the distance from the average face counts
YEARS_APART = 30  # that a face to begin with may be off at most


@dataclass(frozen=True)
class Frame:
    """How far it is. `pixels` and `features` say how unlike the picture still is to the portrait."""

    step: int
    steps: int
    seconds: float
    picture: NDArray[np.uint8]  # (128, 128, 3)
    pixels: float
    features: float
    finished: bool = False

    @property
    def stopped(self) -> bool:
        return self.finished and self.step < self.steps


@cache
def aligner() -> Aligner:
    return Aligner.read()


def cut_out(image: Image.Image) -> NDArray[np.uint8]:
    """The one face on an RGB picture, (128, 128, 3), as the training faces lie. Raises InputError."""
    return aligned(np.asarray(image), aligner())


@dataclass(frozen=True)
class Example:
    """A picture to begin with; `aligned` if it is a face cut out already."""

    path: Path
    name: str
    aligned: bool = True


EXAMPLES = (
    Example(IMAGES / "style_transfer" / "astronaut.webp", "An astronaut", aligned=False),
    Example(IMAGES / "faces" / "portrait_grey.webp", "A portrait in grey"),
    Example(IMAGES / "faces" / "portrait_colour.webp", "A portrait in colour"),
)


@dataclass(frozen=True)
class Found:
    """What was found for the first example, and what the discriminator says of the example itself."""

    portrait: NDArray[np.uint8]
    frame: Frame
    year: float
    colour: bool
    opinion: Opinion

    @classmethod
    def read(cls, path: Path = FIRST) -> Found:
        kept = json.loads(path.read_text(encoding="utf-8"))
        frame = Frame(picture=unpacked(kept["found"]), finished=True, **kept["frame"])
        opinion = Opinion(**kept["opinion"])
        return cls(unpacked(kept["portrait"]), frame, kept["year"], kept["colour"], opinion)

    def save(self, path: Path = FIRST) -> None:
        numbers = {
            name: getattr(self.frame, name) for name in ("step", "steps", "seconds", "pixels", "features")
        }
        kept = {
            "year": self.year, "colour": self.colour, "opinion": asdict(self.opinion), "frame": numbers,
            "portrait": packed(self.portrait), "found": packed(self.frame.picture),
        }  # fmt: skip
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def packed(picture: NDArray[np.uint8]) -> str:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "WEBP", lossless=True)
    return base64.b64encode(stream.getvalue()).decode()


def unpacked(text: str) -> NDArray[np.uint8]:
    return np.array(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB"))


@dataclass(frozen=True)
class Step:
    number: int
    picture: Tensor  # (1, 3, 128, 128)
    pixels: float
    features: float

    @property
    def unlikeness(self) -> float:
        return self.pixels + OF_FEATURES * self.features


class Likeness:
    """How unlike pictures are to one portrait: in pixels, from fine to coarse, and in the judge's features.

    What is beside the face counts for less: nobody can find the same curtain.
    """

    def __init__(self, portrait: Tensor, judge: FaceFeatures) -> None:
        """`portrait` is (1, 3, 128, 128) from -1 to 1, on the judge's device."""
        self.judge = judge
        along = torch.linspace(-1, 1, RESOLUTION, device=portrait.device)
        off = (along[:, None] - 0.05) ** 2 / 0.9 + along[None, :] ** 2 / 0.6
        self.weights = [shrunk((0.2 + 0.8 * (-(off**2)).exp())[None, None], side) for side in PYRAMID]
        self.portraits = [shrunk(portrait, side) for side in PYRAMID]
        with torch.no_grad():
            self.features = judge.stages(portrait)

    def __call__(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Root of the mean square of pixels, mean of the relative errors of features; both 0 if equal."""
        squares = [
            (weight * (shrunk(picture, side) - wanted).square()).sum() / (3 * weight.sum())
            for side, weight, wanted in zip(PYRAMID, self.weights, self.portraits, strict=True)
        ]
        found = self.judge.stages(picture)
        errors = [
            (found[name] - self.features[name]).square().sum() / self.features[name].square().sum()
            for name in STAGES
        ]
        return (torch.stack(squares).mean() + 1e-8).sqrt(), torch.stack(errors).mean()


def shrunk(pictures: Tensor, side: int) -> Tensor:
    return F.adaptive_avg_pool2d(pictures, side)


@torch.no_grad()
def spread(generator: Generator, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of the styles of one condition (1, CONDITION), each (1, STYLE)."""
    noise = torch.randn(CROWD, LATENT, generator=torch.Generator().manual_seed(0)).to(wanted.device)
    styles: Tensor = generator.mapping(noise, wanted.expand(CROWD, -1))
    return styles.mean(dim=0, keepdim=True), styles.std(dim=0, keepdim=True)


def start(portrait: NDArray[np.uint8], year: float, colour: bool, known: Crowd) -> Person:
    """Of the made faces that ship and are about as old, the one whose coarse shape is nearest."""
    coarse = Image.fromarray(portrait).resize((COARSE, COARSE), Image.Resampling.BOX)
    apart = known.coarse.astype(np.float32) - np.asarray(coarse, np.float32)
    distances = np.square(apart).sum(axis=(1, 2, 3))
    suits = (known.colour == colour) & (np.abs(known.years - year) <= YEARS_APART)
    if suits.any():
        distances = np.where(suits, distances, np.inf)
    return Person(int(distances.argmin()), year, colour)


def descend(
    generator: Generator, judge: FaceFeatures, portrait: Tensor, person: Person, steps: int
) -> Iterator[Step]:
    """Moves one style for each level so that its picture becomes the portrait, (1, 3, 128, 128).

    `person` says where to begin. Nothing of the networks changes, and nothing is computed before the first
    step is asked for.
    """
    place = portrait.device
    with torch.no_grad():
        wanted = person.condition.to(place)
        middle, deviation = spread(generator, wanted)
        deviation = deviation.clamp(min=0.05 * float(deviation.mean()) + 1e-6)
        own = generator.mapping(latent(person.seed).to(place), wanted)
    likeness = Likeness(portrait, judge)
    noise = [part.to(place) for part in fixed_noise(0)]
    # In standard deviations from the average face, so that one pace suits all directions.
    moves = (at_all_levels(person.truncation * (own - middle) / deviation)).clone().requires_grad_()
    adam = torch.optim.Adam([moves], lr=PACE, betas=(0.9, 0.99))
    for number in range(1, steps + 1):
        with torch.enable_grad():
            picture = generator.painted(at_all_levels(middle) + moves * at_all_levels(deviation), noise)
            pixels, of_features = likeness(picture)
            loss = pixels + OF_FEATURES * of_features + OF_DISTANCE * moves.square().mean()
            (moves.grad,) = torch.autograd.grad(loss, moves)
        adam.param_groups[0]["lr"] = PACE * (0.05 + 0.95 * math.cos(math.pi / 2 * (number - 1) / steps))
        adam.step()
        yield Step(number, picture.detach(), float(pixels.detach()), float(of_features.detach()))


def invert(
    portrait: NDArray[np.uint8],
    year: float,
    colour: bool,
    house: Runtime,
    *,
    steps: int = STEPS,
    stopped: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Generating[Frame, None, None]:
    """Yields frames, at most five a second, and the finished one last.

    `portrait` is an aligned face (128, 128, 3). The models stay leased until the generator ends or is closed;
    the turn at the machine is taken anew for each step. Raises InputError, WeightsError.
    """
    within(year, FIRST_YEAR, LAST_YEAR, "year")
    if not 1 <= steps <= MOST_STEPS:
        raise InputError(f"The steps are a whole number from 1 to {MOST_STEPS}.")
    if portrait.shape != (RESOLUTION, RESOLUTION, 3):
        raise InputError("The face has to be cut out first.")
    person = start(portrait, year, colour, crowd())
    with house.cache.lease(EMBEDDED) as players, house.cache.lease(features.SPEC) as judge:
        target = to_pictures(portrait[None]).to(house.device.torch_device)
        work = descend(generator_of(players), cast(FaceFeatures, judge), target, person, steps)
        yield from in_turns(house, work, steps, stopped, clock)


def in_turns(
    house: Runtime,
    work: Iterator[Step],
    steps: int,
    stopped: Callable[[], bool],
    clock: Callable[[], float],
) -> Iterator[Frame]:
    """Takes each step in a turn of its own; the turn is never held across a yield."""
    started, shown = clock(), float("-inf")
    best: Step | None = None
    while True:
        with house.gate.turn():
            last = next(work)
        best = last if best is None or last.unlikeness <= best.unlikeness else best
        if last.number == steps or stopped():
            break
        if clock() - shown >= BETWEEN_FRAMES:
            shown = clock()
            yield frame(last, last.number, steps, shown - started)
    yield frame(best, last.number, steps, clock() - started, finished=True)


def frame(step: Step, number: int, steps: int, seconds: float, *, finished: bool = False) -> Frame:
    (picture,) = to_bytes(step.picture)
    return Frame(number, steps, seconds, picture, step.pixels, step.features, finished)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--faces", type=Path, default=PACKED, help="what prepare.py made")
    options = parser.parse_args()
    first, *others = EXAMPLES
    _, held_out = parted(Real.read(options.faces, held_out=True))
    for example, colour in zip(others, (False, True), strict=True):
        chosen = held_out.images[held_out.colour == colour][0]
        Image.fromarray(chosen).save(example.path, lossless=True, method=6)
    house = Runtime(offline=True)
    face = cut_out(open_image(first.path))
    colour = is_colour(face)
    *_, last = invert(face, FIRST_YEAR_SHOWN, colour, house)
    Found(face, last, FIRST_YEAR_SHOWN, colour, opinion(face, FIRST_YEAR_SHOWN, colour, house)).save()
    print(f"off by {last.pixels:.3f} in pixels and {last.features:.3f} in features, {last.seconds:.1f} s")


if __name__ == "__main__":
    main()
