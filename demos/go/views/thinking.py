"""The network and the search at work for a page: streamed, stopped, and never drawn over a newer position."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from demos.go import suggest
from demos.go.views.table import PLAY, READ, SHOWN, Course, Game, Table, Thoughts
from demos.go.views.win_rate import balance
from gallery import runtime
from gallery.events import MODEL_EVENTS, says_why
from gallery.hosting import zero_gpu

# Reading may take long: it waits in a queue of its own, so that four who read do not keep everybody's models
# waiting. The gate shares out the machine batch by batch. Where a GPU is lent, the models' queue gets it.
READINGS: dict[str, Any] = (
    {**MODEL_EVENTS} if zero_gpu() else {"concurrency_id": "go_readings", "concurrency_limit": 4}
)


@dataclass
class Run:
    """One piece of thinking for one page. Others write to it while it works."""

    shows: Sequence[str] = ()
    stopped: bool = False  # the page still wants what was found
    left: bool = False  # the page shows something else: nothing more may be drawn

    def may_draw(self) -> bool:
        return not self.left


runs: dict[str, Run] = {}  # by session


def begin(session: str, shows: Sequence[str]) -> Run:
    """A new run; the one before it, if any, ends in silence."""
    leave(session)
    runs[session] = Run(shows)
    return runs[session]


def leave(session: str) -> None:
    """The page asks something else."""
    if run := runs.pop(session, None):
        run.stopped = run.left = True


def leave_all(session: str) -> None:
    """The page shows something else, so that its graph is out of date, too."""
    leave(session)
    leave(graph_of(session))


def graph_of(session: str) -> str:
    """The name under which a page's graph is made, which may go on beside its other thinking."""
    return f"{session} graph"


def end(session: str, run: Run) -> None:
    if runs.get(session) is run:
        del runs[session]


def press_stop(request: gr.Request) -> Any:
    session = str(request.session_hash)
    for run in (runs.get(session), runs.get(graph_of(session))):
        if run:
            run.stopped = True
    return gr.update(interactive=False)


@says_why
def think(
    place: str,
    game: Game,
    thoughts: Thoughts,
    course: Course,
    look: str,
    shows: list[str],
    mode: str,
    dead: list[int] | None,
    visits: float,
    request: gr.Request,
) -> Iterator[list[Any]]:
    """What the page does by itself: it feels every position, and reads it where that view is open."""
    table = Table(game, thoughts, course, look, shows, mode, dead)
    yield from thinking(place, table, int(visits), request, again=False)


@says_why
def think_again(
    place: str,
    game: Game,
    thoughts: Thoughts,
    course: Course,
    shows: list[str],
    dead: list[int] | None,
    visits: float,
    request: gr.Request,
) -> Iterator[list[Any]]:
    """The position is read once more, whatever was read before."""
    table = Table(game, thoughts, course, READ, shows, dead=dead)
    yield from thinking(place, table, int(visits), request, again=True)


def thinking(
    place: str, table: Table, visits: int, request: gr.Request, *, again: bool
) -> Iterator[list[Any]]:
    """Updates of board, opinions, win rate, thoughts, course and Stop."""
    session, house = str(request.session_hash), runtime.current()
    game, position = table.game, table.position
    yield [gr.skip() for _ in range(6)]  # Gradio empties the outputs of a generator that yields nothing
    if place != game.link:  # a newer position is on its way
        return
    run = begin(session, known(table.shows))
    try:
        table = replace(table, thoughts=table.thoughts.about(place), course=table.course.along(game.line))
        felt = table.thoughts.felt or suggest.feel(position, game.record.komi, house)
        table = replace(table, thoughts=replace(table.thoughts, felt=felt))
        table = replace(table, course=table.course.with_rate(game.number, felt.win_rate))
        read = table.thoughts.read
        # What another run cut off, as when a link arrives while somebody presses, is read anew.
        wanted = again or (table.look == READ and not (read and read.finished))
        reads = wanted and table.mode == PLAY and not position.over
        if not run.may_draw():
            return
        first = drawn(replace(table, shows=run.shows), reads)
        if graph_of(session) in runs:  # which has more to tell about the course
            first[2], first[4] = balance(felt.win_rate), gr.skip()
        yield first
        if not reads:
            return
        visits = max(suggest.VISITS[0], min(visits, suggest.VISITS[1]))
        with closing(
            suggest.read(position, game.record.komi, house, visits, stopped=lambda: run.stopped)
        ) as work:
            for opinion in work:
                if not run.may_draw():
                    return
                table = replace(
                    table, thoughts=replace(table.thoughts, read=opinion), shows=run.shows, look=READ
                )
                found = drawn(table, not opinion.finished)
                found[2], found[4] = balance(opinion.win_rate), gr.skip()
                yield found
    finally:
        end(session, run)


def drawn(table: Table, busy: bool) -> list[Any]:
    """Updates of board, opinions, win rate, thoughts, course and Stop."""
    return [
        table.board(),
        table.opinions(),
        table.win_rate(),
        table.thoughts,
        table.course,
        gr.update(interactive=busy),
    ]


@says_why
def whole_game(
    game: Game,
    thoughts: Thoughts,
    course: Course,
    look: str,
    request: gr.Request,
) -> Iterator[list[Any]]:
    """The win rate after every move of the line that is on the board: win rate, course, and Stop."""
    yield [gr.skip() for _ in range(3)]
    session = graph_of(str(request.session_hash))
    run = begin(session, ())
    positions = list(game.record.positions(game.line))
    table = Table(game, thoughts.about(game.link), course.along(game.line), look)
    rates = table.course.rates
    try:
        with closing(
            suggest.whole_game(positions, game.record.komi, runtime.current(), stopped=lambda: run.stopped)
        ) as work:
            for found in work:
                if not run.may_draw():
                    return
                course = Course(game.line, {**rates, **dict(enumerate(found))})
                busy = len(found) < len(positions) and not run.stopped
                yield [replace(table, course=course).win_rate(), course, gr.update(interactive=busy)]
    finally:
        end(session, run)


def known(shows: Sequence[str]) -> list[str]:
    return [name for name in SHOWN if name in shows]
