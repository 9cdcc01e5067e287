"""Go in a real Chromium. No test here knows which move the network answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from demos.go import DEMO
from demos.go.link import from_link
from demos.go.opponent import from_vertex
from demos.go.record import opened
from demos.go.views.first import FIRST_LINK, first
from gallery import runtime
from tests.conftest import running

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

OpenPage = Callable[..., "Page"]
pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds; a busy machine takes its time, and a pass does not wait
GOBAN = "document.querySelector('#go-board .wood')?.goban"


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def go() -> Iterator[str]:
    """The address of a gallery with this demo alone, that never asks a hub."""
    with running((DEMO,)) as address:
        yield f"{address}/?tab=go&view=suggest"


def ready(page: Page) -> Page:
    page.wait_for_function(f"{GOBAN}?.value().stones.length", timeout=PATIENCE)
    return page


def value(page: Page, key: str) -> Any:
    return page.evaluate(f"{GOBAN}.value().{key}")


def place(page: Page, name: str) -> tuple[float, float]:
    """Where a point is on the screen."""
    wood = page.locator("#go-board .wood")
    wood.evaluate("node => node.scrollIntoView({block: 'center', behavior: 'instant'})")
    x, y = page.evaluate(f"{GOBAN}.place({from_vertex(name, value(page, 'size'))})")
    return x, y


def play(page: Page, name: str) -> None:
    """Clicks, and waits until the stone is there and the network has looked at it."""
    move = from_vertex(name, value(page, "size"))
    page.mouse.click(*place(page, name))
    shown = f"{GOBAN}.value().last === {move} && {GOBAN}.value().heat"
    page.wait_for_function(shown, timeout=PATIENCE)


def note(page: Page) -> Locator:
    return page.locator("#go-board .note")


def sentence(page: Page) -> Locator:
    return page.locator("#go-opinions .sentence")


def visits(page: Page) -> int:
    found = re.search(r"after ([\d,]+) visits", sentence(page).inner_text())
    return int(found.group(1).replace(",", "")) if found else 0


def settled(page: Page, link: str) -> None:
    """The board shows just the position of a link, and so does the address."""
    record, path = from_link(link)
    stones = "".join(".XO"[stone] for stone in record.position(path).stones.reshape(-1))
    page.wait_for_function(f"{GOBAN}.value().stones === '{stones}'", timeout=PATIENCE)
    expect(page).to_have_url(re.compile(re.escape("game=" + link.replace(" ", "+")) + "(&|$)"))


# The first test: nothing has been asked of this house yet.
def test_opening_shows_a_finished_result_and_loads_no_model(go: str, open_page: OpenPage) -> None:
    before = runtime.current().status().cache.device_bytes
    page = ready(open_page(go))
    expect(sentence(page)).to_have_text(first()["opinions"]["sentence"])
    expect(page.locator("#go-opinions tbody tr")).to_have_count(len(first()["opinions"]["rows"]))
    assert value(page, "stones") == first()["board"]["stones"]
    drawn = len([one for one in first()["board"]["candidates"] if one["move"] < 361])
    expect(page.locator("#go-board .candidate")).to_have_count(drawn)
    expect(page.locator("#go-win-rate .balance")).to_contain_text("Black")
    page.wait_for_timeout(500)
    assert runtime.current().status().cache.device_bytes == before


def test_a_click_plays_and_its_link_brings_it_back(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(go))
    play(page, "C3")
    play(page, "K10")
    settled(page, FIRST_LINK + "cqjj")
    number = first()["moves"] + 2
    expect(page.locator("#go-steps output")).to_have_text(f"{number} / {number}")
    again = ready(open_page(page.url))
    settled(again, FIRST_LINK + "cqjj")
    page.mouse.click(*place(page, "C3"))
    page.wait_for_timeout(300)
    settled(page, FIRST_LINK + "cqjj")


def test_a_broken_link_gives_a_warning_and_the_first_view(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(f"{go}&game=37+6.5+zz"))
    expect(page.get_by_test_id("toast-body")).to_contain_text("does not describe a game of Go")
    assert value(page, "stones") == first()["board"]["stones"]


def test_the_keyboard_is_enough(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(f"{go}&game=9+6.5+ee"))
    page.wait_for_function(f"{GOBAN}.value().size === 9", timeout=PATIENCE)
    spoken = page.locator("#go-board .spoken")
    page.locator("#go-board .wood").focus()
    page.keyboard.press("ArrowLeft")
    expect(spoken).to_contain_text("E5: Black")
    page.keyboard.press("ArrowUp")
    expect(spoken).to_contain_text("E6: empty")
    page.keyboard.press("Enter")
    settled(page, "9 6.5 eeed")
    expect(spoken).to_contain_text("White E6")
    page.keyboard.press("p")
    settled(page, "9 6.5 eeedtt")
    expect(note(page)).to_have_text("Black passed. White to play.")
    page.keyboard.press("r")
    expect(page.get_by_label("Reads (search)")).to_be_checked()
    assert page.evaluate("window.gallery.current()") == "go"


def test_reading_streams_and_stops(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(f"{go}&game=9+6.5+ee&visits=3000"))
    settled(page, "9 6.5 ee")
    page.get_by_label("Reads (search)").check()
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_enabled()
    expect(sentence(page)).to_contain_text("visits")
    stop.click()
    expect(stop).to_be_disabled()
    page.wait_for_timeout(1500)
    read = visits(page)
    assert 0 < read < 3000
    page.wait_for_timeout(700)
    assert visits(page) == read
    page.get_by_label("Feels (policy)").check()
    page.get_by_label("Reads (search)").check()
    page.wait_for_timeout(700)
    assert visits(page) == read
    page.get_by_role("button", name="Read again").click()
    expect(stop).to_be_enabled()
    page.mouse.click(*place(page, "C3"))
    settled(page, "9 6.5 eecg")
    stop.click()


def test_a_view_pressed_before_the_link_has_arrived_is_kept(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(go))
    held: list[Route] = []
    page.route("**/queue/join*", lambda route: route.continue_() if held else held.append(route))
    page.goto(f"{go}&game=9+6.5+ee&visits=3000")
    read = page.get_by_label("Reads (search)")
    read.wait_for()
    while not held:  # the first request asks for what stands in the link
        page.wait_for_timeout(50)
    read.check()
    held[0].continue_()
    settled(page, "9 6.5 ee")
    expect(read).to_be_checked()
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_enabled()
    stop.click()
    expect(sentence(page)).to_contain_text("visits")
    expect(page).to_have_url(re.compile("look=read"))


def test_hurry_leaves_one_game(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(f"{go}&game=9+6.5+ee&look=read&visits=3000"))
    page.wait_for_function(f"{GOBAN}.value().size === 9", timeout=PATIENCE)
    for name in ("C3", "G7", "C7", "G3", "E3"):
        for _ in range(3):
            page.mouse.click(*place(page, name))
        page.get_by_label("Undo").click()
        page.get_by_role("button", name="Read again").click()
        page.get_by_role("button", name="Stop").click(force=True)
        page.get_by_label("Redo").click(force=True)
    page.get_by_label("Feels (policy)").check()
    page.get_by_label("First position").click()
    settled(page, "9 6.5")
    page.wait_for_function(f"{GOBAN}.value().heat", timeout=PATIENCE)
    play(page, "A1")
    settled(page, "9 6.5 ai")
    expect(page.get_by_test_id("toast-body")).to_have_count(0)


BAD = {
    "(;SZ[37])": "37 x 37",
    "(;GM[3])": "another game",
    "hello": "SGF",
    "(;SZ[9];B[aa]": "damaged",
    "<img src=x onerror=alert(1)>": "SGF",
}


def test_what_cannot_be_opened_is_one_sentence_and_changes_nothing(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(go))
    page.get_by_role("button", name="Open or save a game").click()
    field = page.get_by_label("Or paste a record")
    for text, why in BAD.items():
        field.fill(text)
        page.get_by_role("button", name="Open", exact=True).click()
        expect(page.get_by_test_id("toast-body")).to_have_count(1)
        expect(page.get_by_test_id("toast-body")).to_contain_text(why)
        page.get_by_test_id("toast-close").click()
        assert value(page, "stones") == first()["board"]["stones"]


def test_a_record_is_opened_walked_through_and_saved(go: str, open_page: OpenPage, tmp_path: Path) -> None:
    text = "(;SZ[9]KM[7]PB[Ada]PW[Bob];B[ee]C[<b>bold</b>];W[ge](;B[cc];W[gc])(;B[dd]))"
    file = tmp_path / "game.sgf"
    file.write_text(text)
    page = ready(open_page(go))
    page.get_by_role("button", name="Open or save a game").click()
    page.locator("input[type=file]").set_input_files(file)
    settled(page, "9 7")
    expect(page.get_by_text("Ada against Bob")).to_be_visible()
    page.get_by_label("Redo").click()
    settled(page, "9 7 ee")
    expect(page.get_by_label("Comment")).to_have_value("<b>bold</b>")
    page.get_by_label("Redo").click()
    settled(page, "9 7 eege")
    expect(page.locator("#go-board .letter")).to_have_text(["A", "B"])
    play(page, "D6")
    settled(page, "9 7 eegedd")
    page.get_by_label("Last position").is_disabled()
    play(page, "A1")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the game").click()
    saved = opened(Path(download.value.path()).read_text(encoding="utf-8"))
    assert saved.moves((0, 0, 1, 0))[-1] == from_vertex("A1", 9)
    assert len(saved.variations((0, 0))) == 2
    assert saved.comment((0,)) == "<b>bold</b>"


def test_a_game_is_graphed_and_a_click_goes_there(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(f"{go}&game=9+6.5+eegeccgcggcg"))
    page.wait_for_function(f"{GOBAN}.value().size === 9", timeout=PATIENCE)
    page.get_by_role("button", name="Graph the game").click()
    curve = page.locator("#go-win-rate .curve")
    expect(curve).to_have_attribute("aria-valuemax", "6")
    page.wait_for_function("document.querySelector('#go-win-rate .line')?.getTotalLength() > 100")
    curve.focus()
    page.keyboard.press("Home")
    settled(page, "9 6.5")
    expect(curve).to_have_attribute("aria-valuenow", "0")
    box = curve.bounding_box()
    assert box is not None
    curve.click(position={"x": box["width"] - 12, "y": box["height"] / 2})
    settled(page, "9 6.5 eegeccgcggcg")


def test_stones_are_set_up_and_counted(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(f"{go}&game=9+6.5"))
    page.wait_for_function(f"{GOBAN}.value().size === 9", timeout=PATIENCE)
    page.get_by_role("button", name="Set up, or count").click()
    page.get_by_label("Sets a white stone").check()
    page.wait_for_function(f"{GOBAN}.value().clicks === 'any'", timeout=PATIENCE)
    page.mouse.click(*place(page, "C3"))
    settled(page, "9 6.5 -cg b")
    page.get_by_label("Counts, and marks dead stones").check()
    expect(note(page)).to_contain_text("wins by")
    before = value(page, "dead")
    page.mouse.click(*place(page, "C3"))
    page.wait_for_function(f"{GOBAN}.value().dead.length !== {len(before)}", timeout=PATIENCE)
    page.get_by_label("Plays a move").check()
    play(page, "G7")
    settled(page, "9 6.5 -cg b gc")


def test_a_new_board_has_its_handicap(go: str, open_page: OpenPage) -> None:
    page = ready(open_page(go))
    page.get_by_role("button", name="New board").click()
    page.get_by_label("13", exact=True).check()
    page.get_by_label("Handicap stones").click()
    page.get_by_role("option", name="4", exact=True).click()
    expect(page.get_by_label("Komi").first).to_have_value("0.5")
    page.get_by_role("button", name="Clear the board").click()
    page.wait_for_function(f"{GOBAN}.value().size === 13", timeout=PATIENCE)
    assert value(page, "stones").count("X") == 4
    assert value(page, "to_play") == "white"


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 720), (1920, 1080)])
def test_the_board_fits_the_window(go: str, open_page: OpenPage, width: int, height: int) -> None:
    page = ready(open_page(go, width=width, height=height))
    box = page.locator("#go-board .wood").bounding_box()
    assert box is not None
    assert min(width - 60, 500) < box["width"] <= width
    assert box["height"] == pytest.approx(box["width"], abs=2)
    assert box["height"] < height
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_notebook_is_answered_or_told_why_not(go: str) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(go.split("?")[0], verbose=False)
    answer = client.predict("(;SZ[9]KM[7];B[ee])", api_name="/go_suggest")
    assert answer["to_play"] == "white"
    assert len(answer["moves"]) == 5
    for text, why in {**BAD, "": "no game yet", "(;C[" + "x" * 1_000_000 + "])": "more than 1 MB"}.items():
        with pytest.raises(AppError, match=why):
            client.predict(text, api_name="/go_suggest")
    client.close()
