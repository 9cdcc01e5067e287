"""In two dimensions: both networks learn while one looks, and one may interfere."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from functools import partial
from typing import Any

import gradio as gr

from demos.gan_lab import settings as offered
from demos.gan_lab.first import first
from demos.gan_lab.lab import Lab, running
from demos.gan_lab.losses import LOSSES
from demos.gan_lab.losses import TITLES as LOSS_TITLES
from demos.gan_lab.points import SHAPES, TITLES, distribution, heart, places_of, text_of
from demos.gan_lab.settings import COLLAPSE, CURE, Settings, seed_of
from demos.gan_lab.views.plane import Plane, plane, stroke
from gallery import runtime
from gallery.demo import Demo
from gallery.events import says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink

INTRODUCTION = """
The **generator** bends random noise into points. The **discriminator** colours the plane: blue where it takes
points for real, orange where it takes them for generated. Each learns against the other, until it can no
longer tell them apart. *Mode collapse* shows what often goes wrong; it and *Its cure* begin anew.
"""
FIRST_NOTE = "Trained ahead. Press Play to see how it comes about, from the very first step."
PAUSED = "Paused after ten minutes. Press Play to go on."
FULL = 0.0  # in the menu: as many steps a second as there are
SPEEDS = [("1 step/s", 1.0), ("5 steps/s", 5.0), ("60 steps/s", 60.0), ("Full", FULL)]
TRAINED = [("Both", "both"), ("Discriminator", "discriminator"), ("Generator", "generator")]
FIELDS = tuple(field.name for field in fields(Settings))
PRESET = tuple(name for name in FIELDS if name not in ("own", "seed"))  # what the two buttons set
# A lab may run for minutes, and mostly waits for its turn: a class of them keeps nobody's models waiting.
RUNS: dict[str, Any] = {"concurrency_id": "gan_lab_runs", "concurrency_limit": 24}
# What answers at once. It is queued all the same, for an error that comes outside the queue is not shown.
QUICK: dict[str, Any] = {"concurrency_id": "gan_lab_quick", "concurrency_limit": 4}
CALLS: dict[str, Any] = {"concurrency_id": "gan_lab_calls", "concurrency_limit": 2}
# The endpoint's bounds, so that a call takes seconds.
API_STEPS, API_SECONDS, API_POINTS = 2000, 20.0, 100
API_SLICE = 20  # steps in one turn at the machine


class Bench:
    """A visitor's place: the lab, and who runs it. Each session has its own."""

    def __init__(self) -> None:
        self.lab: Lab | None = None
        self.run: object | None = None  # another object here than a run knows, or none, ends that run

    def __deepcopy__(self, memo: object) -> Bench:
        """Gradio copies the first value for each session."""
        return Bench()

    def seat(self, settings: Settings) -> Lab:
        """The lab, which will follow these settings; a new one where there is none."""
        if self.lab is None:
            self.lab = Lab(settings)
        self.lab.wanted = settings
        return self.lab


