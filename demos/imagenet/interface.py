"""The ImageNet demo's page: one tab for each of its five views."""

from __future__ import annotations

import gradio as gr

from demos.imagenet.views import compare, history, measure, predict, quiz
from gallery.demo import Demo
from gallery.views import tabbed

VIEWS = (
    ("predict", "Predict", predict.view),
    ("compare", "Compare", compare.view),
    ("quiz", "You against the network", quiz.view),
    ("measure", "Measure it yourself", measure.view),
    ("history", "History", history.view),
)
CODE = (
    "demos.imagenet.engine:predict",
    "demos.imagenet.engine:explained",
    "demos.imagenet.engine:cam",
    "demos.imagenet.engine:listening",
    "gallery.preprocessing:CentreCrop.square",
    "demos.imagenet.model:TinyImageNetClassifier",
    "gallery.trunk:ResidualBlock",
)
TRY_THIS = (
    "Choose another of the five bars and watch the heat map move: each class looks at other parts.",
    "Photograph one thing from near and far, upright and upside down. When does the first guess change?",
    "Show it something that is not among its classes, such as the galaxies. It must answer all the same.",
    "Put the slider at 0 and tick the box below it: could you have told what it is from 64 x 64 pixels?",
    "In Compare, look for a picture on which AlexNet and a network of the 2020s disagree.",
)


def build(demo: Demo) -> gr.Blocks:
    """No model is loaded here and nothing is computed."""
    return tabbed(demo, VIEWS, CODE, TRY_THIS)
