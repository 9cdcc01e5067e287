"""The aligned portraits that prepare.py packed, as the scripts that measure and pack want them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from demos.faces.engine import FIRST_YEAR, LAST_YEAR
from demos.faces.model import condition
from demos.faces.packing import load_faces

PACKED = Path("runs/faces/faces.npz")


@dataclass(frozen=True)
class Real:
    """Faces (N, 128, 128, 3), the year of each, and whether it is in colour. Nobody's name is in it."""

    images: NDArray[np.uint8]
    years: NDArray[np.float32]
    colour: NDArray[np.bool_]

    @classmethod
    def read(cls, path: Path, *, held_out: bool) -> Real:
        """The portraits kept apart, or those that were trained on."""
        kept = load_faces(path)
        chosen = kept["held_out"] == held_out
        years = kept["year"][chosen].astype(np.float32).clip(FIRST_YEAR, LAST_YEAR)
        return cls(kept["images"][chosen], years, kept["colour"][chosen])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, chosen: slice | NDArray[np.int64]) -> Real:
        return Real(self.images[chosen], self.years[chosen], self.colour[chosen])

    def drawn(self, count: int, seed: int) -> Real:
        """So many of them, each once, in an order that the seed decides."""
        return self[np.random.default_rng(seed).permutation(len(self))[:count]]

    @property
    def conditions(self) -> Tensor:
        """(N, CONDITION)"""
        return condition(torch.from_numpy(self.years), torch.from_numpy(self.colour.astype(np.float32)))
