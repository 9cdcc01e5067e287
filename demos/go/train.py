"""How the network was trained on the games of strong human players.

    python -m demos.go.train --data computer-go-dataset [--minutes 100] [--cool 50]

Reading guide: `Settings` holds every choice, `Dealer` deals positions, `losses` is what is made small,
`train` is the loop. A run goes on from its last checkpoint when the same command is given again; the rate
stays high until `--cool` asks for the last part, in which it falls to nothing within so many minutes. Where
no checkpoint is left, `--from-shipped` goes on from the weights that ship.
"""

from __future__ import annotations

import argparse
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from demos.go.board import ZOBRIST
from demos.go.features import PLANES, SYMMETRIES, symmetry
from demos.go.games import EMPTY_BOARD, KOMI, POINTS, SIZE, Games, read, write_batch
from demos.go.model import GoNetwork, Output
from demos.go.muon import Muon
from gallery.device import Device, pick_device
from gallery.training import Run, Stateful, halved, log
from gallery.weights import EMBEDDED_FOLDER

WEIGHTS = EMBEDDED_FOLDER / "go.safetensors"
TRAINED = ("2005-11", "2011-12")  # first and last month
DEVELOPMENT = ("2015-05", "2015-06")
HELD_OUT = ("2016-06", "2016-12")


OFTEN = 240.0  # seconds between two checkpoints, at each of which the network is also evaluated


@dataclass(frozen=True)
class Settings:
    """The recipe. Everything that changes the weights is here."""

    seed: int = 0
    channels: int = 64
    blocks: int = 6
    batch: int = 128
    learning_rate: float = 0.02  # of Muon, for kernels; orthogonal steps, so it does not depend on their size
    adam_rate: float = 2e-3  # for everything else
    weight_decay: float = 0.01
    warm_up: int = 200  # steps
    cool_down: float = 50.0  # minutes
    ema_decay: float = 0.9985
    value_weight: float = 0.8
    ownership_weight: float = 0.3
    known_share: float = 0.0625  # of a batch, from games where it is known whose each point was
    komi_spread: float = 8.0  # standard deviation of made-up komi, in points, for games that were counted


