"""The finished training that the page opens with.

    python -m demos.gan_lab.first

trains it and writes first.json.
"""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from demos.gan_lab.lab import Frame, Lab
from demos.gan_lab.settings import Settings

FILE = Path(__file__).with_name("first.json")
FIRST = Settings(seed=1)
STEPS = 3000
BETWEEN = 25  # steps from one look to the next
DECIMALS = 3


@cache
def first() -> Frame:
    return from_json(json.loads(FILE.read_text(encoding="utf-8")))


def trained(settings: Settings, steps: int) -> Frame:
    """How a training stands after so many steps."""
    lab = Lab(settings)
    frame = lab.look()
    for step in range(1, steps + 1):
        lab.step()
        if step % BETWEEN == 0 or step == steps:
            frame = lab.look()
    return frame


def as_json(frame: Frame) -> dict[str, Any]:
    arrays = {
        name: value.round(DECIMALS).tolist()
        for name, value in vars(frame).items()
        if isinstance(value, np.ndarray)
    }
    return {**vars(frame), **arrays, "settings": asdict(frame.settings), "distance": round(frame.distance, 5)}


def from_json(stored: dict[str, Any]) -> Frame:
    arrays = {name: np.array(one, np.float32) for name, one in stored.items() if isinstance(one, list)}
    return Frame(**{**stored, **arrays, "settings": Settings(**stored["settings"])})


def main() -> None:
    frame = replace(trained(FIRST, STEPS), serial=0)
    FILE.write_text(json.dumps(as_json(frame), separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{frame.modes} of {frame.of_modes} modes, distance {frame.distance:.4f}")


if __name__ == "__main__":
    main()
