"""The gallery's peer: its ImageNet network behind a plain Gradio app, written as most are.

    python -m benchmarks.naive_app --port 7861

Each of four tabs loads its own copy of the model when the program starts, and nothing is shared,
compressed or put off.
"""

import argparse

import gradio as gr
import torch
from PIL import Image
from safetensors.torch import load_file

from demos.imagenet.engine import class_names, preprocessing_of
from gallery.catalog import all_demos
from gallery.weights import ModelSpec

TABS_PER_MODEL = ("Predict", "Compare", "You against the network", "Measure it yourself")


def classifier_tab(spec: ModelSpec, api_name: str) -> gr.Interface:
    model = spec.architecture()
    (weights,) = spec.source.fetch()
    model.load_state_dict(load_file(weights))
    model.eval()

    def classify(image: Image.Image) -> dict[str, float]:
        with torch.no_grad():
            probabilities = model(preprocessing_of(spec)(image)[None]).softmax(dim=1)[0]
        return {name: p.item() for (_, name), p in zip(class_names(spec), probabilities, strict=True)}

    return gr.Interface(
        classify, gr.Image(type="pil"), gr.Label(num_top_classes=5), api_name=api_name, title=spec.title
    )


def build() -> gr.Blocks:
    specs = [spec for demo in all_demos() if demo.id == "imagenet" for spec in demo.models if spec.embedded]
    names = [(spec, title) for spec in specs for title in TABS_PER_MODEL]
    tabs = [
        classifier_tab(spec, "imagenet_classify" if number == 0 else f"classify_{number}")
        for number, (spec, _) in enumerate(names)
    ]
    return gr.TabbedInterface(tabs, [title for _, title in names])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=7861)
    build().launch(server_port=parser.parse_args().port, quiet=True)
