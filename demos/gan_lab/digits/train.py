"""How the snapshots of the digits and of the clothes were made: one training of each, kept at some moments.

    python -m demos.gan_lab.digits.train --data mnist-pngs/train --which digits
    python -m demos.gan_lab.digits.train --data fashion_mnist_images/train --which clothes

Writes the weights and the sheet of real pictures that ship. The players and their losses are in model.py and
training.py. A run that was stopped goes on from its last checkpoint when the same command is given again.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from demos.gan_lab.digits.model import MOMENTS, SETS, Snapshot
from demos.gan_lab.digits.pictures import pack, read_folder, sheet
from demos.gan_lab.digits.training import Losses, Settings, Training, beginning, mean_of
from gallery.device import Device, pick_device
from gallery.training import Run, halved, log
from gallery.weights import EMBEDDED_FOLDER

OFTEN = 200  # steps between two rows of the curve


def weights_of(which: str) -> Path:
    """The file that ships of a set of pictures."""
    return EMBEDDED_FOLDER / f"gan_lab-{which}.safetensors"


def train(
    pictures: Tensor, labels: Tensor, which: str, s: Settings, device: Device, out: Path,
    moments: tuple[int, ...] = MOMENTS,
) -> float:  # fmt: skip
    """Plays until the last moment and leaves one snapshot file for each of them in `out`. Returns seconds."""
    training = Training(beginning(s.seed), s, device)
    run = Run(
        out / f"{which}.pt",
        {
            "players": training.players,
            "generator_optimizer": training.generator_optimizer,
            "discriminator_optimizer": training.discriminator_optimizer,
        },
    )
    training.step = run.step
    losses: list[Losses] = []
    while True:
        if training.step in moments:
            save_file(snapshot_of(training.players, which, training.step), part(out, which, training.step))
        if training.step >= moments[-1]:
            return run.seconds
        losses.append(training.play(pictures, labels))
        if training.step in moments or training.step % OFTEN == 0:
            run.step = training.step
            run.save()
            means = mean_of(losses)
            log(
                out / f"{which}.csv",
                step=run.step,
                seconds=round(run.seconds, 1),
                **{name: round(value, 4) for name, value in vars(means).items()},
            )
            losses = []


def snapshot_of(players: Snapshot, which: str, step: int) -> dict[str, Tensor]:
    """The weights of one moment under the names that they have in the whole film."""
    return halved(players.state_dict(), f"sets.{which}.{step}.")


def part(out: Path, which: str, step: int) -> Path:
    return out / f"{which}-{step}.safetensors"


def join(out: Path, which: str, path: Path, moments: tuple[int, ...] = MOMENTS) -> None:
    """All snapshots of a run in one file."""
    state: dict[str, Tensor] = {}
    for step in moments:
        state |= load_file(part(out, which, step))
    save_file(state, path)
    path.chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with the folders 0 to 9 of PNGs")
    parser.add_argument("--which", choices=SETS, default="digits", help="what the pictures show")
    parser.add_argument("--out", type=Path, default=Path("runs/gan_lab_digits"), help="checkpoint and curve")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    options = parser.parse_args()

    settings, device = Settings(seed=options.seed), pick_device(options.device)
    options.out.mkdir(parents=True, exist_ok=True)
    pictures, labels = read_folder(options.data, options.out / f"{options.which}-pictures.pt")
    print(f"{len(pictures)} pictures, {settings}, {device}", flush=True)
    torch.set_num_threads(1)  # the players are so small that a second thread waits more than it works
    seconds = train(pictures, labels, options.which, settings, device, options.out)
    pack(pictures, labels, sheet(options.which))
    join(options.out, options.which, weights_of(options.which))
    print(f"{seconds / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
