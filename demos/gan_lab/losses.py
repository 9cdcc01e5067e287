"""What each of the two wants: the losses of the game.

`f` is what the discriminator says, a logit: sigmoid(f) is the probability with which it takes a point for
real. Wasserstein's critic says a number without such a meaning. Shapes are (N, 1) throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import Generator, Tensor
from torch.nn.functional import softplus

Loss = Literal["minimax", "nonsaturating", "r1", "wasserstein"]
LOSSES: tuple[Loss, ...] = get_args(Loss)
TITLES: dict[Loss, str] = {
    "minimax": "Minimax",
    "nonsaturating": "Non-saturating",
    "r1": "Non-saturating + R1",
    "wasserstein": "Wasserstein + GP",
}
GRADIENT_PENALTY = 0.1  # its weight for points in the plane (Gulrajani et al. 2017)
R1 = 0.2  # the weight gamma of Mescheder et al. 2018
Discriminator = Callable[[Tensor], Tensor]


def generator_loss(loss: Loss, f_fake: Tensor) -> Tensor:
    """To be made small by the generator."""
    match loss:
        case "minimax":  # log(1 - sigmoid(f)) = -softplus(f): flat where the discriminator is sure
            return -softplus(f_fake).mean()
        case "wasserstein":
            return -f_fake.mean()
    return softplus(-f_fake).mean()  # -log sigmoid(f): steep where the discriminator is sure


def discriminator_loss(loss: Loss, f_real: Tensor, f_fake: Tensor) -> Tensor:
    """To be made small by the discriminator, without the penalty."""
    if loss == "wasserstein":
        return f_fake.mean() - f_real.mean()
    return softplus(-f_real).mean() + softplus(f_fake).mean()  # -log sigmoid(f), -log(1 - sigmoid(f))


def penalty(
    loss: Loss, discriminator: Discriminator, real: Tensor, fake: Tensor, random: Generator
) -> Tensor | None:
    """What keeps the discriminator from being steep, for those losses that have it; points are (N, 2)."""
    match loss:
        case "wasserstein":
            return GRADIENT_PENALTY * gradient_penalty(discriminator, real, fake, random)
        case "r1":
            return R1 / 2 * slopes(discriminator, real).square().mean()
    return None


def gradient_penalty(discriminator: Discriminator, real: Tensor, fake: Tensor, random: Generator) -> Tensor:
    """Mean of $(|∇f(x)| - 1)^2$ at random points between a real and a fake one (Gulrajani et al. 2017)."""
    share = torch.rand(len(real), 1, generator=random, dtype=real.dtype)
    return (slopes(discriminator, torch.lerp(fake, real, share)) - 1).square().mean()


def slopes(discriminator: Discriminator, points: Tensor) -> Tensor:
    """$|∇f(x)|$ at each of (N, 2) points, (N,), which can be differentiated itself."""
    points = points.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(discriminator(points).sum(), points, create_graph=True)
    length: Tensor = gradient.norm(dim=1)
    return length
