"""The face that the page shows before anybody presses a button, and the wall on the home page.

python -m demos.faces.first   # after new weights
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from demos.faces.casting import DEFAULT, FACES, sitter
from gallery.runtime import Runtime

IMAGES = Path(__file__).parent.parent.parent / "assets" / "images" / "faces"
PERSON = sitter(14)
PICTURE = IMAGES / "first.webp"
POSTER = Path(__file__).with_name("picture.webp")
COLUMNS, ROWS, SIDE = 8, 5, 80  # faces and pixels of the poster
POSTER_SEEDS = range(COLUMNS * ROWS)


def poster(house: Runtime) -> Image.Image:
    """A wall of faces, 640x400."""
    _, faces = FACES[DEFAULT.key]
    found = [face.picture for face in faces([sitter(seed) for seed in POSTER_SEEDS], house)]
    rows = [np.concatenate(found[start : start + COLUMNS], 1) for start in range(0, len(found), COLUMNS)]
    whole = Image.fromarray(np.concatenate(rows))
    return whole.resize((COLUMNS * SIDE, ROWS * SIDE), Image.Resampling.LANCZOS)


def main() -> None:
    house = Runtime(offline=True)
    IMAGES.mkdir(parents=True, exist_ok=True)
    _, faces = FACES[DEFAULT.key]
    (face,) = faces([PERSON], house)
    Image.fromarray(face.picture).save(PICTURE, lossless=True, method=6)
    poster(house).save(POSTER, quality=85, method=6)
    for path in (PICTURE, POSTER):
        path.chmod(0o644)
    house.close()


if __name__ == "__main__":
    main()
