"""History: the lecture's three charts, from 2010 to 2021 and beyond."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from demos.imagenet import history
from demos.imagenet.history import HUMAN_TOP5, KINDS, KNOWN, Measure, Point
from demos.imagenet.models import MODELS
from gallery.demo import Demo
from gallery.permalink import Permalink
from gallery.widgets.chart import Chart, Figure, Kind, Mark, Rule

INTRODUCTION = """
**Hover a point, or move with Tab and the arrow keys, to read it; a ring opens that network in Predict.**
Look for the jump of 2012, for the year in which the networks passed the human line (5.1 % error, one
trained annotator), and for what the last few points of accuracy cost in parameters.
"""
OWN_TEST = "Another test: 200 classes at 64 x 64 pixels (Tiny ImageNet's validation images)"
SHAPES = (
    Kind("winner", KINDS["winner"], "square"),
    Kind("torchvision", KINDS["torchvision"], "circle"),
    Kind("paper", KINDS["paper"], "diamond"),
    Kind("lecture", KINDS["lecture"], "triangle"),
    Kind("own", "This gallery's own network, on another test", "star"),
)
CHARTS: dict[str, Measure | None] = {
    "All three": None,
    "Top-1": "top1",
    "Top-5": "top5",
    "Parameters": "parameters",
}
# Points whose name should be read first: the lecture's own, and the steps that everybody cites.
LANDMARKS = {
    "AlexNet", "SuperVision (AlexNet)", "VGG-16", "GoogLeNet entry", "ResNet entry", "ResNet-152",
    "SENet entry", "MobileNetV2", "Meta Pseudo Labels", "ViT-G/14", "CoAtNet-7", "NEC-UIUC",
    "The lecture's AlexNet",
}  # fmt: skip


def view(demo: Demo, link: Permalink) -> None:
    gr.Markdown(INTRODUCTION)
    choice = gr.Radio(list(CHARTS), value="All three", label="Show", show_label=False, container=False)
    charts = [
        Chart(value=figure(demo, measure), elem_id=f"{demo.id}-history-{measure}")
        for measure in CHARTS.values()
        if measure is not None
    ]
    with gr.Accordion("The same as a table, with the source of every figure", open=False):
        gr.HTML(table(demo), apply_default_css=False)

    def choose(name: str) -> list[Any]:
        wanted = CHARTS.get(name)
        return [
            gr.update(visible=wanted in (None, measure)) for measure in CHARTS.values() if measure is not None
        ]

    choice.change(choose, choice, charts, show_progress="hidden", queue=False, api_visibility="private")
    link.bind("chart", choice)


def figure(demo: Demo, measure: Measure) -> Figure:
    points = [point for point in history.history() if point.value(measure) is not None]
    keys = history.model_keys(points, MODELS.values())
    marks = [mark(demo, point, measure, keys.get(point.model)) for point in points]
    own = own_mark(demo, measure)
    common: dict[str, Any] = {
        "marks": (*marks, *([own] if own else [])),
        "kinds": SHAPES,
        "x_range": (2009.5, max(point.year for point in history.history()) + 0.6),
        "steps": tuple(history.best_so_far(points, measure)),
        "aside_title": "this gallery",
        "link_hint": "Opens in Predict",
    }
    if measure == "top1":
        return Figure(
            title="Top-1: how often the first guess is right",
            y_title="Top-1 accuracy in percent, by year",
            y_range=(lowest(marks, own, 50), 97),
            unit=" %",
            steps_label="Best so far",
            **common,
        )
    if measure == "top5":
        return Figure(
            title="Top-5: how often one of five guesses is right",
            y_title="Top-5 accuracy in percent, by year",
            y_range=(lowest(marks, own, 70), 102),
            unit=" %",
            steps_label="Best so far",
            rules=(Rule(HUMAN_TOP5, "humans: about 95 %"),),
            **common,
        )
    return Figure(
        title="Parameters: how many numbers were learned",
        y_title="Number of parameters, by year, each line ten times the one below",
        y_range=(1e6, 5e9),
        logarithmic=True,
        steps_label="Largest so far",
        **common,
    )


def lowest(marks: list[Mark], own: Mark | None, usual: float) -> float:
    """Bottom of a percent axis: as usual, or ten points lower for each mark that would fall off."""
    smallest = min(mark.y for mark in [*marks, *([own] if own else [])])
    return min(usual, smallest // 10 * 10)


def mark(demo: Demo, point: Point, measure: Measure, key: str | None) -> Mark:
    value = point.value(measure)
    assert value is not None
    details = [figures(point), point.note, f"Source: {point.source} ({KNOWN[point.known]})."]
    return Mark(
        x=point.year,
        y=value,
        label=point.model,
        kind=point.kind,
        details=tuple(filter(None, details)),
        href=predict_link(demo, key) if key else "",
        prominent=point.model in LANDMARKS,
    )


def own_mark(demo: Demo, measure: Measure) -> Mark | None:
    """The embedded network, from its card; beside the axis, because it took another test."""
    metrics = demo.card.metrics
    name = {"top1": "val_top1", "top5": "val_top5", "parameters": "parameters"}[measure]
    if name not in metrics:
        return None
    value = metrics[name] if measure == "parameters" else metrics[name] * 100
    return Mark(
        x=None,
        y=round(value, 1),
        label="Our own",
        kind="own",
        details=(OWN_TEST + ", so it cannot be compared with the others.", "Source: the model card."),
        href=predict_link(demo, next(iter(MODELS))),
        prominent=True,
    )


def predict_link(demo: Demo, key: str) -> str:
    return "?" + urlencode({"tab": demo.id, "view": "predict", "model": key}, safe="/")


def figures(point: Point) -> str:
    """The point's numbers in one line."""
    parts = [
        f"top-1 {point.top1:g} %" if point.top1 is not None else "",
        f"top-5 {point.top5:g} %" if point.top5 is not None else "",
        f"{point.parameters / 1e6:,.1f} million parameters" if point.parameters else "",
        f"{point.gmacs:g} billion multiply-adds" if point.gmacs else "",
    ]
    return ", ".join(filter(None, parts)) + "."


