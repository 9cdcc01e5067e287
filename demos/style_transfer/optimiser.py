"""Coarse to fine: a picture is painted small first, then larger and larger.

At a quarter of the size a step costs a sixteenth, and a network that sees 70 pixels around a point sees four
times as much of the picture: the large strokes are laid there, and what remains for the full size is detail.
That is how a painter works too. Within a size it is L-BFGS (Liu and Nocedal 1989), as Gatys et al. use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from demos.style_transfer.losses import Loss, Terms

HISTORY = 50  # past steps from which L-BFGS guesses the curvature
COARSEST = 64  # pixels of the shorter side; smaller says nothing about a stroke
SHARE = 0.6  # steps at a size in relation to those at half of it: what is laid well there, stays
BLOW_UP = 4.0  # a loss so many times the best one so far: the curvature was guessed wrongly


@dataclass(frozen=True)
class Level:
    """One size of the canvas, height and width in pixels, and the steps taken there."""

    height: int
    width: int
    steps: int


@dataclass(frozen=True)
class Step:
    """A step taken: `picture` is (1, 3, H, W) at the level's size, in [0, 1]; terms are from before it."""

    number: int
    level: Level
    picture: Tensor
    style: float
    content: float
    total: float


def plan(height: int, width: int, steps: int) -> tuple[Level, ...]:
    """Levels of half the size each, coarse to fine, and how `steps` are shared out among them.

    Each level takes SHARE times as many steps as the one before it: of three levels about 51, 31 and 18 %.
    """
    sizes = [(height, width)]
    while min(sizes[-1]) >= 2 * COARSEST and len(sizes) < 4:
        h, w = sizes[-1]
        sizes.append((h // 2, w // 2))
    weights = [SHARE**i for i in range(len(sizes))]
    finer = [max(1, int(steps * weight / sum(weights))) for weight in weights[1:]]
    counts = [steps - sum(finer), *finer]
    levels = [Level(h, w, n) for (h, w), n in zip(reversed(sizes), counts, strict=True)]
    return tuple(level for level in levels if level.steps)


def resized(picture: Tensor, height: int, width: int) -> Tensor:
    """(B, C, H, W) at another size, without aliasing."""
    if picture.shape[-2:] == (height, width):
        return picture
    return F.interpolate(picture, (height, width), mode="bicubic", antialias=True).clamp(0, 1)


def minimise(
    start: Tensor,
    levels: Sequence[Level],
    loss_at: Callable[[Level], Loss],
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Step]:
    """Yields every step; whoever stops asking stops the work. `start` is (1, 3, H, W) in [0, 1].

    `loss_at` makes the loss for a level. Deterministic on one machine with one number of threads.
    """
    picture, number = start, 0
    for level in levels:
        loss, begun = loss_at(level), resized(picture, level.height, level.width)
        for terms, picture in descend(loss, begun, level.steps):
            number += 1
            total, style, content = (float(x.detach()) for x in (terms.total, terms.style, terms.content))
            yield Step(number, level, picture, style, content, total)
            if stopped():
                return


def descend(loss: Loss, start: Tensor, steps: int) -> Iterator[tuple[Terms, Tensor]]:
    """L-BFGS from `start`: the terms before each step, and the picture after it."""
    picture = start.clone(memory_format=torch.contiguous_format).requires_grad_()
    best, safe = float("inf"), start
    optimizer = new_lbfgs(picture)
    terms: list[Terms] = []

    def closure() -> Tensor:
        with torch.no_grad():
            picture.clamp_(0, 1)  # what leaves the range of a pixel would be lost when it is shown
        optimizer.zero_grad()
        terms.append(loss(picture))
        terms[-1].total.backward()
        return terms[-1].total

    for number in range(steps):
        before = picture.detach().clone()
        with torch.enable_grad():
            optimizer.step(closure)
        now = terms.pop()
        total = float(now.total.detach())
        if not total < BLOW_UP * best:  # also where it is not a number
            # Back to the best picture, with the curvature forgotten: what follows are small careful steps.
            with torch.no_grad():
                picture.copy_(safe)
            optimizer = new_lbfgs(picture)
        elif total < best:
            best, safe = total, before
        if number == steps - 1:  # no further evaluation would notice that this step went astray
            with torch.no_grad():
                if not float(loss(picture.clamp(0, 1)).total) < BLOW_UP * best:
                    picture.copy_(safe)
        yield now, picture.detach().clamp(0, 1)


def new_lbfgs(picture: Tensor) -> torch.optim.LBFGS:
    # One step a call, without a line search: each costs one evaluation, and each can be shown.
    return torch.optim.LBFGS(
        [picture], max_iter=1, history_size=HISTORY, tolerance_grad=0, tolerance_change=0
    )
