"""The views "Stroke size" and "At once" in a real Chromium, with a network that has learnt nothing."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

from demos.style_transfer import examples
from demos.style_transfer.engine import Settings
from demos.style_transfer.models import EMBEDDED
from gallery import runtime
from gallery.weights import Embedded
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.demos.style_transfer.conftest import random_model, random_weights, stripes
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from gallery.demo import Demo

OpenPage = Callable[..., "Page"]
__all__ = ["random_model", "random_weights"]  # fixtures
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; a busy machine takes its time, and a pass does not wait
TWO_PAIRS = (("tuebingen", "starry_night"), ("golden_gate", "wave"))


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, random_weights: Path) -> Iterator[str]:
    """A house in which these two views are all of the demo; results of two pairs ship."""
    import gradio as gr

    from demos.style_transfer.views import at_once, strokes
    from demos.style_transfer.views.choose import pictures
    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        with gr.Blocks(analytics_enabled=False) as blocks:
            chosen = pictures(link)
            with gr.Tabs(selected="strokes") as tabs:
                with gr.Tab("Stroke size", id="strokes"):
                    strokes.view(demo, link, chosen)
                with gr.Tab("At once", id="at_once"):
                    at_once.view(demo, link, chosen)
            link.bind("view", tabs)
            link.attach(blocks)
        return blocks

    folder = tmp_path_factory.mktemp("results")
    fetch = Embedded.fetch
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            Embedded, "fetch",
            lambda self, *rest, **more: (
                [random_weights] if self == EMBEDDED.source else fetch(self, *rest, **more)
            ),
        )  # fmt: skip
        patched.setattr(examples, "RESULTS", folder)
        for seed, (content, style) in enumerate(TWO_PAIRS):
            for stroke in examples.PAINTED_AHEAD:
                path = examples.result_path(content, style, stroke)
                stripes(96, 72, seed=10 * seed + round(10 * stroke)).save(path)
        stripes(96, 72).save(folder / "at_once.webp")
        patched.setattr(examples, "shipped", lambda: frozenset(folder.glob("*.webp")))
        patched.setattr(at_once, "FIRST", folder / "at_once.webp")
        patched.setattr(strokes, "Settings", functools.partial(Settings, size=192, iterations=60))
        demo: Demo = replace(
            fake_demo(tmp_path_factory.mktemp("demo"), "style_transfer"), build=build, models=(EMBEDDED,)
        )
        with running((demo,)) as address:
            yield f"{address}/?tab=style_transfer"


def shown(page: Page, place: str) -> str:
    return page.locator(f"#style_transfer-{place} img").get_attribute("src") or ""


def says(page: Page, place: str, text: str | re.Pattern[str]) -> None:
    expect(page.locator(f"#style_transfer-{place}")).to_contain_text(text)


def until_shown(page: Page, place: str, part: str) -> None:
    expect(page.locator(f"#style_transfer-{place} img")).to_have_attribute("src", re.compile(re.escape(part)))


def position(page: Page, number: int) -> None:
    page.locator("#style_transfer-strokes input[type=range]").fill(str(number))


def upload(page: Page, path: Path) -> None:
    """Put a file where the photograph is, after taking away the one that is there."""
    photo = page.locator("#style_transfer-content")
    photo.get_by_role("button", name=re.compile("remove|clear", re.I)).first.click()
    photo.locator("input[type=file]").set_input_files(path)


def uses() -> int:
    """How often anybody asked for the model."""
    (status,) = (one for one in runtime.current().status().cache.models if one.key == EMBEDDED.key)
    return status.hits + status.misses


def test_pictures_are_there_at_once_and_follow_the_examples(address: str, open_page: OpenPage) -> None:
    before = uses()
    page = open_page(address)
    for place, stroke in (("small", 35), ("between", 70), ("large", 140)):
        until_shown(page, place, f"tuebingen-starry_night-{stroke}.webp")
        says(page, place, f"{stroke / 100:g} ×")
    page.get_by_role("button", name="Golden Gate").click()
    says(page, "small", "Not painted yet")
    says(page, "progress", "Nothing is painted of these two yet.")
    page.get_by_role("button", name="Hokusai 1831").click()
    for place, stroke in (("small", 35), ("between", 70), ("large", 140)):
        until_shown(page, place, f"golden_gate-wave-{stroke}.webp")
    says(page, "progress", "Painted ahead")
    again = open_page(page.url + "&strokes=5")
    until_shown(again, "between", "golden_gate-wave-140.webp")
    assert uses() == before


def test_small_and_large_are_painted_side_by_side(address: str, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(address)
    until_shown(page, "small", "tuebingen")
    page.get_by_role("button", name="Paint small and large").click()
    for place in ("small", "large"):
        says(page, place, re.compile(r"step \d+ of 60"))
        expect(page.locator(f"#style_transfer-{place} .save")).to_be_hidden()
    says(page, "progress", re.compile(r"Painting for \d+ s: \d+ of 120 steps"))
    says(page, "progress", "Painted after 120 steps")
    for place in ("small", "large"):
        until_shown(page, place, "data:image/png")
    assert shown(page, "small") != shown(page, "large")
    until_shown(page, "between", "starry_night-70.webp")
    position(page, 1)
    expect(page.locator("#style_transfer-between .title")).to_have_text("Small strokes")
    assert shown(page, "between") == shown(page, "small")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save PNG: Small strokes").first.click()
    assert download.value.suggested_filename == "small-strokes.png"
    with Image.open(Path(download.value.path())) as image:
        assert (image.format, image.size) == ("PNG", (192, 144))


def test_a_size_that_nobody_painted_can_be_painted_and_stopped(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    stop = page.get_by_role("button", name="Stop", exact=True).filter(visible=True)
    until_shown(page, "between", "tuebingen")
    expect(stop).to_be_disabled()
    position(page, 4)
    says(page, "between", "Not painted yet: press “Paint this size”.")
    page.get_by_role("button", name="Paint this size").click()
    says(page, "between", re.compile(r"1 ×, step \d+ of 60"))
    stop.click()
    says(page, "between", re.compile(r"stopped after \d+ of 60 steps"))
    says(page, "progress", "Stopped after")
    expect(stop).to_be_disabled()
    until_shown(page, "between", "data:image/png")
    kept = shown(page, "between")
    position(page, 3)
    until_shown(page, "between", "starry_night-70.webp")
    position(page, 4)
    expect(page.locator("#style_transfer-between img")).to_have_attribute("src", kept)


def test_other_pictures_end_a_painting(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    until_shown(page, "large", "tuebingen")
    page.get_by_role("button", name="Paint small and large").click()
    says(page, "large", re.compile(r"step \d+ of 60"))
    page.get_by_role("button", name="Hokusai 1831").click()
    page.get_by_role("button", name="Golden Gate").click()
    until_shown(page, "large", "golden_gate-wave-140.webp")
    page.wait_for_timeout(3000)
    for place in ("small", "large"):
        until_shown(page, place, "golden_gate-wave")
    says(page, "progress", "Painted ahead")


def test_a_text_file_is_one_sentence(address: str, open_page: OpenPage, tmp_path: Path) -> None:
    text = tmp_path / "holiday.png"
    text.write_text("no picture")
    page = open_page(address)
    until_shown(page, "small", "tuebingen")
    upload(page, text)
    alert = page.get_by_role("alert").filter(visible=True, has_text="not a picture")
    expect(alert).to_have_count(1)
    until_shown(page, "small", "tuebingen")
    stripes(160, 120).save(tmp_path / "good.png")
    upload(page, tmp_path / "good.png")
    says(page, "small", "Not painted yet")
    expect(alert).to_have_count(0)


def test_at_once_follows_the_stroke(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&view=at_once&at_once_size=256")
    line = page.locator("#style_transfer-at-once-line")
    painted = page.locator("#style_transfer-at-once-picture img").last
    expect(line).to_contain_text("in one pass, on CPU")
    first = painted.get_attribute("src") or ""
    page.locator("#style_transfer-at-once-stroke input[type=range]").fill("0.3")
    expect(painted).not_to_have_attribute("src", first)
    expect(page).to_have_url(re.compile("at_once_stroke=0.3"))


def test_at_once_begins_with_a_picture_that_ships(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&view=at_once")
    says(page, "at-once-line", "ships with the gallery")
    painted = page.locator("#style_transfer-at-once-picture img").last
    expect(painted).to_have_attribute("src", re.compile(r"at_once\.webp$"))
    page.wait_for_timeout(1500)
    says(page, "at-once-line", "ships with the gallery")


@pytest.mark.parametrize("view", ["strokes", "at_once"])
def test_a_phone_needs_no_sideways_scrolling(address: str, open_page: OpenPage, view: str) -> None:
    page = open_page(f"{address}&view={view}", width=390, height=844)
    page.locator("#panel-style_transfer").wait_for()
    page.wait_for_timeout(1000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["strokes", "at_once"])
def test_axe_finds_nothing(address: str, open_page: OpenPage, view: str, theme: str) -> None:
    page = open_page(f"{address}&view={view}&__theme={theme}")
    page.locator("#panel-style_transfer").wait_for()
    page.wait_for_timeout(1500)  # colours fade in
    assert not grave(page)
