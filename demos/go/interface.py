"""The Go demo's page: one tab for each of its views."""

from __future__ import annotations

import gradio as gr

from demos.go.views import play, records, suggest, why, zero
from gallery.demo import Demo
from gallery.views import tabbed

VIEWS = (
    ("suggest", "Suggest a move", suggest.view),
    ("play", "Play", play.view),
    ("records", "AlphaGo's games", records.view),
    ("zero", "Learning from itself", zero.view),
    ("why", "Why look-ahead fails", why.view),
)
CODE = (
    "demos.go.model:GoNetwork",
    "demos.go.engine:Evaluator",
    "demos.go.suggest:feel",
    "demos.go.search:Search.step",
    "demos.go.tree:select",
    "demos.go.rules:Position",
    "demos.go.board:place",
    "demos.go.features:write_planes",
)
TRY_THIS = (
    "Find a position where the network feels one move and the search reads another. What did it see?",
    "Look at the ownership of a game that is half over. Which points change owner when you move one stone?",
    "Give the search 50 visits, then 1000. When does it change its mind?",
    "Clear the board, place stones as no player would, and see how sure the network still is.",
    "Open a game of your own, graph it, and click the largest mistakes. Do you agree?",
)


def build(demo: Demo) -> gr.Blocks:
    """No model is loaded here and nothing is computed."""
    return tabbed(demo, VIEWS, CODE, TRY_THIS)
