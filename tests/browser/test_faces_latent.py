"""The view "Between faces" in a real Chromium, with networks that have learnt nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from demos.faces.models import EMBEDDED
from demos.faces.steering import shipped
from gallery.weights import Embedded
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.demos.faces.conftest import players, random_weights
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from gallery.demo import Demo

OpenPage = Callable[..., "Page"]
__all__ = ["players", "random_weights"]  # fixtures
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; a busy machine takes its time
PARTS = ("walk", "mixing", "directions")


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, random_weights: Path) -> Iterator[str]:
    """A house in which this view is all of the demo."""
    import gradio as gr

    from demos.faces.views import latent
    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        with gr.Blocks(analytics_enabled=False) as blocks:
            latent.view(demo, link)
            link.attach(blocks)
        return blocks

    fetch = Embedded.fetch
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            Embedded, "fetch",
            lambda self, *rest, **more: (
                [random_weights] if self == EMBEDDED.source else fetch(self, *rest, **more)
            ),
        )  # fmt: skip
        demo: Demo = replace(
            fake_demo(tmp_path_factory.mktemp("demo"), "faces"), build=build, models=(EMBEDDED,)
        )
        with running((demo,)) as address:
            yield f"{address}/?tab=faces"


def percent(page: Page) -> int:
    return int((page.locator("#faces-film .at").text_content() or "").rstrip(" %"))


def pixels(page: Page) -> str:
    """What the canvas shows."""
    found: str = page.locator("#faces-film canvas").evaluate("(canvas) => canvas.toDataURL()")
    return found


def painted(page: Page) -> None:
    expect(page.locator("#faces-film .line")).to_contain_text("48 faces, painted in")


def test_the_film_plays_pauses_and_obeys_its_slider(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    expect(page.locator("#faces-film .line")).to_contain_text("ships with the gallery")
    pause = page.get_by_role("button", name="Pause")
    pause.wait_for()
    page.wait_for_function(
        "document.querySelector('#faces-film canvas').width > 300", timeout=PATIENCE
    )  # a frame has been drawn
    before = percent(page)
    page.wait_for_timeout(400)
    assert percent(page) != before
    pause.click()
    held, shown = percent(page), pixels(page)
    page.wait_for_timeout(600)
    assert (percent(page), pixels(page)) == (held, shown)
    expect(page).to_have_url(re.compile(rf"at={held}\b"))
    scrub = page.locator("#faces-film .scrub")
    for key, place in (("Home", 0), ("End", 100)):
        scrub.press(key)
        expect(page.locator("#faces-film .at")).to_have_text(f"{place} %")
    assert pixels(page) != shown
    expect(page).to_have_url(re.compile(r"at=100\b"))
    page.get_by_role("button", name="Play").click()
    expect(page).not_to_have_url(re.compile(r"at="))
    page.wait_for_timeout(400)
    assert percent(page) < 100


def test_who_wants_no_movement_gets_none(address: str, open_page: OpenPage) -> None:
    page = open_page(address, reduced_motion="reduce")
    page.get_by_role("button", name="Play").wait_for()
    page.wait_for_timeout(500)
    assert percent(page) == 0


def test_a_film_of_others_is_painted_and_can_be_saved(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Two other people").click()
    expect(page).to_have_url(re.compile(r"from=\d+.*to=\d+"))
    painted(page)
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    before = percent(page)
    page.wait_for_timeout(400)
    assert percent(page) != before
    with page.expect_download() as download:
        page.get_by_text("Save film").click()
    assert download.value.suggested_filename.endswith(".mp4")
    assert Path(download.value.path()).stat().st_size > 10_000


def test_a_link_shows_the_same_face_again(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&from=21&to=34&from_year=1950&way=z&at=40")
    painted(page)
    expect(page.locator("#faces-film .at")).to_have_text("40 %")
    again = open_page(page.url)
    painted(again)
    expect(again.locator("#faces-film .at")).to_have_text("40 %")
    assert pixels(again) == pixels(page)
    line = open_page(page.url.replace("way=z", "way=w"))
    painted(line)
    assert pixels(line) != pixels(page)


def test_a_bad_seed_is_one_sentence_and_leaves_the_film(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    page.get_by_role("button", name="Pause").wait_for()
    page.locator("#faces-from").locator("input, textarea").fill("nobody")
    expect(page.get_by_text("The seed is a whole number")).to_be_visible()
    expect(page.locator("#faces-film .line")).to_contain_text("ships with the gallery")


def test_levels_are_chosen_by_slider_and_by_face(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&between=mixing")
    middle = page.locator("#faces-mixtures .large figure").nth(1)
    expect(middle).to_contain_text("A to 16 × 16")
    page.locator("#faces-level input[type=range]").fill("5")
    expect(middle).to_contain_text("A to 64 × 64")
    page.locator("#faces-mixtures .small button").nth(1).click()
    expect(middle).to_contain_text("A to 4 × 4")
    expect(page.locator("#faces-level input[type=range]")).to_have_value("1")
    expect(page).to_have_url(re.compile(r"level=1\b"))
    face = page.locator("#faces-mixtures .small i").first
    before = face.get_attribute("style") or ""
    page.locator("#faces-b").locator("input, textarea").fill("55")
    expect(face).not_to_have_attribute("style", before)
    expect(middle).to_contain_text("A to 4 × 4")


def test_the_table_lends_another_band(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&between=mixing")
    face = page.locator("#faces-table .small i").nth(1)
    expect(face).to_have_attribute("style", re.compile("table"))
    page.get_by_label("Fine: 64 and 128").click()
    expect(face).to_have_attribute("style", re.compile("data:image/webp"))
    expect(page).to_have_url(re.compile("band=fine"))


def test_a_face_follows_its_sliders(address: str, open_page: OpenPage) -> None:
    one = shipped().directions[0]
    page = open_page(f"{address}&between=directions")
    face = page.locator("#faces-directed .cell i")
    expect(face).to_have_attribute("style", re.compile("directed"))
    page.locator(f"#faces-d-{one.key} input[type=range]").fill("2")
    expect(face).to_have_attribute("style", re.compile("data:image/webp"))
    expect(page).to_have_url(re.compile(rf"d_{one.key}=2\b"))
    moved = face.get_attribute("style") or ""
    page.get_by_role("button", name="All sliders to 0").click()
    expect(face).not_to_have_attribute("style", moved)
    expect(page).not_to_have_url(re.compile(rf"d_{one.key}="))


@pytest.mark.parametrize("part", PARTS)
def test_a_phone_needs_no_sideways_scrolling(address: str, open_page: OpenPage, part: str) -> None:
    page = open_page(f"{address}&between={part}", width=390, height=844)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("part", PARTS)
def test_axe_finds_nothing(address: str, open_page: OpenPage, part: str, theme: str) -> None:
    page = open_page(f"{address}&between={part}&__theme={theme}")
    page.wait_for_timeout(2000)  # colours fade in
    assert not grave(page)
