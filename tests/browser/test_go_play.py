"""Playing against the machine and stepping through AlphaGo's games, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from demos.go import match as rules
from demos.go.famous import FAMOUS
from demos.go.opponent import from_vertex, vertex
from demos.go.players import LEVELS, Decision
from demos.go.record import opened
from demos.go.views.records import moves_of
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from gallery.demo import Demo

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; kernels may have to be compiled first, and a pass does not wait
VIEWS = ("play", "records")
BOARD = "document.querySelector('#go-play-board .wood')?.goban"
SMALL = "play&play_size=9&play_level=policy"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def go(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a gallery in which these two views are all of the demo; a view's name goes behind it."""
    import gradio as gr

    from demos.go.views import play, records
    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        with gr.Blocks(analytics_enabled=False) as blocks:
            with gr.Tabs(selected="play") as tabs:
                for name, view in (("play", play.view), ("records", records.view)):
                    with gr.Tab(name.capitalize(), id=name):
                        view(demo, link)
            link.bind("view", tabs)
            link.attach(blocks)
        return blocks

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "go"), build=build)
    with running((demo,)) as address:
        yield f"{address}/?tab=go&view="


def wood(page: Page) -> Locator:
    return page.locator(".wood").filter(visible=True)


def board(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = wood(page).evaluate("(wood) => wood.goban.value()")
    return found


def stones(page: Page) -> int:
    return len(board(page)["stones"].replace(".", ""))


def click(page: Page, name: str, *, twice: bool = False) -> None:
    """On a point, called as people do."""
    move = from_vertex(name, board(page)["size"])
    x, y = wood(page).evaluate("(wood, move) => wood.goban.place(move)", move)
    page.mouse.click(x, y, click_count=2 if twice else 1)


def state(page: Page) -> Locator:
    return page.locator("#go-play-state")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def begin(page: Page, size: int = 9) -> None:
    """Waits until the game that a link asks for is on the board; each of its settings begins another one."""
    page.wait_for_function(f"{BOARD}?.value().size === {size}")
    before = None
    while before != (before := board(page)["turn"]):
        page.wait_for_timeout(1500)


# --- Play ---


def test_it_opens_with_a_game_and_answers_in_it(go: str, open_page: OpenPage) -> None:
    page = open_page(go + "play")
    expect(state(page)).to_contain_text("AlphaGo's second game against Lee Sedol")
    assert stones(page) == 36
    click(page, "P10")
    expect(state(page)).to_contain_text("gives itself")
    expect(state(page)).to_contain_text("Your turn: you are Black.")
    shown = board(page)
    assert shown["stones"][from_vertex("P10", 19)] == "X"
    assert shown["to_play"] == "black"


def test_playing_taking_back_and_hints(go: str, open_page: OpenPage) -> None:
    page = open_page(go + SMALL)
    begin(page)
    click(page, "E5", twice=True)
    expect(state(page)).to_contain_text("gives itself")
    assert stones(page) == 2, "The second of a double click is no move."
    press(page, "Hint")
    page.wait_for_function("document.querySelector('#go-play-board .candidate')")
    assert len(board(page)["candidates"]) == 3
    press(page, "Take back")
    expect(state(page)).to_contain_text("Click a point to play.")
    assert stones(page) == 0
    press(page, "Take back")
    expect(page.locator("#go-play-board .note")).to_have_text("There is no move of yours to take back.")


def test_playing_by_keyboard(go: str, open_page: OpenPage) -> None:
    page = open_page(go + SMALL)
    begin(page)
    wood(page).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(state(page)).to_contain_text("gives itself")
    assert board(page)["stones"].count("X") == 1
    assert board(page)["stones"].count("O") == 1


def test_resigning_ends_the_game(go: str, open_page: OpenPage) -> None:
    page = open_page(go + SMALL)
    begin(page)
    press(page, "Resign")
    expect(state(page)).to_contain_text("White wins by resignation.")
    for name in ("Pass", "Take back", "Hint", "Resign", "Stop thinking"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
    click(page, "E5")
    expect(page.locator("#go-play-board .note")).to_have_text(rules.OVER)
    assert stones(page) == 0
    press(page, "New game")
    expect(state(page)).to_contain_text("Your turn: you are Black.")
    expect(page.get_by_role("button", name="Resign", exact=True)).to_be_enabled()


def test_passing_counting_and_saving(
    go: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(rules, "choose", lambda *_, **__: Decision(81, 0.5))
    monkeypatch.setattr(rules, "dead_stones", lambda *_: [])
    page = open_page(go + SMALL)
    begin(page)
    click(page, "E5")
    expect(state(page)).to_contain_text("White passed")
    press(page, "Pass")
    expect(state(page)).to_contain_text("As it stands: Black wins by 73.5 points.")
    click(page, "E5")
    expect(state(page)).to_contain_text("As it stands: White wins by 7.5 points.")
    click(page, "E5")
    expect(state(page)).to_contain_text("Black wins by 73.5 points.")
    press(page, "Count like this")
    expect(state(page)).to_contain_text("You win.")
    with page.expect_download() as download:
        press(page, "Save SGF")
    download.value.save_as(tmp_path / "game.sgf")
    record = opened((tmp_path / "game.sgf").read_bytes())
    assert [*record.moves(record.end())] == [40, 81, 81]
    assert record.result == "B+73.5"


def test_reading_is_seen_and_stopped(go: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LEVELS, "full", replace(LEVELS["full"], visits=15_000))
    page = open_page(go + "play&play_size=9&play_level=full")
    begin(page)
    click(page, "E5")
    expect(state(page)).to_contain_text("White is thinking")
    expect(state(page)).to_contain_text(re.compile(r"\d+ of 15000 visits"))
    expect(page.locator("#go-play-board .candidate").first).to_be_visible()
    press(page, "Stop thinking")
    expect(state(page)).to_contain_text("gives itself")
    assert stones(page) == 2
    expect(page.get_by_role("button", name="Stop thinking")).to_be_disabled()


def test_two_pages_play_two_games_and_a_link_sets_one_up(go: str, open_page: OpenPage) -> None:
    one = open_page(go + SMALL + "&play_colour=white")
    other = open_page(go + "play&play_size=13&play_handicap=4")
    begin(one)
    expect(state(one)).to_contain_text("Your turn: you are White.")
    assert stones(one) == 1, "Black has begun."
    begin(other, 13)
    expect(state(other)).to_contain_text("Your turn: you are Black.")
    assert board(other)["stones"].count("X") == 4
    assert stones(other) == 5
    point = board(one)["stones"].find(".")
    click(one, vertex(point, 9))
    expect(state(one)).to_contain_text("Your turn: you are White.")
    one.wait_for_function(f"{BOARD}.value().stones.match(/X/g)?.length === 2")
    assert stones(other) == 5


# --- AlphaGo's games ---


def story(page: Page) -> Locator:
    return page.locator("#go-records-story")


def test_a_record_is_stepped_through_with_the_keyboard(go: str, open_page: OpenPage) -> None:
    page = open_page(go + "records")
    heading = story(page).locator(".move")
    expect(heading).to_have_text("Move 37: Black P10")
    expect(story(page).locator(".list li.played")).to_contain_text("P10")
    assert board(page)["numbers"] == [[from_vertex("P10", 19), 37]]
    moves = moves_of("lee-2")
    wood(page).click()
    for key, number in (("ArrowLeft", 36), ("ArrowLeft", 35), ("ArrowRight", 36), ("End", len(moves))):
        page.keyboard.press(key)
        expect(heading).to_have_text(re.compile(rf"Move {number}: \w+ {vertex(moves[number - 1], 19)}$"))
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text(re.compile(f"Move {len(moves)}:"))
    page.keyboard.press("Home")
    expect(heading).to_have_text("The start")
    assert stones(page) == 0
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(heading).to_have_text(re.compile("Move 5:"))
    expect(page).to_have_url(re.compile("tab=go.*move=5"))
    assert stones(page) == 5
    page.keyboard.press("Tab")
    wood(page).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#go-records-board .cursor")).to_be_attached()
    expect(heading).to_have_text(re.compile("Move 5:"))


def test_games_buttons_curve_and_link(go: str, open_page: OpenPage) -> None:
    page = open_page(go + "records")
    heading = story(page).locator(".move")
    for key, famous in [*FAMOUS.items()][::-1]:
        page.get_by_label(famous.title, exact=True).check()
        expect(heading).to_have_text(re.compile(f"Move {famous.moment}:"))
        press(page, "Last")
        expect(heading).to_have_text(re.compile(f"Move {len(moves_of(key))}:"))
        press(page, "Back")
        expect(heading).to_have_text(re.compile(f"Move {len(moves_of(key)) - 1}:"))
        press(page, "First")
        expect(heading).to_have_text("The start")
        press(page, "Forward")
        expect(heading).to_have_text(re.compile("Move 1:"))
        press(page, f"Go to move {famous.moment}")
        expect(heading).to_have_text(re.compile(f"Move {famous.moment}:"))
    curve = story(page).locator(".curve")
    curve.click(position={"x": 0.7 * curve.evaluate("(one) => one.clientWidth"), "y": 50})
    expect(heading).not_to_have_text(re.compile("Move 37:"))
    there = heading.inner_text()
    again = open_page(page.url)
    expect(story(again).locator(".move")).to_have_text(there)
    page.get_by_label("Show the network's moves").uncheck()
    page.wait_for_function("!document.querySelector('#go-records-board .candidate')")
    expect(story(page).locator(".list li").first).to_be_visible()


# --- Both ---


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(go: str, open_page: OpenPage, view: str, theme: str) -> None:
    page = open_page(f"{go}{view}&__theme={theme}")
    wood(page).wait_for()
    page.wait_for_timeout(1500)  # colours fade in
    assert not grave(page)


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_needs_no_sideways_scrolling(go: str, open_page: OpenPage, view: str) -> None:
    page = open_page(go + view, width=390, height=844)
    wood(page).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = page.locator("#panel-go label, #panel-go button").evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)"
    )
    assert not cut


def test_a_notebook_can_play(go: str) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(go.split("?")[0], verbose=False)
    answer = client.predict("D4 Q16", "policy", 19, 7.5, api_name="/go_play")
    assert answer["colour"] == "black"
    assert 0 <= from_vertex(answer["move"], 19) <= 361
    for bad in (("D4 D4", "policy", 19, 7.5), ("", "policy", 37, 7.5), ("x", "policy", 9, 7.5)):
        with pytest.raises(AppError) as caught:
            client.predict(*bad, api_name="/go_play")
        assert "gallery itself" not in str(caught.value)
