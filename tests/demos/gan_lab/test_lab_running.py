"""A lab that goes on: that it obeys, takes turns with others and ends. The clock is pretended."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from demos.gan_lab import lab as engine
from demos.gan_lab.lab import Lab, running
from gallery.gate import FairGate
from tests.demos.gan_lab.test_lab import SMALL, trained, weights


class Clock:
    """Time that passes only when somebody works or sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0, "No busy waiting."
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Each step of any lab takes ten milliseconds."""
    clock = Clock()
    step = Lab.step

    def slow(self: Lab) -> None:
        clock.now += 0.01
        step(self)

    monkeypatch.setattr(Lab, "step", slow)
    return clock


# ---- running --------------------------------------------------------------------------------------------


def test_it_goes_on_until_it_is_stopped_and_then_from_there(clock: Clock) -> None:
    lab = Lab(SMALL)
    frames = running(lab, lambda: lab.steps >= 12, clock=clock, sleep=clock.sleep)
    steps = [frame.step for frame in frames]
    assert steps[0] >= 1
    assert all(a < b for a, b in pairwise(steps))
    assert steps[-1] == lab.steps
    stopped_at = lab.steps
    first_again = next(running(lab, clock=clock, sleep=clock.sleep))
    assert first_again.step > stopped_at
    assert all(map(torch.equal, weights(lab), weights(trained(SMALL, lab.steps))))


@pytest.mark.parametrize("speed", [1.0, 5.0, 60.0])
def test_slow_motion_is_as_slow_as_was_asked_for(clock: Clock, speed: float) -> None:
    lab = Lab(SMALL)
    lab.speed = speed
    for _ in running(lab, lambda: clock.now >= 6, clock=clock, sleep=clock.sleep):
        pass
    assert lab.steps == pytest.approx(6 * speed, rel=0.1, abs=2)


def test_slowly_one_sees_both_halves_of_a_step(clock: Clock) -> None:
    lab = Lab(SMALL)
    lab.speed = 1.0
    seen = []
    for frame in running(lab, clock=clock, sleep=clock.sleep):
        seen.append((frame.learning, frame.step))
        if len(seen) == 4:
            break
    assert seen == [("discriminator", 0), ("generator", 1), ("discriminator", 1), ("generator", 2)]
    assert all(map(torch.equal, weights(lab), weights(trained(SMALL, 2)))), "Halves make whole steps."


def test_a_stop_between_two_halves_ends_after_the_second() -> None:
    lab = Lab(SMALL)
    lab.speed, clock = 1.0, Clock()
    stop = False
    frames = running(lab, lambda: stop, clock=clock, sleep=clock.sleep)
    assert next(frames).learning == "discriminator"
    stop = True
    assert [frame.learning for frame in frames] == ["generator"]
    assert lab.steps == 1
    assert clock.now < 0.2


def test_what_is_changed_takes_effect_while_it_runs(clock: Clock) -> None:
    lab = Lab(SMALL)
    frames = running(lab, clock=clock, sleep=clock.sleep)
    before = next(frames)
    lab.wanted = replace(SMALL, generator_rate=0.01, loss="wasserstein", momentum=0.9)
    after = next(frames)
    assert after.serial == before.serial
    assert after.step > before.step
    assert after.settings == lab.wanted
    assert lab.optimisers[0].param_groups[0]["lr"] == 0.01
    assert lab.optimisers[1].param_groups[0]["betas"][0] == 0.9
    lab.wanted = replace(SMALL, distribution="spiral")
    anew = next(frames)
    assert anew.serial > after.serial
    assert anew.step <= after.step
    assert anew.modes is None


def test_it_ends_by_itself_after_ten_minutes(clock: Clock) -> None:
    lab = Lab(SMALL)
    lab.speed = 1.0
    for _ in running(lab, clock=clock, sleep=clock.sleep):
        pass
    assert engine.LONGEST <= clock.now < engine.LONGEST + 2


def test_numbers_without_bounds_end_it(clock: Clock) -> None:
    lab = Lab(SMALL)
    with torch.no_grad():
        lab.generator.layers[-1].bias.fill_(math.nan)  # type: ignore[operator]
    *_, last = running(lab, clock=clock, sleep=clock.sleep)
    assert not last.finite


# ---- others ---------------------------------------------------------------------------------------------


def test_a_closed_generator_leaves_no_thread_and_no_turn(clock: Clock) -> None:
    held = turns = 0

    @contextmanager
    def turn() -> Iterator[None]:
        nonlocal held, turns
        held, turns = held + 1, turns + 1
        try:
            yield
        finally:
            held -= 1

    before, lab = threading.active_count(), Lab(SMALL)
    work = running(lab, turn=turn, clock=clock, sleep=clock.sleep)
    for _, _ in zip(range(4), work, strict=False):
        assert held == 0, "Never across a yield."
    steps = lab.steps
    work.close()  # type: ignore[attr-defined]
    assert (held, turns, lab.steps) == (0, 4, steps)
    assert threading.active_count() == before


def test_twenty_labs_take_turns_and_none_starves(clock: Clock) -> None:
    """On one clock, behind one gate, each asked for frames as fast as the machine gives them."""
    gate = FairGate()
    labs = [Lab(replace(SMALL, seed=seed)) for seed in range(20)]
    longest = Counter[int]()
    last = dict.fromkeys(range(20), 0.0)
    works = [running(lab, turn=gate.turn, waiting=lambda: 19, clock=clock, sleep=clock.sleep) for lab in labs]
    for _ in range(10):
        for number, work in enumerate(works):
            next(work)
            longest[number] = max(longest[number], round(1000 * (clock.now - last[number])))
            last[number] = clock.now
    steps = [lab.steps for lab in labs]
    assert max(steps) - min(steps) <= 2
    assert min(steps) >= 10
    # Slices are short where many wait: nobody waits longer than twenty of the shortest, and a step each.
    assert max(longest.values()) <= 1000 * 20 * (engine.SHORTEST + 0.011)


def test_twenty_threads_behind_the_gate_all_get_on() -> None:
    """With real threads and no clock at all: as many turns for each as the gate has handed out rounds."""
    gate, order, most = FairGate(), list[int](), 3
    labs = [Lab(replace(SMALL, seed=seed, batch=32)) for seed in range(20)]
    begin = threading.Barrier(20)

    def play(number: int) -> None:
        @contextmanager
        def turn() -> Iterator[None]:
            with gate.turn():
                order.append(number)
                yield

        begin.wait()
        for done, _ in enumerate(running(labs[number], turn=turn, waiting=lambda: gate.waiting), 1):
            if done == most:
                return

    threads = [threading.Thread(target=play, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    assert Counter(order) == dict.fromkeys(range(20), most)
    assert set(order[:20]) == set(range(20)), "Nobody has a second turn before all have had a first."
