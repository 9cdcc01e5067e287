"""One model's place in the cache: what is known of it, and what of that is shown."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from torch import nn

from gallery.device import Tier
from gallery.weights import ModelSpec


@dataclass(frozen=True)
class ModelStatus:
    """What the status panel shows of one model. Times are in seconds, sizes in bytes."""

    key: str
    title: str
    state: str  # absent, loading, device, host or failed
    detail: str  # why it failed
    progress: float | None  # 0 to 1 while loading, None where the size is unknown
    bytes: int
    hits: int
    misses: int
    waits: int
    evictions: dict[str, int]  # reason to count
    load_seconds: float | None
    leases: int
    last_use: float | None  # seconds ago


@dataclass(frozen=True)
class CacheStatus:
    """The cache at one moment. On a machine with one tier the host numbers stay 0."""

    device_bytes: int
    device_budget: int
    device_peak_bytes: int
    host_bytes: int
    host_budget: int
    host_peak_bytes: int
    models: tuple[ModelStatus, ...]


@dataclass
class Job:
    """A load or a move under way; `error` is what all who wait for it will be told."""

    done: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None
    progress: tuple[int, int | None] = (0, None)


@dataclass
class Entry:
    """A model and its bookkeeping. Whoever reads or writes one holds the cache's lock."""

    spec: ModelSpec
    home: Tier  # where leases of this entry want the model to be
    model: nn.Module | None = None
    tier: Tier | None = None
    bytes: int = 0
    leases: int = 0  # held or waited for
    pinned: bool = False
    job: Job | None = None
    failure: Exception | None = None
    failed_at: float = 0.0
    released: int = 0  # running number of the last release, for the order of eviction
    last_use: float | None = None
    load_seconds: float | None = None
    hits: int = 0
    misses: int = 0
    waits: int = 0
    evictions: Counter[str] = field(default_factory=Counter)

    @property
    def idle(self) -> bool:
        """Whether the model may be evicted."""
        return self.model is not None and self.leases == 0 and self.job is None and not self.pinned

    def status(self, now: float) -> ModelStatus:
        """What to show at the clock's time `now`."""
        progress = None
        if self.job is not None:
            state = "loading"
            done, total = self.job.progress
            progress = done / total if total else None
        elif self.tier is not None:
            state = self.tier.value
        else:
            state = "failed" if self.failure else "absent"
        return ModelStatus(
            key=self.spec.key,
            title=self.spec.title + (" (on the CPU)" if self.home is Tier.HOST else ""),
            state=state,
            detail=str(self.failure or ""),
            progress=progress,
            bytes=self.bytes if self.model is not None else 0,
            hits=self.hits,
            misses=self.misses,
            waits=self.waits,
            evictions=dict(self.evictions),
            load_seconds=self.load_seconds,
            leases=self.leases,
            last_use=None if self.last_use is None else now - self.last_use,
        )
