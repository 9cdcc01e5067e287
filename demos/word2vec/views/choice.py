"""What the views share: the menu of models, and a hub that does not answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import gradio as gr

from demos.word2vec.models import EMBEDDED, MODELS
from gallery.weights import ModelSpec, Progress, WeightsError

T = TypeVar("T")


def model_menu() -> gr.Dropdown:
    return gr.Dropdown(
        [(spec.title, spec.key) for spec in MODELS.values()],
        value=EMBEDDED.key,
        label="Word vectors",
        info="The first ship with the gallery; the others are downloaded when you choose them.",
    )


def with_model(
    key: str, work: Callable[[ModelSpec, Progress], T], progress: gr.Progress
) -> tuple[T, ModelSpec, str]:
    """What `work` returns, who did it, and a sentence if that is not who was asked."""
    spec = MODELS[key]
    try:
        return work(spec, watched(progress, spec)), spec, ""
    except WeightsError as error:
        if spec.embedded:
            raise
        # Never a silent switch: the sentence says it, the menu shows it, the result names its model.
        return (
            work(EMBEDDED, watched(progress, EMBEDDED)),
            EMBEDDED,
            f"{error} The gallery's own vectors answered.",
        )


def watched(progress: gr.Progress, spec: ModelSpec) -> Progress:
    """The cache's bytes as the page's progress bar."""

    def report(done: int, total: int | None) -> None:
        if total:
            progress(done / total, desc=f"Getting {spec.title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    return report
