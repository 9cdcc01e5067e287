"""Why look-ahead fails: growing games and what this machine has time for, in a real Chromium."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from demos.go import branching
from demos.go.branching import Speed, duration, kept, trees
from demos.go.views import why
from demos.go.views.growth import growth
from tests.browser.test_accessibility import grave
from tests.conftest import running
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from gallery.demo import Demo

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; kernels may have to be compiled first, and a pass does not wait
MEASURE = "Measure this machine"


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
            why.view(demo, link)
            link.attach(blocks)
        return blocks

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "go"), build=build)
    with running((demo,)) as address:
        yield f"{address}/?tab=go"


def picture(page: Page) -> Locator:
    return page.locator("#go-growth svg")


def answer(page: Page) -> Locator:
    return page.locator("#go-depths")


def cells(page: Page) -> dict[str, list[str]]:
    """The table: times by the number of moves ahead."""
    return {
        row.locator("th").inner_text(): row.locator("td").all_inner_texts()
        for row in answer(page).locator("tbody tr").all()
    }


def times(page: Page) -> list[float]:
    """How high the dashed lines of the picture lie, in pixels from its upper edge."""
    found: list[float] = (
        picture(page).locator(".time").evaluate_all("(all) => all.map((line) => +line.getAttribute('y1'))")
    )
    return found


def words(speed: Speed) -> tuple[str, str]:
    """Both speeds as the page writes them."""
    return f"{speed.positions / 1e6:.1f} million moves", f"{speed.evaluations:,.0f} positions"


def test_the_picture_shows_three_games_and_four_times(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    expected = growth(why.first())
    expect(picture(page).locator(".name")).to_have_text([line["name"] for line in expected["lines"]])
    expect(picture(page).locator(".when")).to_have_text([time["name"] for time in expected["times"]])
    expect(picture(page)).to_have_attribute("aria-label", re.compile("Tic-tac-toe 127,872 after 9"))
    marks = picture(page).locator(".mark")
    expect(marks).to_have_count(sum(len(line["logs"]) for line in expected["lines"]))
    guessed = sum(len(line["logs"]) - 1 - line["exact"] for line in expected["lines"])
    expect(picture(page).locator(".hollow")).to_have_count(guessed)
    expect(picture(page).locator(".guess")).to_have_count(2)  # tic-tac-toe was counted to its end
    heights = times(page)
    assert heights == sorted(heights, reverse=True), "Who has more time gets higher."


def test_the_table_agrees_with_the_trees(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    expect(answer(page).locator("tbody tr")).to_have_count(len(why.ROWS))
    speed, shown = why.first(), cells(page)
    for moves in why.ROWS:
        for tree, text in zip(trees(), shown[str(moves)], strict=False):
            over = moves > tree.longest
            assert text == ("the game is over" if over else duration(tree.nodes(moves) / speed.positions))
        _, _, go = trees()
        assert shown[str(moves)][-1] == duration(go.nodes(moves) / speed.evaluations)
    expect(answer(page)).to_contain_text(f"The machine that this was measured on ({speed.machine})")
    for text in words(speed):
        expect(answer(page)).to_contain_text(text)
    expect(page.get_by_text(f"{kept()['tic_tac_toe']['games']:,} different games")).to_be_visible()


def test_this_machine_is_measured_when_asked(
    address: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Speed] = []
    measured = branching.measured

    def noted(*arguments: object) -> Speed:
        found.append(measured(*arguments))  # type: ignore[arg-type]
        return found[-1]

    monkeypatch.setattr(branching, "measured", noted)
    monkeypatch.setattr(why, "SECONDS", 0.1)
    page = open_page(address)
    expect(picture(page).locator(".time")).to_have_count(4)
    page.get_by_role("button", name=MEASURE).click()
    expect(answer(page)).to_contain_text(f"This machine ({branching.machine('CPU')}", use_inner_text=True)
    (speed,) = found
    assert speed.positions > speed.evaluations > 0
    for text in words(speed):
        expect(answer(page)).to_contain_text(text)
    assert cells(page)["4"][-1] == duration(trees()[-1].nodes(4) / speed.evaluations)


def test_a_faster_machine_gets_further(
    address: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is measured here: two made-up machines."""
    slow, fast = Speed(1e5, 10, "<b>A snail</b>, 1 core"), Speed(1e9, 1e6, "A hare, 64 cores")
    machines = iter((slow, fast))
    monkeypatch.setattr(branching, "measured", lambda *_: next(machines))
    page, heights, go = open_page(address), list[float](), trees()[-1]
    for speed in (slow, fast):
        page.get_by_role("button", name=MEASURE).click()
        expect(answer(page)).to_contain_text(f"This machine ({speed.machine})")
        for text in words(speed):
            expect(answer(page)).to_contain_text(text)
        assert cells(page)["3"][-2] == duration(go.nodes(3) / speed.positions)
        page.wait_for_function(
            "(before) => +document.querySelector('#go-growth .time').getAttribute('y1') !== before",
            arg=heights[-1] if heights else 0,
        )
        heights.append(times(page)[0])
    assert heights[1] < heights[0], "The line of one second lies higher."
    expect(answer(page).locator("b", has_text="snail")).to_have_count(0)


def test_a_measurement_that_fails_is_a_sentence_and_changes_nothing(
    address: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Speed:
        raise ZeroDivisionError

    page = open_page(address)
    expect(picture(page).locator(".time")).to_have_count(4)
    depths = answer(page).locator(".depths")
    before, heights = depths.inner_text(), times(page)
    monkeypatch.setattr(branching, "measured", fails)
    page.get_by_role("button", name=MEASURE).click()
    expect(page.get_by_test_id("toast-body")).to_contain_text("Please try again")
    assert depths.inner_text() == before
    assert times(page) == heights


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(address: str, open_page: OpenPage, theme: str) -> None:
    page = open_page(f"{address}&__theme={theme}")
    expect(picture(page).locator(".time")).to_have_count(4)
    page.wait_for_timeout(1500)  # colours fade in
    assert not grave(page)


def test_a_phone_needs_no_sideways_scrolling(address: str, open_page: OpenPage) -> None:
    page = open_page(address, width=390, height=844)
    expect(picture(page).locator(".time")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ends = picture(page).evaluate(
        "(svg) => [...svg.querySelectorAll('text')].map((one) => one.getBBox()).map((b) => b.x + b.width)"
    )
    assert max(ends) <= picture(page).evaluate("(svg) => svg.clientWidth"), "No name is cut off."
