"""The classifier's training: a stopped run goes on as if it had not been stopped."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from demos.imagenet.data import TinyImageNet
from demos.imagenet.train import Settings, train
from gallery.device import pick_device
from gallery.training import Run

TINY = dataclasses.replace(Settings(), resolutions=((1, 16), (2, 16)), batch=4)


@pytest.fixture
def data() -> TinyImageNet:
    random = torch.Generator().manual_seed(0)

    def images(count: int) -> torch.Tensor:
        return torch.randint(256, (count, 3, 64, 64), generator=random, dtype=torch.uint8)

    def labels(count: int) -> torch.Tensor:
        return torch.arange(count) % 200

    return TinyImageNet(images(8), labels(8), images(4), labels(4), images(4), labels(4))


def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(
    data: TinyImageNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = pick_device("cpu")
    whole, _ = train(data, TINY, device, make(tmp_path / "whole"))
    save = Run.save

    def save_and_stop(run: Run) -> None:
        save(run)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Run, "save", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            train(data, TINY, device, make(tmp_path / "parts"))
    resumed, seconds = train(data, TINY, device, tmp_path / "parts")
    assert seconds > 0
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value, msg=name)
    rows = (tmp_path / "parts" / "curve.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "1", "2"]


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder
