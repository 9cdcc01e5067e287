"""The GAN lab's view "In two dimensions" in a real Chromium."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from demos.gan_lab.lab import Lab
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from gallery.demo import Demo

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; a busy machine takes its time, and a pass does not wait
# Small networks, so that a slow machine comes somewhere, too.
QUICK = "&lab_generator_width=16&lab_discriminator_width=16&lab_batch=64&lab_seed=7"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A house in which this view is all of the demo."""
    import gradio as gr

    from demos.gan_lab.views import lab
    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        with gr.Blocks(analytics_enabled=False) as blocks:
            lab.view(demo, link)
            link.attach(blocks)
        return blocks

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "gan_lab"), build=build)
    with running((demo,)) as address:
        yield f"{address}/?tab=gan_lab"


@pytest.fixture
def steps_taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One number: the steps of all labs, in any session."""
    taken, lock, teach = [0], threading.Lock(), Lab.teach_generator

    def counted(self: Lab) -> None:
        teach(self)
        with lock:
            taken[0] += 1

    monkeypatch.setattr(Lab, "teach_generator", counted)
    return taken


def opened(page: Page) -> Page:
    """Once the picture is there, and with it the settings of the link."""
    expect(page.locator(".lab dd.step")).not_to_be_empty()
    if found := re.search(r"lab_seed=(\d+)", page.url):
        page.get_by_role("button", name="Networks and training").click()
        expect(page.locator("#gan_lab-seed").get_by_role("textbox")).to_have_value(found[1])
    return page


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def value(page: Page) -> dict[str, Any]:
    """What the picture shows."""
    found: dict[str, Any] = page.locator("canvas.plane").evaluate("(canvas) => canvas.lab.value()")
    return found


def wait_for(page: Page, condition: str) -> None:
    """Until a condition on the picture's value, such as "value.step > 10", holds."""
    page.wait_for_function(
        f"() => {{ const value = document.querySelector('canvas.plane').lab.value(); return {condition}; }}",
        timeout=2 * PATIENCE,
    )


def pixels(page: Page) -> str:
    found: str = page.locator("canvas.plane").evaluate("(canvas) => canvas.toDataURL()")
    return found


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_play_goes_on_and_pause_stops_it(address: str, open_page: OpenPage, steps_taken: list[int]) -> None:
    page = opened(open_page(address + QUICK))
    expect(page.locator(".lab dd.modes")).to_have_text("8 of 8")
    expect(page.locator(".lab .note")).to_contain_text("Trained ahead")
    expect(button(page, "Pause")).to_be_disabled()
    before = pixels(page)
    assert steps_taken == [0], "Nothing is trained before somebody asks for it."
    button(page, "Play").click()
    wait_for(page, "value.playing && value.step > 5")
    expect(button(page, "Play")).to_be_disabled()
    early, early_step = pixels(page), value(page)["step"]
    wait_for(page, f"value.step > {early_step}")
    assert len({before, early, pixels(page)}) == 3
    button(page, "Pause").click()
    wait_for(page, "!value.playing")
    expect(button(page, "Play")).to_be_enabled()
    rested, taken = value(page)["step"], steps_taken[0]
    page.wait_for_timeout(1000)
    assert value(page)["step"] == rested
    assert steps_taken[0] == taken
    assert page.locator(".lab .spoken").inner_text().startswith("Step ")
    button(page, "One step").click()
    wait_for(page, f"value.step === {rested + 1}")
    button(page, "Play").click()
    wait_for(page, f"value.step > {rested + 1}")
    button(page, "Reset").click()
    wait_for(page, "value.step === 0 && !value.playing")


def test_collapse_and_its_cure_are_one_click_each(address: str, open_page: OpenPage) -> None:
    page = opened(open_page(f"{address}&lab_seed=2"))
    button(page, "Mode collapse").click()
    wait_for(page, "value.playing && value.step > 400 && value.step < 2500 && value.modes <= 2")
    button(page, "Its cure").click()
    wait_for(page, "value.playing && value.critic && value.step > 50 && value.modes >= 4")
    button(page, "Pause").click()
    wait_for(page, "!value.playing")


def test_slow_motion_shows_both_halves(address: str, open_page: OpenPage) -> None:
    page = opened(open_page(f"{address}{QUICK}&lab_speed=1"))
    button(page, "Play").click()
    expect(page.locator(".lab .learning")).to_have_text("The discriminator has just learned")
    expect(page.locator(".lab .learning")).to_have_text("The generator has just learned")
    wait_for(page, "value.step === 2")
    page.get_by_label("Full", exact=True).check()
    wait_for(page, "value.step > 30")


