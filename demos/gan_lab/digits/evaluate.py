"""How good the drawn pictures are, beside real ones that nobody learnt from.

    python -m demos.gan_lab.digits.evaluate --digits mnist-pngs --clothes fashion_mnist_images [--card]

trains a judge (judge.py) on the real training pictures of each set and measures with it 10,000 pictures drawn
at every moment that ships and the 10,000 test pictures, which neither the players nor the judge have seen.
`--card` writes the figures into the model card, and those of all moments into the file that the page reads.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from demos.gan_lab.digits.first import FIGURES
from demos.gan_lab.digits.judge import Judge, diversity, frechet_distance, looked, trained
from demos.gan_lab.digits.model import LABELS, LATENT, MOMENTS, SETS, Film, Generator
from demos.gan_lab.digits.models import DIGITS
from demos.gan_lab.digits.pictures import read_folder
from demos.gan_lab.digits.train import weights_of
from demos.gan_lab.digits.training import as_bytes
from gallery.card import Card
from gallery.weights import filled, sha256

CARD = Path(__file__).parents[1] / "card.md"
EACH = 1000  # drawn pictures of each label


@dataclass(frozen=True)
class Figures:
    """Of pictures drawn at a moment, or of real ones.

    `named` is the share that the judge names as it should; `distance` the Fréchet distance to the test
    pictures; `diversity` the mean distance between the features of two pictures of one label.
    """

    named: float
    distance: float
    diversity: float


def measure(judge: Judge, pictures: Tensor, labels: Tensor, test_features: Tensor) -> Figures:
    """`pictures` uint8 (N, 28, 28) that should show `labels` (N,)."""
    features, read = looked(judge, pictures)
    return Figures(
        named=float((read == labels).float().mean()),
        distance=frechet_distance(features, test_features),
        diversity=diversity(features, labels),
    )


@torch.inference_mode()
def drawn(generator: Generator, labels: Tensor, seed: int = 1) -> Tensor:
    """One picture for each label, uint8 (N, 28, 28); the page's own noise has other seeds."""
    noise = torch.randn(len(labels), LATENT, generator=torch.Generator().manual_seed(seed))
    parts = zip(noise.split(250), labels.split(250), strict=True)
    return torch.cat([as_bytes(generator(z, told)) for z, told in parts])


def measure_set(film: Film, which: str, data: Path, cache: Path) -> dict[str, Figures]:
    """By moment, and for "test" and "train": the same number of real pictures of each."""
    pictures, labels = read_folder(data / "train", cache / f"{which}-pictures.pt")
    test, truth = read_folder(data / "test", cache / f"{which}-test.pt")
    judge = trained(pictures, labels)
    test_features, _ = looked(judge, test)
    found = {"test": measure(judge, test, truth, test_features)}
    some = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))[: len(test)]
    found["train"] = measure(judge, pictures[some], labels[some], test_features)
    wanted = torch.arange(LABELS).repeat_interleave(EACH)
    for moment in MOMENTS:
        average = film.at(which, moment).average
        found[str(moment)] = measure(judge, drawn(average, wanted), wanted, test_features)
        print(which, moment, found[str(moment)], flush=True)
    return found


def for_card(which: str, found: dict[str, Figures]) -> dict[str, float]:
    """The figures that stand on the card: of the last moment, and of real pictures beside it."""
    last, test, train = found[str(MOMENTS[-1])], found["test"], found["train"]
    return {
        f"{which}_judge_accuracy_drawn": round(last.named, 4),
        f"{which}_judge_accuracy_real": round(test.named, 4),
        f"{which}_frechet_distance_drawn": round(last.distance, 3),
        f"{which}_frechet_distance_real": round(train.distance, 3),
        f"{which}_diversity_drawn": round(last.diversity, 3),
        f"{which}_diversity_real": round(test.diversity, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for which in SETS:
        parser.add_argument(f"--{which}", type=Path, required=True, help="a folder with train/ and test/")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/gan_lab_digits"), help="pictures that were read"
    )
    parser.add_argument("--card", action="store_true", help="write the figures into the model card")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.card:  # first, for what is measured is checked against it
        paths = [weights_of(which) for which in SETS]
        Card.update(CARD, weights=[path.name for path in paths], sha256=[sha256(path) for path in paths])
    film = filled(DIGITS, *DIGITS.source.fetch())
    assert isinstance(film, Film)
    found = {which: measure_set(film, which, getattr(options, which), options.out) for which in SETS}
    metrics = {name: value for which in SETS for name, value in for_card(which, found[which]).items()}
    for name, value in metrics.items():
        print(f"{name:34} {value}")
    if options.card:
        Card.update(CARD, metrics=metrics)
        rounded = {
            which: {name: {k: round(v, 4) for k, v in asdict(one).items()} for name, one in of_set.items()}
            for which, of_set in found.items()
        }
        FIGURES.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
