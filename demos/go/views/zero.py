"""Learning from itself: how strong each generation became, and games of any two of them or against one."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np

from demos.go.opponent import from_vertex, vertex
from demos.go.rules import Position
from demos.go.views import zero_live
from demos.go.views.goban import Goban, clicked
from demos.go.views.zero_match import YOU, Match, after, named, player, recorded, shown, to_move, told
from demos.go.zero.duel import Thought, ended, replay, think
from demos.go.zero.models import ZERO, Generations, record
from demos.go.zero.play import asked
from gallery import runtime
from gallery.demo import Demo
from gallery.device import Tier
from gallery.events import says_why
from gallery.inputs import InputError, check_text
from gallery.permalink import Permalink
from gallery.widgets.chart import Chart, Figure, Kind, Mark

INTRODUCTION = """
AlphaGo learned from human games. Its successor **AlphaGo Zero** was shown none: it knew the rules, played
against itself, and learned from those games alone. The networks here did the same on a small board. The
first plays as its random numbers fall; each later one learned from games of the one before.
"""
HONESTY = """
**What is small here.** This run played {games:,} games on {size} x {size} points in {minutes:.0f} minutes,
on a share of one processor, with {simulations} visits for each move and {blocks} residual blocks of
{channels} channels. AlphaGo Zero played 4.9 million games on 19 x 19 in three days, with 1,600 visits for
each move and 20 blocks of 256 channels, and 64 GPUs did the learning alone ([Silver et al.
2017](https://doi.org/10.1038/nature24270)). Some things differ: komi varies a little between the games that
are learnt from, so that close ones are among them; a running mean of the weights plays; and a new generation
need not win a match first to be the one that goes on. Elo is measured in matches of {match} games against
other generations, so a rating is uncertain by 100 points or more; a player who lost every game would have
none, so each pair that met is given one drawn game more.
"""
PAUSE = 0.5  # seconds from one move to the next where nobody plays
FIRST_MOVES = 4  # that are drawn by their visits, so that games differ
LONGEST_TEXT = 1000  # characters of the endpoint's moves
MOST_VISITS = 256

# A game to look at takes half a minute, most of which is pauses: others need not wait for their models.
GAMES: dict[str, Any] = {"concurrency_id": "go_zero_games", "concurrency_limit": 8}

serials = itertools.count(1)
# By session, what runs now. Whoever finds something else there than itself ends.
current: dict[str, object] = {}


def view(demo: Demo, link: Permalink) -> None:
    known, match = record(), recorded()
    s = known.settings
    names = [(named(number), str(number)) for number in reversed(known.shipped)]
    gr.Markdown(INTRODUCTION)
    Chart(value=elo_curve(), elem_id=f"{demo.id}-zero-elo")
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            goban = Goban(value=shown(match), elem_id=f"{demo.id}-zero-board")
        with gr.Column(scale=2, min_width=280):
            state = gr.HTML(told(match), elem_id=f"{demo.id}-zero-state")
            black = gr.Dropdown([*names, ("You", YOU)], value=str(match.black), label="Black")
            white = gr.Dropdown([*names, ("You", YOU)], value=str(match.white), label="White")
            visits = gr.Slider(
                1, MOST_VISITS, s.simulations, step=1, label="Visits for each move",
                info="1 plays the network's first thought without looking ahead.",
            )  # fmt: skip
            with gr.Row():
                start = gr.Button("New game", variant="primary", min_width=110)
                stop = gr.Button("Stop", min_width=70)
                give_up = gr.Button("Pass", min_width=70)
            step = gr.Slider(
                0, len(match.moves), len(match.moves), step=1, label="Go back to move",
                elem_id=f"{demo.id}-zero-step",
            )  # fmt: skip
    gr.Markdown(
        HONESTY.format(
            games=known.rows[-1]["games"], size=s.size, minutes=known.rows[-1]["seconds"] / 60,
            simulations=s.simulations, blocks=s.blocks, channels=s.channels, match=s.match_games,
        )
    )  # fmt: skip
    zero_live.panel(demo)
    kept = gr.State(match)

    page = [kept, goban, state, step]
    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    start.click(begin, [black, white, visits], page, trigger_mode="multiple", **shared, **GAMES)
    goban.input(press, kept, page, **shared, **GAMES)
    give_up.click(pass_, kept, page, **shared, **GAMES)
    stop.click(press_stop, None, None, queue=False, **shared)
    step.input(back, [kept, step], goban, **shared)
    gr.on(
        [], move,
        [
            gr.Textbox(visible=False, label="Moves so far, such as D4 C3"),
            gr.Number(known.shipped[-1], visible=False, label="Generation"),
        ],
        gr.JSON(visible=False, label="Move"), api_name=f"{demo.id}_zero_move", **GAMES,
    )  # fmt: skip
    link.bind("zero_black", black)
    link.bind("zero_white", white)


# ---- events ---------------------------------------------------------------------------------------------


@says_why
def begin(black: str, white: str, visits: float, request: gr.Request) -> Iterator[list[Any]]:
    """A new game, as far as it gets without the visitor."""
    match = Match(player(black), player(white), (), whole_visits(visits), next(serials))
    yield from going_on(match, str(request.session_hash))


@says_why
def press(match: Match, event: gr.EventData, request: gr.Request) -> Iterator[list[Any]]:
    """A point that was clicked, or a key that passes."""
    click = clicked(event)
    if click.turn == match.turn and click.move is not None:  # else it was meant for an earlier position
        yield from going_on(after(match, click.move), str(request.session_hash))
    else:
        yield [gr.skip() for _ in range(4)]


@says_why
def pass_(match: Match, request: gr.Request) -> Iterator[list[Any]]:
    """The visitor's."""
    yield from going_on(after(match, record().settings.points), str(request.session_hash))


def press_stop(request: gr.Request) -> None:
    current.pop(str(request.session_hash), None)


def back(match: Match, number: float) -> dict[str, Any]:
    """The board after some moves of the game."""
    return shown(match, max(0, min(len(match.moves), int(number))))


def going_on(match: Match, session: str) -> Iterator[list[Any]]:
    """Updates of the page for as long as it is a network's turn and nobody stops it."""
    s, token = record().settings, object()
    random = np.random.default_rng([match.serial, len(match.moves)])
    current[session] = token
    try:
        yield page_of(match)
        while not ended(position := replay(match.moves, s), s):
            number = to_move(match)
            if number is None:
                return
            begun = time.monotonic()
            found = thought_of(number, position, random, match.visits, FIRST_MOVES)
            if None not in (match.black, match.white):
                time.sleep(max(0.0, PAUSE - (time.monotonic() - begun)))
            if current.get(session) is not token:
                return
            match = replace(match, moves=(*match.moves, found.move), thought=found)
            yield page_of(match)
    finally:
        if current.get(session) is token:
            del current[session]


def thought_of(
    generation: int, position: Position, random: np.random.Generator, visits: int, exploring: int = 0
) -> Thought:
    """What a generation that ships makes of a position, when its turn has come."""
    s = record().settings

    house = runtime.current()
    # One position at a time: the CPU answers sooner than a GPU would.
    with house.cache.lease(ZERO, tier=Tier.HOST) as model, house.gate.turn():
        assert isinstance(model, Generations)
        player = asked(model.of(generation))
        return think(player, position, s.komi, s, random, simulations=visits, exploring=exploring)


@says_why
def move(moves: str | None, generation: float | None) -> dict[str, Any]:
    """The API: what a generation plays after moves such as "D4 C3 pass"."""
    known = record()
    s = known.settings
    text = check_text(moves, limit=LONGEST_TEXT, name="The list of moves") if (moves or "").strip() else ""
    if generation not in known.shipped:
        raise InputError(f"There are the generations {', '.join(map(str, known.shipped))}.")
    try:
        played = [from_vertex(each, s.size) for each in text.split()]
    except ValueError as error:
        raise InputError(str(error)) from error
    position = replay(played, s)
    if ended(position, s):
        raise InputError("The game is over after these moves.")
    found = thought_of(int(generation), position, np.random.default_rng(0), s.simulations)
    order = np.argsort(-found.visits, kind="stable")[:5]
    return {
        "move": vertex(found.move, s.size),
        "win_rate": round(found.win_rate, 4),
        "visits": {vertex(int(i), s.size): int(found.visits[i]) for i in order if found.visits[i]},
        "size": s.size,
        "komi": s.komi,
    }


# ---- what the page shows --------------------------------------------------------------------------------


def page_of(match: Match) -> list[Any]:
    """Values of the state, the board, the line beside it and the slider."""
    played = len(match.moves)
    return [match, shown(match), told(match), gr.update(maximum=max(1, played), value=played)]


def whole_visits(visits: float) -> int:
    """Raises InputError for a number that is not on the slider."""
    if not 1 <= visits <= MOST_VISITS:
        raise InputError(f"There are 1 to {MOST_VISITS} visits for each move.")
    return int(visits)


def elo_curve() -> Figure:
    known = record()
    top = max(row["elo"] for row in known.rows)
    step = 500
    marks = tuple(
        Mark(
            x=row["generation"],
            y=row["elo"],
            label=str(row["generation"]),
            kind="here" if row["generation"] in known.shipped else "gone",
            details=(
                f"Elo {row['elo']}",
                f"{row['games']:,} games of self-play before it, {row['seconds'] / 60:.0f} minutes",
            ),
            prominent=row["generation"] in (known.shipped[0], known.shipped[-1]),
        )
        for row in known.rows
    )
    return Figure(
        title="Elo by generation: the untrained network has 0",
        y_title="Elo",
        marks=marks,
        kinds=(
            Kind("here", "plays on this page", "star"),
            Kind("gone", "another generation", "circle"),
        ),
        x_range=(-0.5, len(known.rows) - 0.5),
        y_range=(min(0, *(row["elo"] for row in known.rows)) // 100 * 100, (top // step + 1) * step),
    )
