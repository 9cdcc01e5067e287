"""The word vectors that this demo offers: its own, and those that made history."""

from __future__ import annotations

from pathlib import Path

from demos.word2vec.hub import PUBLIC, Architecture, spec
from gallery.weights import Embedded, ModelSpec

_SOURCE = Embedded(Path(__file__).parent / "card.md")
EMBEDDED = ModelSpec(
    key="word2vec/embedded",
    title="The gallery's own vectors",
    architecture=Architecture(_SOURCE),
    source=_SOURCE,
    licence="CC BY-SA 4.0, as most of the text that it was trained on",
)
MODELS = {each.key: each for each in (EMBEDDED, *map(spec, PUBLIC))}
