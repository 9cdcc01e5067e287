"""From a trained network to what ships: its weights, and its figures on the model card."""

import json
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from demos.imagenet.evaluate import calibration, figures
from demos.imagenet.model import IMAGE_SIZE, TinyImageNetClassifier
from gallery.card import Card
from gallery.trunk import multiply_adds, parameter_count
from gallery.weights import EMBEDDED_FOLDER, sha256

HERE = Path(__file__).parent
CARD = HERE / "card.md"
CALIBRATION = HERE / "calibration.json"
WEIGHTS = EMBEDDED_FOLDER / "imagenet.safetensors"


def save_weights(model: TinyImageNetClassifier, path: Path = WEIGHTS) -> None:
    """Write the state as 16-bit numbers, and make `model` hold what was written.

    Rounding first means that every figure measured afterwards is one of the file that ships.
    """
    state = {}
    for name, value in model.state_dict().items():
        value = value.detach().cpu().contiguous()
        state[name] = value.half() if value.is_floating_point() else value
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path)
    path.chmod(0o644)
    model.load_state_dict(state)


def write_card(
    model: TinyImageNetClassifier, val_logits: Tensor, val_labels: Tensor, *, seed: int, wall_time: str
) -> dict[str, float]:
    """Put the figures of the saved weights on the card and return them.

    `val_logits` (N, 200) are those of a model that went through `save_weights`.
    """
    reliability = calibration(val_logits.double().softmax(dim=1), val_labels)
    CALIBRATION.write_text(json.dumps(asdict(reliability), indent=1) + "\n", encoding="utf-8")
    metrics = {
        **figures(val_logits, val_labels),
        "parameters": parameter_count(model),
        "multiply_adds": multiply_adds(model, IMAGE_SIZE),
    }
    Card.update(CARD, sha256=sha256(WEIGHTS), seed=seed, wall_time=wall_time, metrics=metrics)
    return metrics
