"""Everything that changes the game on the page. Quick, and without the network: that follows by itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from demos.go.board import BLACK, EMPTY, WHITE
from demos.go.link import from_link
from demos.go.record import Record, new, opened
from demos.go.scoring import toggled
from demos.go.views.goban import clicked
from demos.go.views.steps import steps
from demos.go.views.table import (
    BLACK_STONE,
    COUNT,
    ERASE,
    FEEL,
    PLAY,
    READ,
    WHITE_STONE,
    Course,
    Game,
    Table,
    Thoughts,
    begun,
)
from demos.go.views.thinking import leave, leave_all, runs
from gallery.events import says_why
from gallery.inputs import InputError

LOOKS = {"f": FEEL, "r": READ}
STONES = {BLACK_STONE: BLACK, WHITE_STONE: WHITE, ERASE: EMPTY}
GIVEN = 8  # places that a page remembers to have shown: their links come back late
LEAST_KOMI = 0.5  # White's with handicap stones: it only breaks ties


def changed(table: Table, game: Game, session: str, note: str = "") -> list[Any]:
    """Updates of game, place, board, steps, dead and comment. Whatever thinks about the old place ends."""
    leave_all(session)
    place = game.link
    game = replace(game, given=(*game.given, place)[-GIVEN:])
    now = Table(
        game, table.thoughts.about(place), table.course.along(game.line), table.look, table.shows, table.mode
    )
    comment = game.record.comment(game.path)
    return [game, place, now.board(note), walked(game), None, gr.update(value=comment, visible=bool(comment))]


def walked(game: Game) -> dict[str, Any]:
    return steps(game.number, len(game.line))


def unchanged(table: Table, sentence: str) -> list[Any]:
    """The same with a sentence below the board."""
    return [gr.skip(), gr.skip(), table.board(sentence), *[gr.skip() for _ in range(3)]]


def skipped() -> list[Any]:
    return [gr.skip() for _ in range(6)]


@says_why
def click(
    game: Game,
    thoughts: Thoughts,
    course: Course,
    look: str,
    shows: list[str],
    mode: str,
    dead: list[int] | None,
    event: gr.EventData,
    request: gr.Request,
) -> list[Any]:
    """A point or a key of the board. Also updates the view."""
    table = Table(game, thoughts.about(game.link), course, look, shows, mode, dead)
    session, found = str(request.session_hash), clicked(event)
    if found.turn != str(game.serial):  # meant for a board that is no longer there, as a second click is
        return [*skipped(), gr.skip()]
    if found.key in LOOKS:
        return [*skipped(), LOOKS[found.key]]
    try:
        if mode == COUNT:
            return [*counted(table, found.move), gr.skip()]
        if mode in STONES:
            colour = STONES[mode]
            there = None if found.move is None else stone_at(table, found.move)
            record, path = game.record.set_up(game.path, found.move, EMPTY if there == colour else colour)
        else:
            record, path = game.record.play(game.path, found.move)
    except InputError as error:
        return [*unchanged(table, str(error)), gr.skip()]
    return [*changed(table, game.after(record, path), session), gr.skip()]


def counted(table: Table, move: int | None) -> list[Any]:
    """Another chain is dead, or is not: nothing but the board and the dead change."""
    if move is None or not 0 <= move < table.position.points:
        raise InputError("There is no such point on this board.")
    dead = toggled(table.position, table.dead_now, move)
    now = Table(table.game, table.thoughts, table.course, table.look, table.shows, table.mode, dead)
    return [gr.skip(), gr.skip(), now.board(), gr.skip(), dead, gr.skip()]


def stone_at(table: Table, move: int) -> int:
    stones = table.position.stones.reshape(-1)
    return int(stones[move]) if 0 <= move < len(stones) else EMPTY


@says_why
def choose(
    game: Game, thoughts: Thoughts, course: Course, look: str, shows: list[str],
    event: gr.EventData, request: gr.Request,
) -> list[Any]:  # fmt: skip
    """A move of the list is played."""
    table = Table(game, thoughts.about(game.link), course, look, shows)
    try:
        record, path = game.record.play(game.path, getattr(event, "move", None))
    except InputError as error:
        return unchanged(table, str(error))
    return changed(table, game.after(record, path), str(request.session_hash))


@says_why
def pass_move(
    game: Game, thoughts: Thoughts, course: Course, look: str, shows: list[str], mode: str,
    request: gr.Request,
) -> list[Any]:  # fmt: skip
    table = Table(game, thoughts.about(game.link), course, look, shows, mode)
    try:
        record, path = game.record.play(game.path, game.position.points)
    except InputError as error:
        return unchanged(table, str(error))
    return changed(table, game.after(record, path), str(request.session_hash))


@says_why
def go_to(
    game: Game, thoughts: Thoughts, course: Course, look: str, shows: list[str], mode: str,
    event: gr.EventData, request: gr.Request,
) -> list[Any]:  # fmt: skip
    """Another place of the same line; out of bounds is its nearer end."""
    number = getattr(event, "number", None)
    there = game.at(number) if isinstance(number, int) else game
    if there.number == game.number:
        return [*skipped()[:3], walked(game), gr.skip(), gr.skip()]
    table = Table(game, thoughts, course, look, shows, mode)
    return changed(table, there, str(request.session_hash))


@says_why
def other_turn(
    game: Game, thoughts: Thoughts, course: Course, look: str, shows: list[str], mode: str,
    request: gr.Request,
) -> list[Any]:  # fmt: skip
    """The other colour is to play."""
    other = BLACK + WHITE - game.position.to_play
    record, path = game.record.with_turn(game.path, other)
    table = Table(game, thoughts, course, look, shows, mode)
    return changed(table, game.after(record, path), str(request.session_hash))


@says_why
def other_komi(
    komi: float | None, game: Game, thoughts: Thoughts, course: Course, look: str, shows: list[str],
    mode: str, request: gr.Request,
) -> list[Any]:  # fmt: skip
    """The same game with another komi. Win rates of before are forgotten."""
    if komi is None:
        raise InputError("Komi is a number, such as 6.5.")
    if komi == game.record.komi:
        return skipped()
    record = game.record.with_komi(komi)
    table = Table(game, thoughts, Course(), look, shows, mode)
    return changed(table, game.after(record, game.path), str(request.session_hash))


@says_why
def new_board(
    size: float, handicap: float, komi: float | None, game: Game, look: str, shows: list[str],
    request: gr.Request,
) -> list[Any]:  # fmt: skip
    """An empty board, or one with handicap stones. Also updates the course and how the board is clicked."""
    if komi is None:
        raise InputError("Komi is a number, such as 6.5.")
    record = new(int(size), komi, int(handicap))
    table = Table(game, look=look, shows=shows)
    updates = changed(table, begun(record, before=game), str(request.session_hash))
    return [*updates, Course(), PLAY]


@says_why
def open_record(
    source: str | bytes | None, game: Game, look: str, shows: list[str], request: gr.Request
) -> list[Any]:
    """A record from a file's path or from text. Also updates course, mode, komi and a sentence."""
    record = opened(source)
    table = Table(game, look=look, shows=shows)
    now = begun(record, before=game)
    updates = changed(table, now, str(request.session_hash))
    return [*updates, Course(), PLAY, record.komi, gr.update(value=told(record), visible=True)]


