"""AxisPlot: a list of words laid out between two ends."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.word2vec.views.drawing import drawn_by

HTML = '<div class="axis"><div class="ends"><b class="low"></b><b class="high"></b></div><ul></ul></div>'


class AxisPlot(gr.HTML):
    """Give it `{"low": ..., "high": ..., "words": [...], "places": [...]}`, 0 being halfway."""

    def __init__(self, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            **drawn_by("axis"),
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