def table(demo: Demo) -> str:
    """All points as an HTML table."""
    points = history.history()
    keys = history.model_keys(points, MODELS.values())
    head = (
        "Year",
        "Model",
        "Top-1 %",
        "Top-5 %",
        "Parameters",
        "Billion multiply-adds",
        "Source",
        "How well known",
    )
    rows = "".join(row(demo, point, keys.get(point.model)) for point in points)
    return (
        f'<div class="points" tabindex="0" role="region" aria-label="Table of the points"><table>'
        f"<caption>Top-1 and top-5 on ImageNet's 1000 classes; winners of the challenge on its test images, "
        f"the others on its validation images.</caption>"
        f"<thead><tr>{''.join(f'<th scope=col>{title}</th>' for title in head)}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{STYLE}"
    )


STYLE = f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>"


def row(demo: Demo, point: Point, key: str | None) -> str:
    name = escape(point.model)
    if key:
        name = f'<a href="{escape(predict_link(demo, key))}">{name}</a>'
    source = escape(point.source)
    if point.url:
        source = f'<a href="{escape(point.url)}" target="_blank" rel="noopener noreferrer">{source}</a>'
    numbers = (
        f"{point.top1:g}" if point.top1 is not None else "",
        f"{point.top5:g}" if point.top5 is not None else "",
        f"{point.parameters:,}" if point.parameters else "",
        f"{point.gmacs:g}" if point.gmacs else "",
    )
    cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
    note = f"<small>{escape(point.note)}</small>" if point.note else ""
    known = KNOWN[point.known]
    return f"<tr><td>{point.year}</td><td>{name}{note}</td>{cells}<td>{source}</td><td>{known}</td></tr>"
