"""AnswerList: the words nearest to a sum, and where the expected one stands."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.word2vec.engine import Answer, Solution
from demos.word2vec.lookup import spoken
from demos.word2vec.views.drawing import drawn_by

# Values reach the page through the DOM, never through the template, whose braces are run as code.
HTML = """
<div class="answers">
  <p class="who"></p>
  <ol class="rows"></ol>
  <p class="verdict"></p>
</div>
"""


class AnswerList(gr.HTML):
    """The answers as a ranked list with bars. Give it what `answers` returns.

    A word is a button: `select` fires with its `index` and the word (`value`).
    """

    def __init__(self, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(
            value=value,
            html_template=HTML,
            **drawn_by("answers"),
            **keywords,
        )

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


def row(answer: Answer) -> dict[str, Any]:
    return {"place": answer.place, "word": spoken(answer.word), "similarity": round(answer.similarity, 4)}


def answers(solution: Solution, who: str) -> dict[str, Any]:
    """A value: the ranked words, and the expected one in its place, which may be far down."""
    expected = solution.expected
    rows = [row(answer) | {"expected": answer == expected} for answer in solution.answers]
    if expected and expected.place > len(rows):
        rows.append(row(expected) | {"expected": True, "far": True})
    return {"who": who, "rows": rows, "verdict": verdict(solution)}


def verdict(solution: Solution) -> str:
    """One sentence on where the expected word stands, empty where none was named."""
    expected = solution.expected
    if expected is None:
        return ""
    word, place = spoken(expected.word), expected.place
    if word in (term.word.replace("_", " ") for term in solution.equation.terms):
        return f"“{word}” is one of the equation's own words."
    if place == 1:
        return f"“{word}” comes first of {solution.known:,} words, as expected."
    return f"“{word}”, which was expected, is number {place:,} of {solution.known:,} words."
