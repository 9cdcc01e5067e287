"""Wall: one large face, or 25 small ones that can be pressed, with what is to be said of them."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from demos.faces.casting import SIDE, Face
from demos.faces.engine import Person
from gallery.widgets.heatmap import as_data_url, as_file
from gallery.widgets.script import script

FOLDER = Path(__file__).parent
HTML = """
<figure class="nobody">
  <div class="grid"></div>
  <figcaption>
    <p role="status"><b class="title"></b> <span class="about"></span></p>
    <button type="button" class="save">Save PNG</button>
  </figcaption>
</figure>
"""


class Wall(gr.HTML):
    """Give it what `alone` or `hung` return. `pick` fires with the `seed`, as text, of a face pressed."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            css_template=(FOLDER / "wall.css").read_text(encoding="utf-8"),
            js_on_load=script(FOLDER / "wall.js"),
            apply_default_css=False,
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def alone(person: Person, picture: Face | Path, *, steered: bool = True) -> dict[str, Any]:
    """A value with one face. `steered` says whether the year and the colour shaped it.

    A path is served as a file; a face travels inside the page and is stored nowhere, a sketch as JPEG, which
    cannot be saved.
    """
    words = described(person) if steered else f"Seed {person.seed}."
    finished, title, about = True, "Nobody.", f"{words} This person does not exist."
    source: dict[str, Any] | str
    if isinstance(picture, Path):
        source = as_file(picture)
    else:
        finished = picture.finished
        source = as_data_url(Image.fromarray(picture.picture), "PNG" if finished else "JPEG")
        if not finished:
            title, about = (
                f"Step {picture.step} of {picture.steps}.",
                "What it makes out in the noise so far.",
            )
    face = {"picture": source, "seed": str(person.seed), "alt": f"A face that does not exist. {words}"}
    return {
        "faces": [face], "places": 1, "columns": 1, "chosen": "", "title": title, "about": about,
        "file": file_name(person, steered=steered) if finished else "",
    }  # fmt: skip


def hung(faces: Sequence[Face], seeds: range, chosen: int) -> dict[str, Any]:
    """A value with the faces painted so far, in the order of `seeds`; `chosen` is framed."""
    finished = len(faces) == len(seeds)
    number = f"{len(seeds)}" if finished else f"{len(faces)} of {len(seeds)}"
    return {
        "faces": [
            {
                "picture": as_webp(Image.fromarray(face.picture)),
                "seed": str(face.person.seed),
                "alt": described(face.person),
            }
            for face in faces
        ],
        "places": len(seeds), "columns": SIDE, "chosen": str(chosen),
        "title": f"{number} people who do not exist.",
        "about": f"Seeds {seeds[0]} to {seeds[-1]}. Press one to see it large.",
        "file": f"nobody-seeds-{seeds[0]}-to-{seeds[-1]}.png" if finished else "",
    }  # fmt: skip


def described(person: Person) -> str:
    colour = "colour" if person.colour else "black and white"
    return f"Seed {person.seed}, as if photographed in {person.year:.0f}, in {colour}."


def file_name(person: Person, *, steered: bool = True) -> str:
    if not steered:
        return f"nobody-seed-{person.seed}.png"
    colour = "colour" if person.colour else "grey"
    return f"nobody-seed-{person.seed}-{person.year:.0f}-{colour}-{person.truncation:g}.png"


def as_webp(image: Image.Image) -> str:
    """Small, for a wall is sent again with each row that is painted."""
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=90)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode()}"
