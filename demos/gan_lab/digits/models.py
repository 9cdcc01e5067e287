"""The film of both trainings, as the model cache knows it."""

from pathlib import Path

from demos.gan_lab.digits.model import Film
from gallery.weights import Embedded, ModelSpec

DIGITS = ModelSpec(
    key="gan_lab/digits",
    title="The gallery's own players, digits and clothes",
    architecture=Film,
    source=Embedded(Path(__file__).parents[1] / "card.md"),
    licence="CC BY-SA 3.0 (trained on MNIST) and MIT (trained on Fashion-MNIST)",
)
MODELS = {DIGITS.key: DIGITS}
