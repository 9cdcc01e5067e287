"""The model cache on a pretend GPU: two tiers, the driver's word, and running out of memory."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn

from gallery.device import Tier
from gallery.models import CacheClosed, ModelCache, OutOfMemory
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
MakeCache = Callable[..., tuple[ModelCache, PretendGPU]]


@pytest.fixture
def make_cache(clock: PretendClock) -> Iterator[MakeCache]:
    made: list[ModelCache] = []

    def make(
        device: int = 800, host: int = 4000, capacity: int | None = None, **options: int
    ) -> tuple[ModelCache, PretendGPU]:
        gpu = PretendGPU(two_tiers=True, capacity=capacity)
        cache = ModelCache(gpu, device_budget=device, host_budget=host, patience=0.2, clock=clock, **options)
        made.append(cache)
        return cache, gpu

    yield make
    for cache in made:
        check_ledger(cache)
        cache.close()
        assert (cache.status().device_bytes, cache.status().host_bytes) == (0, 0)


def states(cache: ModelCache) -> list[str]:
    return [model.state for model in cache.status().models]


def test_device_then_host_then_gone_and_back_again(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, _ = make_cache(device=800, host=1200)  # two on the device, three in host memory
    specs = workshop.specs(6)
    for spec in specs[:4]:
        assert cache.warm([spec]) == {}
        check_ledger(cache)
    assert states(cache) == ["host", "host", "device", "device"]
    cache.warm(specs[4:6])
    # A load passes through host memory, so one of its three places had to be free for that.
    assert states(cache) == ["absent", "absent", "host", "host", "device", "device"]
    with cache.lease(specs[2]) as model:
        assert model(torch.zeros(1)).item() == 2.0
    assert workshop.scripts["m2"].fetches == 1, "what is in host memory needs no file"
    assert states(cache) == ["absent", "absent", "device", "host", "host", "device"]
    cache.warm([specs[0]])
    assert workshop.scripts["m0"].fetches == 2
    assert states(cache) == ["device", "absent", "device", "absent", "host", "host"]
    assert status(cache, "m3").evictions == {"room": 2}


def test_the_driver_may_know_of_less_than_the_ledger(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, gpu = make_cache(device=8000, capacity=2000, activations=500)
    specs = workshop.specs(4)
    cache.warm(specs[:3])
    assert states(cache) == ["device"] * 3  # 1200 used, 500 kept free
    cache.warm([specs[3]])
    assert states(cache) == ["host", "device", "device", "device"]
    gpu.others = 900  # another program came: 1100 are left, less 500 for activations
    cache.warm([specs[0]])
    assert states(cache) == ["device", "host", "host", "host"]


def test_a_card_that_others_fill_is_given_up_at_once(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, gpu = make_cache(device=8000, capacity=2000)
    gpu.others = 1900
    spec = workshop.spec()
    with pytest.raises(OutOfMemory, match="There is no room for A now"), cache.lease(spec):
        pass
    assert (cache.status().host_bytes, cache.status().device_bytes) == (0, 0)
    notices: list[str] = []
    assert cache.run(spec, lambda model: model(torch.ones(1)).item(), notice=notices.append) == 1.0
    assert notices == ["The graphics memory is full: A runs on the CPU, which is slower."]
    assert [model.title for model in cache.status().models] == ["A", "A (on the CPU)"]
    assert states(cache) == ["failed", "host"]


@pytest.mark.parametrize("half_way", [False, True])
def test_out_of_memory_in_a_move_evicts_one_idle_model_and_tries_again(
    make_cache: MakeCache, workshop: Workshop, half_way: bool
) -> None:
    cache, gpu = make_cache(device=8000)
    specs = workshop.specs(4)
    cache.warm(specs[:3])
    gpu.fail_move, gpu.half_way = {4: FULL, 6: FULL}, half_way  # 5 and 7 are the evictions
    cache.warm([specs[3]])
    assert states(cache) == ["host", "host", "device", "device"]
    assert status(cache, "m0").evictions == {"out of memory": 1}


def test_an_eviction_that_fails_drops_the_model(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, gpu = make_cache(device=400)
    a, b = workshop.specs(2)
    cache.warm([a])
    gpu.fail_move = {2: RuntimeError("the copy failed")}
    assert cache.warm([b]) == {}
    assert states(cache) == ["absent", "device"]
    assert cache.warm([a]) == {}
    assert workshop.scripts["m0"].fetches == 2


def test_a_promotion_that_fails_leaves_the_model_in_host_memory(
    make_cache: MakeCache, workshop: Workshop
) -> None:
    cache, gpu = make_cache(device=400)
    a, b = workshop.specs(2)
    cache.warm([a, b])
    with cache.lease(b):
        gpu.fail_move = {4: RuntimeError("the copy failed")}
        assert "m0" in cache.warm([a])  # no room: b is leased
        assert states(cache) == ["host", "device"]
    # The eviction of b is move 4 and fails, so b is dropped; the promotion of a succeeds.
    assert cache.warm([a]) == {}
    gpu.fail_move = {gpu.moves + 1: RuntimeError("once more")}
    cache.warm([b])
    check_ledger(cache)


def test_visitors_who_come_during_an_eviction_wait_and_get_it_back(
    make_cache: MakeCache, workshop: Workshop
) -> None:
    cache, gpu = make_cache(device=400)
    a, b = workshop.specs(2)
    cache.warm([a])
    moving, go_on = threading.Event(), threading.Event()

    def pause(model: nn.Module, tier: Tier) -> None:
        if tier is Tier.HOST and not moving.is_set():
            moving.set()
            assert go_on.wait(SOON)

    gpu.on_move = pause
    loading = Visitor(lambda: cache.warm([b]))
    assert moving.wait(SOON)
    joining = Visitor(lambda: cache.run(a, lambda model: model(torch.zeros(1)).item()))
    until(lambda: status(cache, "m0").leases == 1)
    go_on.set()
    assert loading.ended().result == {}
    assert joining.ended().result == 0.0
    assert status(cache, "m0").state == "device"
    assert workshop.scripts["m0"].fetches == 1


# ---- out of memory in the work itself -------------------------------------------------------


class Greedy:
    """Work that runs out of memory until `needs` idle models have left the device."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.remains: list[weakref.ref[torch.Tensor]] = []
        self.models: list[nn.Module] = []

    def __call__(self, model: nn.Module) -> str:
        # Nothing of the attempt before may still be alive, or there is no more room than then.
        assert [remain() for remain in self.remains] == [None] * len(self.remains)
        activations = torch.zeros(10)
        self.remains.append(weakref.ref(activations))
        self.models.append(model)
        if len(self.models) <= self.failures:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return "done"


