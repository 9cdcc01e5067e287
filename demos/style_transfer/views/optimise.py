"""Watch it paint: the optimisation step by step, with everything that changes the picture."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import gradio as gr
from PIL import Image

from demos.style_transfer import engine, examples, film
from demos.style_transfer.engine import BOUNDS, Frame, Settings, Style
from demos.style_transfer.losses import STYLE_LAYERS
from demos.style_transfer.models import EMBEDDED, MODELS
from demos.style_transfer.pictures import canvas_size
from demos.style_transfer.views.choose import ENOUGH, Pictures, model_menu, opened, watched
from demos.style_transfer.views.easel import Easel, Reel, at_rest, at_work, waiting
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.hosting import zero_gpu
from gallery.inputs import InputError, open_image
from gallery.permalink import Permalink
from gallery.weights import ModelSpec, Progress, WeightsError
from gallery.widgets.photo import Photo

INTRODUCTION = """
No network is trained here: **the picture itself is what changes**. Each step asks the features how far it is
from the photograph's content and from the painting's style, and moves every pixel a little to where both are
less. It begins small and coarse; each dotted line in the curves is a moment when the canvas is made larger.
"""
LITERAL_OR_GRAM = (
    "The literal loss compares features place by place, so the painting itself shows through. Gram matrices "
    "forget the places, so that only the manner is left."
)
LOSSES = [("Gram matrices (Gatys et al.)", "gram"), ("The lecture's literal loss", "literal")]
WEIGHTS = (0.2, 1.0, 5.0, 20.0, 100.0, 500.0)
DEFAULTS = Settings(stroke=examples.MEDIUM)
FILM_RATE = 10.0  # frames a second of the film that can be saved
# A painting may take minutes: it waits in a queue of its own, so that four do not keep everybody's models
# waiting. The gate still shares out the machine step by step. Where a GPU is lent, the models' queue gets it.
PAINTINGS: dict[str, Any] = (
    {**MODEL_EVENTS} if zero_gpu() else {"concurrency_id": "style_transfer_paintings", "concurrency_limit": 4}
)
# The endpoint's bounds, so that a call takes seconds.
API_SIZE, API_STEPS, API_SECONDS = 256, 100, 20.0

# Sessions whose visitor pressed Stop: Gradio's own cancelling would throw the picture away.
stopping: set[str] = set()
at_the_easel: set[str] = set()  # sessions in which something is being painted


def view(demo: Demo, link: Permalink, chosen: Pictures) -> None:
    first_content, first_style = str(chosen.content_key.value), str(chosen.style_key.value)
    gr.Markdown(INTRODUCTION)
    with gr.Row():
        with gr.Column(scale=5, min_width=280):
            with gr.Row():
                start = gr.Button("Start", variant="primary", scale=2, min_width=120)
                stop = gr.Button("Stop", interactive=False, scale=1, min_width=80)
            easel = Easel(value=resting(first_content, first_style), elem_id=f"{demo.id}-easel")
            with gr.Row():
                picture = gr.DownloadButton("Save picture", interactive=False, size="sm", min_width=120)
                clip = gr.DownloadButton("Save film", interactive=False, size="sm", min_width=120)
            with gr.Accordion("Before and after", open=False):
                compare = gr.ImageSlider(
                    before_after(first_content, first_style), label="Photograph and painting",
                    show_label=False, buttons=["fullscreen"], interactive=False, max_height=560,
                    elem_id=f"{demo.id}-compare",
                )  # fmt: skip
        with gr.Column(scale=3, min_width=280):
            stroke = gr.Slider(
                *BOUNDS["stroke"], DEFAULTS.stroke, step=0.05, label="Stroke size",
                info="Small: fine dabs, the photograph stays clear. Large: whole swirls, details drown.",
            )  # fmt: skip
            weight = gr.Radio(
                [(f"{value:g}", value) for value in WEIGHTS], value=DEFAULTS.style_weight,
                label="Style weight",
                info="How much the style counts beside the content; the lecture's λ is 1 over this. "
                "Watch which of the two curves gives way.",
            )  # fmt: skip
            steps = gr.Slider(
                10, 600, DEFAULTS.iterations, step=10, label="Steps",
                info="Look at the curves: when is another step hardly worth its time?",
            )  # fmt: skip
            loss = gr.Radio(LOSSES, value=DEFAULTS.loss, label="Loss", info=LITERAL_OR_GRAM)
            with gr.Accordion("More settings", open=False):
                size = gr.Slider(
                    *BOUNDS["size"], DEFAULTS.size, step=64, label="Size",
                    info="Pixels of the longer side. Twice as many take four times as long.",
                )  # fmt: skip
                begin = gr.Radio(
                    [("The photograph", "content"), ("Noise", "noise")], value=DEFAULTS.start,
                    label="Start from",
                    info="From noise nothing is given: watch when you can tell what it will be.",
                )  # fmt: skip
                seed = gr.Slider(
                    0, 99, DEFAULTS.seed, step=1, label="Random start",
                    info="Only noise is random. What another one changes was luck.",
                )  # fmt: skip
                layers = gr.CheckboxGroup(
                    list(STYLE_LAYERS), value=list(DEFAULTS.layers), label="Style layers",
                    info="The first know colours and grain, the last know shapes. Try them one at a time.",
                )  # fmt: skip
                colours = gr.Checkbox(
                    DEFAULTS.keep_colours, label="Keep the photograph's colours",
                    info="What is left of the style is the handwriting.",
                )  # fmt: skip
                features = model_menu()

    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    start.click(
        run,
        [
            chosen.content, chosen.style, stroke, weight, steps, size, seed, begin, layers, loss, colours,
            features,
        ],
        [easel, stop, features, picture, clip, compare],
        trigger_mode="once", show_progress="full", show_progress_on=[easel], api_visibility="private",
        **PAINTINGS,
    )  # fmt: skip
    stop.click(press_stop, None, stop, queue=False, **shared)
    outputs = [easel, picture, clip, compare]
    gr.on(
        [chosen.content_key.change, chosen.style_key.change], another_pair,
        [chosen.content_key, chosen.style_key], outputs, trigger_mode="always_last", **shared,
    )  # fmt: skip
    chosen.content.input(own_photograph, chosen.content, outputs, **shared)
    gr.on(
        [], numbers,
        [
            Photo(visible=False, label="Photograph"),
            Photo(visible=False, label="Painting"),
            gr.Number(DEFAULTS.stroke, visible=False, label="Stroke size"),
            gr.Number(DEFAULTS.style_weight, visible=False, label="Style weight"),
            gr.Number(60, visible=False, label="Steps"),
        ],
        [gr.Image(visible=False, label="Result", format="png"), gr.JSON(visible=False, label="Numbers")],
        api_name=f"{demo.id}_paint", **PAINTINGS,
    )  # fmt: skip
    for name, component in {
        "stroke": stroke, "weight": weight, "steps": steps, "loss": loss, "size": size, "start": begin,
        "seed": seed, "layers": layers, "colours": colours, "features": features,
    }.items():  # fmt: skip
        link.bind(f"paint_{name}", component)


@says_why
def run(
    content: str | None,
    style: str | None,
    stroke: float,
    weight: float,
    steps: float,
    size: float,
    seed: float,
    start: Literal["content", "noise"],
    layers: list[str],
    loss: Literal["gram", "literal"],
    colours: bool,
    features: str,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),
) -> Iterator[list[Any]]:
    """Updates of the page while it paints. Closing this generator, as a closed page does, ends the work."""
    settings = Settings(
        stroke, weight, int(steps), int(size), int(seed), start, tuple(layers), loss, keep_colours=colours
    )
    photograph, painting = opened(content, style)
    canvas_size(photograph, settings.size)  # refuses what cannot be painted, before the page changes
    session, name = str(request.session_hash), uuid.uuid4().hex
    stopping.discard(session)
    at_the_easel.add(session)
    off = gr.update(interactive=False)
    reel, frame = Reel(), None
    try:
        yield [waiting(name, "Getting ready …"), gr.update(interactive=True), gr.skip(), off, off, gr.skip()]
        work = painted(
            photograph, painting, settings, MODELS[features], lambda: session in stopping, progress
        )
        with closing(work):
            for frame, note in work:
                reel.add(frame)
                # The buttons change at both ends only, so that no late update undoes a press of Stop.
                stop = off if frame.finished else gr.skip()
                menu = frame.model_key if frame.finished else gr.skip()
                yield [at_work(name, frame, reel, note), stop, menu, *[gr.skip() for _ in range(3)]]
        assert frame is not None  # the work ends with a finished one
        with TemporaryDirectory() as folder:  # Gradio copies what it serves
            picture, clip = Path(folder) / "painting.png", Path(folder) / "painting.mp4"
            frame.image.save(picture)
            film.write(reel.pictures(), clip, FILM_RATE)
            saved = [gr.update(value=str(path), interactive=True) for path in (picture, clip)]
            yield [gr.skip(), off, gr.skip(), *saved, (photograph.resize(frame.image.size), frame.image)]
    except Exception:
        yield [waiting(name, "Nothing was painted."), off, gr.skip(), off, off, gr.skip()]
        raise
    finally:
        stopping.discard(session)
        at_the_easel.discard(session)


def painted(
    photograph: Image.Image,
    painting: Image.Image,
    settings: Settings,
    spec: ModelSpec,
    stopped: Callable[[], bool],
    progress: gr.Progress,
) -> Generator[tuple[Frame, str], None, None]:
    """Frames, each with a sentence where the gallery's own features had to stand in for others."""

    def paint(spec: ModelSpec, report: Progress) -> Iterator[Frame]:
        return engine.paint(
            photograph, [Style(painting)], settings, runtime.current(), spec, stopped=stopped, progress=report
        )

    note = ""
    work = paint(spec, watched(progress, spec))
    try:
        first = next(work)
    except WeightsError as error:
        if spec.embedded:
            raise
        # Never a silent switch: the sentence says it, and the menu shows it.
        note = f"{error} The gallery's own features are used."
        work = paint(EMBEDDED, watched(progress, EMBEDDED))
        first = next(work)
    yield first, note
    for frame in work:
        yield frame, note


