"""Scene: what a picture may be, and what a real browser makes of it."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from gallery.widgets.scene import Arrow, Kind, Picture, Point, Scene
from tests.conftest import free_port
from tests.gallery.widgets.scene_app import HOSTILE, plane, space
from tests.gallery.widgets.test_photo import ROOT, wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Where every point is drawn, once nothing moves any more.
SETTLED = """async () => {
  const canvas = document.querySelector('#scene canvas'), places = () => JSON.stringify(canvas.positions());
  for (let before = '', now = places(); ; [before, now] = [now, places()]) {
    if (before === now && now !== '[]') return canvas.positions();
    await new Promise((done) => setTimeout(done, 350));
  }
}"""
COLOURS = """() => {
  const canvas = document.querySelector('#scene canvas');
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(pixels.buffer)).size;
}"""

# From now on a frame lasts 50 ms on any machine, and the king's place in each is noted.
FRAMES = """() => {
  const canvas = document.querySelector('#scene canvas');
  let time = performance.now(), waiting = [];
  window.way = [];
  window.requestAnimationFrame = (frame) => waiting.push(frame);
  setInterval(() => {
    time += 50;
    for (const frame of waiting.splice(0)) frame(time);
    window.way.push(canvas.positions()[0].x);
  }, 5);
}"""


@pytest.mark.parametrize(
    ("picture", "sentence"),
    [
        ({"points": (Point("a", (0, 0)), Point("b", (0, 0, 0)))}, "two coordinates"),
        ({"points": (Point("a", (0, 0)),), "arrows": (Arrow((0, 0), (1, 1, 1)),)}, "two coordinates"),
        ({"points": (Point("a", (0,)),)}, "two coordinates"),
        ({"points": (Point("a", (0, math.nan)),)}, "finite"),
        ({"arrows": (Arrow((0, 0), (math.inf, 0)),)}, "finite"),
        ({"points": (Point("a", (0, 0), "city"),), "kinds": (Kind("word", "a word"),)}, "city"),
        ({"kinds": (Kind("word", "a word", 5),)}, "Colours"),
    ],
)
def test_a_picture_that_cannot_be_drawn_says_why(picture: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Picture(**picture)


def test_without_kinds_there_is_no_legend_to_lack_one() -> None:
    assert Picture(points=(Point("a", (0, 0), "anything"),)).as_json()["kinds"] == []


def test_the_browser_is_told_plain_lists_with_few_digits() -> None:
    point = Point("king", (1 / 3, 2), details=("near",), prominent=True)
    told = Scene().postprocess(
        Picture((point, Point("plain", (0, 0))), (Arrow((0, 0), (1.00004, 1), dashed=True),))
    )
    assert json.loads(json.dumps(told)) == told
    assert told["points"] == [
        {"label": "king", "at": [0.3333, 2.0], "kind": "word", "details": ["near"], "prominent": True},
        {"label": "plain", "at": [0.0, 0.0], "kind": "word"},
    ]
    assert told["arrows"] == [
        {"start": [0.0, 0.0], "end": [1.0, 1.0], "label": "", "kind": "word", "dashed": True}
    ]


def test_numbers_of_numpy_become_plain_ones() -> None:
    np = pytest.importorskip("numpy")
    at = tuple(np.float32([0.5, 0.25]))
    assert json.dumps(Picture((Point("a", at),)).as_json()["points"][0]["at"]) == "[0.5, 0.25]"


def test_dimensions() -> None:
    assert Picture().dimensions == plane().dimensions == 2
    assert space().as_json()["dimensions"] == 3


def test_no_value_is_an_empty_scene() -> None:
    assert Scene().get_config()["value"] is None
    assert Scene(value=plane()).get_config()["value"] == plane().as_json()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log = free_port(), tmp_path_factory.mktemp("log") / "server.txt"
    command = [sys.executable, "-m", "tests.gallery.widgets.scene_app", str(port)]
    environment = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False"}
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/", process)
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


@pytest.fixture
def open_scene(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens the app; the test fails if a script breaks or a label becomes more than text."""
    contexts, problems = [], []

    def open_scene(width: int = 1280, height: int = 720, **options: Any) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(address)
        page.wait_for_function("document.querySelector('#scene canvas')?.positions?.().length")
        return page

    yield open_scene
    for context in contexts:
        assert context.pages[0].evaluate("window.broken") is None
        context.close()
    assert not problems


