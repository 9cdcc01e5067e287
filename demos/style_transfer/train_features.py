"""How the feature network was trained: as a classifier of photographs.

    python -m demos.style_transfer.train_features --data tiny-imagenet-200

Reading guide: `Settings` holds every choice, `Classifier` is the network as it learns, `train` the loop,
`folded` makes the plain convolutions that ship. A run that was stopped goes on from its last checkpoint
when the same command is given again.
"""

import argparse
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn
from torchvision.datasets import ImageFolder

from demos.style_transfer.features import DEPTHS, WIDTHS, FeatureNetwork, layer_names, normalised
from gallery.device import Device, pick_device
from gallery.training import Run, halved, log, random_at
from gallery.weights import EMBEDDED_FOLDER

WEIGHTS = EMBEDDED_FOLDER / "style_transfer-features.safetensors"
CLASSES = 200
DEV_EVERY = 50  # of the training photographs every 50th is kept apart, to watch the run


@dataclass(frozen=True)
class Settings:
    """The recipe. Everything that changes the weights is here."""

    seed: int = 0
    # (last epoch, image side in pixels): edges and colours are learnt as well from small pictures.
    resolutions: tuple[tuple[int, int], ...] = ((2, 32), (4, 48), (6, 64))
    batch: int = 128
    peak_learning_rate: float = 0.1
    warm_up: float = 0.15  # share of the steps in which the learning rate rises
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    smallest_crop: float = 0.35  # share of the picture's area

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


class Classifier(nn.Module):
    """The feature network with batch normalisation, and a linear layer over the means of relu5_1."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions, self.norms = nn.ModuleDict(), nn.ModuleDict()
        channels = 3
        for name in layer_names(DEPTHS):
            width = WIDTHS[int(name[4]) - 1]
            self.convolutions[name] = nn.Conv2d(channels, width, 3, padding=1, bias=False)
            self.norms[name] = nn.BatchNorm2d(width)
            channels = width
        self.head = nn.Linear(channels, CLASSES)

    def forward(self, picture: Tensor) -> Tensor:
        """RGB in [0, 1], (B, 3, H, W), to logits (B, 200)."""
        x = normalised(picture)
        for name, convolution in self.convolutions.items():
            if name.endswith("_1") and name != "relu1_1":
                x = F.avg_pool2d(x, 2)
            x = F.relu(self.norms[name](convolution(x)))
        logits: Tensor = self.head(x.mean(dim=(2, 3)))
        return logits


@torch.no_grad()
def folded(classifier: Classifier, pictures: Tensor) -> FeatureNetwork:
    """The same features from plain convolutions, each channel with a mean of 1 over `pictures`.

    A convolution followed by a fixed normalisation is a convolution. Equal means, as Gatys et al. 2016
    have them, make layers and channels count alike in a loss; since ReLU and averaging keep positive
    factors, no feature changes but in its scale. `pictures` is RGB in [0, 1], (B, 3, H, W).
    """
    network = FeatureNetwork()
    plain: dict[str, Any] = dict(network.convolutions.items())
    norms: dict[str, Any] = dict(classifier.norms.items())
    learnt: dict[str, Any] = dict(classifier.convolutions.items())
    for name, convolution in plain.items():
        norm = norms[name]
        factor = norm.weight / (norm.running_var + norm.eps).sqrt()
        convolution.weight.copy_(learnt[name].weight * factor.view(-1, 1, 1, 1))
        convolution.bias.copy_(norm.bias - norm.running_mean * factor)
    means = {name: x.mean(dim=(0, 2, 3)).clamp(min=1e-3) for name, x in network(pictures).items()}
    for name, convolution in plain.items():
        convolution.weight.div_(means[name].view(-1, 1, 1, 1))
        convolution.bias.div_(means[name])
    for before, after in pairwise(network.names):
        plain[after].weight.mul_(means[before].view(1, -1, 1, 1))
    return network


def augment(images: Tensor, size: int, settings: Settings, random: torch.Generator) -> Tensor:
    """Random crops, mirrored half of the time, in random light.

    `images` is uint8 RGB (B, 3, H, W) on the CPU; returns float32 in [0, 1], (B, 3, size, size).
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
    brightness = uniform(0.7, 1.3).view(-1, 1, 1, 1)
    return (pictures * brightness).clamp(0, 1)


