"""What the page of a game shows: its board, and in words whose turn it is and what the machine thinks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from demos.go import match as rules
from demos.go.board import WHITE
from demos.go.match import Match
from demos.go.opponent import vertex
from demos.go.players import LEVELS
from demos.go.rules import NAMES
from demos.go.search import Report
from demos.go.views.goban import board

FOLDER = Path(__file__).parent
STRENGTH = FOLDER.parent / "strength.json"  # {level: {opponent, wins, games}}, as measured
STYLE = (FOLDER / "match_page.css").read_text(encoding="utf-8")
CONSIDERED = 3  # moves that are shown while the machine reads
OUTPUTS = 9  # values of `page`
GIVEN = """
This is AlphaGo's second game against Lee Sedol, after 36 moves, and AlphaGo's stones are yours. Where would
you play? Or choose below, and begin a game of your own.
"""
ON_SMALL = "The network learnt from games on 19 x 19 lines and never saw a smaller board."


def unchanged(count: int = OUTPUTS) -> list[Any]:
    """Made anew each time: Gradio takes its mark out of an update that it has sent."""
    return [gr.skip() for _ in range(count)]


def page(
    match: Match,
    *,
    note: str = "",
    busy: bool = False,
    report: Report | None = None,
    hints: Sequence[tuple[int, float]] = (),
) -> list[Any]:
    """The match, its board, its words; the buttons to count, pass, take back, get a hint, stop and resign."""
    playing = not busy and not match.result
    moving = playing and not match.counting
    shown = [match, drawn(match, note=note, busy=busy, report=report, hints=hints), told(match, busy, report)]
    if report is not None:
        # The buttons change at both ends only, so that no late update undoes a press of Stop.
        return [gr.skip(), *shown[1:], *unchanged(OUTPUTS - len(shown))]
    return [
        *shown,
        gr.update(visible=match.counting and match.dead is not None),
        gr.update(interactive=moving),  # never one update twice, see `unchanged`
        gr.update(interactive=playing),
        gr.update(interactive=moving),
        gr.update(interactive=busy and bool(match.level.visits)),
        gr.update(interactive=playing),
    ]


def drawn(
    match: Match,
    *,
    note: str = "",
    busy: bool = False,
    report: Report | None = None,
    hints: Sequence[tuple[int, float]] = (),
) -> dict[str, Any]:
    """The board with hints, with what the machine considers while it reads, or with everybody's points."""
    found: list[tuple[int, float, int | None]] = [(move, share, None) for move, share in hints]
    if report is not None:
        visits, total = report.visits, max(1, int(report.visits.sum()))
        found = [(move, visits[move] / total, int(visits[move])) for move in report.top(CONSIDERED)]
    ownership = None
    if match.dead is not None:
        ownership = np.array([0.0, 1.0, -1.0])[rules.counted(match).owner]
    return board(
        match.position,
        turn=match.turn,
        clicks="none" if busy else "any" if match.counting else "empty",
        ownership=ownership,
        candidates=[{"move": move, "share": float(share), "visits": visits} for move, share, visits in found],
        dead=match.dead or (),
        note=note,
    )


def told(match: Match, busy: bool = False, report: Report | None = None) -> str:
    """A heading beside a stone, a line below it, and a bar of how far the machine has read."""
    share = 0.0
    if report is not None:
        share = min(1.0, report.visits_total / match.level.visits)
    colour, title, line = words(match, busy, report)
    return (
        f'<div class="match"><p class="turn"><i class="{colour.lower()}"></i>{escape(title)}</p>'
        f'<p class="said">{escape(line)}</p>'
        f'<div class="line{" on" * busy}" role="progressbar" aria-label="Thinking" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{100 * share:.0f}"><b style="width:{share:.0%}"></b></div></div>'
    )


def words(match: Match, busy: bool = False, report: Report | None = None) -> tuple[str, str, str]:
    """Whose stone to show; whose turn it is, or how it ended; what the machine did, or thinks."""
    if match.result:
        won = match.result.startswith("W" if match.person == WHITE else "B")
        end = "" if match.result == "0" else "You win." if won else "The machine wins."
        return winner(match.result), rules.sentence(match.result), end
    if match.counting and match.dead is not None:
        found = rules.counted(match)
        return winner(found.result), f"As it stands: {rules.sentence(found.result)}", (
            f"Both have passed. Black has {found.black} points, White {found.white} and {found.komi:g} komi. "
            "Crossed-out stones count as dead: click a chain to change that, or take back to play on."
        )  # fmt: skip
    machine = NAMES[match.machine]
    if match.counting:
        return machine, "Counting …", ""
    if not match.waiting:
        return NAMES[match.person], f"Your turn: you are {NAMES[match.person]}.", answered(match)
    line = ""
    if report is not None:
        considered = ", ".join(
            f"{vertex(move, match.settings.size)} ({report.visits[move]})" for move in report.top(CONSIDERED)
        )
        line = f"{report.visits_total} of {match.level.visits} visits: {considered}"
    return machine, f"{machine} is thinking …" if busy else f"{machine} is to move.", line


def winner(result: str) -> str:
    return "White" if result.startswith("W") else "Black"


def answered(match: Match) -> str:
    """What the machine did last, or how to begin."""
    if len(match.moves) == match.given:
        return GIVEN.strip() if match.given else f"Click a point to play. Your opponent: {match.level.title}."
    if match.win_rate is None:
        return ""
    move = match.moves[-1]
    did = f"{NAMES[match.machine]} played {vertex(move, match.settings.size)}."
    if move == match.position.points:
        did = f"{NAMES[match.machine]} passed: if you pass too, the stones are counted."
    return f"{did} It gives itself {match.win_rate:.0%} to win."


@cache
def measured() -> dict[str, Any]:
    """What was measured of each level, if anything was."""
    if not STRENGTH.exists():
        return {}
    found: dict[str, Any] = json.loads(STRENGTH.read_text(encoding="utf-8"))
    return found


def described(level: str) -> str:
    """A level in a sentence, with what was measured of it."""
    known = LEVELS[level]
    found = measured().get(level)
    if not found:
        return known.sentence
    return f"{known.sentence} It won {found['wins']} of {found['games']} games against {found['opponent']}."
