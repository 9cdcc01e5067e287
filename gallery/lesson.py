"""The explanation below every demo: how it works, the code that ran, the model card, what to try.

The panel is empty until someone opens it: a lesson is read by few visitors of a page, and the
texts of twenty demos would be most of the page's weight.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from gallery.card import Card
from gallery.demo import Demo

LATEX: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


def lesson_panel(
    demo: Demo, functions: Sequence[str] = (), dataflow: Path | None = None, try_this: Sequence[str] = ()
) -> gr.Accordion:
    """Builds the panel inside the current Blocks.

    `functions` are "package.module:name" (or "...:Class.method") of the code that ran, read from
    their files. `dataflow` is an SVG that draws with currentColor. `try_this` are sentences.
    Raises ValueError for a function that does not exist, so that the page never shows stale code.
    """
    for function in functions:
        source_of(function)
    panel = gr.Accordion("How it works", open=False, elem_classes="lesson")
    with panel:
        with gr.Tabs():
            with gr.Tab("Lesson", id="lesson", elem_id=f"{demo.id}-lesson-text"):
                picture = gr.HTML(elem_classes="dataflow", visible=dataflow is not None)
                text = gr.Markdown(latex_delimiters=LATEX, elem_classes="reading")
            with gr.Tab("The code that ran", id="code", elem_id=f"{demo.id}-lesson-code"):
                code = gr.Markdown(elem_classes="reading code")
            with gr.Tab("Model card", id="card", elem_id=f"{demo.id}-lesson-card"):
                card = gr.Markdown(elem_classes="reading")

    def read() -> list[Any]:
        return [
            figure(demo, dataflow),
            lesson_text(demo, try_this),
            code_text(functions),
            card_text(demo.card),
        ]

    panel.expand(
        read, None, [picture, text, code, card], queue=False, show_progress="hidden", api_visibility="private"
    )
    return panel


def lesson_text(demo: Demo, try_this: Sequence[str] = ()) -> str:
    """The lesson, what to try, and the paper, as Markdown."""
    paper = demo.paper
    parts = [demo.lesson.strip()]
    if try_this:
        parts.append("## Try this\n\n" + "\n".join(f"- {sentence}" for sentence in try_this))
    parts.append(f"## The paper\n\n{paper.authors}: [{paper.title}]({paper.url}), {paper.year}.")
    parts.append(f"## In the lecture\n\n{demo.lecture}")
    return "\n\n".join(parts)


def figure(demo: Demo, dataflow: Path | None) -> str | None:
    """The drawing as part of the page, so that its lines take the page's colour."""
    if dataflow is None:
        return None
    svg = dataflow.read_text(encoding="utf-8")
    svg = svg[svg.index("<svg") :]
    label = escape(f"How data flows through {demo.title}")
    return f'<figure role="img" aria-label="{label}">{svg}<figcaption>{label}</figcaption></figure>'


def code_text(functions: Sequence[str]) -> str:
    """Each function's source under the name of its file, as Markdown."""
    blocks = []
    for function in functions:
        path, line, source = source_of(function)
        blocks.append(
            f"**{function.partition(':')[2]}** in `{path}`, line {line}\n\n```python\n{source}\n```"
        )
    return "\n\n".join(blocks) or "This demo shows no code."


def source_of(function: str) -> tuple[str, int, str]:
    """File, line and source of "package.module:name", read without importing the module.

    Raises ValueError where there is no such function or class.
    """
    module, _, name = function.partition(":")
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ValueError(f"There is no module {module} whose code could be shown.")
    text = Path(spec.origin).read_text(encoding="utf-8")
    scope: Sequence[ast.stmt] = ast.parse(text).body
    node: ast.stmt | None = None
    for part in name.split("."):
        named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        node = next((one for one in scope if isinstance(one, named) and one.name == part), None)
        if node is None:
            raise ValueError(f"There is no {name} in {module} whose code could be shown.")
        scope = node.body
    assert node is not None
    first = min([node.lineno] + [one.lineno for one in node.decorator_list])  # type: ignore[attr-defined]
    lines = text.splitlines()[first - 1 : node.end_lineno]
    indent = len(lines[0]) - len(lines[0].lstrip())
    path = "/".join(module.split(".")) + ".py"
    return path, first, "\n".join(line[indent:] for line in lines)


def card_text(card: Card) -> str:
    """The card's figures as a table, then its text, as Markdown."""
    rows = [
        ("Weights", ", ".join(f"`{name}`" for name in card.weights)),
        ("SHA-256", ", ".join(f"`{digest}`" for digest in card.sha256)),
        ("Data", card.data),
        ("Licence", card.licence),
        ("Made by", f"`{card.command}`, seed {card.seed}, {card.wall_time}"),
    ]
    figures = [(name.replace("_", " "), f"{value:.4g}") for name, value in card.metrics.items()]
    table = "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows)
    measured = "| Measured on held-out data | |\n|---|--:|\n" + "\n".join(
        f"| {n} | {v} |" for n, v in figures
    )
    return f"{measured}\n\n{table}\n\n{card.text.strip()}" if figures else f"{table}\n\n{card.text.strip()}"
