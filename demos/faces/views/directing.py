"""Directions: sliders for traits that nobody told the network about."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from demos.faces.engine import (
    FIRST_YEAR,
    LAST_YEAR,
    Person,
    at_all_levels,
    generator_of,
    painted,
    style_of,
    within,
)
from demos.faces.model import LEVELS
from demos.faces.models import EMBEDDED
from demos.faces.steering import (
    FARTHEST,
    LEAST_CORRELATION,
    LEAST_GAIN,
    MOST_LEAK,
    STRIP,
    Direction,
    direction_of,
    moved,
    shipped,
)
from demos.faces.views.contact_sheet import Cell, ContactSheet, contact_sheet
from demos.faces.views.seen import SEEN, seen, watcher
from demos.faces.walk import SHIPPED, of_year
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.permalink import Permalink
from gallery.widgets.heatmap import as_data_url, as_file

LEGEND = """<figure><img src="${value.picture.url}" alt="${value.alt}">
<p><span>${value.less}</span><span>${value.more}</span></p><figcaption>${value.about}</figcaption></figure>"""
LEGEND_STYLE = """
figure { margin: 0; padding: 0 .75rem .6rem; font: var(--text-sm)/1.35 var(--font);
         color: var(--body-text-color); background: var(--block-background-fill); }
