"""A training that goes on: from where, for how long, and beside others."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import pytest
import torch

from demos.gan_lab.digits import engine, live
from demos.gan_lab.digits.live import MOST_POINTS, Frame, Point, going_on, longer
from demos.gan_lab.digits.model import Film
from demos.gan_lab.digits.models import DIGITS
from demos.gan_lab.digits.training import Losses, Settings
from gallery.inputs import InputError
from gallery.runtime import Runtime
from tests.demos.gan_lab.test_digits_engine import BAD_SEEDS, house  # noqa: F401


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of a few pictures."""
    monkeypatch.setattr(live, "Settings", partial(Settings, batch=4, r1_batch=2))


def ticking(step: float = 1.0) -> Iterator[float]:
    return itertools.count(0.0, step)


def test_it_begins_where_the_film_was_and_goes_on(house: Runtime) -> None:  # noqa: F811
    clock = ticking()
    frames = list(going_on("digits", 400, 7, house, steps=4, clock=lambda: next(clock)))
    shown = engine.of_label("digits", 400, -1, 7, house)
    assert (frames[0].pictures.int() - shown.pictures.int()).abs().max() <= 1
    assert [frame.step for frame in frames] == [400, 401, 402, 403, 404]
    assert [frame.ended for frame in frames] == ["", "", "", "", "steps"]
    assert not torch.equal(frames[-1].pictures, frames[0].pictures)
    assert [point.step for point in frames[-1].curve] == [401, 402, 403, 404]
    for before, after in pairwise(frames):
        assert after.seconds > before.seconds
    assert frames[-1].rate == pytest.approx(4 / frames[-1].seconds)


def test_a_seed_is_a_run(house: Runtime) -> None:  # noqa: F811
    def last(seed: int) -> Frame:
        *_, frame = going_on("clothes", 0, seed, house, steps=2)
        return frame

    assert torch.equal(last(1).pictures, last(1).pictures)
    assert last(1).curve[-1].losses != last(2).curve[-1].losses


def test_the_shared_players_stay_as_they_are(house: Runtime) -> None:  # noqa: F811
    with house.cache.lease(DIGITS) as model:
        assert isinstance(model, Film)
        before = {name: value.clone() for name, value in model.at("digits", 400).state_dict().items()}
    list(going_on("digits", 400, 0, house, steps=2))
    with house.cache.lease(DIGITS) as model:
        assert isinstance(model, Film)
        after = model.at("digits", 400).state_dict()
        assert not any(parameter.requires_grad for parameter in model.parameters())
    assert all(torch.equal(value, after[name]) for name, value in before.items())


def test_stop_and_time_end_it(house: Runtime) -> None:  # noqa: F811
    asked = itertools.count(1)
    *_, last = going_on("digits", 0, 0, house, lambda: next(asked) > 2)
    assert last.ended == "stopped"
    assert last.step == last.curve[-1].step
    clock = ticking()
    *_, last = going_on("digits", 0, 0, house, seconds=10, clock=lambda: next(clock))
    assert last.ended == "time"
    assert 10 <= last.seconds <= 13


def test_a_closed_generator_leaves_nothing_behind(house: Runtime) -> None:  # noqa: F811
    before = threading.active_count()
    work = going_on("digits", 0, 0, house)
    next(work), next(work)
    assert not house.gate.busy, "No turn is held across a yield."
    work.close()  # type: ignore[attr-defined]
    assert not house.gate.busy
    assert threading.active_count() == before
    (model,) = [one for one in house.cache.status().models if one.key == DIGITS.key]
    assert model.leases == 0


def test_twenty_labs_take_turns(house: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """Nobody is ever more than two rounds ahead of another who is at work too."""
    monkeypatch.setattr(live, "SLICE", 0.0)
    rounds, ahead = Counter[int](), []
    ready, lock = threading.Barrier(20), threading.Lock()

    def lab(number: int) -> None:
        work = going_on("digits", 20, number, house, steps=4, clock=itertools.count(0.0).__next__)
        next(work)
        ready.wait(60)
        for frame in work:
            with lock:
                rounds[number] = frame.step - 20
                ahead.append(max(rounds.values()) - min(rounds[one] for one in range(20)))

    labs = [threading.Thread(target=lab, args=(number,)) for number in range(20)]
    for one in labs:
        one.start()
    for one in labs:
        one.join(120)
    assert [rounds[number] for number in range(20)] == [4] * 20
    assert max(ahead) <= 2
    assert not house.gate.busy


@pytest.mark.parametrize("seed", BAD_SEEDS, ids=lambda seed: str(seed)[:12])
def test_bad_seeds_are_refused(house: Runtime, seed: object) -> None:  # noqa: F811
    with pytest.raises(InputError, match="A seed is a whole number"):
        next(going_on("digits", 0, seed, house))  # type: ignore[arg-type]


def test_bad_moments_and_sets_are_refused(house: Runtime) -> None:  # noqa: F811
    with pytest.raises(InputError, match="moment that was kept"):
        next(going_on("digits", 21, 0, house))
    with pytest.raises(InputError, match="two sets"):
        next(going_on("letters", 20, 0, house))


def test_a_long_curve_is_thinned_and_its_means_are_kept() -> None:
    curve: tuple[Point, ...] = ()
    every = range(1, 1001)
    for step in every:
        curve = longer(curve, Point(step, 1, Losses(step, 2 * step, 0.5, 0.25)))
        assert len(curve) <= MOST_POINTS
        assert curve[-1].step == step
    assert len(curve) > MOST_POINTS / 2 - 1
    assert sum(point.rounds for point in curve) == len(every)
    for name, expected in (("discriminator", 500.5), ("generator", 1001.0), ("real", 0.5), ("fake", 0.25)):
        mean = sum(point.rounds * getattr(point.losses, name) for point in curve) / len(every)
        assert mean == pytest.approx(expected)
    assert all(a.step < b.step for a, b in pairwise(curve))
    assert {point.rounds for point in curve[:-1]} == {curve[0].rounds}
