"""AlphaGo's games: famous records to step through, with what the gallery's network thinks of each move."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import gradio as gr

from demos.go.board import BLACK, WHITE
from demos.go.famous import FAMOUS
from demos.go.famous_opinions import Verdict, commentaries, shipped
from demos.go.match import sentence
from demos.go.opponent import vertex
from demos.go.rules import NAMES, Position
from demos.go.views.drawing import drawn_by
from demos.go.views.goban import Goban, board
from gallery.demo import Demo
from gallery.events import says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink

FIRST = "lee-2"
LEAST = 1e-5  # a probability below this is only said to be smaller
HTML = """
<div class="story">
  <p class="move"><i></i><span></span></p>
  <p class="verdict" role="status"></p>
  <ol class="list" aria-label="The network's moves"></ol>
  <h4>Who will win? <span>Black's win rate after each move: click to go there</span></h4>
  <svg class="curve" role="img"></svg>
</div>
"""
INTRODUCTION = """
Each move of the game, and what **the gallery's own network** would have played there: it looked at the board
before the move, once, without reading ahead. Step with the buttons, the slider or the arrow keys.
"""
# The slider moves in the browser, and the page follows it. `last` has the number of moves by game.
STEPS = {
    "first": ("First", "() => 0"),
    "back": ("Back", "(at) => Math.max(0, at - 1)"),
    "forward": ("Forward", "(at, key) => Math.min(last[key], at + 1)"),
    "last": ("Last", "(at, key) => last[key]"),
}


class Story(gr.HTML):
    """What `story` returns, drawn. `select` fires with the `number` of moves where the curve was clicked."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(value=value, html_template=HTML, **drawn_by("records"), **keywords)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def opening() -> dict[str, Any]:
    """What is shown first, for the file of famous_opinions.py."""
    moment = FAMOUS[FIRST].moment
    return {"board": drawn(FIRST, moment, True), "story": story(FIRST, moment)}


@cache
def moves_of(key: str) -> tuple[int, ...]:
    record = FAMOUS[key].record
    return tuple(move for move in record.moves(record.end()) if move is not None)


@cache
def positions_of(key: str) -> tuple[Position, ...]:
    record = FAMOUS[key].record
    return tuple(record.positions(record.end()))


def view(demo: Demo, link: Permalink) -> None:
    last = {key: len(commentary.verdicts) for key, commentary in commentaries().items()}
    first, moment = shipped()["first"]["records"], FAMOUS[FIRST].moment
    gr.Markdown(INTRODUCTION)
    game = gr.Radio(
        [(famous.title, key) for key, famous in FAMOUS.items()], value=FIRST, show_label=False,
        label="Game", elem_id=f"{demo.id}-records-game",
    )  # fmt: skip
    with gr.Row():
        with gr.Column(scale=3, min_width=300):
            goban = Goban(value=first["board"], interactive=False, elem_id=f"{demo.id}-records-board")
            with gr.Row():
                buttons = [
                    gr.Button(
                        title, size="sm", min_width=70, elem_classes=f"go-record-{name}",
                        elem_id=f"{demo.id}-records-{name}",
                    )
                    for name, (title, _) in STEPS.items()
                ]  # fmt: skip
            at = gr.Slider(0, max(last.values()), moment, step=1, label="Move")
        with gr.Column(scale=2, min_width=290):
            about = gr.Markdown(FAMOUS[FIRST].sentence)
            jump = gr.Button(f"Go to move {moment}", size="sm")
            side = Story(value=first["story"], elem_id=f"{demo.id}-records-story")
            marks = gr.Checkbox(
                True, label="Show the network's moves on the board",
                info="Take the mark away, and guess before you step on.",
            )  # fmt: skip

    quick: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    for button, (_, step) in zip(buttons, STEPS.values(), strict=True):
        script = f"(...asked) => {{ const last = {json.dumps(last)}; return ({step})(...asked); }}"
        button.click(None, [at, game], at, js=script, trigger_mode="multiple", api_visibility="private")
    gr.on(
        [game.change, at.change, marks.change], shown, [game, at, marks], [goban, side],
        trigger_mode="always_last", **quick,
    )  # fmt: skip
    game.change(introduced, game, [about, jump, at], **quick)
    game.input(moment_of, game, at, **quick)
    jump.click(moment_of, game, at, **quick)
    side.select(pointed_at, None, at, **quick)
    link.bind("record", game)
    link.bind("move", at)
    at.maximum = last[FIRST]  # only now, for a link may lead to a move of the longest game


