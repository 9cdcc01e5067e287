"""Stroke size: the lecture's picture, one pair painted with small and with large strokes."""

from __future__ import annotations

import filecmp
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image

from demos.style_transfer.engine import BETWEEN_FRAMES, Frame, Settings, Style, at_stroke, paint
from demos.style_transfer.examples import (
    LARGE,
    MEDIUM,
    PAINTINGS,
    PHOTOGRAPHS,
    SMALL,
    STROKES,
    Example,
    result,
)
from demos.style_transfer.pictures import canvas_size
from demos.style_transfer.views.choose import Pictures, opened
from demos.style_transfer.views.side_by_side import Exhibit
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink

HOW = """
**How it is done.** The network that compares the pictures is made of small filters and knows no size but that
of pixels. So the *painting* is shown to it smaller or larger, and each of its strokes is then as much smaller
or larger on your picture. That is painted **coarse to fine**: while it is small, a filter of a few pixels
sees much of it, and so the large strokes get in.

**What to look for.** Small strokes cover the photograph with a texture and leave its shapes alone. Large ones
bend the shapes themselves, and what is finer than a stroke is lost.
"""
STYLE = """<style>
.progress-line { min-height: 2.6em; color: var(--body-text-color); font-size: var(--text-md); }
.progress-line p { margin: 0 0 .35rem; }
.progress-line .line { height: .5rem; border-radius: .25rem; overflow: hidden;
  background: var(--border-color-primary); }
.progress-line .line i { display: block; height: 100%; background: var(--color-accent); }
</style>"""
AHEAD = "Painted ahead, with the settings that the button uses."
NOT_YET = "Nothing is painted of these two yet."
ENDS = {SMALL: "Small strokes", LARGE: "Large strokes"}
BETWEEN = "In between"
MIDDLE = STROKES.index(MEDIUM) + 1  # the slider counts from 1

# Sessions that paint, and those of them whose visitor pressed Stop: Gradio's own cancelling keeps no picture.
painting: set[str] = set()
stopping: set[str] = set()


@dataclass(frozen=True)
class Result:
    """A picture that is there, and how it came about, or nothing of one that ships."""

    picture: Image.Image | Path
    note: str = ""


@dataclass(frozen=True)
class Painted:
    """What a visitor painted of one pair (two paths), by the size of the strokes; `line` tells of it."""

    pair: tuple[str | None, str | None] = (None, None)
    results: dict[float, Result] = field(default_factory=dict)
    line: str = ""


def view(demo: Demo, link: Permalink, chosen: Pictures) -> None:
    first = PHOTOGRAPHS[0].path, PAINTINGS[0].path
    results = found(str(first[0]), str(first[1]), Painted())
    with Image.open(first[0]) as photograph:
        small, middle, large = hung(results, MIDDLE, photograph)
    with gr.Row():
        with gr.Column(min_width=280):
            left = Exhibit(value=small, elem_id=f"{demo.id}-small")
        with gr.Column(min_width=280):
            right = Exhibit(value=large, elem_id=f"{demo.id}-large")
    with gr.Row(equal_height=True):
        with gr.Column(min_width=280):
            line = gr.HTML(
                told(without_painting(results)), elem_id=f"{demo.id}-progress", apply_default_css=False
            )
        with gr.Column(min_width=280):
            with gr.Row():
                both = gr.Button("Paint small and large", variant="primary", scale=3, min_width=170)
                stop = gr.Button("Stop", interactive=False, scale=1, min_width=80)
    with gr.Row():
        with gr.Column(min_width=280):
            centre = Exhibit(value=middle, elem_id=f"{demo.id}-between")
        with gr.Column(min_width=280):
            position = gr.Slider(
                1, len(STROKES), MIDDLE, step=1, label="Stroke size",
                info="From 1, the small strokes above, to 5, the large ones.",
                elem_id=f"{demo.id}-strokes",
            )  # fmt: skip
            one = gr.Button("Paint this size")
            gr.Markdown(HOW)
    painted = gr.State(Painted())

    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    pair, hanging = [chosen.content, chosen.style], [left, centre, right, line, stop]
    working: dict[str, Any] = {"trigger_mode": "once", **shared, **MODEL_EVENTS}
    runs = (
        both.click(paint_ends, [*pair, painted], [left, right, line, stop, painted], **working),
        one.click(paint_one, [*pair, painted, position], [centre, line, stop, painted], **working),
    )
    for run in runs:
        run.then(hang, [*pair, painted, position], hanging, **shared)
    stop.click(press_stop, None, stop, queue=False, **shared)
    position.change(hang_middle, [*pair, painted, position], centre, trigger_mode="always_last", **shared)
    # A painting of the pair before ends now, and what it shows until then is replaced by the events above.
    gr.on(
        [photo.change for photo in pair], change, [*pair, painted, position], hanging,
        trigger_mode="always_last", **shared,
    )  # fmt: skip
    link.bind("strokes", position)


