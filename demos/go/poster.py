"""Computes the page's first view, and draws `picture.webp`, the demo's card on the home page, from it.

python -m demos.go.poster
"""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from demos.go import suggest
from demos.go.board import BLACK, EMPTY
from demos.go.link import from_link
from demos.go.models import EMBEDDED
from demos.go.rules import Position
from demos.go.suggest import Opinion
from demos.go.views.first import FILE, FIRST_LINK, FIRST_VISITS, as_json, as_opinion
from demos.go.views.table import Table, Thoughts, begun
from gallery.runtime import Runtime

WIDTH, HEIGHT = 640, 400  # pixels of every card
SCALE = 2  # drawn larger and shrunk, for smooth edges
ACROSS, DOWN = 11, 7  # points that the card shows, around the best move
CELL = WIDTH / ACROSS
WOOD, LINE, THINK, SOFT, INK = "#ecd3a3", "#73592f", (13, 79, 139), "#dcebfa", "#0a3054"


def poster(position: Position, opinion: Opinion) -> Image.Image:
    """A part of the board with what the network feels there: RGB 640 x 400."""
    size = position.size
    row, column = divmod(opinion.best.move, size)
    top = max(-0.7, min(row - (DOWN - 1) / 2, size - DOWN - 0.3))
    left = max(-0.7, min(column - (ACROSS - 1) / 2, size - ACROSS - 0.3))
    card = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE), WOOD)
    pen = ImageDraw.Draw(card, "RGBA")

    def at(move: int) -> tuple[float, float]:
        row, column = divmod(move, size)
        return (column - left + 0.5) * CELL * SCALE, (row - top + 0.35) * CELL * SCALE

    def disc(move: int, radius: float, fill: str | tuple[int, ...], edge: str, width: int = 1) -> None:
        (x, y), r = at(move), radius * CELL * SCALE
        pen.ellipse((x - r, y - r, x + r, y + r), fill, edge, width)

    for i in range(size):
        pen.line((*at(i * size), *at(i * size + size - 1)), LINE, 3)
        pen.line((*at(i), *at((size - 1) * size + i)), LINE, 3)
    stones = position.stones.reshape(-1)
    most = float(opinion.heat[:-1].max())
    for move in range(position.points):
        x, y = at(move)
        strength = (float(opinion.heat[move]) / most) ** 0.5
        if strength > 0.05 and stones[move] == EMPTY:
            half = CELL * SCALE / 2 - 1
            box = (x - half, y - half, x + half, y + half)
            pen.rounded_rectangle(box, 14, (*THINK, round(230 * strength)))
    for move in range(position.points):
        if stones[move] != EMPTY:
            black = stones[move] == BLACK
            disc(move, 0.47, "#1a1c1e" if black else "#f7f5f0", "#000000" if black else "#8d877a", 2)
    for rank, one in reversed(list(enumerate(opinion.candidates))):
        if one.move == position.points:
            continue
        disc(one.move, 0.48, THINK if not rank else SOFT, "#ffffff" if not rank else "#0d4f8b", 4)
        ink = "#ffffff" if not rank else INK
        (x, y), shift = at(one.move), CELL * SCALE * 0.18
        pen.text((x, y - shift), str(rank + 1), ink, ImageFont.load_default(40), "mm")
        pen.text((x, y + shift), f"{100 * one.share:.0f}%", ink, ImageFont.load_default(34), "mm")
    return card.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def stored(opinion: Opinion) -> Opinion:
    """With as many digits as the file has, so that the page draws the same from it."""
    return as_opinion(as_json(opinion))


def main() -> None:
    house = Runtime(device="cpu", offline=True)
    record, path = from_link(FIRST_LINK)
    game = begun(record, path)
    felt = stored(suggest.feel(game.position, record.komi, house))
    read = stored(list(suggest.read(game.position, record.komi, house, FIRST_VISITS))[-1])
    table = Table(game, Thoughts(FIRST_LINK, felt, read))
    content = {
        "model": EMBEDDED.key,
        "sgf": record.to_sgf(),
        "moves": len(path),
        "felt": as_json(felt),
        "read": as_json(read),
        "board": table.board(),
        "opinions": table.opinions(),
        "win_rate": table.win_rate(),
    }
    FILE.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")
    picture = Path(__file__).parent / "picture.webp"
    poster(game.position, felt).save(picture, quality=88, method=6)


if __name__ == "__main__":
    main()
