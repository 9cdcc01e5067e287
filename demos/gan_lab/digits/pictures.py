"""The real pictures: read from a folder, packed into one sheet that ships, and drawn as a grid."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demos.gan_lab.digits.model import LABELS, SETS, SIDE

SHEETS = Path(__file__).parents[3] / "assets" / "images" / "gan_lab"
PACKED = 200  # training pictures of each label that ship for the live run
ACROSS = 50  # pictures in a row of a sheet
NAMES = {
    "digits": ("0", "1", "2", "3", "4", "5", "6", "7", "8", "9"),
    "clothes": (
        "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ),
}  # fmt: skip


def read_folder(folder: Path, cached: Path | None = None) -> tuple[Tensor, Tensor]:
    """Pictures uint8 (N, 28, 28) and labels int64 (N,) from `folder/0/*.png` to `folder/9/*.png`.

    Sorted by label and name; kept in the file `cached` for the next time, if one is given. Raises ValueError
    where a label has no pictures.
    """
    if cached is not None and cached.exists():
        stored = torch.load(cached, weights_only=True)
        return stored["pictures"], stored["labels"]
    found, labels = [], []
    for label in range(LABELS):
        paths = sorted((folder / str(label)).glob("*.png"))
        if not paths:
            raise ValueError(f"There are no PNG files in {folder / str(label)}.")
        for path in paths:
            with Image.open(path) as image:
                found.append(np.asarray(image.convert("L")))
        labels += [label] * len(paths)
    pictures = torch.from_numpy(np.stack(found))
    if cached is not None:
        torch.save({"pictures": pictures, "labels": torch.tensor(labels)}, cached)
    return pictures, torch.tensor(labels)


def sheet(which: str) -> Path:
    """Where the packed training pictures of a set lie. Raises KeyError for another set."""
    if which not in SETS:
        raise KeyError(which)
    return SHEETS / f"{which}.webp"


def pack(pictures: Tensor, labels: Tensor, path: Path, *, seed: int = 0) -> None:
    """Write PACKED random pictures of each label, one label after the other, as one lossless sheet."""
    random = torch.Generator().manual_seed(seed)
    rows = []
    for label in range(LABELS):
        of_label = (labels == label).nonzero().squeeze(1)
        rows.append(of_label[torch.randperm(len(of_label), generator=random)[:PACKED]])
    path.parent.mkdir(parents=True, exist_ok=True)
    grid(pictures[torch.cat(rows)], ACROSS).save(path, lossless=True, quality=100, method=6)


@cache
def packed(which: str) -> tuple[Tensor, Tensor]:
    """What ships of a set: pictures uint8 (2000, 28, 28), labels int64 (2000,). Nobody may change them."""
    with Image.open(sheet(which)) as image:
        pixels = torch.from_numpy(np.array(image.convert("L")))  # (40 * 28, 50 * 28)
    tiles = pixels.view(-1, SIDE, ACROSS, SIDE).transpose(1, 2).reshape(-1, SIDE, SIDE)
    return tiles, torch.arange(LABELS).repeat_interleave(PACKED)


def grid(pictures: Tensor, across: int) -> Image.Image:
    """Pictures uint8 (N, 28, 28) in rows of `across`, left to right and top to bottom, as one grey picture.

    Raises ValueError where they do not fill the last row.
    """
    if len(pictures) % across:
        raise ValueError(f"{len(pictures)} pictures do not fill rows of {across}.")
    rows = pictures.view(-1, across, SIDE, SIDE).transpose(1, 2)  # (rows, 28, across, 28)
    return Image.fromarray(rows.reshape(-1, across * SIDE).numpy())


def enlarged(image: Image.Image, times: int) -> Image.Image:
    """With square pixels, for 28 of them are small on a screen."""
    return image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST)


def balanced(labels: Sequence[int], each: int) -> Tensor:
    """Every label `each` times, one after the other: int64 (len(labels) * each,)."""
    return torch.tensor(labels).repeat_interleave(each)
