"""How good the faces are, in figures.

    python -m demos.faces.evaluate --faces runs/faces/faces.npz --card

Every figure compares equally many faces with the same reference: as many training faces, drawn at random, as
there are portraits that were kept apart. Made-up faces get the years and colours of the reference, each its
own, and are not truncated. The portraits kept apart say what real faces score, blurred ones and ones with
other people's eyes what bad faces do: only between these do the figures mean anything.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageFilter
from torch import Tensor, nn

from demos.faces.distances import frechet_distance, precision_and_recall
from demos.faces.engine import TOGETHER, generator_of, to_bytes
from demos.faces.features import SPEC, features_of
from demos.faces.model import LATENT
from demos.faces.models import DCGAN, EMBEDDED
from demos.faces.neighbours import nearest_distances
from demos.faces.portraits import PACKED, Real
from gallery.card import Card
from gallery.runtime import Runtime

CARD = Path(__file__).with_name("card.md")
BLUR = 2.0  # pixels, of 128
EYES = slice(46, 70), slice(34, 94)  # rows and columns around the eyes of every aligned face
SEED = 0


@torch.inference_mode()
def made(generator: nn.Module, wanted: Tensor, seed: int = SEED) -> NDArray[np.uint8]:
    """A face (128, 128, 3) for each condition (N, CONDITION), of a network that takes both."""
    place = next(generator.parameters()).device
    torch.manual_seed(seed)
    parts = [
        to_bytes(generator(torch.randn(len(part), LATENT).to(place), part.to(place)))
        for part in wanted.split(TOGETHER)
    ]
    return np.concatenate(parts)


def blurred(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    soft = ImageFilter.GaussianBlur(BLUR)
    return np.stack([np.asarray(Image.fromarray(image).filter(soft)) for image in images])


def with_other_eyes(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each with the eyes of the one before it: real in every detail, and wrong."""
    changed = images.copy()
    changed[:, *EYES] = np.roll(images, 1, axis=0)[:, *EYES]
    return changed


def evaluate(faces: Path, house: Runtime, most: int = 2000) -> dict[str, Any]:
    """Figures by name; `most` bounds the number of faces in each set."""
    training, held_out = (Real.read(faces, held_out=apart) for apart in (False, True))
    count = min(most, len(held_out), len(training))
    reference, held_out = training.drawn(count, SEED), held_out.drawn(count, SEED)
    wanted = reference.conditions

    def judged(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return house.run(SPEC, lambda judge: features_of(judge, images))

    goal = judged(reference.images)
    ours = house.run(EMBEDDED, lambda model: made(generator_of(model), wanted))
    plain = house.run(DCGAN, lambda model: made(model, wanted))
    sets = {"": ours, "_dcgan": plain, "_real": held_out.images}
    figures: dict[str, Any] = {"samples": count}
    known = judged(training.images)
    for name, images in sets.items():
        seen = judged(images)
        in_mirror = judged(np.ascontiguousarray(images[:, :, ::-1]))
        precision, recall = precision_and_recall(goal, seen)
        figures |= {
            f"frechet_distance{name}": frechet_distance(goal, seen),
            f"precision{name}": precision,
            f"recall{name}": recall,
            f"nearest_distance{name}": float(np.median(nearest_distances(seen, in_mirror, known))),
        }
    for name, spoilt in (("blurred", blurred), ("other_eyes", with_other_eyes)):
        figures[f"frechet_distance_{name}"] = frechet_distance(goal, judged(spoilt(held_out.images)))
    return {name: round(value, 4) for name, value in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--faces", type=Path, default=PACKED, help="what prepare.py made")
    parser.add_argument("--samples", type=int, default=2000, help="faces in each set at most")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--card", action="store_true", help="put the figures on the model card")
    options = parser.parse_args()
    house = Runtime(device=options.device, offline=True)
    figures = evaluate(options.faces, house, options.samples)
    print("\n".join(f"{name:32} {value:g}" for name, value in figures.items()))
    if options.card:
        Card.update(CARD, metrics=Card.read(CARD).metrics | figures)


if __name__ == "__main__":
    main()
