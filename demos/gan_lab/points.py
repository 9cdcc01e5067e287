"""What the generator is to imitate: distributions of points in the plane.

Reading guide: a `Distribution` draws points, (N, 2). Those that are made of separate heaps, their *modes*,
know where these are, so that it can be counted how many of them a generator found: `covered`. `distance`
says how far two sets of points are from each other as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from gallery.inputs import InputError

PLANE = 1.5  # the plane that is shown reaches from -PLANE to PLANE in both directions
MOST_DRAWN = 150  # points of one's own; as a text they still fit into a link
FEWEST_DRAWN = 3
PEN = 0.03  # standard deviation of what is drawn from around each of them
NEAR = 3.0  # standard deviations from a mode's centre within which a point counts for it
FAIR_SHARE = 0.2  # of the points that a mode is due, from which on it counts as found
Place = tuple[float, float]
Draw = Callable[[int, Generator], Tensor]


@dataclass(frozen=True)
class Distribution:
    """`draw(n, random)` gives (n, 2) float32. `modes` is (K, 2), or None where there are no heaps."""

    key: str
    title: str
    draw: Draw
    modes: Tensor | None = None
    spread: float = 0.0  # standard deviation of each mode


def mixture(key: str, title: str, centres: Tensor, spread: float) -> Distribution:
    """Gaussians of the same weight and width around `centres`, (K, 2)."""

    def draw(n: int, random: Generator) -> Tensor:
        which = torch.randint(len(centres), (n,), generator=random)
        return centres[which] + spread * torch.randn(n, 2, generator=random)

    return Distribution(key, title, draw, centres, spread)


def ring() -> Distribution:
    """Eight Gaussians on a circle, the usual test for lost modes (Metz et al. 2017)."""
    angles = torch.arange(8) * (math.tau / 8)
    return mixture("ring", "Ring of 8 Gaussians", torch.stack([angles.cos(), angles.sin()], 1), 0.05)


def grid() -> Distribution:
    """25 Gaussians, five by five."""
    side = torch.linspace(-1, 1, 5)
    return mixture("grid", "Grid of 25 Gaussians", torch.cartesian_prod(side, side), 0.04)


def spiral() -> Distribution:
    """One and a half turns, evenly filled along its length as the radius grows."""

    def draw(n: int, random: Generator) -> Tensor:
        along = torch.rand(n, generator=random).sqrt()
        angle = along * (3 * math.pi)
        points = (1.2 * along)[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
        return points + 0.025 * torch.randn(n, 2, generator=random)

    return Distribution("spiral", "Spiral", draw)


def line() -> Distribution:
    """A straight piece, which is as simple as it gets."""

    def draw(n: int, random: Generator) -> Tensor:
        along = 2 * torch.rand(n, 1, generator=random) - 1
        return along * torch.tensor([1.1, 0.6]) + 0.03 * torch.randn(n, 2, generator=random)

    return Distribution("line", "Line", draw)


def drawn(places: Sequence[Place]) -> Distribution:
    """One's own points, each a little blurred. Raises InputError where there are too few."""
    if len(places) < FEWEST_DRAWN:
        raise InputError(f"At least {FEWEST_DRAWN} points are needed: draw some more.")
    return mixture("drawn", "Your own", torch.tensor(places, dtype=torch.float32), PEN)


SHAPES = {one.key: one for one in (ring(), grid(), spiral(), line())}
TITLES = {**{key: one.title for key, one in SHAPES.items()}, "drawn": "Your own drawing"}


def distribution(key: str, own: str = "") -> Distribution:
    """The one called `key`; `own` is the text of the visitor's points. Raises InputError."""
    if key == "drawn":
        # A drawing is a curve rather than heaps: its points are no modes that could be lost.
        found = drawn(places_of(own))
        return Distribution(found.key, found.title, found.draw)
    if key not in SHAPES:
        raise InputError(f"There are the distributions {', '.join(TITLES)}.")
    return SHAPES[key]


def places_of(text: str) -> list[Place]:
    """Points written as "0.5,-0.2 0.6,-0.1 …". Raises InputError for what is none, or for too many."""
    pairs = text.replace(";", " ").split()
    if len(pairs) > MOST_DRAWN:
        raise InputError(f"These are {len(pairs)} points, and at most {MOST_DRAWN} can be used here.")
    places = []
    for pair in pairs:
        try:
            x, y = (float(number) for number in pair.split(","))
        except ValueError:
            raise InputError(f"“{pair[:20]}” is no point: write points as 0.5,-0.2 0.6,-0.1.") from None
        if not (abs(x) <= PLANE and abs(y) <= PLANE):  # written so that NaN fails it
            raise InputError(
                f"The point {pair[:20]} lies outside: numbers from -{PLANE:g} to {PLANE:g} can be used."
            )
        places.append((x, y))
    return places


def text_of(places: Sequence[Place]) -> str:
    """The points as `places_of` reads them, in hundredths."""
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in places)


def heart(count: int = 60) -> list[Place]:
    """What stands on the plane before anybody draws."""
    places = []
    for i in range(count):
        t = math.tau * i / count
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        places.append((16 * math.sin(t) ** 3 / 16, (y + 2.5) / 15))
    return places


def covered(points: Tensor, shape: Distribution) -> int | None:
    """How many modes were found by `points`, (N, 2); None for a distribution without modes.

    A point counts for its nearest mode where it is within NEAR standard deviations of the centre, as in
    Srivastava et al. 2017; a mode is found where it has FAIR_SHARE of N / K such points.
    """
    if shape.modes is None:
        return None
    nearest, which = torch.cdist(points, shape.modes).min(1)
    hits = torch.bincount(which[nearest <= NEAR * shape.spread], minlength=len(shape.modes))
    return int((hits >= FAIR_SHARE * len(points) / len(shape.modes)).sum())


def distance(a: Tensor, b: Tensor) -> float:
    """Energy distance of (N, 2) and (M, 2): $2E|X-Y| - E|X-X'| - E|Y-Y'|$ (Székely and Rizzo 2013).

    0 for the same points, and never less; in units of length.
    """
    between, within_a, within_b = (float(torch.cdist(x, y).mean()) for x, y in ((a, b), (a, a), (b, b)))
    return max(0.0, 2 * between - within_a - within_b)
