"""The view "Watch it paint" without a page: what it sends there, and what it refuses."""

from __future__ import annotations

import io
from collections.abc import Generator
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from demos.style_transfer import examples, film
from demos.style_transfer.engine import Frame
from demos.style_transfer.losses import STYLE_LAYERS
from demos.style_transfer.models import EMBEDDED, VGG_19
from demos.style_transfer.views import easel, optimise
from demos.style_transfer.views.easel import LONGEST, MOST_STORED, Reel
from gallery.runtime import Runtime
from gallery.weights import Progress, Torchvision, WeightsUnreachable, no_progress

VISITOR: Any = SimpleNamespace(session_hash="a visitor")


@pytest.fixture
def files(tmp_path: Path, photograph: Image.Image, painting: Image.Image) -> tuple[str, str]:
    photograph.resize((256, 192)).save(tmp_path / "photograph.png")
    painting.save(tmp_path / "painting.png")
    return str(tmp_path / "photograph.png"), str(tmp_path / "painting.png")


def run(files: tuple[str | None, str | None], **changes: Any) -> Generator[list[Any], None, None]:
    settings: dict[str, Any] = {
        "stroke": 0.7, "weight": 20.0, "steps": 12, "size": 192, "seed": 0, "start": "content",
        "layers": list(STYLE_LAYERS), "loss": "gram", "colours": False, "features": EMBEDDED.key,
    }  # fmt: skip
    return optimise.run(*files, **(settings | changes), request=VISITOR, progress=gr.Progress())


def test_a_run_from_start_to_end(house: Runtime, files: tuple[str, str]) -> None:
    work = run(files)
    waiting, stop, *_ = next(work)
    assert (waiting["phase"], waiting["picture"]) == ("Getting ready …", None)
    assert stop["interactive"]
    assert optimise.at_the_easel == {VISITOR.session_hash}
    shown, saved = [], None
    for update in work:
        if "phase" not in update[0]:
            saved = update  # the last; its files are there until the next is asked for
            break
        shown.append(update[0])
    assert saved
    _, stop, _, picture, clip, compare = saved
    assert shown[0]["phase"] == "Painting:"
    assert shown[0]["line"].startswith("step 1 of 12 at ")
    last = shown[-1]
    assert last["phase"] == "Finished:"
    assert last["line"].startswith("12 steps in ")
    assert last["line"].endswith("at 192 x 144 pixels.")
    assert last["share"] == 1
    assert last["kept"] == sorted({page["step"] for page in shown})
    assert [step for step, *_ in last["curve"]] == last["kept"]
    assert last["curve"][-1][1] < last["curve"][0][1], "The style comes nearer."
    assert {page["run"] for page in shown} == {waiting["run"]}
    assert not stop["interactive"]
    with Image.open(picture["value"]) as saved:
        assert (saved.format, saved.size) == ("PNG", (192, 144))
    played = list(film.read(clip["value"]).frames)
    assert len(played) == len(last["kept"]) + 12
    assert played[0].size == (192, 144)
    assert [one.size for one in compare] == [(192, 144)] * 2
    work.close()
    assert not optimise.at_the_easel
    assert not Path(picture["value"]).exists(), "Nothing is left behind."


def test_stop_before_the_first_frame_keeps_the_first(house: Runtime, files: tuple[str, str]) -> None:
    work = run(files, steps=600)
    next(work)
    assert not optimise.press_stop(VISITOR)["interactive"]
    pages = [page for page, *_ in work if "phase" in page]
    assert [(page["phase"], page["step"]) for page in pages] == [("Painting:", 1), ("Stopped", 1)]
    assert pages[-1]["line"].startswith("after step 1 of 600")
    assert not optimise.stopping


def test_a_press_of_stop_is_not_remembered(house: Runtime, files: tuple[str, str]) -> None:
    optimise.press_stop(VISITOR)
    *_, (page, *_), _ = run(files, steps=10)
    assert page["phase"] == "Finished:"


