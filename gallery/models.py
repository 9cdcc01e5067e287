"""ModelCache: the one shared, device-backed cache of models.

    with cache.lease(spec) as model: ...

Reading guide: `lease` counts a visitor in and waits; `gallery.loader` loads, at most one thread
for each model; `gallery.room` keeps the ledger and evicts; `run` falls back to the CPU. One lock
guards all bookkeeping, and nothing slow (downloads, reading, copies) happens while it is held.

Ideas from Ollama's scheduler (leases, distrust of the driver's numbers), InvokeAI's model cache
(two tiers) and diffusers' ComponentsManager (the out-of-memory loop).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from torch import nn

from gallery.device import Hardware, Tier
from gallery.entry import CacheStatus, Entry, Job, ModelStatus
from gallery.loader import Loader, fresh
from gallery.room import CacheClosed, OutOfMemory, Room
from gallery.weights import ModelSpec, Progress, WeightsCorrupt, WeightsError, WeightsUnreachable

T = TypeVar("T")

UNREACHABLE_FOR = 30.0  # seconds for which an unreachable hub is not asked again
LOOK_AGAIN = 0.1  # seconds between two looks of a waiting visitor at the progress

__all__ = ["CacheClosed", "CacheStatus", "ModelCache", "ModelStatus", "OutOfMemory", "WaitedTooLong"]


class WaitedTooLong(WeightsError):
    """The caller's own patience ended before the model was there."""


