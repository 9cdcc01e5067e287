"""Draws `picture.webp`, the demo's card on the home page, from a real solution.

python -m demos.word2vec.poster
"""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from demos.word2vec import plane
from demos.word2vec.engine import Solution, solve
from demos.word2vec.equation import parse
from demos.word2vec.lookup import spoken
from demos.word2vec.models import EMBEDDED
from gallery.runtime import Runtime

WIDTH, HEIGHT = 640, 400  # pixels of every card
SCALE = 2  # drawn larger and shrunk, for smooth edges
PAPER, INK, PLUS, MINUS, SUM, WORD = "#10161a", "#f2f5f4", "#8fb4ff", "#f0a46d", "#d7a6f5", "#5fcbb8"
FIELD = (70, 60, 570, 350)  # left, top, right, bottom of the arrows, in pixels

Place = tuple[float, float]


def poster(solution: Solution) -> Image.Image:
    """The terms head to tail, their sum dashed, and the first answer: RGB 640 x 400."""
    weights = [term.weight for term in solution.equation.terms]
    shadow = plane.equation(solution.units, weights, solution.found, 2)
    path = [(float(x), float(y)) for x, y in shadow.path.tolist()]
    answer = (float(shadow.others[0][0]), float(shadow.others[0][1]))
    places = fitted([*path, answer])
    *steps, best = places

    card = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), PAPER)
    pen = ImageDraw.Draw(card)
    arrow(pen, steps[0], steps[-1], SUM, dashed=True)
    for term, start, end in zip(solution.equation.terms, steps, steps[1:], strict=False):
        colour = PLUS if term.weight > 0 else MINUS
        arrow(pen, start, end, colour)
        sign = "- " if term.weight < 0 else "+ " if start != steps[0] else ""
        label(pen, middle(start, end), f"{sign}{spoken(term.word)}", 22, colour)
    dot(pen, best, WORD)
    label(pen, (best[0], best[1] + 22), spoken(solution.answers[0].word), 30, INK)
    return card.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def fitted(places: list[Place]) -> list[Place]:
    """Moved and scaled, both axes alike, so that all lie in FIELD."""
    left, top, right, bottom = FIELD
    xs, ys = [x for x, _ in places], [y for _, y in places]
    size = min((right - left) / (max(xs) - min(xs)), (bottom - top) / (max(ys) - min(ys)))
    x0 = (left + right) / 2 - size * (max(xs) + min(xs)) / 2
    y0 = (top + bottom) / 2 + size * (max(ys) + min(ys)) / 2
    return [(x0 + size * x, y0 - size * y) for x, y in places]


def middle(start: Place, end: Place) -> Place:
    return (start[0] + end[0]) / 2, (start[1] + end[1]) / 2


def large(*places: Place) -> list[Place]:
    return [(SCALE * x, SCALE * y) for x, y in places]


def arrow(pen: ImageDraw.ImageDraw, start: Place, end: Place, colour: str, dashed: bool = False) -> None:
    length = math.dist(start, end)
    dx, dy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
    neck = (end[0] - 12 * dx, end[1] - 12 * dy)
    if dashed:
        for at in range(0, int(length - 12), 14):
            piece = min(at + 8, length - 12)
            ends = [(start[0] + t * dx, start[1] + t * dy) for t in (at, piece)]
            pen.line(large(*ends), colour, 3 * SCALE)
    else:
        pen.line(large(start, neck), colour, 4 * SCALE)
    pen.polygon(large(end, *((neck[0] + s * 7 * dy, neck[1] - s * 7 * dx) for s in (-1, 1))), colour)


def dot(pen: ImageDraw.ImageDraw, at: Place, colour: str, radius: float = 8) -> None:
    pen.ellipse(large((at[0] - radius, at[1] - radius), (at[0] + radius, at[1] + radius)), colour)


def label(pen: ImageDraw.ImageDraw, at: Place, text: str, size: int, colour: str) -> None:
    pen.text(
        large(at)[0], text, colour, ImageFont.load_default(size * SCALE), "mm",
        stroke_width=5 * SCALE, stroke_fill=PAPER,
    )  # fmt: skip


def main() -> None:
    solution = solve(parse("king - man + woman"), EMBEDDED, Runtime(device="cpu", offline=True))
    poster(solution).save(Path(__file__).parent / "picture.webp", quality=90, method=6)


if __name__ == "__main__":
    main()
