"""How the network learns from the games that it played: towards what the search found, and who won."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from demos.go.features import SYMMETRIES, symmetry
from demos.go.zero.network import PLANES, ZeroNetwork
from demos.go.zero.play import Examples
from demos.go.zero.settings import Settings


def losses(network: ZeroNetwork, planes: Tensor, policy: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
    """The paper's: cross-entropy of the visits, in nats, and squared error of the result."""
    logits, expected = network(planes)
    return F.cross_entropy(logits, policy), F.mse_loss(expected, value)


def dealt(
    examples: Sequence[Examples], size: int, count: int, random: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """`count` random positions, each turned or mirrored at random: planes, policies, values."""
    lengths = np.array([len(part.value) for part in examples])
    chosen = random.integers(lengths.sum(), size=count)
    part = np.searchsorted(lengths.cumsum(), chosen, side="right")
    row = chosen - (lengths.cumsum() - lengths)[part]
    rows = list(zip(part, row, strict=True))
    planes = np.stack([examples[i].planes[j] for i, j in rows]).astype(np.float32)
    policy = np.stack([examples[i].policy[j] for i, j in rows]).astype(np.float32)
    value = np.array([examples[i].value[j] for i, j in rows], np.float32)
    planes, policy = turned(planes, policy, size, random.integers(SYMMETRIES, size=count))
    return (
        torch.from_numpy(planes.reshape(count, len(PLANES), size, size)),
        torch.from_numpy(policy),
        torch.from_numpy(value),
    )


def turned(
    planes: NDArray[np.float32], policy: NDArray[np.float32], size: int, symmetries: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Planes (B, C, points) and policies (B, points + 1) as somebody sees them who sits at another side."""
    # `symmetry` says where a point goes; gathering needs to know where it came from.
    origin = np.stack([np.argsort(symmetry(i, size)) for i in range(SYMMETRIES)])[symmetries]
    points = np.take_along_axis(policy[:, :-1], origin, axis=1)
    return (
        np.take_along_axis(planes, origin[:, None], axis=2),
        np.concatenate([points, policy[:, -1:]], axis=1),
    )


def optimizer_of(network: ZeroNetwork, s: Settings) -> torch.optim.Optimizer:
    return torch.optim.AdamW(network.parameters(), lr=s.learning_rate, weight_decay=s.weight_decay)


def learn(
    network: ZeroNetwork,
    mean: ZeroNetwork,
    optimizer: torch.optim.Optimizer,
    examples: Sequence[Examples],
    s: Settings,
    random: np.random.Generator,
) -> Iterator[tuple[float, float]]:
    """Yields the losses of each step, policy and value. `mean` follows the weights of `network` slowly.

    As many positions are dealt as make `s.passes` of those of the last generation.
    """
    device = next(network.parameters()).device
    network.train()
    for _ in range(max(1, round(s.passes * len(examples[-1].value) / s.batch))):
        planes, policy, value = (t.to(device) for t in dealt(examples, s.size, s.batch, random))
        policy_loss, value_loss = losses(network, planes, policy, value)
        optimizer.zero_grad()
        (policy_loss + value_loss).backward()
        optimizer.step()
        follow(mean, network, s.ema_decay)
        yield policy_loss.item(), value_loss.item()


@torch.no_grad()
def follow(mean: ZeroNetwork, network: ZeroNetwork, decay: float) -> None:
    """mean = decay * mean + (1 - decay) * network, statistics of normalisation included."""
    for old, new in zip(mean.state_dict().values(), network.state_dict().values(), strict=True):
        if old.is_floating_point():
            old.lerp_(new, 1 - decay)
        else:
            old.copy_(new)
