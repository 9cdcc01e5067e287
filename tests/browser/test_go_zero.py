"""Learning from itself in a real Chromium. No test here knows which move a generation plays."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from demos.go.opponent import from_vertex
from demos.go.views import zero, zero_live
from demos.go.zero import live
from demos.go.zero.models import record
from demos.go.zero.settings import Settings
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from gallery.demo import Demo

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; kernels may have to be compiled first, and a pass does not wait
GOBAN = "document.querySelector('#go-zero-board .wood')?.goban"
SIZE = record().settings.size
LAST = record().shipped[-1]


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
            zero.view(demo, link)
            link.attach(blocks)
        return blocks

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "go"), build=build)
    with running((demo,)) as address:
        yield f"{address}/?tab=go"


def ready(page: Page) -> Page:
    page.wait_for_function(f"{GOBAN}?.value().stones.length === {SIZE * SIZE}", timeout=PATIENCE)
    return page


def board(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(f"{GOBAN}.value()")
    return found


def stones(page: Page) -> int:
    return len(board(page)["stones"].replace(".", ""))


def state(page: Page) -> Locator:
    return page.locator("#go-zero-state")


def moves(page: Page) -> int:
    """How many were played, as the line beside the board says."""
    found = re.search(r"Move (\d+):", state(page).inner_text())
    return int(found.group(1)) if found else 0


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def one_visit(page: Page) -> None:
    """A network's first thought: games go on quickly."""
    field = page.get_by_label("number input for Visits for each move")
    field.fill("1")
    field.press("Tab")


def counters(page: Page) -> list[int]:
    """Games, positions and steps of the small run."""
    text = page.locator("#go-zero-live-state").inner_text()
    found = re.search(r"([\d,]+) games · ([\d,]+) positions evaluated · ([\d,]+) steps", text)
    assert found, text
    return [int(number.replace(",", "")) for number in found.groups()]


def generation(page: Page) -> int:
    """The last one of a small run that has ended."""
    found = re.search(r"generation (\d+)\.", page.locator("#go-zero-live-state").inner_text())
    assert found
    return int(found.group(1))


def ends(runs: dict[str, object]) -> bool:
    """Whether nothing runs any more, or soon."""
    deadline = time.monotonic() + PATIENCE / 1000
    while runs and time.monotonic() < deadline:
        time.sleep(0.2)
    return not runs


# --- Generations ---


def test_every_generation_is_on_the_curve_and_tells_its_rating(address: str, open_page: OpenPage) -> None:
    page, rows = open_page(address), record().rows
    marks = page.locator("#go-zero-elo .mark")
    expect(marks).to_have_count(len(rows))
    for i in (0, len(rows) - 1):
        elo = f"{rows[i]['generation']}, {rows[i]['generation']}, {rows[i]['elo']}. Elo {rows[i]['elo']}."
        expect(marks.nth(i)).to_have_attribute("aria-label", re.compile(re.escape(elo)))
    plays_here = page.locator("#go-zero-elo .legend li", has_text="plays on this page")
    slot = re.search(r"slot-\d", plays_here.get_attribute("class") or "")
    assert slot
    expect(page.locator(f"#go-zero-elo .mark.{slot.group()}")).to_have_count(len(record().shipped))
    marks.first.focus()
    page.keyboard.press("End")
    expect(page.locator("#go-zero-elo .tip")).to_contain_text(f"Elo {rows[-1]['elo']}")


def test_the_recorded_game_is_walked_through(address: str, open_page: OpenPage) -> None:
    page = ready(open_page(address))
    expect(state(page)).to_contain_text(f"Generation {LAST}")
    expect(state(page)).to_contain_text("Black wins by")
    step = page.locator("#go-zero-step input[type=range]")
    step.focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"!/[XO]/.test({GOBAN}.value().stones)")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"/X/.test({GOBAN}.value().stones)")
    first = record().game["moves"][0]
    assert board(page)["stones"][first] == "X"
    assert board(page)["numbers"] == [[first, 1]]


# --- Games ---


