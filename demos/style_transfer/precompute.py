"""The results that the page shows before anybody presses a button, painted with the page's own settings.

python -m demos.style_transfer.precompute            # what is missing
python -m demos.style_transfer.precompute --again    # everything anew, after new weights
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image

from demos.style_transfer import at_once
from demos.style_transfer.engine import Settings, Style, at_stroke, paint
from demos.style_transfer.examples import (
    LARGE,
    PAINTED_AHEAD,
    PAINTINGS,
    PHOTOGRAPHS,
    RESULTS,
    SMALL,
    result_path,
)
from gallery.inputs import open_image
from gallery.runtime import Runtime

POSTER = Path(__file__).with_name("picture.webp")
POSTER_SIZE = (640, 400)


def painted(house: Runtime, content: Path, style: Path, stroke: float) -> Image.Image:
    settings = at_stroke(Settings(), stroke)
    *_, last = paint(open_image(content), [Style(open_image(style))], settings, house)
    return last.image


def save(image: Image.Image, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=82, method=6)


def poster() -> Image.Image:
    """The first pair as the lecture shows it: small strokes on the left half, large ones on the right."""
    content, style = PHOTOGRAPHS[0], PAINTINGS[0]
    halves = [Image.open(result_path(content.key, style.key, stroke)) for stroke in (SMALL, LARGE)]
    width, height = halves[0].size
    page = halves[0].copy()
    page.paste(halves[1].crop((width // 2, 0, width, height)), (width // 2, 0))
    page.paste("white", (width // 2 - 1, 0, width // 2 + 1, height))
    across = height * POSTER_SIZE[0] // POSTER_SIZE[1]
    if across <= width:
        box = ((width - across) // 2, 0, (width + across) // 2, height)
    else:
        down = width * POSTER_SIZE[1] // POSTER_SIZE[0]
        box = (0, (height - down) // 2, width, (height + down) // 2)
    return page.resize(POSTER_SIZE, Image.Resampling.LANCZOS, box)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--again", action="store_true", help="paint also what is there already")
    options = parser.parse_args()
    house = Runtime(offline=True)
    # The first pair first: it is what a visitor sees.
    for style in PAINTINGS:
        for content in PHOTOGRAPHS:
            for stroke in PAINTED_AHEAD:
                path = result_path(content.key, style.key, stroke)
                if options.again or not path.exists():
                    save(painted(house, content.path, style.path, stroke), path)
                    print(path.name, flush=True)
    photo, first, second = (open_image(one.path) for one in (PHOTOGRAPHS[0], PAINTINGS[0], PAINTINGS[1]))
    save(at_once.repaint(photo, [Style(first)], house).image, RESULTS / "at_once.webp")
    mixture = [Style(first, 0.5), Style(second, 0.5)]
    save(at_once.repaint(photo, mixture, house).image, RESULTS / "mix.webp")
    poster().save(POSTER, quality=85, method=6)


if __name__ == "__main__":
    main()
