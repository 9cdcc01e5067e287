"""Compare: one photograph through several models, side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from demos.imagenet import engine
from demos.imagenet.engine import Prediction
from demos.imagenet.examples import EXAMPLES
from demos.imagenet.models import EMBEDDED, MODELS, published_figures
from demos.imagenet.views.predict import milliseconds
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError, open_image
from gallery.models import OutOfMemory
from gallery.permalink import Permalink
from gallery.weights import ModelSpec, WeightsError
from gallery.widgets.photo import Photo
from gallery.widgets.strip import ExampleStrip

MOST = 6  # columns that a projector still shows at a readable size
ENOUGH = 512  # pixels of the shorter side, more than any of the networks takes
START = (EMBEDDED.key, "torchvision/alexnet-v1", "torchvision/resnet50-v2", "torchvision/vit_b_16-v1")

CSS = (Path(__file__).parent / "compare.css").read_text(encoding="utf-8")

Outcome = Prediction | str  # a result, or the sentence that says why there is none


def view(demo: Demo, link: Permalink) -> None:
    first = EXAMPLES[0]
    gr.Markdown("Years of progress on one picture: older and newer networks, each in a column of its own.")
    with gr.Row():
        with gr.Column(scale=2, min_width=260):
            photo = Photo(
                str(first.path),
                label="Your photograph",
                height=240,
                buttons=[],
                alt_text="The photograph to compare on",
            )
            strip = ExampleStrip([(one.path, one.name) for one in EXAMPLES[:4]], label="Examples", selected=0)
        with gr.Column(scale=5, min_width=280):
            chosen = gr.CheckboxGroup(
                [(spec.title, spec.key) for spec in MODELS.values()],
                value=list(START),
                label=f"Models, at most {MOST}",
                info="All but the gallery's own are downloaded when they are first asked.",
            )
            with gr.Row():
                go = gr.Button("Compare", variant="primary")
                stop = gr.Button("Stop")
    columns = gr.HTML(page({}), css_template=CSS, apply_default_css=False, js_on_load=None)
    running = go.click(
        compare,
        [photo, chosen],
        columns,
        show_progress="minimal",
        api_name=f"{demo.id}_compare",
        **MODEL_EVENTS,
    )
    stop.click(None, cancels=running, api_visibility="private")
    strip.select(take, strip, photo, show_progress="hidden", api_visibility="private")
    link.bind("models", chosen)


def take(strip: dict[str, Any]) -> str:
    at = strip.get("selected")
    if not isinstance(at, int) or not 0 <= at < len(EXAMPLES):
        raise gr.Error("There is no such example.", print_exception=False)
    return str(EXAMPLES[at].path)


@says_why
def compare(path: str | None, keys: Sequence[str]) -> Iterator[str]:
    """HTML with one column for each model, filled in the order in which they finish."""
    if not keys:
        raise InputError("Choose at least one model.")
    if len(keys) > MOST:
        raise InputError(f"Choose at most {MOST} models, so that the columns stay readable.")
    if unknown := [key for key in keys if key not in MODELS]:
        raise InputError(f"There is no model called {str(unknown[0])[:60]}.")
    image = open_image(path, enough=ENOUGH)
    outcomes: dict[str, Outcome | None] = dict.fromkeys(keys)
    yield page(outcomes)
    for key, outcome in as_they_finish(image, [MODELS[key] for key in outcomes]):
        outcomes[key] = outcome
        yield page(outcomes)


def as_they_finish(image: Image.Image, specs: Sequence[ModelSpec]) -> Iterator[tuple[str, Outcome]]:
    """(key, result) of each. A hub that does not answer holds up its own column only."""
    pool = ThreadPoolExecutor(len(specs), thread_name_prefix="compare")
    try:
        waiting: dict[Future[Outcome], str] = {pool.submit(ask, image, spec): spec.key for spec in specs}
        while waiting:
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
    finally:
        # Reached when the visitor presses Stop, too: what has not begun never does.
        pool.shutdown(wait=False, cancel_futures=True)


def ask(image: Image.Image, spec: ModelSpec) -> Outcome:
    try:
        return engine.predict(image, spec, runtime.current())
    except (WeightsError, OutOfMemory) as error:
        return str(error)


def page(outcomes: dict[str, Outcome | None]) -> str:
    columns = "".join(column(MODELS[key], outcome) for key, outcome in outcomes.items())
    return f'<ul class="columns">{columns}</ul>'


def column(spec: ModelSpec, outcome: Outcome | None) -> str:
    if outcome is None:  # at once: the figures wait for torchvision, which takes a second to import
        return f"<li><h3>{escape(spec.title)}</h3><p>Waiting …</p></li>"
    figures = published_figures(spec.key)
    head = (
        f"<h3>{escape(spec.title)}</h3>"
        f"<p class='small'>top-1 {figures.top1:.1f} %, top-5 {figures.top5:.1f} % "
        f"({'Tiny ImageNet' if spec.embedded else 'ImageNet, published'}); "
        f"{figures.parameters / 1e6:.1f} M parameters, {figures.giga_multiply_adds:.2f} G multiply-adds</p>"
    )
    if isinstance(outcome, str):
        return f"<li>{head}<p>{escape(outcome)}</p></li>"
    rows = "".join(
        f"<li><span>{escape(guess.name)}</span><span>{guess.probability:.1%}</span>"
        f"<span class='share'><i style='width:{guess.probability:.2%}'></i></span></li>"
        for guess in outcome.guesses
    )
    time = f"<p><strong>{milliseconds(outcome.seconds)}</strong> for this picture</p>"
    return f"<li>{head}{time}<ol>{rows}</ol></li>"
