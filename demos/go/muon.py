"""Muon (Jordan 2024, https://kellerjordan.github.io/posts/muon): momentum, each step made orthogonal.

A kernel's step has a few large directions and many small ones. Making them equally large lets the rare ones
count, and a network learns from fewer positions. PyTorch's own `torch.optim.Muon` takes matrices alone; here
the kernels of convolutions are seen as matrices, one row for each output channel.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

# Jordan's polynomial: applied five times it brings singular values between 0.001 and 1 near to 1.
COEFFICIENTS = (3.4445, -4.7750, 2.0315)


def orthogonalised(matrix: Tensor, times: int = 5) -> Tensor:
    """(rows, columns), nearly the nearest matrix with orthonormal rows or columns."""
    a, b, c = COEFFICIENTS
    x = matrix / (matrix.norm() + 1e-7)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    for _ in range(times):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    found: Tensor = x if wide else x.T
    return found


class Muon(torch.optim.Optimizer):
    """For kernels (out, in, height, width). `lr` is the size of a step relative to an orthogonal matrix."""

    def __init__(
        self,
        params: Iterable[nn.Parameter],
        lr: float = 0.02,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                gradient, state = parameter.grad, self.state[parameter]
                if "momentum" not in state:
                    state["momentum"] = torch.zeros_like(gradient)
                state["momentum"].lerp_(gradient, 1 - group["momentum"])
                ahead = gradient.lerp(state["momentum"], group["momentum"])  # Nesterov's
                matrix = ahead.reshape(len(ahead), -1).float()
                tall = max(1.0, matrix.shape[0] / matrix.shape[1]) ** 0.5
                parameter.mul_(1 - group["lr"] * group["weight_decay"])
                parameter.add_(
                    orthogonalised(matrix).reshape(parameter.shape).to(parameter.dtype),
                    alpha=-group["lr"] * tall,
                )
