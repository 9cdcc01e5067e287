"""Mix and mask: two paintings in any proportion, or a painting for one part of the photograph."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from PIL import Image

from demos.style_transfer import at_once, engine
from demos.style_transfer.engine import BOUNDS, Frame, Settings, Style
from demos.style_transfer.examples import PAINTINGS, PHOTOGRAPHS, RESULTS
from demos.style_transfer.models import EMBEDDED
from demos.style_transfer.views.at_once import WATCH
from demos.style_transfer.views.choose import ENOUGH, Pictures, opened, picker, watched
from demos.style_transfer.views.mask import OWN, SHAPES, MaskPainter, address_of, apart, painted, ready_made
from demos.style_transfer.views.optimise import PAINTINGS as QUEUE
from demos.style_transfer.views.side_by_side import Exhibit
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError, open_image
from gallery.permalink import Permalink
from gallery.widgets.photo import Photo

INTRODUCTION = """
For the painter a style is a list of numbers, and **numbers can be mixed**: half of one painting and half of
another is a manner that nobody ever painted in. And a style can have a place: give the sky one of its own.
"""
MIX, REGION = "mix", "region"
PARTS = [("Mix two styles", MIX), ("A style for a region", REGION)]
PHOTOGRAPH, SECOND = "photograph", "second"
FIRST_RESULT = RESULTS / "mix.webp"
# What belongs to the other part is not seen. It is there all the same, so that a link can set it.
ARRANGED = """<style>
#mix:has(#part input[value="mix"]:checked) .of-region,
#mix:has(#part input[value="region"]:checked) .of-mix,
#mix:has(#part input[value="region"]:checked):has(#outside input[value="photograph"]:checked) .of-second {
  display: none !important;
}
</style>"""
# The last input is whether the view is seen: nobody waits for pictures that nobody looks at.
SEEN = "(...inputs) => [...inputs.slice(0, -1), document.querySelector('#%s-mix')?.offsetWidth > 0]"


@dataclass(frozen=True)
class Asked:
    """What the page asks for. Equal ones have the same picture."""

    content: str | None
    style: str | None
    stroke: float
    second: str | None = None  # of a region: only where it goes outside
    share: float = 0.0  # of the second painting, from 0 to 1
    mask: str | None = None  # a data URL; None where two styles are mixed


@dataclass
class Sitting:
    """A painting at work in somebody's session, and what happened to it meanwhile."""

    stopped: bool = False
    overtaken: bool = False  # something else was asked for: its pictures are not shown any more


sittings: dict[str, Sitting] = {}


def view(demo: Demo, link: Permalink, chosen: Pictures) -> None:
    gr.Markdown(INTRODUCTION)
    with gr.Row(elem_id=f"{demo.id}-mix"):
        with gr.Column(scale=4, min_width=280):
            part = gr.Radio(PARTS, value=MIX, label="What to do", elem_id=f"{demo.id}-part")
            with gr.Column(elem_classes="of-region"):
                mask = MaskPainter(
                    value=MaskPainter.over(PHOTOGRAPHS[0].path, ready_made("upper")),
                    elem_id=f"{demo.id}-mask",
                )
                shape = gr.Radio(
                    [*((name, key) for key, (name, *_) in SHAPES.items()), ("Painted by hand", OWN)],
                    value="upper", label="Ready-made masks", elem_id=f"{demo.id}-shape",
                )  # fmt: skip
                outside = gr.Radio(
                    [("The photograph", PHOTOGRAPH), ("The second painting", SECOND)],
                    value=PHOTOGRAPH, label="Outside the mask", elem_id=f"{demo.id}-outside",
                    info="Inside it is always the page's painting, the one chosen above.",
                )  # fmt: skip
            with gr.Column(elem_classes="of-second"):
                second, _ = picker(link, "second", "Second painting", PAINTINGS, first=1)
        with gr.Column(scale=5, min_width=280):
            result = Exhibit(value=first_result(), elem_id=f"{demo.id}-mixed")
            said = gr.HTML("", elem_id=f"{demo.id}-mix-said", apply_default_css=False)
            share = gr.Slider(
                0, 100, 50, step=1, label="Share of the second painting, in %", elem_classes="of-mix",
                info="Move it slowly: do colours and strokes change together?",
            )  # fmt: skip
            stroke = gr.Slider(
                *BOUNDS["stroke"], 1.0, step=0.05, label="Stroke size",
                info="The picture follows as you move it.",
            )  # fmt: skip
            with gr.Row():
                paint = gr.Button("Paint it properly", variant="primary", scale=2, min_width=140)
                stop = gr.Button("Stop", interactive=False, scale=1, min_width=80)
            gr.Markdown(
                "What follows the sliders is guessed in one pass. *Paint it properly* improves every pixel "
                "step by step, which takes a while: where do the two differ?"
            )

    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    # The mask's widget shows the page's photograph; what is on it by hand is no ready-made mask any more.
    chosen.content.change(
        None, [chosen.content, mask], mask, api_visibility="private",
        js="(photo, mask) => ({...mask, picture: photo?.url ?? null})",
    )  # fmt: skip
    mask.input(None, None, shape, js=f"() => '{OWN}'", api_visibility="private")
    shape.change(outlined, [shape, mask], mask, **shared)

    inputs = [chosen.content, chosen.style, second, part, share, mask, outside, stroke]
    answered = gr.State(first_asked(chosen, second, share, stroke))  # what the result belongs to
    seen = gr.Checkbox(False, visible="hidden", label="Seen")
    watcher: Any = gr.HTML(
        "", html_template=ARRANGED.replace("#", f"#{demo.id}-"), js_on_load=WATCH, apply_default_css=False
    )
    changes = [one.change for one in inputs if one is not mask]  # type: ignore[attr-defined]
    gr.on(
        [watcher.focus, mask.change, *changes], show, [*inputs, answered, seen], [result, said, answered],
        js=SEEN % demo.id, trigger_mode="always_last", show_progress="minimal", show_progress_on=[said],
        api_visibility="private", **MODEL_EVENTS,
    )  # fmt: skip
    paint.click(
        paint_properly, inputs, [result, said, answered, stop], trigger_mode="once",
        show_progress="minimal", show_progress_on=[said], api_visibility="private", **QUEUE,
    )  # fmt: skip
    stop.click(press_stop, None, stop, queue=False, **shared)
    gr.on(
        [], numbers,
        [
            Photo(visible=False, label="Photograph"),
            Photo(visible=False, label="First painting"),
            Photo(visible=False, label="Second painting"),
            gr.Number(0.5, visible=False, label="Share of the second painting"),
            gr.Number(1.0, visible=False, label="Stroke size"),
        ],
        [gr.Image(visible=False, format="png", label="Painted"), gr.JSON(visible=False, label="About it")],
        api_name=f"{demo.id}_mix", **MODEL_EVENTS,
    )  # fmt: skip
    link.bind("mix_part", part)
    link.bind("mix", share)
    link.bind("mix_mask", shape)  # a mask painted by hand is in no link
    link.bind("mix_outside", outside)
    link.bind("mix_stroke", stroke)


