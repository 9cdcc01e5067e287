"""The view "Learning from itself": its rules without a browser, and the whole in a real one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from playwright.sync_api import expect

from demos.go.views import zero, zero_live, zero_match
from demos.go.views.zero_match import Match
from demos.go.zero import live
from demos.go.zero.models import record
from gallery.inputs import InputError
from tests.conftest import running
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from gallery.demo import Demo

expect.set_options(timeout=60_000)
OpenPage = Callable[..., "Page"]
browser = pytest.mark.browser
LAST = record().shipped[-1]


def test_the_recorded_game_is_whole() -> None:
    match = zero_match.recorded()
    assert (match.black, match.white) == (LAST, 0)
    assert "Black wins by" in zero_match.told(match)
    shown = zero_match.shown(match)
    assert shown["clicks"] == "none"
    assert shown["ownership"]
    assert zero.back(match, 0)["stones"] == "." * record().settings.points
    assert zero.back(match, 1e6) == shown


def test_moves_of_a_visitor_are_checked() -> None:
    match = Match(None, 0, (), 8, 1)
    assert zero_match.shown(match)["clicks"] == "empty"
    after = zero_match.after(match, 24)
    assert after.moves == (24,)
    assert after.turn != match.turn
    assert zero_match.shown(after)["clicks"] == "none"
    with pytest.raises(InputError, match="not your turn"):
        zero_match.after(after, 25)
    with pytest.raises(InputError, match="no such point"):
        zero_match.after(match, 999)
    with pytest.raises(InputError, match="stone already"):
        zero_match.after(replace(match, white=None, moves=(24,)), 24)
    with pytest.raises(InputError, match="over"):
        zero_match.after(replace(match, moves=(49, 49)), 24)


@pytest.mark.parametrize("text", ["", "-1", "99999", "<b>", "1.0"])
def test_unknown_players_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="no generation"):
        zero_match.player(text)


def test_every_generation_is_on_the_curve() -> None:
    figure = zero.elo_curve()
    assert len(figure.marks) == len(record().rows)
    assert [mark.x for mark in figure.marks if mark.kind == "here"] == list(record().shipped)
    assert all(figure.y_range[0] <= mark.y <= figure.y_range[1] for mark in figure.marks)


def test_curves_of_a_run_that_has_just_begun() -> None:
    none = live.Frame(3, 0.0, 0, 0, 0, ())
    assert len(zero_live.share_curve(none).marks) == 1
    assert not zero_live.loss_curve(none).marks


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A house in which this view is all of the demo."""
    import gradio as gr

    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        with gr.Blocks(analytics_enabled=False) as blocks:
            zero.view(demo, link)
            link.attach(blocks)
        return cast(gr.Blocks, blocks)

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "go"), build=build)
    with running((demo,)) as address:
        yield f"{address}/?tab=go"


@browser
def test_two_generations_play_until_they_are_stopped(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    state = page.locator("#go-zero-state")
    expect(state).to_contain_text("wins by")
    expect(page.locator("#go-zero-elo .mark")).to_have_count(len(record().rows))
    page.get_by_role("button", name="New game").click()
    expect(state).to_contain_text(re.compile(r"Move [3-9]:"))
    page.get_by_role("button", name="Stop", exact=True).first.click()
    page.wait_for_timeout(1500)
    stopped = state.inner_text()
    page.wait_for_timeout(1500)
    assert state.inner_text() == stopped
    page.get_by_role("button", name="New game").click()  # begins anew
    expect(state).to_contain_text("Move 1:")
    page.close()
    deadline = time.monotonic() + 20
    while zero.current and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not zero.current, "It plays for nobody."


@browser
def test_a_visitor_plays_against_a_generation(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&zero_black=you&zero_white=0")
    expect(page.locator("input[aria-label='Black']")).to_have_value("You")
    page.get_by_role("button", name="New game").click()
    state = page.locator("#go-zero-state")
    expect(state).to_contain_text("your turn")
    page.get_by_role("application", name=re.compile("Go board")).focus()
    page.keyboard.press("ArrowUp")  # shows where the cursor is
    page.keyboard.press("Enter")
    expect(state).to_contain_text("Move 2: White plays")
    expect(state).to_contain_text("your turn")
    page.get_by_role("button", name="Pass").click()
    expect(state).to_contain_text(re.compile("Move 4: White plays|wins by"))


@browser
def test_a_small_run_turns_and_stops(address: str, open_page: OpenPage) -> None:
    page = open_page(address, 390, 844)
    state = page.locator("#go-zero-live-state")
    expect(state).to_contain_text("Ended with generation")
    page.get_by_label("3 x 3").click()
    page.get_by_role("button", name="Start the loop").click()
    expect(state).to_contain_text("Generation 1 plays against itself")
    expect(page.locator("#go-zero-live-share .mark")).to_have_count(2)
    page.locator("#go-zero-live-stop").click()
    expect(state).to_contain_text(re.compile("Stopped with generation [1-9]"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Start the loop").click()
    expect(state).to_contain_text("plays against itself")
    page.close()
    deadline = time.monotonic() + 20
    while zero_live.running and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not zero_live.running, "It learns for nobody."


@browser
def test_a_notebook_can_ask(address: str) -> None:
    from gradio_client import Client  # type: ignore[import-untyped]
    from gradio_client.exceptions import AppError  # type: ignore[import-untyped]

    client = Client(address.split("?")[0], verbose=False)
    answer: dict[str, Any] = client.predict("", LAST, api_name="/go_zero_move")
    assert answer["size"] == record().settings.size
    assert 0 <= answer["win_rate"] <= 1
    assert sum(answer["visits"].values()) <= record().settings.simulations
    assert answer["move"] == max(answer["visits"], key=answer["visits"].__getitem__)
    assert client.predict("", LAST, api_name="/go_zero_move") == answer
    for moves, generation in (("Z9", LAST), ("D4 D4", LAST), ("pass pass", LAST), ("", 99999), ("", None)):
        with pytest.raises(AppError) as caught:
            client.predict(moves, generation, api_name="/go_zero_move")
        assert "gallery itself" not in str(caught.value)
