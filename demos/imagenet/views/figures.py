"""Figures about a model, as the page shows them."""

from __future__ import annotations

import json
from functools import cache
from html import escape

from demos.imagenet.models import FOLDER, PublishedFigures, published_figures
from gallery.weights import ModelSpec


def figures_line(spec: ModelSpec) -> str:
    """One line of Markdown: what the publisher states, or our own card."""
    figures = published_figures(spec.key)
    what = "200 classes, 64 x 64 pixels" if spec.embedded else "1,000 classes"
    tested = (
        "measured on Tiny ImageNet's 10,000 validation images"
        if spec.embedded
        else "published for ImageNet-1K"
    )
    return f"{what}; {short_figures(figures)}; {tested}"


def short_figures(figures: PublishedFigures) -> str:
    return (
        f"top-1 **{figures.top1:.1f} %**, top-5 **{figures.top5:.1f} %**, "
        f"{figures.parameters / 1e6:.1f} million parameters, "
        f"{figures.giga_multiply_adds:.2f} billion multiply-adds, {figures.megabytes:.0f} MB"
    )


@cache
def calibration() -> dict[str, object] | None:
    """What the training measured: `calibration_error` and the bins; None before the first training."""
    path = FOLDER / "calibration.json"
    if not path.exists():
        return None
    measured: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return measured


SIDE = 220  # units of the drawing, a side of the square


def reliability_diagram() -> str:
    """SVG: how often the network was right (upwards) against how sure it was (to the right)."""
    measured = calibration()
    if measured is None:
        return ""
    bins = measured["bins"]
    assert isinstance(bins, list)
    most = max(one["count"] for one in bins)
    dots = []
    for one in bins:
        x, y = one["confidence"] * SIDE, (1 - one["accuracy"]) * SIDE
        radius = 3 + 6 * (one["count"] / most) ** 0.5
        note = f"{one['count']} images, {one['confidence']:.0%} sure, {one['accuracy']:.0%} right"
        dots.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{escape(note)}</title></circle>'
        )
    ticks = "".join(
        f'<text x="{share * SIDE:.0f}" y="{SIDE + 16}" text-anchor="middle">{share:.0%}</text>'
        f'<text x="-6" y="{(1 - share) * SIDE + 4:.0f}" text-anchor="end">{share:.0%}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    error = measured["calibration_error"]
    return f"""<svg viewBox="-52 -12 {SIDE + 70} {SIDE + 56}" role="img" style="width:100%;max-width:24rem"
 aria-label="Reliability diagram: the points lie near the diagonal; mean distance {error:.1%}">
<g fill="none" stroke="currentColor"><rect width="{SIDE}" height="{SIDE}" opacity=".4"/>
<path d="M0 {SIDE}L{SIDE} 0" stroke-dasharray="5 4" opacity=".6"/></g>
<g style="fill:var(--color-accent)" fill-opacity=".8">{"".join(dots)}</g>
<g fill="currentColor" font-size="12">{ticks}
<text x="{SIDE / 2}" y="{SIDE + 36}" text-anchor="middle">how sure it was</text>
<text transform="translate(-40 {SIDE / 2}) rotate(-90)" text-anchor="middle">how often it was right</text>
</g></svg>"""
