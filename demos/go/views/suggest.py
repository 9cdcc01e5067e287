"""Suggest a move: what the network feels at a glance, beside what it reads with a search."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.go import suggest
from demos.go.board import BLACK
from demos.go.games import KOMI
from demos.go.link import LONGEST_TEXT
from demos.go.opponent import vertex
from demos.go.record import LARGEST_FILE, opened
from demos.go.sgf import HIGHEST_KOMI
from demos.go.views import changes, thinking
from demos.go.views.first import FIRST_LINK, FIRST_VISITS, first, first_thoughts
from demos.go.views.goban import Goban
from demos.go.views.opinions import Opinions
from demos.go.views.steps import Steps, steps
from demos.go.views.table import (
    BLACK_STONE,
    COORDINATES,
    COUNT,
    ERASE,
    FEEL,
    HEAT,
    PLAY,
    READ,
    SHOWN,
    WHITE_STONE,
    Course,
    Game,
    begun,
)
from demos.go.views.thinking import READINGS
from demos.go.views.win_rate import WinRate
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.permalink import Permalink

LOOKS = [("Feels (policy)", FEEL), ("Reads (search)", READ)]
MODES = {
    PLAY: "Plays a move",
    BLACK_STONE: "Sets a black stone",
    WHITE_STONE: "Sets a white stone",
    ERASE: "Takes a stone off",
    COUNT: "Counts, and marks dead stones",
}
SMALLER = "The network was trained on 19 x 19; it plays smaller boards worse."
SAVE = """(text) => {
  const address = URL.createObjectURL(new Blob([text], {type: 'application/x-go-sgf'}));
  Object.assign(document.createElement('a'), {download: 'game.sgf', href: address}).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}"""


def view(demo: Demo, link: Permalink) -> None:
    place = gr.Textbox(FIRST_LINK, max_length=LONGEST_TEXT, label="Place", visible="hidden")
    saved = gr.Textbox(label="Record", visible="hidden")
    with gr.Row(elem_id=f"{demo.id}-suggest"):
        with gr.Column(scale=8, min_width=300):
            board = Goban(value=first()["board"], elem_id=f"{demo.id}-board")
            moves = len(first_game().line)
            walk = Steps(value=steps(moves, moves), elem_id=f"{demo.id}-steps")
        with gr.Column(scale=5, min_width=290):
            look = gr.Radio(LOOKS, value=FEEL, label="View", show_label=False, container=False)
            opinions = Opinions(value=first()["opinions"], elem_id=f"{demo.id}-opinions")
            rate = WinRate(value=first()["win_rate"], elem_id=f"{demo.id}-win-rate")
            with gr.Row():
                again = gr.Button("Read again", variant="primary", size="sm", min_width=70, visible=False)
                stop = gr.Button("Stop", size="sm", min_width=70, interactive=False)
                graph = gr.Button("Graph the game", size="sm", min_width=120)
            visits = gr.Slider(
                50,
                3000,
                FIRST_VISITS,
                step=50,
                label="Visits",
                visible=False,
                info="How many positions the search may look at.",
            )
            shows = gr.CheckboxGroup(
                [(title, name) for name, title in SHOWN.items()], value=[HEAT, COORDINATES], label="Show"
            )
            comment = gr.Textbox(label="Comment", lines=2, max_lines=6, interactive=False, visible=False)
    with gr.Row():
        with gr.Column(min_width=280), gr.Accordion("New board", open=False):
            size = gr.Radio([19, 13, 9], value=19, label="Lines", info=SMALLER)
            handicap = gr.Dropdown(
                [("None", 0), *((str(n), n) for n in range(2, 10))], value=0, label="Handicap stones"
            )
            komi = gr.Number(KOMI, minimum=-HIGHEST_KOMI, maximum=HIGHEST_KOMI, step=0.5, label="Komi")
            clear = gr.Button("Clear the board", size="sm")
        with gr.Column(min_width=280), gr.Accordion("Open or save a game (SGF)", open=False):
            about = gr.Markdown(visible=False)
            file = gr.UploadButton("Choose a file", file_types=[".sgf"], size="sm")
            pasted = gr.Textbox(
                label="Or paste a record in SGF",
                lines=2,
                max_lines=4,
                max_length=LARGEST_FILE + 1,
                submit_btn="Open",
            )
            save = gr.Button("Save the game", size="sm")
        with gr.Column(min_width=280), gr.Accordion("Set up, or count the score", open=False):
            mode = gr.Radio([(title, name) for name, title in MODES.items()], value=PLAY, label="A click")
            turn = gr.Button("Let the other colour play", size="sm")

    game = gr.State(first_game())
    thoughts = gr.State(first_thoughts())
    course = gr.State(Course())
    dead = gr.State(None)
    now = [game, thoughts, course, look, shows, mode]
    after = [game, place, board, walk, dead, comment]
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    quick = {**hidden, "concurrency_id": "go_changes", "concurrency_limit": 8}
    board.input(changes.click, [*now, dead], [*after, look], trigger_mode="multiple", **quick)
    opinions.select(changes.choose, now[:5], after, **quick)
    walk.play(changes.pass_move, now, after, **quick)
    walk.select(changes.go_to, now, after, trigger_mode="always_last", **quick)
    rate.select(changes.go_to, now, after, trigger_mode="always_last", **quick)
    turn.click(changes.other_turn, now, after, **quick)
    gr.on([komi.submit, komi.blur], changes.other_komi, [komi, *now], after, **quick)
    clear.click(changes.new_board, [size, handicap, komi, game, look, shows], [*after, course, mode], **quick)
    handicap.input(lambda n: changes.LEAST_KOMI if n else KOMI, handicap, komi, **quick)
    told = [*after, course, mode, komi, about]
    file.upload(changes.open_file, [file, game, look, shows], told, **quick)
    pasted.submit(changes.open_record, [pasted, game, look, shows], told, **quick)
    save.click(lambda game: game.sgf, game, saved, **quick).then(
        None, saved, None, js=SAVE, api_visibility="private"
    )
    shows.change(changes.redraw, [*now, dead], [board, opinions, rate], **quick)
    mode.change(changes.other_mode, now, [board, stop, dead], **quick)
    look.change(only_for_reading, look, [again, visits], **quick)

    thinks: dict[str, Any] = {
        "trigger_mode": "always_last",
        "api_visibility": "private",
        "show_progress": "hidden",
    }
    thought = [board, opinions, rate, thoughts, course, stop]
    place.change(changes.arrive, [place, *now[:5]], [*after, course, mode], **quick).then(
        thinking.think, [place, *now, dead, visits], thought, **thinks
    )
    look.change(thinking.think, [place, *now, dead, visits], thought, **thinks)
    again.click(
        thinking.think_again,
        [place, game, thoughts, course, shows, dead, visits],
        thought,
        **thinks,
        **READINGS,
    )
    graph.click(thinking.whole_game, [game, thoughts, course, look], [rate, course, stop], **thinks)
    stop.click(thinking.press_stop, None, stop, queue=False, show_progress="hidden", api_visibility="private")
    gr.on(
        [], numbers, gr.Textbox(visible=False, label="SGF"), gr.JSON(visible=False, label="Suggestion"),
        api_name=f"{demo.id}_suggest", **MODEL_EVENTS,
    )  # fmt: skip
    for name, component in {"game": place, "look": look, "visits": visits, "show": shows}.items():
        link.bind(name, component)


def first_game() -> Game:
    """The record that stands on the page at first, at its end; no position is computed."""
    moves = int(first()["moves"])
    return Game(first()["sgf"], (0,) * moves, moves, given=(FIRST_LINK,))


def only_for_reading(look: str) -> list[Any]:
    """Controls that the other view does not need."""
    return [gr.update(visible=look == READ) for _ in range(2)]


@says_why
def numbers(record: str | None) -> dict[str, Any]:
    """The network's five best moves at the end of a record in SGF.

    Answers with `moves` (move, probability), `to_play`, `win_rate` of Black, `komi` and `size`.
    """
    game = begun(opened(record)).at(10**6)
    position = game.position
    opinion = suggest.feel(position, game.record.komi, runtime.current())
    return {
        "size": position.size,
        "komi": game.record.komi,
        "to_play": "black" if position.to_play == BLACK else "white",
        "moves": [
            {"move": vertex(one.move, position.size), "probability": round(one.share, 5)}
            for one in opinion.candidates
        ],
        "win_rate": round(opinion.win_rate, 5),
        "note": opened(record).warning,
    }
