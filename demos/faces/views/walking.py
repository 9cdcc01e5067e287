"""Walk: a film from one person who does not exist to another."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from demos.faces.engine import FIRST_YEAR, LAST_YEAR, at_all_levels, generator_of, painted, within
from demos.faces.models import EMBEDDED
from demos.faces.views.film import PLAYING, Film, Reel, film, reel, reel_that_ships
from demos.faces.views.seen import SEEN, seen, watcher
from demos.faces.walk import (
    ARC,
    END,
    MOST_PEOPLE,
    SHIPPED,
    START,
    STRAIGHT,
    between,
    filmed,
    frames_of,
    of_year,
    people_on_the_way,
    seeds_in,
    there_and_back,
    write,
)
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.permalink import Permalink

PATHS = [("A line in w (styles)", STRAIGHT), ("An arc in z (noise)", ARC)]
WHAT = """
Every face between the two is a face, too: nobody is faded into anybody. The walk is a straight line between
two **styles**. *Look for* what changes early and what late. Then compare the path through the **noise**,
which has the same ends: does it go as evenly?
"""
AHEAD = (
    "None of these people exists. This film ships with the gallery: change anything, and yours is painted."
)
# Two seeds that nobody chose, in the browser: nothing else about them has to be known. Their film plays.
SEED = "String(Math.floor(Math.random() * 1e6))"
OTHERS = f"() => [{SEED}, {SEED}, {PLAYING}]"
Asked = tuple[Any, ...]


def view(demo: Demo, link: Permalink) -> None:
    place = f"{demo.id}-walk"
    with gr.Row(elem_id=place):
        with gr.Column(scale=1, min_width=280):
            screen = Film(value=first_film(), elem_id=f"{demo.id}-film")
        with gr.Column(scale=1, min_width=280):
            with gr.Row():
                start, end = (
                    gr.Textbox(
                        str(one.seed), label=label, info="A seed", max_length=20, min_width=90,
                        elem_id=f"{demo.id}-{label.lower()}",
                    )
                    for label, one in (("From", START), ("To", END))
                )  # fmt: skip
                via = gr.Textbox("", label="By way of", info="Up to two", max_length=60, min_width=90)
            with gr.Row():
                start_year, end_year = (
                    gr.Slider(FIRST_YEAR, LAST_YEAR, one.year, step=1, label=label, min_width=170, buttons=[])
                    for label, one in (("From the year", START), ("To the year", END))
                )
            path = gr.Radio(PATHS, value=STRAIGHT, label="Path", elem_id=f"{demo.id}-path")
            with gr.Row():
                others = gr.Button("Two other people", variant="primary", scale=2, min_width=170)
                stop = gr.Button("Stop", interactive=False, scale=1, min_width=80)
                save = gr.DownloadButton("Save film", value=str(SHIPPED / "walk.mp4"), scale=1, min_width=120)
            gr.Markdown(WHAT)
    at = gr.Slider(PLAYING, 100, PLAYING, step=1, label="Where the film rests, in percent", visible="hidden")

    inputs = [start, end, start_year, end_year, via, path]
    answered = gr.State(tuple(one.value for one in inputs))
    focus, is_seen = watcher(), seen()
    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    show = gr.on(
        [focus.focus, *(one.change for one in inputs)],  # type: ignore[attr-defined]
        paint, [*inputs, answered, at, is_seen], [screen, answered, save, stop],
        js=SEEN % place, trigger_mode="always_last", **shared, **MODEL_EVENTS,
    )  # fmt: skip
    stop.click(stopped, None, stop, cancels=[show], queue=False, **shared)
    others.click(None, None, [start, end, at], js=OTHERS, api_visibility="private")
    # The film's place and the link's are one; only the browser needs to know.
    screen.input(None, screen, at, js="(film) => film.at", api_visibility="private")
    at.change(
        None, [at, screen], screen, js="(at, film) => film.at === at ? film : {...film, seek: at}",
        api_visibility="private",
    )  # fmt: skip
    for name, one in zip(("from", "to", "from_year", "to_year", "via", "way"), inputs, strict=True):
        link.bind(name, one)
    link.bind("at", at)
    gr.on(
        [], face_between,
        [
            gr.Textbox(str(START.seed), visible=False, label="Seed of one person"),
            gr.Textbox(str(END.seed), visible=False, label="Seed of another"),
            gr.Number(0.5, visible=False, label="Share of the other"),
        ],
        gr.Image(visible=False, format="png", label="The face between them"),
        api_name=f"{demo.id}_between", **MODEL_EVENTS,
    )  # fmt: skip


def first_film() -> dict[str, Any]:
    first = reel_that_ships(SHIPPED / "walk.webp")
    return film("shipped", [first], first.count, AHEAD)


@says_why
def paint(
    start: str, end: str, start_year: float, end_year: float, via: str, path: str,
    answered: Asked, at: float, is_seen: bool,
) -> Iterator[list[Any]]:  # fmt: skip
    """The film as its frames come, unless it is there already; the file to save; the Stop button."""
    asked = (start, end, start_year, end_year, via, path)
    if not is_seen or asked == answered or not (start.strip() and end.strip()):  # or one is being written
        yield [gr.skip() for _ in range(4)]
        return
    first, last = of_year(start, start_year), of_year(end, end_year)
    people = people_on_the_way(first, last, seeds_in(via, most=MOST_PEOPLE - 2))
    run, frames, began = "-".join(map(str, asked)), frames_of(len(people)), time.monotonic()
    pictures, reels = [], list[Reel]()
    yield [gr.skip(), gr.skip(), gr.update(interactive=False), gr.update(interactive=True)]
    for part in filmed(runtime.current(), people, path):
        pictures.append(part)
        reels.append(reel(part))
        done = sum(len(one) for one in pictures)
        # A face that was painted for a link stays where the link says.
        line = f"Painting: {done} of {frames} faces"
        yield [film(run, reels, frames, line, int(at)), gr.skip(), gr.skip(), gr.skip()]
    seconds = time.monotonic() - began
    device = runtime.current().device.name
    line = f"None of these people exists. {frames} faces, painted in {seconds:.1f} s on {device}."
    with tempfile.TemporaryDirectory() as folder:
        path_to_save = Path(folder) / "walk.mp4"
        write(there_and_back(np.concatenate(pictures)), path_to_save)
        # Gradio copies it to its cache before it asks for more.
        yield [
            film(run, reels, frames, line, int(at)),
            asked,
            gr.update(value=str(path_to_save), interactive=True),
            gr.update(interactive=False),
        ]


def stopped() -> Any:
    return gr.update(interactive=False)


@says_why
def face_between(seed_a: str, seed_b: str, share: float | None) -> Image.Image:
    """A face on the straight way between two people of 1950, in the space of styles.

    The seeds are whole numbers, written as text; `share` is 0 for the first person and 1 for the second.
    128 pixels a side.
    """
    import torch

    a, b = of_year(seed_a, 1950.0), of_year(seed_b, 1950.0)
    part = within(share, 0, 1, "share")
    picture = runtime.current().run(
        EMBEDDED,
        lambda model: painted(
            generator_of(model),
            at_all_levels(between(generator_of(model), a, b, torch.tensor([part]))),
        ),
    )
    return Image.fromarray(picture[0])