def test_two_generations_play_until_they_are_stopped(address: str, open_page: OpenPage) -> None:
    page = ready(open_page(f"{address}&zero_black=4&zero_white={LAST}"))
    expect(page.get_by_label("Black", exact=True)).to_have_value(re.compile("Generation 4,"))
    one_visit(page)
    press(page, "New game")
    expect(state(page)).to_contain_text("Generation 4, ")
    expect(state(page)).to_contain_text(re.compile("Move [3-9]:"))
    expect(state(page)).to_contain_text("Its own chances, it thinks:")
    assert stones(page) >= 2
    assert board(page)["clicks"] == "none"
    press(page, "Stop")
    page.wait_for_timeout(1500)
    stopped, shown = moves(page), board(page)
    page.wait_for_timeout(1500)
    assert moves(page) == stopped
    assert board(page)["stones"] == shown["stones"]
    assert ends(zero.current)
    press(page, "New game")  # begins anew
    expect(state(page)).to_contain_text(re.compile("Move [1-3]:"))
    page.close()
    assert ends(zero.current), "It plays for nobody."


def test_a_generation_answers_a_move(address: str, open_page: OpenPage) -> None:
    page = ready(open_page(f"{address}&zero_black=you&zero_white={LAST}"))
    expect(page.get_by_label("Black", exact=True)).to_have_value("You")
    one_visit(page)
    press(page, "New game")
    expect(state(page)).to_contain_text("It is your turn.")
    assert stones(page) == 0
    move = from_vertex("D4", SIZE)
    page.locator("#go-zero-board .wood").scroll_into_view_if_needed()
    page.mouse.click(*page.evaluate(f"{GOBAN}.place({move})"))
    expect(state(page)).to_contain_text("Move 2: White plays")
    expect(state(page)).to_contain_text("It is your turn.")
    shown = board(page)
    assert shown["stones"][move] == "X"
    assert shown["stones"].count("O") == 1
    assert dict(shown["numbers"])[move] == 1
    assert shown["to_play"] == "black"
    page.mouse.click(*page.evaluate(f"{GOBAN}.place({move})"))  # where a stone is
    page.wait_for_timeout(700)
    assert moves(page) == 2
    press(page, "Pass")
    expect(state(page)).to_contain_text("Move 4: White plays")


def test_a_pass_out_of_turn_is_a_sentence(address: str, open_page: OpenPage) -> None:
    page = ready(open_page(address))
    before = state(page).locator("p").inner_text()
    press(page, "Pass")
    expect(page.get_by_test_id("toast-body")).to_contain_text("The game is over")
    assert state(page).locator("p").inner_text() == before
    assert stones(page) > 0


# --- A small run ---


def test_a_small_run_turns_until_it_is_stopped(
    address: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = live.settings

    def short(size: int, seed: int = 0) -> Settings:
        return replace(whole(size, seed), games=4, simulations=8, match_games=4)

    monkeypatch.setattr(live, "settings", short)
    page = ready(open_page(address))
    told, stop = page.locator("#go-zero-live-state"), page.locator("#go-zero-live-stop")
    share, loss = page.locator("#go-zero-live-share .mark"), page.locator("#go-zero-live-loss .mark")
    expect(share).to_have_count(1 + len(zero_live.first().stations))
    expect(stop).to_be_disabled()
    page.get_by_label("3 x 3").check()
    press(page, "Start the loop")
    expect(stop).to_be_enabled()
    expect(told).to_contain_text(re.compile(r"Generation \d+ plays against itself"))
    expect(told.get_by_role("progressbar")).to_be_visible()
    expect(told).to_contain_text(re.compile(r"Generation [1-9]\d* plays against itself"))
    stop.click()
    expect(told).to_contain_text(re.compile("Stopped with generation [1-9]"))
    expect(stop).to_be_disabled()
    assert ends(zero_live.running)
    games, positions, steps = counters(page)
    generations = generation(page)
    assert games >= 4 * generations, "All games of a generation are played before it learns."
    assert positions > 0
    assert steps >= generations
    expect(share).to_have_count(1 + generations)
    expect(loss).to_have_count(2 * generations)
    page.wait_for_timeout(1000)
    assert counters(page) == [games, positions, steps]
    press(page, "Start the loop")  # begins anew
    expect(stop).to_be_enabled()
    page.close()
    assert ends(zero_live.running), "It learns for nobody."


# --- The page ---


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(address: str, open_page: OpenPage, theme: str) -> None:
    page = ready(open_page(f"{address}&__theme={theme}"))
    expect(page.locator("#go-zero-elo .mark")).to_have_count(len(record().rows))
    page.wait_for_timeout(1500)  # colours fade in
    assert not grave(page)


def test_a_phone_needs_no_sideways_scrolling(address: str, open_page: OpenPage) -> None:
    page = ready(open_page(address, width=390, height=844))
    expect(page.locator("#go-zero-elo .mark")).to_have_count(len(record().rows))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = page.locator("#panel-go label, #panel-go button").evaluate_all(
        "(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.innerText)"
    )
    assert not cut
