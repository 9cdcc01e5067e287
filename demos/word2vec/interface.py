"""The Word2Vec demo's page: one tab for each of its five views."""

from __future__ import annotations

import gradio as gr

from demos.word2vec.views import arithmetic, explore, own, play, relate
from gallery.demo import Demo
from gallery.views import tabbed

VIEWS = (
    ("arithmetic", "Arithmetic", arithmetic.view),
    ("relations", "Relations", relate.view),
    ("explore", "Explore", explore.view),
    ("play", "Guess the word", play.view),
    ("own", "Train your own", own.view),
)
CODE = (
    "demos.word2vec.search:query",
    "demos.word2vec.search:add",
    "demos.word2vec.search:multiply",
    "demos.word2vec.model:Block.cosines",
    "demos.word2vec.model:four_bits",
    "demos.word2vec.plane:equation",
    "demos.word2vec.live:train",
)
TRY_THIS = (
    "Take away the check mark that leaves out the equation's own words: how often does one of them win?",
    "Weigh a word: king - man + 1.5*woman, then 3*woman. When does the king disappear?",
    "Ask the same in the other direction: queen - woman + man. Is it as sure?",
    "Find an equation of your own that works, and one that should and does not.",
    "In Relations, type pairs that no dictionary would call a relation. How parallel are they?",
    "In Train your own, compare the neighbours of a word in a book with those in the gallery's vectors.",
)


def build(demo: Demo) -> gr.Blocks:
    """No model is loaded here and nothing is computed."""
    return tabbed(demo, VIEWS, CODE, TRY_THIS)
