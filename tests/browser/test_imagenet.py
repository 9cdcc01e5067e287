"""The ImageNet demo in a real Chromium: the shipped result, other examples, keys, links, bad files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from demos.imagenet import DEMO
from demos.imagenet.examples import first_result
from gallery import runtime
from tests.conftest import running
from tests.gallery.test_inputs import picture, png_that_claims, stored

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [
    pytest.mark.browser,
    # Gradio's own queue statistics ask pandas for an option that pandas 3 no longer likes.
    pytest.mark.filterwarnings("ignore:.*no_silent_downcasting"),
]


PATIENCE = 60_000  # milliseconds; a busy machine takes its time, and a pass does not wait


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    expect.set_options(timeout=PATIENCE)
    yield
    expect.set_options(timeout=20_000)  # as in tests/conftest.py


@pytest.fixture(scope="module")
def imagenet() -> Iterator[str]:
    """The address of a gallery with this demo alone, that never asks a hub."""
    import torchvision.models  # noqa: F401  # a busy machine takes its time for this, too

    with running((DEMO,)) as address:
        yield f"{address}/?tab=imagenet"


def leading(page: Page) -> str:
    """The name of the first guess."""
    return page.locator(".bars .first .name").inner_text()


def test_opening_shows_a_finished_result_and_runs_no_model(
    imagenet: str, open_page: Callable[..., Page]
) -> None:
    before = runtime.current().status().cache.device_bytes
    page = open_page(imagenet)
    expect(page.get_by_role("radio")).to_have_count(5)
    assert leading(page) == first_result().guesses[0].name
    picture_drawn = "document.querySelector('#imagenet-heat .picture').naturalWidth > 0"
    page.wait_for_function(picture_drawn, timeout=PATIENCE)
    assert page.evaluate("document.querySelector('#imagenet-heat .paint').width") > 100
    page.wait_for_timeout(500)
    assert runtime.current().status().cache.device_bytes == before


def test_an_example_a_guess_and_the_link_that_brings_both_back(
    imagenet: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(imagenet)
    page.get_by_role("button", name="School bus").click()
    page.wait_for_url(re.compile("example=bus"), timeout=PATIENCE)
    expect(page.locator("#imagenet-heat .picture")).to_have_attribute("src", re.compile("^data:image/jpeg"))
    chosen = page.get_by_role("radio", checked=True)
    chosen.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio").nth(2)).to_have_attribute("aria-checked", "true")
    expect(page.get_by_role("radio").nth(2)).to_be_focused()
    third = page.locator(".bars .name").nth(2).inner_text()
    expect(page.locator("#imagenet-heat .caption")).to_contain_text(third)
    page.wait_for_url(re.compile("guess=3"), timeout=PATIENCE)

    again = open_page(page.url)
    expect(again.locator("#imagenet-heat .caption")).to_contain_text(third)
    expect(again.get_by_role("radio").nth(2)).to_have_attribute("aria-checked", "true")


def test_slider_changes_the_map_without_the_server(imagenet: str, open_page: Callable[..., Page]) -> None:
    page = open_page(imagenet)
    expect(page.get_by_role("radio")).to_have_count(5)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    alpha = (
        "(() => { const c = document.querySelector('#imagenet-heat .paint');"
        " return c.getContext('2d').getImageData(9, 9, 1, 1).data[3]; })()"
    )
    slider = page.get_by_role("slider", name="Heat map")
    slider.fill("100")
    assert page.evaluate(alpha) == 255
    slider.fill("0")
    assert page.evaluate(alpha) == 0
    assert not [url for url in requests if "/queue/" in url]


def test_a_hub_that_cannot_be_reached_is_one_sentence(imagenet: str, open_page: Callable[..., Page]) -> None:
    page = open_page(imagenet)
    model = page.get_by_label("Model", exact=True)
    model.click()
    page.get_by_role("option", name="AlexNet (2012)").click()
    alert = page.locator("#imagenet-notice").get_by_role("alert")
    expect(alert).to_contain_text("The gallery's own network answered instead.")
    expect(model).to_have_value("The gallery's own network")
    expect(page.locator(".bars .who")).to_contain_text("The gallery's own network")


def test_bad_files_end_in_a_sentence_and_the_next_one_works(
    imagenet: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(imagenet)
    text = tmp_path / "holiday.png"
    text.write_text("no picture")
    alert = page.locator("#imagenet-notice").get_by_role("alert")
    for path, sentence in (
        (text, "not a picture"),
        (png_that_claims(30_000, 30_000, tmp_path / "b.png"), "million"),
    ):
        upload(page, path)
        expect(alert).to_contain_text(sentence)
        expect(page.get_by_role("radio")).to_have_count(0)
    upload(page, stored(picture(), tmp_path / "good.png"))
    expect(page.get_by_role("radio")).to_have_count(5)
    expect(alert).to_have_count(0)


def upload(page: Page, path: Path) -> None:
    """Put a file where the photograph is, after taking away the one that is there."""
    remove = page.locator("#imagenet-photo").get_by_role("button", name=re.compile("remove|clear", re.I))
    if remove.count():
        remove.first.click()
    page.locator("#imagenet-photo input[type=file]").set_input_files(path)


def test_saved_numbers_are_those_on_the_page(imagenet: str, open_page: Callable[..., Page]) -> None:
    page = open_page(imagenet)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save numbers").click()
    saved = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [guess["name"] for guess in saved["guesses"]] == [guess.name for guess in first_result().guesses]
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_compare_answers_although_a_hub_does_not(imagenet: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{imagenet}&view=compare&models=imagenet/embedded,torchvision/alexnet-v1")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator(".columns > li").nth(1)).to_contain_text("offline")
    expect(page.locator(".columns > li").nth(0).locator("ol li")).to_have_count(5)


def test_classify_answers_a_notebook(imagenet: str) -> None:
    from gradio_client import Client, handle_file

    from demos.imagenet.examples import example

    client = Client(imagenet.split("?")[0], verbose=False)
    answer = client.predict(
        handle_file(example("cat").path), "imagenet/embedded", api_name="/imagenet_classify"
    )
    assert answer["model"] == "imagenet/embedded"
    assert [guess["name"] for guess in answer["guesses"]] == [guess.name for guess in first_result().guesses]
    client.close()
