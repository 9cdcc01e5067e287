"""Real pictures: read, packed and unpacked, and laid out as a grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from demos.gan_lab.digits import pictures as module
from demos.gan_lab.digits.model import LABELS, SETS
from demos.gan_lab.digits.pictures import NAMES, PACKED, grid, pack, packed, read_folder, sheet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for label in range(LABELS):
        (tmp_path / str(label)).mkdir()
        for number in range(2):
            grey = np.full((28, 28), 10 * label + number, np.uint8)
            Image.fromarray(grey).save(tmp_path / str(label) / f"{number}.png")
    return tmp_path


def test_a_folder_is_read_in_order(folder: Path) -> None:
    pictures, labels = read_folder(folder)
    assert pictures.shape == (20, 28, 28)
    assert pictures.dtype == torch.uint8
    assert labels.tolist() == [label for label in range(LABELS) for _ in range(2)]
    assert pictures[:, 0, 0].tolist() == [
        10 * label + number for label in range(LABELS) for number in range(2)
    ]


def test_what_was_read_is_kept(folder: Path, tmp_path: Path) -> None:
    first = read_folder(folder, tmp_path / "kept.pt")
    again = read_folder(tmp_path / "nowhere", tmp_path / "kept.pt")
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_label_without_pictures_is_named(folder: Path) -> None:
    for path in (folder / "4").glob("*.png"):
        path.unlink()
    with pytest.raises(ValueError, match=r"no PNG files in .*4"):
        read_folder(folder)


def test_what_is_packed_comes_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHEETS", tmp_path)
    labels = torch.arange(LABELS).repeat(PACKED + 5)
    pictures = torch.zeros(len(labels), 28, 28, dtype=torch.uint8)
    pictures[:, 0, 0] = (20 * labels).byte()  # each says what it is, and which one
    numbers = torch.arange(len(labels))
    pictures[:, 1, 0], pictures[:, 1, 1] = (numbers // 100).byte(), (numbers % 100).byte()
    pack(pictures, labels, sheet("digits"))
    packed.cache_clear()
    try:
        found, named = packed("digits")
    finally:
        packed.cache_clear()
    assert found.shape == (LABELS * PACKED, 28, 28)
    assert torch.equal(found[:, 0, 0], (20 * named).byte())
    known = {bytes(one.numpy().tobytes()) for one in pictures}
    shown = [bytes(one.numpy().tobytes()) for one in found]
    assert set(shown) <= known
    assert len(set(shown)) == len(shown), "Without replacement."


@pytest.mark.parametrize("which", SETS)
def test_what_ships_is_small_and_of_every_label(which: str) -> None:
    pictures, labels = packed(which)
    assert pictures.shape == (2000, 28, 28)
    assert labels.bincount().tolist() == [PACKED] * LABELS
    assert 30 < pictures.float().mean() < 110
    assert sheet(which).stat().st_size < 1_500_000
    assert len(NAMES[which]) == LABELS


def test_another_set_is_refused() -> None:
    with pytest.raises(KeyError):
        sheet("letters")


def test_a_grid_is_read_like_a_text() -> None:
    pictures = torch.arange(6).byte()[:, None, None].expand(6, 28, 28).contiguous()
    pixels = np.asarray(grid(pictures, 3))
    assert pixels.shape == (56, 84)
    assert pixels[::28, ::28].tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match="do not fill"):
        grid(pictures, 4)
