"""Reading weights files and filling networks: nothing that can run code, nothing half filled."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file, save_model
from torch import Tensor, nn

from gallery.device import memory_of
from gallery.weights import HubFile, ModelSpec, WeightsCorrupt, blueprint_of, filled, read


def spec_of(architecture: Callable[[], nn.Module]) -> ModelSpec:
    return ModelSpec("tiny", "Tiny", architecture, HubFile("http://127.0.0.1/tiny.pth", ""), "CC0-1.0")


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


class Tied(nn.Module):
    """An embedding that is its own output layer, and two tables that it computes for itself."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(5, 4)
        self.head = nn.Linear(4, 5, bias=False)
        self.head.weight = self.embedding.weight
        table = torch.arange(4.0)
        self.register_buffer("table", table, persistent=False)
        self.register_buffer("same_table", table, persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.embedding(tokens) + self.table + self.same_table)


class RunsCode:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> object:
        return os.mkdir, (str(self.target),)


@pytest.mark.parametrize("suffix", ["safetensors", "pth", "old.pth"])
def test_every_format_gives_the_same_network(tmp_path: Path, suffix: str) -> None:
    original, path = network().eval(), tmp_path / f"tiny.{suffix}"
    if suffix == "safetensors":
        save_file(original.state_dict(), path)
    else:
        torch.save(original.state_dict(), path, _use_new_zipfile_serialization=suffix == "pth")
    copy = filled(spec_of(network), path)
    x = torch.rand(2, 3)
    assert torch.equal(copy(x), original(x))
    assert not copy.training
    assert not any(parameter.requires_grad for parameter in copy.parameters())


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="Linux tells what is mapped")
@pytest.mark.parametrize("suffix", ["safetensors", "pth"])
def test_files_are_mapped_and_never_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"mapped.{suffix}"
    state = nn.Linear(64, 64).state_dict()
    save_file(state, path) if suffix == "safetensors" else torch.save(state, path)
    before = path.read_bytes()
    first, second = (filled(spec_of(lambda: nn.Linear(64, 64)), path) for _ in range(2))
    assert str(path) in Path("/proc/self/maps").read_text()
    first.get_parameter("weight").fill_(7.0)
    assert path.read_bytes() == before
    assert torch.equal(second.get_parameter("weight"), state["weight"]), "each load has its own pages"


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_that_would_run_code_is_refused_and_runs_nothing(tmp_path: Path, zipped: bool) -> None:
    path, target = tmp_path / "evil.pth", tmp_path / "ran"
    torch.save({"weight": RunsCode(target)}, path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(WeightsCorrupt, match=r"evil\.pth is no readable weights file"):
        read(path)
    path.write_bytes(pickle.dumps(RunsCode(target)))
    with pytest.raises(WeightsCorrupt):
        read(path)
    assert not target.exists()


@pytest.mark.parametrize("content", [[torch.zeros(2)], {"epoch": 3}, {"state": {"weight": torch.zeros(2)}}])
def test_a_file_with_something_else_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(WeightsCorrupt, match="holds something else than weights"):
        read(tmp_path / "other.pth")


@pytest.mark.parametrize("suffix", ["safetensors", "pth", "old.pth"])
def test_damaged_files_give_one_sentence_or_tensors(tmp_path: Path, suffix: str) -> None:
    good, path = tmp_path / f"good.{suffix}", tmp_path / f"bad.{suffix}"
    state = network().state_dict()
    if suffix == "safetensors":
        save_file(state, good)
    else:
        torch.save(state, good, _use_new_zipfile_serialization=suffix == "pth")
    content, dice = good.read_bytes(), random.Random(1)
    told: set[str] = set()
    for _ in range(80):
        damaged = bytearray(content[: dice.randrange(len(content))] if dice.random() < 0.3 else content)
        for _ in range(dice.choice([0, 1, 8])):
            if damaged:
                damaged[dice.randrange(min(len(damaged), 900))] = dice.randrange(256)
        path.write_bytes(damaged)
        try:
            assert isinstance(read(path), dict)
        except WeightsCorrupt as error:
            told.add(str(error))
    assert f"The file {path.name} is no readable weights file." in told
    assert told <= {
        f"The file {path.name} is no readable weights file.",
        f"The file {path.name} holds something else than weights.",
    }


def test_a_file_that_is_gone_is_not_called_damaged(tmp_path: Path) -> None:
    for name in ("gone.pth", "gone.safetensors"):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / name)


