"""Arithmetic with words in a real Chromium. No test here knows which word the vectors answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from demos.word2vec import DEMO
from demos.word2vec.evaluate import LECTURE
from demos.word2vec.models import EMBEDDED
from demos.word2vec.search import Method
from demos.word2vec.views.first import first
from gallery import runtime
from tests.conftest import running

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; a busy machine takes its time, and a pass does not wait
SCENE = "document.querySelector('#word2vec-scene canvas').positions?.()"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def word2vec() -> Iterator[str]:
    """The address of a gallery with this demo alone, that never asks a hub."""
    with running((DEMO,)) as address:
        yield f"{address}/?tab=word2vec"


def bar(page: Page) -> Locator:
    return page.locator("#word2vec-bar").get_by_role("textbox")


def words(page: Page) -> Locator:
    return page.locator("#word2vec-answers .word")


def alert(page: Page) -> Locator:
    """The notice's sentence; a hidden one has no role."""
    return page.locator("#word2vec-notice").get_by_role("alert")


def solve(page: Page, text: str) -> None:
    bar(page).fill(text)
    bar(page).press("Enter")


def answers_to(text: str, method: Method = Method.ADD, exclude: bool = True) -> list[str]:
    """What the page should list: the engine's own answers, and the expected word where it is far down."""
    from demos.word2vec import engine
    from demos.word2vec.equation import parse
    from demos.word2vec.views.answers import answers

    solution = engine.solve(
        parse(text), EMBEDDED, runtime.current(), method=method, exclude_terms=exclude, count=10
    )
    return [row["word"] for row in answers(solution, "")["rows"]]


def device_bytes() -> int:
    return runtime.current().status().cache.device_bytes


def everything(page: Page) -> list[object]:
    """What a bad input must leave as it was."""
    expect(words(page).first).to_be_visible()
    page.wait_for_function(SCENE, timeout=PATIENCE)
    labels = page.evaluate(f"{SCENE}.map((point) => point.label)")
    picture = page.locator("#word2vec-scene canvas").get_attribute("aria-label")
    who = page.locator("#word2vec-answers .who").inner_text()
    verdict = page.locator("#word2vec-answers .verdict").inner_text()
    return [words(page).all_inner_texts(), labels, picture, who, verdict]


# The first test: nothing has been asked of this house yet.
def test_opening_shows_a_finished_result_and_loads_no_model(word2vec: str, open_page: OpenPage) -> None:
    before = device_bytes()
    page = open_page(word2vec)
    expect(words(page)).to_have_text([row["word"] for row in first()["answers"]["rows"]])
    expect(page.locator("#word2vec-answers .verdict")).to_have_text(first()["answers"]["verdict"])
    expect(bar(page)).to_have_value("king - man + woman = queen")
    page.wait_for_function(f"{SCENE}.length === {len(first()['picture']['points'])}", timeout=PATIENCE)
    expect(alert(page)).to_have_count(0)
    page.wait_for_timeout(500)
    assert device_bytes() == before


def test_an_equation_of_ones_own(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec)
    solve(page, 'paris - france + 0.5*germany + "new york"')
    expect(words(page)).to_have_text(answers_to("paris - france + 0.5*germany + new york"))
    expect(page.locator("#word2vec-answers .verdict")).to_be_hidden()
    expect(page).to_have_url(re.compile("equation=paris"))
    bar(page).fill("river - water + sand")
    page.get_by_role("button", name="Solve", exact=True).click()
    expect(words(page)).to_have_text(answers_to("river - water + sand"))


def test_each_equation_of_the_lecture(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec)
    for text in LECTURE[::-1]:
        page.get_by_role("button", name=text, exact=True).click()
        expect(words(page)).to_have_text(answers_to(text))
        expect(bar(page)).to_have_value(text)
        expected = text.split(" = ")[1]
        expect(page.locator("#word2vec-answers .expected .word")).to_have_text(expected)
        expect(page.locator("#word2vec-answers .verdict")).to_contain_text(f"“{expected}”")