def press_stop(request: gr.Request) -> Any:
    stopping.add(str(request.session_hash))
    return gr.update(interactive=False)


def resting(content: str, style: str) -> dict[str, Any]:
    """What stands on the easel before anybody presses Start; keys of examples, the style's may be ""."""
    path = examples.result(content, style, examples.MEDIUM)
    photograph = examples.photograph(content)
    if path is None:
        return at_rest(photograph.path, "The photograph.", "Press Start, and watch it become a painting.")
    manner = examples.painting(style).name
    return at_rest(
        path, "Painted ahead:", f"{photograph.name} after {manner}. Press Start to see how it comes about."
    )


def before_after(content: str, style: str) -> tuple[str, str] | None:
    path = examples.result(content, style, examples.MEDIUM)
    return None if path is None else (str(examples.photograph(content).path), str(path))


def another_pair(content: str, style: str, request: gr.Request) -> list[Any]:
    """The new pair on the easel, unless somebody paints there. For own photographs see below."""
    if not content or str(request.session_hash) in at_the_easel:
        return [gr.skip() for _ in range(4)]
    off = gr.update(interactive=False)
    return [resting(content, style), off, off, before_after(content, style)]


def own_photograph(path: str | None, request: gr.Request) -> list[Any]:
    if path is None or str(request.session_hash) in at_the_easel:
        return [gr.skip() for _ in range(4)]
    try:
        photograph = open_image(path, enough=ENOUGH)
    except InputError:  # said when it is to be painted
        return [gr.skip() for _ in range(4)]
    off = gr.update(interactive=False)
    line = "Press Start, and watch it become a painting."
    return [at_rest(photograph, "Your photograph.", line), off, off, None]


@says_why
def numbers(
    content: str | None, style: str | None, stroke: float | None, weight: float | None, steps: float | None
) -> tuple[Image.Image, dict[str, Any]]:
    """The API: the painted picture, and numbers about it. Small, so that a call takes seconds."""
    if steps is None or not 10 <= steps <= API_STEPS or steps != int(steps):
        raise InputError(f"The steps are a whole number from 10 to {API_STEPS}.")
    if stroke is None or weight is None:
        raise InputError("The stroke size and the style weight are numbers.")
    photograph, painting = opened(content, style)
    settings = Settings(stroke, weight, int(steps), API_SIZE)
    until = time.monotonic() + API_SECONDS
    *_, last = engine.paint(
        photograph, [Style(painting)], settings, runtime.current(), stopped=lambda: time.monotonic() > until
    )
    note = last.note
    if last.stopped:
        note = f"Made {last.iteration} of {int(steps)} steps, for a call may take about {API_SECONDS:.0f} s."
    return last.image, {
        "width": last.image.width,
        "height": last.image.height,
        "steps": last.iteration,
        "seconds": round(last.seconds, 2),
        "style": float(f"{last.style:.4g}"),
        "content": float(f"{last.content:.4g}"),
        "model": last.model_key,
        "note": note,
    }
