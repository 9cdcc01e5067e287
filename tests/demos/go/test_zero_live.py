"""The small run in the browser: that it turns, tells, stops and leaves nothing behind."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise

import pytest

from demos.go.zero import live
from demos.go.zero.live import Frame, turning
from gallery.inputs import InputError

QUICK = replace(live.settings(3), games=4, simulations=6, channels=8, blocks=1, match_games=2)


def ticking() -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += 1.0


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    clock = ticking()
    return list(turning(QUICK, seconds=10**9, generations=3, clock=lambda: next(clock)))


def test_it_tells_of_every_part_of_every_generation(frames: list[Frame]) -> None:
    assert len(frames[-1].stations) == 3
    assert frames[-1].doing is None
    assert not frames[-1].stopped
    for generation in range(3):
        phases = [frame.doing.phase for frame in frames if frame.doing and len(frame.stations) == generation]
        assert list(dict.fromkeys(phases)) == ["play", "learn", "match"]


def test_counters_only_grow(frames: list[Frame]) -> None:
    for before, after in pairwise(frames):
        assert before.games <= after.games
        assert before.evaluations <= after.evaluations
        assert before.steps <= after.steps
        assert before.seconds <= after.seconds
    assert frames[-1].games == 12
    assert frames[-1].games == frames[-1].stations[-1].games
    assert frames[-1].steps > 0


def test_the_rival_is_the_untrained_network(frames: list[Frame]) -> None:
    assert all(0 <= station.share <= 1 for station in frames[-1].stations)
    assert [station.generation for station in frames[-1].stations] == [1, 2, 3]


def test_stop_and_time_end_it() -> None:
    asked = 0

    def stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    *_, last = turning(QUICK, stopped)
    assert last.stopped
    assert last.doing is None
    assert asked == 6
    clock = ticking()
    *_, last = turning(QUICK, seconds=50, clock=lambda: next(clock))
    assert not last.stopped
    assert last.doing is None
    assert 50 < last.seconds < 60


def test_a_closed_generator_leaves_no_thread_and_no_turn() -> None:
    held = turns = 0

    @contextmanager
    def turn() -> Iterator[None]:
        nonlocal held, turns
        held, turns = held + 1, turns + 1
        try:
            yield
        finally:
            held -= 1

    before = threading.active_count()
    clock = ticking()
    work = turning(QUICK, turn=turn, clock=lambda: next(clock))
    for _, frame in zip(range(6), work, strict=False):
        assert held == 0, "Never across a yield."
        assert frame.doing is not None
    done = turns
    work.close()  # type: ignore[attr-defined]
    assert (held, turns) == (0, done)
    assert done > 1
    assert threading.active_count() == before


def test_a_frame_survives_json(frames: list[Frame]) -> None:
    assert live.from_json(json.loads(json.dumps(live.as_json(frames[-1])))) == frames[-1]


@pytest.mark.parametrize("size", [0, 2, 6, 19])
def test_other_boards_are_refused(size: int) -> None:
    with pytest.raises(InputError, match="3 to 5 points a side"):
        live.settings(size)


def test_the_first_view_shows_a_run_that_learned() -> None:
    first = live.from_json(json.loads(live.FIRST_RESULT.read_text(encoding="utf-8")))
    assert first.doing is None
    assert first.size == live.FIRST_SIZE
    assert len(first.stations) >= 5
    assert first.stations[-1].share > 0.7
    assert first.stations[-1].value_loss < first.stations[0].value_loss
