"""What the figures on the model card mean, and how to get them again.

    python -m demos.imagenet.evaluate --data tiny-imagenet-200 [--photographs DIR]

DIR is a folder of full-size photographs named `wnid_anything.jpg`, as in the public repository
EliSchwartz/imagenet-sample-images; those of other classes than the 200 are passed over.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from demos.imagenet.data import TinyImageNet, normalise
from demos.imagenet.engine import class_names, probabilities
from demos.imagenet.model import TinyImageNetClassifier
from demos.imagenet.models import EMBEDDED
from gallery.device import Device, pick_device
from gallery.inputs import open_image
from gallery.runtime import Runtime
from gallery.weights import filled

BINS = 15  # as in Guo et al. 2017


@torch.no_grad()
def predict(model: nn.Module, images: Tensor, device: Device, batch: int = 250) -> Tensor:
    """Logits (N, 200) in float32 for uint8 images (N, 3, 64, 64)."""
    training = model.training
    model.eval()
    try:
        logits = []
        for chunk in images.split(batch):
            pictures = normalise(chunk.float() / 255).to(device.torch_device)
            logits.append(model(pictures.to(memory_format=torch.channels_last)).float().cpu())
        return torch.cat(logits)
    finally:
        model.train(training)


def accuracy(scores: Tensor, labels: Tensor) -> tuple[float, float]:
    """Top-1 and top-5 accuracy, each 0 to 1, of scores (N, classes) against labels (N,)."""
    hits = scores.topk(5, dim=1).indices == labels[:, None]  # (N, 5)
    return hits[:, 0].double().mean().item(), hits.any(dim=1).double().mean().item()


@dataclass(frozen=True)
class Calibration:
    """Expected calibration error, and the non-empty bins of the reliability diagram."""

    calibration_error: float
    bins: list[dict[str, float]]


def calibration(probabilities: Tensor, labels: Tensor) -> Calibration:
    """How far the stated confidence can be believed (Guo et al. 2017, arXiv 1706.04599).

    `probabilities` is (N, classes), `labels` (N,). Predictions are put into 15 bins of equal
    width by their confidence; the expected calibration error is the mean distance between
    confidence and accuracy, each bin weighted by its share of the images.
    """
    confidence, guess = probabilities.max(dim=1)
    correct = (guess == labels).double()
    bin_of = (confidence * BINS).long().clamp(max=BINS - 1)
    bins, error = [], 0.0
    for index in range(BINS):
        members = bin_of == index
        count = int(members.sum())
        if not count:
            continue
        stated = confidence[members].double().mean().item()
        true = correct[members].mean().item()
        error += count / len(labels) * abs(stated - true)
        bins.append({"confidence": round(stated, 4), "accuracy": round(true, 4), "count": count})
    return Calibration(round(error, 4), bins)


def figures(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """The card's figures for validation logits (N, 200) and labels (N,)."""
    top1, top5 = accuracy(logits, labels)
    error = calibration(logits.double().softmax(dim=1), labels).calibration_error
    return {"val_top1": round(top1, 4), "val_top5": round(top5, 4), "calibration_error": error}


def full_size_figures(folder: Path) -> dict[str, float]:
    """Top-1 and top-5 on photographs of any size, through the engine as the page uses it."""
    runtime = Runtime()
    wnids = [wnid for wnid, _ in class_names(EMBEDDED)]
    paths = [path for path in sorted(folder.iterdir()) if path.name.split("_")[0] in wnids]
    scores = torch.cat(
        [torch.from_numpy(probabilities([open_image(path)], EMBEDDED, runtime)) for path in paths]
    )
    labels = torch.tensor([wnids.index(path.name.split("_")[0]) for path in paths])
    top1, top5 = accuracy(scores, labels)
    return {"photographs": len(paths), "photographs_top1": top1, "photographs_top5": top5}


def by_class(logits: Tensor, labels: Tensor, count: int = 5) -> dict[str, list[tuple[str, float]]]:
    """The classes that it knows best and worst, with their top-1 accuracy."""
    right = (logits.argmax(dim=1) == labels).double()
    names = [name for _, name in class_names(EMBEDDED)]
    ranked = sorted(
        ((name, round(right[labels == index].mean().item(), 2)) for index, name in enumerate(names)),
        key=lambda item: -item[1],
    )
    return {"best_classes": ranked[:count], "worst_classes": ranked[-count:]}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder tiny-imagenet-200")
    parser.add_argument("--cache", type=Path, default=Path("runs/imagenet/images.pt"), help="decoded images")
    parser.add_argument("--photographs", type=Path, help="full-size photographs named wnid_anything.jpg")
    options = parser.parse_args()

    model = filled(EMBEDDED, *EMBEDDED.source.fetch())
    assert isinstance(model, TinyImageNetClassifier)
    options.cache.parent.mkdir(parents=True, exist_ok=True)
    data = TinyImageNet.read(options.data, cache=options.cache)
    logits = predict(model, data.val_images, pick_device("cpu"))
    result: dict[str, object] = {**figures(logits, data.val_labels), **by_class(logits, data.val_labels)}
    if options.photographs:
        result |= full_size_figures(options.photographs)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
