"""The GAN lab's page: one tab for each of its views."""

from __future__ import annotations

import gradio as gr

from demos.gan_lab.views import digits, lab
from gallery.demo import Demo
from gallery.views import tabbed

VIEWS = (
    ("points", "In two dimensions", lab.view),
    ("digits", "Digits and clothes", digits.view),
)
CODE = (
    "demos.gan_lab.lab:Lab.step",
    "demos.gan_lab.lab:Lab.teach_discriminator",
    "demos.gan_lab.lab:Lab.teach_generator",
    "demos.gan_lab.losses:discriminator_loss",
    "demos.gan_lab.losses:generator_loss",
    "demos.gan_lab.losses:gradient_penalty",
    "demos.gan_lab.networks:MLP",
    "demos.gan_lab.points:covered",
    "demos.gan_lab.points:distance",
)
TRY_THIS = (
    "Press Mode collapse and wait until everything sits in one place. Where does it go next, and why?",
    "Change the loss to the Wasserstein one while it collapses. Is that enough, or does the pace matter too?",
    "Let the discriminator learn alone for a while. Which arrows are left with Minimax, which otherwise?",
    "Set the noise to one dimension. What can the generator no longer do with the grid of 25?",
    "Go on at one step a second: whose half of the step moves the colours, and whose the points?",
    "Draw two islands. Does the generator leave a bridge between them, and what does the grid do there?",
)


def build(demo: Demo) -> gr.Blocks:
    """No model is loaded here and nothing is computed."""
    return tabbed(demo, VIEWS, CODE, TRY_THIS)
