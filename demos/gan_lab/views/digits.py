"""Digits or clothes: the film of a real training, and one that goes on from any of its moments."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import gradio as gr
from PIL import Image

from demos.gan_lab.digits import engine
from demos.gan_lab.digits.first import FIRST_SEED
from demos.gan_lab.digits.live import SECONDS, STEPS, going_on
from demos.gan_lab.digits.model import LABELS, MOMENTS, SETS
from demos.gan_lab.digits.pictures import NAMES, enlarged, grid
from demos.gan_lab.views.digits_widgets import (
    FilmStrip,
    LiveRun,
    at_rest,
    at_work,
    film,
    first_film,
    waiting,
)
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.hosting import zero_gpu
from gallery.permalink import Permalink

INTRODUCTION = """
**A generator learns to draw, and is never shown a picture**: all it gets is the slope of the discriminator's
opinion. This training was kept at eight moments. Press **Play** and watch the same noise become pictures.
"""
LOOK = f"""
**What to look at.** First there is grain, then after {MOMENTS[1]} steps a bright place in the middle, after
{MOMENTS[2]} blobs, after {MOMENTS[4]} strokes and outlines, and from then on details. Each row is one noise,
drawn under all ten labels: what does a row have in common as a 1 and as a 7? Below each moment stands how
often a judge, who had no part in the game, reads a drawing as what it should be.
"""
LIVE = f"""
### Train on from here

