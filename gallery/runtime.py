"""Runtime: where engines run. One per process: a model cache, a fair gate, a device."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import psutil
from torch import nn

from gallery.device import ACTIVATIONS, TorchHardware, default_budgets, pick_device
from gallery.gate import FairGate
from gallery.models import CacheStatus, ModelCache
from gallery.weights import ModelSpec, Progress

T = TypeVar("T")


@dataclass(frozen=True)
class GalleryStatus:
    """What the status panel and /metrics show. Memory in bytes."""

    device: str
    busy: bool
    queue_length: int
    process_memory: int
    cache: CacheStatus


class Runtime:
    """Runs an engine's work on the shared device.

    `device` is auto, cpu, cuda, cuda:1 or mps; `device_memory` and `host_memory` are budgets for
    weights in bytes, None for a share of what there is; `offline` never asks a hub.
    Raises ValueError where the device does not exist.
    """

    def __init__(
        self,
        *,
        device: str = "auto",
        device_memory: int | None = None,
        host_memory: int | None = None,
        offline: bool = False,
    ) -> None:
        self.device = pick_device(device)
        self.offline = offline
        device_default, host_default = default_budgets(self.device)
        hardware = TorchHardware(self.device)
        if not hardware.two_tiers and host_memory is not None:
            device_memory = host_memory if device_memory is None else min(device_memory, host_memory)
        self.cache = ModelCache(
            hardware,
            device_budget=device_default if device_memory is None else device_memory,
            host_budget=host_default if host_memory is None or not hardware.two_tiers else host_memory,
            activations=ACTIVATIONS if hardware.two_tiers else 0,
            offline=offline,
        )
        self.gate = FairGate()

    def run(
        self,
        spec: ModelSpec,
        work: Callable[[nn.Module], T],
        *,
        progress: Progress | None = None,
        notice: Callable[[str], None] | None = None,
    ) -> T:
        """`work(model)` when its turn has come; see ModelCache.run for what may go wrong.

        The model is loaded before the turn is taken, so nobody waits for another's download.
        """

        def in_turn(model: nn.Module) -> T:
            with self.gate.turn():
                return work(model)

        return self.cache.run(spec, in_turn, progress=progress, notice=notice)

    def status(self) -> GalleryStatus:
        return GalleryStatus(
            device=self.device.name,
            busy=self.gate.busy,
            queue_length=self.gate.waiting,
            process_memory=psutil.Process().memory_info().rss,
            cache=self.cache.status(),
        )

    def close(self) -> None:
        """Let go of every model; those at work go when their work ends."""
        self.cache.close()


_current: Runtime | None = None
_lock = threading.RLock()


def current() -> Runtime:
    """The process's runtime, made with the defaults if nobody called `configure`."""
    global _current
    with _lock:
        if _current is None:
            _current = Runtime()
        return _current


def configure(
    *,
    device: str = "auto",
    device_memory: int | None = None,
    host_memory: int | None = None,
    offline: bool = False,
) -> Runtime:
    """Make the process's runtime anew with these options; see Runtime."""
    global _current
    with _lock:
        # The new one first: if its device does not exist, the old one stays in service.
        new = Runtime(device=device, device_memory=device_memory, host_memory=host_memory, offline=offline)
        if _current is not None:
            _current.close()
        _current = new
        return new


def _before_fork() -> None:
    _lock.acquire()
    if _current is not None:
        _current.cache.before_fork()


def _after_fork(*, child: bool) -> None:
    if _current is not None:
        _current.cache.after_fork(child=child)
        if child:
            _current.gate = FairGate()  # who waited or worked there is not in this process
    _lock.release()


# ZeroGPU forks this process for each call, whatever its other threads are at.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=lambda: _after_fork(child=False),
        after_in_child=lambda: _after_fork(child=True),
    )
