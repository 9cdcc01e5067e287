"""The other views of Word2Vec in a real Chromium; phones, axe and the console for all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from demos.word2vec import DEMO, engine
from demos.word2vec.evaluate import LECTURE
from demos.word2vec.game import Game, puzzle
from demos.word2vec.models import EMBEDDED
from demos.word2vec.relations import RELATIONS, pairs_of
from demos.word2vec.views.explore import AXES
from demos.word2vec.views.first import first
from gallery import runtime
from tests.browser.test_accessibility import grave
from tests.conftest import running

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; a busy machine takes its time, and a pass does not wait
VIEWS = ("arithmetic", "relations", "explore", "play", "own")


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def word2vec() -> Iterator[str]:
    """The address of a gallery with this demo alone; a view's name goes behind it."""
    with running((DEMO,)) as address:
        yield f"{address}/?tab=word2vec&view="


def alert(page: Page) -> Locator:
    return page.get_by_role("alert").filter(visible=True)


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name)


# --- Relations ---


def labels(page: Page) -> set[str]:
    canvas = page.locator("#word2vec-bundle canvas")
    return {point["label"] for point in canvas.evaluate("(canvas) => canvas.positions?.() ?? []")}


def test_each_relation_is_drawn(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec + "relations")
    report = page.get_by_text("Mean cosine of an arrow")
    expect(report).to_have_text(first()["relation_report"].replace("**", ""))
    for title in [*RELATIONS][::-1]:
        page.get_by_label(title, exact=True).check()
        expect(page.locator("#word2vec-bundle .title")).to_have_text(title)
        assert labels(page) <= {word for pair in pairs_of(title) for word in pair}
        expect(report).to_contain_text("paired at random")
    page.get_by_label("Space, which turns").filter(visible=True).check()
    expect(page.locator("#word2vec-bundle").get_by_role("button", name="Pause")).to_be_visible()


def test_pairs_of_ones_own(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec + "relations")
    own = field(page, "Pairs of your own")
    expect(page.locator("#word2vec-bundle .title")).to_have_text("Countries and their capitals")
    expect(own).to_be_hidden()
    page.get_by_label("Pairs of your own", exact=True).first.check()
    expect(page.locator("#word2vec-bundle .title")).to_have_text("Pairs of your own")
    own.fill("cow, calf\ndog → puppy\ncat kitten")
    page.get_by_role("button", name="Draw", exact=True).click()
    page.wait_for_function(
        "document.querySelector('#word2vec-bundle canvas').positions()[0].label === 'cow'", timeout=PATIENCE
    )
    expected = {"cow", "calf", "dog", "puppy", "cat", "kitten"}
    assert labels(page) == expected
    report = page.get_by_text("Mean cosine of an arrow").inner_text()
    bad = {
        "hot, cold\ncow, calf, dog": "“cow, calf, dog” is no pair",
        "hot, cold": "at least two pairs",
        "": "at least two pairs",
        "hot, hot\ncow, calf": "stands on both sides",
        "hot, cold\n<b>cow</b>, calf": "is not among the",
        "hot, cold\n🐮, 🐂": "is not among the",
    }
    for text, sentence in bad.items():
        own.fill(text)
        page.get_by_role("button", name="Draw", exact=True).click()
        expect(alert(page)).to_contain_text(sentence)
        assert labels(page) == expected
        expect(page.get_by_text("Mean cosine of an arrow")).to_have_text(report)
    link = page.url
    again = open_page(link)
    expect(field(again, "Pairs of your own")).to_have_value([*bad][-1])


# --- Explore ---


def test_a_list_against_itself(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec + "explore")
    heat = page.locator("#word2vec-likeness")
    listed = field(page, "Words With commas")
    expect(heat.locator("tbody th")).to_have_text(first()["likeness"]["words"])
    listed.fill("oak, elm, birch, sonata")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(heat.locator("tbody th")).to_have_text(["oak", "elm", "birch", "sonata"])
    found = engine.odd_one_out(["oak", "elm", "birch", "sonata"], EMBEDDED, runtime.current())
    expect(page.get_by_text("The odd one out:")).to_contain_text(found.words[0])
    listed.fill("oak, elm")
    page.get_by_role("button", name="Compare", exact=True).click()
    cosine = float(engine.likeness(["oak", "elm"], EMBEDDED, runtime.current()).matrix[0, 1])
    expect(page.get_by_text("The cosine of oak and elm")).to_contain_text(f"{cosine:.3f}")
    for text, sentence in {
        "oak": "at least 2 different words",
        "": "type some",
        "oak, oak": "at least 2 different words",
        "oak, <img src=x onerror=alert(1)>": "is not among the",
        ", ".join(["oak"] * 41): "at most 40",
    }.items():
        listed.fill(text)
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(alert(page)).to_contain_text(sentence)
        expect(heat.locator("tbody th")).to_have_text(["oak", "elm"])
    # The hub cannot be reached: one sentence, and the menu shows who answered.
    listed.fill("oak, elm, birch")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(heat.locator("tbody th")).to_have_text(["oak", "elm", "birch"])
    model = page.get_by_label("Word vectors").filter(visible=True)
    model.click()
    page.get_by_role("option", name=re.compile("GloVe")).click()
    expect(alert(page)).to_contain_text("The gallery's own vectors answered.")
    expect(model).to_have_value(EMBEDDED.title)
    expect(heat.locator("tbody th")).to_have_text(["oak", "elm", "birch"])


