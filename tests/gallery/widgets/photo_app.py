"""An app with one Photo: `python -m tests.gallery.widgets.photo_app PORT`."""

from __future__ import annotations

import sys

import gradio as gr

from gallery.events import says_why
from gallery.inputs import open_image
from gallery.widgets.photo import Photo
from tests.gallery.widgets.page import scripts


@says_why
def measure(path: str | None) -> str:
    image = open_image(path)
    return f"{image.mode} {image.width} x {image.height}"


def main() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        photo = Photo(label="Photograph")
        answer = gr.Textbox(label="Answer")
        gr.Button("Measure").click(measure, photo, answer, api_name="measure")
    blocks.launch(server_port=int(sys.argv[1]), ssr_mode=False, quiet=True, app_kwargs=scripts())


if __name__ == "__main__":
    main()
