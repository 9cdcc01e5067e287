"""Loader: brings models into memory, each in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TypeVar

from gallery.device import Hardware, Tier, memory_of
from gallery.entry import Entry, Job
from gallery.room import OutOfMemory, Room
from gallery.weights import WeightsError, blueprint_of, filled

E = TypeVar("E", bound=BaseException)
logger = logging.getLogger(__name__)


class Loader:
    """Loads from files, and moves from the host to the device.

    `changed` is the cache's one lock. A GPU takes one model after the other, a CPU several at
    once; downloads are not bounded.
    """

    def __init__(
        self,
        hardware: Hardware,
        room: Room,
        changed: threading.Condition,
        clock: Callable[[], float],
        *,
        offline: bool,
    ) -> None:
        self._hardware = hardware
        self._room = room
        self._changed = changed
        self._clock = clock
        self._offline = offline
        self._turns = threading.Semaphore(hardware.parallel_loads)

    def begin(self, entry: Entry) -> Job:
        """Start to bring the model home. The caller holds the lock. Raises WeightsError."""
        job = Job()
        work = self._load if entry.model is None else self._promote
        # A plain thread, not a pool: the load outlives whoever asked for it, and a process
        # that was forked (ZeroGPU does) can still start one.
        thread = threading.Thread(target=self._carry_out, args=(entry, job, work), daemon=True)
        entry.job, entry.failure = job, None
        try:
            thread.start()
        except RuntimeError as error:
            entry.job = None
            raise WeightsError(f"The server is too busy to load {entry.spec.title} now.") from error
        return job

    def after_fork(self) -> None:
        """In a child process nobody holds a turn."""
        self._turns = threading.Semaphore(self._hardware.parallel_loads)

    def _carry_out(self, entry: Entry, job: Job, work: Callable[[Entry, Job], None]) -> None:
        title = entry.spec.title
        started = self._clock()
        try:
            work(entry, job)
        except (WeightsError, OutOfMemory) as error:
            logger.warning("%s was not loaded: %s", title, str(error))
            job.error = fresh(error)
        # Whatever it was, nobody may be left waiting for a thread that is gone.
        except BaseException as error:
            logger.exception("%s was not loaded", title)
            if self._hardware.is_out_of_memory(error):
                job.error = OutOfMemory(f"There is not enough memory to load {title}.")
            else:
                job.error = WeightsError(f"{title} could not be loaded; the server's log says why.")
        with self._changed:
            entry.job = None
            entry.failure = job.error
            if job.error is None:
                entry.load_seconds = self._clock() - started
            else:
                entry.failed_at = self._clock()
            self._room.drop_if_closed(entry)
            job.done.set()
            self._changed.notify_all()

    def _load(self, entry: Entry, job: Job) -> None:
        def report(done: int, total: int | None) -> None:
            job.progress = (done, total)

        spec = entry.spec
        paths = spec.source.fetch(report, offline=self._offline)
        size = memory_of(blueprint_of(spec))
        # Weights arrive in host memory; where that is the device's own, they are at home.
        arrival = Tier.HOST if self._hardware.two_tiers else entry.home
        # Before the turn: host memory may be full of models that wait for a turn themselves.
        self._room.reserve(arrival, size, spec)
        try:
            with self._turns:
                model = self._room.recovering(lambda: filled(spec, *paths), spec, arrival)
        except BaseException:
            self._room.give_back(arrival, size)
            raise
        with self._changed:
            entry.model, entry.tier, entry.bytes = model, arrival, size
        if arrival is not entry.home:
            try:
                self._promote(entry, job)
            except BaseException:
                with self._changed:
                    self._room.drop(entry)
                raise

    def _promote(self, entry: Entry, job: Job) -> None:
        """Move from the host to the device; if that fails, the model is still there and whole."""
        assert entry.model is not None
        spec, model = entry.spec, entry.model
        with self._turns:
            self._room.reserve(Tier.DEVICE, entry.bytes, spec)
            try:
                self._room.recovering(lambda: self._hardware.move(model, Tier.DEVICE), spec, Tier.DEVICE)
            except BaseException:
                self._room.give_back(Tier.DEVICE, entry.bytes)
                raise
            with self._changed:
                entry.tier = Tier.DEVICE
                self._room.give_back(Tier.HOST, entry.bytes)


def fresh(error: E) -> E:
    """The same error without its traceback, whose frames would keep tensors alive."""
    copy = type(error).__new__(type(error), *error.args)  # not __init__: its parameters may differ
    copy.__dict__.update(error.__dict__)
    return copy
