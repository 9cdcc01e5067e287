"""The GAN lab with everything that it draws, against a plain PyTorch loop that draws nothing.

Reading guide: `plain` is the loop that every tutorial has, for the networks, batches and losses of the demo's
default settings. `drawn` is the lab as the page runs it: slices behind the gate, a frame after each, and
each frame made into what is sent. `twenty` are as many labs behind one gate, each in a thread of its own.
"""

from __future__ import annotations

import json
import threading
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn

from benchmarks.figures import Figure, interleaved, median
from demos.gan_lab.lab import Lab, running
from demos.gan_lab.points import distribution
from demos.gan_lab.settings import Settings
from demos.gan_lab.views.plane import plane
from gallery.gate import FairGate

if TYPE_CHECKING:
    from benchmarks.server import Server

PEER = "a plain PyTorch loop of the same training: nn.Sequential, torch.optim.Adam, backward(), no drawing"
REPEATS = 12
STEPS = 400  # of each that is timed
LABS, SECONDS = 20, 10.0  # labs at once, and for how long
ENDPOINT = "gan_lab_train"


def mlp(inputs: int, outputs: int, layers: int, width: int) -> nn.Sequential:
    sizes = [inputs, *[width] * layers]
    hidden = [
        part for before, after in pairwise(sizes) for part in (nn.Linear(before, after), nn.LeakyReLU(0.2))
    ]
    return nn.Sequential(*hidden, nn.Linear(width, outputs))


class Plain:
    """The peer. It goes on from where it was, as the lab does."""

    def __init__(self, s: Settings) -> None:
        self.s = s
        self.generator = mlp(s.noise, 2, s.generator_layers, s.generator_width)
        self.discriminator = mlp(2, 1, s.discriminator_layers, s.discriminator_width)
        betas = s.momentum, 0.99
        self.g_optimizer = torch.optim.Adam(self.generator.parameters(), s.generator_rate, betas)
        self.d_optimizer = torch.optim.Adam(self.discriminator.parameters(), s.discriminator_rate, betas)
        self.criterion = nn.BCEWithLogitsLoss()
        self.shape = distribution(s.distribution)
        self.random = torch.Generator().manual_seed(s.seed)

    def noise(self) -> torch.Tensor:
        return torch.rand(self.s.batch, self.s.noise) * 2 - 1

    def train(self, steps: int) -> None:
        ones, zeros = torch.ones(self.s.batch, 1), torch.zeros(self.s.batch, 1)
        for _ in range(steps):
            real = self.shape.draw(self.s.batch, self.random)
            fake = self.generator(self.noise()).detach()
            self.d_optimizer.zero_grad()
            d_loss = self.criterion(self.discriminator(real), ones)
            d_loss = d_loss + self.criterion(self.discriminator(fake), zeros)
            d_loss.backward()
            self.d_optimizer.step()
            self.g_optimizer.zero_grad()
            g_loss = self.criterion(self.discriminator(self.generator(self.noise())), ones)
            g_loss.backward()
            self.g_optimizer.step()


class Drawn:
    """The lab, each of its frames as text. `frames` counts them."""

    def __init__(self, s: Settings) -> None:
        self.lab = Lab(s)
        self.gate = FairGate()
        self.frames = 0

    def train(self, steps: int) -> None:
        goal = self.lab.steps + steps
        work = running(
            self.lab, lambda: self.lab.steps >= goal, turn=self.gate.turn, waiting=lambda: self.gate.waiting
        )
        for frame in work:
            json.dumps(plane(frame, playing=True))
            self.frames += 1


def twenty(seconds: float) -> tuple[float, float]:
    """The fewest turns of a lab over the most, and the longest time in seconds that one had no new frame.

    A turn is a slice of the same time for all. How many steps fit into it depends on what else the machine
    does at that moment, so steps are no measure of fairness in so short a time.
    """
    gate, until = FairGate(), time.monotonic() + seconds
    labs = [Lab(Settings(seed=seed)) for seed in range(LABS)]
    turns, gaps = [0] * LABS, [0.0] * LABS

    def play(number: int) -> None:
        last = time.monotonic()
        for frame in running(
            labs[number], lambda: time.monotonic() > until, turn=gate.turn, waiting=lambda: gate.waiting
        ):
            json.dumps(plane(frame, playing=True))
            now = time.monotonic()
            turns[number] += 1
            gaps[number], last = max(gaps[number], now - last), now

    threads = [threading.Thread(target=play, args=(number,)) for number in range(LABS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return min(turns) / max(turns), max(gaps)


def measure(repeats: int = REPEATS) -> list[Figure]:
    settings = Settings()
    plain, drawn = Plain(settings), Drawn(settings)
    plain.train(20)
    drawn.train(20)
    drawn.frames, before = 0, drawn.lab.steps
    ours, theirs = interleaved(repeats, lambda: drawn.train(STEPS), lambda: plain.train(STEPS))
    done = drawn.lab.steps - before  # a slice ends a little later than asked for
    lab_rate, plain_rate = done / sum(ours), STEPS * repeats / sum(theirs)
    # Pairs that were measured one right after the other: what befalls one, befalls both.
    ratio = median([b / a for a, b in zip(ours, theirs, strict=True)]) * done / (STEPS * repeats)
    fairness, gap = twenty(SECONDS if repeats >= REPEATS else 2.0)
    return [
        Figure(
            "steps_per_s", lab_rate, "1/s", "steps of the default settings, all drawing included", plain_rate
        ),
        Figure("lab_steps_ratio", ratio, "", "the lab's steps per second over the plain loop's", least=0.7),
        Figure("frames_per_s", drawn.frames / sum(ours), "1/s", "frames in that time", least=15),
        Figure(
            "twenty_fairness", fairness, "", f"{LABS} labs at once: the fewest turns over the most", least=0.5
        ),
        Figure("twenty_gap_s", gap, "s", f"{LABS} labs at once: the longest that one waited for a frame"),
    ]


def use_once(server: Server, picture: dict[str, object]) -> float:
    """One use of the demo over HTTP, as the first visitor makes it. Returns the seconds it took."""
    started = time.perf_counter()
    server.call(ENDPOINT, "ring", "nonsaturating", 100, "0")
    return time.perf_counter() - started
