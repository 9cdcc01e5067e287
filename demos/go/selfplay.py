"""Learns Go from nothing but the rules, by playing against itself.

    python -m demos.go.selfplay --size 7 --minutes 25        (the same command again goes on)
    python -m demos.go.selfplay --size 7 --ship              (writes what the gallery shows)

Reading guide: the loop itself is in zero/loop.py; here a run is kept in a file after every generation, its
curve is written as CSV, and some generations are chosen for the gallery and play a tournament.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import json
import time
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from demos.go.opponent import vertex
from demos.go.zero.duel import duel
from demos.go.zero.loop import Result, Row, Run, generation, match
from demos.go.zero.play import Examples, asked
from demos.go.zero.settings import Settings
from gallery.card import Card
from gallery.device import pick_device
from gallery.weights import EMBEDDED_FOLDER, sha256

WEIGHTS = EMBEDDED_FOLDER / "go_zero.safetensors"
RECORD = Path(__file__).parent / "zero" / "generations.json"
CARD = Path(__file__).with_name("card_zero.md")
CAREFUL = 400  # visits for each move of the game against itself
SHIPPED = 8  # generations
FIELDS = tuple(field.name for field in dataclasses.fields(Examples))


def store(run: Run, path: Path) -> None:
    """Everything that is needed to go on."""
    state = {
        "settings": dataclasses.asdict(run.settings),
        "network": run.network.state_dict(),
        "mean": run.mean.state_dict(),
        "optimizer": run.optimizer.state_dict(),
        "generations": run.generations,
        "window": [{name: torch.from_numpy(getattr(part, name)) for name in FIELDS} for part in run.window],
        "rows": [dataclasses.asdict(row) for row in run.rows],
        "results": [dataclasses.asdict(result) for result in run.results],
    }
    torch.save(state, path.with_suffix(".partial"))
    path.with_suffix(".partial").replace(path)


def restored(path: Path, s: Settings, device: torch.device | str = "cpu") -> Run:
    """The run that `store` wrote. Raises ValueError where it was made with other settings."""
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    if (known := Settings(**state["settings"])) != s:
        changed = [name for name, value in vars(s).items() if getattr(known, name) != value]
        raise ValueError(f"The run in {path} was made with another {', '.join(changed)}.")
    run = Run.start(s, device)
    for part, name in ((run.network, "network"), (run.mean, "mean"), (run.optimizer, "optimizer")):
        part.load_state_dict(state[name])
    run.generations = state["generations"]
    run.window = [Examples(**{name: array(part[name]) for name in FIELDS}) for part in state["window"]]
    run.rows = [Row(**row) for row in state["rows"]]
    run.results = [Result(**result) for result in state["results"]]
    return run


def array(tensor: Tensor) -> NDArray[np.float16]:
    found: NDArray[np.float16] = tensor.numpy()
    return found


def write_curve(run: Run, path: Path) -> None:
    """One line for each generation."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*(field.name for field in dataclasses.fields(Row)), "elo"])
        writer.writeheader()
        for row in rows_of(run):
            writer.writerow(row)


def rows_of(run: Run) -> list[dict[str, Any]]:
    return [
        {name: round(value, 4) for name, value in dataclasses.asdict(row).items()} | {"elo": round(elo)}
        for row, elo in zip(run.rows, run.elo(), strict=True)
    ]


def train(run: Run, out: Path, *, minutes: float = float("inf"), generations: int | None = None) -> None:
    """Goes on until `minutes` would be exceeded by one more generation, or there are `generations` in all."""
    begun, longest = time.monotonic(), 0.0
    while generations is None or run.last < generations:
        started = time.monotonic()
        if started - begun + longest > 60 * minutes:
            break
        for _ in generation(run):
            pass
        longest = max(longest if run.last > 2 else 0.0, time.monotonic() - started)
        store(run, out / "run.pt")
        write_curve(run, out / "curve.csv")
        print(rows_of(run)[-1], [result for result in run.results if result.first == run.last], flush=True)


