"""The view "Digits or clothes" without a page: what it sends there, and what it refuses."""

from __future__ import annotations

import base64
import io
from collections.abc import Generator
from functools import partial
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from demos.gan_lab.digits import engine, live
from demos.gan_lab.digits.first import first_sheet
from demos.gan_lab.digits.model import MOMENTS, SETS
from demos.gan_lab.digits.pictures import NAMES
from demos.gan_lab.digits.training import Settings
from demos.gan_lab.views import digits
from demos.gan_lab.views.digits_widgets import at_rest, first_film
from gallery.runtime import Runtime
from tests.demos.gan_lab.test_digits_engine import BAD_SEEDS, house  # noqa: F401

VISITOR: Any = SimpleNamespace(session_hash="a visitor")
NEIGHBOUR: Any = SimpleNamespace(session_hash="a neighbour")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "Settings", partial(Settings, batch=4, r1_batch=2))
    monkeypatch.setattr(live, "BETWEEN_FRAMES", 0.0)
    monkeypatch.setattr(live, "SLICE", 0.0)


def run(
    which: str = "digits", moment: str = "20", seed: Any = 0, visitor: Any = VISITOR
) -> Generator[list[Any], None, None]:
    return digits.run(which, moment, seed, visitor)  # type: ignore[return-value]


def opened(address: str) -> Image.Image:
    head, data = address.split(",", 1)
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.mark.parametrize("which", SETS)
def test_the_first_view_needs_no_computation(which: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Runtime, "run", lambda *_, **__: pytest.fail("Nothing is computed."))
    shown, resting = digits.another(which, 0, "50", VISITOR)
    assert shown["sheet"]["path"] == str(first_sheet(which))
    assert (shown["which"], shown["moment"]) == (which, "50")
    assert len(shown["moments"]) == len(shown["told"]) == len(shown["read"]) == len(MOMENTS)
    assert all(name in shown["columns"] for name in NAMES[which])
    assert resting["here"] == "50"
    assert resting["curve"][-1][0] == MOMENTS[-1]


def test_another_noise_is_another_film(house: Runtime) -> None:  # noqa: F811
    shown, _ = digits.another("clothes", 3, "400", VISITOR)
    pages = engine.film("clothes", 3, house)
    pixels = np.asarray(opened(shown["sheet"]).convert("L"))
    assert pixels.shape == (168 * len(MOMENTS), 280)
    assert (pixels[:28, :28] == pages[0].pictures[0].numpy()).all(), "Nothing is lost on the way."
    assert (pixels[-28:, -28:] == pages[-1].pictures[-1].numpy()).all()
    assert shown["told"][1].startswith("After 20 steps, a judge")


def test_somebody_who_types_is_left_alone() -> None:
    first, second = digits.another("digits", None, "0", VISITOR)
    assert first == second == gr.skip()
    assert first is not second


@pytest.mark.parametrize("seed", [one for one in BAD_SEEDS if one is not None], ids=lambda s: str(s)[:12])
def test_bad_seeds_change_nothing(house: Runtime, seed: Any) -> None:  # noqa: F811
    with pytest.raises(gr.Error, match="A seed is a whole number"):
        digits.another("digits", seed, "0", VISITOR)
    with pytest.raises(gr.Error, match="A seed is a whole number"):
        next(run(seed=seed))
    assert not digits.running


def test_a_run_until_it_is_stopped(house: Runtime) -> None:  # noqa: F811
    work = run()
    waiting, button = next(work)
    assert waiting["phase"] == "Getting ready …"
    assert button["interactive"]
    first, button = next(work)
    assert first["phase"] == "Digits, step 20:"
    assert opened(first["sheet"]).size == (280, 168)
    assert button == gr.skip()
    for _ in range(3):
        shown, _ = next(work)
    assert shown["phase"] == "Digits, step 23:"
    assert [point[0] for point in shown["curve"]] == [21, 22, 23]
    assert shown["run"] == waiting["run"]
    assert not digits.press_stop(VISITOR)["interactive"]
    (last, button), *more = work
    assert not more
    assert last["phase"].startswith("Digits, stopped at step ")
    assert not button["interactive"]
    assert not digits.running


def test_a_closed_page_ends_its_run_and_no_other(house: Runtime) -> None:  # noqa: F811
    mine, other = run(), run(which="clothes", visitor=NEIGHBOUR)
    next(mine), next(mine), next(other), next(other)
    mine.close()
    assert set(digits.running) == {NEIGHBOUR.session_hash}
    assert not house.gate.busy
    shown, _ = next(other)
    assert shown["phase"].startswith("Clothes, step ")
    digits.press_stop(VISITOR)
    assert set(digits.running) == {NEIGHBOUR.session_hash}
    other.close()
    assert not digits.running


def test_a_run_that_goes_on_is_not_painted_over(house: Runtime) -> None:  # noqa: F811
    work = run()
    next(work)
    _, resting = digits.another("digits", 0, "400", VISITOR)
    assert resting == gr.skip()
    work.close()
    _, resting = digits.another("digits", 0, "400", VISITOR)
    assert resting == at_rest("digits", 400)


def test_bad_moments_and_sets_change_nothing(house: Runtime) -> None:  # noqa: F811
    for changes, why in (({"moment": "21"}, "moment that was kept"), ({"which": "letters"}, "two sets")):
        with pytest.raises(gr.Error, match=why):
            next(run(**changes))
    assert not digits.running


def test_a_notebook_gets_pictures_and_numbers(house: Runtime) -> None:  # noqa: F811
    image, told = digits.numbers("clothes", MOMENTS[-1], 9, 5)
    assert image.size == (840, 504)
    assert told["name"] == "ankle boot"
    assert told["moment"] == MOMENTS[-1]
    assert 0 <= told["drawn_taken_for_real"] <= 1
    again, _ = digits.numbers("clothes", MOMENTS[-1], 9, 5)
    assert image.tobytes() == again.tobytes()
    _, everything = digits.numbers("digits", 0, -1, 0)
    assert everything["label"] == -1


def test_a_notebook_is_told_what_was_wrong(house: Runtime) -> None:  # noqa: F811
    for arguments in (
        ("letters", 0, 0, 0), (None, 0, 0, 0), ("digits", 1, 0, 0), ("digits", None, 0, 0),
        ("digits", 0, 11, 0), ("digits", 0, None, 0), ("digits", 0, 0, -1), ("digits", 0, 0, 2**64),
        ("digits", 0, 0, None),
    ):  # fmt: skip
        with pytest.raises(gr.Error) as caught:
            digits.numbers(*arguments)
        assert "gallery itself" not in str(caught.value)


def test_a_value_of_the_film_is_small() -> None:
    """It stands in the page of everybody who opens the gallery."""
    assert len(str(first_film("digits", 0))) < 5000
    assert len(str(at_rest("digits", 0))) < 5000