def test_work_is_tried_again_with_more_room(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, _ = make_cache(device=8000)
    specs = workshop.specs(4)
    cache.warm(specs)
    work = Greedy(failures=2)
    gc.disable()  # reference counts alone have to free what a failed attempt held
    try:
        assert cache.run(specs[3], work) == "done"
    finally:
        gc.enable()
    assert states(cache) == ["host", "host", "device", "device"]
    assert len({id(model) for model in work.models}) == 1


def test_when_nothing_is_left_to_evict_the_work_runs_on_the_cpu(
    make_cache: MakeCache, workshop: Workshop
) -> None:
    cache, _ = make_cache(device=8000)
    specs = workshop.specs(3)
    cache.warm(specs)
    work, notices = Greedy(failures=3), []
    assert cache.run(specs[2], work, notice=notices.append) == "done"
    assert notices == ["The graphics memory is full: M2 runs on the CPU, which is slower."]
    assert states(cache) == ["host", "host", "device", "host"]
    assert work.models[3] is not work.models[2]


@pytest.mark.parametrize("error", [FULL, MemoryError()])
def test_when_not_even_the_cpu_has_room_one_typed_error_is_raised(
    make_cache: MakeCache, workshop: Workshop, error: BaseException
) -> None:
    cache, _ = make_cache(device=8000)
    specs = workshop.specs(3)
    cache.warm(specs)

    def work(model: nn.Module) -> None:
        raise error

    with pytest.raises(OutOfMemory, match="There is not enough memory for M2"):
        cache.run(specs[2], work)
    assert sum(model.leases for model in cache.status().models) == 0


def test_with_one_tier_the_idle_models_go_and_then_one_typed_error_is_raised(workshop: Workshop) -> None:
    cache = ModelCache(PretendGPU(), device_budget=8000)
    specs = workshop.specs(3)
    cache.warm(specs)
    assert cache.run(specs[2], Greedy(failures=1)) == "done"
    assert states(cache) == ["absent", "device", "device"]
    with pytest.raises(OutOfMemory, match="There is not enough memory for M2"):
        cache.run(specs[2], Greedy(failures=2))
    assert states(cache) == ["absent", "absent", "device"]
    with cache.lease(specs[0], tier=Tier.HOST) as model, cache.lease(specs[0]) as same:
        assert model is same, "where the device is the host, there is one copy"


def test_other_errors_of_the_work_pass_through(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, _ = make_cache()
    specs = workshop.specs(2)
    cache.warm(specs)
    with pytest.raises(ZeroDivisionError):
        cache.run(specs[0], lambda model: 1 / 0)
    assert states(cache) == ["device", "device"]
    assert status(cache, "m0").leases == 0


def test_a_copy_for_the_cpu_and_one_for_the_device_load_side_by_side(
    make_cache: MakeCache, workshop: Workshop
) -> None:
    cache, _ = make_cache()
    spec = workshop.spec(blocked=threading.Event())

    def visit(tier: Tier) -> nn.Module:
        with cache.lease(spec, tier=tier) as model:
            return model

    visitors = [Visitor(lambda tier=tier: visit(tier)) for tier in (*Tier, *Tier)]
    until(lambda: sum(model.leases for model in cache.status().models) == 4)
    workshop.scripts["a"].blocked.set()
    models = [visitor.ended().result for visitor in visitors]
    assert models[0] is models[2]
    assert models[1] is models[3]
    assert models[0] is not models[1]
    assert states(cache) == ["device", "host"]
    assert (cache.status().device_bytes, cache.status().host_bytes) == (400, 400)


def test_a_load_does_not_wait_for_room_of_models_that_wait_for_it(workshop: Workshop) -> None:
    gpu = PretendGPU(two_tiers=True)
    cache = ModelCache(gpu, device_budget=400, host_budget=800, patience=1000.0)
    a, b, c, d = workshop.specs(4)
    cache.warm([a, b, c])  # a and b are in host memory, which is full, and c on the device
    with cache.lease(c):
        back = [Visitor(lambda spec=spec: cache.warm([spec])) for spec in (a, b)]
        until(lambda: status(cache, "m0").leases == status(cache, "m1").leases == 1)
        new = Visitor(lambda: cache.warm([d]))
        until(lambda: bool(cache._room._queue[Tier.HOST]))
    assert [visitor.ended().result for visitor in (*back, new)] == [{}, {}, {}]
    check_ledger(cache)


def test_ctrl_c_in_an_eviction_leaves_nobody_waiting(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, gpu = make_cache(device=8000)
    a, b = workshop.specs(2)
    cache.warm([a, b])
    gpu.fail_move = {3: KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        cache.run(b, Greedy(failures=1))
    assert states(cache) == ["absent", "device"]
    assert Visitor(lambda: cache.warm([a])).ended().result == {}


def test_an_eviction_that_outlives_the_cache_keeps_nothing(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, gpu = make_cache(device=8000)
    a, b = workshop.specs(2)
    cache.warm([a, b])
    gpu.on_move = lambda model, tier: cache.close(timeout=0.0)
    with pytest.raises(CacheClosed):
        cache.run(b, Greedy(failures=2))
    assert (cache.status().device_bytes, cache.status().host_bytes) == (0, 0)
