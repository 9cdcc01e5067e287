"""The model cache when things break: a fault at every step of a load, closing, forking."""

from __future__ import annotations

import gc
import logging
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from gallery import loader, runtime
from gallery.device import Tier
from gallery.loader import fresh
from gallery.models import CacheClosed, ModelCache, OutOfMemory
from gallery.weights import ModelSpec, WeightsCorrupt, WeightsError
from tests.pretend_hardware import (
    SOON,
    PretendClock,
    PretendGPU,
    Visitor,
    Workshop,
    check_ledger,
    status,
    until,
)

FULL = torch.OutOfMemoryError("CUDA out of memory.")
FAULTS = [
    RuntimeError("out of order"),
    FULL,
    MemoryError(),
    SystemExit(1),
    WeightsError("No."),
    OSError(28, "full"),
]
Break = Callable[[pytest.MonkeyPatch, ModelCache, PretendGPU, Workshop, BaseException], None]


def break_fetch(
    monkeypatch: pytest.MonkeyPatch, cache: Any, gpu: Any, workshop: Workshop, fault: Any
) -> None:
    workshop.scripts["a"].errors = {"fetch": fault}


def break_blueprint(
    monkeypatch: pytest.MonkeyPatch, cache: Any, gpu: Any, workshop: Workshop, fault: Any
) -> None:
    workshop.scripts["a"].errors = {"blueprint": fault}


def break_a_function(name: str, owner: Callable[[ModelCache, PretendGPU], object]) -> Break:
    def arm(
        monkeypatch: pytest.MonkeyPatch, cache: ModelCache, gpu: PretendGPU, workshop: Workshop, fault: Any
    ) -> None:
        def broken(*_: object) -> None:
            raise fresh(fault)

        monkeypatch.setattr(owner(cache, gpu), name, broken)

    return arm


def break_second_reservation(
    monkeypatch: pytest.MonkeyPatch, cache: ModelCache, gpu: Any, workshop: Any, fault: Any
) -> None:
    reserve = cache._room.reserve

    def broken(tier: Tier, size: int, spec: ModelSpec) -> None:
        if tier is Tier.DEVICE:
            raise fresh(fault)
        reserve(tier, size, spec)

    monkeypatch.setattr(cache._room, "reserve", broken)