def found(content: str | None, style: str | None, painted: Painted) -> dict[float, Result]:
    """The pair's pictures that are there: those of an example pair that ship, and those painted since."""
    results = {}
    photograph, painting = which(content, PHOTOGRAPHS), which(style, PAINTINGS)
    if photograph and painting:
        shipped = {stroke: result(photograph.key, painting.key, stroke) for stroke in STROKES}
        results = {stroke: Result(path) for stroke, path in shipped.items() if path}
    return results | (painted.results if painted.pair == (content, style) else {})


def which(path: str | None, examples: Sequence[Example]) -> Example | None:
    """The example that a file is. By its bytes: what the menus say may be a moment older than the picture."""
    return next((one for one in examples if path and filecmp.cmp(path, one.path, shallow=False)), None)


def hung(results: dict[float, Result], position: float, content: Image.Image) -> list[dict[str, Any]]:
    """What the three places show: small strokes, those of the slider's position, large ones."""
    height, width = canvas_size(content, Settings().size)
    values = []
    for stroke, title in ((SMALL, ENDS[SMALL]), at_position(position), (LARGE, ENDS[LARGE])):
        if seen := results.get(stroke):
            about = ", ".join(filter(None, (scale(stroke), seen.note)))
            values.append(
                Exhibit.hung(
                    seen.picture, title, about, alt=f"The photograph painted with strokes of size {stroke:g}"
                )
            )
        else:
            button = "Paint this size" if title == BETWEEN else "Paint small and large"
            values.append(Exhibit.gap(title, f"Not painted yet: press “{button}”.", (width, height)))
    return values


def at_position(position: float) -> tuple[float, str]:
    """The stroke of a position of the slider, and what it is called."""
    stroke = STROKES[min(max(int(position), 1), len(STROKES)) - 1]
    return stroke, ENDS.get(stroke, BETWEEN)


def scale(stroke: float) -> str:
    return f"the painting shown at {stroke:g} ×"


@says_why
def paint_ends(
    content: str | None, style: str | None, painted: Painted, request: gr.Request
) -> Iterator[list[Any]]:
    """Updates of both large places and of the progress."""
    yield from painted_before_ones_eyes((SMALL, LARGE), content, style, painted, str(request.session_hash))


@says_why
def paint_one(
    content: str | None, style: str | None, painted: Painted, position: float, request: gr.Request
) -> Iterator[list[Any]]:
    """Updates of the place in between and of the progress."""
    stroke, _ = at_position(position)
    yield from painted_before_ones_eyes((stroke,), content, style, painted, str(request.session_hash))


