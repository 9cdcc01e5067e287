"""Tiny ImageNet: 200 classes of ImageNet at 64x64 pixels (Stanford CS231n)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from gallery.preprocessing import MEAN, STD

DEV_PER_CLASS = 10  # training images kept apart, to set the temperature and to watch the run


def normalise(pictures: Tensor) -> Tensor:
    """RGB in [0, 1], (B, 3, H, W), to the mean and spread that the network was trained on."""
    mean, std = (torch.tensor(v, device=pictures.device).view(1, 3, 1, 1) for v in (MEAN, STD))
    return (pictures - mean) / std


@dataclass(frozen=True)
class TinyImageNet:
    """Images as uint8 RGB (N, 3, 64, 64), labels as int64 (N,) into the sorted WordNet ids.

    `dev` is taken from the training images and used for choices; `val` is the data set's
    validation part and used for nothing but the figures on the card.
    """

    train_images: Tensor
    train_labels: Tensor
    dev_images: Tensor
    dev_labels: Tensor
    val_images: Tensor
    val_labels: Tensor

    @classmethod
    def read(cls, folder: Path, cache: Path) -> "TinyImageNet":
        """Decode the data set's folder, or load what an earlier call kept in `cache`.

        Raises FileNotFoundError where `folder` is not Tiny ImageNet.
        """
        if cache.exists():
            return cls(**torch.load(cache, weights_only=True))
        wnids = sorted((folder / "wnids.txt").read_text().split())
        train, dev, val = [], [], []
        for label, wnid in enumerate(wnids):
            paths = sorted((folder / "train" / wnid / "images").iterdir())
            train += [(path, label) for path in paths[:-DEV_PER_CLASS]]
            dev += [(path, label) for path in paths[-DEV_PER_CLASS:]]
        for line in (folder / "val" / "val_annotations.txt").read_text().splitlines():
            name, wnid = line.split("\t")[:2]
            val.append((folder / "val" / "images" / name, wnids.index(wnid)))
        parts = {}
        for part, items in {"train": train, "dev": dev, "val": val}.items():
            parts[f"{part}_images"] = decode([path for path, _ in items])
            parts[f"{part}_labels"] = torch.tensor([label for _, label in items])
        partial = cache.with_suffix(".partial")
        torch.save(parts, partial)
        partial.replace(cache)
        return cls(**parts)


def decode(paths: list[Path]) -> Tensor:
    """The files as uint8 RGB (N, 3, 64, 64); grey ones get three equal channels."""

    def one(path: Path) -> Tensor:
        with Image.open(path) as image:
            return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)

    with ThreadPoolExecutor() as pool:
        return torch.stack(list(pool.map(one, paths)))
