"""The painter makes the generator's pictures, and forgets a generator that is gone."""

from __future__ import annotations

import gc

import torch

from demos.faces import painter
from demos.faces.model import LEVELS, STYLE, Generator, fixed_noise
from demos.faces.painter import Painter, painter_of
from tests.demos.faces.conftest import random_players


def test_it_paints_what_the_generator_paints(generator: Generator) -> None:
    styles = torch.randn(3, len(LEVELS), STYLE, generator=torch.Generator().manual_seed(0))
    noise = fixed_noise(5)
    with torch.inference_mode():
        expected = generator.painted(styles, noise)
        found = Painter(generator)(styles, noise)
        again = Painter(generator)(styles[1:2], noise)
    # Of pictures from -1 to 1; the same sums in another order.
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-3)
    torch.testing.assert_close(again, found[1:2], rtol=0, atol=1e-3)


def test_there_is_one_for_each_generator_as_long_as_it_lives() -> None:
    generator = random_players(1).generator
    assert painter_of(generator) is painter_of(generator)
    gc.collect()
    before = len(painter._painters)
    del generator
    gc.collect()
    assert len(painter._painters) == before - 1
