"""What the discriminator makes of a face, and what it makes of others, without which a number says little.

    python -m demos.faces.critic --faces runs/faces/faces.npz

asks it about all held-out portraits and about 512 made-up faces, and packs the answers for the page.

A discriminator also looks at how much the faces of a group differ: that is how it catches a generator that
paints one face only. A face alone would be a group without any variety, so each is judged in the company of
three portraits, always the same.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from demos.faces.engine import FIRST_YEAR, LAST_YEAR, Person, people, to_pictures, within
from demos.faces.models import EMBEDDED, Players
from demos.faces.portraits import PACKED, Real
from gallery.runtime import Runtime

CROWD = Path(__file__).parents[2] / "assets" / "images" / "faces" / "crowd.npz"
COMPANY = 3
MADE = 512
MOST = 1024  # held-out portraits that are asked about
COARSE = 16  # pixels a side of what is kept of a made face
GREY = 3.0  # mean difference between the channels, of 255, below which a picture counts as grey


@dataclass(frozen=True)
class Crowd:
    """Answers of the discriminator (logits, ascending), the company, and the made faces by their seeds."""

    real: NDArray[np.float32]
    made: NDArray[np.float32]
    company: Real
    years: NDArray[np.float32]  # of the made faces, whose seeds are 0, 1, 2, ...
    colour: NDArray[np.bool_]
    coarse: NDArray[np.uint8]  # (MADE, COARSE, COARSE, 3)

    @classmethod
    def read(cls, path: Path) -> Crowd:
        with np.load(path) as kept:
            company = Real(kept["company"], kept["company_years"], kept["company_colour"])
            return cls(kept["real"], kept["made"], company, kept["years"], kept["colour"], kept["coarse"])

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path, real=self.real, made=self.made, years=self.years, colour=self.colour, coarse=self.coarse,
            company=self.company.images, company_years=self.company.years,
            company_colour=self.company.colour,
        )  # fmt: skip


@cache
def crowd() -> Crowd:
    """The one that ships. Raises OSError where the file is missing."""
    return Crowd.read(CROWD)


@dataclass(frozen=True)
class Opinion:
    """`logit` is the answer, above 0 for real; the shares are of faces that get a lower one."""

    logit: float
    above_real: float
    above_made: float

    @property
    def probability(self) -> float:
        return float(1 / (1 + np.exp(-np.clip(self.logit, -60, 60))))


def is_colour(picture: NDArray[np.uint8]) -> bool:
    """Whether a picture (H, W, 3) is more than shades of grey, or of one brown."""
    values = picture.astype(np.float32)
    chroma = values - values.mean(axis=2, keepdims=True)
    return bool(np.abs(chroma - chroma.mean(axis=(0, 1))).mean() > GREY)


@torch.inference_mode()
def logits(model: nn.Module, faces: Real, company: Real) -> NDArray[np.float32]:
    """The answer for each of the faces, (N,), above 0 for real."""
    discriminator = cast(Players, model).discriminator
    place = next(discriminator.parameters()).device
    beside, beside_wanted = to_pictures(company.images), company.conditions
    found = [
        discriminator(
            torch.cat([to_pictures(picture[None]), beside]).to(place),
            torch.cat([wanted[None], beside_wanted]).to(place),
        )[:1]
        for picture, wanted in zip(faces.images, faces.conditions, strict=True)
    ]
    return cast("NDArray[np.float32]", torch.cat(found).cpu().numpy())


def opinion(picture: NDArray[np.uint8], year: float, colour: bool, house: Runtime) -> Opinion:
    """Of one aligned face (128, 128, 3). Raises InputError for a year out of bounds, WeightsError."""
    face = Real(
        picture[None],
        np.array([within(year, FIRST_YEAR, LAST_YEAR, "year")], np.float32),
        np.array([colour]),
    )
    return house.run(EMBEDDED, lambda model: among(float(logits(model, face, crowd().company)[0])))


def among(logit: float) -> Opinion:
    known = crowd()
    return Opinion(logit, float((known.real < logit).mean()), float((known.made < logit).mean()))


def like(real: Real, count: int, first_seed: int = 0, truncation: float = 1.0) -> list[Person]:
    """Persons whose years and colours are as common as among the portraits."""
    return [
        Person(first_seed + i, float(real.years[i % len(real)]), bool(real.colour[i % len(real)]), truncation)
        for i in range(count)
    ]


def made_by(model: nn.Module, persons: list[Person]) -> Real:
    """Their pictures, with what was wished for."""
    pictures = people(cast(Players, model).generator, persons)
    years = np.array([person.year for person in persons], np.float32)
    return Real(pictures, years, np.array([person.colour for person in persons]))


def parted(held_out: Real) -> tuple[Real, Real]:
    """The company, drawn at random, and all others in an order that is random, too."""
    drawn = held_out.drawn(len(held_out), seed=0)
    return drawn[:COMPANY], drawn[COMPANY:]


def asked(model: nn.Module, held_out: Real) -> Crowd:
    """Everything that the file holds."""
    company, portraits = parted(held_out)
    portraits = portraits[:MOST]
    made = made_by(model, like(portraits, MADE))
    small = [Image.fromarray(face).resize((COARSE, COARSE), Image.Resampling.BOX) for face in made.images]
    return Crowd(
        real=np.sort(logits(model, portraits, company)),
        made=np.sort(logits(model, made, company)),
        company=company,
        years=made.years,
        colour=made.colour,
        coarse=np.stack([np.asarray(face) for face in small]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--faces", type=Path, default=PACKED, help="what prepare.py made")
    parser.add_argument("--out", type=Path, default=CROWD)
    options = parser.parse_args()
    held_out = Real.read(options.faces, held_out=True)
    found = Runtime(offline=True).run(EMBEDDED, lambda model: asked(model, held_out))
    found.save(options.out)
    right = (np.mean(found.real > 0) + np.mean(found.made < 0)) / 2
    print(f"{len(found.real)} portraits, {len(found.made)} made up; it is right about {right:.1%}")


if __name__ == "__main__":
    main()
