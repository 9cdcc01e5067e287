"""How the painter, which needs one pass, was trained on the gallery's own features.

    python -m demos.style_transfer.train --photographs imagenette --paintings FOLDER [FOLDER ...]

Reading guide: `Settings` holds every choice, `style_error` and `content_error` are the loss, `train` is the
loop; what is learnt from is in paintings.py.
A run that was stopped goes on from its last checkpoint when the same command is given again.
"""

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from demos.style_transfer.losses import STYLE_LAYERS, gram_matrix, roughness
from demos.style_transfer.model import (
    LARGEST_STROKE,
    PAINTED_LAYERS,
    SMALLEST_STROKE,
    StyleModel,
    adain,
)
from demos.style_transfer.paintings import (
    Styles,
    all_styles,
    crops,
    is_held_out,
    paintings_in,
    read_photographs,
)
from demos.style_transfer.train_features import WEIGHTS as FEATURES
from gallery.device import Device, pick_device
from gallery.training import Run, Stateful, halved, log, random_at
from gallery.weights import EMBEDDED_FOLDER

WEIGHTS = EMBEDDED_FOLDER / "style_transfer-painter.safetensors"
CONTENT_LAYERS = ("relu4_1", "relu5_1")


@dataclass(frozen=True)
class Phase:
    """A part of the run. The learning rate goes up and down once in `cycle` steps; it may end before."""

    steps: int
    cycle: int
    style_weight: float
    by_stroke: bool  # whether large strokes may lose the content's details
    centred: bool  # whether Gram matrices are compared without what the means alone make of them


@dataclass(frozen=True)
class Settings:
    """The recipe. Everything that changes the weights is here."""

    seed: int = 0
    # First to copy a photograph in other colours, then to paint: most of a Gram matrix is made by the means,
    # which are colours, and textures are learnt only where that part is taken off.
    phases: tuple[Phase, ...] = (
        Phase(1865, 3000, 3.0, by_stroke=False, centred=False),
        Phase(1156, 2400, 20.0, by_stroke=True, centred=False),
        Phase(1500, 1500, 20.0, by_stroke=True, centred=True),
    )
    batch: int = 8
    crop: int = 128  # pixels a side of what is painted
    peak_learning_rate: float = 1e-3
    warm_up: float = 0.05  # share of the steps in which the learning rate rises
    ema_decay: float = 0.998
    smoothness: float = 0.5
    strokes: int = 9  # sizes at which each painting is looked at, from the smallest stroke to the largest
    natural: int = 256  # pixels of a painting's shorter side at stroke 1
    longest: int = 512  # pixels: of larger pictures the middle is looked at
    hues: tuple[float, ...] = (0.0, 0.5)  # turns of the colour wheel: more styles from few paintings
    photographs_as_styles: int = 1000

    @property
    def steps(self) -> int:
        return sum(phase.steps for phase in self.phases)

    def phase(self, step: int) -> tuple[Phase, int]:
        """The phase that a step belongs to, and its number within it."""
        for phase in self.phases:
            if step < phase.steps:
                return phase, step
            step -= phase.steps
        raise ValueError("The run has fewer steps.")

    def learning_rate(self, step: int) -> float:
        phase, within = self.phase(step)
        progress = within / phase.cycle
        if progress < self.warm_up:
            return self.peak_learning_rate * progress / self.warm_up
        fall = (progress - self.warm_up) / (1 - self.warm_up)
        return self.peak_learning_rate * (0.01 + 0.99 * (1 + math.cos(math.pi * fall)) / 2)

    def stroke(self, index: int) -> float:
        """Sizes from the smallest to the largest, in equal ratios."""
        return float(SMALLEST_STROKE * (LARGEST_STROKE / SMALLEST_STROKE) ** (index / (self.strokes - 1)))


# ---- the loss -----------------------------------------------------------------------------------------


def style_error(found: dict[str, Tensor], styles: Styles, chosen: Tensor, centred: bool) -> Tensor:
    """Mean over the layers of the relative errors of statistics and of Gram matrices, a scalar.

    `found` are features of B pictures, `chosen` (B,) the styles they should have. The error of a Gram matrix
    is not squared: a few styles that are hard to meet would else drown all others.
    """
    errors = []
    for name in STYLE_LAYERS:
        x = found[name].float()
        mean, deviation = (
            styles.means[name][chosen].to(x.device),
            styles.deviations[name][chosen].to(x.device),
        )
        off = (x.mean(dim=(2, 3)) - mean).square() + ((x.var(dim=(2, 3)) + 1e-5).sqrt() - deviation).square()
        errors.append((off.mean(1) / (mean.square() + deviation.square()).mean(1)).mean())
        gram, wanted = gram_matrix(x), styles.grams[name][chosen].to(x.device).float()
        if centred:  # covariances
            gram = gram - outer(x.mean(dim=(2, 3)))
            wanted = wanted - outer(mean)
        distance = (gram - wanted).square().sum(dim=(1, 2)) + 1e-6
        errors.append(((distance / wanted.square().sum(dim=(1, 2))).sqrt()).mean())
    return torch.stack(errors).mean()


def outer(means: Tensor) -> Tensor:
    """(B, C) to (B, C, C): the Gram matrix of channels that have these values everywhere."""
    return means[:, :, None] * means[:, None, :]


