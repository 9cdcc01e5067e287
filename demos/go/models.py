"""The networks that this demo plays with."""

from pathlib import Path

from demos.go.model import GoNetwork
from gallery.weights import Embedded, ModelSpec

EMBEDDED = ModelSpec(
    key="go/embedded",
    title="The gallery's own network",
    architecture=GoNetwork,
    source=Embedded(Path(__file__).with_name("card.md")),
    licence="Trained on game records; the weights are the gallery's own",
)
MODELS = {EMBEDDED.key: EMBEDDED}
