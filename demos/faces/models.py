"""The networks that this demo can show."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from demos.faces.dcgan import DcganGenerator
from demos.faces.hub import DIFFUSION
from demos.faces.model import Discriminator, Generator
from gallery.weights import Embedded, ModelSpec


class Players(nn.Module):
    """Both networks of the game, as they ended."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = Generator()
        self.discriminator = Discriminator()


EMBEDDED = ModelSpec(
    key="faces/embedded",
    title="The gallery's own StyleGAN, 2020: with styles to mix",
    architecture=Players,
    source=Embedded(Path(__file__).with_name("card.md")),
    licence="Trained on portraits of public domain or government sources; the weights are the gallery's own",
)
DCGAN = ModelSpec(
    key="faces/dcgan",
    title="The gallery's own DCGAN, 2015: plainer, and sharper",
    architecture=DcganGenerator,
    source=Embedded(Path(__file__).with_name("card_dcgan.md")),
    licence=EMBEDDED.licence,
)
MODELS = {spec.key: spec for spec in (EMBEDDED, DCGAN, DIFFUSION)}
