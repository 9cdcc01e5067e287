"""Is it a copy? A made face, the training faces nearest to it, and how near real people come to theirs."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr
from PIL import Image

from demos.faces.casting import sitter
from demos.faces.engine import FIRST_YEAR, LAST_YEAR, Person, checked_seed
from demos.faces.neighbours import FIRST_PERSON, Comparison, Index, Nearest, compared, first, index, numbers
from demos.faces.views.histogram import Series, histogram, styles
from demos.faces.views.seen import SEEN, seen, watcher
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink
from gallery.widgets.heatmap import as_data_url

NEW_SEEDS = 1_000_000
ABOUT = """
**A network could cheat**: learn its training faces by heart and hand them out. So we look for the nearest
of them. *Nearest* by what the gallery's ImageNet network sees in a face: shapes, hair, glasses, not
pixels. Nearest by pixels mostly means the same light and the same wall. A mirror image would be a copy as
well, so that is looked for, too.

**How near is too near?** Portraits that were kept apart from the training tell: each of them has a
nearest training face, and nobody copied anybody. A copy would lie far to the left of all of these.
"""

EMPTY = '<div class="copies"></div>'


def view(demo: Demo, link: Permalink) -> None:
    person = FIRST_PERSON
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=200):
            new = gr.Button("Somebody else", variant="primary", size="lg")
            colour = gr.Checkbox(person.colour, label="In colour")
        with gr.Column(scale=2, min_width=200):
            seed = gr.Textbox(str(person.seed), max_length=20, label="Seed", elem_id=f"{demo.id}-copies-seed")
        with gr.Column(scale=3, min_width=240):
            year = gr.Slider(FIRST_YEAR, LAST_YEAR, person.year, step=1, label="Year")
    # Empty until somebody looks, for thirteen pictures in it would weigh on every visit of the gallery.
    shown = gr.HTML(
        EMPTY, css_template=styles("copies", "histogram"), elem_id=f"{demo.id}-copies",
        apply_default_css=False,
    )  # fmt: skip
    gr.Markdown(ABOUT)

    answered = gr.State()
    looked_at, watched = seen(), watcher()
    inputs: list[Any] = [seed, year, colour]
    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    new.click(somebody_else, None, inputs, **shared)
    gr.on(
        [watched.focus, *(one.change for one in inputs)], show, [*inputs, answered, looked_at],
        [shown, answered], js=SEEN % f"{demo.id}-copies", trigger_mode="always_last",
        show_progress="minimal", show_progress_on=[shown], api_visibility="private", **MODEL_EVENTS,
    )  # fmt: skip
    gr.on(
        [], nearest, gr.Textbox(str(FIRST_PERSON.seed), visible=False, label="Seed"),
        gr.JSON(visible=False, label="Distances"), api_name=f"{demo.id}_nearest", **MODEL_EVENTS,
    )  # fmt: skip
    for name, component in {"seed": seed, "year": year, "colour": colour}.items():
        link.bind(f"copies_{name}", component)


def somebody_else() -> list[Any]:
    person = sitter(secrets.randbelow(NEW_SEEDS))
    return [str(person.seed), person.year, person.colour]


@says_why
def show(seed: str, year: float, colour: bool, answered: Person | None, looked_at: bool) -> list[Any]:
    """The page for a person, unless it stands there already."""
    try:
        person = Person(checked_seed(seed), year, colour)
    except InputError as error:
        return [alert(error), None]
    if not looked_at or person == answered:
        return [gr.skip() for _ in range(2)]
    if person == FIRST_PERSON:  # which ships finished
        return [page(person, first(), index()), person]
    return [page(person, compared(person, runtime.current()), index()), person]


@says_why
def nearest(seed: str) -> dict[str, Any]:
    """How far the training faces nearest to a made one are. No picture of anybody is sent.

    `seed` is a whole number from 0 to 4294967295; year and colour are drawn for it. `share_of_real_faces`
    is of those that have a nearer one themselves.
    """
    person = sitter(seed)
    found = compared(person, runtime.current())
    return {
        "seed": person.seed,
        "year": person.year,
        "colour": person.colour,
        "by_features": numbers(found.by_features),
        "by_pixels": numbers(found.by_pixels),
        "share_of_real_faces": round(found.share, 4),
        "training_faces": len(index()),
        "portraits_kept_apart": len(index().apart),
    }


def page(person: Person, found: Comparison, known: Index) -> str:
    """HTML: the face, its nearest, the verdict and where its distance lies among those of real faces."""
    distance = found.by_features[0].distance
    where = histogram(
        [Series(f"{len(known.apart)} portraits that were kept apart", known.apart)],
        distance,
        marked="this face",
        axis="distance to the nearest training face",
        said=f"The distance of this face, {distance:.2f}, among those of real faces. {verdict(found)}",
    )
    face = as_data_url(Image.fromarray(found.picture), "WEBP")
    colour = "in colour" if person.colour else "black and white"
    about = f"This person does not exist. Seed {person.seed}, {person.year:.0f}, {colour}."
    return (
        f'<div class="copies"><figure class="made"><img src="{face}" alt="A made-up face">'
        f"<figcaption>{about}</figcaption></figure>"
        f'<div class="near"><p class="verdict" role="status">{escape(verdict(found))}</p>'
        f"<h3>Nearest of {len(known):,} training faces, by features</h3>{row(found.by_features, known, 2)}"
        f"<h3>Nearest by pixels, to compare</h3>{row(found.by_pixels, known, 0)}"
        f'</div><div class="where">{where}{twice(known)}</div></div>'
    )


def twice(known: Index) -> str:
    """A sentence on photographs that are in both parts, or nothing."""
    same = known.held_out[: len(known.held_out) - len(known.apart)]
    if not len(same):
        return ""
    return (
        f"<p>A copy would be seen: {len(same)} of the portraits kept apart turned out to be filed twice, so "
        "that the same photograph is among the training faces. Their distances are at most "
        f"{same.max():.2f}; they are left out here.</p>"
    )


def verdict(found: Comparison) -> str:
    if found.share == 0:
        return "Its nearest real face is nearer than that of any portrait kept apart: look closely!"
    if found.share == 1:
        return "Its nearest real face is farther away than that of any portrait kept apart."
    share = f"{100 * found.share:.0f} %"
    return f"Its nearest real face is farther away than {share} of real faces are from theirs."


def row(near: Sequence[Nearest], known: Index, digits: int) -> str:
    items = []
    for one in near:
        distance = f"{one.distance:.{digits}f}"
        flipped, said = (' class="mirrored"', "<br>mirrored") if one.mirrored else ("", "")
        source = f"data:image/webp;base64,{base64.b64encode(known.file(one.number)).decode()}"
        items.append(
            f'<li><img src="{source}" alt="Training face at distance {distance}"{flipped}>'
            f"{distance}{said}</li>"
        )
    return f'<ul class="row">{"".join(items)}</ul>'


def alert(error: InputError) -> str:
    return f'<p role="alert" style="color: var(--body-text-color)">{escape(str(error))}</p>'
