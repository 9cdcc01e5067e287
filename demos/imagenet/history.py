"""Ten years of ImageNet as points: read from `history.csv`, where every point names its source.

Figures are percent of the ILSVRC-2012 validation images, except for the challenge's winners,
which were measured on its test images. `known` says how far a figure was checked.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from gallery.weights import ModelSpec

DATA = Path(__file__).parent / "history.csv"
# Russakovsky et al. 2015 (https://arxiv.org/abs/1409.0575): one trained annotator, 5.1 % top-5 error.
HUMAN_TOP5 = 94.9

Measure = Literal["top1", "top5", "parameters"]
KINDS = {
    "winner": "Winner of the challenge (its test images)",
    "paper": "Published figure",
    "torchvision": "Weights in torchvision",
    "lecture": "The lecture's number",
}
KNOWN = {
    "metadata": "read from torchvision's own metadata",
    "read": "read in the source",
    "quoted": "quoted by others from the source",
    "recalled": "recalled, not checked against the source",
    "lecture": "as the lecture shows it",
}


class HistoryError(ValueError):
    """A row of the data file that cannot be right."""


@dataclass(frozen=True)
class Point:
    """One model. `top1` and `top5` in percent; `weights` is (model, weights) in torchvision, or None."""

    year: int
    model: str
    top1: float | None
    top5: float | None
    parameters: int | None
    gmacs: float | None
    kind: str
    known: str
    source: str
    url: str
    weights: tuple[str, str] | None
    note: str

    def __post_init__(self) -> None:
        """Raises HistoryError."""
        problems = []
        if not 2010 <= self.year <= 2100:
            problems.append("no year")
        if not self.model or not self.source:
            problems.append("no model or no source")
        if self.kind not in KINDS or self.known not in KNOWN:
            problems.append(f"unknown kind {self.kind!r} or standing {self.known!r}")
        if any(value is not None and not 0 < value < 100 for value in (self.top1, self.top5)):
            problems.append("a percentage outside 0 to 100")
        if self.top1 and self.top5 and self.top1 > self.top5:
            problems.append("top-1 above top-5")
        if self.top1 is self.top5 is self.parameters is None:
            problems.append("no figure")
        if self.url and not self.url.startswith("https://"):
            problems.append("an address that is not https")
        if problems:
            raise HistoryError(f"{self.model or 'A row'} ({self.year}): {', '.join(problems)}.")

    def value(self, measure: Measure) -> float | None:
        """Percent, or a number of parameters."""
        figure: float | None = getattr(self, measure)
        return figure


def read(path: Path = DATA) -> tuple[Point, ...]:
    """All points, oldest first. Raises HistoryError where a row is wrong."""
    with path.open(newline="", encoding="utf-8") as file:
        points = [parse(row) for row in csv.DictReader(file)]
    return tuple(sorted(points, key=lambda point: point.year))


@cache
def history() -> tuple[Point, ...]:
    """The shipped points."""
    return read()


def parse(row: dict[str, str]) -> Point:
    try:
        model, _, weights = row["weights"].partition(":")
        return Point(
            year=int(row["year"]),
            model=row["model"],
            top1=float(row["top1"]) if row["top1"] else None,
            top5=float(row["top5"]) if row["top5"] else None,
            parameters=int(row["parameters"]) if row["parameters"] else None,
            gmacs=float(row["gmacs"]) if row["gmacs"] else None,
            kind=row["kind"],
            known=row["known"],
            source=row["source"],
            url=row["url"],
            weights=(model, weights) if model else None,
            note=row["note"],
        )
    except (KeyError, TypeError) as error:
        raise HistoryError(f"The row {row} lacks a column.") from error
    except ValueError as error:
        if isinstance(error, HistoryError):
            raise
        raise HistoryError(f"{row.get('model')}: {error}.") from error


def best_so_far(points: Iterable[Point], measure: Measure) -> list[tuple[int, float]]:
    """(year, best value until then), one entry for every year that raised it.

    The lecture's rounded number and recalled figures raise nothing.
    """
    best: dict[int, float] = {}
    record = 0.0
    for point in sorted(points, key=lambda point: point.year):
        value = point.value(measure)
        if value is not None and value > record and point.known not in ("lecture", "recalled"):
            record = best[point.year] = value
    return list(best.items())


def model_keys(points: Iterable[Point], models: Iterable[ModelSpec]) -> dict[str, str]:
    """Name of a point to the key of the model in Predict that has its very weights."""
    from gallery.weights import Torchvision

    by_weights = {
        (spec.source.model, spec.source.weights): spec.key
        for spec in models
        if isinstance(spec.source, Torchvision)
    }
    return {
        point.model: by_weights[point.weights]
        for point in points
        if point.weights is not None and point.weights in by_weights
    }
