"""Games that are played at once, by one network against itself or by two against each other."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from demos.go.zero.network import PLANES, ZeroNetwork, fused
from demos.go.zero.search import Search
from demos.go.zero.settings import Settings
from demos.go.zero.trees import Floats

# Planes (B, len(PLANES), size, size) to logits of moves (B, size * size + 1) and values (B,).
Evaluate = Callable[[Floats], tuple[Floats, Floats]]


@dataclass(frozen=True)
class Tick:
    """How far the games are, told after each look at the network."""

    ply: int
    running: int  # games
    evaluations: int  # positions that the network saw


@dataclass(frozen=True)
class Examples:
    """P positions to learn from, each with what the search made of it and with who won."""

    planes: NDArray[np.float16]  # (P, len(PLANES), size * size)
    policy: NDArray[np.float16]  # (P, size * size + 1), shares of the visits
    value: NDArray[np.float16]  # (P,) 1, 0 or -1: won, drawn or lost by who was to play


@dataclass(frozen=True)
class Played:
    """G games that have ended. Without `learning` they leave no examples."""

    scores: Floats  # (G,) Black's lead, komi included
    moves: list[list[int]]  # of each game
    examples: Examples

    @property
    def won_by_first(self) -> float:
        """Points of the first player, who was Black in the first half of the games; a draw is half of one."""
        black = np.arange(len(self.scores)) < (len(self.scores) + 1) // 2
        return float((np.sign(self.scores) * np.where(black, 1, -1) + 1).sum() / 2)


def asked(network: ZeroNetwork) -> Evaluate:
    """The network, as it is now, as the search asks it."""
    quick = fused(network)
    device = next(quick.parameters()).device

    @torch.inference_mode()
    def evaluate(planes: Floats) -> tuple[Floats, Floats]:
        batch = torch.from_numpy(planes).to(device, memory_format=torch.channels_last)
        logits, values = quick(batch)
        return logits.float().cpu().numpy(), values.float().cpu().numpy()

    return evaluate


def play(
    players: tuple[Evaluate, Evaluate],
    s: Settings,
    games: int,
    random: np.random.Generator,
    *,
    learning: bool = False,
) -> Generator[Tick, None, Played]:
    """Plays `games` games to their end; the work is done by whoever asks for the next tick.

    With `learning` both players are one. Then there is noise at the root, komi varies, and what was searched
    below a move is kept. Otherwise each player searches for itself, and the first is Black in the first half.
    """
    search = Search(s, games)
    if learning:
        search.games.komi[:] = np.round(s.komi + s.komi_spread * random.normal(size=games))
    first_half = np.arange(games) < (games + 1) // 2
    moves: list[list[int]] = [[] for _ in range(games)]
    pictures, policies, players_at = [], [], []
    ply = seen = 0
    while len(running := np.flatnonzero(~search.over)):
        disturbed = not learning
        while True:
            if not disturbed and search.trees.reached[running, 0].all():
                noise = random.gamma(s.noise_total / s.points, size=(len(running), s.points + 1)) + 1e-9
                search.disturb(running, noise)
                disturbed = True
            waiting, planes = search.leaves(random.integers(8, size=games).astype(np.int16))
            if not len(waiting):
                break
            if learning:
                logits, values = players[0](planes)
            else:
                logits, values = both(players, planes, first_half[waiting] == (ply % 2 == 0))
            search.expand(logits, values)
            seen += len(waiting)
            yield Tick(ply, len(running), seen)
        visits = search.trees.visits[running, 0].astype(np.float64)
        policy = visits / visits.sum(axis=1, keepdims=True)
        chosen = drawn(policy, random) if ply < s.exploring else policy.argmax(axis=1)
        if learning:
            pictures.append(search.look()[running].astype(np.float16))
            policies.append(policy.astype(np.float16))
            players_at.append(running)
        search.advance(running, chosen, keep=learning)
        for game, move in zip(running, chosen, strict=True):
            moves[game].append(int(move))
        ply += 1
    scores = search.scores()
    none = np.empty((0, len(PLANES), s.points), np.float16), np.empty((0, s.points + 1), np.float16)
    won = [np.sign(scores[at]) * (1 if i % 2 == 0 else -1) for i, at in enumerate(players_at)]
    examples = Examples(
        np.concatenate([none[0], *pictures]),
        np.concatenate([none[1], *policies]),
        np.concatenate([np.empty(0), *won]).astype(np.float16),
    )
    return Played(scores, moves, examples)


def both(
    players: tuple[Evaluate, Evaluate], planes: Floats, first: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """The first player's answers where `first`, (B,), says so, and the second's elsewhere."""
    if first.all():
        return players[0](planes)
    if not first.any():
        return players[1](planes)
    own, other = players[0](planes[first]), players[1](planes[~first])
    logits = np.empty((len(planes), own[0].shape[1]), np.float32)
    values = np.empty(len(planes), np.float32)
    for rows, answers in ((first, own), (~first, other)):
        logits[rows], values[rows] = answers
    return logits, values


def drawn(policy: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.int64]:
    """(G,) moves, each with its probability in (G, A)."""
    reached = policy.cumsum(axis=1)
    found: NDArray[np.int64] = (reached <= random.random((len(policy), 1)) * reached[:, -1:]).sum(axis=1)
    return found
