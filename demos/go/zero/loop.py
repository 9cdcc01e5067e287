"""The loop: play against yourself, learn from it, play against those that you were before.

Reading guide: a `Run` is all that there is between two generations, and all that has to be kept to go on
later; `generation` makes the next one and tells after every small piece of work how far it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from demos.go.zero.elo import ratings
from demos.go.zero.learn import learn, optimizer_of
from demos.go.zero.network import ZeroNetwork
from demos.go.zero.play import Examples, asked, play
from demos.go.zero.settings import Settings

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class Row:
    """What is known of a generation. Losses are means over its learning; those of the first are 0."""

    generation: int
    games: int = 0  # of self-play, this and all before
    positions: int = 0
    evaluations: int = 0  # positions that a network looked at in self-play
    seconds: float = 0.0  # from the start of the run
    policy_loss: float = 0.0
    value_loss: float = 0.0
    length: float = 0.0  # moves of its games of self-play, on average
    black: float = 0.0  # share of its games of self-play that Black won


@dataclass(frozen=True)
class Result:
    """A match: `points` is what the first got out of `games`; a draw is half a point."""

    first: int
    second: int
    points: float
    games: int


@dataclass(frozen=True)
class Progress:
    """How far the work on a generation is."""

    phase: Literal["play", "learn", "match"]
    done: int
    total: int  # games or steps
    evaluations: int = 0
    losses: tuple[float, float] | None = None  # of a step: policy, value


@dataclass
class Run:
    """A run between two generations. `generations` are weights that play, 16 bits wide, from the start on."""

    settings: Settings
    network: ZeroNetwork
    mean: ZeroNetwork
    optimizer: torch.optim.Optimizer
    generations: list[Weights]
    window: list[Examples] = field(default_factory=list)
    rows: list[Row] = field(default_factory=lambda: [Row(0)])
    results: list[Result] = field(default_factory=list)

    @classmethod
    def start(cls, s: Settings, device: torch.device | str = "cpu") -> Run:
        """Random weights, which depend on the seed alone."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(s.seed)
            network = ZeroNetwork(s.channels, s.blocks).to(device)
        mean = ZeroNetwork(s.channels, s.blocks).to(device).eval().requires_grad_(False)
        mean.load_state_dict(network.state_dict())
        return cls(s, network, mean, optimizer_of(network, s), [halved(mean)])

    @property
    def last(self) -> int:
        """The number of the newest generation."""
        return len(self.rows) - 1

    def player(self, generation: int) -> ZeroNetwork:
        """The network of a generation, as it plays."""
        network = ZeroNetwork(self.settings.channels, self.settings.blocks)
        network.load_state_dict(self.generations[generation])
        return network.eval().requires_grad_(False).to(next(self.mean.parameters()).device)

    def elo(self) -> list[float]:
        """By generation, the first being 0."""
        points = np.zeros((len(self.rows), len(self.rows)))
        for result in self.results:
            points[result.first, result.second] += result.points
            points[result.second, result.first] += result.games - result.points
        return [float(rating) for rating in ratings(points)]


def halved(network: ZeroNetwork) -> Weights:
    """Weights as 16-bit numbers; the statistics of normalisation stay 32 bits wide."""
    return {
        name: (value if "running" in name or not value.is_floating_point() else value.half()).cpu().clone()
        for name, value in network.state_dict().items()
    }


def generation(run: Run) -> Iterator[Progress]:
    """Makes the next generation. The `run` has it once the iterator is at its end, and is spoilt before.

    The outcome depends on the settings and on the generations so far, not on the clock.
    """
    s, begun, number = run.settings, time.monotonic(), run.last + 1
    chance = [np.random.default_rng((s.seed, number, phase)) for phase in range(3)]

    player, tick = asked(run.player(run.last)), None
    work = play((player, player), s, s.games, chance[0], learning=True)
    while True:
        try:
            tick = next(work)
        except StopIteration as end:
            played = end.value
            break
        yield Progress("play", s.games - tick.running, s.games, tick.evaluations)
    assert tick is not None
    run.window = [*run.window, played.examples][-s.window :]

    means, steps = np.zeros(2), 0
    for losses in learn(run.network, run.mean, run.optimizer, run.window, s, chance[1]):
        means, steps = means + losses, steps + 1
        yield Progress("learn", steps, steps, losses=losses)
    run.generations.append(halved(run.mean))

    before = run.rows[-1]
    run.rows.append(
        Row(
            number,
            before.games + s.games,
            before.positions + len(played.examples.value),
            before.evaluations + tick.evaluations,
            before.seconds + time.monotonic() - begun,
            float(means[0] / steps),
            float(means[1] / steps),
            length=float(np.mean([len(moves) for moves in played.moves])),
            black=float((np.sign(played.scores) + 1).mean() / 2),
        )
    )
    for rival in sorted({max(0, number - back) for back in s.rivals}):
        yield from match(run, number, rival, chance[2])


def match(run: Run, first: int, second: int, random: np.random.Generator) -> Iterator[Progress]:
    """Lets two generations play; the result is with the run when the iterator is at its end."""
    s = run.settings
    players = asked(run.player(first)), asked(run.player(second))
    work = play(players, s, s.match_games, random)
    while True:
        try:
            tick = next(work)
        except StopIteration as end:
            run.results.append(Result(first, second, end.value.won_by_first, s.match_games))
            return
        yield Progress("match", s.match_games - tick.running, s.match_games, tick.evaluations)
