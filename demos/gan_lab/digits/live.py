"""A training that goes on, before one's eyes, from any moment that ships.

The players and their running mean come from the snapshot; what the optimizers had learnt about the slopes
does not ship, so they begin anew. The real pictures are the 2,000 that ship, not all 60,000.

Reading guide: `going_on` plays rounds, a slice in each turn at the machine, and tells now and then how it
stands.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from demos.gan_lab.digits.engine import checked_moment, checked_seed, checked_set, page_noise
from demos.gan_lab.digits.model import Film, Snapshot
from demos.gan_lab.digits.models import DIGITS
from demos.gan_lab.digits.pictures import packed
from demos.gan_lab.digits.training import Losses, Settings, Training, as_bytes, mean_of
from gallery.runtime import Runtime

SECONDS = 180.0  # that a run may take
STEPS = 3000
SLICE = 0.1  # seconds of a turn: a few rounds on a GPU, one on a CPU, so that many runs share it evenly
BETWEEN_FRAMES = 0.3  # seconds
MOST_POINTS = 100  # of a curve: then two neighbours become one


@dataclass(frozen=True)
class Point:
    """Means over some rounds, the last of which was `step`."""

    step: int
    rounds: int
    losses: Losses


@dataclass(frozen=True)
class Frame:
    """How a run stands. `pictures` uint8 (60, 28, 28) are drawn from the noise of the film's page.

    `ended` is empty while it goes on, then "stopped", "time" or "steps".
    """

    which: str
    start: int
    step: int
    seconds: float
    pictures: Tensor
    curve: tuple[Point, ...]
    ended: str = ""

    @property
    def rate(self) -> float:
        """Rounds a second, the waiting for others included."""
        return (self.step - self.start) / self.seconds if self.seconds > 0 else 0.0


def going_on(
    which: str,
    moment: float | str | None,
    seed: float | str | None,
    house: Runtime,
    stopped: Callable[[], bool] = lambda: False,
    *,
    seconds: float = SECONDS,
    steps: int = STEPS,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Frame]:
    """Yields a frame at the start, then at most three a second, and one at the end. Raises InputError.

    All work is done by whoever asks for the next frame, so closing the generator is the end of it; a turn is
    never held across a yield.
    """
    start, number = checked_moment(moment), checked_seed(seed)
    training = begun(checked_set(which), start, number, house)
    pictures, labels = packed(which)
    noise, asked = page_noise(number)
    began = told = clock()
    fresh: list[Losses] = []
    curve: tuple[Point, ...] = ()
    with house.gate.turn():
        drawn = draw(training.players, noise, asked)
    yield Frame(which, start, start, 0.0, drawn, curve)
    ended = ""
    while not ended:
        with house.gate.turn():
            until = clock() + SLICE
            while training.step < start + steps:
                fresh.append(training.play(pictures, labels))
                if clock() >= until:
                    break
            now = clock()
            ended = (
                "stopped" if stopped()
                else "steps" if training.step >= start + steps
                else "time" if now - began >= seconds
                else ""
            )  # fmt: skip
            news = bool(ended) or now - told >= BETWEEN_FRAMES
            if news:
                drawn = draw(training.players, noise, asked)
        if news:
            told = now
            curve = longer(curve, Point(training.step, len(fresh), mean_of(fresh)))
            fresh = []
            yield Frame(which, start, training.step, now - began, drawn, curve, ended)


def begun(which: str, start: int, seed: int, house: Runtime) -> Training:
    """The players of a moment, as a copy that belongs to this run alone."""

    def copied(model: nn.Module) -> Snapshot:
        assert isinstance(model, Film)
        return copy.deepcopy(model.at(which, start))

    return Training(house.run(DIGITS, copied), Settings(seed=seed), house.device, step=start)


@torch.no_grad()
def draw(players: Snapshot, noise: Tensor, labels: Tensor) -> Tensor:
    """uint8 (N, 28, 28) by the running mean of the generator."""
    place = next(players.parameters()).device
    return as_bytes(players.average(noise.to(place), labels.to(place)))


def longer(curve: tuple[Point, ...], point: Point) -> tuple[Point, ...]:
    """The curve with one point more, or half as many where there were MOST_POINTS.

    The newest point grows until it stands for as many rounds as the first, so that no part is rougher.
    """
    if curve and curve[-1].rounds < curve[0].rounds:
        return (*curve[:-1], merged(curve[-1], point))
    curve = (*curve, point)
    if len(curve) <= MOST_POINTS:
        return curve
    pairs = zip(curve[::2], curve[1::2], strict=False)
    rest = curve[len(curve) // 2 * 2 :]
    return (*(merged(a, b) for a, b in pairs), *rest)


def merged(a: Point, b: Point) -> Point:
    """Two neighbours as one, each counted by its rounds."""
    rounds = a.rounds + b.rounds
    means = {
        name: (a.rounds * value + b.rounds * getattr(b.losses, name)) / rounds
        for name, value in vars(a.losses).items()
    }
    return Point(b.step, rounds, Losses(**means))
