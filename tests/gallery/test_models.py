"""The model cache with one tier: leases, single flight, eviction, failures, closing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import torch
from torch import nn

from gallery.models import ModelCache, OutOfMemory, WaitedTooLong
from gallery.weights import WeightsCorrupt, WeightsError, WeightsUnreachable
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

MakeCache = Callable[..., ModelCache]


@pytest.fixture
def make_cache(clock: PretendClock) -> Iterator[MakeCache]:
    made: list[ModelCache] = []

    def make(budget: int = 1000, patience: float = 0.2) -> ModelCache:
        made.append(ModelCache(PretendGPU(), device_budget=budget, patience=patience, clock=clock))
        return made[-1]

    yield make
    for cache in made:
        until(lambda cache=cache: all(model.state != "loading" for model in cache.status().models))
        check_ledger(cache)
        cache.close()
        assert all(model.state != "device" for model in cache.status().models)
        assert cache.status().device_bytes == 0


# ---- leases and single flight ---------------------------------------------------------------


def test_lease_gives_a_model_ready_to_predict(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, spec = make_cache(), workshop.spec()
    with cache.lease(spec) as model:
        assert not model.training
        assert not any(p.requires_grad or p.is_meta for p in model.parameters())
        assert model(torch.ones(1)).item() == 1.0
        assert status(cache, "a").leases == 1
    with cache.lease(spec) as again:
        assert again is model
    assert workshop.scripts["a"].fetches == 1


def test_all_who_wait_share_one_load(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, spec = make_cache(), workshop.spec(blocked=threading.Event())

    def visit() -> nn.Module:
        with cache.lease(spec) as model:
            return model

    visitors = [Visitor(visit) for _ in range(20)]
    until(lambda: status(cache, "a").leases == 20)
    assert status(cache, "a").state == "loading"
    assert status(cache, "a").progress == 0.25
    workshop.scripts["a"].blocked.set()
    models = {id(visitor.ended().result) for visitor in visitors}
    assert len(models) == 1
    assert workshop.scripts["a"].fetches == 1
    now = status(cache, "a")
    assert (now.misses, now.waits, now.hits, now.leases) == (1, 19, 0, 0)


def test_all_who_wait_share_the_exception(make_cache: MakeCache, workshop: Workshop) -> None:
    error = WeightsError("No such luck.")
    cache = make_cache()
    spec = workshop.spec(blocked=threading.Event(), errors={"fetch": error})
    visitors = [Visitor(lambda: cache.warm([spec])["a"]) for _ in range(10)]
    until(lambda: status(cache, "a").leases == 10)
    workshop.scripts["a"].blocked.set()
    errors = [visitor.ended().result for visitor in visitors]
    assert all(type(each) is WeightsError and str(each) == "No such luck." for each in errors)
    assert len({id(each) for each in errors}) == 10, "a shared exception would collect all their tracebacks"
    assert workshop.scripts["a"].fetches == 1


def test_who_gives_up_does_not_cancel_the_load(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, spec = make_cache(), workshop.spec(blocked=threading.Event())
    with pytest.raises(WaitedTooLong), cache.lease(spec, timeout=0.02):
        pass
    assert status(cache, "a").leases == 0
    workshop.scripts["a"].blocked.set()
    with cache.lease(spec):
        assert workshop.scripts["a"].fetches == 1


def test_progress_is_reported_in_the_callers_thread(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, spec = make_cache(), workshop.spec(blocked=threading.Event())
    seen: list[tuple[int, int | None, int]] = []

    def progress(done: int, total: int | None) -> None:
        seen.append((done, total, threading.get_ident()))
        workshop.scripts["a"].blocked.set()

    with cache.lease(spec, progress=progress):
        assert seen[0] == (1, 4, threading.get_ident())


def test_a_progress_that_raises_ends_the_wait_and_the_lease(
    make_cache: MakeCache, workshop: Workshop
) -> None:
    cache, spec = make_cache(), workshop.spec(blocked=threading.Event())

    def cancelled(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), cache.lease(spec, progress=cancelled):
        pass
    assert status(cache, "a").leases == 0
    workshop.scripts["a"].blocked.set()


def test_different_models_load_side_by_side(make_cache: MakeCache, workshop: Workshop) -> None:
    cache = make_cache()
    blocked = threading.Event()
    specs = [workshop.spec(key, blocked=blocked) for key in "ab"]
    visitors = [Visitor(lambda spec=spec: cache.warm([spec])) for spec in specs]
    for key in "ab":
        assert workshop.scripts[key].fetching.wait(SOON)
    blocked.set()
    assert [visitor.ended().result for visitor in visitors] == [{}, {}]


def test_a_closed_generator_gives_its_lease_back(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, spec = make_cache(), workshop.spec()

    def stream() -> Iterator[int]:
        with cache.lease(spec):
            yield from range(100)

    steps = stream()
    next(steps)
    assert status(cache, "a").leases == 1
    steps.close()
    assert status(cache, "a").leases == 0


def test_two_models_of_one_name_are_refused(make_cache: MakeCache, workshop: Workshop) -> None:
    cache = make_cache()
    cache.register([workshop.spec("a")])
    with pytest.raises(ValueError, match="Two different models are called a"):
        cache.register([workshop.spec("a")])


# ---- eviction -------------------------------------------------------------------------------


def test_the_idle_model_released_longest_ago_goes(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, specs = make_cache(budget=1200), workshop.specs(4)
    assert cache.warm(specs[:3]) == {}
    with cache.lease(specs[0]), cache.lease(specs[1]):
        pass  # released: m2, then m1 and m0 (the inner first)
    assert cache.warm([specs[3]]) == {}
    assert [model.state for model in cache.status().models] == ["device", "device", "absent", "device"]
    assert status(cache, "m2").evictions == {"room": 1}
    assert cache.warm([specs[2]]) == {}
    assert status(cache, "m1").state == "absent"
    assert cache.status().device_peak_bytes == 1200


def test_leased_and_pinned_models_stay(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, specs = make_cache(budget=1200), workshop.specs(4)
    cache.warm(specs[:1], pin=True)
    with cache.lease(specs[1]) as leased:
        cache.warm(specs[2:])
        assert [model.state for model in cache.status().models] == ["device", "device", "absent", "device"]
        with cache.lease(specs[1]) as again:
            assert again is leased
    cache.release_idle()
    assert [model.state for model in cache.status().models] == ["device", "absent", "absent", "absent"]
    assert status(cache, "m1").evictions == {"released": 1}


def test_a_load_waits_for_leased_models_to_be_given_back(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, (a, b) = make_cache(budget=400, patience=SOON), workshop.specs(2)
    with cache.lease(a):
        visitor = Visitor(lambda: cache.warm([b]))
        until(lambda: workshop.scripts["m1"].fetches == 1)
        time.sleep(0.02)
        assert status(cache, "m1").state == "loading"
        assert status(cache, "m0").state == "device"
    assert visitor.ended().result == {}
    assert status(cache, "m0").state == "absent"


def test_patience_ends_with_a_sentence(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, (a, b) = make_cache(budget=400, patience=0.05), workshop.specs(2)
    with cache.lease(a) as model:
        with pytest.raises(OutOfMemory, match="There is no room for M1 now"), cache.lease(b):
            pass
        with cache.lease(a) as again:
            assert again is model
    assert cache.warm([b]) == {}, "a lack of room is not remembered"


def test_nobody_waits_for_room_that_pinned_models_hold(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, (a, b) = make_cache(budget=400, patience=1000.0), workshop.specs(2)
    cache.warm([a], pin=True)
    assert isinstance(Visitor(lambda: cache.warm([b])).ended().result["m1"], OutOfMemory)


def test_a_model_larger_than_the_budget_is_refused_at_once(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, small, large = make_cache(budget=1000), workshop.spec("small"), workshop.spec("large", 4_000_000)
    cache.warm([small])
    with pytest.raises(OutOfMemory, match="LARGE needs 4 MB of device memory, and the gallery may use 0 MB"):
        cache.lease(large).__enter__()
    assert status(cache, "small").state == "device", "nobody was sent away in vain"


# ---- failures -------------------------------------------------------------------------------


def test_unreachable_is_remembered_for_half_a_minute(
    make_cache: MakeCache, workshop: Workshop, clock: PretendClock
) -> None:
    cache, spec = make_cache(), workshop.spec(errors={"fetch": WeightsUnreachable("No answer.")})
    script = workshop.scripts["a"]
    for _ in range(3):
        with pytest.raises(WeightsUnreachable, match="No answer"), cache.lease(spec):
            pass
    assert script.fetches == 1
    assert (status(cache, "a").state, status(cache, "a").detail) == ("failed", "No answer.")
    clock.now += 29.9
    assert "a" in cache.warm([spec])
    assert script.fetches == 1
    clock.now += 0.1
    # Another kind of failure in between is tried again at once.
    script.errors = {"fetch": WeightsError("The disk is full.")}
    for fetches in (2, 3):
        assert str(cache.warm([spec])["a"]) == "The disk is full."
        assert script.fetches == fetches
    script.errors = {}
    assert cache.warm([spec]) == {}
    assert (status(cache, "a").state, status(cache, "a").detail) == ("device", "")


def test_corrupt_is_remembered_until_retry(
    make_cache: MakeCache, workshop: Workshop, clock: PretendClock
) -> None:
    cache, spec = make_cache(), workshop.spec(errors={"fetch": WeightsCorrupt("Not the file.")})
    for _ in range(3):
        assert str(cache.warm([spec])["a"]) == "Not the file."
        clock.now += 1e6
    assert workshop.scripts["a"].fetches == 1
    workshop.scripts["a"].errors = {}
    cache.retry("a")
    cache.retry("nobody")
    assert cache.warm([spec]) == {}


def test_retry_during_a_load_changes_nothing(make_cache: MakeCache, workshop: Workshop) -> None:
    cache = make_cache()
    spec = workshop.spec(blocked=threading.Event(), errors={"fetch": WeightsCorrupt("Not the file.")})
    visitor = Visitor(lambda: cache.warm([spec]))
    assert workshop.scripts["a"].fetching.wait(SOON)
    cache.retry("a")
    workshop.scripts["a"].blocked.set()
    assert isinstance(visitor.ended().result["a"], WeightsCorrupt)
    assert isinstance(cache.warm([spec])["a"], WeightsCorrupt)
    assert workshop.scripts["a"].fetches == 1


class Peculiar(WeightsUnreachable):
    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host} does not answer.")
        self.port = port


def test_an_error_with_other_parameters_reaches_all(make_cache: MakeCache, workshop: Workshop) -> None:
    cache, spec = make_cache(), workshop.spec(errors={"fetch": Peculiar("hub", 443)})
    for _ in range(2):
        error = cache.warm([spec])["a"]
        assert isinstance(error, Peculiar)
        assert (str(error), error.port) == ("hub does not answer.", 443)


# ---- numbers and the end --------------------------------------------------------------------


def test_status_numbers(make_cache: MakeCache, workshop: Workshop, clock: PretendClock) -> None:
    cache, spec = make_cache(), workshop.spec(blocked=threading.Event())
    cache.register([spec])
    fresh = status(cache, "a")
    assert (fresh.state, fresh.bytes, fresh.load_seconds, fresh.last_use) == ("absent", 0, None, None)
    visitor = Visitor(lambda: cache.warm([spec]))
    assert workshop.scripts["a"].fetching.wait(SOON)
    clock.now += 7.0
    workshop.scripts["a"].blocked.set()
    visitor.ended()
    clock.now += 3.0
    now = status(cache, "a")
    assert (now.state, now.bytes, now.load_seconds, now.last_use) == ("device", 400, 7.0, 3.0)
    assert now.progress is None
    whole = cache.status()
    assert (whole.device_bytes, whole.device_peak_bytes, whole.device_budget) == (400, 400, 1000)
    assert (whole.host_bytes, whole.host_peak_bytes, whole.host_budget) == (0, 0, 0)
