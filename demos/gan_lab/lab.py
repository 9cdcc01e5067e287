"""The laboratory: generator and discriminator of points in the plane, one step after the other.

Reading guide: `Lab.step` is the whole training, `Lab.look` makes the `Frame` that is drawn, and `running`
goes on for as long as somebody looks. What can be chosen is in settings.py.
"""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from demos.gan_lab.losses import discriminator_loss, generator_loss, penalty
from demos.gan_lab.networks import MLP, noise, noise_grid
from demos.gan_lab.points import PLANE, covered, distance, distribution
from demos.gan_lab.settings import Settings

SHOWN = 300  # points of each kind on the plane, between which the distance is measured
COUNTED = 500  # points from which the modes are counted
HEAT = 36  # values of the discriminator along each side of the plane
LINES = 15  # of the bent grid in each direction
CURVE = 121  # points of the curve that one-dimensional noise is bent to
ARROWS = 45
STATIONS = 240  # of the curves; where there are more, every second one is given up
MEMORY = 0.9  # of the running mean that smooths the losses of single batches
BETA_2 = 0.99  # of Adam: the opponent changes, so old gradients are soon out of date
SLICE = 0.04  # seconds of training between two frames, where nobody else waits for a turn
SHORTEST = 0.015  # seconds of it, however many wait
FRAMES = 15.0  # a second, where the speed is bounded
SLOW = 5.0  # steps a second up to which the two halves of a step are shown one after the other
LONGEST = 600.0  # seconds; then it waits for somebody to press Play again
BETWEEN_RATES = 0.5  # seconds over which the speed is measured
LOOK = 0.1  # seconds between two looks at whether somebody pressed Pause

Array = NDArray[np.float32]
serials = itertools.count(1)


@dataclass(frozen=True)
class Frame:
    """How a lab stands. `learning` is whose half of a step was just done, "" after a whole one.

    Shapes: `real` and `fake` (SHOWN, 2); `heat` (HEAT, HEAT) from 0, fake, to 1, real, row by row from below;
    `manifold` (CURVE, 2) or (LINES * LINES, 2); `at` and `arrows` (ARROWS, 2), points and the way in which
    they should go; `curves` (stations, 4) with step, both losses and the distance.
    """

    serial: int  # of the training, for a late frame of an earlier one to be known
    settings: Settings
    step: int
    real: Array
    fake: Array
    heat: Array
    manifold: Array
    at: Array
    arrows: Array
    curves: Array
    modes: int | None  # that were found
    of_modes: int | None
    distance: float
    learning: str = ""
    rate: float | None = None  # steps a second

    @property
    def finite(self) -> bool:
        return bool(np.isfinite(self.fake).all() and np.isfinite(self.heat).all())


