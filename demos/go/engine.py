"""The network asked about positions: which moves, who wins, whose each point will be.

Reading guide: an `Evaluation` is the answer, an `Evaluator` the one who is asked; the search in search.py
asks through the same call, many positions at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demos.go.board import BLACK
from demos.go.features import planes, symmetry
from demos.go.model import GoNetwork, Output, folded
from demos.go.rules import Position
from gallery.device import pick_device


@dataclass(frozen=True)
class Evaluation:
    """What the network thinks of one position."""

    policy: NDArray[np.float32]  # (size * size + 1,) probabilities, 0 for moves that are not allowed
    win_rate: float  # of the player whose turn it is, 0 to 1
    ownership: NDArray[np.float32]  # (size, size), 1 is certainly Black's, -1 certainly White's

    def best(self, count: int) -> list[int]:
        """The moves with the highest probabilities, best first; only allowed ones."""
        order = np.argsort(-self.policy, kind="stable")[:count]
        return [int(move) for move in order if self.policy[move] > 0]


WORTH_HALVING = 4  # positions in a batch
Evaluate = Callable[[Sequence[Position], float], list[Evaluation]]  # positions of one size, komi


class Evaluator:
    """Asks a network. With `symmetries` 8 it looks at a position from all sides and averages what it sees."""

    def __init__(self, network: nn.Module, symmetries: int = 1) -> None:
        self.network = folded(network) if isinstance(network, GoNetwork) else network
        self.network.to(memory_format=torch.channels_last)
        self.symmetries = symmetries
        self.device = pick_device(str(next(network.parameters()).device))

    @torch.inference_mode()
    def __call__(self, positions: Sequence[Position], komi: float) -> list[Evaluation]:
        """All positions in one batch; they must be of one size. An empty list for none."""
        if not positions:
            return []
        size, points = positions[0].size, positions[0].points
        seen = np.stack([planes(position, komi) for position in positions])
        seen = seen.reshape(len(positions), -1, points)
        turned = [symmetry(i, size) for i in range(self.symmetries)]
        # planes_i[moved[p]] = planes[p]: the picture as somebody sees it who sits at another side.
        stack = np.empty((self.symmetries, *seen.shape), np.float32)
        for view, moved in zip(stack, turned, strict=True):
            view[..., moved] = seen
        batch = torch.from_numpy(stack.reshape(-1, seen.shape[1], size, size))
        batch = batch.to(self.device.torch_device, memory_format=torch.channels_last)
        # A single position is evaluated sooner in 32 bits than it is converted to 16.
        with self.device.autocast() if len(batch) >= WORTH_HALVING else nullcontext():
            output = cast(Output, self.network(batch))
        logits = output.policy.float().cpu().numpy().reshape(self.symmetries, len(positions), points + 1)
        wins = output.value.float().sigmoid().cpu().numpy().reshape(self.symmetries, -1).mean(axis=0)
        owned = output.ownership.float().sigmoid().cpu().numpy().reshape(self.symmetries, -1, points)
        found = []
        for i, position in enumerate(positions):
            allowed = position.legal()
            policy = np.mean(
                [
                    softmax(np.append(logits[k, i, :points][moved], logits[k, i, points]), allowed)
                    for k, moved in enumerate(turned)
                ],
                axis=0,
            )
            own = np.mean([owned[k, i][moved] for k, moved in enumerate(turned)], axis=0) * 2 - 1
            black = own if position.to_play == BLACK else -own
            found.append(
                Evaluation(
                    policy.astype(np.float32), float(wins[i]), black.reshape(size, size).astype(np.float32)
                )
            )
        return found


def softmax(logits: NDArray[np.float32], allowed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Probabilities that add up to 1 over what is allowed."""
    shifted = np.where(allowed, logits.astype(np.float64), -np.inf)
    exponents = np.exp(shifted - shifted.max())
    result: NDArray[np.float64] = exponents / exponents.sum()
    return result


def for_black(position: Position, win_rate: float) -> float:
    """A win rate of whose turn it is, as Black's."""
    return win_rate if position.to_play == BLACK else 1 - win_rate