@dataclass(frozen=True)
class Photographs:
    """Tiny ImageNet's training part as uint8 RGB (N, 3, 64, 64) with labels (N,), some kept apart."""

    train_images: Tensor
    train_labels: Tensor
    dev_images: Tensor
    dev_labels: Tensor

    @classmethod
    def read(cls, folder: Path, cache: Path) -> "Photographs":
        """Decode `folder`/train, or load what an earlier call kept in `cache`. Raises FileNotFoundError."""
        if cache.exists():
            return cls(**torch.load(cache, weights_only=True))
        files = ImageFolder(str(folder / "train"))
        images = torch.empty(len(files), 3, 64, 64, dtype=torch.uint8)
        labels = torch.tensor(files.targets)
        for i, (image, _) in enumerate(files):
            pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
            images[i] = pixels.view(64, 64, 3).permute(2, 0, 1)
        dev = torch.arange(len(labels)) % DEV_EVERY == 0
        parts = {
            "train_images": images[~dev],
            "train_labels": labels[~dev],
            "dev_images": images[dev],
            "dev_labels": labels[dev],
        }
        torch.save(parts, cache)
        return cls(**parts)


@torch.no_grad()
def accuracy(model: Classifier, data: Photographs, device: Device) -> float:
    """Share of the photographs kept apart that are named rightly."""
    model.eval()
    right = 0
    for images, labels in zip(data.dev_images.split(250), data.dev_labels.split(250), strict=True):
        pictures = images.to(device.torch_device, memory_format=torch.channels_last).float() / 255
        with device.autocast():
            right += int((model(pictures).argmax(dim=1).cpu() == labels).sum())
    model.train()
    return right / len(data.dev_labels)


def train(data: Photographs, settings: Settings, device: Device, out: Path) -> Classifier:
    """The trained classifier. Goes on where the run in `out` was stopped, if there is one."""
    torch.manual_seed(settings.seed)
    model = Classifier().to(device.torch_device).to(memory_format=torch.channels_last)
    kernels = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    groups: list[dict[str, Any]] = [
        {"params": kernels, "weight_decay": settings.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    optimizer = torch.optim.SGD(
        groups, lr=settings.peak_learning_rate, momentum=settings.momentum, nesterov=True
    )
    run = Run(out / "features.pt", {"model": model, "optimizer": optimizer})
    steps_per_epoch = len(data.train_labels) // settings.batch
    steps = steps_per_epoch * settings.epochs
    losses: list[float] = []
    while run.step < steps:
        epoch, batch = divmod(run.step, steps_per_epoch)
        # Order and augmentation depend on (seed, step) alone, so a resumed run is the same run.
        order = torch.Generator().manual_seed(settings.seed * 1000 + epoch)
        chosen = torch.randperm(len(data.train_labels), generator=order)[batch * settings.batch :][
            : settings.batch
        ]
        random = random_at(settings.seed, run.step)
        pictures = augment(data.train_images[chosen], settings.image_size(epoch), settings, random)
        pictures = pictures.to(device.torch_device, memory_format=torch.channels_last)
        for group in optimizer.param_groups:
            group["lr"] = settings.learning_rate(run.step / steps)
        with device.autocast():
            logits = model(pictures)
            loss = F.cross_entropy(
                logits, data.train_labels[chosen].to(device.torch_device),
                label_smoothing=settings.label_smoothing,
            )  # fmt: skip
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        run.step += 1
        losses.append(loss.item())
        if run.step % steps_per_epoch == 0 or run.due():
            run.save()
            log(
                out / "features.csv",
                step=run.step,
                epoch=round(run.step / steps_per_epoch, 3),
                seconds=round(run.seconds),
                image_size=settings.image_size(epoch),
                train_loss=round(sum(losses) / len(losses), 4),
                dev_top1=round(accuracy(model, data, device), 4),
            )
            losses.clear()
    return model


def save(network: FeatureNetwork, path: Path = WEIGHTS) -> None:
    """Write the kernels as 16-bit numbers under the names that they have in the whole model."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(halved(network.state_dict(), "features."), path)
    path.chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder tiny-imagenet-200")
    parser.add_argument("--out", type=Path, default=Path("runs/style_transfer"), help="checkpoint and curve")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=Settings.seed)
    options = parser.parse_args()

    settings, device = Settings(seed=options.seed), pick_device(options.device)
    options.out.mkdir(parents=True, exist_ok=True)
    data = Photographs.read(options.data, cache=options.out / "photographs.pt")
    print(f"{len(data.train_labels)} photographs to train on, {settings}, {device}", flush=True)
    model = train(data, settings, device, options.out).cpu().float()
    save(folded(model, data.dev_images.float() / 255))


if __name__ == "__main__":
    main()