def content_error(found: dict[str, Tensor], content: dict[str, Tensor], detail: Tensor) -> Tensor:
    """Squared difference of the features, each channel brought to mean 0 and spread 1 first, a scalar.

    Without its mean and spread a channel holds nothing of the style, only where something is. `detail` (B,)
    is how much the finer layer counts, beside 1 for the coarser one.
    """

    def error(name: str) -> Tensor:
        difference = F.instance_norm(found[name].float()) - F.instance_norm(content[name].float())
        return difference.square().mean(dim=(1, 2, 3))

    fine, coarse = map(error, CONTENT_LAYERS)
    return ((detail * fine + coarse) / 2).mean()


def detail_at(stroke: Tensor, phase: Phase) -> Tensor:
    """How much of the content's detail strokes (B,) must keep: all of it the smallest, none the largest."""
    if not phase.by_stroke:
        return torch.ones_like(stroke)
    return 1 - (stroke / SMALLEST_STROKE).log2() / math.log2(LARGEST_STROKE / SMALLEST_STROKE)


# ---- the loop -----------------------------------------------------------------------------------------


def train(
    model: StyleModel, photographs: Tensor, styles: Styles, s: Settings, device: Device, out: Path
) -> float:
    """Trains the painter of `model` and leaves the running mean of its weights there. Returns seconds."""
    torch.manual_seed(s.seed)
    place = device.torch_device
    painter = model.painter.to(place).to(memory_format=torch.channels_last)
    ema = AveragedModel(painter, multi_avg_fn=get_ema_multi_avg_fn(s.ema_decay))
    optimizer = torch.optim.Adam(painter.parameters(), lr=s.peak_learning_rate, betas=(0.9, 0.99))
    parts: dict[str, Stateful] = {"painter": painter, "ema": ema, "optimizer": optimizer}
    run = Run(out / "painter.pt", parts)
    sums = torch.zeros(3)
    count = 0
    while run.step < s.steps:
        # What is drawn depends on (seed, step) alone, so a resumed run is the same run.
        random = random_at(s.seed, run.step)
        content = crops(photographs, s, random).to(place, memory_format=torch.channels_last)
        chosen = torch.randint(len(styles), (s.batch,), generator=random)
        stroke = styles.strokes[chosen].log2()[:, None].to(place)
        for group in optimizer.param_groups:
            group["lr"] = s.learning_rate(run.step)
        with device.autocast():
            with torch.no_grad():
                seen = model.features(content)
                painted = {
                    name: adain(
                        seen[name].float(),
                        styles.means[name][chosen][..., None, None].to(place),
                        styles.deviations[name][chosen][..., None, None].to(place),
                    )
                    for name in PAINTED_LAYERS
                }
            picture = painter(painted, stroke)
            found = model.features(picture)
        phase, _ = s.phase(run.step)
        style = style_error(found, styles, chosen, phase.centred)
        kept = content_error(found, seen, detail_at(styles.strokes[chosen], phase).to(place))
        outside = (picture.float() - picture.float().clamp(0, 1)).square().mean()
        loss = phase.style_weight * style + kept + s.smoothness * roughness(picture.float()) + 10 * outside
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(painter.parameters(), 1.0)
        optimizer.step()
        ema.update_parameters(painter)
        run.step += 1
        sums += torch.stack([loss.detach(), style.detach(), kept.detach()]).cpu()
        count += 1
        if run.step == s.steps or run.due():
            run.save()
            means = dict(zip(("loss", "style", "content"), (sums / count).tolist(), strict=True))
            log(
                out / "painter.csv",
                step=run.step,
                seconds=round(run.seconds),
                **{k: round(v, 4) for k, v in means.items()},
            )
            sums.zero_()
            count = 0
    painter.load_state_dict(ema.module.state_dict())
    return run.seconds


def save(model: StyleModel, path: Path = WEIGHTS) -> None:
    """Write the painter as 16-bit numbers under the names that it has in the whole model."""
    save_file(halved(model.painter.state_dict(), "painter."), path)
    path.chmod(0o644)


def with_features(path: Path = FEATURES) -> StyleModel:
    """The model with the features that ship and a painter that knows nothing yet."""
    model = StyleModel()
    state = {name.removeprefix("features."): value.float() for name, value in load_file(path).items()}
    model.features.load_state_dict(state)
    model.features.requires_grad_(False)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--photographs", type=Path, required=True, help="the folder of Imagenette")
    parser.add_argument("--paintings", type=Path, required=True, nargs="+", help="folders with JPEG files")
    parser.add_argument("--out", type=Path, default=Path("runs/style_transfer"), help="checkpoint and curve")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    options = parser.parse_args()

    settings, device = Settings(seed=options.seed), pick_device(options.device)
    options.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    model = with_features()
    model.features.to(device.torch_device).to(memory_format=torch.channels_last)
    photographs = read_photographs(options.photographs, options.out / "contents.pt")
    paintings = [path for path in paintings_in(options.paintings) if not is_held_out(path)]
    styles = all_styles(model, paintings, photographs, settings, device, options.out / "styles.pt")
    print(f"{len(paintings)} paintings, {len(styles)} styles, {settings}, {device}", flush=True)
    train(model, photographs, styles, settings, device, options.out)
    save(model)


if __name__ == "__main__":
    main()