def painted_before_ones_eyes(
    strokes: Sequence[float], content: str | None, style: str | None, painted: Painted, session: str
) -> Iterator[list[Any]]:
    """Paints several sizes step by step in turn: an update for each, the line, the Stop button, the state.

    Closing it, as a closed page does, ends the work. Raises InputError.
    """
    if session in painting:
        raise InputError("A picture is being painted already: wait for it, or stop it first.")
    photograph, manner = opened(content, style)
    height, width = canvas_size(photograph, Settings().size)
    painting.add(session)
    stopping.discard(session)
    easels: dict[float, Any] = {
        # With a clock that runs on at each look, every step is shown to us; the page sees ten a second.
        stroke: paint(
            photograph, [Style(manner)], at_stroke(Settings(), stroke), runtime.current(),
            stopped=lambda: session in stopping, clock=itertools.count().__next__,
        )
        for stroke in strokes
    }  # fmt: skip
    frames: dict[float, Frame] = {}
    started, shown = time.monotonic(), float("-inf")
    try:
        yield [
            *(gr.skip() for _ in strokes),
            told("Getting ready", 0.0),
            gr.update(interactive=True),
            gr.skip(),
        ]
        while easels:
            for stroke, easel in [*easels.items()]:
                frames[stroke] = next(easel)
                if frames[stroke].finished:
                    easels.pop(stroke).close()
            seconds = time.monotonic() - started
            if easels and seconds - shown >= BETWEEN_FRAMES * len(strokes):
                shown = seconds
                drafts = [draft(stroke, frames[stroke], (width, height)) for stroke in strokes]
                yield [*drafts, doing([*frames.values()], seconds), gr.skip(), gr.skip()]
        results = {stroke: Result(frame.image, note(frame)) for stroke, frame in frames.items()}
        before = painted.results if painted.pair == (content, style) else {}
        yield [
            *(gr.skip() for _ in strokes),
            gr.skip(),
            gr.skip(),
            Painted((content, style), before | results, done([*frames.values()], seconds)),
        ]
    finally:
        for easel in easels.values():
            easel.close()
        painting.discard(session)
        stopping.discard(session)


def draft(stroke: float, frame: Frame, size: tuple[int, int]) -> dict[str, Any]:
    about = f"{scale(stroke)}, step {frame.iteration} of {frame.iterations}"
    return Exhibit.hung(
        frame.image,
        ENDS.get(stroke, BETWEEN),
        about,
        alt="The picture as it is being painted",
        size=size,
        draft=True,
    )


def note(frame: Frame) -> str:
    return f"stopped after {frame.iteration} of {frame.iterations} steps" if frame.stopped else ""


def doing(frames: Sequence[Frame], seconds: float) -> str:
    steps, all_steps = sum(one.iteration for one in frames), sum(one.iterations for one in frames)
    return told(f"<b>Painting</b> for {seconds:.0f} s: {steps} of {all_steps} steps", steps / all_steps)


def done(frames: Sequence[Frame], seconds: float) -> str:
    steps = sum(one.iteration for one in frames)
    word = "Stopped" if any(one.stopped for one in frames) else "Painted"
    return f"<b>{word}</b> after {steps} steps in {seconds:.1f} s. {frames[0].note}"


def told(line: str, share: float | None = None) -> str:
    """A sentence of HTML, and a bar while something is being done."""
    bar = "" if share is None else (
        f'<div class="line" role="progressbar" aria-label="Painting" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{100 * share:.0f}"><i style="width:{share:.1%}"></i></div>'
    )  # fmt: skip
    return f'{STYLE}<div class="progress-line"><p>{line}</p>{bar}</div>'


def press_stop(request: gr.Request) -> Any:
    if str(request.session_hash) in painting:
        stopping.add(str(request.session_hash))
    return gr.update(interactive=False)


@says_why
def hang(
    content: str | None, style: str | None, painted: Painted, position: float, request: gr.Request
) -> list[Any]:
    """All pictures that are there, the line, and the Stop button.

    Pictures above that cannot be used change nothing here but the line, which says why.
    """
    session = str(request.session_hash)
    stop = gr.update(interactive=session in painting and session not in stopping)
    try:
        photograph, _ = opened(content, style)
    except InputError as error:
        return [*[gr.skip() for _ in range(3)], told(f'<span role="alert">{escape(str(error))}</span>'), stop]
    results = found(content, style, painted)
    line = painted.line if painted.pair == (content, style) else without_painting(results)
    return [*hung(results, position, photograph), told(line), stop]


@says_why
def hang_middle(
    content: str | None, style: str | None, painted: Painted, position: float, request: gr.Request
) -> Any:
    return hang(content, style, painted, position, request)[1]


@says_why
def change(
    content: str | None, style: str | None, painted: Painted, position: float, request: gr.Request
) -> list[Any]:
    """Other pictures above."""
    press_stop(request)
    return hang(content, style, painted, position, request)


def without_painting(results: dict[float, Result]) -> str:
    return AHEAD if SMALL in results and LARGE in results else NOT_YET
