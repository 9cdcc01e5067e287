"""Why look-ahead fails here: three games growing, against the positions per second of this machine."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from torch import nn

from demos.go import branching
from demos.go.branching import Speed, Tree, deepest, duration, kept, trees
from demos.go.models import EMBEDDED
from demos.go.views.growth import LECTURE, Growth, depth, growth
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.permalink import Permalink

INTRODUCTION = """
A machine that plays by **looking ahead** tries every move, every answer, every answer to that, and so on.
How many positions it meets depends on one number: how many moves there are to choose from, the *branching
factor*.
"""
EXPLANATION = """
**What the picture shows.** Between two lines of the grid lies a factor of a million, so a straight line is a
number that is multiplied at every move. Filled marks were counted exactly; hollow ones go on with the average
factor. The dashed lines say how many positions this machine can look at in that time.

- **Tic-tac-toe** ends: {games:,} different games, {positions:,} different positions. It can be read to its
  end.
- **Chess** has about 35 moves to choose from. Deep Blue looked far ahead and, where it had to stop, weighed
  up by rules made by hand what stood on the board: that somebody has a queen more is easy to see.
- **Go** has about 250; in the three famous games of this demo a player had {choices:.0f} on average. And
  where one stops there is nothing to count: all stones are worth the same, and whose land is whose is not yet
  decided.

That is why AlphaGo has networks. A **policy** makes the tree narrow: only a few moves deserve a look. A
**value** makes it short: a position is judged without being played out.
"""
STYLE = f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>"
ROWS = (1, 2, 3, 4, 5, 6, 8, 10, 12)  # moves ahead in the table
SECONDS = 0.8  # to measure each of the two speeds


def view(demo: Demo, link: Permalink) -> None:
    speed = first()
    gr.Markdown(INTRODUCTION)
    picture = Growth(value=growth(speed), elem_id=f"{demo.id}-growth")
    answer = gr.HTML(table(speed), elem_id=f"{demo.id}-depths", apply_default_css=False)
    measure = gr.Button("Measure this machine", variant="primary", elem_id=f"{demo.id}-measure")
    counted = kept()["tic_tac_toe"]
    gr.Markdown(
        EXPLANATION.format(
            games=counted["games"], positions=counted["positions"], choices=kept()["choices_in_famous_games"]
        )
    )
    measure.click(
        remeasured, None, [picture, answer], api_visibility="private", trigger_mode="once", **MODEL_EVENTS
    )
    gr.on(
        [], numbers, None, gr.JSON(visible=False, label="Result"), api_name=f"{demo.id}_branching",
        **MODEL_EVENTS,
    )  # fmt: skip


def first() -> Speed:
    """What was measured ahead, on the machine that it names."""
    return Speed(**kept()["speed"])


def measured_here() -> Speed:
    house = runtime.current()

    def work(model: nn.Module) -> Speed:
        return branching.measured(model, house.device.name, SECONDS)

    return house.run(EMBEDDED, work)


@says_why
def remeasured() -> list[Any]:
    speed = measured_here()
    return [growth(speed), table(speed, here=True)]


@says_why
def numbers() -> dict[str, Any]:
    """The API: what this machine does in a second, how many ways there are to play n moves, and the time."""
    speed = measured_here()
    return {
        "speed": asdict(speed),
        # As fractions, for JSON knows no whole numbers beyond 64 bits.
        "nodes": {tree.name: [float(tree.nodes(n)) for n in range(depth(tree) + 1)] for tree in trees()},
        "exact": {tree.name: len(tree.counted) - 1 for tree in trees()},
        "seconds": {
            tree.name: [tree.nodes(n) / speed.positions for n in range(depth(tree) + 1)] for tree in trees()
        },
        "moves_in_a_lecture": {tree.name: deepest(tree, LECTURE * speed.positions) for tree in trees()},
    }


def table(speed: Speed, *, here: bool = False) -> str:
    """The sentence for a class and the table below it, as HTML."""
    _, chess, go = trees()
    visited = LECTURE * speed.positions
    where = "This machine" if here else "The machine that this was measured on"
    head = (
        f"<p>{where} ({escape(speed.machine)}) plays <b>{speed.positions / 1e6:.1f} million moves</b> a "
        f"second by the rules of Go on one core, and the network judges <b>{speed.evaluations:,.0f} "
        "positions</b> a second.</p>"
        f'<p class="say">In a lecture of 90 minutes it can look {deepest(chess, visited)} moves ahead in '
        f"chess and {deepest(go, visited)} in Go. One move more takes 35 times as long in chess and 250 "
        "times as long in Go, and a game of Go has some 200 moves.</p>"
    )
    columns = [(tree.name, tree, speed.positions) for tree in trees()]
    columns.append(("Go, each position judged by the network", go, speed.evaluations))
    names = "".join(f'<th scope="col">{name}</th>' for name, _, _ in columns)
    rows = "".join(
        f'<tr><th scope="row">{n}</th>'
        + "".join(f"<td>{cell(tree, n, rate)}</td>" for _, tree, rate in columns)
        + "</tr>"
        for n in ROWS
    )
    caption = "How long it takes to look at all positions so many moves ahead"
    note = "Chess and tic-tac-toe are taken to cost as much as Go for each position."
    return (
        f'{STYLE}<div class="depths">{head}'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}">'
        f"<table><caption>{caption}</caption><thead><tr>"
        f'<th scope="col">Moves ahead</th>{names}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<p class="note">{note}</p></div>'
    )


def cell(tree: Tree, moves: int, rate: float) -> str:
    return "the game is over" if moves > tree.longest else duration(tree.nodes(moves) / rate)