class Lab:
    """One visitor's two networks, and how far they are.

    `wanted` and `speed` may be set at any time; whoever trains follows them. All random numbers of the
    training come from the seed, and looking takes none of them: the same settings give the same networks.
    """

    def __init__(self, settings: Settings) -> None:
        self.wanted = settings
        self.speed = math.inf  # steps a second
        self.begin(settings)

    def begin(self, settings: Settings) -> None:
        """Start anew. Raises InputError where the visitor's own points are none."""
        s = settings
        self.shape = distribution(s.distribution, s.own)
        self.serial = next(serials)
        self.settings = s
        self.random = Generator().manual_seed(s.seed)
        self.generator = MLP(s.noise, 2, s.generator_layers, s.generator_width, self.random)
        self.discriminator = MLP(2, 1, s.discriminator_layers, s.discriminator_width, self.random)
        self.optimisers = [
            torch.optim.Adam(net.parameters(), rate, (s.momentum, BETA_2), fused=True)
            for net, rate in ((self.generator, s.generator_rate), (self.discriminator, s.discriminator_rate))
        ]
        self.steps = 0
        self.losses = [math.nan, math.nan]  # the generator's and the discriminator's, smoothed
        self.curves: list[tuple[float, ...]] = []
        self.apart = 1  # steps between two stations of the curves
        aside = Generator().manual_seed(s.seed)  # for looking
        self.real = self.shape.draw(COUNTED, aside)
        self.noise = noise(COUNTED, s.noise, aside)

    def follow(self) -> None:
        """Do what was wanted since: start anew where the networks differ, go on where they do not."""
        s = self.wanted
        if s == self.settings:
            return
        if s.networks != self.settings.networks:
            return self.begin(s)
        self.settings = s
        for optimiser, rate in zip(self.optimisers, (s.generator_rate, s.discriminator_rate), strict=True):
            for group in optimiser.param_groups:
                group["lr"], group["betas"] = rate, (s.momentum, BETA_2)

    # ---- training -----------------------------------------------------------------------

    def step(self) -> None:
        """One step of the game: the discriminator learns, then the generator."""
        self.teach_discriminator()
        self.teach_generator()

    def teach_discriminator(self) -> None:
        s = self.settings
        if s.trained == "generator":
            return
        for _ in range(s.discriminator_steps):
            real = self.shape.draw(s.batch, self.random)
            with torch.no_grad():
                fake = self.generator(noise(s.batch, s.noise, self.random))
            f = self.discriminator(torch.cat([real, fake]))  # (2 * batch, 1): one pass for both
            loss = discriminator_loss(s.loss, f[: s.batch], f[s.batch :])
            extra = penalty(s.loss, self.discriminator, real, fake, self.random)
            self.descend(1, loss, loss if extra is None else loss + extra)

    def teach_generator(self) -> None:
        s = self.settings
        if s.trained != "discriminator":
            f = self.discriminator(self.generator(noise(s.batch, s.noise, self.random)))
            loss = generator_loss(s.loss, f)
            self.descend(0, loss, loss)
        self.steps += 1

    def descend(self, which: int, loss: Tensor, total: Tensor) -> None:
        """One step of Adam for the generator (0) or the discriminator (1); the other one stays as it is."""
        parameters = list((self.generator, self.discriminator)[which].parameters())
        for parameter, gradient in zip(parameters, torch.autograd.grad(total, parameters), strict=True):
            parameter.grad = gradient
        self.optimisers[which].step()
        before, now = self.losses[which], float(loss.detach())
        self.losses[which] = now if math.isnan(before) else MEMORY * before + (1 - MEMORY) * now

    # ---- looking ------------------------------------------------------------------------

    def look(self, learning: str = "") -> Frame:
        """What is drawn; changes nothing but the curves."""
        s = self.settings
        with torch.no_grad():
            fake = self.generator(self.noise)
            manifold = self.generator(noise_grid(s.noise, CURVE if s.noise == 1 else LINES))
            f = self.discriminator(torch.cat([whole_plane(), self.real, fake]))[:, 0]
        plane, real, generated = f.split([HEAT**2, COUNTED, COUNTED])
        if s.loss == "wasserstein":  # a critic's numbers have no zero and no unit
            plane = (plane - (real.mean() + generated.mean()) / 2) / f.std().clamp_min(1e-6)
        modes, apart = covered(fake, self.shape), distance(fake[:SHOWN], self.real[:SHOWN])
        self.note(apart)
        return Frame(
            serial=self.serial, settings=s, step=self.steps, real=self.real[:SHOWN].numpy(),
            fake=fake[:SHOWN].numpy(), heat=plane.sigmoid().reshape(HEAT, HEAT).numpy(),
            manifold=manifold.numpy(), at=fake[:ARROWS].numpy(), arrows=self.pull(fake[:ARROWS]).numpy(),
            curves=np.array(self.curves, np.float32).reshape(-1, 4), modes=modes,
            of_modes=None if self.shape.modes is None else len(self.shape.modes),
            distance=apart, learning=learning,
        )  # fmt: skip

    def pull(self, points: Tensor) -> Tensor:
        """Where the generator's loss wants each of (N, 2) points to go: its negative gradient there."""
        points = points.detach().requires_grad_()
        loss = generator_loss(self.settings.loss, self.discriminator(points)) * len(points)
        return -torch.autograd.grad(loss, points)[0]

    def note(self, apart: float) -> None:
        """A station of the curves, unless the last one is too near."""
        if not self.steps or (self.curves and self.steps - self.curves[-1][0] < self.apart):
            return
        self.curves.append((self.steps, *self.losses, apart))
        if len(self.curves) > STATIONS:
            self.curves = self.curves[::2]
            self.apart = max(1, round(self.curves[-1][0] / len(self.curves)))


def whole_plane() -> Tensor:
    """The middle of each of HEAT * HEAT squares, (HEAT * HEAT, 2), row by row from below."""
    side = ((torch.arange(HEAT) + 0.5) / HEAT * 2 - 1) * PLANE
    y, x = torch.meshgrid(side, side, indexing="ij")
    return torch.stack([x, y], -1).reshape(-1, 2)


def running(
    lab: Lab,
    stopped: Callable[[], bool] = lambda: False,
    *,
    turn: Callable[[], AbstractContextManager[Any]] = nullcontext,
    waiting: Callable[[], int] = lambda: 0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Frame]:
    """Frames of a lab that goes on until `stopped`, or for LONGEST seconds.

    `turn()` is held for a slice of the training and never across a yield, so labs side by side take turns;
    the more are `waiting`, the shorter the slices. All work is done by whoever asks for the next frame:
    closing the generator is the end of it.
    """
    begun = due = then = clock()
    serial, before, rate = lab.serial, lab.steps, None
    while clock() - begun < LONGEST:
        speed = lab.speed
        for half in ("discriminator", "generator") if speed <= SLOW else ("",):
            while (left := due - clock()) > 0 and not stopped():
                sleep(min(left, LOOK))
            with turn():
                if half != "generator":  # a step that was begun is finished
                    if stopped():
                        return
                    lab.follow()
                advance(lab, half, speed, max(SHORTEST, SLICE / (1 + waiting())), clock)
                frame = lab.look(half)
            now = clock()
            if frame.serial != serial:  # begun anew
                serial, before, then, rate = frame.serial, 0, now, None
            if now - then >= BETWEEN_RATES:
                rate, before, then = (frame.step - before) / (now - then), frame.step, now
            if speed < math.inf:  # who is late does not hurry afterwards
                due = max(due, now - LOOK) + (0.5 if half else steps_of_frame(speed)) / speed
            yield replace(frame, rate=rate)
            if not frame.finite:
                return


def advance(lab: Lab, half: str, speed: float, seconds: float, clock: Callable[[], float]) -> None:
    """The steps between two frames: as many as the speed asks for and there is time for, but at least one."""
    match half:
        case "discriminator":
            return lab.teach_discriminator()
        case "generator":
            return lab.teach_generator()
    until, most = clock() + seconds, steps_of_frame(speed)
    for done in itertools.count(1):
        lab.step()
        if done >= most or clock() >= until:
            return


def steps_of_frame(speed: float) -> float:
    return speed if speed == math.inf else max(1, round(speed / FRAMES))
