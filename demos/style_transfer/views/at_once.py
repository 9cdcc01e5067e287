"""At once: the painter network, on a picture that follows the sliders, a live camera, and a film."""

from __future__ import annotations

import base64
import binascii
import io
import tempfile
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, ImageData
from PIL import Image

from demos.style_transfer import at_once as painter
from demos.style_transfer import film
from demos.style_transfer.engine import BETWEEN_FRAMES, BOUNDS, Style
from demos.style_transfer.examples import PHOTOGRAPHS, RESULTS
from demos.style_transfer.views.choose import ENOUGH, Pictures, opened
from demos.style_transfer.views.side_by_side import Exhibit
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError, open_image
from gallery.permalink import Permalink

FIRST = RESULTS / "at_once.webp"
LIVE_SIZE = 288  # pixels of a longer side; five a second on a processor
FILM_SIZE = 320
LIVE_SECONDS = 30
# A camera keeps its place in a queue as long as it runs, so it has one apart from everybody's pictures.
LIVE: dict[str, Any] = {"concurrency_id": "style_transfer_live", "concurrency_limit": 2}
# Fires `focus` whenever this view comes to be seen, be it by its own tab or by that of the demo.
WATCH = """
const look = ([place]) => place.isIntersecting && trigger('focus');
new IntersectionObserver(look, {rootMargin: '99999px'}).observe(element);
"""
# The last input is whether the view is seen: nobody waits for pictures that nobody looks at.
SEEN = "(...inputs) => [...inputs.slice(0, -1), document.querySelector('#%s-at-once')?.offsetWidth > 0]"
CHEATS = """
**Where it cheats.** To watch it paint takes hundreds of passes that compare this very picture with this very
painting. Here a second network, trained on two hundred paintings beforehand, guesses the result in
**one pass**. It knows a style only by how channels vary, alone and together: enough for the colours and the
kind of texture, too little for how strokes hang together. Compare the two on the same pair.
"""
AHEAD = "This picture ships with the gallery. Change anything, and yours appears."

# Sessions whose visitor pressed Stop: Gradio's own cancelling would throw the film away.
stopping: set[str] = set()


class Camera(gr.Image):
    """A streaming `gr.Image` that hands over each frame as the browser sent it, a data URL."""

    def get_block_name(self) -> str:
        return "image"  # drawn by Gradio's own part

    def preprocess(self, payload: ImageData | None) -> str | None:
        """The frame as a data URL, which stays in memory; None where there is none."""
        return payload.url if payload else None


class Film(gr.Video):
    """A `gr.Video` that leaves the file as it is: Gradio's own would call programs that may be missing."""

    def get_block_name(self) -> str:
        return "video"

    def preprocess(self, payload: FileData | None) -> str | None:
        """Path of the uploaded file inside Gradio's cache; None where there is no film."""
        return payload.path if payload else None

    def postprocess(self, value: str | Path | None) -> FileData | None:
        return FileData(path=str(value), orig_name=Path(value).name) if value else None


