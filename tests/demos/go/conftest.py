"""A network that has learnt nothing, in place of the one that ships, and an evaluator without any network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from demos.go.engine import Evaluate, Evaluation
from demos.go.model import GoNetwork
from demos.go.models import EMBEDDED
from demos.go.rules import Position
from gallery import runtime
from gallery.runtime import Runtime
from gallery.weights import Embedded, Progress, no_progress


def random_network(channels: int = 16, blocks: int = 2, seed: int = 0) -> GoNetwork:
    """Never trained."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = GoNetwork(channels, blocks)
    return network.eval().requires_grad_(False)


def uniform(positions: Sequence[Position], komi: float) -> list[Evaluation]:
    """All allowed moves are equally good, and nobody is ahead."""
    found = []
    for position in positions:
        policy = position.legal().astype(np.float32)
        none = np.zeros((position.size, position.size), np.float32)
        found.append(Evaluation(policy / policy.sum(), 0.5, none))
    return found


@pytest.fixture
def evaluate() -> Evaluate:
    return uniform


@pytest.fixture(scope="session")
def network() -> GoNetwork:
    """Shared: nobody may change it."""
    return random_network()


@pytest.fixture(scope="session")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of the shape that ships, never trained."""
    path = tmp_path_factory.mktemp("go") / "random.safetensors"
    state = random_network(64, 6).state_dict()
    save_file({name: value.contiguous() for name, value in state.items()}, path)
    return path


@pytest.fixture(scope="module")
def house(random_weights: Path) -> Iterator[Runtime]:
    """The process's runtime for a module, on the CPU and offline, where EMBEDDED is the random network."""
    fetch = Embedded.fetch

    def fetched(self: Embedded, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        return [random_weights] if self == EMBEDDED.source else fetch(self, progress, offline=offline)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Embedded, "fetch", fetched)
        house = Runtime(device="cpu", offline=True)
        patched.setattr(runtime, "_current", house)
        yield house
        house.close()