def test_a_lecture_button_brings_its_equation_back(word2vec: str, open_page: OpenPage) -> None:
    """Also where that equation is the last that was asked, and something else was typed since."""
    page = open_page(word2vec)
    page.get_by_role("button", name=LECTURE[1], exact=True).click()
    expect(words(page)).to_have_text(answers_to(LECTURE[1]))
    bar(page).fill("something else")
    page.get_by_role("button", name=LECTURE[1], exact=True).click()
    expect(bar(page)).to_have_value(LECTURE[1], timeout=10_000)


def test_a_link_brings_it_back(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(f"{word2vec}&equation=france+-+paris+%2B+tokyo&method=3CosMul&space=3&exclude=0")
    text = "france - paris + tokyo"
    expect(words(page)).to_have_text(answers_to(text, Method.MULTIPLY, exclude=False))
    expect(bar(page)).to_have_value(text)
    expect(page.locator("#word2vec-answers .who")).to_contain_text("3CosMul")
    expect(page.get_by_label("3CosMul: near to each term")).to_be_checked()
    expect(page.locator("#word2vec-scene .title")).to_contain_text("in this space")
    expect(page.get_by_label("Leave out the equation's own words")).not_to_be_checked()
    again = open_page(page.url)
    expect(bar(again)).to_have_value(text)
    expect(again.locator("#word2vec-answers .who")).to_contain_text("3CosMul")


def test_a_broken_link_gives_a_warning_and_the_defaults(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(f"{word2vec}&method=3CosDiv&space=7&sequence=-5&exclude=perhaps&model=none")
    toast = page.get_by_test_id("toast-body")
    expect(toast).to_have_count(1)
    for name in ("method", "space", "sequence", "exclude", "model"):
        expect(toast).to_contain_text(f"{name}:")
    expect(page.get_by_label("3CosAdd: nearest to the sum")).to_be_checked()
    expect(page.locator("#word2vec-scene .title")).to_contain_text("in this plane")
    expect(words(page)).to_have_text([row["word"] for row in first()["answers"]["rows"]])


def test_a_clicked_answer_shows_its_neighbours(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec)
    word = words(page).first.inner_text()
    words(page).first.click()
    expect(words(page)).to_have_text(answers_to(f'"{word}"'))
    expect(bar(page)).to_have_value(f'"{word}"' if " " in word else word)


# The second one holds the unknown word within a known one, which has to stay.
@pytest.mark.parametrize("text", ["king - man + womxan", "elephant - elepha", "king  - man = quexen"])
def test_an_unknown_word_is_offered_other_spellings(word2vec: str, open_page: OpenPage, text: str) -> None:
    page = open_page(word2vec)
    before = everything(page)
    solve(page, text)
    unknown = re.split(r"\W+", text)[-1]
    expect(alert(page)).to_contain_text(f"“{unknown}” is not among the")
    offers = page.locator("#word2vec-notice").get_by_role("button")
    expect(offers.first).to_be_visible()
    assert everything(page) == before
    offer = offers.first.inner_text()
    offers.first.click()
    solved = text[: -len(unknown)] + (f'"{offer}"' if " " in offer else offer)
    expect(bar(page)).to_have_value(solved)
    expect(alert(page)).to_have_count(0)
    expect(words(page)).to_have_text(answers_to(solved))


BAD = {
    "": "The equation is empty",
    "- king - man": "Only words that are taken away",
    "king - - man": "Two signs stand side by side",
    " + ".join(["queens"] * 10_000): "at most",
    "king - king": "cancel each other out",
    "🤖 + 🧠": "is not among the",
    "король - мужчина": "“король” is not among the",
    "国王 - 男人 + 女人": "“国王” is not among the",
    "<img src=x onerror=alert(1)>": "An equation has one =",
    "<img onerror=alert(1)>": "is not among the",
    "'; DROP TABLE words; --": "Two signs stand side by side",
}


def test_bad_input_is_one_sentence_and_changes_nothing(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec)
    page.add_init_script("window.alert = () => { window.broken = true }")
    page.reload()
    page.wait_for_function("window.gallery?.current?.()")
    before = everything(page)
    for text, sentence in BAD.items():
        solve(page, text)
        expect(alert(page)).to_contain_text(sentence, timeout=15_000)
        assert len(bar(page).input_value()) <= 1000
        assert everything(page) == before, text
        expect(page.get_by_test_id("toast-body")).to_have_count(0)
    assert page.evaluate("window.broken") is None
    assert page.locator("#word2vec-notice img").count() == 0
    solve(page, LECTURE[4])
    expect(words(page)).to_have_text(answers_to(LECTURE[4]))
    expect(alert(page)).to_have_count(0)


def test_space_turns_and_pauses(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec)
    page.get_by_label("Space, which turns").first.check()
    expect(page.locator("#word2vec-scene .title")).to_contain_text("in this space")
    page.locator("#word2vec-scene canvas").scroll_into_view_if_needed()
    page.wait_for_function(f"(window.before ??= {SCENE})[0].x !== {SCENE}[0].x", timeout=PATIENCE)
    page.locator("#word2vec-scene").get_by_role("button", name="Pause").click()
    page.wait_for_timeout(300)
    still = page.evaluate(SCENE)
    page.wait_for_timeout(300)
    assert page.evaluate(SCENE) == still


def test_a_hub_that_cannot_be_reached_is_one_sentence(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(f"{word2vec}&equation=paris+-+france+%2B+italy")
    expect(words(page)).to_have_text(answers_to("paris - france + italy"))
    model = page.get_by_label("Word vectors").first
    model.click()
    page.get_by_role("option", name=re.compile("GloVe", re.I)).click()
    expect(alert(page)).to_contain_text("The gallery's own vectors answered.")
    expect(model).to_have_value(EMBEDDED.title)
    expect(page.locator("#word2vec-answers .who")).to_contain_text(EMBEDDED.title)
    expect(words(page)).to_have_text(answers_to("paris - france + italy"))
    expect(page.get_by_test_id("toast-body")).to_have_count(0)


def test_keyboard_alone_is_enough(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec)
    expect(words(page).first).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#word2vec-bar textarea, #word2vec-bar input')"):
            break
    expect(bar(page)).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("doctor - hospital + school")
    page.keyboard.press("Enter")
    expect(words(page)).to_have_text(answers_to("doctor - hospital + school"))
    expect(bar(page)).to_be_focused()


def test_saved_numbers_are_those_on_the_page(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save numbers").click()
    saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert saved == {"equation": "king - man + woman = queen", **first()["answers"]}
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_notebook_is_answered_or_told_why_not(word2vec: str) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(word2vec.split("?")[0], verbose=False)
    answer = client.predict(LECTURE[0], "3CosMul", True, EMBEDDED.key, api_name="/word2vec_solve")
    spoken = [row["word"].replace("_", " ") for row in answer["answers"]]
    assert spoken == answers_to(LECTURE[0], Method.MULTIPLY)[:10]
    assert answer["expected"]["word"] == "queen"
    megabyte = "word " * 200_000
    calls = [("/word2vec_solve", [text, "3CosAdd", True, EMBEDDED.key], why) for text, why in BAD.items()]
    calls += [
        ("/word2vec_solve", [megabyte, "3CosAdd", True, EMBEDDED.key], "at most 1000"),
        ("/word2vec_likeness", [megabyte, EMBEDDED.key], "at most 5,000"),
        ("/word2vec_along", ["cold", "hot", megabyte, EMBEDDED.key], "at most 5,000"),
        ("/word2vec_along", [megabyte, "hot", "ice", EMBEDDED.key], "at most 60"),
        ("/word2vec_along", ["", "hot", "ice", EMBEDDED.key], "type"),
        ("/word2vec_along", ["cold", "cold", "ice", EMBEDDED.key], "the same word"),
    ]
    unhelpful = []
    for endpoint, inputs, why in calls:
        with pytest.raises(AppError) as caught:
            client.predict(*inputs, api_name=endpoint)
        if why not in str(caught.value):
            unhelpful.append((endpoint, inputs[0][:20], str(caught.value)))  # type: ignore[index]
    client.close()
    assert not unhelpful
