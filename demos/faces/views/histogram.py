"""A small histogram with a mark: where one face lies among many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 420, 190  # units of the drawing; it becomes as wide as its place
LEFT, RIGHT, TOP, FLOOR = 8, 412, 26, 146
BINS = 28


def styles(*names: str) -> str:
    """The style sheets of these names beside this file, as one."""
    folder = Path(__file__).parent
    return "\n".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in names)


@dataclass(frozen=True)
class Series:
    """Values of one kind of faces. The second is drawn over the first, as an outline."""

    name: str
    values: NDArray[np.floating]


def histogram(series: Sequence[Series], mark: float | None, *, marked: str, axis: str, said: str) -> str:
    """HTML for `styles("histogram")`. `mark` is one face's value, `marked` its name; `said` is read out."""
    low, high = bounds([*(one.values for one in series)], mark)
    edges = np.linspace(low, high, BINS + 1)
    shares = [np.histogram(one.values, edges)[0] / max(1, len(one.values)) for one in series]
    tallest = max(float(share.max()) for share in shares) or 1.0
    parts = [path(share / tallest, number) for number, share in enumerate(shares)]
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{RIGHT}" y1="{FLOOR}" y2="{FLOOR}"/>')
    for value in ticks(low, high):
        parts.append(
            f'<text x="{along(value, low, high):.1f}" y="{FLOOR + 16}" text-anchor="middle">{value:g}</text>'
        )
    parts.append(
        f'<text x="{(LEFT + RIGHT) / 2}" y="{FLOOR + 36}" text-anchor="middle">{escape(axis)}</text>'
    )
    if mark is not None:
        x = along(mark, low, high)
        anchor = "start" if x < WIDTH * 0.3 else "end" if x > WIDTH * 0.7 else "middle"
        parts.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{FLOOR}"/>')
        parts.append(
            f'<text class="marked" x="{x:.1f}" y="{TOP - 11}" text-anchor="{anchor}">{escape(marked)}</text>'
        )
    legend = "".join(
        f'<span><svg viewBox="0 0 22 16" aria-hidden="true">'
        f'<rect class="series-{number}" x="1" y="1" width="20" height="14"/></svg>{escape(one.name)}</span>'
        for number, one in enumerate(series)
    )
    return (
        f'<svg class="histogram" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(said)}">'
        f'{"".join(parts)}</svg><p class="histogram-legend">{legend}</p>'
    )


def bounds(values: Sequence[NDArray[np.floating]], mark: float | None) -> tuple[float, float]:
    """From the lowest to the highest, all but one in five hundred; the mark always has its place."""
    ends = [float(end) for some in values if len(some) for end in np.quantile(some, (0.002, 0.998))]
    ends += [] if mark is None else [mark]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    room = 0.04 * (high - low) or 1.0
    return low - room, high + room


def along(value: float, low: float, high: float) -> float:
    return LEFT + (value - low) / (high - low) * (RIGHT - LEFT)


def path(heights: NDArray[np.floating], number: int) -> str:
    """A staircase, from heights 0 to 1."""
    width = (RIGHT - LEFT) / len(heights)
    steps = "".join(
        f"V{FLOOR - height * (FLOOR - TOP):.1f}H{LEFT + (i + 1) * width:.1f}"
        for i, height in enumerate(heights)
    )
    return f'<path class="series-{number}" d="M{LEFT},{FLOOR}{steps}V{FLOOR}Z"/>'


def ticks(low: float, high: float) -> list[float]:
    """Round numbers, five to ten of them."""
    rough = (high - low) / 5
    power = 10.0 ** np.floor(np.log10(rough))
    step = max(size * power for size in (1, 2, 5) if size * power <= rough)
    first = np.ceil(low / step)
    return [round(float(k * step), 6) for k in np.arange(first, high / step)]
