"""The view "Your face" without a page: what it sends there, what it refuses, and what it forgets."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio.utils import get_upload_folder
from PIL import Image

from demos.faces.critic import Opinion, crowd
from demos.faces.inversion import EXAMPLES, Found
from demos.faces.views import snapshot, yours
from demos.faces.views.finding import Picture, portrait, portrait_in
from gallery.inputs import InputError, open_image
from gallery.runtime import Runtime
from gallery.widgets.heatmap import as_data_url

VISITOR: Any = SimpleNamespace(session_hash="a visitor")
FACE = Found.read().portrait


class Event(gr.EventData):
    """What the browser says."""

    def __init__(self, **said: Any) -> None:
        super().__init__(None, said)


def astronaut() -> Image.Image:
    return open_image(EXAMPLES[0].path)


def sent(image: Image.Image) -> Event:
    return Event(source=as_data_url(image, "JPEG"))


def near(one: Picture, other: Picture) -> bool:
    """But for what compression takes."""
    return bool(np.abs(one.astype(float) - other).mean() < 6)


def test_what_stands_there_first_is_finished() -> None:
    value = yours.shown(Found.read())
    assert value["line"].startswith("Found in ")
    assert value["share"] is None
    assert near(portrait_in(value), FACE)


def test_it_comes_once_and_only_when_somebody_looks() -> None:
    assert yours.fill(False) == [yours.shown(Found.read()), True]
    assert all(update == gr.skip() for update in yours.fill(True))


def test_a_photograph_is_cut_out_and_judged(house: Runtime) -> None:
    value, told, colour, answered, strip = yours.receive({"selected": 0}, 1992, VISITOR, sent(astronaut()))
    assert near(portrait_in(value), FACE)
    assert value["found"] == ""
    assert colour is True
    assert answered == (1992, True)
    assert "The discriminator: real with" in told
    assert strip == {"selected": -1}


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_is_there_with_one_press(house: Runtime, number: int) -> None:
    value, told, _, _ = yours.example({"selected": number}, 1990, VISITOR)
    assert portrait_in(value).shape == (128, 128, 3)
    assert "histogram" in told


@pytest.mark.parametrize("selected", [-1, 99, None, "0", 1.5])
def test_an_example_that_does_not_exist(house: Runtime, selected: object) -> None:
    with pytest.raises(gr.Error, match="no such example"):
        yours.example({"selected": selected}, 1990, VISITOR)


def crowded() -> Image.Image:
    picture = astronaut().crop((100, 0, 350, 250))
    several = Image.new("RGB", (250 * 3, 250 * 2))
    for place in ((0, 0), (250, 0), (500, 0), (0, 250), (250, 250)):
        several.paste(picture, place)
    return several


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (Image.new("RGB", (300, 300), "grey"), "No face"),
        (Image.effect_noise((256, 256), 60).convert("RGB"), "No face"),
        (astronaut().rotate(180), "upside down"),
        (crowded(), "faces"),
    ],
)
def test_a_picture_without_one_upright_face_changes_nothing(
    house: Runtime, image: Image.Image, why: str
) -> None:
    with pytest.raises(gr.Error, match=why):
        yours.receive({"selected": 0}, 1992, VISITOR, sent(image))


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (None, "no picture yet"),
        (7, "no picture yet"),
        ("/etc/passwd", "no picture yet"),
        ("data:image/png;base64,###", "no picture"),
        ("data:image/png;base64,AAAA", "not a picture"),
        ("data:image/png;base64," + "A" * snapshot.MOST_BYTES, "too large"),
    ],
)
def test_what_is_no_picture_is_a_sentence(source: object, why: str) -> None:
    with pytest.raises(InputError, match=why):
        snapshot.decoded(source)
    with pytest.raises(gr.Error, match=why):
        yours.receive({"selected": 0}, 1992, VISITOR, Event(source=source))


def search(value: Any = None, **changes: Any) -> Generator[list[Any], None, None]:
    settings: dict[str, Any] = {"year": 1990, "colour": True, "steps": 4}
    handler: Any = yours.search
    work: Generator[list[Any], None, None] = handler(
        portrait(FACE) if value is None else value, **(settings | changes), request=VISITOR
    )
    return work


def test_a_search_from_start_to_end(house: Runtime) -> None:
    work = search()
    waiting, stop = next(work)
    assert waiting["line"] == "Getting ready …"
    assert stop["interactive"]
    assert yours.searching == {VISITOR.session_hash}
    *_, (last, stop) = work
    assert last["line"].startswith("Found in 4 steps, ")
    assert last["found"].startswith("data:image/webp")
    assert last["share"] is None
    assert not stop["interactive"]
    assert last["portrait"] == waiting["portrait"]
    assert not yours.searching


def test_stop_keeps_what_was_found(house: Runtime) -> None:
    work = search(steps=200)
    next(work)
    assert not yours.press_stop(VISITOR)["interactive"]
    *_, (last, _) = work
    assert last["line"].startswith("Stopped after step 1 of 200")
    assert not yours.stopping


def test_a_closed_page_ends_the_search(house: Runtime) -> None:
    work = search(steps=200)
    next(work), next(work)
    work.close()
    assert not yours.searching
    assert all(model.leases == 0 for model in house.cache.status().models)


def test_one_search_at_a_time_for_each_visitor(house: Runtime) -> None:
    work = search(steps=200)
    next(work)
    with pytest.raises(gr.Error, match="being looked for already"):
        next(search())
    assert yours.searching, "The first goes on."
    work.close()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("text", "no picture yet"),
        ({}, "no picture yet"),
        ({"portrait": as_data_url(Image.new("RGB", (64, 64)), "PNG")}, "cut out first"),
    ],
)
def test_what_came_back_from_a_browser_is_looked_at(house: Runtime, value: object, why: str) -> None:
    with pytest.raises(gr.Error, match=why):
        next(search(value))
    assert not yours.searching


def test_another_year_is_another_opinion(house: Runtime) -> None:
    value = portrait(FACE)
    told, answered = yours.judge(value, 1900, True, (1990, True), True)
    assert "The discriminator" in told
    assert answered == (1900, True)
    assert all(update == gr.skip() for update in yours.judge(value, 1900, True, answered, True))
    assert all(update == gr.skip() for update in yours.judge(value, 1950, True, answered, False))


def test_an_upload_of_the_api_is_deleted(house: Runtime, tmp_path: Path) -> None:
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    upload = folder / "test_yours_view.webp"
    shutil.copy(EXAMPLES[0].path, upload)
    told = yours.opinion_of(str(upload), 1992)
    assert not upload.exists()
    assert 0 <= told["probability"] <= 1
    assert told["colour"] is True
    assert told["above_real_portraits"] == pytest.approx((crowd().real < told["logit"]).mean(), abs=0.05)
    upload.write_text("no picture")
    with pytest.raises(gr.Error, match="not a picture"):
        yours.opinion_of(str(upload), 1992)
    assert not upload.exists(), "Also what cannot be used is not kept."
    elsewhere = tmp_path / "mine.webp"
    shutil.copy(EXAMPLES[0].path, elsewhere)
    yours.opinion_of(str(elsewhere), 1992)
    assert elsewhere.exists(), "Only uploads are deleted."
    served = folder / EXAMPLES[0].path.name
    shutil.copy(EXAMPLES[0].path, served)
    yours.opinion_of(str(served), 1992)
    assert served.exists(), "The example itself is served from there."
    with pytest.raises(gr.Error, match="year is missing"):
        yours.opinion_of(str(elsewhere), None)
    with pytest.raises(gr.Error, match="year is a number"):
        yours.opinion_of(str(elsewhere), 1e12)
    with pytest.raises(gr.Error, match="no picture yet"):
        yours.opinion_of(None, 1990)


def test_an_opinion_in_words() -> None:
    told = yours.told(Opinion(0.0, 0.25, 1.0))
    assert "real with 50 %" in told
    assert "25 % of real portraits and 100 % of made-up faces seem less real" in told
    assert [yours.percent(share) for share in (0, 0.001, 0.5, 0.999, 1)] == [
        "0 %", "less than 1 %", "50 %", "more than 99 %", "100 %",
    ]  # fmt: skip
