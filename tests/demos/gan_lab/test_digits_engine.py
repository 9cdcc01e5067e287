"""What ships of the trainings, what is drawn from it, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from demos.gan_lab.digits import engine
from demos.gan_lab.digits.evaluate import CARD
from demos.gan_lab.digits.first import FIGURES, first_sheet, sheet_of, shipped
from demos.gan_lab.digits.model import LABELS, MOMENTS, SETS, Film
from demos.gan_lab.digits.models import DIGITS
from gallery import runtime
from gallery.card import Card
from gallery.inputs import InputError
from gallery.runtime import Runtime
from gallery.weights import filled

BAD_SEEDS: list[Any] = [-1, 2**32, 2**64, -(2**70), 10**400, 0.5, math.nan, math.inf, "seven", "", None]


@pytest.fixture(scope="module")
def house() -> Iterator[Runtime]:
    """The process's runtime for a module, with what ships, on the CPU and offline."""
    with pytest.MonkeyPatch.context() as patched:
        house = Runtime(device="cpu", offline=True)
        patched.setattr(runtime, "_current", house)
        yield house
        house.close()


def test_every_snapshot_ships_and_no_two_are_the_same() -> None:
    film = filled(DIGITS, *DIGITS.source.fetch())
    assert isinstance(film, Film)
    weights = [film.at(which, moment).generator.start.weight for which in SETS for moment in MOMENTS[1:]]
    assert torch.pdist(torch.stack([w.flatten() for w in weights])).min() > 0
    for which in SETS:
        first = film.at(which, 0)
        assert torch.equal(first.generator.start.weight, first.average.start.weight)
    assert all(torch.isfinite(value).all() for value in film.state_dict().values())


@pytest.mark.parametrize("which", SETS)
def test_the_first_view_is_what_the_weights_draw(house: Runtime, which: str) -> None:
    pages = engine.film(which, 0, house)
    with Image.open(first_sheet(which)) as stored:
        shown = np.asarray(stored.convert("L")).astype(int)
    drawn = np.asarray(sheet_of(pages)).astype(int)
    assert shown.shape == drawn.shape == (len(MOMENTS) * 168, 280)
    assert np.abs(shown - drawn).mean() < 0.5, "Machines may round differently, and no more."
    known = shipped(which)
    assert [page.taken for page in pages] == pytest.approx(known.taken, abs=0.04)
    assert [page.real for page in pages] == pytest.approx(known.real, abs=0.04)
    assert [page.moment for page in pages] == list(MOMENTS)


@pytest.mark.parametrize("which", SETS)
def test_the_training_got_somewhere(which: str) -> None:
    """The judge's figures, as measured; noise shows a tenth of all labels at best."""
    known = shipped(which)
    assert known.named[0] < 0.3
    assert known.named[-1] > 0.8
    assert known.curve[-1][0] == MOMENTS[-1]
    figures = json.loads(FIGURES.read_text(encoding="utf-8"))[which]
    metrics = Card.read(CARD).metrics
    last = figures[str(MOMENTS[-1])]
    assert metrics[f"{which}_judge_accuracy_drawn"] == pytest.approx(last["named"], abs=1e-4)
    assert metrics[f"{which}_frechet_distance_drawn"] == pytest.approx(last["distance"], abs=1e-3)
    assert last["distance"] < figures[str(MOMENTS[2])]["distance"] / 4


def test_a_seed_is_a_film(house: Runtime) -> None:
    one, same, other = (engine.film("digits", seed, house) for seed in (5, 5.0, 6))
    for a, b, c in zip(one, same, other, strict=True):
        assert torch.equal(a.pictures, b.pictures)
        assert not torch.equal(a.pictures, c.pictures)


def test_a_row_is_one_noise_and_a_column_one_label() -> None:
    noise, labels = engine.page_noise(3)
    rows = noise.view(engine.ROWS, LABELS, -1)
    assert (rows == rows[:, :1]).all()
    assert torch.pdist(rows[:, 0]).min() > 1
    assert labels.view(engine.ROWS, LABELS).tolist() == [list(range(LABELS))] * engine.ROWS


def test_pictures_of_one_label(house: Runtime) -> None:
    ones, again = (engine.of_label("digits", MOMENTS[-1], 1, 4, house) for _ in range(2))
    eights = engine.of_label("digits", MOMENTS[-1], 8, 4, house)
    assert torch.equal(ones.pictures, again.pictures)
    assert ones.pictures.shape == (60, 28, 28)
    assert len({bytes(one.numpy().tobytes()) for one in ones.pictures}) == 60
    assert eights.pictures.float().mean() > 1.3 * ones.pictures.float().mean(), "An 8 has more ink than a 1."
    everything = engine.of_label("digits", MOMENTS[-1], -1, 4, house)
    assert torch.equal(everything.pictures, engine.film("digits", 4, house)[-1].pictures)


@pytest.mark.parametrize("seed", BAD_SEEDS, ids=lambda seed: str(seed)[:12])
def test_bad_seeds_are_refused(house: Runtime, seed: Any) -> None:
    with pytest.raises(InputError, match="A seed is a whole number from 0 to"):
        engine.film("digits", seed, house)


@pytest.mark.parametrize("seed", [0, 2**32 - 1, "17", 3.0])
def test_good_seeds_are_taken(seed: Any) -> None:
    assert engine.checked_seed(seed) == int(float(seed))


def test_other_bad_input_is_refused(house: Runtime) -> None:
    for which in ("letters", "", None):
        with pytest.raises(InputError, match="two sets of pictures"):
            engine.film(which, 0, house)  # type: ignore[arg-type]
    for moment in (-1, 3, 1e300, math.nan, None, "soon", ""):
        with pytest.raises(InputError, match="Name a moment that was kept"):
            engine.of_label("digits", moment, 0, 0, house)  # type: ignore[arg-type]
    for label in (-2, 10, 0.5, math.nan, math.inf, None):
        with pytest.raises(InputError, match="A label is a whole number"):
            engine.of_label("digits", 0, label, 0, house)