STEPS: dict[str, Break] = {
    "fetch": break_fetch,
    "blueprint": break_blueprint,
    "measure": break_a_function("memory_of", lambda cache, gpu: loader),
    "reserve": break_a_function("reserve", lambda cache, gpu: cache._room),
    "reserve on the device": break_second_reservation,
    "fill": break_a_function("filled", lambda cache, gpu: loader),
    "driver": break_a_function("free_device_bytes", lambda cache, gpu: gpu),
    "move": break_a_function("move", lambda cache, gpu: gpu),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("step", STEPS)
def test_a_fault_at_any_step_is_told_to_all_and_leaves_nothing(
    step: str, fault: BaseException, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = PretendGPU(two_tiers=True, capacity=10_000)
    cache = ModelCache(gpu, device_budget=1000, host_budget=1000, patience=0.05)
    spec, other = workshop.spec("a", blocked=threading.Event()), workshop.spec("other")
    cache.warm([other])
    before = cache.status()
    built: list[weakref.ref[nn.Module]] = []
    workshop.scripts["a"].built = lambda model: built.append(weakref.ref(model))
    with monkeypatch.context() as patch:
        STEPS[step](patch, cache, gpu, workshop, fault)
        logging.getLogger("gallery").setLevel(logging.CRITICAL)  # a kept log record keeps its traceback
        gc.disable()
        try:
            visitors = [Visitor(lambda: cache.warm([spec])["a"]) for _ in range(4)]
            until(lambda: status(cache, "a").leases == 4)
            workshop.scripts["a"].blocked.set()
            errors = [visitor.ended().result for visitor in visitors]
            until(lambda: all(model() is None for model in built))  # the load's thread is ending
        finally:
            gc.enable()
            logging.getLogger("gallery").setLevel(logging.NOTSET)
    expected = OutOfMemory if isinstance(fault, torch.OutOfMemoryError | MemoryError) else WeightsError
    assert [type(error) for error in errors] == [expected] * 4
    assert len({str(error) for error in errors}) == 1
    assert status(cache, "a").leases == 0
    after = cache.status()
    # Running out of memory may have sent the other model to host memory; apart from that all is as it was.
    total = before.device_bytes + before.host_bytes
    assert after.device_bytes + after.host_bytes in ((total, 0) if expected is OutOfMemory else (total,))
    check_ledger(cache)
    workshop.scripts["a"].errors = {}
    gpu.fail_move = {}
    with cache.lease(spec) as model:
        assert model(torch.ones(1)).item() == 1.0
    check_ledger(cache)
    cache.close()


def test_a_file_that_cannot_be_read_is_told_in_a_sentence(workshop: Workshop) -> None:
    cache = ModelCache(PretendGPU(), device_budget=1000)
    spec = workshop.spec(errors={"read": Exception()})
    error = cache.warm([spec])["a"]
    assert isinstance(error, WeightsCorrupt)
    assert str(error) == "The file broken.safetensors is no readable weights file."
    assert error.__cause__ is None, "it would keep the failed load's tensors alive"
    assert cache.status().device_bytes == 0


def test_a_thread_that_cannot_start(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, spec = ModelCache(PretendGPU(), device_budget=1000), workshop.spec()

    def no_thread(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        assert str(cache.warm([spec])["a"]) == "The server is too busy to load A now."
    assert (status(cache, "a").state, status(cache, "a").leases) == ("absent", 0)
    assert cache.warm([spec]) == {}


# ---- closing --------------------------------------------------------------------------------


def test_close_waits_for_loads_and_refuses_new_leases(workshop: Workshop) -> None:
    cache, spec = ModelCache(PretendGPU(), device_budget=1000), workshop.spec(blocked=threading.Event())
    visitor = Visitor(lambda: cache.warm([spec]))
    assert workshop.scripts["a"].fetching.wait(SOON)
    closing = Visitor(cache.close)
    until(lambda: cache._room.closed)
    with pytest.raises(CacheClosed, match="The gallery is shutting down"), cache.lease(spec):
        pass
    workshop.scripts["a"].blocked.set()
    assert closing.ended().error is None
    assert visitor.ended().result == {}
    assert cache.status().device_bytes == 0
    assert status(cache, "a").evictions == {"closed": 1}
    cache.close()
    assert isinstance(cache.warm([spec])["a"], CacheClosed)


def test_a_load_that_outlasts_close_keeps_nothing(workshop: Workshop) -> None:
    cache, spec = ModelCache(PretendGPU(), device_budget=1000), workshop.spec(blocked=threading.Event())
    visitor = Visitor(lambda: cache.warm([spec]))
    assert workshop.scripts["a"].fetching.wait(SOON)
    cache.close(timeout=0.01)
    workshop.scripts["a"].blocked.set()
    visitor.ended()
    until(lambda: status(cache, "a").state == "absent")
    assert cache.status().device_bytes == 0


def test_a_leased_model_outlives_close_and_goes_with_its_lease(workshop: Workshop) -> None:
    cache, (a, b) = ModelCache(PretendGPU(), device_budget=1000), workshop.specs(2)
    cache.warm([b], pin=True)
    with cache.lease(a) as model:
        cache.close()
        assert [each.state for each in cache.status().models] == ["absent", "device"]
        assert model(torch.ones(1)).item() == 1.0
    assert cache.status().device_bytes == 0


def test_close_ends_the_wait_for_room(workshop: Workshop) -> None:
    cache = ModelCache(PretendGPU(), device_budget=400, patience=1000.0)
    a, b = workshop.specs(2)
    with cache.lease(a):
        visitor = Visitor(lambda: cache.warm([b]))
        until(lambda: bool(cache._room._queue[Tier.DEVICE]))
        cache.close()
        assert isinstance(visitor.ended().result["m1"], CacheClosed)
    check_ledger(cache)


# ---- forking (ZeroGPU forks the process for each call) --------------------------------------


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only systems with fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_does_not_wait_for_threads_of_its_parent(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = ModelCache(PretendGPU(), device_budget=1200, clock=PretendClock())
    house = runtime.Runtime(device="cpu")
    house.cache = cache
    monkeypatch.setattr(runtime, "_current", house)
    warm, slow = workshop.spec("warm"), workshop.spec("slow", blocked=threading.Event())
    cache.warm([warm])
    loading = Visitor(lambda: cache.warm([slow]))
    assert workshop.scripts["slow"].fetching.wait(SOON)
    in_turn, leave = threading.Event(), threading.Event()

    def work(model: nn.Module) -> None:
        in_turn.set()
        assert leave.wait(SOON)

    working = Visitor(lambda: house.run(warm, work))
    assert in_turn.wait(SOON)
    child = os.fork()
    if not child:
        workshop.scripts["slow"].blocked = None
        visits = Visitor(
            lambda: [house.run(spec, lambda model: model.weight[0].item()) for spec in (warm, slow)]
        )
        visits.join(SOON)
        os._exit(0 if visits.result == [0.0, 1.0] and cache.status().device_bytes == 800 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    leave.set()
    workshop.scripts["slow"].blocked.set()
    assert working.ended().error is None
    assert loading.ended().result == {}
    house.close()
