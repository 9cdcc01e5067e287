"""The house in a real browser: finding, moving, linking, projecting, and being fair to everyone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
Open = Callable[..., Page]
TITLE = "ImageNet: top-1 and top-5"


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def tab(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator("#house-nav").get_by_role("tab", name=name)


def query(page: Page, pattern: str) -> None:
    expect(page).to_have_url(re.compile(pattern + "$"))


def test_the_home_page_leads_to_every_demo(house: str, open_page: Open) -> None:
    page = open_page(house)
    cards = page.locator(".card")
    expect(cards).to_have_count(3)
    cards.filter(has_text="Segmentation").click()
    heading(page, "Segmentation")
    query(page, r"/\?tab=segmentation")
    expect(page).to_have_title("Segmentation · Deep Learning Gallery")


def test_mouse_and_back_and_forward(house: str, open_page: Open) -> None:
    page = open_page(house)
    tab(page, TITLE).click()
    tab(page, "Object detection").click()
    heading(page, "Object detection")
    page.go_back()
    heading(page, TITLE)
    expect(tab(page, TITLE)).to_have_attribute("aria-selected", "true")
    page.go_back()
    heading(page, "Every technique")
    query(page, "/")
    page.go_forward()
    heading(page, TITLE)
    query(page, r"/\?tab=imagenet")


def test_keys_move_between_demos(house: str, open_page: Open) -> None:
    page = open_page(house)
    page.keyboard.press("2")
    heading(page, "Object detection")
    page.keyboard.press("ArrowRight")
    heading(page, "Segmentation")
    page.keyboard.press("ArrowLeft")
    heading(page, "Object detection")
    tab(page, "Object detection").focus()
    page.keyboard.press("ArrowUp")
    expect(tab(page, TITLE)).to_be_focused()
    heading(page, TITLE)
    page.keyboard.press("End")
    heading(page, "Status")


def test_keys_are_left_alone_while_someone_types(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=imagenet")
    word = page.get_by_role("textbox", name="Word")
    word.fill("")
    word.press_sequentially("2p/")
    expect(word).to_have_value("2p/")
    heading(page, TITLE)


def test_a_demos_own_tabs_move_by_arrows_too(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=imagenet")
    predict = page.get_by_role("tab", name="Predict")
    predict.focus()
    page.keyboard.press("ArrowRight")
    compare = page.get_by_role("tab", name="Compare")
    expect(compare).to_be_focused()
    expect(compare).to_have_attribute("aria-selected", "true")
    panel = page.locator(f"#{compare.get_attribute('aria-controls')}")
    expect(panel).to_be_visible()


def test_two_digits_find_one_of_twenty(full_house: str, open_page: Open) -> None:
    page = open_page(full_house)
    page.keyboard.press("1")
    page.keyboard.press("7")
    heading(page, "Words as vectors")
    page.keyboard.press("2")
    heading(page, "Reading digits")


@pytest.mark.parametrize("width", [1280, 390])
def test_one_of_twenty_is_found_by_a_word(full_house: str, open_page: Open, width: int) -> None:
    page = open_page(full_house, width=width)
    page.keyboard.press("/")
    page.get_by_label("Find a demo").fill("generative adv")
    expect(page.locator("#house-nav [role=tab]:visible")).to_have_count(1)
    tab(page, "Generative adversarial networks").click()
    heading(page, "Generative adversarial networks")


def test_on_a_phone_the_list_is_a_sheet(full_house: str, open_page: Open) -> None:
    page = open_page(full_house, width=390, height=844)
    expect(page.locator("#house-nav")).to_be_hidden()
    page.get_by_role("button", name="Demos").click()
    expect(page.locator("#house-nav")).to_be_visible()
    tab(page, "Diffusion").click()
    expect(page.locator("#house-nav")).to_be_hidden()
    heading(page, "Diffusion")
    page.get_by_role("button", name="Demos").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Demos")).to_be_focused()


@pytest.mark.parametrize("name", ["home", "imagenet", "status"])
def test_a_phone_never_scrolls_sideways(house: str, open_page: Open, name: str) -> None:
    page = open_page(f"{house}/?tab={name}", width=390, height=844)
    expect(page.locator(f"#panel-{name}")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_link_opens_its_tab_and_no_other_first(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=detection")
    heading(page, "Object detection")
    assert page.locator("#panel-home").count() == 0 or not page.locator("#panel-home .home").count()


def test_a_link_restores_what_was_seen(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=imagenet&word=owl&factor=7&model=large")
    expect(page.get_by_role("textbox", name="Word")).to_have_value("owl")
    expect(page.get_by_label("number input for Factor")).to_have_value("7")
    expect(page.get_by_label("Model")).to_have_value("large")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("textbox", name="Answer")).to_have_value("owl x 7 with large: 28")
    query(page, r"\?tab=imagenet&word=owl&factor=7&model=large")


def test_the_address_follows_and_back_restores(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=imagenet")
    page.get_by_role("textbox", name="Word").fill("owl")
    query(page, r"\?tab=imagenet&word=owl")
    page.get_by_role("tab", name="Compare").click()
    query(page, r"\?tab=imagenet&view=compare&word=owl")
    tab(page, "Object detection").click()
    query(page, r"\?tab=detection")
    page.go_back()
    heading(page, TITLE)
    query(page, r"\?tab=imagenet&view=compare&word=owl")
    page.go_back()
    expect(page.get_by_role("tab", name="Predict")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("textbox", name="Word")).to_have_value("owl")
    query(page, r"\?tab=imagenet&word=owl")


def test_an_impossible_link_is_explained_and_corrected(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=imagenet&view=compare&model=<script>&factor=99")
    expect(page.get_by_text("there is no “<script>” to choose here")).to_be_visible()
    expect(page.get_by_text("Two models side by side.")).to_be_visible()
    query(page, r"\?tab=imagenet&view=compare")
    page = open_page(f"{house}/?tab=nothing")
    expect(page.get_by_text("This gallery has no demo called “nothing”.")).to_be_visible()
    heading(page, "Every technique")


def test_projector_mode_is_large_and_quiet(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=imagenet&projector=1")
    expect(page.locator("html")).to_have_class(re.compile("projector"))
    expect(page.locator("#house-nav")).to_be_hidden()
    size = page.get_by_role("textbox", name="Word").evaluate(
        "element => parseFloat(getComputedStyle(element).fontSize)"
    )
    assert size >= 20
    page.keyboard.press("p")
    expect(page.locator("html")).not_to_have_class(re.compile("projector"))
    expect(page.locator("#house-nav")).to_be_visible()
    query(page, r"\?tab=imagenet")


def test_dark_by_link_and_by_button(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?__theme=dark")
    expect(page.locator("body")).to_have_class(re.compile("dark"))
    page.get_by_role("button", name="Theme").click()
    expect(page.locator("body")).not_to_have_class(re.compile("dark"))
    query(page, r"\?__theme=light")


def test_errors_are_a_sentence_and_the_next_click_works(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=imagenet")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("Type a word first.")).to_be_visible()
    page.get_by_role("textbox", name="Word").fill("cat")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_role("textbox", name="Answer")).to_have_value("cat x 2 with small: 8")


def test_the_lesson_comes_when_it_is_opened(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=imagenet")
    page.get_by_role("button", name="How it works").click()
    expect(page.locator(".lesson .katex").first).to_be_visible()
    expect(page.get_by_role("img", name=f"How data flows through {TITLE}")).to_be_visible()
    page.get_by_role("tab", name="The code that ran").click()
    expect(page.locator(".lesson code").filter(has_text="def interface").first).to_be_visible()
    page.get_by_role("tab", name="Model card").click()
    expect(page.get_by_text("CC0-1.0")).to_be_visible()


def test_the_status_is_live(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=status")
    expect(page.get_by_role("row", name=re.compile("^Segmentation, small absent"))).to_be_visible()
    other = open_page(f"{house}/?tab=segmentation&word=cat")
    expect(other.get_by_role("textbox", name="Word")).to_have_value("cat")
    other.get_by_role("button", name="Run").click()
    expect(page.get_by_role("row", name=re.compile("^Segmentation, small device"))).to_be_visible()


def test_the_first_tab_stop_skips_the_list(house: str, open_page: Open) -> None:
    page = open_page(f"{house}/?tab=imagenet")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the demo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-imagenet")).to_be_focused()
