"""Predict: one photograph, five guesses, and where the network looked for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from demos.imagenet import engine
from demos.imagenet.engine import Prediction
from demos.imagenet.examples import EXAMPLES, FIRST_SEEN, example, first_result
from demos.imagenet.models import EMBEDDED, MODELS
from demos.imagenet.views.figures import calibration, figures_line, reliability_diagram
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError, open_image
from gallery.permalink import Permalink
from gallery.weights import ModelSpec, Progress, WeightsError
from gallery.widgets.bars import ProbabilityBars
from gallery.widgets.heatmap import HeatMap
from gallery.widgets.photo import Photo
from gallery.widgets.strip import ExampleStrip

SHOWN = 448  # pixels a side of the picture under the heat map
JAVASCRIPT = (Path(__file__).parent / "predict.js").read_text(encoding="utf-8")
# Small pictures fill the frame, as large ones do.
STYLE = "<style>#imagenet-photo img { width: 100%; height: 100%; object-fit: contain; }</style>"
NOTICE = """
[role=alert] { margin: 0 0 .75rem; padding: .6rem .9rem; border-left: 4px solid var(--color-accent);
  border-radius: 4px; color: var(--body-text-color); background: var(--background-fill-secondary); }
"""
SELECT = "(guess, bars, heat) => window.imagenetDemo.select(guess, bars, heat)"
SAVE_PNG = "(bars, heat) => window.imagenetDemo.savePicture(bars, heat)"
SAVE_JSON = "(bars, heat) => window.imagenetDemo.saveNumbers(bars, heat)"

OUTSIDE = """
**It knows 200 things and nothing else.** The gallery's own network was shown {training} of
[200 kinds of things](https://www.image-net.org/), from goldfish to acorns, 64 x 64 pixels each. Its
probabilities always add up to 100 %, so a thing outside its classes is called by the names of those that
look most alike, sometimes with confidence. The public models know 1,000 kinds; people, for example, are
not among either.
"""
RELIABLE = """
**Are its percentages honest?** Each dot gathers validation images on which the network was about equally
sure. On the dashed line, "80 %" is right 80 times of 100. The mean distance from it is **{error:.1%}**.
This holds for pictures like those it was trained on; for yours it is a hope.
"""


def view(demo: Demo, link: Permalink) -> None:
    first = EXAMPLES[0]
    strip = ExampleStrip([(one.path, one.name) for one in EXAMPLES], label="Examples", selected=0)
    # What stands in the link; the page shows both in other ways.
    chosen = gr.Dropdown(
        ["", *(one.key for one in EXAMPLES)], value=first.key, label="Example", visible="hidden"
    )
    guess = gr.Number(1, minimum=1, maximum=5, precision=0, label="Guess", visible="hidden")
    with gr.Row():
        with gr.Column(scale=4, min_width=230):
            photo = Photo(
                str(first.path),
                label="Your photograph",
                height=300,
                buttons=["fullscreen"],
                alt_text="The photograph to classify",
                elem_id="imagenet-photo",
            )
            model = gr.Dropdown(
                [(spec.title, spec.key) for spec in MODELS.values()],
                value=EMBEDDED.key,
                label="Model",
                info="The first ships with the gallery; the others are downloaded when you choose them.",
            )
            about = gr.Markdown(figures_line(EMBEDDED))
        with gr.Column(scale=5, min_width=260):
            notice = gr.HTML(
                css_template=NOTICE, apply_default_css=False, js_on_load=None, elem_id="imagenet-notice"
            )
            bars = ProbabilityBars(bars_value(first_result()))
            with gr.Row():
                save_png = gr.Button("Save picture", size="sm", min_width=90)
                save_json = gr.Button("Save numbers", size="sm", min_width=90)
        with gr.Column(scale=4, min_width=230):
            heat = HeatMap(
                heat_value(first_result(), first.path, FIRST_SEEN, alt=first.description),
                elem_id="imagenet-heat",
            )
    with gr.Accordion("What it knows, and how sure you can be", open=False):
        with gr.Row():
            gr.Markdown(OUTSIDE.format(training=demo_data(demo)))
            with gr.Column():
                gr.HTML(reliability_diagram(), apply_default_css=False)
                measured = calibration()
                gr.Markdown(RELIABLE.format(error=measured["calibration_error"]) if measured else "")

    answered = gr.State((photo.value["path"], EMBEDDED.key))  # what the result on the page belongs to
    outputs = [bars, heat, model, about, notice, answered]
    gr.on(
        [photo.change, model.change],
        show,
        [photo, model, answered],
        outputs,
        trigger_mode="always_last",
        show_progress="minimal",
        show_progress_on=[bars],
        api_visibility="private",
        **MODEL_EVENTS,
    ).then(None, [guess, bars, heat], [bars, heat], js=SELECT, api_visibility="private")
    guess.change(None, [guess, bars, heat], [bars, heat], js=SELECT, api_visibility="private")
    bars.select(None, bars, guess, js="(bars) => bars.selected + 1", api_visibility="private")
    # An own photograph is in no link; with the next picture one begins at the first guess again.
    photo.input(None, None, [chosen, guess], js="() => ['', 1]", api_visibility="private")
    strip.select(
        None,
        strip,
        [chosen, guess],
        js=f"(strip) => [{[one.key for one in EXAMPLES]}[strip.selected], 1]",
        api_visibility="private",
    )
    chosen.change(pick, [chosen, strip], [photo, strip], show_progress="hidden", api_visibility="private")
    save_png.click(None, [bars, heat], None, js=SAVE_PNG, api_visibility="private")
    save_json.click(None, [bars, heat], None, js=SAVE_JSON, api_visibility="private")
    gr.HTML(STYLE, js_on_load=JAVASCRIPT, visible="hidden", apply_default_css=False)
    gr.on(
        [], classify, [photo, model], gr.JSON(visible=False, label="Result"),
        api_name=f"{demo.id}_classify", **MODEL_EVENTS,
    )  # fmt: skip
    link.bind("model", model)
    link.bind("example", chosen)
    link.bind("guess", guess)


def pick(key: str, strip: dict[str, Any]) -> tuple[Any, Any]:
    """The example's picture, and its button pressed; an own photograph presses none."""
    keys = [one.key for one in EXAMPLES]
    pressed = (
        gr.skip()
        if strip["selected"] == (at := keys.index(key) if key in keys else -1)
        else {**strip, "selected": at}
    )
    return (str(example(key).path) if key in keys else gr.skip()), pressed


@says_why
def show(
    path: str | None, key: str, answered: tuple[str | None, str], progress: gr.Progress = gr.Progress()
) -> list[Any]:
    """Everything that changes on the page for a photograph and a model."""
    if (path, key) == answered:
        return [gr.skip() for _ in range(6)]
    if path is None:
        return [None, None, gr.skip(), figures_line(MODELS[key]), "", (path, key)]
    try:
        image = open_image(path, enough=SHOWN)
    except InputError as error:
        return [None, None, gr.skip(), figures_line(MODELS[key]), alert(str(error)), (path, key)]
    spec, sentences = MODELS[key], list[str]()
    try:
        prediction = answer(image, spec, watched(progress, spec), sentences.append)
    except WeightsError as error:
        if spec.embedded:
            raise
        # Never a silent switch: the sentence says it, the menu shows it, the result names its model.
        sentences.append(f"{error} The gallery's own network answered instead.")
        spec = EMBEDDED
        prediction = answer(image, spec, watched(progress, spec), sentences.append)
    seen = prediction.image if prediction.image.width < 128 else None
    return [
        bars_value(prediction),
        heat_value(prediction, engine.preprocessing_of(spec).square(image, SHOWN), seen),
        gr.skip() if spec.key == key else spec.key,
        figures_line(spec),
        alert(" ".join(sentences)),
        (path, spec.key),
    ]


@says_why
def classify(path: str | None, key: str) -> dict[str, Any]:
    """The five most likely classes of a picture.

    `path` is the picture's file, `key` a model such as imagenet/embedded. Answers with `model`,
    `seconds` and `guesses`, each with index, wnid, name and probability.
    """
    spec = MODELS.get(key)
    if spec is None:
        raise InputError(f"There is no model called {key[:60]}: one of {', '.join(MODELS)} is expected.")
    return numbers(engine.predict(open_image(path, enough=SHOWN), spec, runtime.current()))


def answer(
    image: Image.Image, spec: ModelSpec, progress: Progress, notice: Callable[[str], None]
) -> Prediction:
    return engine.predict(image, spec, runtime.current(), progress=progress, notice=notice, heat_maps=True)


def watched(progress: gr.Progress, spec: ModelSpec) -> Progress:
    """The cache's bytes as the page's progress bar."""

    def report(done: int, total: int | None) -> None:
        if total:
            progress(done / total, desc=f"Getting {spec.title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    return report


def numbers(prediction: Prediction) -> dict[str, Any]:
    return {
        "model": prediction.model_key,
        "seconds": prediction.seconds,
        "guesses": [asdict(guess) for guess in prediction.guesses],
    }


def bars_value(prediction: Prediction) -> dict[str, Any]:
    spec = MODELS[prediction.model_key]
    return ProbabilityBars.guesses(
        [(guess.name, guess.probability) for guess in prediction.guesses],
        who=f"Answered by {spec.title} in {milliseconds(prediction.seconds)}",
    )


def heat_value(
    prediction: Prediction, picture: Image.Image | Path, seen: Image.Image | Path | None, alt: str = ""
) -> dict[str, Any]:
    assert prediction.heat_maps is not None
    return HeatMap.maps(
        picture,
        prediction.heat_maps,
        [guess.name for guess in prediction.guesses],
        seen=seen,
        side=prediction.image.width,
        alt=alt,
    )


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def alert(sentences: str) -> str:
    return f'<p role="alert">{escape(sentences)}</p>' if sentences else ""


def demo_data(demo: Demo) -> str:
    """How many images the card says that the network saw."""
    return demo.card.data.rsplit(", ", 1)[-1]
