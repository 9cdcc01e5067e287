"""The view "Train your own" in a real browser, and its endpoint through a real client."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from demos.word2vec import live
from tests.conftest import running
from tests.demos.word2vec.test_live import KITCHEN, two_topics
from tests.fake_demos import fake_demo

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from gallery.demo import Demo

OpenPage = Callable[..., "Page"]
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A house in which this view is all of the demo."""
    import gradio as gr

    from demos.word2vec.views import own
    from gallery.permalink import Permalink

    def build() -> gr.Blocks:
        link = Permalink(demo.id)
        with gr.Blocks(analytics_enabled=False) as blocks:
            own.view(demo, link)
            link.attach(blocks)
        return blocks

    demo: Demo = replace(fake_demo(tmp_path_factory.mktemp("demo"), "word2vec"), build=build)
    with running((demo,)) as address:
        yield f"{address}/?tab=word2vec"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The learning rate of each slice that was trained, in any session."""
    rates: list[float] = []
    step = live.train_batch_sg

    def counted(model: Any, sentences: Any, rate: float, *rest: Any) -> Any:
        rates.append(rate)
        return step(model, sentences, rate, *rest)

    monkeypatch.setattr(live, "train_batch_sg", counted)
    return rates


def train(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()


def places(page: Page) -> dict[str, tuple[float, float]]:
    found = page.locator("#word2vec-own-map canvas").evaluate("(canvas) => canvas.positions()")
    return {point["label"]: (point["x"], point["y"]) for point in found}


def loss(page: Page) -> float:
    return float(page.locator("#word2vec-own-loss text.now").text_content() or "nan")


def test_it_is_alive_before_anything_is_trained(
    address: str, open_page: OpenPage, steps: list[float]
) -> None:
    page = open_page(address)
    expect(page.locator("#word2vec-own-state")).to_contain_text("Grimms' Fairy Tales: 20 passes over 101,174")
    expect(page.locator("#word2vec-own-near")).to_contain_text("silver")
    page.wait_for_function("document.querySelector('#word2vec-own-map canvas')?.positions?.().length === 60")
    assert loss(page) < 3
    ask = page.get_by_role("textbox", name="Neighbours of")
    ask.fill("bread")
    ask.press("Enter")
    expect(page.locator("#word2vec-own-near")).to_contain_text("cheese")
    ask.fill("<b>zebra</b>")
    page.get_by_role("button", name="Show neighbours").click()
    expect(page.get_by_text("does not occur often enough").first).to_be_visible()
    expect(page.locator("#word2vec-own-near")).to_contain_text("cheese")
    at = places(page)["king"]
    page.locator("#word2vec-own-map canvas").click(position={"x": at[0], "y": at[1]})
    expect(page.locator("#word2vec-own-near")).to_contain_text("Nearest to king")
    expect(ask).to_have_value("king")
    assert not steps


def test_it_trains_moves_and_stops(address: str, open_page: OpenPage, steps: list[float]) -> None:
    page = open_page(f"{address}&book=sherlock_holmes&passes=100")
    expect(page.get_by_role("spinbutton", name=re.compile("Passes"))).to_have_value("100")
    state, stop = page.locator("#word2vec-own-state"), page.get_by_role("button", name="Stop")
    expect(stop).to_be_disabled()
    train(page)
    expect(stop).to_be_enabled()
    expect(state).to_contain_text("Training on The Adventures of Sherlock Holmes")
    page.wait_for_function(
        "document.querySelector('#word2vec-own-map canvas').positions()[0].label === 'holmes'"
    )
    early, high = places(page), loss(page)
    expect(state).to_contain_text(re.compile(r"pass [3-9]\.\d of 100"))
    late, low = places(page), loss(page)
    assert low < high
    moved = [max(abs(late[word][i] - early[word][i]) for i in (0, 1)) for word in early]
    assert max(moved) > 10, "Pixels."
    stop.click()
    expect(state).to_contain_text(re.compile(r"stopped after \d+\.\d of 100 passes"))
    expect(stop).to_be_disabled()
    done = len(steps)
    expect(page.locator("#word2vec-own-near")).to_contain_text("Nearest to street")
    expect(page.locator("#word2vec-own-near li")).to_have_count(8)
    kept = places(page)
    assert len(kept) == 60
    page.wait_for_timeout(1000)
    assert len(steps) == done
    assert set(places(page)) == set(kept)


def test_own_text_is_trained_to_its_end(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}&passes=40", 390, 844)
    page.get_by_role("textbox", name="Or paste a text of your own").fill(two_topics())
    page.get_by_role("button", name="Train", exact=True).dblclick()
    state = page.locator("#word2vec-own-state")
    expect(state).to_contain_text("Your text: 40 passes over 6,000 words")
    ask = page.get_by_role("textbox", name="Neighbours of")
    ask.fill("bread")
    ask.press("Enter")
    near = page.locator("#word2vec-own-near")
    expect(near).to_contain_text("Nearest to bread")
    words = near.locator("li b").all_inner_texts()
    assert len(set(words) & set(KITCHEN)) >= 7
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


BAD = {
    "repeated": ("spam " * 3000, "different words 1 occur 3 times"),
    "emoji": ("🤖🧠 " * 300, "no words in Latin letters"),
    "hostile": ("<img src=x onerror='window.broken=1'> '; DROP TABLE words; --", "has only 3 words"),
    "long": ("word " * 200_001, "at most 1000000"),
}


def test_bad_text_is_a_sentence_and_changes_nothing(
    address: str, open_page: OpenPage, steps: list[float]
) -> None:
    page = open_page(address)
    expect(page.locator("#word2vec-own-state")).to_contain_text("Grimms' Fairy Tales: 20 passes")
    page.wait_for_function("document.querySelector('#word2vec-own-map canvas')?.positions?.().length === 60")
    before = places(page)
    field = page.get_by_role("textbox", name="Or paste a text of your own")
    for text, sentence in BAD.values():
        field.fill(text)
        train(page)
        expect(page.get_by_text(sentence).first).to_be_visible()
        expect(page.locator("#word2vec-own-state")).to_contain_text("Grimms' Fairy Tales: 20 passes")
        expect(page.locator("#word2vec-own-near")).to_contain_text("silver")
        expect(page.get_by_role("button", name="Stop")).to_be_disabled()
        assert places(page) == before
    assert not steps
    assert page.evaluate("window.broken") is None


def test_a_closed_page_ends_its_training(address: str, open_page: OpenPage, steps: list[float]) -> None:
    page = open_page(f"{address}&passes=100")
    expect(page.get_by_role("spinbutton", name=re.compile("Passes"))).to_have_value("100")
    train(page)
    expect(page.locator("#word2vec-own-state")).to_contain_text(re.compile(r"pass [1-9]"))
    page.close()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        done = len(steps)
        time.sleep(1)
        if len(steps) == done:
            break
    else:
        raise AssertionError("It trains for nobody.")
    assert steps[-1] > 0.01, "The rate of a training that was left in the middle."


def test_a_notebook_can_train(address: str) -> None:
    from gradio_client import Client
    from gradio_client.exceptions import AppError

    client = Client(address.split("?")[0], verbose=False)
    answer = client.predict(two_topics(), 40, api_name="/word2vec_train")
    assert answer["words"] == len({*two_topics().split()})
    assert (answer["passes"], answer["note"]) == (40, "")
    assert answer["loss"] < 4
    assert len(answer["neighbours"]) == 10
    near = answer["neighbours"]["bread"]
    assert {word for word, _ in near} == set(KITCHEN) - {"bread"}
    assert near == sorted(near, key=lambda pair: -pair[1])
    text = two_topics()
    for bad, passes in (("", 5), ("spam " * 3000, 5), (text, 0), (text, 1e9), (text, None)):
        with pytest.raises(AppError) as caught:
            client.predict(bad, passes, api_name="/word2vec_train")
        assert "gallery itself" not in str(caught.value)


def test_the_endpoint_says_when_it_made_fewer_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    from demos.word2vec.views import own

    monkeypatch.setattr(own, "API_WORDS", 20_000)
    answer = own.numbers(two_topics(), 40)
    assert answer["passes"] == 3
    assert answer["note"].startswith("Made 3 of 40 passes")