class ModelCache:
    """Models on one device, with a second tier in host memory where the device has its own.

    `device_budget` and `host_budget` are bytes of weights; `activations` is what the driver must
    keep free beside them for the work itself. `patience` is how long, in seconds, a load waits
    for leased models to be given back before it ends with OutOfMemory.
    """

    def __init__(
        self,
        hardware: Hardware,
        *,
        device_budget: int,
        host_budget: int = 0,
        activations: int = 0,
        offline: bool = False,
        patience: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.hardware = hardware
        self._clock = clock
        self._entries: dict[tuple[str, Tier], Entry] = {}
        self._changed = threading.Condition()
        budget = {Tier.DEVICE: device_budget, Tier.HOST: host_budget}
        self._room = Room(hardware, self._entries, self._changed, budget, activations, patience)
        self._loader = Loader(hardware, self._room, self._changed, clock, offline=offline)
        self._releases = 0

    # ---- leases -------------------------------------------------------------------------

    @contextmanager
    def lease(
        self,
        spec: ModelSpec,
        *,
        progress: Progress | None = None,
        timeout: float | None = None,
        tier: Tier = Tier.DEVICE,
    ) -> Iterator[nn.Module]:
        """The model, loaded if need be, which stays as and where it is until the block is left.

        `progress` is called in the caller's own thread. After `timeout` seconds the caller gives
        up with WaitedTooLong; the load goes on for the others. Raises WeightsError or OutOfMemory.
        """
        home = tier if self.hardware.two_tiers else Tier.DEVICE
        entry = self._acquire(spec, home, progress, timeout)
        try:
            assert entry.model is not None
            yield entry.model
        finally:
            self._release(entry)

    def _acquire(
        self, spec: ModelSpec, home: Tier, progress: Progress | None, timeout: float | None
    ) -> Entry:
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            if self._room.closed:
                raise CacheClosed
            entry = self._entry(spec, home)
            # Counted before the lock is let go: from here on nobody evicts or moves the model.
            entry.leases += 1
            if entry.tier is home and entry.job is None:
                entry.hits += 1
                return entry
            first = entry.job is None
            entry.misses += first
            entry.waits += not first
        try:
            while job := self._next_job(entry):
                self._wait(job, progress, deadline)
        except BaseException:
            self._release(entry)
            raise
        return entry

    def _release(self, entry: Entry) -> None:
        with self._changed:
            entry.leases -= 1
            self._releases += 1
            entry.released = self._releases
            entry.last_use = self._clock()
            self._room.drop_if_closed(entry)
            self._changed.notify_all()

    def _entry(self, spec: ModelSpec, home: Tier) -> Entry:
        entry = self._entries.setdefault((spec.key, home), Entry(spec, home))
        if entry.spec != spec:
            raise ValueError(f"Two different models are called {spec.key}.")
        return entry

    def _next_job(self, entry: Entry) -> Job | None:
        """What has to be waited for, begun here if nobody did; None once the model is at home."""
        with self._changed:
            if entry.job is not None:
                return entry.job
            if entry.tier is entry.home:
                return None
            if self._room.closed:
                raise CacheClosed
            self._recall_failure(entry)
            return self._loader.begin(entry)

    def _recall_failure(self, entry: Entry) -> None:
        failure = entry.failure
        recent = self._clock() - entry.failed_at < UNREACHABLE_FOR
        if isinstance(failure, WeightsCorrupt) or (isinstance(failure, WeightsUnreachable) and recent):
            raise fresh(failure)

    def _wait(self, job: Job, progress: Progress | None, deadline: float | None) -> None:
        pause = LOOK_AGAIN if progress else None
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if job.done.wait(min((t for t in (pause, left) if t is not None), default=None)):
                break
            if deadline is not None and time.monotonic() >= deadline:
                raise WaitedTooLong(
                    "The model was not ready in time. It goes on loading: try again in a moment."
                )
            if progress:
                progress(*job.progress)
        if job.error is not None:
            raise fresh(job.error)

    # ---- work ---------------------------------------------------------------------------

    def run(
        self,
        spec: ModelSpec,
        work: Callable[[nn.Module], T],
        *,
        progress: Progress | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> T:
        """`work(model)`, tried again with more room when it runs out of memory.

        One idle model after the other leaves the device; then, where the device is not the CPU
        itself, the work is done on the CPU and `notice` gets a sentence that says so. Raises
        OutOfMemory when nothing helped.
        """

        def attempt(tier: Tier) -> T:
            with self.lease(spec, progress=progress, tier=tier) as model:
                return self._room.recovering(lambda: work(model), spec, tier)

        try:
            return attempt(Tier.DEVICE)
        except OutOfMemory:
            if not self.hardware.two_tiers:
                raise
        if notice:
            notice(f"The graphics memory is full: {spec.title} runs on the CPU, which is slower.")
        return attempt(Tier.HOST)

    # ---- from outside -------------------------------------------------------------------

    def register(self, specs: Iterable[ModelSpec]) -> None:
        """Let the status list models that nobody has used yet."""
        with self._changed:
            for spec in specs:
                self._entry(spec, Tier.DEVICE)

    def warm(self, specs: Iterable[ModelSpec], *, pin: bool = False) -> dict[str, Exception]:
        """Load ahead; returns what failed, key to error. Pinned models are never evicted."""
        failed: dict[str, Exception] = {}
        for spec in specs:
            try:
                with self.lease(spec), self._changed:
                    self._entry(spec, Tier.DEVICE).pinned |= pin
            except (WeightsError, OutOfMemory) as error:
                failed[spec.key] = error
        return failed

    def retry(self, key: str) -> None:
        """Forget why `key` failed, so that the next lease tries again."""
        with self._changed:
            for entry in self._entries.values():
                if entry.spec.key == key:
                    entry.failure = None

    def release_idle(self) -> None:
        """Let every idle model go, pinned ones excepted."""
        with self._changed:
            for entry in self._entries.values():
                if entry.idle:
                    entry.evictions["released"] += 1
                    self._room.drop(entry)
        self.hardware.release_unused()

    def close(self, timeout: float = 10.0) -> None:
        """Refuse new leases, wait for loads under way, and let go of every model.

        A model that is still leased goes when its lease ends.
        """
        with self._changed:
            self._room.closed = True
            self._changed.notify_all()
            jobs = [entry.job for entry in self._entries.values() if entry.job]
        deadline = time.monotonic() + timeout
        for job in jobs:
            job.done.wait(max(0.0, deadline - time.monotonic()))
        with self._changed:
            for entry in self._entries.values():
                self._room.drop_if_closed(entry)
        self.hardware.release_unused()

    def before_fork(self) -> None:
        """Hold the lock, so that the child finds everything written down to the end."""
        self._changed.acquire()

    def after_fork(self, *, child: bool) -> None:
        """In the child, forget what was under way: its threads stayed with the parent."""
        if child:
            for entry in self._entries.values():
                if entry.job is not None:
                    entry.job = entry.model = entry.tier = None
            self._room.recount()
            self._loader.after_fork()
        self._changed.release()

    def status(self) -> CacheStatus:
        """Every number of the cache, all of the same moment."""
        with self._changed:
            now = self._clock()
            return CacheStatus(
                device_bytes=self._room.used[Tier.DEVICE],
                device_budget=self._room.budget[Tier.DEVICE],
                device_peak_bytes=self._room.peak[Tier.DEVICE],
                host_bytes=self._room.used[Tier.HOST],
                host_budget=self._room.budget[Tier.HOST],
                host_peak_bytes=self._room.peak[Tier.HOST],
                models=tuple(entry.status(now) for entry in self._entries.values()),
            )