def test_a_list_between_two_ends(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec + "explore")
    axis = page.locator("#word2vec-axis")
    expect(axis.locator("li .word")).to_have_text(first()["axis"]["words"])
    for name, (low, high, text) in [*AXES.items()][::-1]:
        page.get_by_role("button", name=name, exact=True).click()
        found = engine.along(low, high, engine.listed(text), EMBEDDED, runtime.current())
        expect(axis.locator("li .word")).to_have_text([*found.words])
        expect(axis.locator(".low")).to_contain_text(low)
        expect(axis.locator(".high")).to_contain_text(high)
    before = axis.locator("li .word").all_inner_texts()
    for low, high, text, sentence in (
        ("hot", "hot", "ice", "the same word"),
        ("", "hot", "ice", "type"),
        ("cold", "hot", "", "type some"),
        ("cold", "quexen", "ice", "“quexen” is not among the"),
    ):
        field(page, "From").fill(low)
        field(page, "To").first.fill(high)
        field(page, "Words to lay out").fill(text)
        page.get_by_role("button", name="Lay out").click()
        expect(alert(page)).to_contain_text(sentence, timeout=15_000)
        assert axis.locator("li .word").all_inner_texts() == before


def test_every_bar_of_the_axis_lies_between_its_dot_and_the_middle(
    word2vec: str, open_page: OpenPage
) -> None:
    page = open_page(word2vec + "explore", width=390, height=844)
    expect(page.locator("#word2vec-axis li")).to_have_count(len(first()["axis"]["words"]))
    rows = page.locator("#word2vec-axis .track").evaluate_all(
        """(tracks) => tracks.map((track) => {
          const box = (name) => track.querySelector(name).getBoundingClientRect();
          const bar = box('.reach'), dot = box('.dot'), whole = track.getBoundingClientRect();
          return [(dot.left + dot.right) / 2, (whole.left + whole.right) / 2, bar.left, bar.right];
        })"""
    )
    for dot, middle, left, right in rows:
        assert abs(left - min(dot, middle)) < 2, rows
        assert abs(right - max(dot, middle)) < 2, rows


# --- Guess the word ---


def wrong_words(game: Game) -> list[str]:
    """Words that the vectors know, that are not hidden, and do not stand in the equation."""
    solution = puzzle(game, EMBEDDED, runtime.current())
    taken = {answer.word for answer in solution.answers} | {term.word for term in solution.equation.terms}
    return [word for word in ("window", "guitar", "pepper", "velvet", "planet") if word not in taken][:3]


def test_a_round_of_the_game(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec + "play&sequence=7")
    board, guess = page.locator("#word2vec-board"), field(page, "Your guess")
    solution = puzzle(Game(seed=7), EMBEDDED, runtime.current())
    hidden = solution.answers[0].word
    expect(board.locator(".equation")).to_contain_text(solution.equation.terms[2].word)
    expect(board).to_contain_text("Round 1 of 10")

    def nowhere() -> None:
        # The lesson may have the word in another place, so it does not count.
        html = page.evaluate(
            "[...document.querySelectorAll('[role=tabpanel]')].filter((panel) => panel.offsetWidth"
            " && panel.querySelector('#word2vec-board')).at(-1).outerHTML"
        )
        assert "word2vec-board" in html
        assert not re.search(rf"\b{re.escape(hidden)}\b", html), hidden

    nowhere()
    for text, sentence in {
        "": "empty",
        "qzxqzx": "is not among the",
        "🐭": "is not among the",
        solution.equation.terms[0].word: "stands in the equation",
        "<img src=x onerror=alert(1)>": "is not among the",
    }.items():
        guess.fill(text)
        guess.press("Enter")
        expect(alert(page)).to_contain_text(sentence)
        expect(board.locator(".guesses li")).to_have_count(0)
    nowhere()
    page.get_by_role("button", name="Next equation").click()
    expect(alert(page)).to_contain_text("Guess first, or show the word.")
    for count, word in enumerate(wrong_words(Game(seed=7)), start=1):
        guess.fill(word)
        guess.press("Enter")
        expect(board.locator(".guesses li")).to_have_count(count)
        expect(board.locator(".guesses .word").last).to_have_text(word)
        expect(guess).to_have_value("")
        if count < 3:
            nowhere()
            expect(board.locator("span.hidden")).to_have_text("?")
    expect(board.locator("span.hidden")).to_have_text(hidden)
    expect(board.locator(".message")).to_contain_text(f"The word was “{hidden}”.")
    guess.fill(hidden)
    guess.press("Enter")
    expect(guess).to_have_value("")
    expect(board.locator(".guesses li")).to_have_count(3)

    page.get_by_role("button", name="Next equation").click()
    expect(board).to_contain_text("Round 2 of 10")
    second = puzzle(Game(seed=7, round=1), EMBEDDED, runtime.current())
    before = int(board.locator(".score").inner_text().split()[0])
    guess.fill(second.answers[0].word)
    guess.press("Enter")
    expect(board.locator(".message")).to_have_text("That is the word.")
    expect(board.locator(".score")).to_have_text(f"{before + 100} points")


