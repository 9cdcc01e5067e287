"""The generations that ship, and the record of the run that made them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from torch import nn

from demos.go.zero.network import ZeroNetwork
from demos.go.zero.settings import Settings
from gallery.weights import Embedded, ModelSpec

RECORD = Path(__file__).with_name("generations.json")


@dataclass(frozen=True)
class Record:
    """What `python -m demos.go.selfplay --ship` wrote beside the weights."""

    settings: Settings
    shipped: tuple[int, ...]  # numbers of the generations whose weights ship, the untrained one first
    rows: tuple[dict[str, Any], ...]  # see loop.Row, and elo
    results: tuple[tuple[int, int, float, int], ...]  # see loop.Result
    game: dict[str, Any]  # the last generation, Black, against the first: numbers, moves, score

    def elo(self, generation: int) -> int:
        return int(self.rows[generation]["elo"])


@cache
def record(path: Path = RECORD) -> Record:
    stored = json.loads(path.read_text(encoding="utf-8"))
    settings: dict[str, Any] = stored["settings"]
    return Record(
        Settings(**settings | {"rivals": tuple(settings["rivals"])}),
        tuple(stored["shipped"]),
        tuple(stored["rows"]),
        tuple((first, second, points, games) for first, second, points, games in stored["results"]),
        stored["game"],
    )


class Generations(nn.ModuleList):
    """The networks of the generations that ship, in the order of `record().shipped`."""

    def __init__(self) -> None:
        known = record()
        s = known.settings
        super().__init__(ZeroNetwork(s.channels, s.blocks) for _ in known.shipped)

    def of(self, generation: int) -> ZeroNetwork:
        """Raises ValueError for one that does not ship."""
        network = self[record().shipped.index(generation)]
        assert isinstance(network, ZeroNetwork)
        return network


ZERO = ModelSpec(
    key="go/zero",
    title="Generations of self-play",
    architecture=Generations,
    source=Embedded(Path(__file__).parent.parent / "card_zero.md"),
    licence="Trained on nothing but games of its own; the weights are the gallery's own",
)