def settled(page: Page) -> dict[str, tuple[float, float]]:
    return {point["label"]: (point["x"], point["y"]) for point in page.evaluate(SETTLED)}


def same(a: dict[str, tuple[float, float]], b: dict[str, tuple[float, float]]) -> bool:
    return a.keys() == b.keys() and all(math.dist(a[label], b[label]) < 1 for label in a)


def on_page(page: Page, label: str) -> tuple[float, float]:
    """Where to point at it."""
    box = page.locator("#scene canvas").bounding_box()
    assert box
    x, y = settled(page)[label]
    return box["x"] + 1 + x, box["y"] + 1 + y  # the border


def drag(page: Page, dx: int, dy: int) -> None:
    box = page.locator("#scene canvas").bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 20 + dx, box["y"] + 60 + dy, steps=4)
    page.mouse.up()


in_browser = pytest.mark.browser


@in_browser
def test_it_paints_all_of_it_to_one_scale(open_scene: Callable[..., Page]) -> None:
    page = open_scene(device_scale_factor=2)
    at = settled(page)
    assert page.evaluate(COLOURS) > 20
    width, height = page.evaluate(
        "(({clientWidth: w, clientHeight: h}) => [w, h])(document.querySelector('#scene canvas'))"
    )
    assert page.evaluate("document.querySelector('#scene canvas').width") == 2 * width
    assert all(0 < x < width and 0 < y < height for x, y in at.values())
    # king (-2, -1), queen (2, 1): twice as wide as high, and up is up.
    (x, y), (x2, y2) = at["king"], at["queen"]
    assert (x2 - x) / (y - y2) == pytest.approx(2, rel=0.01)


@in_browser
def test_dragging_moves_and_fit_restores(open_scene: Callable[..., Page]) -> None:
    page = open_scene()
    before = settled(page)
    drag(page, 60, 30)
    after = settled(page)
    for label, (x, y) in before.items():
        assert after[label] == pytest.approx((x + 60, y + 30), abs=1)
    page.get_by_role("button", name="Fit").click()
    assert same(settled(page), before)


