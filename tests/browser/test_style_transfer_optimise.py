"""Style transfer's view "Watch it paint" in a real Chromium, with a network that has learnt nothing."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

from demos.style_transfer import engine, film
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.demos.style_transfer.conftest import house, random_model, random_weights  # noqa: F401
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from gallery.demo import Demo
    from gallery.runtime import Runtime

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; a busy machine takes its time, and a pass does not wait
LONG = "&paint_size=192&paint_steps=600"
SHORT = "&paint_size=192&paint_steps=20"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def address(house: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: F811
    """A house in which the two pictures and this view are all of the demo."""
    import gradio as gr

    from demos.style_transfer.views import optimise
    from demos.style_transfer.views.choose import pictures
    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        with gr.Blocks(analytics_enabled=False) as blocks:
            optimise.view(demo, link, pictures(link))
            link.attach(blocks)
        return blocks

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "style_transfer"), build=build)
    with running((demo,)) as address:
        yield f"{address}/?tab=style_transfer"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[engine.Settings]:
    """The settings of each painting that was begun, in any session."""
    begun: list[engine.Settings] = []
    paint = engine.paint

    def counted(
        content: object, styles: object, settings: engine.Settings, *rest: object, **more: object
    ) -> object:
        begun.append(settings)
        return paint(content, styles, settings, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "paint", counted)
    return begun


def start(page: Page) -> Locator:
    """The button, once the link's settings are there."""
    steps = re.search(r"paint_steps=(\d+)", page.url)
    assert steps
    expect(page.get_by_role("spinbutton", name=re.compile("Steps"))).to_have_value(steps[1])
    return page.get_by_role("button", name="Start", exact=True)


def stop(page: Page) -> Locator:
    return page.get_by_role("button", name="Stop", exact=True)


def told(page: Page) -> Locator:
    return page.locator(".easel .told")


def pixels(page: Page) -> str:
    """What is on the easel, once there is something."""
    page.wait_for_function("(document.querySelector('.easel .picture')?.width ?? 300) !== 300")
    found: str = page.locator(".easel .picture").evaluate("(canvas) => canvas.toDataURL()")
    return found


def points(page: Page) -> int:
    return (page.locator(".easel .chart path.style").get_attribute("d") or "").count("L")


