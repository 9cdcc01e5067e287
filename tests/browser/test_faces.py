"""The view "Nobody" in a real Chromium, with the networks that ship."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

from demos.faces.casting import sitter
from demos.faces.models import DCGAN, EMBEDDED
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from gallery.demo import Demo

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; a busy machine takes its time, and a pass does not wait


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A house in which this view is all of the demo."""
    import gradio as gr

    from demos.faces import first
    from demos.faces.views import people
    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        blocks: gr.Blocks
        with gr.Blocks(analytics_enabled=False) as blocks:
            people.view(demo, link)
            link.attach(blocks)
        return blocks

    picture = tmp_path_factory.mktemp("first") / "first.webp"
    Image.new("RGB", (128, 128), "purple").save(picture)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(first, "PICTURE", picture)
        demo: Demo = replace(
            fake_demo(tmp_path_factory.mktemp("demo"), "faces"), build=build, models=(DCGAN, EMBEDDED)
        )
        with running((demo,)) as address:
            yield f"{address}/?tab=faces"


def faces(page: Page) -> Locator:
    return page.locator("#faces-nobody img")


def shown(page: Page) -> str:
    return faces(page).first.get_attribute("src") or ""


def seed(page: Page) -> Locator:
    return page.get_by_label("Seed")


def line(page: Page) -> Locator:
    return page.locator("#faces-people-line")


def says(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator("#faces-nobody figcaption")).to_contain_text(text)


def test_a_face_is_there_at_once_and_the_button_brings_another(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    says(page, "Nobody. Seed 14, as if photographed in 2003, in colour.")
    expect(line(page)).to_contain_text("ships with the gallery")
    first = shown(page)
    assert first.endswith("first.webp")
    page.wait_for_timeout(1500)
    assert shown(page) == first, "Nothing is painted before anybody asks."
    page.get_by_role("button", name="Somebody else").click()
    expect(line(page)).to_contain_text(re.compile(r"Made in \d+\.\d\d s on CPU"))
    expect(faces(page)).not_to_have_attribute("src", first)
    second, number = shown(page), seed(page).input_value()
    says(page, f"Seed {number}, as if photographed in {sitter(int(number)).year}")
    page.get_by_role("button", name="Somebody else").click()
    expect(faces(page)).not_to_have_attribute("src", second)
    assert seed(page).input_value() != number


def test_a_link_makes_the_same_face_again(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&seed=12&year=1931&colour=0&truncation=1.1&varied=0")
    says(page, "Seed 12, as if photographed in 1931, in black and white.")
    expect(line(page)).to_contain_text("Made in")
    first = shown(page)
    assert first.startswith("data:image/png")
    again = open_page(page.url)
    expect(faces(again)).to_have_attribute("src", first)
    seed(again).fill("13")
    says(again, "Seed 13,")
    expect(again).to_have_url(re.compile("seed=13"))
    expect(faces(again)).not_to_have_attribute("src", first)


def test_the_wall_fills_up_and_its_faces_can_be_pressed(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    expect(faces(page)).to_have_count(1)
    page.evaluate(
        """() => {
          window.counts = [];
          const wall = document.querySelector('#faces-nobody');
          const look = () => window.counts.push(wall.querySelectorAll('img').length);
          new MutationObserver(look).observe(wall, {childList: true, subtree: true});
        }"""
    )
    page.get_by_label("A wall of 25").check()
    expect(faces(page)).to_have_count(25)
    says(page, "25 people who do not exist. Seeds 0 to 24.")
    counts = page.evaluate("window.counts")
    assert any(0 < count < 25 for count in counts), "It does not wait for the last one."
    assert len({face.get_attribute("src") for face in faces(page).all()}) == 25
    with page.expect_download() as download:
        page.get_by_role("button", name="Save PNG").click()
    assert download.value.suggested_filename == "nobody-seeds-0-to-24.png"
    with Image.open(download.value.path()) as image:
        assert (image.format, image.size) == ("PNG", (640, 640))

    page.locator("#faces-nobody button.face").nth(3).click()
    person = sitter(3)
    says(page, f"Seed 3, as if photographed in {person.year}")
    expect(faces(page)).to_have_count(1)
    expect(seed(page)).to_have_value("3")
    expect(page.get_by_role("radio", name="One")).to_be_checked()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save PNG").click()
    colour = "colour" if person.colour else "grey"
    assert download.value.suggested_filename == f"nobody-seed-3-{person.year}-{colour}-0.8.png"
    with Image.open(download.value.path()) as image:
        assert (image.format, image.size) == ("PNG", (128, 128))

    page.get_by_label("A wall of 25").check()
    expect(page.locator("#faces-nobody [aria-current]")).to_have_attribute("data-seed", "3")


def test_a_wall_can_be_walked_by_keyboard(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&show=wall&seed=30")
    expect(faces(page)).to_have_count(25)
    says(page, "Seeds 25 to 49.")
    button = page.locator("#faces-nobody button.face").nth(1)
    button.focus()
    page.keyboard.press("Enter")
    says(page, "Seed 26,")


def test_a_bad_seed_is_one_sentence_and_the_face_stays(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&seed=12")
    says(page, "Seed 12,")
    expect(line(page)).to_contain_text("Made in")
    first = shown(page)
    for bad in ("abc", "-1", str(2**64), "1.5"):
        seed(page).fill(bad)
        expect(line(page).get_by_role("alert")).to_have_text(
            "The seed is a whole number from 0 to 4294967295: try 7."
        )
        assert shown(page) == first
        seed(page).fill("12")
        expect(line(page)).to_contain_text("Made in")
    again = open_page(f"{address}&seed=<b>x</b>")
    expect(line(again).get_by_role("alert")).to_be_visible()


def test_the_public_model_is_not_to_be_had_offline(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&model=faces/ddpm-celebahq-256")
    expect(line(page)).to_contain_text("never downloaded to this computer")
    expect(line(page)).to_contain_text("The gallery's own faces are shown.")
    expect(page.get_by_label("Model", exact=True)).to_have_value(DCGAN.title)
    expect(page.locator("#faces-people-year input").first).to_be_enabled()
    expect(page).not_to_have_url(re.compile("model="))
    says(page, "Seed 14, as if photographed in 2003")


@pytest.mark.parametrize("show", ["one", "wall"])
def test_a_phone_needs_no_sideways_scrolling(address: str, open_page: OpenPage, show: str) -> None:
    page = open_page(f"{address}&show={show}", width=390, height=844)
    expect(faces(page)).to_have_count(1 if show == "one" else 25)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("show", ["one", "wall"])
def test_axe_finds_nothing(address: str, open_page: OpenPage, show: str, theme: str) -> None:
    page = open_page(f"{address}&show={show}&__theme={theme}")
    expect(faces(page)).to_have_count(1 if show == "one" else 25)
    page.wait_for_timeout(1500)  # colours fade in
    assert not grave(page)
