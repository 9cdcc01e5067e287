"""Demos for the tests of the house: small, quick, and like real ones where it matters."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import gradio as gr
import torch
from PIL import Image, ImageOps
from safetensors.torch import save_file
from torch import nn

from gallery import runtime
from gallery.demo import Chapter, Demo, Paper
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError
from gallery.lesson import lesson_panel
from gallery.permalink import Permalink
from gallery.weights import Embedded, ModelSpec

TITLES = (
    ("perceptron", "The perceptron", Chapter.HISTORY),
    ("digits", "Reading digits", Chapter.HISTORY),
    ("imagenet", "ImageNet: top-1 and top-5", Chapter.VISION),
    ("detection", "Object detection", Chapter.VISION),
    ("segmentation", "Segmentation", Chapter.VISION),
    ("style", "Style transfer", Chapter.VISION),
    ("saliency", "What a network looks at", Chapter.VISION),
    ("translation", "Machine translation", Chapter.LANGUAGE),
    ("generation", "Writing text", Chapter.LANGUAGE),
    ("speech", "Speech recognition", Chapter.LANGUAGE),
    ("go", "Go: policy and value", Chapter.GAMES),
    ("cartpole", "Balancing a pole", Chapter.GAMES),
    ("atari", "Playing from pixels", Chapter.GAMES),
    ("autoencoder", "Variational autoencoder", Chapter.GENERATIVE),
    ("gan", "Generative adversarial networks", Chapter.GENERATIVE),
    ("diffusion", "Diffusion", Chapter.GENERATIVE),
    ("word2vec", "Words as vectors", Chapter.REPRESENTATIONS),
    ("faces", "Faces as vectors", Chapter.REPRESENTATIONS),
    ("anomaly", "Finding the odd one out", Chapter.APPLICATIONS),
    ("recipes", "Recipes from pictures", Chapter.APPLICATIONS),
)

LESSON = r"""## One layer

A layer maps $x$ to $y = Wx + b$, and the loss of a class $c$ is

$$\ell = -\log \frac{e^{y_c}}{\sum_k e^{y_k}}.$$
"""
CARD = """---
weights: {name}.safetensors
sha256: {sha256}
data: Made up for the tests
licence: CC0-1.0
commit: "0000000"
seed: 1
command: python -m tests.fake_demos
wall_time: 0 s
metrics:
  val_top1: 0.75
---
A linear layer with nothing to say.
"""
DATAFLOW = """<svg viewBox="0 0 240 60" fill="none" stroke="currentColor">
<rect x="5" y="15" width="60" height="30" rx="6"/><path d="M65 30h60m-8-5 8 5-8 5"/>
<rect x="125" y="15" width="60" height="30" rx="6"/></svg>"""


def fake_demos(folder: Path) -> tuple[Demo, ...]:
    """All twenty, their files written below `folder`."""
    return tuple(fake_demo(folder, name, title, chapter) for name, title, chapter in TITLES)


def fake_demo(folder: Path, name: str, title: str = "A demo", chapter: Chapter = Chapter.VISION) -> Demo:
    package = folder / name
    package.mkdir(parents=True)
    weights = package / f"{name}.safetensors"
    save_file({"weight": torch.eye(4), "bias": torch.zeros(4)}, weights)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    (package / "card.md").write_text(CARD.format(name=name, sha256=digest))
    (package / "lesson.md").write_text(LESSON)
    (package / "dataflow.svg").write_text(DATAFLOW)
    picture = Image.linear_gradient("L").resize((640, 400)).rotate(17, expand=False)
    picture = ImageOps.colorize(picture, "#0f5c57", "#f3d9b8")
    picture.save(package / "picture.webp")
    spec = ModelSpec(
        key=f"{name}-linear",
        title=f"{title}, small",
        architecture=functools.partial(nn.Linear, 4, 4),
        source=Embedded(package / "card.md", folder=package),
        licence="CC0-1.0",
    )
    demo: Demo

    def build() -> gr.Blocks:
        return interface(demo)

    demo = Demo(
        folder=package,
        title=title,
        chapter=chapter,
        summary=f"{title}, shown in one sentence that a student understands.",
        lecture="A slide that says it in two lines.",
        paper=Paper("A paper", "A. Author", 2012, "https://example.org/paper"),
        models=(spec,),
        build=build,
    )
    return demo


def interface(demo: Demo) -> gr.Blocks:
    """An interface with one of everything that a link can hold, and two views."""

    @says_why
    def answer(text: str, factor: float, model: str) -> str:
        if text == "crash":
            raise RuntimeError("secret detail")
        if not text:
            raise InputError("Type a word first.")
        total = runtime.current().run(demo.models[0], lambda layer: float(layer(torch.ones(1, 4)).sum()))
        return f"{text} x {factor:g} with {model}: {total * factor:g}"

    with gr.Blocks() as blocks:
        link = Permalink(demo.id)
        with gr.Tabs() as views:
            with gr.Tab("Predict", id="predict"):
                with gr.Row():
                    with gr.Column():
                        text = gr.Textbox(label="Word", placeholder="Type a word")
                        factor = gr.Slider(1, 10, value=2, step=1, label="Factor", info="Watch the sum grow.")
                        model = gr.Dropdown(["small", "large"], value="small", label="Model")
                        button = gr.Button("Run", variant="primary")
                    with gr.Column():
                        result = gr.Textbox(label="Answer", interactive=False)
                        gr.Examples([["cat"], ["dog"]], text, cache_examples=False)
            with gr.Tab("Compare", id="compare"):
                gr.Markdown("Two models side by side.")
                gr.Checkbox(label="Show time per image")
        lesson_panel(
            demo,
            functions=["tests.fake_demos:interface"],
            dataflow=demo.folder / "dataflow.svg",
            try_this=["Set the factor to 10."],
        )
        button.click(answer, [text, factor, model], result, api_name=f"{demo.id}_answer", **MODEL_EVENTS)
        link.bind("view", views)
        link.bind("word", text)
        link.bind("factor", factor)
        link.bind("model", model)
        link.attach(blocks)
    return blocks