def saved(page: Page, name: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("button", name=name).click()
    return Path(download.value.path()).read_bytes()


def test_one_watches_it_and_stops_it(address: str, open_page: OpenPage, runs: list[engine.Settings]) -> None:
    page = open_page(address + LONG)
    expect(told(page)).to_contain_text("Press Start")
    expect(stop(page)).to_be_disabled()
    expect(page.get_by_role("button", name="Save picture")).to_be_disabled()
    before = pixels(page)
    assert not runs
    start(page).dblclick()
    expect(told(page)).to_contain_text(re.compile(r"Painting: step \d+ of 600 at \d+ x \d+, \d+\.\d s"))
    expect(page.locator(".easel .chart path.style")).to_be_attached()
    early, few = pixels(page), points(page)
    expect(told(page)).to_contain_text(re.compile(r"step \d{2,} of 600"))
    page.wait_for_function(
        f"document.querySelector('.easel .chart path.style').getAttribute('d').split('L').length > {few + 3}"
    )
    late = pixels(page)
    assert len({before, early, late}) == 3
    assert 0 < int(page.get_by_role("progressbar", name="Painting").get_attribute("aria-valuenow") or 0) < 100
    stop(page).click()
    expect(told(page)).to_contain_text(re.compile(r"Stopped after step \d+ of 600"))
    expect(stop(page)).to_be_disabled()
    expect(page.get_by_role("button", name="Save picture")).to_be_enabled()
    line, kept = told(page).inner_text(), pixels(page)
    page.wait_for_timeout(1000)
    assert (told(page).inner_text(), pixels(page)) == (line, kept)
    assert len(runs) == 1
    with Image.open(io.BytesIO(saved(page, "Save picture"))) as picture:
        assert (picture.format, picture.size) == ("PNG", (192, 144))


def test_one_looks_back_with_the_keyboard(address: str, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(address + SHORT)
    start(page).click()
    expect(told(page)).to_contain_text("Finished: 20 steps")
    slider = page.get_by_role("slider", name="Stages of the painting")
    at = page.locator(".easel output")
    expect(at).to_have_text("step 20")
    last = pixels(page)
    slider.focus()
    slider.press("ArrowLeft")
    expect(at).not_to_have_text("step 20")
    expect(page.locator(".easel .chart .here")).to_be_attached()
    slider.press("Home")
    expect(at).to_have_text("step 1")
    expect(slider).to_have_attribute("aria-valuetext", "step 1 of 20")
    page.wait_for_timeout(300)
    assert pixels(page) != last
    slider.press("End")
    expect(at).to_have_text("step 20")
    page.wait_for_timeout(300)
    assert pixels(page) == last
    page.locator(".easel .strip").click(position={"x": 5, "y": 20})
    expect(at).to_have_text("step 1")
    stages = int(slider.get_attribute("max") or 0) + 1
    path = tmp_path / "film.mp4"
    path.write_bytes(saved(page, "Save film"))
    played = list(film.read(path).frames)
    assert len(played) == stages + 12
    page.get_by_role("button", name="Before and after").click()
    expect(page.locator("#style_transfer-compare img").first).to_be_visible()


def test_another_pair_comes_to_the_easel_but_not_into_a_run(address: str, open_page: OpenPage) -> None:
    page = open_page(address + LONG)
    first = pixels(page)
    page.get_by_role("button", name="A cat").click()
    page.wait_for_function(
        "(first) => document.querySelector('.easel .picture').toDataURL() !== first", arg=first
    )
    start(page).click()
    expect(told(page)).to_contain_text("Painting: step")
    page.get_by_role("button", name="Golden Gate").click()
    page.wait_for_timeout(1000)
    expect(told(page)).to_contain_text("Painting: step")
    stop(page).click()
    expect(told(page)).to_contain_text("Stopped after step")
    page.get_by_role("button", name="Tübingen").click()
    expect(told(page)).to_contain_text("Press Start")
    expect(page.get_by_role("button", name="Save picture")).to_be_disabled()


def test_what_is_no_picture_is_a_sentence_and_changes_nothing(
    address: str, open_page: OpenPage, runs: list[engine.Settings], tmp_path: Path
) -> None:
    text = tmp_path / "photograph.png"
    text.write_text("This is no picture.")
    page = open_page(address + SHORT)
    before, line = pixels(page), told(page).inner_text()
    photo = page.locator("#style_transfer-content")
    photo.get_by_role("button", name=re.compile("Clear|Remove")).click()
    photo.locator("input[type=file]").set_input_files(text)
    page.wait_for_timeout(1500)
    start(page).click()
    sentence = page.get_by_text("The photograph: This file is not a picture that can be read here")
    expect(sentence.first).to_be_visible()
    expect(stop(page)).to_be_disabled()
    assert (pixels(page), told(page).inner_text()) == (before, line)
    assert not runs


def test_a_closed_page_ends_its_painting(address: str, open_page: OpenPage) -> None:
    from demos.style_transfer.views import optimise

    page = open_page(address + LONG)
    start(page).click()
    expect(told(page)).to_contain_text("Painting: step")
    assert optimise.at_the_easel
    page.close()
    deadline = time.monotonic() + 20
    while optimise.at_the_easel and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not optimise.at_the_easel, "It paints for nobody."


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_all_of_it(address: str, open_page: OpenPage, theme: str) -> None:
    page = open_page(f"{address}{SHORT}&__theme={theme}", 390, 844)

    def fits() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    pixels(page)
    assert fits()
    start(page).click()
    expect(told(page)).to_contain_text("Finished: 20 steps")
    page.get_by_role("button", name="More settings").click()
    expect(page.get_by_label("Keep the photograph's colours")).to_be_visible()
    page.wait_for_timeout(1000)  # colours fade in
    assert fits()
    assert not grave(page)
    for box in page.locator(".easel canvas, .easel svg.chart, .easel .scrub").all():
        place = box.bounding_box()
        assert place
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= 390
        assert place["height"] > 15


def test_a_link_brings_the_settings_back(
    address: str, open_page: OpenPage, runs: list[engine.Settings]
) -> None:
    page = open_page(
        f"{address}{SHORT}&paint_stroke=1.4&paint_weight=5&paint_loss=literal&paint_start=noise&paint_seed=7"
        "&paint_layers=relu1_1,relu3_1&paint_colours=1"
    )
    start(page).click()
    expect(told(page)).to_contain_text("Finished: 20 steps")
    assert runs == [
        engine.Settings(1.4, 5.0, 20, 192, 7, "noise", ("relu1_1", "relu3_1"), "literal", keep_colours=True)
    ]
