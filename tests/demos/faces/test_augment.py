"""Faces as they are dealt, shown and altered: each alteration against a loop in NumPy, and the way back."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from demos.faces import augment
from demos.faces import train as training
from demos.faces.model import CONDITION, YEARS
from demos.faces.train import Portraits, sheet

SIDE = 16


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    """What a test draws is the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def faces_in(folder: Path, *, side: int, count: int = 10) -> Path:
    """Ten faces: the i-th is 20 i bright, brighter by 5 in its left half, of 1860 + 10 i, the odd in colour;
    the last two are held out."""
    images = np.empty((count, side, side, 3), np.uint8)
    images[:] = 20 * np.arange(count)[:, None, None, None]
    images[:, :, : side // 2] += 5
    path = folder / "faces.npz"
    order = np.arange(count)
    np.savez(path, images=images, year=1860 + 10 * order, colour=order % 2 == 1, held_out=order >= count - 2)
    return path


@pytest.fixture
def tiny_portraits(tmp_path: Path) -> Portraits:
    return Portraits(faces_in(tmp_path, side=4), torch.device("cpu"))


def years_of(conditions: Tensor) -> Tensor:
    """What `condition` made of a year can be undone."""
    return conditions[:, : len(YEARS)] @ torch.tensor([float(year) for year in YEARS])


def test_only_faces_of_the_training_part_are_dealt_each_with_its_year_and_colour(
    tiny_portraits: Portraits, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "YEAR_ERROR", 0.0)
    pictures, conditions = tiny_portraits.batch(300)
    assert pictures.shape == (300, 3, 4, 4)
    assert conditions.shape == (300, CONDITION)
    brightness = (pictures.amin(dim=(1, 2, 3)) + 1) * 127.5
    which = (brightness / 20).round().long()
    assert which.unique().tolist() == list(range(8))
    torch.testing.assert_close(brightness, 20.0 * which, atol=1e-3, rtol=0)
    torch.testing.assert_close(years_of(conditions), 1860.0 + 10 * which, atol=0.01, rtol=0)
    assert torch.equal(conditions[:, -1], (which % 2).float())


@pytest.mark.parametrize(("wanted", "dealt"), [(0.0, 0.2), (0.1, 0.2), (0.6, 0.6)])
def test_faces_in_colour_are_dealt_as_often_as_wanted_and_no_less_than_they_are_there(
    tmp_path: Path, wanted: float, dealt: float
) -> None:
    path = faces_in(tmp_path, side=4, count=12)
    kept = dict(np.load(path))
    np.savez(path, **(kept | {"colour": np.arange(12) % 5 == 1}))  # of the ten that are dealt two
    portraits = Portraits(path, torch.device("cpu"), in_colour=wanted)
    counts = portraits.chosen(20_000).bincount(minlength=10) / 20_000
    in_colour = portraits.colour > 0
    assert in_colour.nonzero().squeeze(1).tolist() == [1, 6]
    expected = torch.where(in_colour, dealt / 2, (1 - dealt) / 8)
    torch.testing.assert_close(counts, expected, atol=0.01, rtol=0)


@pytest.mark.parametrize("colour", [False, True])
def test_where_all_are_alike_none_is_preferred(tmp_path: Path, colour: bool) -> None:
    path = faces_in(tmp_path, side=4)
    np.savez(path, **(dict(np.load(path)) | {"colour": np.full(10, colour)}))
    portraits = Portraits(path, torch.device("cpu"), in_colour=0.4)
    counts = portraits.chosen(8000).bincount(minlength=8) / 8000
    torch.testing.assert_close(counts, torch.full((8,), 1 / 8), atol=0.02, rtol=0)


def test_half_of_the_faces_are_mirrored(tiny_portraits: Portraits) -> None:
    pictures, _ = tiny_portraits.batch(600)
    left, right = pictures[..., :2].mean(dim=(1, 2, 3)), pictures[..., 2:].mean(dim=(1, 2, 3))
    torch.testing.assert_close((left - right).abs(), torch.full((600,), 5 / 127.5), atol=1e-5, rtol=0)
    assert (right > left).float().mean().item() == pytest.approx(0.5, abs=0.07)


def test_nobody_noted_the_year_exactly(tiny_portraits: Portraits) -> None:
    tiny_portraits.years.fill_(1940.0)
    found = years_of(tiny_portraits.conditions(2000))
    assert found.mean().item() == pytest.approx(1940, abs=0.4)
    assert found.std().item() == pytest.approx(training.YEAR_ERROR, rel=0.1)


def test_samples_lie_side_by_side() -> None:
    levels = torch.linspace(-1.5, 1.5, 6)
    pictures = levels[:, None, None, None].expand(6, 3, 4, 5).clone()
    pictures[:, 0, 0, 0] = 1  # a red corner, top left
    found = np.asarray(sheet(pictures, columns=3))
    assert found.shape == (8, 15, 3)
    for i, level in enumerate(levels.clamp(-1, 1).tolist()):
        one = found[i // 3 * 4 :, i % 3 * 5 :][:4, :5]
        assert one[0, 0, 0] == 255
        assert abs(one[1:].astype(float) - (level + 1) * 127.5).max() <= 1
        assert len(np.unique(one[1:])) == 1


@pytest.fixture
def pictures() -> Tensor:
    """(3, 3, 16, 16) from -1 to 1"""
    return 2 * torch.rand(3, 3, SIDE, SIDE) - 1


def planted(monkeypatch: pytest.MonkeyPatch, values: Sequence[Sequence[float]]) -> None:
    """The alterations draw these in turn, one number for each picture."""
    left = iter(values)
    monkeypatch.setattr(augment, "random", lambda x: torch.tensor(next(left))[:, None, None, None])


def placed(monkeypatch: pytest.MonkeyPatch, rows: Sequence[int], columns: Sequence[int]) -> None:
    """The next whole numbers that are drawn, one pair for each picture."""
    found = torch.tensor([rows, columns])
    monkeypatch.setattr(torch, "randint", lambda low, high, size, device: found.reshape(size))


def altered(x: NDArray[np.float64], light: float, colour: float, contrast: float) -> NDArray[np.float64]:
    """One picture (3, H, W): brightness, then each pixel away from its grey, then all from the mean."""
    x = x + light - 0.5
    out = np.empty_like(x)
    for row, column in np.ndindex(x.shape[1:]):
        grey = x[:, row, column].mean()
        out[:, row, column] = grey + 2 * colour * (x[:, row, column] - grey)
    result: NDArray[np.float64] = out.mean() + (0.5 + contrast) * (out - out.mean())
    return result


def test_colours_are_altered_as_a_loop_would(pictures: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = [[0.0, 0.5, 0.9], [0.3, 0.5, 1.0], [1.0, 0.5, 0.2]]
    planted(monkeypatch, drawn)
    found = augment.coloured(pictures)
    for i, values in enumerate(zip(*drawn, strict=True)):
        expected = altered(pictures[i].double().numpy(), *values)
        np.testing.assert_allclose(found[i].numpy(), expected, atol=1e-5)
    torch.testing.assert_close(found[1], pictures[1], atol=1e-6, rtol=0)  # half of everything changes nothing


def test_no_saturation_is_grey_and_brightness_alone_moves_the_mean(
    pictures: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted(monkeypatch, [[0.1, 0.6, 1.0], [0.0, 0.0, 0.0], [0.2, 0.7, 1.0]])
    found = augment.coloured(pictures)
    torch.testing.assert_close(found[:, 0], found[:, 1], atol=1e-6, rtol=0)
    moved = (found - pictures).mean(dim=(1, 2, 3))
    assert moved.tolist() == pytest.approx([-0.4, 0.1, 0.5], abs=1e-6)


def test_what_is_drawn_differs_between_pictures_and_lies_between_0_and_1() -> None:
    found = augment.random(torch.zeros(500, 3, 2, 2))
    assert found.shape == (500, 1, 1, 1)
    assert 0 <= found.min() < 0.01
    assert 0.99 < found.max() < 1
    assert len(found.unique()) > 490


@pytest.mark.parametrize("shift", [(0, 0), (2, -1), (-2, 2), (0, 1)])
def test_a_shift_is_exact(pictures: Tensor, shift: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    rows, columns = (0, shift[0], 1), (0, shift[1], 1)  # each picture has its own
    placed(monkeypatch, rows, columns)
    found = augment.shifted(pictures)
    expected = torch.zeros_like(pictures)
    for i, row, column in np.ndindex(len(pictures), SIDE, SIDE):
        source = row + rows[i], column + columns[i]
        if min(source) >= 0 and max(source) < SIDE:
            expected[i, :, row, column] = pictures[i, :, source[0], source[1]]
    assert torch.equal(found, expected)


def test_every_shift_up_to_an_eighth_occurs_and_none_beyond() -> None:
    dot = torch.zeros(600, 1, SIDE, SIDE)
    dot[:, :, 8, 8] = 1
    places = augment.shifted(dot).nonzero()
    most = round(SIDE * augment.SHIFT)
    assert len(places) == 600  # no dot was lost
    assert {tuple(place) for place in (places[:, 2:] - 8).tolist()} == {
        (row, column) for row in range(-most, most + 1) for column in range(-most, most + 1)
    }


def test_a_square_is_cut_around_its_centre(pictures: Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, columns = (8, 0, 15), (7, 3, 15)
    placed(monkeypatch, rows, columns)
    found = augment.cut(pictures)
    for i, row, column in np.ndindex(len(pictures), SIDE, SIDE):
        inside = max(abs(row - rows[i]), abs(column - columns[i])) < SIDE * augment.HOLE / 2
        expected = torch.zeros(3) if inside else pictures[i, :, row, column]
        assert torch.equal(found[i, :, row, column], expected), (i, row, column)


def test_a_hole_may_be_anywhere_and_is_half_as_wide_as_the_picture() -> None:
    holes = augment.cut(torch.ones(800, 3, SIDE, SIDE)) == 0
    assert torch.equal(holes[:, 0], holes[:, 1])
    assert torch.equal(holes[:, 0], holes[:, 2])
    heights, widths = holes[:, 0].any(dim=2).sum(dim=1), holes[:, 0].any(dim=1).sum(dim=1)
    assert torch.equal(holes[:, 0].sum(dim=(1, 2)), heights * widths)  # a rectangle, whole
    for lengths in (heights, widths):
        assert abs(int(lengths.max()) - SIDE * augment.HOLE) <= 1
        assert int(lengths.min()) == SIDE * augment.HOLE / 2  # its centre on the edge
    assert holes[:, 0].any(dim=0).all()


def test_the_way_back_leads_through_every_alteration() -> None:
    x = torch.randn(2, 3, 6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def once(x: Tensor) -> Tensor:
        torch.manual_seed(3)  # the same each time it is asked
        return augment.augmented(x)

    assert torch.autograd.gradcheck(once, x.requires_grad_(True))
    (slope,) = torch.autograd.grad(once(x).square().sum(), x)
    assert all(one.abs().sum() > 0 for one in slope)


def test_each_picture_is_altered_in_its_own_way(pictures: Tensor) -> None:
    same = pictures[:1].expand(8, -1, -1, -1)
    found = augment.augmented(same)
    assert found.shape == same.shape
    assert found.dtype == same.dtype
    assert torch.equal(same, pictures[:1].expand(8, -1, -1, -1))  # the picture itself is left alone
    assert len({one.numpy().tobytes() for one in found}) == 8


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_each_alteration_happens_as_often_as_asked_whatever_the_others_do(
    share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    factors = {"coloured": 2.0, "shifted": 3.0, "cut": 5.0}
    for name, factor in factors.items():
        monkeypatch.setattr(augment, name, lambda x, factor=factor: factor * x)
    found = augment.augmented(torch.ones(2000, 1, 1, 1), torch.tensor(share)).flatten()
    for happened in itertools.product([False, True], repeat=3):
        product = math.prod(f for f, yes in zip(factors.values(), happened, strict=True) if yes)
        expected = math.prod(share if yes else 1 - share for yes in happened)
        assert (found == product).float().mean().item() == pytest.approx(expected, abs=0.03), happened


def test_what_is_altered_follows_how_sure_the_discriminator_is() -> None:
    """By a batch of PACE each time: up while the mean sign is above SURE, down below it, from 0 to 1."""
    adaptive = augment.Adaptive()
    sure, unsure = torch.tensor([3.0, 0.1, 2.0, 9.0]), torch.tensor([3.0, 0.1, 2.0, -0.1])
    assert unsure.sign().mean() < augment.SURE < sure.sign().mean()
    shares = []
    for verdicts in (unsure, sure, sure, sure, unsure):
        adaptive.adapt(verdicts)
        shares.append(adaptive.share.item() * augment.PACE / 4)
    assert shares == pytest.approx([0, 1, 2, 3, 2])
    adaptive.share.fill_(1)
    adaptive.adapt(sure)
    assert adaptive.share.item() == 1
    other = augment.Adaptive()
    other.load_state_dict(adaptive.state_dict())
    assert other.share.item() == 1
