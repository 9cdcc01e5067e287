"""A pretend GPU, a pretend clock and tiny models, for the tests of the model cache."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from gallery.device import Tier, memory_of
from gallery.loader import fresh
from gallery.models import ModelCache, ModelStatus
from gallery.weights import ModelSpec, Progress, no_progress

SOON = 10.0  # seconds after which a test that still waits has found a deadlock


class PretendGPU:
    """Hardware that copies nothing and counts everything.

    `capacity` is what the card has; `others` is what other programs hold of it, as only the
    driver knows. `fail_move` maps the number of a move (from 1) to what it raises; `half_way`
    lets it raise after half of the tensors. `on_move` is called in the middle of each move.
    """

    def __init__(
        self, *, two_tiers: bool = False, capacity: int | None = None, parallel_loads: int = 0
    ) -> None:
        self.two_tiers = two_tiers
        self.capacity = capacity
        self.others = 0
        self.parallel_loads = parallel_loads or (1 if two_tiers else 4)
        self.fail_move: dict[int, BaseException] = {}
        self.half_way = False
        self.on_move: Callable[[nn.Module, Tier], None] = lambda model, tier: None
        self.moves = 0
        self.released_unused = 0
        # Weakly: what somebody still holds, if only in a traceback, is memory that is not free.
        self._on_card: weakref.WeakKeyDictionary[nn.Module, int] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()

    def free_device_bytes(self) -> int | None:
        if self.capacity is None:
            return None
        return self.capacity - self.others - sum(self._on_card.values())

    def move(self, model: nn.Module, tier: Tier) -> None:
        with self._lock:
            self.moves += 1
            error = self.fail_move.get(self.moves)
        if error is not None and not self.half_way:
            raise fresh(error)
        self.on_move(model, tier)
        if error is not None:
            raise fresh(error)
        with self._lock:
            if tier is Tier.DEVICE:
                self._on_card[model] = memory_of(model)
            else:
                self._on_card.pop(model, None)

    def release_unused(self) -> None:
        self.released_unused += 1

    def is_out_of_memory(self, error: BaseException) -> bool:
        return isinstance(error, torch.OutOfMemoryError | MemoryError)


class PretendClock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Net(nn.Module):
    """A network of `size` bytes of weights that says which it is."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(size // 4))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.weight[0]


@dataclass(eq=False)  # as the source of a spec a script equals only itself
class Script:
    """A source of weights that does as it is told, and an architecture likewise.

    `blocked` holds fetches until it is set; `errors` maps a step (fetch, blueprint, read) to
    what it raises; `built` gets each network that was built.
    """

    path: Path
    size: int
    errors: dict[str, BaseException] = field(default_factory=dict)
    blocked: threading.Event | None = None
    fetching: threading.Event = field(default_factory=threading.Event)
    fetches: int = 0
    at_once: int = 0
    most_at_once: int = 0
    built: Callable[[nn.Module], object] = lambda model: None
    _lock: Any = field(default_factory=threading.Lock)

    def fetch(self, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        with self._lock:
            self.fetches += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            self.fetching.set()
            progress(1, 4)
            if self.blocked is not None:
                assert self.blocked.wait(SOON), "the test never let this load go on"
            self.fail("fetch")
            return [self.path if "read" not in self.errors else self.path.with_name("broken.safetensors")]
        finally:
            with self._lock:
                self.at_once -= 1

    def architecture(self) -> nn.Module:
        self.fail("blueprint")
        model = Net(self.size)
        self.built(model)
        return model

    def fail(self, step: str) -> None:
        if step in self.errors:
            raise fresh(self.errors[step])  # an exception that is kept would keep its traceback


class Workshop:
    """Makes specs of tiny models whose files lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scripts: dict[str, Script] = {}
        (folder / "broken.safetensors").write_bytes(b"not a weights file")

    def spec(self, key: str = "a", size: int = 400, **script: Any) -> ModelSpec:
        path = self.folder / f"{key}.safetensors"
        save_file({"weight": torch.full((size // 4,), float(len(self.scripts)))}, path)
        source = self.scripts[key] = Script(path, size, **script)
        return ModelSpec(key, key.upper(), source.architecture, source, licence="CC0-1.0")

    def specs(self, count: int, size: int = 400) -> list[ModelSpec]:
        return [self.spec(f"m{number}", size) for number in range(count)]


class Visitor(threading.Thread):
    """A thread whose result or exception is there after `join`."""

    def __init__(self, visit: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.visit = visit
        self.result: Any = None
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.result = self.visit()
        except BaseException as error:
            self.error = error

    def ended(self) -> Visitor:
        self.join(SOON)
        assert not self.is_alive(), "a visitor waits for ever"
        return self


def status(cache: ModelCache, key: str) -> ModelStatus:
    """The status of one model; where it has a copy for the CPU too, the one on the device."""
    return next(model for model in cache.status().models if model.key == key)


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def check_ledger(cache: ModelCache) -> None:
    """What holds whenever no load is under way: the books and the models agree."""
    status = cache.status()
    for tier, used, budget, peak in (
        ("device", status.device_bytes, status.device_budget, status.device_peak_bytes),
        ("host", status.host_bytes, status.host_budget, status.host_peak_bytes),
    ):
        assert used == sum(model.bytes for model in status.models if model.state == tier), tier
        assert 0 <= used <= peak <= budget, tier
