"""The prepared faces in a file: as bare pixels to train on, or a tenth of that as WebP to carry around."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

QUALITY = 90  # of the WebP pictures
Faces = dict[str, NDArray[Any]]  # images (N, 128, 128, 3) uint8; year, colour, held_out, icpsr (N,)


def save_faces(path: Path, faces: Faces) -> None:
    """Bare pixels, or compressed where the name ends in `_webp.npz`."""
    if not path.stem.endswith("_webp"):
        np.savez(path, allow_pickle=False, **faces)
        return
    pictures = [encode(*pair) for pair in zip(faces["images"], faces["colour"], strict=True)]
    rest = {name: values for name, values in faces.items() if name != "images"}
    offsets = np.cumsum([0, *map(len, pictures)])
    np.savez(
        path, data=np.frombuffer(b"".join(pictures), np.uint8), offsets=offsets, allow_pickle=False, **rest
    )


def load_faces(path: Path) -> Faces:
    """What `save_faces` wrote, either way."""
    with np.load(path) as kept:
        faces = {name: kept[name] for name in kept.files}
    if "offsets" in faces:
        data, offsets = faces.pop("data").tobytes(), faces.pop("offsets")
        pieces = zip(offsets[:-1], offsets[1:], faces["colour"], strict=True)
        faces["images"] = np.stack([decode(data[start:end], colour) for start, end, colour in pieces])
    return faces


def encode(picture: np.ndarray, colour: bool) -> bytes:
    image = Image.fromarray(picture)
    packed = io.BytesIO()
    # A grey picture keeps no chroma, so that it comes back exactly grey.
    (image if colour else image.convert("L")).save(packed, "WEBP", quality=QUALITY, method=6)
    return packed.getvalue()


def decode(packed: bytes, colour: bool) -> np.ndarray:
    with Image.open(io.BytesIO(packed)) as image:
        # WebP rounds chroma even where there is none.
        return np.asarray((image if colour else image.convert("L")).convert("RGB"))
