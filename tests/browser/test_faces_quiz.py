"""Faces in a real Chromium: the quiz of pairs, "Is it a copy?", "Your face"; the networks learnt nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from demos.faces.inversion import EXAMPLES
from demos.faces.quiz import QUESTIONS, deal, machine, other, pairs
from gallery.inputs import open_image
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.demos.faces.conftest import house, players, random_weights  # noqa: F401
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from gallery.demo import Demo
    from gallery.runtime import Runtime

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def address(house: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: F811
    """A house in which these three views are all of the demo."""
    import gradio as gr

    from demos.faces.views import copies, quiz, yours
    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        with gr.Blocks(analytics_enabled=False) as blocks:
            with gr.Tabs(selected="quiz") as tabs:
                for name, view in (("quiz", quiz.view), ("copies", copies.view), ("yours", yours.view)):
                    with gr.Tab(name, id=name):
                        view(demo, link)
            link.bind("view", tabs)
            link.attach(blocks)
        return blocks

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "faces"), build=build)
    with running((demo,)) as address:
        yield f"{address}/?tab=faces&view="


def test_ten_pairs_are_played_by_keyboard_alone(address: str, open_page: OpenPage) -> None:
    page = open_page(address + "quiz&quiz_seed=7")
    dealt = deal(7, len(pairs()))
    board = page.locator(".board")
    expect(page.get_by_text("Pair 1 of 10, sequence 7")).to_be_visible()
    expect(board.locator(".truth").first).to_be_empty()
    mine = 0
    for number, pair in enumerate(dealt):
        expect(page.get_by_text(f"Pair {number + 1} of 10, sequence 7")).to_be_visible()
        expect(board.locator(".question")).to_have_text("Which of the two is a real person?")
        letter = pair.right if number % 3 else other(pair.right)
        mine += letter == pair.right
        page.keyboard.press("ArrowLeft" if letter == "A" else "ArrowRight")
        expect(board.locator(".question")).to_have_text(
            f"{'Right' if letter == pair.right else 'No'}: {pair.right} is real, "
            f"{other(pair.right)} is nobody."
        )
        expect(board.locator(f".face[data-letter={pair.right}] .truth")).to_have_text("real")
        expect(board.locator(".told")).to_contain_text("The discriminator took")
        expect(board.locator(".people > span")).to_have_text(f"{mine} of {number + 1}")
        expect(board.locator(".next")).to_be_focused()
        page.keyboard.press("Enter")
    machines = sum(machine(pair, pairs()) == pair.right for pair in dealt)
    expect(board.locator(".network > span")).to_have_text(f"{machines} of 10")
    expect(board.get_by_role("row")).to_have_count(QUESTIONS + 1)
    expect(board.locator(".verdict")).to_contain_text(f"You were right {mine} times of 10")
    expect(board.locator(".again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"Pair 1 of 10, sequence (?!7$)\d+"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"quiz_seed=(?!7\b)\d+"))


def test_faces_are_pressed_and_a_second_press_counts_for_nothing(address: str, open_page: OpenPage) -> None:
    page = open_page(address + "quiz")
    face = page.get_by_role("button", name="Face A")
    face.dblclick()
    expect(page.locator(".people > span")).to_have_text(re.compile("^[01] of 1$"))
    page.keyboard.press("b")
    page.wait_for_timeout(500)
    expect(page.locator(".people > span")).to_have_text(re.compile("^[01] of 1$"))
    expect(page.get_by_text("Pair 1 of 10")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["quiz", "copies", "yours"])
def test_a_phone_shows_all_of_it(address: str, open_page: OpenPage, view: str, theme: str) -> None:
    page = open_page(f"{address}{view}&__theme={theme}", 390, 844)
    expect(page.get_by_role("tab", name=view, exact=True)).to_have_attribute("aria-selected", "true")
    page.wait_for_timeout(1000)  # colours fade in
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not grave(page)


def test_the_next_person_is_compared_and_a_bad_seed_is_a_sentence(address: str, open_page: OpenPage) -> None:
    page = open_page(address + "copies&copies_seed=5&copies_year=1950")
    shown = page.locator("#faces-copies")
    expect(shown).to_contain_text("Seed 5, 1950")
    expect(shown.locator(".row img")).to_have_count(12)
    widths = shown.locator(".row img").evaluate_all("all => all.map((image) => image.clientWidth)")
    assert set(widths) == {64}
    page.get_by_role("button", name="Somebody else").click()
    expect(shown).not_to_contain_text("Seed 5, 1950")
    expect(shown).to_contain_text("This person does not exist.")
    page.get_by_label("Seed").fill("-3")
    expect(shown.get_by_role("alert")).to_contain_text("The seed is a whole number")


def test_a_face_is_handed_in_looked_for_and_stopped(
    address: str, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(address + "yours&yours_steps=400")
    line, opinion = page.locator(".finding .line"), page.locator("#faces-opinion")
    expect(line).to_contain_text("Found in")
    expect(opinion).to_contain_text("The discriminator: real with")
    photograph = tmp_path / "astronaut.png"
    open_image(EXAMPLES[0].path).save(photograph)
    page.locator(".snapshot input[type=file]").set_input_files(photograph)
    expect(line).to_contain_text("Press “Find it”")
    expect(page.locator(".strip button[aria-pressed=true]")).to_have_count(0)
    find = page.get_by_role("button", name="Find it")
    find.click()
    expect(line).to_contain_text(re.compile(r"Step \d+ of 400"))
    expect(page.locator(".finding .found")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(line).to_contain_text(re.compile(r"Stopped after step \d+ of 400"))
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()


def test_what_is_no_face_is_a_sentence_and_changes_nothing(
    address: str, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(address + "yours")
    line = page.locator(".finding .line")
    expect(line).to_contain_text("Found in")
    before = line.inner_text()
    upside_down = tmp_path / "upside-down.png"
    open_image(EXAMPLES[0].path).rotate(180).save(upside_down)
    page.locator(".snapshot input[type=file]").set_input_files(upside_down)
    expect(page.get_by_text("upside down").first).to_be_visible()
    text = tmp_path / "text.png"
    text.write_text("no picture")
    page.locator(".snapshot input[type=file]").set_input_files(text)
    expect(page.locator(".snapshot .said")).to_contain_text("not a picture that your browser can read")
    assert line.inner_text() == before
