"""Notice: one sentence on what was wrong, and what may have been meant, one click away."""

from __future__ import annotations

import re
from typing import Any

import gradio as gr

from demos.word2vec.lookup import LONGEST, UnknownWord, spoken
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


def corrected(text: str, event: gr.EventData) -> Any:
    """The text with the unknown word replaced by the one that was offered for it."""
    word, offer = (str(getattr(event, name, ""))[:LONGEST] for name in ("word", "value"))
    pieces = r"\s+".join(map(re.escape, word.split()))
    offer = f'"{offer}"' if " " in offer and f'"{word}"' not in text else offer
    return re.sub(rf"(?<!\w){pieces}(?!\w)", lambda _: offer, text, count=1) if word else gr.skip()