def view(demo: Demo, link: Permalink, chosen: Pictures) -> None:
    photograph = PHOTOGRAPHS[0].path
    with gr.Row(elem_id=f"{demo.id}-at-once"):
        with gr.Column(scale=3, min_width=280):
            picture = gr.ImageSlider(
                (str(photograph), str(FIRST)) if FIRST.is_file() else None,
                label="Photograph and painting",
                format="png",
                interactive=False,
                max_height=460,
                elem_id=f"{demo.id}-at-once-picture",
            )
        with gr.Column(scale=2, min_width=280):
            stroke = gr.Slider(
                *BOUNDS["stroke"], 1.0, step=0.05, label="Stroke size",
                info="The picture follows as you move it.", elem_id=f"{demo.id}-at-once-stroke",
            )  # fmt: skip
            size = gr.Slider(
                256, 1024, painter.USUAL_CANVAS, step=64, label="Size", info="Pixels of the longer side."
            )
            colours = gr.Checkbox(False, label="Keep the photograph's colours")
            line = gr.HTML(told(AHEAD), elem_id=f"{demo.id}-at-once-line", apply_default_css=False)
            gr.Markdown(CHEATS)
    with gr.Row():
        with gr.Column(min_width=280):
            camera_part(demo, chosen, stroke, colours)
        with gr.Column(min_width=280):
            film_part(demo, chosen, stroke, colours)

    # What the result on the page belongs to.
    pair = chosen.content.value["path"], chosen.style.value["path"]
    answered = gr.State((*pair, stroke.value, size.value, colours.value) if FIRST.is_file() else ())
    seen = gr.Checkbox(False, visible="hidden", label="Seen")
    watcher: Any = gr.HTML("", html_template="<i></i>", js_on_load=WATCH, apply_default_css=False)
    inputs = [chosen.content, chosen.style, stroke, size, colours]
    gr.on(
        [watcher.focus, *(one.change for one in inputs)],  # type: ignore[attr-defined]
        show, [*inputs, answered, seen], [picture, line, answered],
        js=SEEN % demo.id, trigger_mode="always_last", show_progress="minimal", show_progress_on=[line],
        api_visibility="private", **MODEL_EVENTS,
    )  # fmt: skip
    gr.on(
        [], one_pass,
        [chosen.content, chosen.style, gr.Number(1.0, visible=False, label="Stroke size")],
        [gr.Image(visible=False, format="png", label="Painted"), gr.JSON(visible=False, label="About it")],
        api_name=f"{demo.id}_at_once", **MODEL_EVENTS,
    )  # fmt: skip
    link.bind("at_once_stroke", stroke)
    link.bind("at_once_size", size)
    link.bind("at_once_colours", colours)


def camera_part(demo: Demo, chosen: Pictures, stroke: gr.Slider, colours: gr.Checkbox) -> None:
    with gr.Accordion("Live, from your camera", open=False):
        gr.Markdown(
            f"Each picture is painted, sent back and forgotten. It ends after {LIVE_SECONDS} seconds."
        )
        camera = Camera(sources=["webcam"], streaming=True, label="Your camera", elem_id=f"{demo.id}-camera")
        live = Exhibit(elem_id=f"{demo.id}-live")
    camera.stream(
        paint_frame, [camera, chosen.style, stroke, colours], live,
        stream_every=0.2, time_limit=LIVE_SECONDS, show_progress="hidden", api_visibility="private", **LIVE,
    )  # fmt: skip


def film_part(demo: Demo, chosen: Pictures, stroke: gr.Slider, colours: gr.Checkbox) -> None:
    with gr.Accordion("A short film", open=False):
        clip = Film(
            sources=["upload", "webcam"], label=f"A few seconds: at most {film.SECONDS:g} are painted",
            elem_id=f"{demo.id}-clip", height=240,
        )  # fmt: skip
        with gr.Row():
            start = gr.Button("Paint the film", variant="primary", scale=2, min_width=120)
            stop = gr.Button("Stop", interactive=False, scale=1, min_width=80)
        line = gr.HTML("", elem_id=f"{demo.id}-film-line", apply_default_css=False)
        preview = Exhibit(elem_id=f"{demo.id}-film-preview")
        painted = Film(
            interactive=False, label="The painted film", buttons=["download"], visible=False,
            elem_id=f"{demo.id}-film", height=240, loop=True,
        )  # fmt: skip
    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    start.click(
        paint_film, [clip, chosen.style, stroke, colours], [line, preview, painted, stop],
        trigger_mode="once", **shared, **MODEL_EVENTS,
    )  # fmt: skip
    stop.click(press_stop, None, stop, queue=False, **shared)


@says_why
def show(
    content: str | None,
    style: str | None,
    stroke: float,
    size: float,
    colours: bool,
    answered: tuple[Any, ...],
    seen: bool,
) -> list[Any]:
    """The picture for what stands above and beside it, unless it hangs there already."""
    asked = (content, style, stroke, size, colours)
    if not seen or asked == answered:
        return [gr.skip() for _ in range(3)]
    try:
        photograph, manner = opened(content, style)
        result = painter.repaint(
            photograph,
            [Style(manner)],
            runtime.current(),
            stroke=stroke,
            size=int(size),
            keep_colours=colours,
        )
    except InputError as error:
        return [gr.skip(), told(f'<span role="alert">{escape(str(error))}</span>'), asked]
    before = photograph.resize(result.image.size, Image.Resampling.LANCZOS)
    return [(before, result.image), told(f"{timed(result.seconds)} {result.note}"), asked]


