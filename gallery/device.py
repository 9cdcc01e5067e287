"""Which hardware the models run on. The only file that asks torch about hardware.

`Hardware` is the little that the model cache wants to know, so that tests can pretend.
"""

from __future__ import annotations

import contextlib
import gc
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

import psutil
import torch
from torch import Tensor, nn

HOST_SHARE = 0.5  # of the memory that the container may use; the rest is for everything else
DEVICE_SHARE = 0.9  # of a GPU's memory; the driver and the libraries take their part
ACTIVATIONS = 1 << 30  # bytes of a GPU that stay free for the work itself
OUT_OF_MEMORY = ("allocate memory", "out of memory", "ALLOC_FAILED")


class Tier(Enum):
    """Where the weights of a model are."""

    DEVICE = "device"
    HOST = "host"


class Hardware(Protocol):
    """What the model cache asks of the machine."""

    two_tiers: bool  # whether the device has memory of its own
    parallel_loads: int

    def free_device_bytes(self) -> int | None:
        """What the driver says is free; None where the device shares the host's memory."""

    def move(self, model: nn.Module, tier: Tier) -> None:
        """Copy all tensors of `model`, or raise and leave every one where it was."""

    def release_unused(self) -> None:
        """Hand memory that the allocator keeps for later back to the driver."""

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Whether `error` says that the device's memory was too small."""


@dataclass(frozen=True)
class Device:
    """Where tensors live and in which precision training may compute.

    `training_dtype` is bfloat16 where the hardware multiplies it natively, else float32.
    """

    torch_device: torch.device
    training_dtype: torch.dtype

    def autocast(self) -> contextlib.AbstractContextManager[None]:
        """A context in which matrix products are computed in `training_dtype`."""
        if self.training_dtype == torch.float32:
            return contextlib.nullcontext()
        return torch.autocast(self.torch_device.type, self.training_dtype)

    @property
    def name(self) -> str:
        """For people: "CPU" or the name of the graphics card."""
        if self.torch_device.type == "cuda":
            return torch.cuda.get_device_name(self.torch_device)
        return {"cpu": "CPU", "mps": "Apple GPU"}.get(self.torch_device.type, self.torch_device.type)


class TorchHardware:
    """The real thing."""

    def __init__(self, device: Device) -> None:
        self.device = device.torch_device
        self.two_tiers = device.torch_device.type != "cpu"
        # Two loads at once on a GPU would both believe the same free memory to be theirs.
        self.parallel_loads = 1 if self.two_tiers else max(2, torch.get_num_threads())

    def free_device_bytes(self) -> int | None:
        if self.device.type != "cuda":
            return None
        free, _ = torch.cuda.mem_get_info(self.device)
        kept = torch.cuda.memory_reserved(self.device) - torch.cuda.memory_allocated(self.device)
        return free + kept

    def move(self, model: nn.Module, tier: Tier) -> None:
        target = self.device if tier is Tier.DEVICE else torch.device("cpu")
        # All copies first: if one fails, the model has not changed yet. Whoever makes room may be
        # in inference mode, and tensors made there could never again be part of a gradient.
        with torch.inference_mode(False), torch.no_grad():
            copies: dict[Tensor, Tensor] = {t: t.to(target) for t in [*model.parameters(), *model.buffers()]}
        for parameter in model.parameters():
            parameter.data = copies[parameter]
        for module in model.modules():
            for name, buffer in module.named_buffers(recurse=False, remove_duplicate=False):
                setattr(module, name, copies[buffer])

    def release_unused(self) -> None:
        if self.two_tiers:
            gc.collect()
            torch.accelerator.memory.empty_cache()

    def is_out_of_memory(self, error: BaseException) -> bool:
        # The CPU's allocator, Apple's and some of CUDA's libraries raise a plain RuntimeError,
        # known by its text alone.
        return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
            isinstance(error, RuntimeError) and any(text in str(error) for text in OUT_OF_MEMORY)
        )


def pick_device(name: str = "auto") -> Device:
    """The device called `name`: auto, cpu, cuda, cuda:1, mps.

    Raises ValueError where this machine has no such device.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device: torch.device | None = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda", "mps"):
        raise ValueError(f"There is no device called {name}: auto, cpu, cuda, cuda:1 or mps.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(f"This machine has no device {name} that torch can use.")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise ValueError("This machine has no Apple GPU that torch can use.")
    return Device(device, training_dtype(device))


def training_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the hardware multiplies it natively: emulated it is slower than float32."""
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported()
    else:
        fast = device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


def memory_of(model: nn.Module) -> int:
    """Bytes of all tensors of a model, each storage once, however many tensors share it."""
    storages = (tensor.untyped_storage() for tensor in [*model.parameters(), *model.buffers()])
    return sum({storage._cdata: storage.nbytes() for storage in storages}.values())


def usable_host_memory() -> int:
    """Bytes that this process may use: the machine's, or the container's limit if that is less."""
    total = psutil.virtual_memory().total
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        if limit.is_file() and (text := limit.read_text().strip()).isdigit():
            total = min(total, int(text))
    return total


def default_budgets(device: Device) -> tuple[int, int]:
    """Bytes of weights for (device, host); on a CPU the host's share is the device's."""
    host = int(usable_host_memory() * HOST_SHARE)
    if device.torch_device.type == "cuda":
        _, total = torch.cuda.mem_get_info(device.torch_device)
        return int(total * DEVICE_SHARE), host
    # An Apple GPU shares the memory of the host, so both tiers share its budget.
    return (host, 0) if device.torch_device.type == "cpu" else (host // 2, host // 2)
