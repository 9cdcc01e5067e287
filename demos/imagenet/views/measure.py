"""Measure it yourself: top-1, top-5 and confusions on one's own labelled pictures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from demos.imagenet import engine
from demos.imagenet import measure as measuring
from demos.imagenet.measure import Answer
from demos.imagenet.models import EMBEDDED, MODELS
from demos.imagenet.names import ClassNames, named_classes
from demos.imagenet.pictures import pictures_in
from demos.imagenet.quiz import PHOTOGRAPHS
from demos.imagenet.views import measure_report
from gallery import hosting, runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink
from gallery.widgets.folder import FolderButton

INTRODUCTION = """
Hand in pictures of things that the network knows, **named by class**: a folder or ZIP with one folder for
each class (`goldfish/1.jpg` or `n01443537/1.jpg`), or single files whose names begin with it
(`goldfish_1.jpg`). A ZIP is never unpacked to the disk. How far can you trust a figure from 20 pictures?
Watch the 95 % interval shrink.
"""
SAMPLE_NOTE = "The sample: the quiz's 400 photographs, two of each class, none seen in training."
SAVE = """(table) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([table], { type: 'text/csv' }));
  link.download = 'measured.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}"""


# Sessions whose visitor pressed Stop. Gradio's own cancelling reports an error where it meets a
# generator at work, and could not bring the report of what was measured until then.
stopping: set[str] = set()


@cache
def names_of(key: str) -> ClassNames:
    return named_classes(engine.class_names(MODELS[key]))


def view(demo: Demo, link: Permalink) -> None:
    gr.Markdown(INTRODUCTION)
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            files = gr.File(
                label="A ZIP, or pictures",
                file_count="multiple",
                file_types=["image", ".zip"],
                height=180,
                elem_id=f"{demo.id}-measure-files",
            )
            folder = FolderButton(text="Choose a folder instead")
        with gr.Column(scale=2, min_width=280):
            model = gr.Dropdown(
                [(spec.title, key) for key, spec in MODELS.items()],
                value=EMBEDDED.key,
                label="Model to measure",
            )
            with gr.Row():
                start = gr.Button("Measure these pictures", variant="primary", scale=2, min_width=120)
                stop = gr.Button("Stop", interactive=False, scale=1, min_width=80)
            sample = gr.Button("Measure the sample of 400")
            gr.Markdown(SAMPLE_NOTE)
    state = gr.HTML(elem_id=f"{demo.id}-measure-state", apply_default_css=False)
    details = gr.HTML(elem_id=f"{demo.id}-measure-report", apply_default_css=False)
    answers = gr.State(())
    save = gr.Button("Save all answers as a table (CSV)", size="sm", visible=False)
    table = gr.Textbox(visible=False)

    outputs = [state, details, answers, stop, save]
    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    runs: list[Any] = [
        start.click(run, [files, model], outputs, **shared, **MODEL_EVENTS),
        sample.click(run_sample, model, outputs, **shared, **MODEL_EVENTS),
    ]
    # A Space's lent GPU works in another process, which the set above does not reach.
    cancels = runs if hosting.zero_gpu() else None
    stop.click(press_stop, None, stop, cancels=cancels, queue=False, **shared)
    folder.packed(take_folder, None, files, **shared).then(
        run, [files, model], outputs, **shared, **MODEL_EVENTS
    )
    save.click(as_csv, [answers, model], table, **shared).then(
        None, table, None, js=SAVE, api_visibility="private"
    )
    gr.on(
        [], numbers, [gr.File(visible=False, label="ZIP"), model], gr.JSON(visible=False, label="Result"),
        api_name=f"{demo.id}_measure", **MODEL_EVENTS,
    )  # fmt: skip
    link.bind("measured", model)


@says_why
def run(files: list[str] | str | None, key: str, request: gr.Request) -> Iterator[list[Any]]:
    """Updates of the page while it measures. Closing this generator, as a closed page does, ends the work."""
    session = str(request.session_hash)
    stopping.discard(session)
    names = names_of(key)
    pictures = pictures_in(
        [Path(file) for file in ([files] if isinstance(files, str) else files or [])], names
    )
    work = measuring.measure(pictures, MODELS[key], runtime.current(), stop=lambda: session in stopping)
    try:
        for update in work:
            # The buttons change at both ends only, so that no late update undoes a press of Stop.
            buttons = [gr.skip(), gr.skip()]
            if update.done == 0 or update.finished:
                buttons = [
                    gr.update(interactive=not update.finished),
                    gr.update(visible=update.report is not None),
                ]
            page = [measure_report.progress(update), gr.skip(), gr.skip(), *buttons]
            if update.done == 0:
                page[1] = ""
            if update.report is not None:
                page[1] = measure_report.report(update.report, names, pictures.read)
                page[2] = update.report.answers
            yield page
    finally:
        work.close()
        stopping.discard(session)


@says_why
def run_sample(key: str, request: gr.Request) -> Iterator[list[Any]]:
    yield from run([str(PHOTOGRAPHS)], key, request)


def press_stop(request: gr.Request) -> Any:
    stopping.add(str(request.session_hash))
    return gr.update(interactive=False)


@says_why
def take_folder(event: gr.EventData) -> list[str]:
    return [str(FolderButton.received(event))]


def as_csv(answers: tuple[Answer, ...], key: str) -> str:
    return measuring.as_csv(answers, names_of(key))


@says_why
def numbers(file: str | None, model: str) -> dict[str, Any]:
    """The API: a ZIP of pictures, named by class, to figures."""
    if file is None or model not in MODELS:
        raise InputError("Send a ZIP of pictures, and the key of a model.")
    names = names_of(model)
    work = measuring.measure(pictures_in([Path(file)], names), MODELS[model], runtime.current())
    *_, last = work
    return measuring.as_numbers(last, names)
