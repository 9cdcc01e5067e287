"""What a benchmark hands back, and how it is shown."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value, with the peer's beside it where there is one.

    In JSON the peer's value is called like the figure, with `peer_` before it.
    """

    name: str
    value: float
    unit: str
    meaning: str
    peer: float | None = None
    goal: float | None = None  # at most this much
    least: float | None = None  # or at least this much

    @property
    def ratio(self) -> float | None:
        return self.value / self.peer if self.peer else None


def as_json(figures: Sequence[Figure]) -> str:
    values = {}
    for figure in figures:
        values[figure.name] = rounded(figure.value)
        if figure.peer is not None:
            values[f"peer_{figure.name}"] = rounded(figure.peer)
    return json.dumps(values, indent=2)


def as_table(figures: Sequence[Figure], peer: str) -> str:
    """A Markdown table; `peer` says what the gallery is compared with."""
    rows = [("figure", "gallery", "peer", "ratio", "goal", "what it is")]
    rows += [
        (
            figure.name,
            f"{rounded(figure.value):g} {figure.unit}".strip(),
            "" if figure.peer is None else f"{rounded(figure.peer):g} {figure.unit}".strip(),
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            wanted(figure),
            figure.meaning,
        )
        for figure in figures
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join([*lines, "", f"Peer: {peer}"])


def wanted(figure: Figure) -> str:
    if figure.least is not None:
        return f">= {figure.least:g}"
    return "" if figure.goal is None else f"<= {figure.goal:g}"


def rounded(value: float) -> float:
    """Four significant digits: more than any of these measurements repeats."""
    return float(f"{value:.4g}")


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed, between neighbours if need be."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def interleaved(repeats: int, *works: Callable[[], object]) -> list[list[float]]:
    """Seconds of each work, `repeats` times each, in turns.

    Turns, so that whatever else the machine does in the meantime befalls all alike; the order
    within a turn is reversed every other time, so that none always runs in another's wake.
    """
    seconds: list[list[float]] = [[] for _ in works]
    for turn in range(repeats):
        order = range(len(works)) if turn % 2 == 0 else reversed(range(len(works)))
        for index in order:
            started = time.perf_counter()
            works[index]()
            seconds[index].append(time.perf_counter() - started)
    return seconds


median = statistics.median
