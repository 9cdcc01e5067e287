"""The GAN lab's view "Digits or clothes" in a real Chromium, with the players that ship."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from demos.gan_lab.digits.model import MOMENTS
from demos.gan_lab.views import digits
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from gallery.demo import Demo

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; a busy machine takes its time, and a pass does not wait
INK = """(canvas) => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum = (31 * sum + data[i]) % 1000003;
  return sum;
}"""


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A house in which this view is all of the demo."""
    import gradio as gr

    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        blocks: gr.Blocks
        with gr.Blocks(analytics_enabled=False) as blocks:
            digits.view(demo, link)
            link.attach(blocks)
        return blocks

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "gan_lab"), build=build)
    with running((demo,)) as address:
        yield address


@pytest.fixture
def lab(address: str, open_page: OpenPage) -> Callable[..., Page]:
    def opened(query: str = "", **options: object) -> Page:
        page = open_page(f"{address}/?tab=gan_lab{query}", **options)
        expect(page.locator(".film .strip button")).to_have_count(len(MOMENTS))
        expect(page.locator(".film .told")).to_contain_text("a judge who never played")
        page.wait_for_function(f"() => ({INK})(document.querySelector('.film canvas.page')) > 0")
        return page

    return opened


def pressed(page: Page) -> str:
    return page.locator(".film .strip button[aria-pressed='true'] b").inner_text()


def ink(page: Page) -> int:
    found: int = page.locator(".film canvas.page").evaluate(INK)
    return found


def test_a_moment_is_looked_at_and_goes_into_the_link(lab: Callable[..., Page]) -> None:
    page = lab()
    assert pressed(page) == str(digits.FIRST_MOMENT)
    before = ink(page)
    page.locator(".film .strip button").first.click()
    expect(page.locator(".film .told")).to_contain_text("Before the first step")
    assert ink(page) != before
    expect(page.get_by_role("button", name="Train on from step 0")).to_be_visible()
    page.wait_for_url("**moment=0**")
    slider = page.get_by_role("slider", name="Moment")
    slider.focus()
    slider.press("End")
    expect(page.get_by_role("button", name="Train on from step 2,500")).to_be_visible()
    page.wait_for_url(f"**moment={MOMENTS[-1]}**")


def test_a_link_brings_set_moment_and_noise_back(lab: Callable[..., Page]) -> None:
    page = lab("&set=clothes&moment=1000&noise=11")
    expect(page.locator(".film .columns")).to_contain_text("ankle boot")
    expect(page.locator(".film .strip button[aria-pressed='true'] b")).to_have_text("1,000")
    expect(page.get_by_role("button", name="Train on from step 1,000")).to_be_visible()
    expect(page.locator(".run .said")).to_contain_text("The training of the clothes")


def test_a_film_plays_to_its_end(lab: Callable[..., Page]) -> None:
    page = lab()
    page.locator(".film .strip button").first.click()
    page.locator(".film .play").click()
    expect(page.locator(".film .play")).to_have_text("Pause")
    expect(page.locator(".film .strip button[aria-pressed='true'] b")).to_have_text("2,500")
    expect(page.locator(".film .play")).to_have_text("Play")


def test_bad_seeds_are_named_and_change_nothing(lab: Callable[..., Page]) -> None:
    page = lab()
    before = ink(page)
    for seed in ("-3", "18446744073709551617", "0.5"):
        page.get_by_label("Seed of the noise").fill(seed)
        expect(page.get_by_text("A seed is a whole number from 0").last).to_be_visible()
        assert ink(page) == before
    page.get_by_label("Seed of the noise").fill("12")
    page.wait_for_url("**noise=12**")
    page.wait_for_function(f"() => ({INK})(document.querySelector('.film canvas.page')) !== {before}")


def test_a_training_goes_on_and_is_stopped(lab: Callable[..., Page]) -> None:
    page = lab("&moment=20")
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_disabled()
    page.get_by_role("button", name="Train on from step 20").click()
    expect(page.locator(".run .phase")).to_contain_text("Digits, step 2")
    expect(page.locator(".run canvas.page")).to_be_visible()
    page.wait_for_function("() => document.querySelectorAll('.run .chart path').length === 2")
    stop.click()
    expect(page.locator(".run .phase")).to_contain_text("Digits, stopped at step")
    expect(stop).to_be_disabled()
    assert not digits.running


def test_a_closed_page_ends_the_training_within_seconds(lab: Callable[..., Page]) -> None:
    page = lab("&moment=100")
    page.get_by_role("button", name="Train on from step 100").click()
    expect(page.locator(".run .phase")).to_contain_text("Digits, step 1")
    assert digits.running
    page.close()
    until = time.monotonic() + 15
    while digits.running and time.monotonic() < until:
        time.sleep(0.2)
    assert not digits.running


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_and_nothing_is_grave(lab: Callable[..., Page], width: int) -> None:
    page = lab(width=width, height=844)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not grave(page)
