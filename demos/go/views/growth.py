"""Growth: how fast three games grow, on a logarithmic axis, and what this machine has time for."""

from __future__ import annotations

from math import log10
from typing import Any

import gradio as gr

from demos.go.branching import AGE_OF_THE_UNIVERSE, YEAR, Speed, Tree, trees
from demos.go.views.drawing import drawn_by

HTML = '<figure class="growth"><svg role="img"></svg></figure>'
MOST = 12  # moves ahead that are shown
LECTURE = 90 * 60  # seconds
TIMES = (
    ("one second", 1),
    ("a lecture", LECTURE),
    ("a year", YEAR),
    ("the age of the universe", AGE_OF_THE_UNIVERSE * YEAR),
)


class Growth(gr.HTML):
    """Give it what `growth` returns."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(value=value, html_template=HTML, **drawn_by("growth"), **keywords)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def growth(speed: Speed) -> dict[str, Any]:
    """A value: decimal logarithms of the nodes after 0, 1, 2, … moves and of what `speed` can visit."""
    lines = [
        {
            "name": tree.name,
            "exact": len(tree.counted) - 1,
            "logs": [round(log10(tree.nodes(n)), 3) for n in range(depth(tree) + 1)],
        }
        for tree in trees()
    ]
    times = [{"name": name, "log": round(log10(seconds * speed.positions), 3)} for name, seconds in TIMES]
    return {"lines": lines, "times": times, "most": MOST, "label": spoken()}


def depth(tree: Tree) -> int:
    """Moves ahead that are shown of a game."""
    return int(min(MOST, tree.longest))


def spoken() -> str:
    """The picture in words."""
    ends = ", ".join(f"{tree.name} {large(tree.nodes(depth(tree)))} after {depth(tree)}" for tree in trees())
    return f"Ways to play, by the number of moves, on a logarithmic axis: {ends}."


def large(number: float) -> str:
    return f"{number:,.0f}" if number < 1e9 else f"10 to the power of {log10(number):.0f}"