def test_a_closed_page_ends_the_work(house: Runtime, files: tuple[str, str]) -> None:
    work = run(files, steps=600)
    next(work), next(work)
    work.close()
    assert not optimise.at_the_easel
    assert not house.gate.busy
    (model,) = [one for one in house.cache.status().models if one.key == EMBEDDED.key]
    assert model.leases == 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"layers": []}, "No layer is chosen"),
        ({"steps": 1_000_000}, "a number from"),
        ({"stroke": float("nan")}, "a number from"),
    ],
)
def test_bad_settings_change_nothing(
    house: Runtime, files: tuple[str, str], changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(gr.Error, match=why):
        next(run(files, **changes))
    assert not optimise.at_the_easel


def test_bad_pictures_change_nothing(house: Runtime, files: tuple[str, str], tmp_path: Path) -> None:
    text, strip = tmp_path / "text.png", tmp_path / "strip.png"
    text.write_text("No picture at all.")
    Image.new("RGB", (5000, 10)).save(strip)
    for pair, why in (
        ((str(text), files[1]), "The photograph: This file is not a picture"),
        ((files[0], str(text)), "The painting: This file is not a picture"),
        ((None, files[1]), "There is no photograph yet"),
        ((files[0], None), "There is no painting yet"),
        ((str(strip), files[1]), "times as long as it is wide"),
    ):
        with pytest.raises(gr.Error, match=why):
            next(run(pair))


def test_a_hub_that_does_not_answer(
    house: Runtime, files: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(self: Torchvision, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        raise WeightsUnreachable("The hub does not answer.")

    monkeypatch.setattr(Torchvision, "fetch", fetch)
    *_, (page, _, menu, *_), _ = run(files, features=VGG_19.key, steps=10)
    assert page["note"].startswith("The hub does not answer. The gallery's own features are used.")
    assert menu == EMBEDDED.key


# A photograph like its painting, one without anything on it, and one that is hardly a picture.
ODD: dict[str, tuple[Image.Image, Image.Image | None]] = {
    "the same": (Image.radial_gradient("L").convert("RGB"), None),
    "one colour": (Image.new("RGB", (200, 150), "red"), Image.new("RGB", (90, 120), "black")),
    "panorama": (Image.radial_gradient("L").convert("RGB").resize((2000, 100)), None),
}


@pytest.mark.parametrize("name", ODD)
def test_a_notebook_gets_picture_and_numbers(house: Runtime, tmp_path: Path, name: str) -> None:
    content, style = ODD[name]
    content.save(tmp_path / "content.png")
    (style or content).save(tmp_path / "style.png")
    image, told = optimise.numbers(str(tmp_path / "content.png"), str(tmp_path / "style.png"), 0.7, 20.0, 10)
    assert image.size == (told["width"], told["height"])
    assert max(image.size) >= optimise.API_SIZE
    assert told["steps"] == 10
    assert told["model"] == EMBEDDED.key
    assert told["style"] >= 0


def test_a_notebook_is_told_what_was_wrong(house: Runtime, files: tuple[str, str]) -> None:
    for arguments in (
        (0.7, 20, 5),
        (0.7, 20, 101),
        (0.7, 20, 20.5),
        (0.7, 20, None),
        (None, 20, 20),
        (0.7, 1e9, 20),
    ):
        with pytest.raises(gr.Error) as caught:
            optimise.numbers(*files, *arguments)  # type: ignore[arg-type]
        assert "gallery itself" not in str(caught.value)


def test_a_call_ends_in_time(house: Runtime, files: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optimise, "API_SECONDS", 0.0)
    _, told = optimise.numbers(*files, 0.7, 20.0, 100)
    assert told["steps"] == 1
    assert told["note"].startswith("Made 1 of 100 steps")


def test_the_chosen_pair_stands_on_the_easel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pair = ("cat", "wave")
    path = examples.RESULTS / f"cat-wave-{round(100 * examples.MEDIUM)}.webp"
    monkeypatch.setattr(examples, "shipped", lambda: frozenset([path]))
    shown, *off, compare = optimise.another_pair(*pair, VISITOR)
    assert shown["picture"]["path"] == str(path)
    assert (shown["phase"], shown["step"]) == ("Painted ahead:", None)
    assert [one["interactive"] for one in off] == [False, False]
    assert compare == (str(examples.photograph("cat").path), str(path))
    for other in ("the_scream", ""):
        shown, *_, compare = optimise.another_pair("cat", other, VISITOR)
        assert shown["picture"]["path"] == str(examples.photograph("cat").path)
        assert compare is None
    monkeypatch.setattr(optimise, "at_the_easel", {VISITOR.session_hash})
    assert all(update == gr.skip() for update in optimise.another_pair(*pair, VISITOR))
    assert all(update == gr.skip() for update in optimise.own_photograph(str(path), VISITOR))


def test_an_own_photograph_stands_on_the_easel(files: tuple[str, str], tmp_path: Path) -> None:
    shown, *_ = optimise.own_photograph(files[0], VISITOR)
    assert shown["picture"].startswith("data:image/jpeg;base64,")
    broken = tmp_path / "broken.png"
    broken.write_text("No picture.")
    assert all(update == gr.skip() for update in optimise.own_photograph(str(broken), VISITOR))
    assert all(update == gr.skip() for update in optimise.own_photograph(None, VISITOR))


def frame(step: int, steps: int, size: tuple[int, int] = (64, 48), finished: bool = False) -> Frame:
    grey = Image.new("RGB", size, (step * 255 // steps,) * 3)
    return Frame(step, steps, step / 10, grey, 1 / step, 0.1, 1.0, finished)


def test_a_reel_keeps_evenly_spread_stages() -> None:
    reel = Reel()
    for step in range(1, 601):
        reel.add(frame(step, 600))
        assert len(reel.kept) <= MOST_STORED
    reel.add(frame(600, 600, (1200, 900), finished=True))
    steps = [step for step, _ in reel.kept]
    assert steps[0] == 1
    assert steps[-1] == 600
    assert len(steps) > MOST_STORED / 2 - 1
    gaps = [b - a for a, b in pairwise(steps)]
    assert max(gaps) == gaps[0] == reel.every
    assert set(gaps[:-1]) == {reel.every}
    sizes = {Image.open(io.BytesIO(stored)).size for _, stored in reel.kept}
    assert sizes == {(64, 48), (LONGEST, 384)}
    assert Image.open(io.BytesIO(reel.newest)).size == (1200, 900)
    assert {picture.size for picture in reel.pictures()} == {(LONGEST, 384)}
    curve = reel.curve()
    assert len(curve) <= easel.MOST_POINTS
    assert curve[-1][0] == 600


def test_a_reel_knows_when_the_canvas_grew() -> None:
    reel = Reel()
    for step in range(1, 7):
        reel.add(frame(step, 6, (64, 48) if step < 4 else (128, 96)))
    reel.add(frame(6, 6, (256, 192), finished=True))
    assert reel.levels == [(1, 64, 48), (4, 128, 96)]


def test_what_json_cannot_say_is_left_out() -> None:
    reel = Reel()
    bad = Frame(1, 10, 0.1, Image.new("RGB", (64, 48)), float("nan"), float("inf"), float("nan"))
    reel.add(bad)
    assert easel.at_work("run", bad, reel)["curve"] == [(1, None, None)]
