"""Your face: what the discriminator makes of it, and the nearest face that the generator can make."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.utils import get_upload_folder
from numpy.typing import NDArray
from PIL import Image

from demos.faces import inversion
from demos.faces.critic import Opinion, crowd, is_colour, opinion
from demos.faces.engine import FIRST_YEAR, LAST_YEAR
from demos.faces.inversion import EXAMPLES, IMAGES, MOST_STEPS, STEPS, Found, cut_out
from demos.faces.views.finding import Finding, at_work, portrait, portrait_in
from demos.faces.views.histogram import Series, histogram, styles
from demos.faces.views.seen import SEEN, seen, watcher
from demos.faces.views.snapshot import Snapshot, received
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.hosting import zero_gpu
from gallery.inputs import InputError, open_image
from gallery.permalink import Permalink
from gallery.widgets.photo import Photo
from gallery.widgets.strip import ExampleStrip

PRIVACY = """
**Nothing is stored.** Your browser makes the picture smaller and sends it to this program, which works on
it in memory and writes it to no disk. Only the face that was cut out stays in memory, while this page is
open and at most an hour longer.
"""
ABOUT = """
**What happens.** The generator is not changed. Its *style* is: six times 257 numbers, one set for each
level from coarse to fine. Every step paints the face of the current style, compares it with yours, in
pixels and in the features of the gallery's ImageNet network, and moves the numbers a little to where the
difference is smaller. Far from the average face almost any picture could be painted, but no longer as a
face, so the style is held back.

