"""The examples: credited, small, and the first one's stored result is what the network says today."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from demos.imagenet import DEMO, engine
from demos.imagenet.examples import EXAMPLES, Example, example, first_result
from demos.imagenet.models import EMBEDDED
from demos.imagenet.poster import poster
from gallery.inputs import open_image
from gallery.runtime import Runtime

CREDITS = Path(__file__).parents[3] / "assets" / "CREDITS.md"


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    runtime = Runtime(device="cpu", offline=True)
    yield runtime
    runtime.close()


@pytest.mark.parametrize("one", EXAMPLES, ids=lambda one: one.key)
def test_example_is_credited_small_and_answered(one: Example, runtime: Runtime) -> None:
    assert f"images/imagenet/{one.path.name}" in CREDITS.read_text(encoding="utf-8")
    assert one.path.stat().st_size < 150_000
    prediction = engine.predict(open_image(one.path), EMBEDDED, runtime)
    assert len(prediction.guesses) == 5


def test_stored_result_is_todays(runtime: Runtime) -> None:
    """Fails after new weights until `python -m demos.imagenet.examples` was run."""
    stored = first_result()
    today = engine.predict(open_image(EXAMPLES[0].path), EMBEDDED, runtime, heat_maps=True)
    assert [guess.name for guess in today.guesses] == [guess.name for guess in stored.guesses]
    for now, then in zip(today.guesses, stored.guesses, strict=True):
        assert now.probability == pytest.approx(then.probability, abs=2e-3)
    assert today.heat_maps is not None
    assert stored.heat_maps is not None
    np.testing.assert_allclose(today.heat_maps, stored.heat_maps, atol=0.02)
    assert np.array_equal(np.asarray(today.image), np.asarray(stored.image))


def test_poster_is_the_home_pages_picture() -> None:
    with Image.open(DEMO.picture) as image:
        assert image.size == (640, 400)
    assert poster(open_image(EXAMPLES[0].path), first_result()).size == (640, 400)


def test_unknown_example() -> None:
    with pytest.raises(KeyError):
        example("unicorn")
