"""Two networks that have learnt nothing, in place of those that ship."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from demos.faces.model import Generator, Level
from demos.faces.models import EMBEDDED, Players
from gallery import runtime
from gallery.runtime import Runtime
from gallery.weights import Embedded, Progress, no_progress


def random_players(seed: int = 0) -> Players:
    """Never trained. Its pictures differ from seed to seed, from year to year and from noise to noise."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        players = Players()
        for level in players.generator.levels:
            assert isinstance(level, Level)
            nn.init.constant_(level.second.strength, 0.2)  # training begins with none
    return players.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def players() -> Players:
    """Shared: nobody may change it."""
    return random_players()


@pytest.fixture(scope="session")
def generator(players: Players) -> Generator:
    """Shared: nobody may change it."""
    return players.generator


@pytest.fixture(scope="session")
def random_weights(players: Players, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faces") / "random.safetensors"
    save_file({name: value.contiguous() for name, value in players.state_dict().items()}, path)
    return path


@pytest.fixture(scope="module")
def house(random_weights: Path) -> Iterator[Runtime]:
    """The process's runtime for a module, on the CPU and offline, where EMBEDDED is the random model."""
    fetch = Embedded.fetch

    def fetched(self: Embedded, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        return [random_weights] if self == EMBEDDED.source else fetch(self, progress, offline=offline)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Embedded, "fetch", fetched)
        house = Runtime(device="cpu", offline=True)
        patched.setattr(runtime, "_current", house)
        yield house
        house.close()
