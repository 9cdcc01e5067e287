"""The quiz, Measure and History in a real browser."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.conftest import running

if TYPE_CHECKING:
    from playwright.sync_api import Page

OpenPage = Callable[..., "Page"]


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def imagenet() -> Iterator[str]:
    from demos.imagenet import DEMO

    with running((DEMO,)) as address:
        yield f"{address}/?tab=imagenet&view="


def truth_of(seed: int, question: int) -> str:
    from demos.imagenet.quiz import Game
    from demos.imagenet.views.quiz import classes, photographs

    photograph = Game(seed, question).photograph(len(photographs))
    return classes().title(classes().by_wnid[photographs.wnid(photograph)])


def test_the_quiz_is_played_by_keyboard_alone(imagenet: str, open_page: OpenPage) -> None:
    page = open_page(imagenet + "quiz&seed=7&question=13")
    expect(page.get_by_text("Photograph 13 of 400, sequence 7")).to_be_visible()
    field = page.get_by_role("combobox", name="What is it?")
    expect(field).to_be_focused()
    page.keyboard.type("zebra crossing")
    expect(page.get_by_role("option", name="None of the 200 classes")).to_be_visible()
    for _ in range(14):
        page.keyboard.press("Backspace")
    page.keyboard.type("gol")
    options = page.get_by_role("option")
    expect(options).to_have_text([re.compile("goldfish"), re.compile("golden retriever")])
    page.keyboard.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    mine = page.locator(".mine li span")
    expect(mine).to_have_text(["golden retriever"])
    page.keyboard.press("Backspace")
    expect(mine).to_have_count(0)
    # As fast as a program types: nothing gets lost and nothing gets mixed up.
    truth = truth_of(7, 13)
    page.keyboard.type("wok")
    page.keyboard.press("Enter")
    page.keyboard.type(truth)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text(truth)
    expect(page.locator(".answer")).to_contain_text("You: right with guess 2.")
    expect(page.locator(".theirs li span")).to_have_count(5)
    expect(page.locator(".people > span")).to_have_text("top-1 0 % · top-5 100 %")
    expect(page.get_by_role("button", name="Next photograph")).to_be_focused()
    page.keyboard.press("n")
    expect(page.get_by_text("Photograph 14 of 400, sequence 7")).to_be_visible()
    expect(page).to_have_url(re.compile("question=14.*seed=7|seed=7.*question=14"))
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator(".answer")).to_contain_text(truth_of(7, 14))
    expect(page.locator(".answer")).to_contain_text("You: no guess.")
    expect(page.locator(".score .lead")).to_contain_text("After 2 photographs")


def test_the_sample_is_measured_and_stop_stops(imagenet: str, open_page: OpenPage) -> None:
    page = open_page(imagenet + "measure")
    state = page.locator("#imagenet-measure-state")
    page.get_by_role("button", name="Measure the sample of 400").click()
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_enabled()
    stop.click()
    expect(stop).to_be_disabled()
    expect(state).to_contain_text("Stopped: ")
    expect(state).not_to_contain_text("Stopped: 400 of 400")
    page.get_by_role("button", name="Measure the sample of 400").click()
    expect(state).to_contain_text("Done: 400 of 400 pictures", timeout=180_000)
    report = page.locator("#imagenet-measure-report")
    expect(report.get_by_role("table", name="Most frequent confusions")).to_be_visible()
    expect(report.locator("img").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save all answers").click()
    assert download.value.path().read_text().count("\n") == 401


def test_a_bad_zip_is_one_sentence_and_a_folder_is_handed_in(
    imagenet: str, open_page: OpenPage, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("goldfish/1.jpg", bytes(5_000_000))
    page = open_page(imagenet + "measure")
    page.locator("#imagenet-measure-files input[type=file]").set_input_files(bomb)
    expect(page.locator(".filename")).to_contain_text("bomb")
    page.get_by_role("button", name="Measure these pictures").click()
    expect(page.get_by_text("as no picture does").first).to_be_visible()

    folder = tmp_path / "mine"
    for name in ("goldfish", "unicorn"):
        (folder / name).mkdir(parents=True)
        content = io.BytesIO()
        Image.new("RGB", (80, 60), "orange").save(content, "JPEG")
        (folder / name / "1.jpg").write_bytes(content.getvalue())
    page.locator("input[webkitdirectory]").set_input_files(folder)
    state = page.locator("#imagenet-measure-state")
    expect(state).to_contain_text("Done: 1 of 1 pictures")
    expect(state).to_contain_text("1 picture of “unicorn” left out")


def test_the_charts_are_read_by_keyboard_and_lead_to_predict(imagenet: str, open_page: OpenPage) -> None:
    page = open_page(imagenet + "history&chart=Top-5")
    chart = page.locator("#imagenet-history-top5")
    expect(chart.get_by_role("heading", name="Top-5")).to_be_visible()
    expect(page.locator("#imagenet-history-top1")).to_be_hidden()
    chart.locator(".mark").first.focus()
    tip = chart.locator(".tip")
    expect(tip).to_contain_text("NEC-UIUC (2010): 71.8 %")
    page.keyboard.press("ArrowRight")
    expect(tip).to_contain_text("XRCE (2011): 74.2 %")
    page.keyboard.press("End")
    expect(tip).to_contain_text("Another test: 200 classes")
    vgg = chart.get_by_role("link", name="VGG-16, 2014")
    expect(vgg).to_have_attribute("href", re.compile("view=predict&model=torchvision/vgg16-v1"))
    vgg.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Model", exact=True)).to_have_value(re.compile("VGG-16"))
    expect(page).to_have_url(re.compile("model=torchvision"))


@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_no_label_of_a_chart_covers_another_or_a_mark(imagenet: str, open_page: OpenPage, width: int) -> None:
    page = open_page(imagenet + "history", width=width, height=900)
    for measure in ("top1", "top5", "parameters"):
        chart = page.locator(f"#imagenet-history-{measure}")
        expect(chart.locator("text.name").first).to_be_visible()
        boxes = chart.locator("text.name").evaluate_all(
            "names => names.map(name => { const b = name.getBBox(); return [b.x, b.y, b.width, b.height]; })"
        )
        assert len(boxes) >= 3
        for i, (x, y, w, h) in enumerate(boxes):
            for x2, y2, w2, h2 in boxes[:i]:
                apart = x + w <= x2 + 1 or x2 + w2 <= x + 1 or y + h <= y2 + 3 or y2 + h2 <= y + 3
                assert apart, (measure, (x, y, w, h), (x2, y2, w2, h2))