def first_result() -> dict[str, Any] | None:
    """The mixture that ships; nothing where it is not there."""
    if not FIRST_RESULT.is_file():
        return None
    alt = f"{PHOTOGRAPHS[0].name}, half {PAINTINGS[0].name}, half {PAINTINGS[1].name}"
    return Exhibit.hung(
        FIRST_RESULT, "Mixed 50 to 50", "Ships with the gallery. Change anything, and yours appears.", alt=alt
    )


def first_asked(chosen: Pictures, second: Photo, share: gr.Slider, stroke: gr.Slider) -> Asked | None:
    content, style, other = (photo.value["path"] for photo in (chosen.content, chosen.style, second))
    asked = Asked(content, style, float(stroke.value), other, share.value / 100)
    return asked if FIRST_RESULT.is_file() else None


def outlined(shape: str, mask: dict[str, Any] | None) -> Any:
    """The ready-made mask in the widget."""
    if shape not in SHAPES:
        return gr.skip()
    return {"picture": (mask or {}).get("picture"), "mask": address_of(ready_made(shape))}


def asked_for(
    content: str | None,
    style: str | None,
    second: str | None,
    part: str,
    share: float,
    mask: dict[str, Any] | None,
    outside: str,
    stroke: float,
) -> Asked:
    if part == MIX:
        return Asked(content, style, stroke, second, share / 100)
    address = str(mask.get("mask") if isinstance(mask, dict) else None)
    return Asked(content, style, stroke, second if outside == SECOND else None, 0.0, address)


def opened_all(asked: Asked) -> tuple[Image.Image, list[Style]]:
    """The photograph, and the styles with their shares or masks. Raises InputError."""
    photograph, first = opened(asked.content, asked.style)
    second = None
    if asked.mask is None or asked.second is not None:
        if asked.second is None:
            raise InputError("There is no second painting yet: choose, paste or take one first.")
        try:
            second = open_image(asked.second, enough=ENOUGH)
        except InputError as error:
            raise InputError(f"The second painting: {error}") from error
    if asked.mask is None:
        assert second is not None
        return photograph, [Style(first, 1 - asked.share), Style(second, asked.share)]
    inside = Style(first, mask=painted(asked.mask))
    return photograph, [inside] if second is None else [Style(second), inside]


