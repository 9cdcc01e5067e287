"""The hardware that tests can reach: the CPU, and "meta" as a device with a memory of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from gallery import device
from gallery.device import (
    Device,
    Tier,
    TorchHardware,
    default_budgets,
    memory_of,
    pick_device,
    usable_host_memory,
)


class Network(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.second = nn.Linear(3, 4)
        self.second.weight = self.first.weight
        self.norm = nn.BatchNorm1d(4)
        self.register_buffer("mean", self.norm.running_mean)
        self.eval().requires_grad_(False)


def pretend_card() -> TorchHardware:
    """Tensors on "meta" have no values, but they are elsewhere, as on a graphics card."""
    return TorchHardware(Device(torch.device("meta"), torch.float32))


def places(model: nn.Module) -> set[str]:
    return {tensor.device.type for tensor in [*model.parameters(), *model.buffers()]}


def test_a_model_moves_whole_and_stays_tied(monkeypatch: pytest.MonkeyPatch) -> None:
    # "meta" refuses `parameter.data = ...`, unlike a card: real copies from CPU to CPU stand for it.
    copy = torch.Tensor.to
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, target: copy(tensor, target, copy=True))
    model, hardware = Network(), TorchHardware(pick_device("cpu"))
    values = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    places = {tensor.data_ptr() for tensor in model.state_dict().values()}
    parameters = [id(parameter) for parameter in model.parameters()]
    size = memory_of(model)
    hardware.move(model, Tier.DEVICE)
    assert places.isdisjoint(tensor.data_ptr() for tensor in model.state_dict().values())
    hardware.move(model, Tier.HOST)
    assert all(torch.equal(tensor, values[name]) for name, tensor in model.state_dict().items())
    assert [id(parameter) for parameter in model.parameters()] == parameters
    assert model.second.weight is model.first.weight
    assert model.mean is model.norm.running_mean
    assert memory_of(model) == size


def test_a_copy_that_fails_leaves_every_tensor_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    model, copy, calls = Network(), torch.Tensor.to, 0
    before = {name: tensor.data_ptr() for name, tensor in model.state_dict().items()}

    def failing(tensor: torch.Tensor, target: torch.device) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise torch.OutOfMemoryError
        return copy(tensor, target)

    monkeypatch.setattr(torch.Tensor, "to", failing)
    with pytest.raises(torch.OutOfMemoryError):
        pretend_card().move(model, Tier.DEVICE)
    assert places(model) == {"cpu"}
    assert {name: tensor.data_ptr() for name, tensor in model.state_dict().items()} == before


def test_what_is_moved_in_inference_mode_can_still_be_part_of_a_gradient(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copy = torch.Tensor.to
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, target: copy(tensor, target, copy=True))
    model, hardware = Network(), TorchHardware(pick_device("cpu"))
    with torch.inference_mode():
        hardware.move(model, Tier.HOST)
    x = torch.rand(2, 3, requires_grad=True)
    model.norm(model.first(x)).sum().backward()
    assert x.grad is not None


def test_memory_is_counted_storage_by_storage() -> None:
    with torch.device("meta"):
        blueprint = Network()
    expected = (3 * 4 + 2 * 4) * 4 + (4 * 4) * 4 + 8  # Linear twice but one weight; BatchNorm
    assert memory_of(Network()) == memory_of(blueprint) == expected
    views = nn.Module()
    table = torch.zeros(10)
    views.register_buffer("all", table)
    views.register_buffer("first_half", table[:5])
    assert memory_of(views) == 40


def test_out_of_memory_is_recognised() -> None:
    hardware = TorchHardware(pick_device("cpu"))
    for error in (
        torch.OutOfMemoryError("CUDA out of memory."),
        MemoryError(),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory: you ..."
        ),
        RuntimeError("MPS backend out of memory (MPS allocated: 1 MB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("unable to mmap 8 bytes from file <x>: Cannot allocate memory (12)"),
    ):
        assert hardware.is_out_of_memory(error), error
    for other in (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("out of memory")):
        assert not hardware.is_out_of_memory(other)
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60)
    assert hardware.is_out_of_memory(caught.value), "the CPU's own words"


def test_the_cpu_is_one_tier_and_the_card_two() -> None:
    cpu = TorchHardware(pick_device("cpu"))
    assert (cpu.two_tiers, cpu.free_device_bytes()) == (False, None)
    assert cpu.parallel_loads >= 2
    cpu.release_unused()
    assert (pretend_card().two_tiers, pretend_card().parallel_loads) == (True, 1)


@pytest.mark.parametrize("name", ["abacus", "", "cuda:x", "meta", "xpu"])
def test_unknown_devices_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="There is no device called"):
        pick_device(name)


def test_devices_that_this_machine_lacks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for name in ("cuda", "cuda:1", "mps"):
        with pytest.raises(ValueError, match="This machine has no"):
            pick_device(name)
    assert pick_device().torch_device.type == "cpu"
    assert pick_device().name == "CPU"


def test_training_dtype_and_autocast() -> None:
    half = Device(torch.device("cpu"), torch.bfloat16)
    with half.autocast():
        assert nn.Linear(2, 2)(torch.ones(1, 2)).dtype == torch.bfloat16
    with Device(torch.device("cpu"), torch.float32).autocast():
        assert nn.Linear(2, 2)(torch.ones(1, 2)).dtype == torch.float32
    assert pick_device("cpu").training_dtype in (torch.bfloat16, torch.float32)


def test_a_container_may_use_less_than_the_machine_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_text
    limit = "1000000000"
    monkeypatch.setattr(Path, "is_file", lambda path: path.name == "memory.max")
    monkeypatch.setattr(Path, "read_text", lambda path: limit if path.name == "memory.max" else read(path))
    assert usable_host_memory() == 1_000_000_000
    assert default_budgets(pick_device("cpu")) == (int(1e9 * device.HOST_SHARE), 0)
    limit = "max"
    assert usable_host_memory() > 1_000_000_000
