"""A training that is stopped goes on; its file is whole at any moment; the curve is a CSV."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from gallery.training import Run, halved, log, random_at


def parts(seed: int) -> dict[str, nn.Module | torch.optim.SGD]:
    torch.manual_seed(seed)
    network = nn.Linear(2, 1)
    return {"network": network, "optimizer": torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)}


def test_a_new_run_begins_at_the_start(tmp_path: Path) -> None:
    run = Run(tmp_path / "run.pt", parts(0), start=7, phase="first")
    assert (run.step, run.notes) == (7, {"phase": "first"})
    assert 0 <= run.seconds < 60
    assert not run.due()
    assert run.due(every=-1.0)


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "run.pt"
    first = parts(0)
    run = Run(path, first, phase="first")
    run.step, run.notes["phase"] = 12, "second"
    run.save()
    other = parts(1)
    again = Run(path, other, start=3, phase="first")
    assert (again.step, again.notes) == (12, {"phase": "second"})
    assert again.seconds >= run.seconds - 1
    for name, value in first["network"].state_dict().items():
        torch.testing.assert_close(other["network"].state_dict()[name], value)


def test_a_stop_while_writing_leaves_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(tmp_path / "run.pt", parts(0))
    run.step = 1
    run.save()

    def stopped(state: object, path: Path) -> None:
        path.write_bytes(b"half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(torch, "save", stopped)
    run.step = 2
    with pytest.raises(KeyboardInterrupt):
        run.save()
    assert Run(tmp_path / "run.pt", parts(1)).step == 1


def test_the_curve_has_one_header(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for step in (1, 2):
        log(tmp_path / "curve.csv", step=step, loss=0.5)
    assert (tmp_path / "curve.csv").read_text().split() == ["step,loss", "1,0.5", "2,0.5"]
    assert "loss 0.5" in capsys.readouterr().out


def test_weights_are_halved_and_statistics_are_not() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    network[1].running_var.fill_(1e6)  # type: ignore[operator]
    found = halved(network.state_dict(), "part.")
    assert found["part.0.weight"].dtype == found["part.1.weight"].dtype == torch.float16
    assert found["part.1.running_var"].tolist() == [1e6, 1e6]
    assert found["part.1.num_batches_tracked"].dtype == torch.int64


def test_what_a_step_draws_depends_on_the_seed_and_the_step() -> None:
    places = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2**31, 5), (2**40, 5)]
    drawn = {place: torch.rand(4, generator=random_at(*place)) for place in places}
    assert len({tuple(values.tolist()) for values in drawn.values()}) == len(places)
    for place, values in drawn.items():
        assert torch.equal(values, torch.rand(4, generator=random_at(*place)))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told")
def test_what_is_freed_is_kept() -> None:
    """In a process of its own, which gives nothing back to the system from then on."""
    script = """
import psutil
from gallery.training import keep_memory

me = psutil.Process()
keep_memory()
block = bytearray(200 << 20)
grown = me.memory_info().rss
del block
print(me.memory_info().rss > grown - (100 << 20))
"""
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "True"