@says_why
def show(
    content: str | None,
    style: str | None,
    second: str | None,
    part: str,
    share: float,
    mask: dict[str, Any] | None,
    outside: str,
    stroke: float,
    answered: Asked | None,
    seen: bool,
    request: gr.Request,
) -> list[Any]:
    """The picture for what the page asks for, at once, unless it hangs there already."""
    asked = asked_for(content, style, second, part, share, mask, outside, stroke)
    if not seen or asked == answered:
        return [gr.skip() for _ in range(3)]
    if sitting := sittings.get(str(request.session_hash)):
        sitting.stopped = sitting.overtaken = True
    try:
        photograph, styles = opened_all(asked)
        made = at_once.repaint(photograph, styles, runtime.current(), stroke=stroke)
    except InputError as error:
        return [gr.skip(), told(str(error)), asked]
    about = (
        f"Painted in {made.seconds:.2f} s, in one pass by the painter, on {runtime.current().device.name}."
    )
    return [Exhibit.hung(made.image, titled(asked), f"{about} {made.note}", alt=spoken(asked)), "", asked]


@says_why
def paint_properly(
    content: str | None,
    style: str | None,
    second: str | None,
    part: str,
    share: float,
    mask: dict[str, Any] | None,
    outside: str,
    stroke: float,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),
) -> Iterator[list[Any]]:
    """Updates of the page while it paints. Closing this generator, as a closed page does, ends the work."""
    asked = asked_for(content, style, second, part, share, mask, outside, stroke)
    photograph, styles = opened_all(asked)
    session, sitting = str(request.session_hash), Sitting()
    sittings[session] = sitting
    kept, off = [gr.skip() for _ in range(3)], gr.update(interactive=False)
    try:
        yield [gr.skip(), "", gr.skip(), gr.update(interactive=True)]
        work = engine.paint(
            photograph, apart(styles), Settings(stroke=stroke), runtime.current(),
            stopped=lambda: sitting.stopped, progress=watched(progress, EMBEDDED),
        )  # fmt: skip
        with closing(work):
            for frame in work:
                if not sitting.overtaken:
                    hung = hanging(frame, asked)
                    yield [hung, gr.skip(), asked if frame.finished else gr.skip(), gr.skip()]
        # The button changes at both ends only, so that no late update undoes a press of Stop.
        yield [*kept, off]
    except Exception:
        yield [*kept, off]
        raise
    finally:
        if sittings.get(session) is sitting:
            del sittings[session]


def press_stop(request: gr.Request) -> Any:
    if sitting := sittings.get(str(request.session_hash)):
        sitting.stopped = True
    return gr.update(interactive=False)


def hanging(frame: Frame, asked: Asked) -> dict[str, Any]:
    """The picture as far as it is, and how far that is."""
    if frame.finished:
        many = f"{frame.iteration} of {frame.iterations}" if frame.stopped else f"{frame.iterations}"
        about = (
            f"{'Stopped after' if frame.stopped else 'Painted in'} {many} steps and {frame.seconds:.1f} s,"
        )
        about += (
            f" on {runtime.current().device.name}, through {EMBEDDED.title[:1].lower()}{EMBEDDED.title[1:]}."
        )
    else:
        about = f"Step {frame.iteration} of {frame.iterations}, {frame.seconds:.1f} s."
    return Exhibit.hung(
        frame.image,
        titled(asked),
        f"{about} {frame.note * frame.finished}",
        alt=spoken(asked),
        draft=not frame.finished,
    )


def titled(asked: Asked) -> str:
    parts = round(100 * (1 - asked.share)), round(100 * asked.share)
    return "Mixed {} to {}".format(*parts) if asked.mask is None else "A style for a region"


def spoken(asked: Asked) -> str:
    """For those who cannot see the picture."""
    if asked.mask is None:
        return f"The photograph, in the manner of both paintings, {titled(asked).lower()}"
    rest = "as it was" if asked.second is None else "in the manner of the second painting"
    return f"The photograph, inside the mask in the manner of the first painting, outside {rest}"


def told(sentence: str) -> str:
    return f'<p role="alert" style="margin: 0; color: var(--body-text-color)">{escape(sentence)}</p>'


@says_why
def numbers(
    content: str | None, first: str | None, second: str | None, share: float | None, stroke: float | None
) -> tuple[Image.Image, dict[str, Any]]:
    """The API: a photograph in one pass in a mixture of two paintings.

    `content`, `first` and `second` are files of pictures, `share` is that of the second painting from 0 to 1,
    `stroke` the size of the strokes from 0.25 to 2. Answers with the picture, 512 pixels long, and with
    `seconds`, `device` and a `note` about its size.
    """
    if share is None or not 0 <= share <= 1:
        raise InputError("The share of the second painting is a number from 0 to 1.")
    if stroke is None:
        raise InputError("The stroke is missing: a number from 0.25 to 2 is expected.")
    photograph, styles = opened_all(Asked(content, first, stroke, second, share))
    made = at_once.repaint(photograph, styles, runtime.current(), stroke=stroke)
    about = {"seconds": round(made.seconds, 3), "device": runtime.current().device.name, "note": made.note}
    return made.image, about