@says_why
def shown(key: str, at: float, marks: bool) -> list[Any]:
    """The board after `at` moves, and what the network thinks of the last of them."""
    number = within(key, at)
    return [drawn(key, number, marks), story(key, number)]


@says_why
def introduced(key: str) -> list[Any]:
    famous = FAMOUS[key]
    title = f"Go to move {famous.moment}"
    return [famous.sentence, title, gr.update(maximum=len(moves_of(key)))]


def moment_of(key: str) -> int:
    return FAMOUS[key].moment


def pointed_at(event: gr.EventData) -> Any:
    """The number of moves that a click on the curve means; nothing for a forged one."""
    number = getattr(event, "number", None)
    return number if isinstance(number, int) and not isinstance(number, bool) else gr.skip()


def within(key: str, at: float) -> int:
    """A number of moves that the game has. Raises InputError for games that there are not."""
    if key not in FAMOUS:
        raise InputError("There is no such game here.")
    return int(min(max(0, at or 0), len(moves_of(key))))


def drawn(key: str, number: int, marks: bool) -> dict[str, Any]:
    """The board after so many moves, with what the network would have played instead of the last."""
    position, candidates = positions_of(key)[number], list[dict[str, Any]]()
    numbers = {}
    if number:
        move = moves_of(key)[number - 1]
        numbers = {move: number}
        if marks:
            # The move that was played keeps its stone: as a pass it is not drawn, but it counts.
            candidates = [
                {"move": position.points if one == move else one, "share": share, "visits": None}
                for one, share in commentaries()[key].verdicts[number - 1].best
            ]
    return board(position, turn=f"{key}.{number}", clicks="none", numbers=numbers, candidates=candidates)


def story(key: str, number: int) -> dict[str, Any]:
    """The last move with what the network thinks of it, and the curve of the game."""
    commentary, position = commentaries()[key], positions_of(key)[number]
    value: dict[str, Any] = {
        "colour": "black",
        "title": "The start",
        "verdict": f"{players(key)}.",
        "rows": [],
        "curve": commentary.curve,
        "at": number,
        "moment": FAMOUS[key].moment,
    }
    if not number:
        return value
    colour, move = BLACK + WHITE - position.to_play, moves_of(key)[number - 1]
    verdict, name = commentary.verdicts[number - 1], vertex(move, position.size)
    value |= {
        "colour": NAMES[colour].lower(),
        "title": f"Move {number}: {NAMES[colour]} {name}",
        "verdict": said(verdict, int(positions_of(key)[number - 1].legal().sum())),
        "rows": rows(verdict, move, position.size),
    }
    if number == len(moves_of(key)) and FAMOUS[key].record.result:
        value["verdict"] += f" {sentence(FAMOUS[key].record.result)}"
    return value


def players(key: str) -> str:
    black, white = FAMOUS[key].record.players
    return f"Black: {black}. White: {white}"


def said(verdict: Verdict, allowed: int) -> str:
    """What the network thinks of the move that was played, one of so many that were allowed."""
    if verdict.rank == 1:
        return f"Our network's first choice, too: it gave this move {percent(verdict.share)}."
    return f"Our network gave this move {percent(verdict.share)}: rank {verdict.rank} of {allowed} moves."


def rows(verdict: Verdict, played: int, size: int) -> list[dict[str, Any]]:
    """The network's best moves, and the one that was played where it is none of them."""
    listed = [(rank, move, share) for rank, (move, share) in enumerate(verdict.best, start=1)]
    if played not in [move for _, move, _ in listed]:
        listed.append((verdict.rank, played, verdict.share))
    return [
        {
            "rank": rank,
            "name": vertex(move, size),
            "share": share,
            "text": percent(share),
            "played": move == played,
        }
        for rank, move, share in listed
    ]


def percent(share: float) -> str:
    """With two digits that mean something: "23 %", "4.5 %", "0.031 %"."""
    if share < LEAST:
        return f"< {100 * LEAST:g} %"
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.2g} %"