@says_why
def open_file(file: str | None, game: Game, look: str, shows: list[str], request: gr.Request) -> list[Any]:
    if file is None:
        return [gr.skip() for _ in range(10)]
    path = Path(file)
    if path.stat().st_size > 1_000_000:
        raise InputError("This record has more than 1 MB: take the variations out and try again.")
    return list(open_record(path.read_bytes(), game, look, shows, request))


def told(record: Record) -> str:
    """Who played, how it ended, and what is wrong with the record."""
    black, white = record.players
    named = f"{black or 'Black'} against {white or 'White'}" if black or white else "A game"
    facts = [
        f"{record.size} x {record.size}",
        f"{len(record.end())} move{'s' * (len(record.end()) != 1)}",
        f"komi {record.komi:g}",
    ]
    if record.handicap:
        facts.append(f"{record.handicap} handicap stones")
    if record.result:
        facts.append(record.result)
    return f"{named}: {', '.join(facts)}. {record.warning}"


@says_why
def arrive(
    place: str, game: Game, thoughts: Thoughts, course: Course, look: str, shows: list[str],
    request: gr.Request,
) -> list[Any]:  # fmt: skip
    """A link may have set the place: then the game follows it. Also updates how the board is clicked."""
    if place == game.link or place in game.given:
        return [gr.skip() for _ in range(8)]
    table = Table(game, thoughts, course, look, shows)
    try:
        record, path = from_link(place)
    except InputError as error:
        gr.Warning(str(error), title="Part of the link was left out")
        return [gr.skip(), game.link, *[gr.skip() for _ in range(6)]]
    now = begun(record, path, game)
    return [*changed(table, now, str(request.session_hash)), Course(), PLAY]


@says_why
def other_mode(
    game: Game,
    thoughts: Thoughts,
    course: Course,
    look: str,
    shows: list[str],
    mode: str,
    request: gr.Request,
) -> list[Any]:
    """Clicks mean something else from now on: board, Stop, and no stones that were marked dead."""
    leave(str(request.session_hash))
    table = Table(game, thoughts.about(game.link), course, look, shows, mode)
    return [table.board(), gr.update(interactive=False), None]


@says_why
def redraw(
    game: Game,
    thoughts: Thoughts,
    course: Course,
    look: str,
    shows: list[str],
    mode: str,
    dead: list[int] | None,
    request: gr.Request,
) -> list[Any]:
    """Another way to show the same: board, opinions and win rate."""
    if run := runs.get(str(request.session_hash)):
        run.shows = shows
    table = Table(game, thoughts.about(game.link), course, look, shows, mode, dead)
    return [table.board(), table.opinions(), table.win_rate()]
