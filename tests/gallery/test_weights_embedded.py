"""Weights files that ship: found by their model card, and checked before use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from gallery.card import Card
from gallery.weights import Embedded, ModelSpec, WeightsCorrupt, filled

CARD = """---
weights: tiny.safetensors
sha256: {sha256}
data: none
licence: CC0-1.0
commit: "0000000"
seed: 1
command: none
wall_time: 0 s
metrics: {{}}
---
Text.
"""


@pytest.fixture
def embedded(tmp_path: Path) -> Embedded:
    file = tmp_path / "tiny.safetensors"
    save_file({"weight": torch.arange(1000.0)}, file)
    card = tmp_path / "card.md"
    card.write_text(CARD.format(sha256=hashlib.sha256(file.read_bytes()).hexdigest()))
    return Embedded(card, folder=tmp_path)


def test_embedded_file_is_checked_and_reports_progress(embedded: Embedded) -> None:
    seen: list[tuple[int, int | None]] = []
    (path,) = embedded.fetch(lambda done, total: seen.append((done, total)))
    assert path.name == "tiny.safetensors"
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b[:-1] + b"!", lambda b: b + b"\0", lambda b: b""]
)
def test_damaged_embedded_file_is_refused(embedded: Embedded, damage: Callable[[bytes], bytes]) -> None:
    path = embedded.folder / "tiny.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(WeightsCorrupt, match=r"tiny\.safetensors is damaged or was changed") as caught:
        embedded.fetch()
    assert "\n" not in str(caught.value)


def test_missing_embedded_file_is_named(embedded: Embedded) -> None:
    (embedded.folder / "tiny.safetensors").unlink()
    with pytest.raises(WeightsCorrupt, match=r"tiny\.safetensors is missing"):
        embedded.fetch()


@pytest.fixture
def in_two_files(tmp_path: Path) -> Embedded:
    """A linear layer whose card names a file for each of its parameters."""
    files = [tmp_path / "one.safetensors", tmp_path / "two.safetensors"]
    save_file({"weight": torch.arange(2000.0).reshape(2, 1000)}, files[0])
    save_file({"bias": torch.tensor([3.0, 4.0])}, files[1])
    card = tmp_path / "card.md"
    card.write_text(CARD.format(sha256="x"))
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    Card.update(card, weights=[file.name for file in files], sha256=digests)
    return Embedded(card, folder=tmp_path)


def test_a_model_in_two_files_is_loaded_and_progress_runs_over_both(in_two_files: Embedded) -> None:
    seen: list[tuple[int, int | None]] = []
    paths = in_two_files.fetch(lambda done, total: seen.append((done, total)))
    assert [path.name for path in paths] == ["one.safetensors", "two.safetensors"]
    sizes = [path.stat().st_size for path in paths]
    assert seen == [(sizes[0], sum(sizes)), (sum(sizes), sum(sizes))]
    spec = ModelSpec("two", "Two", lambda: nn.Linear(1000, 2), in_two_files, "CC0-1.0")
    model = filled(spec, *paths)
    assert torch.equal(model.get_parameter("weight"), torch.arange(2000.0).reshape(2, 1000))
    assert torch.equal(model(torch.zeros(1000)), torch.tensor([3.0, 4.0]))


@pytest.mark.parametrize("name", ["one", "two"])
def test_each_of_two_files_is_checked(in_two_files: Embedded, name: str) -> None:
    path = in_two_files.folder / f"{name}.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(WeightsCorrupt, match=rf"{name}\.safetensors is damaged or was changed"):
        in_two_files.fetch()
    path.unlink()
    with pytest.raises(WeightsCorrupt, match=rf"{name}\.safetensors is missing"):
        in_two_files.fetch()


def test_two_files_in_each_others_place_are_refused(in_two_files: Embedded) -> None:
    one, two = in_two_files.paths
    one.rename(one.with_name("kept"))
    two.rename(one)
    one.with_name("kept").rename(two)
    with pytest.raises(WeightsCorrupt, match="is damaged or was changed"):
        in_two_files.fetch()
