"""The view "In two dimensions" without a page: what it sends there, what it keeps, and what it refuses."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Generator
from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from demos.gan_lab import lab as engine
from demos.gan_lab.first import FIRST, first
from demos.gan_lab.lab import SHOWN, Lab
from demos.gan_lab.points import MOST_DRAWN, PLANE, heart, text_of
from demos.gan_lab.settings import COLLAPSE, CURE, Settings
from demos.gan_lab.views import lab as view
from demos.gan_lab.views.lab import FIELDS, PRESET, Bench
from demos.gan_lab.views.plane import REACH, places, plane, stroke
from gallery.inputs import InputError
from gallery.runtime import Runtime

SMALL = replace(FIRST, generator_width=16, discriminator_width=16, batch=64)
SLOW, FULL = 60.0, 0.0
pytestmark = pytest.mark.usefixtures("quiet_house")


def controls(settings: Settings = SMALL, **changed: Any) -> list[Any]:
    """As the page sends them."""
    values = {name: getattr(settings, name) for name in FIELDS}
    return list((values | {"seed": str(settings.seed)} | changed).values())


def run(bench: Bench, settings: Settings = SMALL, speed: float = FULL) -> Generator[list[Any], None, None]:
    return view.run(bench, speed, *controls(settings))  # type: ignore[return-value]


def until_played(work: Generator[list[Any], None, None], frames: int) -> list[dict[str, Any]]:
    """The first frames of a run, after the update of the buttons."""
    picture, play, pause = next(work)
    assert picture == gr.skip()
    assert (play["interactive"], pause["interactive"]) == (False, True)
    return [next(work)[0] for _ in range(frames)]


# ---- runs -----------------------------------------------------------------------------------------------


def test_play_pause_and_play_go_on_from_where_it_was() -> None:
    bench = Bench()
    work = run(bench)
    steps = [shown["step"] for shown in until_played(work, 3)]
    assert steps[0] < steps[1] < steps[2]
    play, pause = view.press_pause(bench)
    assert (play["interactive"], pause["interactive"]) == (True, False)
    *_, last = work
    assert last[0]["playing"] is False
    assert last[1]["interactive"] is True
    assert bench.run is None
    again = until_played(run(bench), 1)[0]
    assert again["serial"] == last[0]["serial"]
    assert again["step"] > last[0]["step"] >= steps[2]


def test_one_step_is_exactly_one() -> None:
    bench = Bench()
    found = [view.one_step(bench, *controls())[0]["step"] for _ in range(3)]
    assert found == [1, 2, 3]
    twin = Lab(SMALL)
    for _ in range(3):
        twin.step()
    assert plane(twin.look())["fake"] == view.adjust(bench, *controls())["fake"]


def test_one_step_ends_a_run() -> None:
    bench = Bench()
    work = run(bench)
    shown = until_played(work, 2)[-1]
    after = view.one_step(bench, *controls())[0]
    assert after["step"] == shown["step"] + 1
    *_, last = work
    assert last[0]["step"] == after["step"]
    assert last[0]["playing"] is False


def test_reset_begins_anew_and_leaves_the_run() -> None:
    bench = Bench()
    work = run(bench)
    shown = until_played(work, 2)[-1]
    reset = view.begin(bench, *controls())[0]
    assert reset["step"] == 0
    assert reset["serial"] > shown["serial"]
    assert list(work) == [[gr.skip()] * 3], "Nothing of the old lab comes after it."


def test_a_closed_page_ends_it() -> None:
    bench = Bench()
    work = run(bench)
    until_played(work, 2)
    assert bench.run is not None
    work.close()
    assert bench.run is None
    assert bench.lab is not None
    steps = bench.lab.steps
    assert not list(work)
    assert bench.lab.steps == steps


def test_a_second_run_of_the_same_visitor_takes_over(quiet_house: Runtime) -> None:
    bench = Bench()
    one = run(bench)
    until_played(one, 2)
    two = run(bench)
    until_played(two, 1)
    assert list(one) == [[gr.skip()] * 3]
    assert next(two)[0]["playing"] is True
    two.close()
    assert not quiet_house.gate.busy


def test_visitors_do_not_share_a_bench() -> None:
    bench = Bench()
    bench.seat(SMALL)
    other = deepcopy(bench)
    assert other.lab is None
    assert other is not bench


def test_presets_begin_anew_with_settings_of_their_own() -> None:
    for preset in (COLLAPSE, CURE):
        bench = Bench()
        work = run(bench)
        until_played(work, 1)
        values = dict(zip(PRESET, view.take(preset, bench), strict=True))
        assert bench.lab is None
        assert bench.run is None
        assert {"seed", "own"}.isdisjoint(values), "These are the visitor's."
        assert view.settings_of(*controls(SMALL, **values)) == replace(preset, seed=SMALL.seed, own=SMALL.own)
        assert list(work) == [[gr.skip()] * 3]


def test_it_says_why_it_ended_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LONGEST", 0.2)
    *_, last = run(Bench())
    assert last[0]["note"] == view.PAUSED
    assert last[1]["interactive"] is True
    bench = Bench()
    bench.seat(SMALL).generator.layers[-1].bias.data.fill_(math.nan)  # type: ignore[operator]
    *_, last = run(bench)
    assert "grew beyond all bounds" in last[0]["note"]
    json.dumps(last[0], allow_nan=False)


# ---- changes --------------------------------------------------------------------------------------------


def test_changes_take_effect_while_it_runs() -> None:
    bench = Bench()
    work = run(bench)
    until_played(work, 1)
    assert view.adjust(bench, *controls(loss="wasserstein", generator_rate=0.003)) == gr.skip()
    shown = next(work)[0]
    assert shown["critic"] is True
    assert bench.lab is not None
    assert bench.lab.settings.generator_rate == 0.003
    view.change_speed(bench, SLOW)
    assert bench.lab.speed == SLOW
    view.change_speed(bench, FULL)
    assert bench.lab.speed == math.inf


def test_at_rest_another_distribution_shows_at_once() -> None:
    bench = Bench()
    assert view.adjust(bench, *controls(FIRST)) == gr.skip(), "The finished picture stays."
    assert view.adjust(bench, *controls(FIRST, generator_rate=0.01)) == gr.skip()
    shown = view.adjust(bench, *controls(FIRST, distribution="spiral"))
    assert shown["step"] == 0
    assert shown["of_modes"] is None
    assert shown["real"] != plane(first())["real"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seed": "-1"}, "The seed is a whole number"),
        ({"seed": "a seed"}, "The seed is a whole number"),
        ({"seed": str(2**64)}, "The seed is a whole number"),
        ({"seed": None}, "The seed is a whole number"),
        ({"distribution": "drawn", "own": ""}, "At least 3 points"),
        ({"distribution": "drawn", "own": "0,0 7,7 1,1"}, "lies outside"),
        ({"distribution": "drawn", "own": None}, "At least 3 points"),
        ({"noise": 10**6}, "noise dimensions"),
    ],
)
def test_bad_input_is_a_sentence_and_changes_nothing(wrong: dict[str, Any], sentence: str) -> None:
    bench = Bench()
    work = run(bench)
    until_played(work, 1)
    before = (bench.run, bench.lab, bench.lab and bench.lab.wanted)
    for handler in (view.one_step, view.begin, view.adjust):
        with pytest.raises(gr.Error, match=sentence):
            handler(bench, *controls(**wrong))
    with pytest.raises(gr.Error, match=sentence):
        next(view.run(bench, FULL, *controls(**wrong)))
    assert (bench.run, bench.lab, bench.lab and bench.lab.wanted) == before
    assert next(work)[0]["playing"] is True


# ---- drawing --------------------------------------------------------------------------------------------


def event(points: Any) -> Any:
    return SimpleNamespace(points=points)


def test_a_stroke_is_added_to_the_drawing() -> None:
    assert view.add_stroke("", event([[0.5, -0.25], [1, 1]])) == "0.50,-0.25 1.00,1.00"
    assert view.add_stroke("0,0", event([[0.123456, 1]])) == "0.00,0.00 0.12,1.00"
    shown = view.adjust(Bench(), *controls(distribution="drawn", own=text_of(heart())))
    assert shown["draws"] is True
    assert shown["of_modes"] is None


@pytest.mark.parametrize(
    "points",
    [
        None, [], "0,0", {}, [1, 2], [[1]], [[1, 2, 3]], [["a", "b"]], [[True, 0]], [[None, 0]],
        [[math.nan, 0]], [[math.inf, 0]], [[PLANE + 0.1, 0]], [[10**400, 0]], [[0, 0]] * (MOST_DRAWN + 1),
    ],
)  # fmt: skip
def test_a_forged_stroke_is_refused(points: Any) -> None:
    with pytest.raises(InputError):
        stroke(event(points))


def test_a_drawing_has_its_limit() -> None:
    text = text_of([(0.0, 0.0)] * (MOST_DRAWN - 1))
    assert view.add_stroke(text, event([[1, 1]])).count(",") == MOST_DRAWN
    with pytest.raises(gr.Error, match="at most 150"):
        view.add_stroke(text, event([[1, 1], [1, 0]]))


# ---- what is sent ---------------------------------------------------------------------------------------


def test_a_value_is_json_and_small() -> None:
    shown = json.dumps(plane(first()), allow_nan=False)
    assert len(shown) < 20_000
    lab = Lab(replace(SMALL, noise=8, loss="wasserstein"))
    lab.step()
    value = plane(lab.look())
    json.dumps(value, allow_nan=False)
    assert "8 numbers" in value["note"]
    assert "relative" in value["note"]


def test_points_survive_the_journey() -> None:
    points = np.array([[0.1234, -1.5], [99, -99], [math.nan, 0]], np.float32)
    raw: Any = np.frombuffer(base64.b64decode(places(points)), "<i2").reshape(-1, 2) / 32767 * REACH
    expected = np.array([[0.1234, -1.5], [REACH, -REACH], [0, 0]])
    np.testing.assert_allclose(raw, expected, atol=REACH / 32767)
    shown = plane(first())
    assert len(base64.b64decode(shown["fake"])) == SHOWN * 4
    heat = np.frombuffer(base64.b64decode(shown["heat"]), np.uint8)
    np.testing.assert_allclose(heat / 255, first().heat.ravel(), atol=0.003)
    curves = np.frombuffer(base64.b64decode(shown["curves"]), "<f4").reshape(-1, 4)
    assert np.array_equal(curves, first().curves)


# ---- the endpoint ---------------------------------------------------------------------------------------


def test_the_endpoint_trains_and_repeats() -> None:
    found = view.numbers("ring", "nonsaturating", 40, "3")
    assert found == view.numbers("ring", "nonsaturating", 40.0, "3")
    assert found != view.numbers("ring", "nonsaturating", 40, "4")
    assert (found["steps"], found["of_modes"]) == (40, 8)
    assert np.array(found["points"]).shape == (view.API_POINTS, 2)
    assert view.numbers("line", "r1", 1, "0")["modes"] is None
    json.dumps(found, allow_nan=False)


def test_the_endpoint_keeps_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "API_SECONDS", 0.0)
    assert view.numbers("ring", "minimax", 2000, "0")["steps"] == 0


@pytest.mark.parametrize(
    "inputs",
    [
        ("torus", "minimax", 10, "0"),
        ("drawn", "minimax", 10, "0"),
        (None, "minimax", 10, "0"),
        ("ring", "hinge", 10, "0"),
        ("ring", None, 10, "0"),
        ("ring", "minimax", 0, "0"),
        ("ring", "minimax", 2001, "0"),
        ("ring", "minimax", 1.5, "0"),
        ("ring", "minimax", math.nan, "0"),
        ("ring", "minimax", None, "0"),
        ("ring", "minimax", 10, "-1"),
        ("ring", "minimax", 10, "text"),
        ("ring", "minimax", 10, str(2**63)),
        ("ring", "minimax", 10, None),
    ],
)
def test_the_endpoint_refuses_in_one_sentence(inputs: tuple[Any, ...]) -> None:
    with pytest.raises(gr.Error) as caught:
        view.numbers(*inputs)
    assert "gallery itself" not in str(caught.value)
