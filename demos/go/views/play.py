"""Play: a game against the network, at the level that one chooses."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any, cast

import gradio as gr

from demos.go import match as rules
from demos.go.famous import FAMOUS
from demos.go.famous_opinions import shipped
from demos.go.match import HANDICAPS, KOMI, SIZES, Colour, Match, Settings
from demos.go.opponent import vertex
from demos.go.players import LEVELS
from demos.go.rules import NAMES, IllegalMove
from demos.go.views.goban import Goban, clicked
from demos.go.views.match_page import ON_SMALL, STYLE, described, drawn, page, told, unchanged
from demos.go.views.thinking import READINGS, begin, end, runs
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink

DEFAULTS = Settings()
FIRST_GAME, FIRST_MOVES = "lee-2", 36  # what was played before AlphaGo's most famous move
WITH_HANDICAP = 0.5  # komi that is usual then
HIGHEST_KOMI = 100
COLOURS = [("Black", "black"), ("White", "white"), ("Random", "random")]
SEEDS = 2**31
SAVE = """(text) => {
  const address = URL.createObjectURL(new Blob([text], {type: 'application/x-go-sgf'}));
  Object.assign(document.createElement('a'), {download: 'game.sgf', href: address}).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}"""


def opening() -> dict[str, Any]:
    """What is shown first, for the file of famous_opinions.py."""
    record = FAMOUS[FIRST_GAME].record
    moves = [cast(int, move) for move in record.moves(record.end())[:FIRST_MOVES]]
    match = first(moves)
    return {"moves": moves, "board": drawn(match), "told": told(match)}


def first(moves: Sequence[int]) -> Match:
    """The game that the page opens with."""
    return Match(DEFAULTS, moves=tuple(moves), given=len(moves))


def view(demo: Demo, link: Permalink) -> None:
    ahead = shipped()["first"]["play"]
    game = gr.State(first(ahead["moves"]))
    with gr.Row():
        with gr.Column(scale=3, min_width=300):
            goban = Goban(value=ahead["board"], elem_id=f"{demo.id}-play-board")
        with gr.Column(scale=2, min_width=290):
            state = gr.HTML(
                ahead["told"], elem_id=f"{demo.id}-play-state", css_template=STYLE, apply_default_css=False
            )
            finish = gr.Button("Count like this", variant="primary", visible=False)
            with gr.Row():
                pass_ = gr.Button("Pass", size="sm", min_width=84)
                back = gr.Button("Take back", size="sm", min_width=84)
                hint = gr.Button("Hint", size="sm", min_width=84)
            with gr.Row():
                stop = gr.Button("Stop thinking", size="sm", min_width=84, interactive=False)
                resign = gr.Button("Resign", size="sm", min_width=84)
                save = gr.Button("Save SGF", size="sm", min_width=84)
            with gr.Group():
                level = gr.Dropdown(
                    [(level.title, key) for key, level in LEVELS.items()], value=DEFAULTS.level,
                    label="Your opponent", info=described(DEFAULTS.level), elem_id=f"{demo.id}-play-level",
                )  # fmt: skip
                colour = gr.Radio(COLOURS, value=DEFAULTS.colour, label="Your colour")
                size = gr.Radio(
                    [(f"{size} x {size}", size) for size in SIZES], value=DEFAULTS.size, label="Board",
                    info=ON_SMALL,
                )  # fmt: skip
                with gr.Row():
                    handicap = gr.Dropdown(
                        [("none", 0), *((f"{stones} stones", stones) for stones in HANDICAPS[1:])],
                        value=DEFAULTS.handicap, label="Handicap for Black", min_width=130,
                    )  # fmt: skip
                    komi = gr.Number(
                        KOMI, label="Komi for White", minimum=-HIGHEST_KOMI, maximum=HIGHEST_KOMI, step=0.5,
                        min_width=130,
                    )  # fmt: skip
            new = gr.Button("New game", variant="primary")
    text = gr.Textbox(visible="hidden", label="Record")

    settings: list[Any] = [level, size, colour, handicap, komi]
    outputs = [game, goban, state, finish, pass_, back, hint, stop, resign]
    quick: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    goban.input(played, game, outputs, **quick, **READINGS)
    pass_.click(passed, game, outputs, **quick, **READINGS)
    new.click(begun, settings, outputs, **quick, **READINGS)
    # Until the person has moved the board follows the settings; later they are for the next game.
    # A link changes several at once, and who of them is served last is chance: so it is looked at once more.
    agree: dict[str, Any] = {"fn": agreed, "inputs": [game, *settings], "outputs": outputs}
    agree |= {**quick, **READINGS}
    gr.on([field.change for field in settings], trigger_mode="always_last", **agree).then(**agree)
    hint.click(hinted, game, outputs, **quick, **MODEL_EVENTS)
    for button, step in ((back, rules.take_back), (resign, rules.resign), (finish, rules.finish)):
        button.click(stepping(step), game, outputs, **quick)
    handicap.input(lambda stones: WITH_HANDICAP if stones else KOMI, handicap, komi, **quick)
    level.change(lambda key: gr.update(info=described(key)), level, level, **quick)
    stop.click(press_stop, None, stop, queue=False, **quick)
    save.click(saved, game, text, **quick).then(None, text, None, js=SAVE, api_visibility="private")
    gr.on(
        [], numbers,
        [
            gr.Textbox("Q16 D4", visible=False, label="Moves"),
            gr.Dropdown(list(LEVELS), value=DEFAULTS.level, visible=False, label="Level"),
            gr.Number(DEFAULTS.size, visible=False, label="Size"),
            gr.Number(KOMI, visible=False, label="Komi"),
        ],
        gr.JSON(visible=False, label="Answer"), api_name=f"{demo.id}_play", **MODEL_EVENTS,
    )  # fmt: skip
    for name, field in zip(("level", "size", "colour", "handicap", "komi"), settings, strict=True):
        link.bind(f"play_{name}", field)


@says_why
def played(match: Match, event: gr.EventData, request: gr.Request) -> Iterator[list[Any]]:
    """A click on the board: a move, or a chain that is dead or not. One that comes late changes nothing."""
    click = clicked(event)
    yield from carried_on(match, lambda: rules.play(match, click.move, click.turn), request)


@says_why
def passed(match: Match, request: gr.Request) -> Iterator[list[Any]]:
    yield from carried_on(match, lambda: rules.pass_(match), request)


def stepping(step: Callable[[Match], Match]) -> Callable[[Match, gr.Request], Iterator[list[Any]]]:
    """A handler of a step that asks nothing but the match."""

    @says_why
    def stepped(match: Match, request: gr.Request) -> Iterator[list[Any]]:
        yield from carried_on(match, lambda: step(match), request)

    return stepped


@says_why
def hinted(match: Match, request: gr.Request) -> list[Any]:
    """The network's best moves on the board. The game stays as it is."""
    if session_of(request) in runs:
        return unchanged()
    try:
        return page(match, hints=rules.hint(match, runtime.current()))
    except InputError as error:
        return page(match, note=str(error))


