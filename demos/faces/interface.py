"""The page of the people who do not exist: a tab for each thing one can do with them."""

from __future__ import annotations

import gradio as gr

from demos.faces.views import copies, latent, people, quiz, yours
from gallery.demo import Demo
from gallery.views import tabbed

VIEWS = (
    ("people", "Nobody", people.view),
    ("latent", "Between faces", latent.view),
    ("copies", "Is it a copy?", copies.view),
    ("quiz", "Real or not?", quiz.view),
    ("yours", "Your face", yours.view),
)
CODE = (
    "demos.faces.model:Mapping",
    "demos.faces.model:Styled",
    "demos.faces.model:Level",
    "demos.faces.model:Down",
    "demos.faces.augment:augmented",
    "demos.faces.train:Game.step",
    "demos.faces.walk:between",
    "demos.faces.walk:mixed",
)
TRY_THIS = (
    "Set the truncation to 0. Who is that, and why does everybody of one year look like this person?",
    "Move the year from 1850 to today and leave everything else alone. What changes besides the photograph?",
    "Mix two faces: which of them gives the pose, which the colours?",
    "Find a face whose glasses, ears or background give it away. What does the network not know of them?",
    "Play the quiz. Which kind of mistake do you make more often, and which does the discriminator make?",
    "Let the network find the face nearest to yours. What of you is missing, and whose faces did it learn?",
)


def build(demo: Demo) -> gr.Blocks:
    """No model is loaded here and nothing is computed."""
    return tabbed(demo, VIEWS, CODE, TRY_THIS)
