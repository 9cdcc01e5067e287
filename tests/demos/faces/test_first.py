"""What ships is what the weights that ship make: after new ones, run `python -m demos.faces.first`."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from demos.faces import first
from demos.faces.casting import DEFAULT, FACES
from gallery.runtime import Runtime


@pytest.fixture(scope="module")
def shipped() -> Runtime:
    """With the gallery's own weights, not the random ones of conftest.py."""
    return Runtime(device="cpu", offline=True)


def apart(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures, in levels of 255."""
    assert one.size == other.size
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


def test_the_first_face(shipped: Runtime) -> None:
    _, faces = FACES[DEFAULT.key]
    (face,) = faces([first.PERSON], shipped)
    assert apart(Image.fromarray(face.picture), Image.open(first.PICTURE).convert("RGB")) < 0.5


def test_the_poster(shipped: Runtime) -> None:
    # WebP with losses: what it changes is more than nothing, and less than another face would.
    assert apart(first.poster(shipped), Image.open(first.POSTER).convert("RGB")) < 8