@says_why
def begun(
    level: str, size: int, colour: Colour, handicap: int, komi: float | None, request: gr.Request
) -> Iterator[list[Any]]:
    """A new game; the machine may have the first move."""
    settings = agreement(level, size, colour, handicap, komi)
    yield from thought_over(rules.start(settings, random.randrange(SEEDS)), request)


@says_why
def agreed(
    match: Match,
    level: str,
    size: int,
    colour: Colour,
    handicap: int,
    komi: float | None,
    request: gr.Request,
) -> Iterator[list[Any]]:
    """A new game where the settings changed before the person's first move."""
    settings = agreement(level, size, colour, handicap, komi)
    if match.untouched and settings != match.settings:
        yield from begun(level, size, colour, handicap, komi, request)
    else:
        yield unchanged()


def press_stop(request: gr.Request) -> Any:
    if run := runs.get(session_of(request)):
        run.stopped = True
    return gr.update(interactive=False)


def saved(match: Match) -> str:
    return rules.to_record(match).to_sgf()


def carried_on(match: Match, step: Callable[[], Match], request: gr.Request) -> Iterator[list[Any]]:
    """The page after a step of the person and the machine's answer. What is not allowed is only said."""
    if session_of(request) in runs:
        yield unchanged()
        return
    try:
        changed = step()
    except InputError as error:
        if not match.waiting:
            yield page(match, note=str(error))
            return
        changed = match  # the answer is missing since the network could not be had: it is asked once more
    if changed is match and not match.waiting:
        yield unchanged()
    else:
        yield from thought_over(changed, request)


def thought_over(match: Match, request: gr.Request) -> Iterator[list[Any]]:
    """The page while the machine does its part, and when it has. A new game ends this in silence."""
    session = session_of(request)
    run = begin(session, ())
    try:
        if match.waiting:
            yield page(match, busy=True)
        with closing(rules.think(match, runtime.current(), lambda: run.stopped)) as work:
            for thought in work:
                if not run.may_draw():
                    return
                if thought.match is match and match.waiting:
                    yield page(match, busy=True, report=thought.report)
        yield page(thought.match)
    except Exception:
        if run.may_draw():
            yield page(match)
        raise
    finally:
        end(session, run)


def session_of(request: gr.Request) -> str:
    """Apart from the other views of the same page."""
    return f"{request.session_hash} plays"


def agreement(level: str, size: float, colour: Colour, handicap: int, komi: float | None) -> Settings:
    """Raises InputError for settings that there are not."""
    if komi is None:
        raise InputError("Komi is missing: type the points that White is given, 7.5 for instance.")
    return Settings(level, int(size), colour, handicap, float(komi)).check()


@says_why
def numbers(text: str | None, level: str, size: float | None, komi: float | None) -> dict[str, Any]:
    """The machine's answer to a game so far, Black first: "D4 Q16 pass". `move` may be "pass" or "resign"."""
    size = DEFAULTS.size if size is None else size
    moves = rules.read_moves(text, agreement(level, size, "black", 0, komi).size)
    # The machine has the side whose turn it is.
    colour: Colour = "black" if len(moves) % 2 else "white"
    match = Match(agreement(level, size, colour, 0, komi), moves=moves)
    try:
        over = match.position.over
    except IllegalMove as error:
        raise InputError(f"This game cannot be: {error}") from None
    if over:
        raise InputError(rules.OVER)
    after = rules.answer(match, runtime.current())
    return {
        "move": "resign" if after.result else vertex(after.moves[-1], after.settings.size),
        "colour": NAMES[match.machine].lower(),
        "level": level,
        "win_rate": round(after.win_rate or 0.0, 4),
    }
