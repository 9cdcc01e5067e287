"""The gate: one at a time, in the order of coming, and free again whatever happens inside."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from gallery.gate import FairGate
from tests.pretend_hardware import SOON, Visitor, until


def test_first_in_first_out_and_one_at_a_time() -> None:
    gate, order, inside = FairGate(), [], []

    def visit(number: int) -> None:
        with gate.turn():
            inside.append(number)
            order.append(number)
            assert inside == [number]
            inside.remove(number)

    with gate.turn():
        visitors = []
        for number in range(20):
            visitors.append(Visitor(lambda number=number: visit(number)))
            until(lambda number=number: gate.waiting == number + 1)
        assert gate.busy
    assert [visitor.ended().error for visitor in visitors] == [None] * 20
    assert order == list(range(20))
    assert (gate.busy, gate.waiting) == (False, 0)


def test_an_exception_in_a_turn_ends_it() -> None:
    gate = FairGate()
    with pytest.raises(ZeroDivisionError), gate.turn():
        raise ZeroDivisionError
    assert not gate.busy


def test_a_closed_generator_ends_its_turn_for_the_next_in_line() -> None:
    gate = FairGate()

    def stream() -> Iterator[int]:
        with gate.turn():
            yield from range(100)

    steps = stream()
    next(steps)
    done = threading.Event()

    def visit() -> None:
        with gate.turn():
            done.set()

    visitor = Visitor(visit)
    until(lambda: gate.waiting == 1)
    assert not done.is_set()
    # Gradio may take each step in another thread, and close in yet another.
    assert Visitor(lambda: next(steps)).ended().result == 1
    assert Visitor(steps.close).ended().error is None
    assert done.wait(SOON)
    assert visitor.ended().error is None
    assert not gate.busy


def test_who_leaves_the_queue_is_not_waited_for() -> None:
    gate = FairGate()

    class Impatient(Exception):
        pass

    def interrupted(timeout: float | None = None) -> bool:
        raise Impatient

    wait = gate._changed.wait
    with gate.turn():
        gate._changed.wait = interrupted  # type: ignore[method-assign]
        with pytest.raises(Impatient), gate.turn():
            pass
        gate._changed.wait = wait  # type: ignore[method-assign]
        assert gate.waiting == 0
    with gate.turn():
        assert gate.busy
