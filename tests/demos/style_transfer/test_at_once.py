"""One pass of the painter, with a network that has learnt nothing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from demos.style_transfer.at_once import repaint, repaint_all
from demos.style_transfer.engine import Style
from gallery.inputs import InputError
from gallery.runtime import Runtime
from tests.demos.style_transfer.conftest import stripes


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image, dtype=int)


@pytest.mark.parametrize("size", [(160, 120), (131, 97), (60, 150), (40, 700)])
def test_every_shape_comes_back(house: Runtime, painting: Image.Image, size: tuple[int, int]) -> None:
    painted = repaint(stripes(*size), [Style(painting)], house, size=150)
    w, h = painted.image.size
    assert w / h == pytest.approx(size[0] / size[1], rel=0.03)
    assert max(w, h) == 150 or min(w, h) == 64
    assert painted.seconds > 0


def test_what_is_outside_the_mask_stays(
    house: Runtime, photograph: Image.Image, painting: Image.Image
) -> None:
    mask = Image.new("L", (160, 120))
    mask.paste(255, (0, 0, 80, 120))
    painted = pixels(repaint(photograph, [Style(painting, mask=mask)], house, size=160).image)
    original = pixels(photograph)
    assert np.array_equal(painted[:, 80:], original[:, 80:])
    assert np.abs(painted[:, :80] - original[:, :80]).mean() > 5


def test_no_share_is_no_style(house: Runtime, photograph: Image.Image, painting: Image.Image) -> None:
    other = Style(stripes(100, 100, 9), 0.0)
    alone = repaint(photograph, [Style(painting, 0.3)], house, size=160).image
    assert np.array_equal(
        pixels(repaint(photograph, [Style(painting), other], house, size=160).image), pixels(alone)
    )


def test_a_mask_of_everything_is_none(house: Runtime, photograph: Image.Image, painting: Image.Image) -> None:
    white = Image.new("L", (10, 10), 255)
    alone, masked = (
        repaint(photograph, [Style(painting, mask=mask)], house, size=160).image for mask in (None, white)
    )
    assert np.abs(pixels(alone) - pixels(masked)).max() <= 1


def test_own_colours(house: Runtime, photograph: Image.Image, painting: Image.Image) -> None:
    """A style whose colours do not count may as well come in others."""
    swapped = Image.merge("RGB", painting.split()[::-1])
    kept, kept_swapped, plain, plain_swapped = (
        pixels(repaint(photograph, [Style(style)], house, size=160, keep_colours=keep).image)
        for keep in (True, False)
        for style in (painting, swapped)
    )
    assert not np.array_equal(kept, plain)
    assert np.abs(plain - plain_swapped).mean() > np.abs(kept - kept_swapped).mean()


def test_a_clip_is_its_pictures(house: Runtime, photograph: Image.Image, painting: Image.Image) -> None:
    frames = list(repaint_all([photograph, photograph], [Style(painting)], house, size=160))
    alone = pixels(repaint(photograph, [Style(painting)], house, size=160).image)
    assert all(np.array_equal(pixels(frame), alone) for frame in frames)


def test_a_clip_that_is_closed_gives_the_model_back(
    house: Runtime, photograph: Image.Image, painting: Image.Image
) -> None:
    frames = repaint_all(iter([photograph] * 3), [Style(painting)], house, size=160)
    next(frames)
    frames.close()
    assert all(model.leases == 0 for model in house.status().cache.models)


@pytest.mark.parametrize("wrong", [{"stroke": float("nan")}, {"stroke": 9}, {"size": 10_000}])
def test_bad_numbers(
    house: Runtime, photograph: Image.Image, painting: Image.Image, wrong: dict[str, float]
) -> None:
    with pytest.raises(InputError):
        repaint(photograph, [Style(painting)], house, **wrong)  # type: ignore[arg-type]


def test_no_style(house: Runtime, photograph: Image.Image) -> None:
    with pytest.raises(InputError, match="no style picture"):
        repaint(photograph, [], house)
