"""The view "Mix and mask" without a browser: masks that a browser sent, what is asked for, the endpoint."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image, ImageChops

from demos.style_transfer import engine
from demos.style_transfer.engine import Style
from demos.style_transfer.views import mix
from demos.style_transfer.views.mask import SHAPES, SIDE, address_of, apart, painted, ready_made
from gallery.inputs import InputError
from gallery.runtime import Runtime
from tests.demos.style_transfer.conftest import stripes


@pytest.fixture
def pictures(tmp_path: Path) -> list[str]:
    """Files with a photograph and two paintings."""
    found = []
    for seed in range(3):
        path = tmp_path / f"{seed}.png"
        stripes(160, 128, seed).save(path)
        found.append(str(path))
    return found


def visitor(name: str = "somebody") -> Any:
    return SimpleNamespace(session_hash=name)


def png(size: tuple[int, int], kind: str = "PNG") -> str:
    stream = io.BytesIO()
    Image.new("L", size, "white").save(stream, kind)
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def shown(value: dict[str, Any]) -> Image.Image:
    """The picture in what an Exhibit gets."""
    return Image.open(io.BytesIO(base64.b64decode(value["picture"].partition(",")[2])))


# --- masks ---


def test_every_ready_made_mask_survives_the_way_there_and_back() -> None:
    for shape in SHAPES:
        mask = ready_made(shape)
        assert mask.getextrema() == (0, 255)
        assert ImageChops.difference(painted(address_of(mask)), mask).getbbox() is None
    upper, lower = ready_made("upper"), ready_made("lower")
    assert set(np.unique(np.asarray(upper).astype(int) + np.asarray(lower))) == {255}


@pytest.mark.parametrize(
    "sent",
    [
        None,
        7,
        "",
        "None",
        "data:image/png;base64,",
        "data:image/png;base64,%%%",
        "data:image/png;base64," + base64.b64encode(b"no picture").decode(),
        "data:text/html;base64," + png((8, 8)).partition(",")[2],
        "/etc/passwd",
        png((SIDE + 1, SIDE)),
        png((30_000, 30_000))[:250_000],
        "data:image/png;base64," + "A" * 300_000,
    ],
)
def test_what_is_no_mask_is_refused_in_one_sentence(sent: Any) -> None:
    with pytest.raises(InputError, match=r"^The mask cannot be read: clear it and paint it once more\.$"):
        painted(sent)


def test_an_empty_mask_is_refused() -> None:
    with pytest.raises(InputError, match="Nothing is painted in the mask yet"):
        painted(address_of(Image.new("L", (64, 48))))


def test_the_loss_gets_two_masks_that_cover_everything_once() -> None:
    picture, mask = stripes(16, 16), ready_made("left")
    rest, inside = apart([Style(picture), Style(picture, mask=mask)])
    assert rest.mask is not None
    assert inside.mask is mask
    assert set(np.unique(np.asarray(rest.mask).astype(int) + np.asarray(mask))) == {255}
    assert apart([Style(picture, 0.3), Style(picture, 0.7)])[0].mask is None


# --- at once ---


def ask(pictures: list[str], answered: Any = None, seen: bool = True, **changed: Any) -> list[Any]:
    content, style, second = pictures
    asked = {
        "content": content, "style": style, "second": second, "part": "mix", "share": 50,
        "mask": {"mask": address_of(ready_made("left"))}, "outside": "photograph", "stroke": 1.0,
    }  # fmt: skip
    return mix.show(**{**asked, **changed}, answered=answered, seen=seen, request=visitor())


def test_the_share_changes_the_picture(house: Runtime, pictures: list[str]) -> None:
    none, half, whole = (shown(ask(pictures, share=share)[0]) for share in (0, 50, 100))
    assert ImageChops.difference(none, half).getbbox()
    assert ImageChops.difference(half, whole).getbbox()
    # All of the second is what the second alone looks like.
    content, _, second = pictures
    alone = shown(ask([content, second, second], share=50)[0])
    assert np.abs(np.asarray(alone).astype(int) - np.asarray(whole)).max() <= 1


def test_only_the_region_changes(house: Runtime, pictures: list[str]) -> None:
    made = shown(ask(pictures, part="region")[0])
    photograph = Image.open(pictures[0]).resize(made.size, Image.Resampling.LANCZOS)
    moved = np.abs(np.asarray(made).astype(int) - np.asarray(photograph)).max(axis=2)
    middle = made.width // 2
    assert moved[:, middle + 4 :].max() <= 1
    assert moved[:, : middle - 4].mean() > 5
    both = shown(ask(pictures, part="region", outside="second")[0])
    other = np.abs(np.asarray(both).astype(int) - np.asarray(made)).max(axis=2)
    assert other[:, middle + 4 :].mean() > 5


def test_nothing_is_painted_twice_or_unseen(house: Runtime, pictures: list[str]) -> None:
    *_, asked = ask(pictures)
    for answered, seen in ((asked, True), (None, False)):
        assert all(one == gr.skip() for one in ask(pictures, answered, seen))
    # What the part does not use makes no difference; what it uses does.
    assert ask(pictures, asked, mask=None, outside="second")[0] == gr.skip()
    assert ask(pictures, asked, stroke=0.5)[0] != gr.skip()


def test_what_is_missing_is_said_and_the_picture_stays(house: Runtime, pictures: list[str]) -> None:
    for changed, sentence in (
        ({"content": None}, "There is no photograph yet"),
        ({"second": None}, "There is no second painting yet"),
        ({"second": __file__}, "The second painting: This file is not a picture"),
        ({"part": "region", "mask": None}, "The mask cannot be read"),
        ({"part": "region", "mask": {"mask": ["x"]}}, "The mask cannot be read"),
    ):
        picture, said, _ = ask(pictures, **changed)
        assert picture == gr.skip()
        assert sentence in said
    assert ask(pictures, part="region", second=None)[1] == ""


# --- properly ---


def properly(pictures: list[str], name: str = "somebody", part: str = "mix") -> Any:
    mask = {"mask": address_of(ready_made("left"))}
    return mix.paint_properly(
        *pictures, part, 50, mask, "second", 1.0, request=visitor(name), progress=lambda *_, **__: None
    )


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few small steps, all of which are shown."""
    monkeypatch.setattr(engine, "BETWEEN_FRAMES", 0)
    monkeypatch.setattr(
        mix, "Settings", lambda stroke: engine.Settings(stroke=stroke, size=160, iterations=10)
    )