def timed(seconds: float) -> str:
    return f"Painted in <b>{seconds:.2f} s</b>, in one pass, on {escape(runtime.current().device.name)}."


@says_why
def one_pass(
    content: str | None, style: str | None, stroke: float | None
) -> tuple[Image.Image, dict[str, Any]]:
    """A photograph painted in one pass.

    `content` and `style` are files of pictures, `stroke` is the size of the strokes from 0.25 to 2. Answers
    with the picture, 512 pixels long, and with `seconds`, `device` and a `note` about its size.
    """
    if stroke is None:
        raise InputError("The stroke is missing: a number from 0.25 to 2 is expected.")
    photograph, manner = opened(content, style)
    result = painter.repaint(photograph, [Style(manner)], runtime.current(), stroke=stroke)
    about = {
        "seconds": round(result.seconds, 3),
        "device": runtime.current().device.name,
        "note": result.note,
    }
    return result.image, about


@says_why
def paint_frame(frame: str | None, style: str | None, stroke: float, colours: bool) -> Any:
    """A frame of the camera, painted; neither is written anywhere."""
    if frame is None:
        return gr.skip()
    result = painter.repaint(
        decoded(frame), [the_style(style)], runtime.current(),
        stroke=stroke, size=LIVE_SIZE, keep_colours=colours,
    )  # fmt: skip
    return Exhibit.hung(
        result.image, "Live", f"{result.seconds:.2f} s a picture", alt="You, painted", draft=True
    )


def decoded(frame: str) -> Image.Image:
    """The picture in a data URL. Raises InputError where there is none."""
    try:
        return open_image(io.BytesIO(base64.b64decode(frame.partition(",")[2], validate=True)))
    except binascii.Error:
        raise InputError("The camera sent something that is no picture.") from None


def the_style(path: str | None) -> Style:
    """Raises InputError."""
    try:
        return Style(open_image(path, enough=ENOUGH))
    except InputError as error:
        raise InputError(f"The painting: {error}") from error


@says_why
def paint_film(
    path: str | None, style: str | None, stroke: float, colours: bool, request: gr.Request
) -> Iterator[list[Any]]:
    """Updates of the line, the picture just painted, the film in the end, and the Stop button."""
    session = str(request.session_hash)
    stopping.discard(session)
    clip = film.read(path)
    frames = painter.repaint_all(
        clip.frames,
        [the_style(style)],
        runtime.current(),
        stroke=stroke,
        size=FILM_SIZE,
        keep_colours=colours,
    )
    pictures: list[Image.Image] = []
    started, shown = time.monotonic(), float("-inf")
    try:
        yield [told("Getting ready"), None, gr.update(value=None, visible=False), gr.update(interactive=True)]
        for picture in frames:
            pictures.append(picture)
            if session in stopping:
                break
            if (now := time.monotonic()) - shown >= BETWEEN_FRAMES:
                shown = now
                about = f"{len(pictures) / clip.frames_per_second:.1f} s of the film"
                preview = Exhibit.hung(picture, "Painting", about, alt="The picture just painted", draft=True)
                yield [told(f"<b>{len(pictures)}</b> pictures painted"), preview, gr.skip(), gr.skip()]
        seconds = time.monotonic() - started
        with tempfile.TemporaryDirectory() as folder:
            painted = Path(folder) / "painted.mp4"
            film.write(pictures, painted, clip.frames_per_second)
            word = "Stopped: " if session in stopping else ""
            line = f"{word}<b>{len(pictures)} pictures</b> painted in {seconds:.1f} s. {clip.note}"
            # Gradio copies it to its cache before it asks for more.
            yield [
                told(line),
                None,
                gr.update(value=str(painted), visible=True),
                gr.update(interactive=False),
            ]
    finally:
        stopping.discard(session)


def press_stop(request: gr.Request) -> Any:
    stopping.add(str(request.session_hash))
    return gr.update(interactive=False)


def told(line: str) -> str:
    return f'<p style="margin: 0; color: var(--body-text-color)">{line}</p>'