**What to look for.** What of a face is found at once, what late, what never? The generator can only make
what it has learnt from members of one parliament. Glasses, a fringe, a headscarf or a child's face were
rare there or missing.
"""
# A search takes half a minute: it waits in a queue of its own, so that four do not keep everybody's models
# waiting. The gate still shares out the machine step by step. Where a GPU is lent, the models' queue gets it.
SEARCHES: dict[str, Any] = (
    {**MODEL_EVENTS} if zero_gpu() else {"concurrency_id": "faces_searches", "concurrency_limit": 4}
)
API_YEAR = 2000

searching: set[str] = set()  # sessions in which a face is being looked for
stopping: set[str] = set()  # those of them whose visitor pressed Stop

NOTHING: dict[str, Any] = {"portrait": "", "found": "", "line": "", "share": None}


def view(demo: Demo, link: Permalink) -> None:
    first = Found.read()
    with gr.Row(elem_id=f"{demo.id}-yours"):
        with gr.Column(scale=5, min_width=280):
            finding = Finding(value=NOTHING, elem_id=f"{demo.id}-finding")
            with gr.Row():
                find = gr.Button("Find it", variant="primary", scale=2, min_width=120)
                stop = gr.Button("Stop", interactive=False, scale=1, min_width=80)
            judged = gr.HTML(
                told(first.opinion), css_template=styles("opinion", "histogram"),
                elem_id=f"{demo.id}-opinion", apply_default_css=False,
            )  # fmt: skip
        with gr.Column(scale=4, min_width=280):
            snapshot: Any = Snapshot(elem_id=f"{demo.id}-snapshot")
            strip = ExampleStrip([(one.path, one.name) for one in EXAMPLES], label="Examples", selected=0)
            gr.Markdown(PRIVACY)
            year = gr.Slider(
                FIRST_YEAR, LAST_YEAR, first.year, step=1, label="Year",
                info="The search begins near its average face; the discriminator expects a portrait of it.",
            )  # fmt: skip
            colour = gr.Checkbox(
                first.colour, label="In colour", info="Set by your picture; change it, and see."
            )
            steps = gr.Slider(20, MOST_STEPS, STEPS, step=20, label="Steps")
    gr.Markdown(ABOUT)

    answered = gr.State((first.year, first.colour))
    looked_at, filled = seen(), gr.State(False)
    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    watcher().focus(fill, filled, [finding, filled], queue=False, **shared)
    arrived = [finding, judged, colour, answered]
    snapshot.picture(
        receive, [strip, year], [*arrived, strip], show_progress="minimal", show_progress_on=[snapshot],
        api_visibility="private", **MODEL_EVENTS,
    )  # fmt: skip
    strip.select(
        example, [strip, year], arrived, show_progress="minimal", show_progress_on=[snapshot],
        api_visibility="private", **MODEL_EVENTS,
    )  # fmt: skip
    controls: list[Any] = [year, colour]
    gr.on(
        [one.change for one in controls], judge, [finding, *controls, answered, looked_at],
        [judged, answered], js=SEEN % f"{demo.id}-yours", trigger_mode="always_last", **shared,
        **MODEL_EVENTS,
    )  # fmt: skip
    find.click(
        search, [finding, *controls, steps], [finding, stop], trigger_mode="once",
        show_progress="minimal", show_progress_on=[finding], api_visibility="private", **SEARCHES,
    )  # fmt: skip
    stop.click(press_stop, None, stop, queue=False, **shared)
    gr.on(
        [], opinion_of,
        [
            Photo(visible=False, label="Picture"),
            gr.Number(API_YEAR, visible=False, label="Year"),
        ],
        gr.JSON(visible=False, label="Opinion"), api_name=f"{demo.id}_opinion", **MODEL_EVENTS,
    )  # fmt: skip
    for name, component in {"year": year, "colour": colour, "steps": steps}.items():
        link.bind(f"yours_{name}", component)


@says_why
def receive(strip: dict[str, Any], year: float, request: gr.Request, event: gr.EventData) -> list[Any]:
    """A picture was handed in: updates of face, opinion, colour, what is answered, and the examples."""
    return [*arrival(received(event), year, request), {**strip, "selected": -1}]


@says_why
def example(strip: dict[str, Any], year: float, request: gr.Request) -> list[Any]:
    """An example was pressed."""
    number = strip.get("selected")
    if not isinstance(number, int) or not 0 <= number < len(EXAMPLES):
        raise InputError("There is no such example.")
    chosen = EXAMPLES[number]
    if chosen.aligned:
        return laid(np.array(open_image(chosen.path)), year, request)
    return arrival(open_image(chosen.path), year, request)


def arrival(image: Image.Image, year: float, request: gr.Request) -> list[Any]:
    """Raises InputError where there is no one face on it; then nothing changes."""
    return laid(cut_out(image), year, request)


def laid(face: NDArray[np.uint8], year: float, request: gr.Request) -> list[Any]:
    """The same for a face that is cut out."""
    colour = is_colour(face)
    found = opinion(face, year, colour, runtime.current())
    press_stop(request)  # what is looked for now is another face
    return [portrait(face), told(found), colour, (year, colour)]


@says_why
def judge(
    value: dict[str, Any], year: float, colour: bool, answered: tuple[float, bool], looked_at: bool
) -> list[Any]:
    """The opinion for another year or colour, unless it stands there already."""
    if not looked_at or (year, colour) == answered:
        return [gr.skip() for _ in range(2)]
    return [told(opinion(portrait_in(value), year, colour, runtime.current())), (year, colour)]


@says_why
def search(
    value: dict[str, Any], year: float, colour: bool, steps: float, request: gr.Request
) -> Iterator[list[Any]]:
    """Updates of the face and of the Stop button while it looks. Closing it ends the work."""
    session = str(request.session_hash)
    if session in searching:
        raise InputError("A face is being looked for already: wait for it, or stop it first.")
    face = portrait_in(value)
    work = inversion.invert(
        face, year, colour, runtime.current(), steps=int(steps), stopped=lambda: session in stopping
    )
    searching.add(session)
    stopping.discard(session)
    try:
        yield [{**value, "line": "Getting ready …", "share": 0.0}, gr.update(interactive=True)]
        with closing(work):
            for frame in work:
                stop = gr.update(interactive=False) if frame.finished else gr.skip()
                yield [at_work(value, frame), stop]
    except Exception:
        yield [{**value, "line": "Nothing was found.", "share": None}, gr.update(interactive=False)]
        raise
    finally:
        searching.discard(session)
        stopping.discard(session)


def press_stop(request: gr.Request) -> Any:
    if str(request.session_hash) in searching:
        stopping.add(str(request.session_hash))
    return gr.update(interactive=False)


@says_why
def opinion_of(picture: str | None, year: float | None) -> dict[str, Any]:
    """How real the discriminator finds the one face on a picture, which is deleted afterwards.

    `picture` is a file, `year` from 1850 to 2024 is when it might be from. Answers with the `probability` of
    being real, and with the shares of real portraits and of made-up faces that are found less real.
    """
    if year is None:
        raise InputError("The year is missing: a number is expected.")
    try:
        face = cut_out(open_image(picture))
    finally:
        forget(picture)
    colour = is_colour(face)
    found = opinion(face, year, colour, runtime.current())
    return {
        "probability": round(found.probability, 4),
        "logit": round(found.logit, 3),
        "above_real_portraits": round(found.above_real, 4),
        "above_made_up_faces": round(found.above_made, 4),
        "year": year,
        "colour": colour,
    }


def forget(path: str | None) -> None:
    """Deletes an upload. Files that lie elsewhere are nobody's upload and stay.

    Gradio keeps equal files once: what ships with the gallery is served to everybody from the same place.
    """
    if path is None or not Path(path).resolve().is_relative_to(Path(get_upload_folder()).resolve()):
        return
    with suppress(OSError):
        if not any(filecmp.cmp(path, own, shallow=False) for own in IMAGES.rglob(Path(path).name)):
            Path(path).unlink()


def fill(filled: bool) -> list[Any]:
    """What stands there first comes when somebody looks: it would weigh on every visit of the gallery."""
    return [gr.skip(), gr.skip()] if filled else [shown(Found.read()), True]


def shown(found: Found) -> dict[str, Any]:
    """What stands there before anybody presses anything: an example and what was found for it."""
    return at_work(portrait(found.portrait), found.frame)


def told(found: Opinion) -> str:
    """HTML: the opinion in words, and where it lies among those on real and made-up faces."""
    known = crowd()
    sentence = (
        f"{percent(found.above_real)} of real portraits and {percent(found.above_made)} of made-up faces "
        "seem less real to it."
    )
    chart = histogram(
        [
            Series(f"{len(known.real)} portraits that were kept apart", known.real),
            Series(f"{len(known.made)} made-up faces", known.made),
        ],
        found.logit,
        marked="this face",
        axis="← made up · the discriminator's answer (logit) · real →",
        said=f"Its answer for this face, {found.logit:.1f}, among those for others. {sentence}",
    )
    sentence = sentence[0].upper() + sentence[1:]
    return (
        '<div class="opinion"><p class="verdict">The discriminator: real with '
        f"{percent(found.probability)}</p><p>{sentence}</p>{chart}</div>"
    )


def percent(share: float) -> str:
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{100 * share:.0f} %"