def view(demo: Demo, link: Permalink) -> None:
    start = first()
    s = start.settings
    gr.Markdown(INTRODUCTION)
    with gr.Row():
        play = gr.Button("Play", variant="primary", size="md", min_width=80)
        pause = gr.Button("Pause", interactive=False, size="md", min_width=80)
        step = gr.Button("One step", size="md", min_width=80)
        reset = gr.Button("Reset", size="md", min_width=80)
        collapse = gr.Button("Mode collapse", size="md", min_width=140)
        cure = gr.Button("Its cure", size="md", min_width=140)
    of: dict[str, Any] = {}  # the control of each field of Settings
    with gr.Row():
        with gr.Column(scale=11, min_width=280):
            picture = Plane(value=plane(start, note=FIRST_NOTE), elem_id=f"{demo.id}-plane")
        with gr.Column(scale=4, min_width=260):
            of["distribution"] = gr.Dropdown(
                [(title, key) for key, title in TITLES.items()], value=s.distribution, label="Distribution"
            )
            of["loss"] = gr.Dropdown(
                [(title, key) for key, title in LOSS_TITLES.items()], value=s.loss, label="Loss",
                info="With Minimax, arrows vanish where the plane is deep orange.",
            )  # fmt: skip
            of["trained"] = gr.Radio(
                TRAINED,
                value=s.trained,
                label="Who learns",
                info="Train one of the two alone, then the other.",
            )
            speed = gr.Radio(
                SPEEDS, value=FULL, label="Speed",
                info="Up to 5 steps/s you see both halves of a step, one after the other.",
            )  # fmt: skip
            with gr.Accordion("Draw your own", open=False):
                of["own"] = gr.Textbox(
                    text_of(heart()), label="Your points", lines=3, max_lines=3, max_length=2000,
                    info="Choose “Your own drawing” above and draw on the plane, or write x,y x,y … here.",
                    elem_id=f"{demo.id}-own",
                )  # fmt: skip
                clear = gr.Button("Clear the drawing", size="sm")
    with gr.Accordion("Networks and training", open=False):
        with gr.Row():
            of["noise"] = menu(offered.NOISES, s.noise, "Noise dimensions")
            of["generator_layers"] = menu(offered.LAYERS, s.generator_layers, "Generator: hidden layers")
            of["generator_width"] = menu(offered.WIDTHS, s.generator_width, "Generator: width")
            of["generator_rate"] = menu(offered.RATES, s.generator_rate, "Generator: learning rate")
        with gr.Row():
            of["discriminator_steps"] = menu(
                offered.DISCRIMINATOR_STEPS, s.discriminator_steps, "Discriminator: updates in a step"
            )
            of["discriminator_layers"] = menu(
                offered.LAYERS, s.discriminator_layers, "Discriminator: hidden layers"
            )
            of["discriminator_width"] = menu(offered.WIDTHS, s.discriminator_width, "Discriminator: width")
            of["discriminator_rate"] = menu(
                offered.RATES, s.discriminator_rate, "Discriminator: learning rate"
            )
        with gr.Row():
            of["momentum"] = menu(offered.MOMENTA, s.momentum, "Momentum (Adam's β₁)")
            of["batch"] = menu(offered.BATCHES, s.batch, "Points in a batch")
            of["seed"] = gr.Textbox(
                str(s.seed), label="Seed", max_lines=1, max_length=40, elem_id=f"{demo.id}-seed"
            )
    bench = gr.State(Bench())

    controls = [of[name] for name in FIELDS]
    own, presets = of["own"], [of[name] for name in PRESET]
    page = [picture, play, pause]
    hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once: dict[str, Any] = {"queue": False, **hidden}
    quick: dict[str, Any] = {**hidden, **QUICK}
    runs: dict[str, Any] = {"fn": run, "inputs": [bench, speed, *controls], "outputs": page, **hidden, **RUNS}
    play.click(trigger_mode="once", **runs)
    for press in (pause.click, picture.away):
        press(press_pause, bench, [play, pause], **at_once)
    step.click(one_step, [bench, *controls], page, **quick)
    reset.click(begin, [bench, *controls], page, **quick)
    for button, preset in ((collapse, COLLAPSE), (cure, CURE)):
        button.click(partial(take, preset), bench, presets, **at_once).then(trigger_mode="multiple", **runs)
    typed = (own, of["seed"])
    gr.on(
        [one.input for one in presets] + [of["distribution"].change] + [one.blur for one in typed],
        adjust, [bench, *controls], picture, trigger_mode="always_last", **quick,
    )  # fmt: skip
    speed.input(change_speed, [bench, speed], None, **at_once)
    picture.draw(add_stroke, own, own, **quick).success(adjust, [bench, *controls], picture, **quick)
    clear.click(lambda: "", None, own, **at_once)
    gr.on(
        [], numbers,
        [
            gr.Textbox(visible=False, label="Distribution: ring, grid, spiral or line"),
            gr.Textbox("nonsaturating", visible=False, label="Loss: minimax, nonsaturating, …"),
            gr.Number(1000, visible=False, label="Steps"),
            gr.Textbox("0", visible=False, label="Seed"),
        ],
        gr.JSON(visible=False, label="Result"), api_name=f"{demo.id}_train", **CALLS,
    )  # fmt: skip
    for name, control in {**of, "speed": speed}.items():
        link.bind(f"lab_{name}", control)


def menu(values: Sequence[float], value: float, label: str) -> gr.Dropdown:
    return gr.Dropdown([(f"{one:g}", one) for one in values], value=value, label=label, min_width=150)


# ---- events ---------------------------------------------------------------------------------------------