@in_browser
def test_keys_move_zoom_fit_and_step_and_go_no_further(open_scene: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_scene()
    page.evaluate("document.body.addEventListener('keydown', () => window.leaked = true)")
    canvas = page.locator("#scene canvas")
    before = settled(page)
    canvas.focus()
    page.keyboard.press("ArrowRight")
    assert settled(page)["king"][0] < before["king"][0]
    page.keyboard.press("+")
    at = settled(page)
    assert at["queen"][0] - at["king"][0] > 1.2 * (before["queen"][0] - before["king"][0])
    page.keyboard.press("0")
    assert same(settled(page), before)
    page.keyboard.press(".")
    expect(page.locator("#scene .spoken")).to_have_text("king. 0.71 from queen")
    expect(page.locator("#scene .tip")).to_be_visible()
    page.keyboard.press(",")
    expect(page.locator("#scene .spoken")).to_have_text(HOSTILE)
    page.keyboard.press("Escape")
    expect(page.locator("#scene .tip")).to_be_hidden()
    assert page.evaluate("window.leaked") is None


@in_browser
def test_the_wheel_scrolls_the_page_until_the_scene_was_clicked(open_scene: Callable[..., Page]) -> None:
    page = open_scene()
    before = settled(page)
    page.mouse.move(*on_page(page, "king"))
    page.mouse.wheel(0, -100)
    assert same(settled(page), before)
    page.mouse.down()
    page.mouse.up()
    page.mouse.wheel(0, -100)
    page.wait_for_function(
        "x => document.querySelector('#scene canvas').positions()[1].x > x + 5", arg=before["queen"][0]
    )
    assert settled(page)["king"] == pytest.approx(before["king"], abs=2)  # it is under the pointer


@in_browser
def test_hover_shows_the_tip_and_a_hostile_label_is_text(open_scene: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_scene()
    tip = page.locator("#scene .tip")
    page.mouse.move(*on_page(page, "king"))
    expect(tip).to_have_text("king0.71 from queen")
    page.mouse.move(*on_page(page, HOSTILE))
    expect(tip).to_have_text(HOSTILE)
    assert page.locator("#scene img").count() == 0
    page.mouse.move(0, 0)
    expect(tip).to_be_hidden()


@in_browser
def test_a_click_on_a_point_selects_it(open_scene: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_scene()
    page.mouse.click(*on_page(page, "queen"))
    expect(page.get_by_label("Answer")).to_have_value("1: queen")


@in_browser
@pytest.mark.parametrize("button", ["Shrink", "Update"])
@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_an_update_ends_at_the_new_place(open_scene: Callable[..., Page], button: str, motion: str) -> None:
    page = open_scene(reduced_motion=motion)
    before = settled(page)
    page.evaluate(FRAMES)
    page.get_by_role("button", name=button).click()
    page.wait_for_function(
        "x => document.querySelector('#scene canvas').positions()[0].x > x + 20", arg=before["king"][0]
    )
    after = settled(page)
    middle = (before["king"][0] + before["queen"][0]) / 2
    assert after["king"] == pytest.approx(((before["king"][0] + middle) / 2, before["king"][1]), abs=1)
    assert after["queen"] == pytest.approx(before["queen"], abs=1)
    way = [x for x in page.evaluate("window.way") if abs(x - before["king"][0]) > 1]
    assert way == sorted(way)
    stops = {round(x) for x in way}
    assert len(stops) == 1 if motion == "reduce" else len(stops) >= 4


@in_browser
def test_a_space_turns_until_it_is_touched(open_scene: Callable[..., Page]) -> None:
    from playwright.sync_api import expect

    page = open_scene()
    page.get_by_role("button", name="Lift").click()
    page.wait_for_function("document.querySelector('#scene canvas').positions().length === 8")
    page.mouse.move(0, 0)
    now = "document.querySelector('#scene canvas').positions()[0].x"
    page.wait_for_function(f"x => Math.abs({now} - x) > 3", arg=page.evaluate(now))
    assert page.evaluate(COLOURS) > 20
    drag(page, 50, 0)
    stopped = settled(page)
    expect(page.get_by_role("button", name="Turn")).to_be_visible()
    page.locator("#scene canvas").focus()
    page.keyboard.press("ArrowLeft")
    assert not same(settled(page), stopped)
    page.get_by_role("button", name="Turn").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function(f"x => Math.abs({now} - x) > 3", arg=page.evaluate(now))


@in_browser
def test_it_repaints_in_the_dark(open_scene: Callable[..., Page]) -> None:
    page = open_scene()
    settled(page)
    corner = "[...document.querySelector('#scene canvas').getContext('2d').getImageData(3, 3, 1, 1).data]"
    light = page.evaluate(corner)
    page.evaluate("document.body.classList.toggle('dark')")
    page.wait_for_function(f"light => {corner}[0] !== light[0]", arg=light)


@in_browser
def test_a_phone_sees_all_of_it(open_scene: Callable[..., Page]) -> None:
    page = open_scene(390, 844, has_touch=True)
    at = settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("#scene canvas").bounding_box()
    assert box
    assert box["height"] == 360
    assert all(0 < x < box["width"] and 0 < y < box["height"] for x, y in at.values())


@in_browser
def test_two_fingers_zoom(open_scene: Callable[..., Page]) -> None:
    page = open_scene(390, 844, has_touch=True)
    before = settled(page)
    box = page.locator("#scene canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hand = page.context.new_cdp_session(page)
    for apart in (40, 50, 60, 70, 80):
        fingers = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}]
        kind = "touchStart" if apart == 40 else "touchMove"
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    after = settled(page)
    grown = (after["queen"][0] - after["king"][0]) / (before["queen"][0] - before["king"][0])
    assert 1.5 < grown < 2.2
