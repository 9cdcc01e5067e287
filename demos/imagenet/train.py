"""How the embedded classifier was trained.

    python -m demos.imagenet.train --data tiny-imagenet-200

Reading guide: `Settings` holds every choice, `augment` makes what the network sees,
`train` is the loop, `calibrate` sets the temperature, `evaluate` measures, `export` writes.
A run that was stopped goes on from its last checkpoint when the same command is given again.
"""

import argparse
import dataclasses
import math
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from demos.imagenet.data import TinyImageNet, normalise
from demos.imagenet.evaluate import accuracy, predict
from demos.imagenet.export import save_weights, write_card
from demos.imagenet.model import TinyImageNetClassifier
from gallery.device import Device, pick_device
from gallery.training import Run, log, random_at


@dataclass(frozen=True)
class Settings:
    """The recipe. Everything that changes the weights is here."""

    seed: int = 0
    # (last epoch, image side in pixels): small pictures first, for most of what a network
    # learns about edges, textures and colours does not need the full resolution.
    resolutions: tuple[tuple[int, int], ...] = ((12, 32), (20, 48), (24, 64))
    batch: int = 128
    peak_learning_rate: float = 0.1
    warm_up: float = 0.15  # share of the steps in which the learning rate rises
    momentum: float = 0.9
    weight_decay: float = 5e-4  # on kernels only, not on biases and normalisation
    label_smoothing: float = 0.1
    ema_decay: float = 0.999  # running mean of the weights, over about a thousand steps
    smallest_crop: float = 0.3  # share of the picture's area
    colour_jitter: float = 0.4  # brightness, contrast and saturation times 1 +- this

    @property
    def epochs(self) -> int:
        return self.resolutions[-1][0]

    def image_size(self, epoch: int) -> int:
        """Side in pixels of the pictures shown in `epoch`, counted from 0."""
        return next(size for last, size in self.resolutions if epoch < last)

    def learning_rate(self, progress: float) -> float:
        """One cycle (Smith 2018, arXiv 1803.09820): up linearly, down along a cosine to 0."""
        if progress < self.warm_up:
            return self.peak_learning_rate * progress / self.warm_up
        fall = (progress - self.warm_up) / (1 - self.warm_up)
        return self.peak_learning_rate * (1 + math.cos(math.pi * fall)) / 2


def augment(images: Tensor, size: int, settings: Settings, random: torch.Generator) -> Tensor:
    """Random crops, mirrored half of the time, in random light.

    `images` is uint8 RGB (B, 3, H, W) on the CPU; returns normalised float32 (B, 3, size, size).
    One affine resampling does crop, mirror and change of size at once.
    """
    count = len(images)

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(count).uniform_(low, high, generator=random)

    area, aspect = uniform(settings.smallest_crop, 1), uniform(math.log(3 / 4), math.log(4 / 3)).exp()
    width, height = (area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0)
    zero = torch.zeros(count)
    theta = torch.stack(
        [
            torch.stack([width * mirror, zero, (1 - width) * uniform(-1, 1)], dim=1),
            torch.stack([zero, height, (1 - height) * uniform(-1, 1)], dim=1),
        ],
        dim=1,
    )  # (B, 2, 3)
    grid = F.affine_grid(theta, [count, 3, size, size], align_corners=False)
    pictures = F.grid_sample(images.float() / 255, grid, padding_mode="reflection", align_corners=False)

    jitter = settings.colour_jitter
    brightness, contrast, saturation = (uniform(1 - jitter, 1 + jitter).view(-1, 1, 1, 1) for _ in range(3))
    pictures = pictures * brightness
    mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
    pictures = torch.lerp(mean, pictures, contrast)
    grey = pictures.mean(dim=1, keepdim=True)
    pictures = torch.lerp(grey, pictures, saturation)
    return normalise(pictures.clamp(0, 1))