@says_why
def run(bench: Bench, speed: float, *controls: Any) -> Iterator[list[Any]]:
    """Updates of the page while both learn. Closing this generator, as a closed page does, ends the work."""
    settings = settings_of(*controls)
    lab, token, gate = bench.seat(settings), object(), runtime.current().gate
    lab.speed = speed or math.inf
    bench.run = token
    try:
        yield [gr.skip(), *buttons(playing=True)]
        for frame in running(
            lab, lambda: bench.run is not token, turn=gate.turn, waiting=lambda: gate.waiting
        ):
            yield [plane(frame, playing=True), gr.skip(), gr.skip()]
        ended_itself = bench.run is token
        if ended_itself:
            bench.run = None
        if bench.run is not None or bench.lab is not lab:  # somebody has begun anew in the meantime
            yield [gr.skip() for _ in range(3)]
            return
        with gate.turn():
            frame = lab.look()
        note = PAUSED if ended_itself and frame.finite else ""
        yield [plane(frame, note=note), *buttons(playing=False)]
    finally:
        if bench.run is token:
            bench.run = None


def press_pause(bench: Bench) -> list[Any]:
    bench.run = None
    return buttons(playing=False)


def change_speed(bench: Bench, speed: float) -> None:
    if bench.lab is not None:
        bench.lab.speed = speed or math.inf


def take(preset: Settings, bench: Bench) -> list[Any]:
    """The controls as a preset wants them, and a bench on which nothing was begun."""
    bench.run = bench.lab = None
    return [getattr(preset, name) for name in PRESET]


@says_why
def one_step(bench: Bench, *controls: Any) -> list[Any]:
    """Exactly one step more, after which it rests."""
    settings = settings_of(*controls)
    bench.run = None
    lab = bench.seat(settings)
    with runtime.current().gate.turn():
        lab.follow()
        lab.step()
        frame = lab.look()
    return [plane(frame), *buttons(playing=False)]


@says_why
def begin(bench: Bench, *controls: Any) -> list[Any]:
    """Both networks as they are before the first step."""
    settings = settings_of(*controls)
    bench.run = None
    with runtime.current().gate.turn():
        bench.lab = Lab(settings)
        frame = bench.lab.look()
    return [plane(frame), *buttons(playing=False)]


@says_why
def adjust(bench: Bench, *controls: Any) -> Any:
    """What was changed takes effect: at once while it runs, else before the next step."""
    settings = settings_of(*controls)
    if bench.run is not None and bench.lab is not None:
        bench.lab.wanted = settings
        return gr.skip()
    if bench.lab is None and settings.networks == first().settings.networks:
        return gr.skip()  # the finished picture stays until there is something else to see
    lab = bench.seat(settings)
    with runtime.current().gate.turn():
        lab.follow()
        frame = lab.look()
    return plane(frame)


@says_why
def add_stroke(own: str | None, event: gr.EventData) -> str:
    """The text of the visitor's points with those of a stroke behind them."""
    text = text_of([*places_of(own or ""), *stroke(event)])
    places_of(text)  # refuses what are too many
    return text


@says_why
def numbers(shape: str | None, loss: str | None, steps: float | None, seed: str | None) -> dict[str, Any]:
    """The API: a training without pictures, and what it came to."""
    if shape not in SHAPES:
        raise InputError(f"There are the distributions {', '.join(SHAPES)}.")
    if loss not in LOSSES:
        raise InputError(f"There are the losses {', '.join(LOSSES)}.")
    if steps is None or not 1 <= steps <= API_STEPS or steps != int(steps):
        raise InputError(f"The steps are a whole number from 1 to {API_STEPS}.")
    base = CURE if loss == CURE.loss else Settings()
    lab = Lab(replace(base, distribution=shape, loss=loss, seed=seed_of(seed)))
    until, gate = time.monotonic() + API_SECONDS, runtime.current().gate
    while lab.steps < steps and time.monotonic() < until:
        with gate.turn():
            for _ in range(min(API_SLICE, int(steps) - lab.steps)):
                lab.step()
    frame = lab.look()
    return {
        "steps": frame.step,
        "modes": frame.modes,
        "of_modes": frame.of_modes,
        "distance": round(frame.distance, 4),
        "points": frame.fake[:API_POINTS].astype(float).round(4).tolist(),
    }


# ---- what the page shows --------------------------------------------------------------------------------


def settings_of(*controls: Any) -> Settings:
    """In the order of FIELDS. Raises InputError for what cannot be used, before anything changes."""
    values = dict(zip(FIELDS, controls, strict=True))
    settings = Settings(**values | {"own": (values["own"] or "").strip(), "seed": seed_of(values["seed"])})
    distribution(settings.distribution, settings.own)
    return settings


def buttons(*, playing: bool) -> list[Any]:
    """Play and Pause."""
    return [gr.update(interactive=not playing), gr.update(interactive=playing)]
