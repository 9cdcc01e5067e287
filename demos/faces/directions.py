"""Directions in the space of styles along which one trait of a face changes and the others stay.

    python -m demos.faces.directions [--sheet look.png]     # anew after new weights; five minutes on one core

Reading guide: `search` is all of it. `steps` is the regression, `tuned` chooses levels and length, `judged`
looks at people who had no part in either and says how far a trait follows the slider and what else changes.

Nobody has noted who wears a beard; attributes.py measures traits in the pictures themselves. Let S be the
covariance of styles and measures, and F that of what a linear regression of measures on styles foretells.
Column k of S F^-1 is then how far the mean of all styles (were they Gaussian) moves when the foretold trait k
is one standard deviation above the mean and the others are average: the most likely way to change one thing.
Related: InterFaceGAN (Shen and others 2020, https://arxiv.org/abs/1907.10786), which has labels.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from demos.faces.attributes import MEASURED, Attribute, Pictures, Values
from demos.faces.engine import (
    FIRST_COLOUR,
    FIRST_YEAR,
    LAST_YEAR,
    TRUNCATION,
    Person,
    at_all_levels,
    generator_of,
    latent,
    painted,
    people,
    style_of,
)
from demos.faces.model import LEVELS, Generator
from demos.faces.models import EMBEDDED
from demos.faces.steering import STRIP, Direction, moved, save, sha256_of_generator
from demos.faces.walk import SHIPPED, side_by_side
from gallery.runtime import Runtime

SAMPLES, TUNED, TESTED = 3000, 24, 64  # people for the regression, for the levels, for the test
FIRST_SEED = 2_000_000_000  # of the people here, whom nobody comes across on the page
CHOICES = (
    (0, 1),
    (0, 1, 2),
    (0, 1, 2, 3),
    (2, 3),
    (2, 3, 4, 5),
    (4, 5),
    (0, 1, 2, 3, 4, 5),
)  # levels that may move
AMOUNTS = (-2.0, -1.0, 0.0, 1.0, 2.0)  # at which people are judged, in standard deviations
RIDGE = 1e-3  # of the mean variance of styles
THUMBNAIL = 16  # pixels from which the year is read
STRIP_AMOUNTS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
AT_ONCE = 128  # pictures whose numbers are in memory together
Measures = NDArray[np.float64]  # (people, attributes), in standard deviations


def at_random(count: int, first_seed: int, truncation: float) -> list[Person]:
    """People of all years; in colour where photographs then were, with a soft change."""
    random = np.random.default_rng(first_seed)
    years = random.uniform(FIRST_YEAR, LAST_YEAR, count)
    colour = years + random.normal(0, 10, count) >= FIRST_COLOUR
    return [
        Person(first_seed + i, float(year), bool(in_colour), truncation)
        for i, (year, in_colour) in enumerate(zip(years, colour, strict=True))
    ]


@torch.inference_mode()
def whole_styles(generator: Generator, crowd: Sequence[Person]) -> Tensor:
    """Their styles without truncation, (B, STYLE)."""
    place = generator.start.device
    noise = torch.cat([latent(person.seed) for person in crowd]).to(place)
    wanted = torch.cat([person.condition for person in crowd]).to(place)
    styles: Tensor = generator.mapping(noise, wanted)
    return styles


def thumbnails(pictures: Pictures) -> NDArray[np.float64]:
    """(B, THUMBNAIL^2 * 3), from 0 to 1."""
    cells = pictures.reshape(len(pictures), THUMBNAIL, 128 // THUMBNAIL, THUMBNAIL, 128 // THUMBNAIL, 3)
    return np.asarray(cells.mean(axis=(2, 4)).reshape(len(pictures), -1) / 255, np.float64)


def year_reader(pictures: Pictures, years: NDArray[np.float64]) -> Attribute:
    """The year as a linear regression reads it from thumbnails: era as it can be seen."""
    seen = thumbnails(pictures)
    middle, centre = seen.mean(axis=0), years.mean()
    covariance = (seen - middle).T @ (seen - middle) / len(seen)
    covariance += 0.01 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    weights = np.linalg.solve(covariance, (seen - middle).T @ (years - centre) / len(seen))

    def read(pictures: Pictures) -> Values:
        return np.asarray((thumbnails(pictures) - middle) @ weights + centre, np.float32)

    return Attribute("era", "Era", "earlier", "later", read)


def raw(attributes: Sequence[Attribute], pictures: Pictures) -> Measures:
    """(B, attributes), as they are measured."""
    parts = [pictures[i : i + AT_ONCE] for i in range(0, len(pictures), AT_ONCE)]
    values = [np.stack([one.measure(part) for one in attributes], axis=1) for part in parts]
    return np.concatenate(values).astype(np.float64)


def all_painted(generator: Generator, styles: Tensor) -> Pictures:
    """`painted`, of which only bytes are kept in the end."""
    return np.concatenate([painted(generator, part) for part in styles.split(AT_ONCE)])


@dataclass(frozen=True)
class Ruler:
    """Measures pictures in standard deviations above the mean of many faces."""

    attributes: tuple[Attribute, ...]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]

    def __call__(self, pictures: Pictures) -> Measures:
        return (raw(self.attributes, pictures) - self.mean) / self.spread


def ruler(attributes: tuple[Attribute, ...], pictures: Pictures) -> Ruler:
    values = raw(attributes, pictures)
    return Ruler(attributes, values.mean(axis=0), values.std(axis=0) + 1e-9)


def steps(styles: NDArray[np.float64], measures: Measures) -> NDArray[np.float64]:
    """From styles (N, STYLE) and measures (N, K): steps (K, STYLE), each foretold to raise its measure by one
    and to leave the others; see above."""
    w, m = styles - styles.mean(axis=0), measures - measures.mean(axis=0)
    shared = w.T @ m / len(w)  # S
    covariance = w.T @ w / len(w)
    covariance += RIDGE * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    foretold = shared.T @ np.linalg.solve(covariance, shared)  # F
    return np.asarray(np.linalg.solve(foretold, shared.T), np.float64)


@dataclass(frozen=True)
class Studio:
    """Some people, and what one needs to see how they change."""

    generator: Generator
    measure: Ruler
    styles: Tensor  # (B, levels, STYLE)
    before: Measures  # as they are

    def changes(self, step: Tensor, levels: Sequence[int], amounts: Sequence[float]) -> Measures:
        """What so many steps (STYLE,) at some levels change: (amounts, B, attributes)."""
        found = []
        for amount in amounts:
            there = self.styles.clone()
            there[:, list(levels)] += amount * step
            after = self.measure(painted(self.generator, there)) if amount else self.before
            found.append(after - self.before)
        return np.stack(found)


def studio(generator: Generator, measure: Ruler, styles: Tensor) -> Studio:
    return Studio(generator, measure, styles, measure(painted(generator, styles)))


def tuned(people: Studio, k: int, step: Tensor) -> tuple[tuple[int, ...], Tensor]:
    """The levels where a step of trait k disturbs the others least, and the step made as long as it says."""
    best: tuple[float, tuple[int, ...], Tensor] | None = None
    for levels in CHOICES:
        low, high = people.changes(step, levels, (-1.0, 1.0))
        slopes = ((high - low) / 2).mean(axis=0)
        if slopes[k] < 0.25:  # there it does next to nothing
            continue
        others = np.delete(slopes, k) / slopes[k]
        disturbance = float(np.abs(others).max() + np.sqrt(np.square(others).mean()))
        if best is None or disturbance < best[0]:
            best = disturbance, levels, step / float(slopes[k])
    return (CHOICES[-1], step) if best is None else best[1:]


def judged(people: Studio, k: int, step: Tensor, levels: tuple[int, ...]) -> Direction:
    """The direction with what it does to people who had no part in finding it."""
    found = people.changes(step, levels, AMOUNTS)
    amounts = np.repeat(AMOUNTS, len(people.styles))
    slopes = np.tensordot(AMOUNTS, found, axes=1).mean(axis=0) / np.square(AMOUNTS).sum()
    own = found[:, :, k].ravel()
    correlation = float(np.corrcoef(amounts, own)[0, 1]) if own.std() > 0 else 0.0
    gain = float(slopes[k])
    attributes = people.measure.attributes
    attribute = attributes[k]
    return Direction(
        attribute.key, attribute.name, attribute.less, attribute.more, levels,
        correlation=round(correlation, 3), gain=round(gain, 3),
        leaks={
            other.name: round(float(slopes[j]) / max(abs(gain), 1e-6), 3)
            for j, other in enumerate(attributes) if j != k
        },
        step=step.cpu(),
    )  # fmt: skip


def search(
    generator: Generator, *, samples: int = SAMPLES, tuning: int = TUNED, testing: int = TESTED
) -> tuple[list[Direction], float]:
    """A direction for every attribute, judged, and how well the year can be read."""
    place = generator.start.device
    crowd = at_random(samples, FIRST_SEED, truncation=1.0)
    styles = whole_styles(generator, crowd)
    pictures = all_painted(generator, at_all_levels(styles))
    years = np.array([person.year for person in crowd])
    measure = ruler((*MEASURED, year_reader(pictures, years)), pictures)
    # What lies far out is a picture that went wrong, and would pull the line towards it.
    found = steps(styles.double().cpu().numpy(), np.clip(measure(pictures), -3, 3))

    groups = [
        at_random(count, FIRST_SEED + start, truncation=TRUNCATION)
        for count, start in ((tuning, samples), (testing, samples + tuning))
    ]
    few, fresh = (
        studio(generator, measure, at_all_levels(torch.cat([style_of(generator, one) for one in group])))
        for group in groups
    )
    directions = []
    for k, step in enumerate(torch.from_numpy(found).float().to(place)):
        if measure.attributes[k].control:
            continue
        levels, long = tuned(few, k, step)
        directions.append(judged(fresh, k, long, levels))
        one = directions[-1]
        print(f"{'shown ' if one.passes else 'failed'} {one.name}: r {one.correlation}, gain {one.gain}, "
              f"levels {[LEVELS[i] for i in one.levels]}, most besides {one.worst}", flush=True)  # fmt: skip
    readings, truth = fresh.before[:, -1], [person.year for person in groups[1]]
    return directions, float(np.corrcoef(readings, truth)[0, 1])


def strip(generator: Generator, one: Direction, person: Person, amounts: Sequence[float]) -> Pictures:
    """A person at several amounts of a direction, (amounts, 128, 128, 3)."""
    style = at_all_levels(style_of(generator, person))
    return painted(generator, torch.cat([moved(style, {one.key: amount}, [one]) for amount in amounts]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument(
        "--sheet", type=Path, help="where to put four people along each direction, to look at"
    )
    options = parser.parse_args()
    house = Runtime(device=options.device, offline=True)
    with house.cache.lease(EMBEDDED) as model:
        generator = generator_of(model)
        found, year_reading = search(generator)
        save(found, year_reading, sha256_of_generator())
        SHIPPED.mkdir(parents=True, exist_ok=True)
        for old in SHIPPED.glob("direction-*.webp"):
            old.unlink()
        side_by_side(people(generator, [STRIP])).save(SHIPPED / "directed.webp", quality=85, method=6)
        for one in found:
            if one.passes:
                row = side_by_side(strip(generator, one, STRIP, STRIP_AMOUNTS))
                small = row.resize((row.width // 2, row.height // 2), Image.Resampling.LANCZOS)
                small.save(SHIPPED / f"direction-{one.key}.webp", quality=85, method=6)
        if options.sheet:
            four = at_random(4, FIRST_SEED - 10, truncation=TRUNCATION)
            rows = [strip(generator, one, person, AMOUNTS) for one in found for person in four]
            side_by_side(np.concatenate(rows), 2 * len(AMOUNTS)).save(options.sheet)


if __name__ == "__main__":
    main()
