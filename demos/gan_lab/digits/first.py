"""What the page shows before anybody presses a button: the films of seed 0, as pictures and as numbers.

python -m demos.gan_lab.digits.first
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from demos.gan_lab.digits.engine import Page, film
from demos.gan_lab.digits.model import LABELS, MOMENTS, SETS
from demos.gan_lab.digits.pictures import SHEETS, grid
from gallery.runtime import Runtime

FIRST = Path(__file__).with_name("first.json")
FIGURES = Path(__file__).with_name("figures.json")  # by evaluate.py
FIRST_SEED = 0


@dataclass(frozen=True)
class Shipped:
    """Of one set: what the discriminators thought on the first film, what the judge read, and the curve."""

    taken: tuple[float, ...]  # by moment
    real: tuple[float, ...]
    named: tuple[float, ...]  # share of 10,000 drawn pictures that the judge names rightly
    curve: tuple[tuple[int, float, float], ...]  # step, losses of discriminator and generator


def first_sheet(which: str) -> Path:
    """The first film as one picture: the pages of all moments, one below the other."""
    return SHEETS / f"{which}-film.webp"


def sheet_of(pages: list[Page]) -> Image.Image:
    """(280, 168) of each page, one below the other."""
    return grid(torch.cat([page.pictures for page in pages]), LABELS)


def as_webp(image: Image.Image) -> bytes:
    """Without loss, and quickly."""
    stream = io.BytesIO()
    image.save(stream, "WEBP", lossless=True, method=1)
    return stream.getvalue()


@cache
def shipped(which: str) -> Shipped:
    """Raises KeyError for another set."""
    first = json.loads(FIRST.read_text(encoding="utf-8"))[which]
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))[which]
    return Shipped(
        taken=tuple(first["taken"]),
        real=tuple(first["real"]),
        named=tuple(figures[str(moment)]["named"] for moment in MOMENTS),
        curve=tuple((step, d, g) for step, d, g in curve_of(which)),
    )


def curve_of(which: str) -> list[tuple[int, float, float]]:
    """The curve of the long training: step, losses of discriminator and generator."""
    with Path(__file__).with_name(f"curve_{which}.csv").open(newline="", encoding="utf-8") as file:
        return [
            (int(row["step"]), float(row["discriminator"]), float(row["generator"]))
            for row in csv.DictReader(file)
        ]


def main() -> None:
    house = Runtime(device="cpu", offline=True)
    first: dict[str, Any] = {}
    for which in SETS:
        pages = film(which, FIRST_SEED, house)
        sheet_of(pages).save(first_sheet(which), lossless=True, quality=100, method=6)
        first[which] = {
            "taken": [round(page.taken, 4) for page in pages],
            "real": [round(page.real, 4) for page in pages],
        }
    FIRST.write_text(json.dumps(first) + "\n", encoding="utf-8")
    house.close()


if __name__ == "__main__":
    main()