@dataclass(frozen=True)
class Batch:
    """B positions from the view of who is to play, with what became of them."""

    planes: Tensor  # (B, planes, 19, 19)
    move: Tensor  # (B,), what was played
    won: Tensor  # (B,) 1, 0; 0.5 where nobody knows
    known: Tensor  # (B,) 1 where somebody won
    owners: Tensor  # (B, 361) 1 own, 0 not, 0.5 nobody's
    counted: Tensor  # (B,) 1 where owners are known

    def to(self, device: torch.device) -> Batch:
        return Batch(*(getattr(self, name).to(device) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Owners:
    """Whose each point was at the end of some games: 1 Black's, -1 White's, 0 nobody's."""

    games: NDArray[np.int64]  # (G,) their numbers
    points: NDArray[np.int8]  # (G, 361)

    @classmethod
    def load(cls, path: Path) -> Owners | None:
        """What owners.py found; None where it was not run."""
        if not path.exists():
            return None
        with np.load(path) as kept:
            return cls(kept["games"], kept["points"])


class Dealer:
    """Deals random positions of random games, each turned or mirrored at random."""

    def __init__(self, games: Games, settings: Settings, owners: Owners | None = None) -> None:
        self.games, self.s = games, settings
        self.known = owners
        self.owner_row = np.full(len(games), -1, np.int32)
        if owners is not None:
            self.owner_row[owners.games] = np.arange(len(owners.games))
        self.turned = np.stack([np.append(symmetry(i, SIZE), POINTS) for i in range(SYMMETRIES)])
        self.lengths = games.lengths()

    def batch(self, step: int, size: int) -> Batch:
        """What is dealt depends on (seed, step) alone, so a resumed run is the same run."""
        random = np.random.default_rng((self.s.seed, step))
        games = random.integers(len(self.games), size=size)
        if self.known is not None:  # few games, so that each batch must have some of them
            some = int(size * self.s.known_share)
            games[:some] = random.choice(self.known.games, size=some)
        plies = (random.random(size) * self.lengths[games]).astype(np.int64)
        return self.positions(
            games, plies, random.integers(SYMMETRIES, size=size), random.normal(0, self.s.komi_spread, size)
        )

    def positions(
        self,
        games: NDArray[np.int64],
        plies: NDArray[np.int64],
        symmetries: NDArray[np.int64],
        komi_error: NDArray[np.float64],
    ) -> Batch:
        """The positions before the moves `plies`; `komi_error` is added to komi where the margin is known."""
        known, size = self.games, len(games)
        turned = self.turned[symmetries]
        margin = known.margin[games]
        counted = ~np.isnan(margin)
        komi = np.where(counted, np.round(KOMI + komi_error) + 0.5, KOMI).astype(np.float32)
        planes = np.empty((size, len(PLANES), POINTS), np.float32)
        write_batch(known.moves, known.starts, games, plies, turned, komi, ZOBRIST, EMPTY_BOARD, planes)
        moves = turned[np.arange(size), known.moves[known.starts[games] + plies]]
        black_to_play = plies % 2 == 0
        winner = np.where(counted, np.where(margin > komi, 1, 2), known.winner[games])
        won = np.where(winner == 0, 0.5, (winner == 1) == black_to_play)
        owners = np.full((size, POINTS), 0.5, np.float32)
        rows = self.owner_row[games]
        for i in np.flatnonzero(rows >= 0):
            assert self.known is not None
            black = self.known.points[rows[i]].astype(np.float32)
            owners[i, turned[i, :POINTS]] = 0.5 + 0.5 * (black if black_to_play[i] else -black)
        return Batch(
            torch.from_numpy(planes.reshape(size, -1, SIZE, SIZE)),
            torch.from_numpy(moves),
            torch.from_numpy(won.astype(np.float32)),
            torch.from_numpy((winner != 0).astype(np.float32)),
            torch.from_numpy(owners),
            torch.from_numpy((rows >= 0).astype(np.float32)),
        )

    def stream(self, step: int, size: int, place: torch.device, threads: int = 1) -> Iterator[Batch]:
        """Batches at `place` from `step` on; the next ones are dealt while one is learnt from."""

        def deal(step: int) -> Batch:
            return self.batch(step, size).to(place)

        with ThreadPoolExecutor(threads) as ahead:
            waiting = deque(ahead.submit(deal, step + i) for i in range(threads + 1))
            while True:
                yield waiting.popleft().result()
                step += 1
                waiting.append(ahead.submit(deal, step + threads))


def losses(output: Output, batch: Batch) -> dict[str, Tensor]:
    """Cross-entropies in nats: of the move, of the winner, of the owner of a point."""
    value = F.binary_cross_entropy_with_logits(output.value.float(), batch.won, reduction="none")
    owner = F.binary_cross_entropy_with_logits(
        output.ownership.float().flatten(1), batch.owners, reduction="none"
    ).mean(dim=1)
    return {
        "policy": F.cross_entropy(output.policy.float(), batch.move),
        "value": (value * batch.known).sum() / batch.known.sum().clamp(min=1),
        "ownership": (owner * batch.counted).sum() / batch.counted.sum().clamp(min=1),
    }


def optimizers_of(network: nn.Module, s: Settings) -> list[torch.optim.Optimizer]:
    """Muon for the kernels of 3x3 convolutions inside the blocks, AdamW for the rest."""
    kernels = [p for name, p in network.named_parameters() if name.startswith("blocks.") and p.ndim == 4]
    inside = {id(p) for p in kernels}
    rest = [p for p in network.parameters() if id(p) not in inside]
    return [
        Muon(kernels, lr=s.learning_rate, weight_decay=s.weight_decay),
        torch.optim.AdamW(rest, lr=s.adam_rate, weight_decay=s.weight_decay),
    ]


def rate(step: int, cooled: float | None, s: Settings) -> float:
    """The share of the full learning rate at a step, `cooled` seconds after the cooling began."""
    if cooled is not None:
        return max(0.0, 1 - cooled / (60 * s.cool_down))
    return min(1.0, (step + 1) / s.warm_up)


def train(
    network: GoNetwork,
    games: Games,
    development: Games,
    s: Settings,
    device: Device,
    out: Path,
    *,
    minutes: float,
    cool: bool = False,
    owners: Owners | None = None,
) -> None:
    """Goes on training until `minutes` have passed or, with `cool`, the rate has fallen to nothing.

    Leaves the running mean of the weights in `network`.
    """
    torch.manual_seed(s.seed)
    place = device.torch_device
    network.to(place).to(memory_format=torch.channels_last).train()
    ema = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(s.ema_decay), use_buffers=True)
    optimizers = optimizers_of(network, s)
    parts: dict[str, Stateful] = {
        "network": network,
        "ema": ema,
        "muon": optimizers[0],
        "adam": optimizers[1],
    }
    run = Run(out / "network.pt", parts, cooling_since=None)
    if cool and run.notes["cooling_since"] is None:
        run.notes["cooling_since"] = run.seconds
    begun = run.seconds
    sums: dict[str, Tensor] = {}  # on the device: to read one there is to wait for it
    count = 0
    peaks = [[s.learning_rate], [s.adam_rate]]
    threads = 1 if place.type == "cpu" else max(1, (os.cpu_count() or 1) - 2)
    for batch in Dealer(games, s, owners).stream(run.step, s.batch, place, threads):
        since = run.notes["cooling_since"]
        share = rate(run.step, None if since is None else run.seconds - since, s)
        for optimizer, peak in zip(optimizers, peaks, strict=True):
            for group, highest in zip(optimizer.param_groups, peak, strict=True):
                group["lr"] = highest * share
        with device.autocast():
            output = network(batch.planes.to(memory_format=torch.channels_last))
        terms = losses(output, batch)
        loss = terms["policy"] + s.value_weight * terms["value"] + s.ownership_weight * terms["ownership"]
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        ema.update_parameters(network)
        run.step, count = run.step + 1, count + 1
        terms["top1"] = (output.policy.detach().argmax(1) == batch.move).float().mean()
        for name, term in terms.items():
            sums[name] = sums.get(name, torch.zeros((), device=place)) + term.detach()
        finished = share == 0 or run.seconds - begun > 60 * minutes
        if finished or run.due(OFTEN):
            run.save()
            means = {name: float(total) / count for name, total in sums.items()}
            measured = evaluate(ema.module, development, s, device, positions=2048)
            means |= {f"dev_{name}": value for name, value in measured.items()}
            rounded = {name: round(value, 4) for name, value in means.items()}
            log(out / "curve.csv", step=run.step, seconds=round(run.seconds), rate=round(share, 4), **rounded)
            sums, count = {}, 0
        if finished:
            break
    network.load_state_dict(ema.module.state_dict())


@torch.inference_mode()
def evaluate(
    network: nn.Module, games: Games, s: Settings, device: Device, *, positions: int
) -> dict[str, float]:
    """On `positions` random positions, always the same ones: top-1, top-5, and who wins."""
    network.eval()
    dealer, hits, seen = Dealer(games, s), {"top1": 0.0, "top5": 0.0, "winner": 0.0}, 0
    won, known = 0.0, 0.0
    for i in range(0, positions, 256):
        random = np.random.default_rng((1, i))
        chosen = random.integers(len(games), size=256)
        plies = (random.random(256) * dealer.lengths[chosen]).astype(np.int64)
        none = np.zeros(256, np.int64)
        batch = dealer.positions(chosen, plies, none, none.astype(np.float64)).to(device.torch_device)
        with device.autocast():
            output = network(batch.planes.to(memory_format=torch.channels_last))
        five = output.policy.float().topk(5).indices
        hits["top1"] += float((five[:, 0] == batch.move).sum())
        hits["top5"] += float((five == batch.move[:, None]).any(1).sum())
        right = ((output.value > 0).float() == batch.won).float() * batch.known
        won, known, seen = won + float(right.sum()), known + float(batch.known.sum()), seen + 256
    network.train()
    return {"top1": hits["top1"] / seen, "top5": hits["top5"] / seen, "winner": won / max(known, 1)}


def save(network: nn.Module, path: Path = WEIGHTS) -> None:
    """Write the weights as 16-bit numbers; the statistics of batch normalisation stay 32 bits wide."""
    save_file(halved(network.state_dict()), path)
    path.chmod(0o644)


def games_in(data: Path, out: Path) -> tuple[Games, Games]:
    """Games to learn from and games to watch the run with, read once and then kept in `out`.

    Nobody who plays in the former plays in the latter.
    """
    paths = out / "games.npz", out / "development.npz"
    if not all(path.exists() for path in paths):
        games, players = read(data, *TRAINED)
        games.save(paths[0])
        read(data, *DEVELOPMENT, without=players)[0].save(paths[1])
    return Games.load(paths[0]), Games.load(paths[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of computer-go-dataset")
    parser.add_argument("--out", type=Path, default=Path("runs/go"), help="checkpoint, curve, games read")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--minutes", type=float, default=1e6, help="stop after so many")
    parser.add_argument("--cool", type=float, help="let the learning rate fall to nothing in so many minutes")
    parser.add_argument("--batch", type=int, default=Settings.batch, help="positions in a step")
    parser.add_argument("--from-shipped", action="store_true", help="begin with the weights that ship")
    options = parser.parse_args()

    device = pick_device(options.device)
    cool = options.cool is not None
    settings = Settings(seed=options.seed, batch=options.batch)
    settings = replace(settings, cool_down=options.cool) if cool else settings
    options.out.mkdir(parents=True, exist_ok=True)
    games, development = games_in(options.data, options.out)
    torch.manual_seed(settings.seed)
    network = GoNetwork(settings.channels, settings.blocks)
    if options.from_shipped:
        network.load_state_dict({k: v.float() for k, v in load_file(WEIGHTS).items()})
    owners = Owners.load(options.out / "owners.npz")
    counted = 0 if owners is None else len(owners.games)
    print(f"{len(games)} games, owners known in {counted}; {settings}; {device}", flush=True)
    out, minutes = options.out, options.minutes
    train(network, games, development, settings, device, out, minutes=minutes, cool=cool, owners=owners)
    save(network)


if __name__ == "__main__":
    main()
