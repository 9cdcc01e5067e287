"""The two pictures that every view works on: what is painted, and in whose manner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from demos.style_transfer.engine import BOUNDS
from demos.style_transfer.examples import PAINTINGS, PHOTOGRAPHS, Example
from demos.style_transfer.models import EMBEDDED, MODELS
from gallery.inputs import InputError, open_image
from gallery.permalink import Permalink
from gallery.weights import ModelSpec, Progress
from gallery.widgets.photo import Photo
from gallery.widgets.strip import ExampleStrip

# All six paintings stand in one row, so that the results are not pushed off the screen.
COMPACT = "<style>.compact-strips .strip button { width: 4.2rem; font-size: .7rem; }</style>"
ENOUGH = int(BOUNDS["size"][1])  # pixels of a shorter side: more is never painted


@dataclass(frozen=True)
class Pictures:
    """What the views take as inputs: two photos (paths of files), and the examples' keys or ""."""

    content: Photo
    style: Photo
    content_key: gr.Dropdown
    style_key: gr.Dropdown


def pictures(link: Permalink) -> Pictures:
    gr.HTML(COMPACT, visible="hidden", apply_default_css=False)
    with gr.Row(elem_classes="compact-strips"):
        with gr.Column(min_width=280):
            content, content_key = picker(link, "content", "Photograph", PHOTOGRAPHS)
        with gr.Column(min_width=280):
            style, style_key = picker(link, "style", "Painting", PAINTINGS)
    return Pictures(content, style, content_key, style_key)


def picker(
    link: Permalink, name: str, label: str, examples: Sequence[Example], first: int = 0
) -> tuple[Photo, gr.Dropdown]:
    """A place for a picture with examples below it; the example's key is in the link as `name`."""
    keys = [one.key for one in examples]
    photo = Photo(
        str(examples[first].path),
        label=label,
        height=190,
        buttons=["fullscreen"],
        alt_text=label,
        elem_id=f"style_transfer-{name}",
        elem_classes="fills",
    )
    strip = ExampleStrip([(one.path, one.name) for one in examples], label=f"{label}s", selected=first)
    chosen = gr.Dropdown(["", *keys], value=keys[first], label=f"{label} of the gallery", visible="hidden")
    photo.input(None, None, chosen, js="() => ''", api_visibility="private")  # an own picture is in no link
    strip.select(None, strip, chosen, js=f"(strip) => {keys}[strip.selected]", api_visibility="private")

    def pick(key: str, strip: dict[str, Any]) -> tuple[Any, Any]:
        """The example's picture, and its button pressed; an own picture presses none."""
        at = keys.index(key) if key in keys else -1
        pressed = gr.skip() if strip["selected"] == at else {**strip, "selected": at}
        return (str(examples[at].path) if key in keys else gr.skip()), pressed

    chosen.change(pick, [chosen, strip], [photo, strip], show_progress="hidden", api_visibility="private")
    link.bind(name, chosen)
    return photo, chosen


def opened(content: str | None, style: str | None) -> tuple[Image.Image, Image.Image]:
    """Both pictures. Raises InputError, which says of which one it speaks."""
    found = []
    for path, name in ((content, "photograph"), (style, "painting")):
        if path is None:
            raise InputError(f"There is no {name} yet: choose, paste or take one first.")
        try:
            found.append(open_image(path, enough=ENOUGH))
        except InputError as error:
            raise InputError(f"The {name}: {error}") from error
    return found[0], found[1]


def model_menu() -> gr.Dropdown:
    return gr.Dropdown(
        [(spec.title, spec.key) for spec in MODELS.values()],
        value=EMBEDDED.key,
        label="Features",
        info="The first ship with the gallery; the others are downloaded when you choose them.",
    )


def watched(progress: gr.Progress, spec: ModelSpec) -> Progress:
    """The cache's bytes as the page's progress bar."""

    def report(done: int, total: int | None) -> None:
        if total:
            progress(done / total, desc=f"Getting {spec.title}: {done / 1e6:.0f} of {total / 1e6:.0f} MB")

    return report
