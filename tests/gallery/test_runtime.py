"""The runtime: loads before its turn, work in turn, one process-wide instance."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch

from gallery import runtime
from gallery.models import CacheClosed, OutOfMemory
from gallery.runtime import Runtime
from tests.pretend_hardware import SOON, Visitor, Workshop, until


@pytest.fixture
def house() -> Iterator[Runtime]:
    house = Runtime(device="cpu", device_memory=1000)
    yield house
    house.close()
    assert house.cache.status().device_bytes == 0


@pytest.fixture
def no_house(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(runtime, "_current", None)
    yield
    if runtime._current is not None:
        runtime._current.close()


def test_works_one_after_the_other_on_one_model(house: Runtime, workshop: Workshop) -> None:
    spec, inside = workshop.spec(), []

    def work(model: torch.nn.Module) -> float:
        inside.append(1)
        assert len(inside) == 1
        result: float = model(torch.ones(1)).item()
        inside.pop()
        return result

    visitors = [Visitor(lambda: house.run(spec, work)) for _ in range(8)]
    assert [visitor.ended().result for visitor in visitors] == [1.0] * 8
    assert workshop.scripts["a"].fetches == 1


def test_nobody_waits_for_the_download_of_another(house: Runtime, workshop: Workshop) -> None:
    slow, quick = workshop.spec("slow", blocked=threading.Event()), workshop.spec("quick")
    visitor = Visitor(lambda: house.run(slow, lambda model: "slow"))
    assert workshop.scripts["slow"].fetching.wait(SOON)
    assert house.run(quick, lambda model: "quick") == "quick"
    workshop.scripts["slow"].blocked.set()
    assert visitor.ended().result == "slow"


def test_a_failure_frees_turn_and_lease(house: Runtime, workshop: Workshop) -> None:
    spec = workshop.spec()
    with pytest.raises(ZeroDivisionError):
        house.run(spec, lambda model: 1 / 0)
    with pytest.raises(OutOfMemory, match="There is not enough memory for A"):
        house.run(spec, lambda model: (_ for _ in ()).throw(MemoryError))
    assert not house.status().busy
    assert house.status().cache.models[0].leases == 0
    assert house.run(spec, lambda model: 7) == 7


def test_status(house: Runtime, workshop: Workshop) -> None:
    spec, go_on = workshop.spec(), threading.Event()
    visitors = [Visitor(lambda: house.run(spec, lambda model: go_on.wait(SOON))) for _ in range(3)]
    until(lambda: house.status().queue_length == 2)
    now = house.status()
    assert (now.device, now.busy) == ("CPU", True)
    assert now.process_memory > 1_000_000
    assert (now.cache.device_bytes, now.cache.device_budget) == (400, 1000)
    go_on.set()
    assert [visitor.ended().result for visitor in visitors] == [True] * 3


def test_on_a_cpu_both_budgets_speak_of_the_same_memory() -> None:
    for options, expected in (
        ({"host_memory": 5}, 5),
        ({"device_memory": 7}, 7),
        ({"device_memory": 7, "host_memory": 5}, 5),
    ):
        status = Runtime(device="cpu", **options).cache.status()
        assert (status.device_budget, status.host_budget) == (expected, 0)


@pytest.mark.usefixtures("no_house")
def test_one_runtime_for_the_process() -> None:
    houses = [Visitor(runtime.current) for _ in range(8)]
    assert len({id(visitor.ended().result) for visitor in houses}) == 1


@pytest.mark.usefixtures("no_house")
def test_configure_closes_the_old_and_keeps_it_if_the_new_fails(workshop: Workshop) -> None:
    old = runtime.configure(device="cpu", offline=True)
    assert old.offline
    spec = workshop.spec()
    with pytest.raises(ValueError, match="no device called abacus"):
        runtime.configure(device="abacus")
    assert runtime.current() is old
    assert old.run(spec, lambda model: 1) == 1
    new = runtime.configure(device="cpu")
    assert runtime.current() is new
    with pytest.raises(CacheClosed):
        old.run(spec, lambda model: 1)