def test_a_game_can_be_given_up_and_begun_anew(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec + "play")
    board = page.locator("#word2vec-board")
    expect(board.locator(".equation")).to_contain_text(first()["board"]["terms"].strip())
    for count in range(1, 11):
        expect(board.locator(".round")).to_have_text(f"Round {count} of 10")
        page.get_by_role("button", name="Show the word").click()
        expect(board.locator("span.hidden")).not_to_have_text("?")
        page.get_by_role("button", name="Next equation").click()
    expect(board).to_contain_text("All 10 rounds are played")
    page.get_by_role("button", name="New game").click()
    expect(board).to_contain_text("Round 1 of 10")
    expect(page).to_have_url(re.compile(r"sequence=\d+"))
    equation = board.locator(".equation").inner_text()
    again = open_page(page.url)
    expect(again.locator("#word2vec-board .equation")).to_have_text(equation)


@pytest.mark.parametrize(
    ("view", "name", "text"),
    [
        ("play", "Your guess", "xylophonne"),
        ("explore", "Words With commas", "oak, xylophonne"),
        ("explore", "From", "xylophonne"),
        ("relations&relation=Pairs of your own", "Pairs of your own", "oak, xylophonne\ncow, calf"),
    ],
)
def test_an_offered_spelling_is_taken(
    word2vec: str, open_page: OpenPage, view: str, name: str, text: str
) -> None:
    page = open_page(word2vec + view)
    typed = field(page, name)
    typed.fill(text)
    if "relations" in view:
        page.get_by_role("button", name="Draw", exact=True).click()
    elif name == "Words With commas":
        page.get_by_role("button", name="Compare", exact=True).click()
    else:
        typed.press("Enter")
    offer = page.locator(".notice .offers button").filter(visible=True).first
    offered = offer.inner_text()
    offer.click()
    expect(typed).to_have_value(text.replace("xylophonne", offered), timeout=10_000)


# --- All views ---


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(word2vec: str, open_page: OpenPage, view: str, theme: str) -> None:
    page = open_page(f"{word2vec}{view}&__theme={theme}")
    page.locator("#panel-word2vec").wait_for()
    page.wait_for_timeout(1500)  # colours fade in
    assert not grave(page)


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_needs_no_sideways_scrolling(word2vec: str, open_page: OpenPage, view: str) -> None:
    page = open_page(word2vec + view, width=390, height=844)
    page.locator("#panel-word2vec").wait_for()
    page.wait_for_timeout(1000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    squeezed = page.locator("#panel-word2vec .block").evaluate_all(
        "(all) => all.filter((one) => one.offsetWidth && one.offsetWidth < 100).map((one) => one.innerText)"
    )
    assert not squeezed
    cut = page.locator("#panel-word2vec label").evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)"
    )
    assert not cut


def test_the_console_stays_silent(word2vec: str, open_page: OpenPage) -> None:
    page = open_page(word2vec + "arithmetic")
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.reload()
    page.wait_for_function("window.gallery?.current?.()")
    page.get_by_role("button", name=LECTURE[1], exact=True).click()
    expect(page.locator("#word2vec-bar").get_by_role("textbox")).to_have_value(LECTURE[1])
    for name in ("Relations", "Explore", "Guess the word", "Train your own", "Arithmetic"):
        page.get_by_role("tab", name=name, exact=True).click()
        expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
        page.wait_for_timeout(500)
    assert not errors