@pytest.mark.parametrize("part", ["mix", "region"])
def test_it_paints_to_the_end(house: Runtime, pictures: list[str], quick: None, part: str) -> None:
    first, *frames, final, last = properly(pictures, part=part)
    assert first[3]["interactive"] is True
    assert len(frames) == 10
    assert "Step 1 of 10" in frames[0][0]["about"]
    assert not frames[0][0]["saved"]
    assert "Painted in 10 steps" in final[0]["about"]
    assert final[0]["saved"]
    assert final[2].content == pictures[0]
    assert last[3]["interactive"] is False
    assert not mix.sittings


def test_stop_keeps_the_picture(house: Runtime, pictures: list[str], quick: None) -> None:
    work = properly(pictures)
    next(work)
    next(work)
    mix.press_stop(visitor("somebody else"))
    assert "Step 2" in next(work)[0]["about"]
    mix.press_stop(visitor())
    *_, final, last = work
    assert "Stopped after 2 of 10 steps" in final[0]["about"]
    assert last[0] == gr.skip()


def test_a_newer_wish_overtakes_it(house: Runtime, pictures: list[str], quick: None) -> None:
    work = properly(pictures)
    next(work)
    next(work)
    ask(pictures, share=10)
    assert [update[0] for update in work] == [gr.skip()], "no picture after the newer one"
    assert not mix.sittings


# --- the endpoint ---


def test_the_endpoint_answers_and_refuses(house: Runtime, pictures: list[str]) -> None:
    image, about = mix.numbers(*pictures, 0.5, 1.0)
    assert image.size == (512, 410)
    assert about["seconds"] > 0
    assert set(about) == {"seconds", "device", "note"}
    for share, stroke, sentence in (
        (1.5, 1.0, "from 0 to 1"),
        (float("nan"), 1.0, "from 0 to 1"),
        (None, 1.0, "from 0 to 1"),
        (0.5, None, "stroke is missing"),
        (0.5, 99.0, "from 0.25 to 2"),
    ):
        with pytest.raises(gr.Error, match=sentence):
            mix.numbers(*pictures, share, stroke)