The players of the chosen moment play on, on this machine, for up to {SECONDS / 60:.0f} minutes or {STEPS:,}
steps. From the first moments on you see shapes appear; from the last one on little changes. The losses do
not fall as in other trainings, for each player makes the task of the other harder.
"""
HONESTY = """
A live run learns from 2,000 of the 60,000 pictures and begins with optimizers that remember nothing, so
it is like the training that went on, and not the same.
"""
SET_NAMES = {"digits": "Digits", "clothes": "Clothes"}
FIRST_SET, FIRST_MOMENT = SETS[0], 200  # not the best picture, but the best reason to press Play
# A run may take minutes and holds no model of the house: it waits in a queue of its own, wide enough for a
# class. The gate shares out the machine round by round. Where a GPU is lent, the models' queue gets it.
RUNS: dict[str, Any] = (
    {**MODEL_EVENTS} if zero_gpu() else {"concurrency_id": "gan_lab_digits_runs", "concurrency_limit": 24}
)
ENLARGED = 3  # times, of the pictures that a notebook gets
DICE = f"() => Math.floor(Math.random() * {10**6})"

# By session, the run that goes on. Another object there, or none, ends it.
running: dict[str, object] = {}


def view(demo: Demo, link: Permalink) -> None:
    gr.Markdown(INTRODUCTION)
    with gr.Row():
        which = gr.Radio(
            [(SET_NAMES[name], name) for name in SETS], value=FIRST_SET, label="Pictures", scale=2,
            min_width=200,
        )  # fmt: skip
        seed = gr.Number(FIRST_SEED, label="Seed of the noise", scale=2, min_width=160)
        dice = gr.Button("Other noise", scale=1, min_width=120)
    with gr.Row():
        with gr.Column(scale=5, min_width=300):
            strip = FilmStrip(value=first_film(FIRST_SET, FIRST_MOMENT), elem_id=f"{demo.id}-digits-film")
            gr.Markdown(LOOK)
        with gr.Column(scale=4, min_width=300):
            gr.Markdown(LIVE)
            with gr.Row():
                start = gr.Button(start_text(FIRST_MOMENT), variant="primary", scale=2, min_width=160)
                stop = gr.Button(
                    "Stop", interactive=False, scale=1, min_width=80, elem_id=f"{demo.id}-digits-stop"
                )
            run_box = LiveRun(value=at_rest(FIRST_SET, FIRST_MOMENT), elem_id=f"{demo.id}-digits-run")
            gr.Markdown(HONESTY)
    moment = gr.Dropdown(
        [str(step) for step in MOMENTS], value=str(FIRST_MOMENT), label="Moment", visible="hidden"
    )

    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    dice.click(None, None, seed, js=DICE, api_visibility="private")
    strip.select(None, strip, moment, js="(film) => film.moment", api_visibility="private")
    moment.change(None, [moment, strip, run_box], [strip, start, run_box], js=MOVED, api_visibility="private")
    gr.on(
        [which.change, seed.change], another, [which, seed, moment], [strip, run_box],
        trigger_mode="always_last", **shared, **MODEL_EVENTS,
    )  # fmt: skip
    start.click(run, [which, moment, seed], [run_box, stop], trigger_mode="once", **shared, **RUNS)
    stop.click(press_stop, None, stop, queue=False, **shared)
    gr.on(
        [], numbers,
        [
            gr.Textbox(FIRST_SET, visible=False, label="digits or clothes"),
            gr.Number(MOMENTS[-1], visible=False, label="Steps of training: a moment that was kept"),
            gr.Number(-1, visible=False, label="Label, -1 for all ten"),
            gr.Number(FIRST_SEED, visible=False, label="Seed"),
        ],
        [gr.Image(visible=False, label="60 pictures", format="png"), gr.JSON(visible=False, label="Numbers")],
        api_name=f"{demo.id}_digits", **MODEL_EVENTS,
    )  # fmt: skip
    link.bind("set", which)
    link.bind("moment", moment)
    link.bind("noise", seed)


# The film, the button and the curve's mark follow the moment; a run that goes on is left alone.
MOVED = """(moment, film, run) => [
  film.moment === moment ? film : {...film, moment},
  `Train on from step ${Number(moment).toLocaleString('en')}`,
  run.run ? run : {...run, here: moment},
]"""


def start_text(moment: int) -> str:
    return f"Train on from step {moment:,}"


# ---- events ----------------------------------------------------------------------------------------------


@says_why
def another(which: str, seed: float | None, moment: str, request: gr.Request) -> list[Any]:
    """The film of other pictures or another noise, and the curve of that training unless a run goes on."""
    if seed is None:  # somebody is typing
        return [gr.skip(), gr.skip()]
    step = engine.checked_moment(moment)
    if engine.checked_seed(seed) == FIRST_SEED:
        shown = first_film(engine.checked_set(which), step)
    else:
        shown = film(which, step, engine.film(which, seed, runtime.current()))
    resting = gr.skip() if str(request.session_hash) in running else at_rest(which, step)
    return [shown, resting]


@says_why
def run(which: str, moment: str, seed: float | None, request: gr.Request) -> Iterator[list[Any]]:
    """Updates of the page. Closing this generator, as a closed page does, ends the work."""
    session, token, name = str(request.session_hash), object(), uuid.uuid4().hex
    # Refused before the page changes.
    step, which = engine.checked_moment(moment), engine.checked_set(which)
    engine.checked_seed(seed)
    running[session] = token
    work = going_on(which, step, seed, runtime.current(), lambda: running.get(session) is not token)
    try:
        yield [waiting(name, which, step), gr.update(interactive=True)]
        with closing(work):  # type: ignore[type-var]
            for frame in work:
                # The button changes at both ends only, so that no late update undoes a press of Stop.
                button = gr.update(interactive=False) if frame.ended else gr.skip()
                yield [at_work(name, frame), button]
    except Exception:
        yield [at_rest(which, step), gr.update(interactive=False)]
        raise
    finally:
        if running.get(session) is token:
            del running[session]


def press_stop(request: gr.Request) -> Any:
    running.pop(str(request.session_hash), None)
    return gr.update(interactive=False)


@says_why
def numbers(
    which: str | None, moment: float | None, label: float | None, seed: float | None
) -> tuple[Image.Image, dict[str, Any]]:
    """The API: 60 drawings of one label or of all, in rows of ten, and the discriminator's opinion."""
    page = engine.of_label(engine.checked_set(which), moment, label, seed, runtime.current())
    told = engine.checked_label(label)
    return enlarged(grid(page.pictures, LABELS), ENLARGED), {
        "set": which,
        "moment": page.moment,
        "label": told,
        "name": NAMES[engine.checked_set(which)][told] if told >= 0 else "all ten, one a column",
        "drawn_taken_for_real": round(page.taken, 4),
        "real_taken_for_real": round(page.real, 4),
    }
