"""An app with a Scene: `python -m tests.gallery.widgets.scene_app PORT`."""

from __future__ import annotations

import sys
from pathlib import Path

import gradio as gr

from gallery.theme import theme
from gallery.widgets.scene import Arrow, Kind, Picture, Point, Scene
from tests.gallery.widgets.page import scripts

PALETTE = Path(__file__).parents[3] / "gallery" / "static" / "palette.css"
HOSTILE = "<img src=x onerror='window.broken=1'>${window.broken=1}"
KINDS = (Kind("word", "a word", 1), Kind("step", "a step", 0))


def plane(stretch: float = 1.0) -> Picture:
    """Two words, a hostile one, and the way from the first to the second; the middle is at (0, 0)."""
    return Picture(
        points=(
            Point("king", (-2 * stretch, -1), details=("0.71 from queen",), prominent=True),
            Point("queen", (2, 1), prominent=True),
            Point(HOSTILE, (-2, 1)),
        ),
        arrows=(Arrow((-2 * stretch, -1), (2, 1), "+ woman", "step"),),
        kinds=KINDS,
        title="A plane",
        description="From king to queen.",
        x_title="first direction",
        y_title="second direction",
    )


def space() -> Picture:
    corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    return Picture(points=tuple(Point(f"corner {i}", at) for i, at in enumerate(corners)), title="A space")


def chosen(event: gr.SelectData) -> str:
    return f"{event.index}: {event.value}"


def main() -> None:
    with gr.Blocks(analytics_enabled=False) as blocks:
        scene = Scene(value=plane(), height=400, elem_id="scene")
        answer = gr.Textbox(label="Answer")
        gr.Button("Shrink").click(lambda: plane(0.5), None, scene)
        gr.Button("Update").click(lambda: gr.update(value=plane(0.5)), None, scene)
        gr.Button("Lift").click(space, None, scene)
        scene.select(chosen, None, answer)
    blocks.launch(
        server_port=int(sys.argv[1]),
        ssr_mode=False,
        quiet=True,
        app_kwargs=scripts(),
        theme=theme(),
        css_paths=PALETTE,
        js="() => document.documentElement.classList.add('gallery')",
    )


if __name__ == "__main__":
    main()
