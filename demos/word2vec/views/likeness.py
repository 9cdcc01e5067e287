"""LikenessTable: how alike every word of a list is to every other, as a heat map."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.word2vec.views.drawing import drawn_by

HTML = '<div class="frame"><table><thead></thead><tbody></tbody></table></div>'


class LikenessTable(gr.HTML):
    """Give it `{"words": [...], "rows": [[cosine, ...], ...]}`."""

    def __init__(self, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            **drawn_by("likeness"),
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}
