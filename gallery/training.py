"""Training that may be stopped at any moment and goes on: a checkpoint, a clock and a curve.

Reading guide: a `Run` holds what must survive a stop; `random_at` makes a step draw the same after one; `log`
writes the curve; `halved` is how weights ship.
"""

from __future__ import annotations

import csv
import ctypes
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

OFTEN = 120.0  # seconds between two checkpoints: what a stop costs at most


class Stateful(Protocol):
    """A network, an optimizer, a running mean."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...


class Run:
    """The state of a training in one file that is always whole: written beside, then renamed.

    `step` counts on from where an earlier run with the same file was stopped, and `seconds` as if it had
    never been. `notes` are further plain values that must survive.
    """

    def __init__(self, path: Path, parts: Mapping[str, Stateful], *, start: int = 0, **notes: Any) -> None:
        """Loads `parts` from the file where there is one; else the run begins with step `start`."""
        self.path, self.parts = path, dict(parts)
        self.step, self.notes = start, dict(notes)
        spent = 0.0
        if path.exists():
            state = torch.load(path, map_location="cpu", weights_only=True)
            for name, part in self.parts.items():
                part.load_state_dict(state[name])
            self.step, spent = state["step"], state["seconds"]
            self.notes |= state.get("notes", {})
        self._saved = time.monotonic()
        self._started = self._saved - spent

    @property
    def seconds(self) -> float:
        """Spent on this run so far, in all its parts."""
        return time.monotonic() - self._started

    def due(self, every: float = OFTEN) -> bool:
        """Whether the last checkpoint is `every` seconds old."""
        return time.monotonic() - self._saved > every

    def save(self) -> None:
        state = {name: part.state_dict() for name, part in self.parts.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        torch.save({**state, "step": self.step, "seconds": self.seconds, "notes": self.notes}, partial)
        partial.replace(self.path)
        self._saved = time.monotonic()


def random_at(seed: int, step: int) -> torch.Generator:
    """What a step draws by, given by (seed, step) alone, so that a run that goes on is the same run.

    Of a seed the CPU's generator heeds 32 bits, so both share them.
    """
    return torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**32)


def keep_memory() -> None:
    """Let this process keep the memory that it frees, where its allocator is glibc's; elsewhere do nothing.

    By default each large tensor is given back to the system and the next one is cleared page by page: of a
    step of a network on the CPU that is up to two fifths.
    """
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "gnu_get_libc_version"):
        trim_threshold, mmap_max = -1, -4  # from malloc.h
        libc.mallopt(mmap_max, 0)
        libc.mallopt(trim_threshold, -1)  # never


def log(path: Path, **row: float) -> None:
    """Append one row to a CSV file, with a header if it is new, and print it."""
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, row)
        if new:
            writer.writeheader()
        writer.writerow(row)
    print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


def halved(state: Mapping[str, Tensor], prefix: str = "") -> dict[str, Tensor]:
    """Weights as they ship: on the CPU, 16 bits a number.

    The statistics of batch normalisation keep 32 bits, for a variance may be larger than 16 bits can hold.
    """
    return {
        prefix + name: (
            value.half() if value.is_floating_point() and "running_" not in name else value
        ).cpu().contiguous()
        for name, value in state.items()
    }  # fmt: skip
