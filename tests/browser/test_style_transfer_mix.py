"""Style transfer's view "Mix and mask" in a real Chromium, with a network that has learnt nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from demos.style_transfer import examples
from demos.style_transfer.engine import Settings
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


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def address(house: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: F811
    """A house in which the two pictures and this view, behind a tab, are all of the demo."""
    import gradio as gr

    from demos.style_transfer.views import mix
    from demos.style_transfer.views.choose import pictures
    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        with gr.Blocks(analytics_enabled=False) as blocks:
            chosen = pictures(link)
            with gr.Tabs(selected="other") as tabs:
                with gr.Tab("Other", id="other"):
                    gr.Markdown("Something else")
                with gr.Tab("Mix and mask", id="mix"):
                    mix.view(demo, link, chosen)
            link.bind("view", tabs)
            link.attach(blocks)
        return blocks

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "style_transfer"), build=build)
    with running((demo,)) as address:
        yield f"{address}/?tab=style_transfer&view=mix"


def result(page: Page) -> Locator:
    return page.locator("#style_transfer-mixed")


def pixels(page: Page) -> np.ndarray:
    """The result as it is on the page, int (H, W, 3)."""
    data = result(page).locator("img").evaluate(
        "async (image) => [...new Uint8Array(await (await fetch(image.src)).arrayBuffer())]"
    )  # fmt: skip
    return np.asarray(Image.open(io.BytesIO(bytes(data))).convert("RGB")).astype(int)


def moved(page: Page) -> np.ndarray:
    """How far the result is from the photograph at each place, (H, W)."""
    painted = pixels(page)
    with Image.open(examples.PHOTOGRAPHS[0].path) as image:
        photograph = image.convert("RGB").resize(painted.shape[1::-1], Image.Resampling.LANCZOS)
    distance: np.ndarray = np.abs(painted - np.asarray(photograph)).max(axis=2)
    return distance


def another_picture(page: Page, act: Callable[[], object]) -> None:
    """Wait until what `act` asked for hangs on the wall."""
    before = result(page).locator("img").get_attribute("src")
    act()
    expect(result(page).locator("img")).not_to_have_attribute("src", str(before))


def test_the_slider_mixes_and_stands_in_the_link(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&mix=20")
    title = result(page).locator(".title")
    expect(title).to_have_text("Mixed 80 to 20")
    expect(result(page).locator(".about")).to_contain_text("in one pass")
    before = pixels(page)
    another_picture(page, lambda: page.get_by_role("slider", name=re.compile("Share")).press("End"))
    expect(title).to_have_text("Mixed 0 to 100")
    assert np.abs(pixels(page) - before).max() > 0
    expect(page).to_have_url(re.compile("mix=100"))
    with page.expect_download() as download:
        result(page).get_by_role("button", name=re.compile("Save PNG")).click()
    with Image.open(download.value.path()) as saved:
        assert saved.format == "PNG"
        assert saved.size == (512, 384)


def test_a_hand_paints_a_mask_and_only_there_it_changes(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&mix_part=region")
    widget = page.locator("#style_transfer-mask")
    expect(result(page).locator(".title")).to_have_text("A style for a region")
    assert moved(page)[200:].max() <= 1, "the upper half is the mask to begin with"
    widget.get_by_role("button", name="Clear").click()
    expect(page.locator("#style_transfer-mix-said")).to_contain_text("Nothing is painted in the mask yet")
    ink = widget.locator(".ink")
    ink.scroll_into_view_if_needed()
    box = ink.bounding_box()
    assert box

    def paint() -> None:
        page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.75 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.75 * box["height"], steps=5)
        page.mouse.up()

    another_picture(page, paint)
    change = moved(page)
    height, width = change.shape
    inside = change[int(0.72 * height) : int(0.78 * height), int(0.2 * width) : int(0.4 * width)]
    assert inside.mean() > 5
    assert change[: height // 2].max() <= 1
    assert change[:, width // 2 + 10 :].max() <= 1
    expect(page.get_by_label("Painted by hand")).to_be_checked()
    # Inverted, the same place is the only one that stays.
    another_picture(page, widget.get_by_role("button", name="Invert").click)
    change = moved(page)
    assert change[int(0.72 * height) : int(0.78 * height), int(0.25 * width) : int(0.35 * width)].max() <= 1
    assert change[: height // 2].mean() > 5


def test_a_ready_made_mask_by_keyboard(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&mix_part=region")
    expect(result(page).locator(".title")).to_have_text("A style for a region")
    page.get_by_label("Upper half").focus()
    page.keyboard.press("Tab")
    another_picture(page, lambda: page.keyboard.press("Space"))
    expect(page.get_by_label("Lower half")).to_be_checked()
    change = moved(page)
    half = len(change) // 2
    assert change[: half - 4].max() <= 1
    assert change[half + 4 :].mean() > 5
    expect(page).to_have_url(re.compile("mix_mask=lower"))


def test_it_paints_properly_and_stop_keeps_the_picture(
    address: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from demos.style_transfer.views import mix

    monkeypatch.setattr(mix, "Settings", lambda stroke: Settings(stroke=stroke, size=192, iterations=1000))
    page = open_page(f"{address}&mix=30")
    about, stop = result(page).locator(".about"), page.get_by_role("button", name="Stop")
    expect(about).to_contain_text("in one pass")
    expect(stop).to_be_disabled()
    page.get_by_role("button", name="Paint it properly").click()
    expect(about).to_contain_text(re.compile(r"Step \d+ of 1000"))
    stop.click()
    expect(about).to_contain_text(re.compile(r"Stopped after \d+ of 1000 steps"))
    expect(stop).to_be_disabled()
    assert moved(page).mean() > 1
    expect(result(page).locator(".title")).to_have_text("Mixed 70 to 30")


@pytest.mark.parametrize("part", ["mix", "region"])
def test_a_phone_needs_no_sideways_scrolling(address: str, open_page: OpenPage, part: str) -> None:
    page = open_page(f"{address}&mix=40&mix_part={part}", width=390, height=844)
    expect(result(page).locator("img")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#style_transfer-mask .ink")).to_be_visible(visible=part == "region")
    expect(page.locator("#style_transfer-second")).to_be_visible(visible=part == "mix")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(address: str, open_page: OpenPage, theme: str) -> None:
    page = open_page(f"{address}&mix_part=region&mix_outside=second&__theme={theme}")
    expect(result(page).locator("img")).to_be_visible()
    page.wait_for_timeout(1500)  # colours fade in
    assert not grave(page)
