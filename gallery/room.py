"""Room: the ledger of memory behind the model cache, and who has to leave when it is full."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TypeVar

from gallery.device import Hardware, Tier
from gallery.entry import Entry, Job
from gallery.weights import ModelSpec, WeightsError

T = TypeVar("T")
LOOK_AGAIN = 1.0  # seconds; the driver rings no bell when another program leaves
logger = logging.getLogger(__name__)


class OutOfMemory(Exception):
    """There is no room for a model, or for the work with it. The message is for the user."""


class CacheClosed(WeightsError):
    """The gallery is shutting down."""

    def __init__(self, message: str = "The gallery is shutting down.") -> None:
        super().__init__(message)


class Room:
    """Bytes in use, tier by tier, and the eviction of idle models to make more of them free.

    `changed` is the cache's one lock, and the bell that rings whenever something may have
    become free. `patience` is in seconds, everything else in bytes.
    """

    def __init__(
        self,
        hardware: Hardware,
        entries: Mapping[tuple[str, Tier], Entry],
        changed: threading.Condition,
        budget: dict[Tier, int],
        activations: int,
        patience: float,
    ) -> None:
        self.hardware = hardware
        self.budget = budget
        self.used = dict.fromkeys(Tier, 0)
        self.peak = dict.fromkeys(Tier, 0)
        self.closed = False
        self._entries = entries
        self._changed = changed
        self._activations = activations
        self._patience = patience
        self._queue: dict[Tier, deque[object]] = {tier: deque() for tier in Tier}

    def reserve(self, tier: Tier, size: int, spec: ModelSpec) -> None:
        """Enter `size` bytes into the ledger, first come first served, evicting idle models.

        Raises OutOfMemory where it can never fit or did not within `patience`, and CacheClosed.
        """
        if size > self.budget[tier]:
            raise OutOfMemory(
                f"{spec.title} needs {size / 1e6:.0f} MB of {tier.value} memory, and the gallery may use "
                f"{self.budget[tier] / 1e6:.0f} MB."
            )
        ticket = object()
        with self._changed:
            self._queue[tier].append(ticket)
        try:
            deadline = time.monotonic() + self._patience
            while not self._try_to_reserve(tier, size, ticket, deadline, spec):
                self.evict_one(tier, "room")
        finally:
            with self._changed:
                self._queue[tier].remove(ticket)
                self._changed.notify_all()

    def _try_to_reserve(
        self, tier: Tier, size: int, ticket: object, deadline: float, spec: ModelSpec
    ) -> bool:
        """Wait for one's turn and for enough idle bytes; whether no eviction was needed any more."""
        with self._changed:
            while self._queue[tier][0] is not ticket or not self._fits_without_idle(tier, size):
                if self.closed:
                    raise CacheClosed
                left = deadline - time.monotonic()
                # At the head of the queue nothing but models at work can still make room.
                if left <= 0 or (self._queue[tier][0] is ticket and not self._at_work(tier)):
                    raise OutOfMemory(
                        f"There is no room for {spec.title} now: others hold the {tier.value} memory. "
                        "Try again in a moment."
                    )
                self._changed.wait(min(left, LOOK_AGAIN))
            if not self._fits(tier, size):
                return False
            self._enter(tier, size)
            return True

    def give_back(self, tier: Tier, size: int) -> None:
        """Take `size` bytes out of the ledger again."""
        with self._changed:
            self.used[tier] -= size
            self._changed.notify_all()

    def evict_one(self, tier: Tier, reason: str) -> bool:
        """Send the idle model of `tier` that was released longest ago one tier down, or away.

        Returns whether there was one. The copy between tiers runs without the lock.
        """
        with self._changed:
            entry = self._longest_idle(tier)
            if entry is None:
                return False
            demote = tier is Tier.DEVICE and self.hardware.two_tiers and self._clear_host(entry.bytes)
            entry.evictions[reason] += 1
            if demote:
                entry.job = Job()  # whoever asks for the model meanwhile waits for the move to end
                self._enter(Tier.HOST, entry.bytes)
            else:
                self.drop(entry)
        if demote:
            self._demote(entry)
        self.hardware.release_unused()
        return True

    def _demote(self, entry: Entry) -> None:
        assert entry.model is not None and entry.job is not None
        moved = False
        try:
            self.hardware.move(entry.model, Tier.HOST)
            moved = True
        except Exception as error:
            # Only its text: a record that is kept would keep the traceback and all it holds.
            logger.warning("%s was lost on its way to host memory: %s", entry.spec.title, str(error))
        finally:  # also when Ctrl+C came in between: others wait for this job
            with self._changed:
                job, entry.job = entry.job, None
                if moved:
                    self.used[Tier.DEVICE] -= entry.bytes
                    entry.tier = Tier.HOST
                else:
                    self.used[Tier.HOST] -= entry.bytes
                    self.drop(entry)
                self.drop_if_closed(entry)
                job.done.set()
                self._changed.notify_all()

    def drop(self, entry: Entry) -> None:
        """Forget the weights. The caller holds the lock."""
        assert entry.tier is not None
        self.used[entry.tier] -= entry.bytes
        entry.model, entry.tier = None, None
        self._changed.notify_all()

    def drop_if_closed(self, entry: Entry) -> None:
        """Let go of what nobody uses any more once the cache is closed. The caller holds the lock."""
        entry.pinned &= not self.closed
        if self.closed and entry.idle:
            entry.evictions["closed"] += 1
            self.drop(entry)

    def recount(self) -> None:
        """Begin anew with the models that are in memory; nobody waits. The caller holds the lock."""
        for tier in Tier:
            self._queue[tier].clear()
            self.used[tier] = sum(entry.bytes for entry in self._entries.values() if entry.tier is tier)

    def recovering(self, work: Callable[[], T], spec: ModelSpec, tier: Tier) -> T:
        """`work()`, again after each eviction for as long as the memory of `tier` runs out.

        Raises OutOfMemory when no idle model is left to evict.
        """
        while True:
            try:
                return work()
            except Exception as error:
                if not self.hardware.is_out_of_memory(error):
                    raise
            # Outside the except clause: the traceback would keep the failed work's tensors alive.
            if not self.evict_one(tier, "out of memory"):
                raise OutOfMemory(
                    f"There is not enough memory for {spec.title}. A smaller input or model may fit."
                )

    def _longest_idle(self, tier: Tier) -> Entry | None:
        idle = [entry for entry in self._entries.values() if entry.idle and entry.tier is tier]
        return min(idle, key=lambda entry: entry.released, default=None)

    def _at_work(self, tier: Tier) -> bool:
        """Whether bytes of `tier` are leased, loading or on the move, so that they may come free."""
        resting = (e.bytes for e in self._entries.values() if e.tier is tier and not e.leases and not e.job)
        return self.used[tier] > sum(resting)

    def _fits(self, tier: Tier, size: int, idle: int = 0) -> bool:
        if self.used[tier] - idle + size > self.budget[tier]:
            return False
        # The driver's word counts too: other programs share the device. It knows nothing of
        # what the work itself will need, so a reserve stays free for that.
        free = self.hardware.free_device_bytes() if tier is Tier.DEVICE else None
        return free is None or size + self._activations <= free + idle

    def _fits_without_idle(self, tier: Tier, size: int) -> bool:
        idle = sum(entry.bytes for entry in self._entries.values() if entry.idle and entry.tier is tier)
        return self._fits(tier, size, idle)

    def _clear_host(self, size: int) -> bool:
        """Drop idle models from host memory until `size` fits, if that can be."""
        if not self._fits_without_idle(Tier.HOST, size):
            return False
        while not self._fits(Tier.HOST, size):
            entry = self._longest_idle(Tier.HOST)
            assert entry is not None
            entry.evictions["room"] += 1
            self.drop(entry)
        return True

    def _enter(self, tier: Tier, size: int) -> None:
        self.used[tier] += size
        self.peak[tier] = max(self.peak[tier], self.used[tier])
