"""Measures the network that ships, on games of people who play in no game that it learnt from.

    python -m demos.go.evaluate --data computer-go-dataset [--card]

The games are of the months HELD_OUT, years after the last month of the training. Every position counts once,
without symmetries: what one look says.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demos.go.games import Games, read
from demos.go.model import Output
from demos.go.models import EMBEDDED
from demos.go.train import HELD_OUT, TRAINED, WEIGHTS, Dealer, Settings
from gallery.card import Card
from gallery.device import Device, pick_device
from gallery.weights import filled, sha256

CARD = Path(__file__).with_name("card.md")
STAGES = (0, 30, 60, 100, 150, 200, 10_000)  # moves: accuracy is told for each stretch between them
BATCH = 256


def held_out(data: Path, cache: Path) -> Games:
    """Games of HELD_OUT without the players of TRAINED; read once and then kept in `cache`."""
    if not cache.exists():
        _, players = read(data, *TRAINED)
        read(data, *HELD_OUT, without=players)[0].save(cache)
    return Games.load(cache)


@torch.inference_mode()
def measure(network: nn.Module, games: Games, device: Device, positions: int) -> dict[str, float]:
    """Shares: the player's move first, among the first five; the winner named; top-1 by stage of the game.

    `positions` are drawn from all games without replacement.
    """
    network.eval().to(device.torch_device).to(memory_format=torch.channels_last)
    of_game = np.repeat(np.arange(len(games)), games.lengths())  # (all positions,)
    chosen = np.sort(np.random.default_rng(0).permutation(len(of_game))[:positions])
    plies = chosen - games.starts[of_game[chosen]]
    dealer = Dealer(games, Settings())
    first: list[NDArray[np.bool_]] = []
    five: list[NDArray[np.bool_]] = []
    winner: list[NDArray[np.bool_]] = []
    for begin in range(0, len(chosen), BATCH):
        part = slice(begin, begin + BATCH)
        none = np.zeros(len(chosen[part]), np.int64)
        batch = dealer.positions(of_game[chosen[part]], plies[part], none, none.astype(np.float64))
        batch = batch.to(device.torch_device)
        output = cast(Output, network(batch.planes.contiguous(memory_format=torch.channels_last)))
        best = output.policy.topk(5).indices
        first.append((best[:, 0] == batch.move).cpu().numpy())
        five.append((best == batch.move[:, None]).any(1).cpu().numpy())
        right = (output.value > 0).float() == batch.won
        winner.append(right[batch.known > 0].cpu().numpy())
    top1 = np.concatenate(first)
    figures = {
        "human_move_top1": float(top1.mean()),
        "human_move_top5": float(np.concatenate(five).mean()),
        "winner_accuracy": float(np.concatenate(winner).mean()),
    }
    for low, high in pairwise(STAGES):
        here = top1[(plies >= low) & (plies < high)]
        name = f"moves_{low + 1}_to_{high}_top1" if high < STAGES[-1] else f"moves_from_{low + 1}_top1"
        figures[name] = float(here.mean())
    return figures | {"held_out_games": len(games), "held_out_positions": len(top1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of computer-go-dataset")
    parser.add_argument("--out", type=Path, default=Path("runs/go"), help="where games are kept")
    parser.add_argument("--positions", type=int, default=50_000, help="how many to look at")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--card", action="store_true", help="write the figures into the model card")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    games = held_out(options.data, options.out / "held_out.npz")
    if options.card:  # first, for what is measured is checked against it
        Card.update(CARD, sha256=[sha256(WEIGHTS)])
    network = filled(EMBEDDED, *EMBEDDED.source.fetch())
    figures = measure(network, games, pick_device(options.device), options.positions)
    for name, value in figures.items():
        print(f"{name:30} {round(value, 4)}")
    if options.card:
        metrics = Card.read(CARD).metrics | {name: round(value, 4) for name, value in figures.items()}
        Card.update(CARD, metrics=metrics)


if __name__ == "__main__":
    main()
