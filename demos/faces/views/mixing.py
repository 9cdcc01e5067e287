"""Mixing: a face whose coarse styles are one person's and whose fine ones another's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gradio as gr
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from demos.faces.engine import FIRST_YEAR, LAST_YEAR, generator_of, painted, style_of, within
from demos.faces.model import LEVELS
from demos.faces.models import EMBEDDED
from demos.faces.views.contact_sheet import Cell, ContactSheet, contact_sheet
from demos.faces.views.seen import SEEN, seen, watcher
from demos.faces.walk import (
    COARSE,
    FINE,
    SHIPPED,
    TABLE_A,
    TABLE_B,
    TABLE_BAND,
    mixed,
    mixtures,
    of_year,
    seeds_in,
    side_by_side,
    table,
)
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.permalink import Permalink
from gallery.widgets.heatmap import as_data_url, as_file

FIRST_LEVEL = 3
BANDS = [
    ("Coarse: 4 and 8 pixels", "coarse"),
    ("Middle: 16 and 32", "middle"),
    ("Fine: 64 and 128", "fine"),
]
WHAT = """
The network paints from coarse to fine, on six levels, and is told a style on each. **A tells it the first,
B the others.** *Look for* the level at which pose, features and colours change hands.
"""
WHAT_TABLE = """
**Three by three.** Each column is one person (A), each row another (B), who lends one band of styles and
nothing else. *Look along a row:* what do its three faces share?
"""
Asked = tuple[Any, ...]


def view(demo: Demo, link: Permalink) -> None:
    place = f"{demo.id}-mixing"
    with gr.Row(elem_id=place):
        with gr.Column(scale=3, min_width=280):
            row = ContactSheet(value=first_row(), elem_id=f"{demo.id}-mixtures")
        with gr.Column(scale=2, min_width=280):
            level = gr.Slider(
                0, len(LEVELS), FIRST_LEVEL, step=1, label="Levels that A paints", elem_id=f"{demo.id}-level",
                info="From 0, B alone, to 6, A alone.",
            )  # fmt: skip
            pair: list[Any] = []
            for name, label, person in (("a", "A: coarse", COARSE), ("b", "B: fine", FINE)):
                with gr.Row():
                    who = gr.Textbox(
                        str(person.seed), label=label, info="A seed", max_length=20, min_width=90,
                        elem_id=f"{demo.id}-{name}",
                    )  # fmt: skip
                    when = gr.Slider(
                        FIRST_YEAR, LAST_YEAR, person.year, step=1, label="Year", scale=2, min_width=180,
                        buttons=[],
                    )  # fmt: skip
                    pair += [who, when]
            a, a_year, b, b_year = pair
            gr.Markdown(WHAT)
    with gr.Row():
        with gr.Column(scale=3, min_width=280):
            grid = ContactSheet(value=first_table(), elem_id=f"{demo.id}-table")
        with gr.Column(scale=2, min_width=280):
            gr.Markdown(WHAT_TABLE)
            band = gr.Radio(BANDS, value=TABLE_BAND, label="What B lends", elem_id=f"{demo.id}-band")
            columns = gr.Textbox(written(TABLE_A), label="Three people A", max_length=60, info="Seeds")
            rows = gr.Textbox(written(TABLE_B), label="Three people B", max_length=60, info="Seeds")

    focus, is_seen = watcher(), seen()
    shared: dict[str, Any] = {
        "js": SEEN % place, "trigger_mode": "always_last", "show_progress": "hidden",
        "api_visibility": "private", **MODEL_EVENTS,
    }  # fmt: skip
    for inputs, handler, target in (
        ([a, a_year, b, b_year], mix, row),
        ([columns, a_year, rows, b_year, band], tabulate, grid),
    ):
        answered = gr.State(tuple(one.value for one in inputs))
        more = [level] if target is row else []
        gr.on(
            [focus.focus, *(one.change for one in inputs)],
            handler, [*inputs, *more, answered, is_seen], [target, answered], **shared,
        )  # fmt: skip
    # All mixtures are there already; only the browser needs to know which one is looked at.
    level.change(
        None, [level, row], row, api_visibility="private",
        js="(level, row) => row.chosen === level ? row : {...row, chosen: level}",
    )  # fmt: skip
    row.input(None, row, level, js="(row) => row.chosen", api_visibility="private")
    for name, one in (
        ("a", a), ("a_year", a_year), ("b", b), ("b_year", b_year), ("level", level), ("band", band),
        ("columns", columns), ("rows", rows),
    ):  # fmt: skip
        link.bind(name, one)
    gr.on(
        [], face_mix,
        [
            gr.Textbox(str(COARSE.seed), visible=False, label="Seed of the coarse levels"),
            gr.Textbox(str(FINE.seed), visible=False, label="Seed of the fine levels"),
            gr.Number(FIRST_LEVEL, visible=False, label="Levels of the first"),
        ],
        gr.Image(visible=False, format="png", label="The mixture"),
        api_name=f"{demo.id}_mix", **MODEL_EVENTS,
    )  # fmt: skip


def written(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds))


def side_of(level: int) -> str:
    """Pixels up to which A paints."""
    side = tuple(LEVELS)[level - 1]
    return f"{side} × {side}"


def row_of(picture: str | dict[str, Any], chosen: int) -> dict[str, Any]:
    last = len(LEVELS)
    cells = [Cell("B", "alone", "Person B, who does not exist")]
    cells += [
        Cell(f"{k}", f"A to {side_of(k)}", f"A face that is A up to {side_of(k)} pixels and B from there on")
        for k in range(1, last)
    ]
    cells.append(Cell("A", "alone", "Person A, who does not exist"))
    return contact_sheet(
        picture, cells, last + 1, chosen=chosen, shown=(last, None, 0), line="None of these people exists."
    )


def table_of(picture: str | dict[str, Any], a: Sequence[int], b: Sequence[int], band: str) -> dict[str, Any]:
    cells = [Cell(), *(Cell(f"A {seed}", "", f"Person A of seed {seed}") for seed in a)]
    for own in b:
        cells.append(Cell(f"B {own}", "", f"Person B of seed {own}"))
        cells += [Cell("", "", f"A of seed {seed} with the {band} styles of B of seed {own}") for seed in a]
    return contact_sheet(picture, cells, 1 + len(a), line="None of these people exists.")


def first_row() -> dict[str, Any]:
    return row_of(as_file(SHIPPED / "mixtures.webp"), FIRST_LEVEL)


def first_table() -> dict[str, Any]:
    return table_of(as_file(SHIPPED / "table.webp"), TABLE_A, TABLE_B, TABLE_BAND)


def as_picture(faces: NDArray[np.uint8], columns: int | None = None) -> str:
    return as_data_url(side_by_side(faces, columns), "WEBP")


@says_why
def mix(
    a: str, a_year: float, b: str, b_year: float, level: float, answered: Asked, is_seen: bool
) -> list[Any]:
    """All mixtures of two people."""
    asked = (a, a_year, b, b_year)
    if not is_seen or asked == answered or not (a.strip() and b.strip()):  # or one is being written
        return [gr.skip() for _ in range(2)]
    coarse, fine = of_year(a, a_year), of_year(b, b_year)
    faces = runtime.current().run(EMBEDDED, lambda model: mixtures(generator_of(model), coarse, fine))
    return [row_of(as_picture(faces), int(level)), asked]


@says_why
def tabulate(
    columns: str, a_year: float, rows: str, b_year: float, band: str, answered: Asked, is_seen: bool
) -> list[Any]:
    """Three by three mixtures."""
    asked = (columns, a_year, rows, b_year, band)
    if not is_seen or asked == answered or not (columns.strip() and rows.strip()):
        return [gr.skip() for _ in range(2)]
    a, b = (seeds_in(text, least=3, most=3) for text in (columns, rows))
    first = [of_year(seed, a_year) for seed in a]
    others = [of_year(seed, b_year) for seed in b]
    faces = runtime.current().run(EMBEDDED, lambda model: table(generator_of(model), first, others, band))
    return [table_of(as_picture(faces, 1 + len(a)), a, b, band), asked]


@says_why
def face_mix(seed_a: str, seed_b: str, level: float | None) -> Image.Image:
    """A face of 1950: its first `level` levels (0 to 6) in one person's style, the others in another's.

    The seeds are whole numbers, written as text. 128 pixels a side.
    """
    a, b = of_year(seed_a, 1950.0), of_year(seed_b, 1950.0)
    first = within(level, 0, len(LEVELS), "level")
    picture = runtime.current().run(
        EMBEDDED,
        lambda model: painted(
            generator_of(model),
            mixed(style_of(generator_of(model), a), style_of(generator_of(model), b), first),
        ),
    )
    return Image.fromarray(picture[0])
