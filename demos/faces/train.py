"""How the generator of faces was trained against its discriminator.

    python -m demos.faces.prepare --data member_photos       (first: finds, aligns and sorts the portraits)
    python -m demos.faces.train --minutes 60 [--dcgan]

Reading guide: `Settings` holds every choice, `Portraits` deals real faces, `Game` is the two networks and one
step of both, `train` is the loop. On a GPU a step is recorded once and then replayed (a CUDA graph): of the
time that thousands of small operations take to start nothing is left. A run goes on from its last checkpoint
when the same command is given again; where no checkpoint is left, `--from-shipped` goes on from the weights
that ship.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from demos.faces.augment import Adaptive
from demos.faces.dcgan import DcganDiscriminator, DcganGenerator
from demos.faces.model import LATENT, Discriminator, Generator, condition
from gallery.device import Device, pick_device
from gallery.training import Run, Stateful, halved, keep_memory, log
from gallery.weights import EMBEDDED_FOLDER

WEIGHTS = {name: EMBEDDED_FOLDER / f"faces-{name}.safetensors" for name in ("generator", "discriminator")}
DCGAN_WEIGHTS = EMBEDDED_FOLDER / "faces-dcgan.safetensors"
YEAR_ERROR = 4.0  # standard deviation: nobody noted when a portrait was taken
OFTEN = 60.0  # seconds between two checkpoints, with a sheet of samples each
REPORTED = 200  # steps at most between two looks at the losses
MEASURED = ("discriminator_loss", "generator_loss", "real_caught", "made_caught", "altered")


@dataclass(frozen=True)
class Settings:
    """The recipe. Everything that changes the weights is here."""

    seed: int = 0
    batch: int = 32
    learning_rate: float = 0.0025
    momentum: float = 0.0
    augment: bool = True  # as often as the discriminator is too sure
    gamma: float = 0.1  # of R1, the penalty on the discriminator's slope at real faces; 0 for none
    penalty_every: int = 16  # steps
    mixing: float = 0.5  # share of pictures whose fine levels have another style than their coarse ones
    ema_decay: float = 0.998
    in_colour: float = 0.4  # share of what is dealt; of the portraits it is a fifth, too few to learn well


DCGAN = Settings(batch=64, learning_rate=2e-4, momentum=0.5, augment=False, gamma=0, mixing=0, in_colour=0)
# As it was published, but for a shorter memory of Adam (0.99) and the running mean.


class Portraits:
    """All real faces of the training part, on the device; dealt mirrored half the time.

    A share of at least `in_colour` of what is dealt is in colour, where there are any.
    """

    def __init__(self, path: Path, device: torch.device, *, in_colour: float = 0) -> None:
        with np.load(path) as kept:
            chosen = ~kept["held_out"]
            pictures = np.ascontiguousarray(kept["images"][chosen].transpose(0, 3, 1, 2))
            self.pictures = torch.from_numpy(pictures).to(device)  # (N, 3, 128, 128), bytes
            self.years = torch.from_numpy(kept["year"][chosen].astype(np.float32)).to(device)
            self.colour = torch.from_numpy(kept["colour"][chosen].astype(np.float32)).to(device)
        share = float(self.colour.mean())
        if 0 < share < in_colour:
            weights = torch.where(self.colour > 0, in_colour / share, (1 - in_colour) / (1 - share))
        else:
            weights = torch.ones_like(self.colour)
        self.until = weights.cumsum(0) / weights.sum()  # (N,) up to 1: whom a number below falls to

    def conditions(self, count: int) -> Tensor:
        """(count, CONDITION), as common as among the portraits."""
        return self.condition(self.chosen(count))

    def batch(self, count: int) -> tuple[Tensor, Tensor]:
        """Pictures (count, 3, 128, 128) from -1 to 1 and their conditions."""
        chosen = self.chosen(count)
        pictures = self.pictures[chosen].float() / 127.5 - 1
        mirrored = torch.rand(count, 1, 1, 1, device=pictures.device) < 0.5
        return torch.where(mirrored, pictures.flip(3), pictures), self.condition(chosen)

    def chosen(self, count: int) -> Tensor:
        drawn = torch.rand(count, device=self.pictures.device)
        return torch.searchsorted(self.until, drawn, right=True).clamp(max=len(self.pictures) - 1)

    def condition(self, chosen: Tensor) -> Tensor:
        years = self.years[chosen]
        return condition(years + YEAR_ERROR * torch.randn_like(years), self.colour[chosen])


class Game:
    """The two players, the running mean of the generator, and one step of both."""

    def __init__(self, portraits: Portraits, s: Settings, device: Device, *, dcgan: bool = False) -> None:
        torch.manual_seed(s.seed)
        place = device.torch_device
        self.portraits, self.s, self.device = portraits, s, device
        self.generator: nn.Module = DcganGenerator() if dcgan else Generator()
        self.discriminator: nn.Module = DcganDiscriminator() if dcgan else Discriminator()
        self.mean: nn.Module = DcganGenerator() if dcgan else Generator()
        self.mean.load_state_dict(self.generator.state_dict())
        for network in (self.generator, self.discriminator, self.mean):
            network.to(place).to(memory_format=torch.channels_last)
        self.mean.eval().requires_grad_(False)
        # A penalty that comes once in so many steps is as if the optimiser had fewer of them.
        share = s.penalty_every / (s.penalty_every + 1) if s.gamma else 1.0
        self.optimisers = (
            self.adam(self.generator, s.learning_rate, 0.99),
            self.adam(self.discriminator, s.learning_rate * share, 0.99**share),
        )
        self.augment = Adaptive().to(place)
        self.terms = torch.zeros(len(MEASURED), device=place)  # sums of what `step` measures

    def adam(self, network: nn.Module, rate: float, decay: float) -> torch.optim.Adam:
        return torch.optim.Adam(network.parameters(), lr=rate, betas=(self.s.momentum, decay))

    def begin_with(self, paths: Mapping[str, Path]) -> None:
        """Both players as they ship; the generator is then its own running mean."""
        generator, discriminator = (
            {key.removeprefix(f"{name}."): value.float() for key, value in load_file(paths[name]).items()}
            for name in ("generator", "discriminator")
        )
        self.generator.load_state_dict(generator)
        self.mean.load_state_dict(generator)
        self.discriminator.load_state_dict(discriminator)

    def settle(self) -> None:
        """Say to the optimisers, whose checkpoint may be of another machine, where they run now."""
        cuda = self.device.torch_device.type == "cuda"
        torch.backends.cudnn.benchmark = cuda
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group.update(capturable=cuda, fused=cuda, foreach=not cuda)
            for state in optimiser.state.values():
                state["step"] = state["step"].to(self.device.torch_device)

    def noise(self, count: int) -> Tensor:
        return torch.randn(count, LATENT, device=self.device.torch_device)

    def made(self, count: int) -> tuple[Tensor, Tensor]:
        """Pictures of the generator and the conditions that it was given."""
        wanted = self.portraits.conditions(count)
        if not isinstance(self.generator, Generator):
            return self.generator(self.noise(count), wanted), wanted
        mapping, levels = self.generator.mapping, len(self.generator.levels)
        coarse, fine = mapping(self.noise(count), wanted), mapping(self.noise(count), wanted)
        change = torch.randint(1, levels, (count, 1), device=wanted.device)
        mixed = torch.rand(count, 1, device=wanted.device) < self.s.mixing
        takes_fine = mixed & (torch.arange(levels, device=wanted.device) >= change)
        styles = torch.where(takes_fine[:, :, None], fine[:, None], coarse[:, None])
        return self.generator.painted(styles), wanted

    def verdicts(self, pictures: Tensor, wanted: Tensor) -> Tensor:
        """Logits (B,) of pictures, altered first if the recipe says so."""
        seen = self.augment(pictures.float()) if self.s.augment else pictures.float()
        with self.autocast():
            found: Tensor = self.discriminator(seen, wanted)
        return found

    def autocast(self) -> torch.autocast:
        # Without the cache of weights in 16 bits: what is recorded must not lean on what was there before.
        return torch.autocast(
            self.device.torch_device.type,
            self.device.training_dtype,
            enabled=self.device.training_dtype != torch.float32,
            cache_enabled=False,
        )

    def step(self, *, penalise: bool) -> None:
        """One step of the discriminator, then one of the generator, then of the mean."""
        generator_steps, discriminator_steps = self.optimisers
        count = self.s.batch

        self.discriminator.requires_grad_(True)
        with torch.no_grad(), self.autocast():
            made, wanted = self.made(count)
        real, known = self.portraits.batch(count)
        real.requires_grad_(penalise)
        of_real, of_made = self.verdicts(real, known), self.verdicts(made, wanted)
        loss = F.softplus(-of_real).mean() + F.softplus(of_made).mean()
        total = loss
        if penalise:
            (slope,) = torch.autograd.grad(of_real.sum(), real, create_graph=True)
            penalty = slope.float().square().sum(dim=(1, 2, 3)).mean()
            total = loss + self.s.gamma / 2 * self.s.penalty_every * penalty
        discriminator_steps.zero_grad()
        total.backward()
        discriminator_steps.step()
        if self.s.augment:
            self.augment.adapt(of_real)

        self.discriminator.requires_grad_(False)
        with self.autocast():
            made, wanted = self.made(count)
        generator_loss = F.softplus(-self.verdicts(made, wanted)).mean()
        generator_steps.zero_grad()
        generator_loss.backward()
        generator_steps.step()

        with torch.no_grad():
            means: list[Tensor] = list(self.mean.parameters())
            now: list[Tensor] = list(self.generator.parameters())
            torch._foreach_lerp_(means, now, 1 - self.s.ema_decay)
            for mean, value in zip(self.mean.buffers(), self.generator.buffers(), strict=True):
                mean.copy_(value)
            caught = (of_real > 0).float().mean(), (of_made < 0).float().mean()
            self.terms += torch.stack([loss.detach(), generator_loss.detach(), *caught, self.augment.share])

    def steps(self) -> Callable[[bool], None]:
        """`step`, recorded where the device can replay it."""
        if self.device.torch_device.type != "cuda":
            return lambda penalise: self.step(penalise=penalise)
        graphs = {penalise: self.recorded(penalise) for penalise in {False, self.s.gamma > 0}}
        return lambda penalise: graphs[penalise].replay()

    def recorded(self, penalise: bool) -> torch.cuda.CUDAGraph:
        beside = torch.cuda.Stream()
        beside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(beside):  # here libraries choose their ways and optimisers make their state
            for _ in range(3):
                self.step(penalise=penalise)
        torch.cuda.current_stream().wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.step(penalise=penalise)
        return graph


def train(game: Game, out: Path, *, minutes: float) -> None:
    """Goes on until `minutes` have passed. `out` gets a checkpoint, a curve and sheets of samples."""
    parts: dict[str, Stateful] = {
        "generator": game.generator,
        "discriminator": game.discriminator,
        "mean": game.mean,
        "augment": game.augment,
        "generator_steps": game.optimisers[0],
        "discriminator_steps": game.optimisers[1],
    }
    out.mkdir(parents=True, exist_ok=True)
    run = Run(out / "run.pt", parts)
    game.settle()
    begun = run.seconds
    torch.manual_seed(game.s.seed + run.step)
    step = game.steps()  # on a GPU a few steps that are not counted: what is recorded has to be run before
    game.terms.zero_()
    random = torch.Generator().manual_seed(0)
    samples = torch.randn(32, LATENT, generator=random).to(game.device.torch_device)
    wanted = game.portraits.conditions(len(samples))
    counted = 0
    while True:
        step(game.s.gamma > 0 and run.step % game.s.penalty_every == 0)
        run.step, counted = run.step + 1, counted + 1
        finished = run.seconds - begun > 60 * minutes
        if not (finished or counted == REPORTED or run.due(OFTEN)):
            continue
        values = (game.terms / counted).tolist()  # waits for the device
        game.terms.zero_()
        counted = 0
        measured = {name: round(value, 4) for name, value in zip(MEASURED, values, strict=True)}
        images = run.step * game.s.batch
        log(out / "curve.csv", step=run.step, images=images, seconds=round(run.seconds), **measured)
        if finished or run.due(OFTEN):
            run.save()
            with torch.no_grad(), game.autocast():
                sheet(game.mean(samples, wanted)).save(out / f"samples-{images // 1000:05d}k.png")
        if finished:
            return


def sheet(pictures: Tensor, columns: int = 8) -> Image.Image:
    """Pictures (B, 3, H, W) from -1 to 1 side by side."""
    grid = pictures.float().clamp(-1, 1).add(1).mul(127.5).round().byte().cpu().unflatten(0, (-1, columns))
    rows, _, _, height, width = grid.shape
    return Image.fromarray(
        grid.permute(0, 3, 1, 4, 2).reshape(rows * height, columns * width, 3).contiguous().numpy()
    )


def write(state: dict[str, Tensor], path: Path) -> None:
    save_file(state, path)
    path.chmod(0o644)


def save(generator: nn.Module, discriminator: nn.Module) -> None:
    """Write the weights as 16-bit numbers, as demos.faces.models.Players takes them."""
    for (name, path), network in zip(WEIGHTS.items(), (generator, discriminator), strict=True):
        write(halved(network.state_dict(), f"{name}."), path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--faces", type=Path, default=Path("runs/faces/faces.npz"), help="what prepare.py made"
    )
    parser.add_argument("--out", type=Path, default=Path("runs/faces"), help="checkpoint, curve, samples")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    parser.add_argument("--batch", type=int, help="pictures in a step")
    parser.add_argument("--minutes", type=float, default=60, help="stop after so many")
    parser.add_argument("--from-shipped", action="store_true", help="begin with the weights that ship")
    parser.add_argument("--dcgan", action="store_true", help="the plain networks of 2015, to compare with")
    options = parser.parse_args()

    if options.dcgan and options.from_shipped:
        parser.error("of the DCGAN only the generator ships, so it cannot go on from there")
    device = pick_device(options.device)
    keep_memory()
    recipe = DCGAN if options.dcgan else Settings()
    settings = replace(recipe, seed=options.seed, batch=options.batch or recipe.batch)
    portraits = Portraits(options.faces, device.torch_device, in_colour=settings.in_colour)
    print(f"{len(portraits.pictures)} faces; {settings}; {device.name}", flush=True)
    game = Game(portraits, settings, device, dcgan=options.dcgan)
    if options.from_shipped:
        game.begin_with(WEIGHTS)
    out = options.out / "dcgan" if options.dcgan else options.out
    train(game, out, minutes=options.minutes)
    if options.dcgan:
        write(halved(game.mean.state_dict()), DCGAN_WEIGHTS)
    else:
        save(game.mean, game.discriminator)


if __name__ == "__main__":
    main()