@pytest.mark.parametrize(
    "state",
    [
        {"weight": torch.zeros(4, 3)},
        {"weight": torch.zeros(4, 3), "bias": torch.zeros(4), "extra": torch.zeros(1)},
        {"weight": torch.zeros(3, 4), "bias": torch.zeros(4)},
        {"w": torch.zeros(4, 3), "b": torch.zeros(4)},
    ],
    ids=["missing", "extra", "shape", "names"],
)
def test_a_file_of_another_network_is_refused(tmp_path: Path, state: dict[str, Tensor]) -> None:
    save_file(state, tmp_path / "other.safetensors")
    with pytest.raises(WeightsCorrupt, match=r"other\.safetensors does not hold the weights of Tiny\."):
        filled(spec_of(lambda: nn.Linear(3, 4)), tmp_path / "other.safetensors")


def test_a_name_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    one, two = tmp_path / "one.safetensors", tmp_path / "two.safetensors"
    save_file({"weight": torch.zeros(4, 3), "bias": torch.zeros(4)}, one)
    save_file({"bias": torch.ones(4)}, two)
    with pytest.raises(WeightsCorrupt, match=r"two\.safetensors holds bias, which another file holds too\."):
        filled(spec_of(lambda: nn.Linear(3, 4)), one, two)


def test_files_that_are_not_the_whole_are_refused_by_their_names(tmp_path: Path) -> None:
    one, two = tmp_path / "one.safetensors", tmp_path / "two.safetensors"
    save_file({"weight": torch.zeros(4, 3)}, one)
    save_file({"scale": torch.zeros(4)}, two)
    told = r"The files one\.safetensors, two\.safetensors do not hold the weights of Tiny\."
    with pytest.raises(WeightsCorrupt, match=told):
        filled(spec_of(lambda: nn.Linear(3, 4)), one, two)


@pytest.mark.parametrize("held", ["both", "first", "second"])
def test_tied_weights_stay_tied_and_computed_buffers_are_there(tmp_path: Path, held: str) -> None:
    original, path = Tied(), tmp_path / "tied.pth"
    state = dict(original.state_dict())
    if held != "both":
        del state["head.weight" if held == "first" else "embedding.weight"]
    torch.save(state, path)
    copy = filled(spec_of(Tied), path)
    assert copy.head.weight is copy.embedding.weight
    tokens = torch.tensor([1, 2])
    assert torch.equal(copy(tokens), original(tokens))
    assert memory_of(blueprint_of(spec_of(Tied))) == (5 * 4 + 4) * 4


def test_a_tied_network_saved_by_safetensors_itself(tmp_path: Path) -> None:
    original = Tied()
    save_model(original, str(tmp_path / "tied.safetensors"))
    copy = filled(spec_of(Tied), tmp_path / "tied.safetensors")
    assert torch.equal(copy.head.weight, original.embedding.weight)


def test_sixteen_bits_fill_thirty_two(tmp_path: Path) -> None:
    state = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in network().state_dict().items()
    }
    save_file(state, tmp_path / "half.safetensors")
    copy = filled(spec_of(network), tmp_path / "half.safetensors")
    assert {tensor.dtype for tensor in copy.state_dict().values()} == {torch.float32, torch.int64}
    assert torch.equal(copy.get_parameter("0.weight"), state["0.weight"].float())


def test_a_blueprint_takes_no_memory_and_no_random_numbers() -> None:
    before = torch.get_rng_state()
    blueprint = blueprint_of(spec_of(lambda: nn.Linear(100_000, 100_000)))
    assert memory_of(blueprint) == (100_000 * 100_000 + 100_000) * 4
    assert torch.equal(torch.get_rng_state(), before)