@lru_cache(maxsize=1)
def shuffled(count: int, seed: int) -> Tensor:
    """The numbers 0 to count-1 in the random order of one epoch."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))


def train(
    data: TinyImageNet, settings: Settings, device: Device, out: Path
) -> tuple[TinyImageNetClassifier, float]:
    """The running mean of the trained weights, and the seconds it took.

    Goes on where the run in `out` was stopped, if there is one.
    """
    torch.manual_seed(settings.seed)
    model = TinyImageNetClassifier().to(device.torch_device).to(memory_format=torch.channels_last)
    ema = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(settings.ema_decay), use_buffers=True)
    kernels = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [
        {"params": kernels, "weight_decay": settings.weight_decay},
        {"params": others},
    ]
    optimizer = torch.optim.SGD(
        groups,
        lr=settings.peak_learning_rate,
        momentum=settings.momentum,
        nesterov=True,
    )
    run = Run(out / "checkpoint.pt", {"model": model, "ema": ema, "optimizer": optimizer})

    labels = data.train_labels
    steps_per_epoch = len(labels) // settings.batch
    steps = steps_per_epoch * settings.epochs
    running_loss = running_correct = running_count = 0.0
    while run.step < steps:
        epoch, batch_index = divmod(run.step, steps_per_epoch)
        # Order and augmentation depend on (seed, step) alone, so a resumed run is the same run.
        order = shuffled(len(labels), settings.seed * 1000 + epoch)
        random = random_at(settings.seed, run.step)
        chosen = order[batch_index * settings.batch : (batch_index + 1) * settings.batch]
        pictures = augment(data.train_images[chosen], settings.image_size(epoch), settings, random)
        pictures = pictures.to(device.torch_device, memory_format=torch.channels_last)
        target = labels[chosen].to(device.torch_device)

        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate(run.step / steps)
        with device.autocast():
            logits = model(pictures)
            loss = F.cross_entropy(logits, target, label_smoothing=settings.label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ema.update_parameters(model)
        run.step += 1

        running_loss += loss.item() * len(target)
        running_correct += (logits.argmax(dim=1) == target).sum().item()
        running_count += len(target)
        end_of_epoch = run.step % steps_per_epoch == 0
        if end_of_epoch:
            logits = predict(ema.module, data.dev_images, device)
            top1, top5 = accuracy(logits, data.dev_labels)
            log(
                out / "curve.csv",
                epoch=epoch + 1,
                step=run.step,
                seconds=round(run.seconds),
                image_size=settings.image_size(epoch),
                learning_rate=round(settings.learning_rate(run.step / steps), 5),
                train_loss=round(running_loss / running_count, 4),
                train_top1=round(running_correct / running_count, 4),
                dev_top1=round(top1, 4),
                dev_top5=round(top5, 4),
            )
            running_loss = running_correct = running_count = 0.0
        if end_of_epoch or run.due():
            run.save()
    trained = ema.module
    assert isinstance(trained, TinyImageNetClassifier)
    return trained, run.seconds


def calibrate(model: TinyImageNetClassifier, logits: Tensor, labels: Tensor) -> float:
    """Set and return the temperature that makes the probabilities honest.

    Guo et al. 2017 (arXiv 1706.04599): one number divides the logits, chosen for the least
    cross-entropy on images that neither trained the network nor measure it.
    """
    log_temperature = torch.zeros((), requires_grad=True)
    optimizer = torch.optim.LBFGS([log_temperature], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(logits / log_temperature.exp(), labels)
        loss.backward()
        return loss

    optimizer.step(closure)
    model.temperature.fill_(log_temperature.exp().item())
    return model.temperature.item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder tiny-imagenet-200")
    parser.add_argument("--out", type=Path, default=Path("runs/imagenet"), help="checkpoint and curve")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    options = parser.parse_args()

    settings = dataclasses.replace(Settings(), seed=options.seed)
    device = pick_device(options.device)
    options.out.mkdir(parents=True, exist_ok=True)
    data = TinyImageNet.read(options.data, cache=options.out / "images.pt")
    print(f"{len(data.train_labels)} images to train on, {settings}, {device}", flush=True)
    model, seconds = train(data, settings, device, options.out)
    temperature = calibrate(model, predict(model, data.dev_images, device), data.dev_labels)
    print(f"temperature {temperature:.3f}")
    save_weights(model)
    val_logits = predict(model, data.val_images, device)
    wall_time = f"{seconds / 3600:.1f} hours, {os.cpu_count()} CPU cores, {device.name}"
    print(write_card(model, val_logits, data.val_labels, seed=settings.seed, wall_time=wall_time))


if __name__ == "__main__":
    main()