img { display: block; width: 100%; border-radius: 6px; margin: 0; }
p { display: flex; justify-content: space-between; gap: 1rem; margin: .15rem 0; }
figcaption { font-size: .9em; color: var(--body-text-color-subdued); }
"""
# The face stays in sight while one goes through the sliders.
FOLLOWS = """<style>
@media (min-width: 721px) {
  #%s { position: sticky; top: calc(var(--bar-height) + 8px); align-self: flex-start; }
}
</style>"""
WHAT = """
**Nobody told the network what a beard is.** Thousands of its faces were measured, and a line was laid through
the styles along which one measure changes and the others stay: one unit is one standard deviation. The small
print says what it did to people who had no part in that. *Look for* what comes along uninvited, and ask why.
"""
OTHER = "() => String(Math.floor(Math.random() * 1e6))"
ALL_TO_ZERO = "() => %d === 1 ? 0 : Array(%d).fill(0)"


def view(demo: Demo, link: Permalink) -> None:
    place, found = f"{demo.id}-directing", shipped()
    with gr.Row(elem_id=place):
        with gr.Column(scale=2, min_width=280, elem_id=f"{place}-face"):
            gr.HTML(FOLLOWS % f"{place}-face", apply_default_css=False)
            face = ContactSheet(value=first_face(), elem_id=f"{demo.id}-directed")
            with gr.Row():
                seed = gr.Textbox(str(STRIP.seed), label="Person", info="A seed", max_length=20, min_width=90)
                year = gr.Slider(
                    FIRST_YEAR, LAST_YEAR, STRIP.year, step=1, label="Year", scale=2, min_width=170,
                    info="The network is told it.", buttons=[],
                )  # fmt: skip
            with gr.Row():
                other = gr.Button("Another person", variant="primary", min_width=130)
                back = gr.Button("All sliders to 0", min_width=130)
            gr.Markdown(WHAT)
        with gr.Column(scale=3, min_width=280):
            controls: dict[str, gr.Slider] = {}
            with gr.Row():
                for half in (found.directions[::2], found.directions[1::2]):
                    with gr.Column(min_width=240):
                        for one in half:
                            controls[one.key] = slider(demo, one)
            gr.Markdown(tried())

    sliders = [controls[one.key] for one in found.directions]
    focus, is_seen = watcher(), seen()
    inputs = [seed, year, *sliders]
    answered = gr.State((str(STRIP.seed), STRIP.year, *(0 for _ in sliders)))
    gr.on(
        [focus.focus, *(one.change for one in inputs)],  # type: ignore[attr-defined]
        direct, [*inputs, answered, is_seen], [face, answered],
        js=SEEN % place, trigger_mode="always_last", show_progress="hidden", api_visibility="private",
        **MODEL_EVENTS,
    )  # fmt: skip
    other.click(None, None, seed, js=OTHER, api_visibility="private")
    if sliders:
        to_zero = ALL_TO_ZERO % (len(sliders), len(sliders))
        back.click(None, None, sliders, js=to_zero, api_visibility="private")
    link.bind("d_seed", seed)
    link.bind("d_year", year)
    for one, control in zip(found.directions, sliders, strict=True):
        link.bind(f"d_{one.key}", control)
    gr.on(
        [], face_direct,
        [
            gr.Textbox(str(STRIP.seed), visible=False, label="Seed"),
            gr.Textbox("beard", visible=False, label="Direction"),
            gr.Number(1, visible=False, label="Standard deviations"),
        ],
        gr.Image(visible=False, format="png", label="The face, moved"),
        api_name=f"{demo.id}_direct", **MODEL_EVENTS,
    )  # fmt: skip


def slider(demo: Demo, one: Direction) -> gr.Slider:
    """With one face at seven places of it below, and what the test found."""
    with gr.Group():
        control = gr.Slider(
            -FARTHEST, FARTHEST, 0, step=0.1, label=one.name, buttons=[], elem_id=f"{demo.id}-d-{one.key}"
        )
        notes = {
            "alt": f"A face at seven places of the slider {one.name}",
            "less": one.less, "more": one.more, "about": small_print(one),
        }  # fmt: skip
        gr.HTML(
            {
                "picture": as_file(SHIPPED / f"direction-{one.key}.webp"),
                **{name: escape(text) for name, text in notes.items()},
            },
            html_template=LEGEND, css_template=LEGEND_STYLE, apply_default_css=False,
        )  # fmt: skip
    return control


def small_print(one: Direction) -> str:
    """What the test found."""
    name, share = one.worst
    every = tuple(LEVELS)
    levels = f"{every[min(one.levels)]} to {every[max(one.levels)]}"
    return (
        f"r = {one.correlation:.2f}, gain {one.gain:.2f}; most besides: {name}, {share:+.0%}; levels {levels}"
    )


def tried() -> str:
    """What is not shown, and why."""
    failed = shipped().failed
    rule = (
        "**The small print.** *r* is the correlation of slider and measure, *gain* how many of the measure's "
        "standard deviations one unit of the slider makes; then comes the other measure that changed most, "
        f"as a share of that. A slider is shown if r is at least {LEAST_CORRELATION:g}, the gain at least "
        f"{LEAST_GAIN:g} and that share at most {MOST_LEAK:.0%}. The brightness of the face is measured only "
        "so that no slider changes it: prints are bright or dark, and so are people."
    )
    if not failed:
        return rule
    names = "; ".join(
        f"{one.name} (r = {one.correlation:.2f}, {one.worst[0]} {one.worst[1]:+.0%})" for one in failed
    )
    return f"{rule} Tried and not shown: {names}."


def face_of(picture: str | dict[str, Any]) -> dict[str, Any]:
    face = Cell("", "This person does not exist.", "The face, moved by the sliders")
    return contact_sheet(picture, [face], 1)


def first_face() -> dict[str, Any]:
    return face_of(as_file(SHIPPED / "directed.webp"))


@says_why
def direct(seed: str, year: float, *rest: Any) -> list[Any]:
    """The face; `rest` is the amounts, what the page shows already, and whether anybody looks."""
    *amounts, answered, is_seen = rest
    asked = (seed, year, *amounts)
    if not is_seen or asked == answered or not seed.strip():  # or it is just being written
        return [gr.skip() for _ in range(2)]
    person = of_year(seed, year)
    along = {
        one.key: within(amount, -FARTHEST, FARTHEST, "amount")
        for one, amount in zip(shipped().directions, amounts, strict=True)
    }
    return [face_of(as_data_url(Image.fromarray(moved_face(person, along)), "WEBP")), asked]


def moved_face(person: Person, along: Mapping[str, float]) -> NDArray[np.uint8]:
    """(128, 128, 3)"""

    def paint(model: nn.Module) -> NDArray[np.uint8]:
        generator = generator_of(model)
        return painted(generator, moved(at_all_levels(style_of(generator, person)), along))

    return runtime.current().run(EMBEDDED, paint)[0]


@says_why
def face_direct(seed: str, direction: str, amount: float | None) -> Image.Image:
    """A face of 1950, moved along a direction such as “beard” by an amount from -3 to 3 standard deviations.

    The seed is a whole number, written as text. 128 pixels a side. A direction that is not there is refused,
    with a message that names those that are.
    """
    person = of_year(seed, STRIP.year)
    along = {direction_of(direction).key: within(amount, -FARTHEST, FARTHEST, "amount")}
    return Image.fromarray(moved_face(person, along))