def test_what_is_drawn_can_be_chosen(address: str, open_page: OpenPage) -> None:
    page = opened(open_page(address))
    seen = {pixels(page)}
    for name in ("Discriminator", "Real points", "Generated points", "Bent noise", "Gradients"):
        page.locator(".lab .layers").get_by_label(name).uncheck()
        seen.add(pixels(page))
    assert len(seen) == 6


def test_one_draws_with_the_pointer_or_types(address: str, open_page: OpenPage) -> None:
    page = opened(open_page(address + QUICK))
    choose(page, "Distribution", "Your own drawing")
    wait_for(page, "value.draws && value.step === 0")
    page.get_by_role("button", name="Draw your own").click()
    button(page, "Clear the drawing").click()
    own = page.locator("#gan_lab-own textarea")
    expect(own).to_have_value("")
    canvas = page.locator("canvas.plane")
    canvas.scroll_into_view_if_needed()
    box, before = canvas.bounding_box(), value(page)["serial"]
    assert box
    x, y, side = box["x"], box["y"], box["width"]
    page.mouse.move(x + 0.25 * side, y + 0.5 * side)
    page.mouse.down()
    page.mouse.move(x + 0.75 * side, y + 0.5 * side, steps=4)
    page.mouse.up()
    expect(own).to_have_value(re.compile(r"^-0\.7\d,-?0\.0\d (-?\d\.\d\d,-?\d\.\d\d ?){20,28}$"))
    wait_for(page, f"value.serial > {before}")
    own.fill("1,1 -1,-1 1,-1")
    own.blur()
    wait_for(page, f"value.serial > {before + 1}")
    own.fill("1,1 far,away")
    own.blur()
    expect(page.get_by_text("“far,away” is no point").first).to_be_visible()


def test_a_bad_seed_is_a_sentence_and_changes_nothing(address: str, open_page: OpenPage) -> None:
    page = opened(open_page(address))
    before = value(page)
    page.get_by_role("button", name="Networks and training").click()
    box = page.locator("#gan_lab-seed").get_by_role("textbox")
    box.fill("-3")
    page.wait_for_timeout(500)  # the part that was just opened may still be filled with its settings
    box.fill("-3")
    expect(box).to_have_value("-3")
    button(page, "Play").click()
    expect(page.get_by_text("The seed is a whole number from 0 to").first).to_be_visible()
    expect(button(page, "Pause")).to_be_disabled()
    assert value(page) == before


def test_a_closed_page_ends_its_training(address: str, open_page: OpenPage, steps_taken: list[int]) -> None:
    page = opened(open_page(address + QUICK))
    button(page, "Play").click()
    wait_for(page, "value.playing && value.step > 3")
    page.close()
    deadline, taken = time.monotonic() + 20, -1
    while taken != steps_taken[0] and time.monotonic() < deadline:
        taken = steps_taken[0]
        time.sleep(1.5)
    assert taken == steps_taken[0], "It trains for nobody."


def test_it_pauses_where_nobody_can_see_it(address: str, open_page: OpenPage) -> None:
    page = opened(open_page(address + QUICK))
    button(page, "Play").click()
    wait_for(page, "value.playing && value.step > 3")
    page.get_by_role("tab", name="Status").click()
    wait_for(page, "!value.playing")
    page.get_by_role("tab", name="A demo").click()
    expect(button(page, "Play")).to_be_enabled()


def test_a_link_brings_the_settings_back(address: str, open_page: OpenPage) -> None:
    page = opened(open_page(f"{address}{QUICK}&lab_distribution=spiral&lab_noise=1&lab_loss=r1"))
    wait_for(page, "value.bent === 'curve' && value.of_modes === null")
    button(page, "One step").click()
    wait_for(page, "value.step === 1")
    expect(page.locator(".lab .note")).to_contain_text("lies on a curve")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_all_of_it(address: str, open_page: OpenPage, theme: str) -> None:
    page = opened(open_page(f"{address}{QUICK}&__theme={theme}", 390, 844))
    button(page, "One step").click()
    wait_for(page, "value.step === 1")
    expect(page.get_by_label("Noise dimensions")).to_be_visible()
    page.wait_for_timeout(1000)  # colours fade in
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not grave(page)
    for box in page.locator(".lab canvas").all():
        place = box.bounding_box()
        assert place
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= 390
        assert place["height"] > 100