def chosen(last: int, count: int = SHIPPED) -> list[int]:
    """Which generations ship: all that there is to learn, they learn early, so more of the early ones."""
    return sorted({round(last * (i / (count - 1)) ** 2) for i in range(count)})


def ship(run: Run, weights: Path = WEIGHTS, record: Path = RECORD, card: Path | None = CARD) -> None:
    """Lets the chosen generations play each against each; writes weights, the record of the run, the card."""
    picked = chosen(run.last)
    random = np.random.default_rng((run.settings.seed, run.last, len(picked)))
    for first, second in combinations(picked, 2):
        for _ in match(run, first, second, random):
            pass
        print(run.results[-1], flush=True)
    s, last, start = run.settings, asked(run.player(picked[-1])), asked(run.player(picked[0]))
    positions = [position for position, _ in duel(last, start, s, random)]
    alone = [position for position, _ in duel(last, last, s, random, simulations=CAREFUL)]
    state = {
        f"{i}.{name}": value.contiguous()
        for i, number in enumerate(picked)
        for name, value in run.generations[number].items()
    }
    weights.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, weights)
    weights.chmod(0o644)
    content = {
        "settings": dataclasses.asdict(run.settings),
        "shipped": picked,
        "rows": rows_of(run),
        "results": [list(dataclasses.astuple(result)) for result in run.results],
        "game": {
            "black": picked[-1],
            "white": picked[0],
            "moves": [position.recent[0] for position in positions],
            "score": positions[-1].score(s.komi),
        },
    }
    record.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{weights.name} has {weights.stat().st_size:,} bytes, {record.name} {record.stat().st_size:,}")
    if card is not None:
        points, games = against(run, picked[-1], picked[0])
        Card.update(
            card,
            weights=weights.name,
            sha256=sha256(weights),
            seed=s.seed,
            wall_time=f"{run.rows[-1].seconds / 60:.0f} minutes of a busy CPU core, then a tournament",
            metrics={
                "zero_elo": round(run.elo()[-1]),
                "zero_generations": run.last,
                "zero_games": run.rows[-1].games,
                "zero_wins_untrained": round(points / games, 3),
                "zero_score_alone": alone[-1].score(0),
                "zero_first_move_from_centre": steps_from_centre(alone[0].recent[0], s.size),
            },
        )
        print(f"Against itself: {[vertex(position.recent[0], s.size) for position in alone]}")


def against(run: Run, first: int, second: int) -> tuple[float, int]:
    """Points of a generation against another one, and games, in all their matches."""
    points, games = 0.0, 0
    for result in run.results:
        if {result.first, result.second} == {first, second}:
            points += result.points if result.first == first else result.games - result.points
            games += result.games
    return points, games


def steps_from_centre(move: int, size: int) -> int:
    """Along the lines; of boards with an even number of lines, from the nearest of the four points."""
    return sum(round(abs(at - (size - 1) / 2) - (size + 1) % 2 / 2) for at in divmod(move, size))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size", type=int, default=Settings.size, help="points a side")
    parser.add_argument("--komi", type=float, help="by default what perfect play is thought to be worth")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--games", type=int, default=Settings.games, help="of a generation")
    parser.add_argument("--simulations", type=int, default=Settings.simulations, help="for each move")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop before so many have passed")
    parser.add_argument("--generations", type=int, help="stop when there are so many in all")
    parser.add_argument("--out", type=Path, default=Path("runs/go_zero"), help="the run and its curve")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--ship", action="store_true", help="play the tournament and write what the page shows"
    )
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    s = Settings.of_size(
        options.size,
        seed=options.seed,
        games=options.games,
        simulations=options.simulations,
        komi=options.komi,
    )
    device = pick_device(options.device).torch_device
    options.out.mkdir(parents=True, exist_ok=True)
    kept = options.out / "run.pt"
    run = restored(kept, s, device) if kept.exists() else Run.start(s, device)
    if options.ship:
        ship(run)
    else:
        train(run, options.out, minutes=options.minutes, generations=options.generations)


if __name__ == "__main__":
    main()
