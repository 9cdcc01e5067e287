"""How many modes are found with the settings of both buttons, and with a part of the cure alone.

    python -m demos.gan_lab.collapse

prints the table of the lesson.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import torch

from demos.gan_lab.lab import Lab
from demos.gan_lab.networks import noise
from demos.gan_lab.points import covered
from demos.gan_lab.settings import COLLAPSE, CURE, Settings

SAMPLES = 2000  # generated points from which the modes are counted
ROWS = {
    "Mode collapse": COLLAPSE,
    "the cure's loss alone": replace(COLLAPSE, loss=CURE.loss),
    "the cure's pace alone": replace(CURE, loss=COLLAPSE.loss),
    "Its cure": CURE,
    "the cure with R1 as its penalty": replace(CURE, loss="r1"),
}


def found(settings: Settings, steps: int) -> int:
    """Modes that the generator covers after so many steps."""
    lab = Lab(settings)
    for _ in range(steps):
        lab.step()
    with torch.no_grad():
        points = lab.generator(noise(SAMPLES, settings.noise, lab.random))
    modes = covered(points, lab.shape)
    assert modes is not None
    return modes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--steps", type=int, default=3000, help="of each training")
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each row")
    parser.add_argument("--distribution", default="ring", help="ring or grid")
    options = parser.parse_args()
    print(
        f"Modes found of {options.distribution} after {options.steps} steps, seeds 0 to {options.seeds - 1}"
    )
    for name, settings in ROWS.items():
        counts = [
            found(replace(settings, seed=seed, distribution=options.distribution), options.steps)
            for seed in range(options.seeds)
        ]
        mean = sum(counts) / len(counts)
        print(f"| {name} | {', '.join(map(str, counts))} | {mean:.1f} |", flush=True)


if __name__ == "__main__":
    main()
