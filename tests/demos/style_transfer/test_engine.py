"""Painting by optimisation, with a network that has learnt nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count, pairwise
from typing import Literal

import numpy as np
import pytest
from PIL import Image, ImageDraw
from safetensors.torch import load_file

from demos.style_transfer import engine
from demos.style_transfer.engine import BETWEEN_FRAMES, Frame, Settings, Style, paint
from demos.style_transfer.examples import STROKES
from demos.style_transfer.model import StyleModel
from demos.style_transfer.pictures import to_image
from demos.style_transfer.train_features import WEIGHTS
from gallery.device import pick_device
from gallery.inputs import InputError
from gallery.runtime import Runtime
from tests.demos.style_transfer.conftest import random_style_model
from tests.demos.style_transfer.frequency import dominant_frequency

QUICK = Settings(size=128, iterations=10)


def pixels(frame: Frame) -> np.ndarray:
    return np.asarray(frame.image)


def every(seconds: float) -> Callable[[], float]:
    """A clock that goes on by so much whenever somebody looks at it."""
    ticks = count()
    return lambda: next(ticks) * seconds


def leases(house: Runtime) -> int:
    return sum(model.leases for model in house.status().cache.models)


def test_frames(house: Runtime, photograph: Image.Image, painting: Image.Image) -> None:
    frames = list(paint(photograph, [Style(painting)], QUICK, house, clock=every(1)))
    *shown, last = frames
    assert [frame.iteration for frame in shown] == list(range(1, 11))
    assert not any(frame.finished for frame in shown)
    assert (last.iteration, last.iterations, last.finished, last.stopped) == (10, 10, True, False)
    assert last.image.size == (128, 96)
    assert last.note, "160 x 120 pixels were made smaller."
    assert last.model_key == "style_transfer/embedded"
    assert shown[-1].total < shown[0].total
    assert leases(house) == 0


def test_ten_frames_a_second_at_most(house: Runtime, photograph: Image.Image, painting: Image.Image) -> None:
    settings = Settings(size=128, iterations=30)
    *shown, last = paint(photograph, [Style(painting)], settings, house, clock=every(0.011))
    assert 2 < len(shown) < 20
    assert np.diff([frame.seconds for frame in shown]).min() >= BETWEEN_FRAMES - 1e-9
    assert last.finished


def test_stopped_before_the_first_frame(
    house: Runtime, photograph: Image.Image, painting: Image.Image
) -> None:
    *_, last = paint(photograph, [Style(painting)], QUICK, house, stopped=lambda: True)
    assert last.stopped
    assert last.iteration == 1
    assert last.image.size == (128, 96)


def test_closing_gives_the_model_back(house: Runtime, photograph: Image.Image, painting: Image.Image) -> None:
    frames = paint(photograph, [Style(painting)], QUICK, house)
    next(frames)
    assert leases(house) == 1
    assert not house.gate.busy, "Nobody else waits while a frame is looked at."
    frames.close()
    assert leases(house) == 0
    assert not house.gate.busy


@pytest.mark.parametrize("start", ["content", "noise"])
def test_a_seed_decides(
    house: Runtime, photograph: Image.Image, painting: Image.Image, start: Literal["content", "noise"]
) -> None:
    def result(seed: int) -> np.ndarray:
        settings = Settings(size=128, iterations=10, start=start, seed=seed)
        *_, last = paint(photograph, [Style(painting)], settings, house)
        return pixels(last)

    first = result(1)
    assert np.array_equal(first, result(1))
    assert np.array_equal(first, result(2)) == (start == "content"), "Only noise is drawn by lot."


def test_two_paint_at_once(house: Runtime, photograph: Image.Image, painting: Image.Image) -> None:
    order: list[int] = []
    results: dict[int, Frame] = {}
    together = threading.Barrier(2)

    def work(number: int) -> None:
        def stopped() -> bool:
            order.append(number)
            return False

        together.wait()
        *_, results[number] = paint(photograph, [Style(painting)], QUICK, house, stopped=stopped)

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(order) == 20
    assert (np.diff(order) != 0).sum() >= 5, "They take turns."
    assert all(frame.finished and not frame.stopped for frame in results.values())
    assert np.array_equal(pixels(results[0]), pixels(results[1]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"stroke": float("nan")},
        {"stroke": 0.2},
        {"stroke": 2.1},
        {"style_weight": 0.0},
        {"style_weight": float("inf")},
        {"iterations": 9},
        {"iterations": 1001},
        {"size": 127},
        {"size": 1025},
        {"seed": -1},
        {"layers": ()},
        {"layers": ("relu9_9",)},
        {"layers": ("relu1_1", "<b>")},
        {"start": "middle"},
        {"loss": "other"},
    ],
    ids=str,
)
def test_settings_that_make_no_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError) as caught:
        Settings(**wrong)  # type: ignore[arg-type]
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert ". " not in sentence


def test_pictures_that_cannot_be_painted(house: Runtime, painting: Image.Image) -> None:
    with pytest.raises(InputError, match="no style picture"):
        next(paint(painting, [], QUICK, house))
    with pytest.raises(InputError, match="24 times"):
        next(paint(Image.new("RGB", (2500, 100)), [Style(painting)], QUICK, house))
    assert leases(house) == 0


@pytest.mark.parametrize("loss", ["gram", "literal"])
@pytest.mark.parametrize("kind", ["the photograph itself", "white", "black", "masked", "mask of nothing"])
def test_odd_styles_give_numbers(
    house: Runtime, photograph: Image.Image, kind: str, loss: Literal["gram", "literal"]
) -> None:
    styles = {
        "the photograph itself": Style(photograph),
        "white": Style(Image.new("RGB", (50, 50), "white")),
        "black": Style(Image.new("RGB", (50, 50), "black")),
        "masked": Style(photograph.rotate(90), mask=Image.linear_gradient("L")),
        "mask of nothing": Style(photograph, mask=Image.new("L", (9, 9))),
    }
    settings = Settings(size=128, iterations=10, loss=loss, keep_colours=kind == "white")
    for frame in paint(photograph, [styles[kind]], settings, house, clock=every(1)):
        assert np.isfinite([frame.style, frame.content, frame.total]).all()


def test_a_panorama(house: Runtime, painting: Image.Image) -> None:
    """Too low for a second level: the photograph goes into the optimiser as it comes from Pillow."""
    *_, last = paint(Image.new("RGB", (1000, 50), "teal"), [Style(painting)], QUICK, house)
    assert last.image.size == (1280, 64)


# ---- the size of strokes ----------------------------------------------------------------------------


def dashes(side: int = 384, number: int = 2500, length: int = 28, width: int = 9) -> Image.Image:
    """A painting whose strokes have one size."""
    random = np.random.default_rng(0)
    image = Image.new("RGB", (side, side), (60, 90, 140))
    draw = ImageDraw.Draw(image)
    for x, y, angle, *colour in zip(
        *random.uniform(0, side, (2, number)),
        random.uniform(0, np.pi, number),
        *random.integers(20, 235, (3, number)),
        strict=True,
    ):
        dx, dy = length / 2 * np.cos(angle), length / 2 * np.sin(angle)
        draw.line([(x - dx, y - dy), (x + dx, y + dy)], tuple(int(c) for c in colour), width)
    return image


def network() -> StyleModel:
    """With the features that ship."""
    model = random_style_model()
    if WEIGHTS.exists():
        state = {name.removeprefix("features."): value for name, value in load_file(WEIGHTS).items()}
        model.features.load_state_dict(state)
    return model


def texture(model: StyleModel, stroke: float, side: int = 192) -> float:
    y, x = np.mgrid[:side, :side] / side
    smooth = Image.fromarray(np.uint8(np.stack([80 + 90 * x, 100 + 60 * y, 140 - 50 * x], axis=-1)))
    settings = Settings(stroke=stroke, size=side, iterations=30, start="noise", style_weight=50)
    *_, last = engine.easel(
        smooth, [Style(dashes())], settings, model, (side, side), pick_device("cpu"), lambda: False
    )
    return dominant_frequency(to_image(last.picture))


def test_larger_strokes_make_a_coarser_texture() -> None:
    model = network()
    found = [texture(model, stroke) for stroke in STROKES]
    assert all(fine > coarse for fine, coarse in pairwise(found)), found
    assert found[0] > 1.3 * found[-1], found
