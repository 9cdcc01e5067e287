"""Notice: one sentence on what was wrong, and what may have been meant, one click away."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.word2vec.lookup import UnknownWord, spoken
from demos.word2vec.views.drawing import drawn_by

HTML = '<div class="notice"><p class="sentence" role="alert"></p><div class="offers"></div></div>'


class Notice(gr.HTML):
    """Empty until something was wrong. `select` fires with the `value` offered for the `word`."""

    def __init__(self, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            **drawn_by("notice"),
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def notice(sentence: str = "", error: Exception | None = None) -> dict[str, Any]:
    """A value. Of a word that is unknown, the spellings come as buttons instead of in the sentence."""
    if isinstance(error, UnknownWord):
        sentence = f"{error.sentence} Did you mean:" if error.suggestions else error.sentence
        return {"sentence": sentence, "offers": list(map(spoken, error.suggestions)), "word": error.word}
    return {"sentence": str(error) if error else sentence, "offers": [], "word": ""}
