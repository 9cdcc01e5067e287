"""What the painter learns from: photographs, and what paintings look like to the features.

Reading guide: `look_at` sees each picture once and keeps what a style is for the painter and for the loss;
`all_styles` does that with every painting at every size of stroke; `crops` draws what is painted.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from demos.style_transfer.losses import STYLE_LAYERS, gram_matrix
from demos.style_transfer.model import StyleModel
from demos.style_transfer.pictures import to_tensor
from gallery.device import Device

if TYPE_CHECKING:
    from demos.style_transfer.train import Settings

SIDE = 224  # pixels a side at which photographs are kept
HELD_OUT = 8  # of the paintings each one whose name hashes to 0 modulo this is kept apart


def is_held_out(path: Path) -> bool:
    return int(hashlib.sha256(path.stem.encode()).hexdigest(), 16) % HELD_OUT == 0


def paintings_in(folders: list[Path]) -> list[Path]:
    """The pictures of all folders, black-and-white reproductions left out."""
    found = sorted(path for folder in folders for path in folder.glob("*.jpg"))
    return [path for path in found if not is_grey(path)]


def is_grey(path: Path) -> bool:
    with Image.open(path) as image:
        image.draft("RGB", (64, 64))
        pixels = to_tensor(image.convert("RGB").resize((64, 64)), 64, 64)
    return float((pixels.amax(1) - pixels.amin(1)).mean()) < 0.03


def read_photographs(folder: Path, cache: Path) -> Tensor:
    """Every JPEG below `folder` as uint8 RGB (N, 3, 224, 224), or what an earlier call kept in `cache`."""
    if cache.exists():
        kept: Tensor = torch.load(cache, weights_only=True)
        return kept
    paths = sorted(folder.rglob("*.JPEG"))
    photographs = torch.empty(len(paths), 3, SIDE, SIDE, dtype=torch.uint8)
    for i, path in enumerate(paths):
        with Image.open(path) as image:
            photographs[i] = (to_tensor(image.convert("RGB"), SIDE, SIDE)[0] * 255).round().byte()
    torch.save(photographs, cache)
    return photographs


@dataclass(frozen=True)
class Styles:
    """What is known of N styles: for each layer `means`, `deviations` (N, C), `grams` (N, C, C) float16."""

    strokes: Tensor  # (N,)
    means: dict[str, Tensor]
    deviations: dict[str, Tensor]
    grams: dict[str, Tensor]

    def __len__(self) -> int:
        return len(self.strokes)


@torch.no_grad()
def look_at(model: StyleModel, pictures: list[tuple[Tensor, float]], device: Device) -> Styles:
    """Each picture, RGB in [0, 1], (1, 3, H, W), with the stroke that it stands for."""
    means: dict[str, list[Tensor]] = {name: [] for name in STYLE_LAYERS}
    deviations: dict[str, list[Tensor]] = {name: [] for name in STYLE_LAYERS}
    grams: dict[str, list[Tensor]] = {name: [] for name in STYLE_LAYERS}
    for picture, _ in pictures:
        placed = picture.to(device.torch_device, memory_format=torch.channels_last)
        with device.autocast():
            found = model.features(placed)
        for name in STYLE_LAYERS:
            x = found[name].float()
            means[name].append(x.mean(dim=(2, 3)).cpu())
            deviations[name].append((x.var(dim=(2, 3)) + 1e-5).sqrt().cpu())
            grams[name].append(gram_matrix(x).half().cpu())
    return Styles(
        torch.tensor([stroke for _, stroke in pictures]),
        {name: torch.cat(parts) for name, parts in means.items()},
        {name: torch.cat(parts) for name, parts in deviations.items()},
        {name: torch.cat(parts) for name, parts in grams.items()},
    )


def all_styles(
    model: StyleModel, paintings: list[Path], photographs: Tensor, s: "Settings", device: Device, cache: Path
) -> Styles:
    """Paintings at every size of stroke and in turned colours, and some photographs for variety.

    Looking takes minutes, so what was seen is kept in `cache`.
    """
    if cache.exists():
        return Styles(**torch.load(cache, weights_only=True))
    parts = []
    for path in paintings:
        with Image.open(path) as image:
            painting = image.convert("RGB")
        for hue in s.hues:
            turned = turn_hue(painting, hue)
            seen = [seen_at(turned, s.stroke(i), s) for i in range(s.strokes)]
            parts.append(look_at(model, seen, device))
    chosen = photographs[:: max(1, len(photographs) // s.photographs_as_styles)]
    parts.append(look_at(model, [(p[None].float() / 255, SIDE / s.natural) for p in chosen], device))
    found: dict[str, Any] = {"strokes": torch.cat([part.strokes for part in parts])}
    for kind in ("means", "deviations", "grams"):
        found[kind] = {
            name: torch.cat([getattr(part, kind)[name] for part in parts]) for name in STYLE_LAYERS
        }
    torch.save(found, cache)
    return Styles(**found)


def seen_at(painting: Image.Image, stroke: float, settings: "Settings") -> tuple[Tensor, float]:
    """The painting at the size that belongs to a stroke (its middle where that is large), and the stroke."""
    scale = settings.natural * stroke / min(painting.size)
    width, height = (min(settings.longest, round(side * scale)) for side in painting.size)
    w, h = width / scale, height / scale
    left, top = (painting.width - w) / 2, (painting.height - h) / 2
    box = (max(0.0, left), max(0.0, top), min(painting.width, left + w), min(painting.height, top + h))
    small = painting.resize((width, height), Image.Resampling.LANCZOS, box, reducing_gap=3.0)
    return to_tensor(small, height, width), stroke


def turn_hue(image: Image.Image, turn: float) -> Image.Image:
    """All colours moved along the colour wheel by a share of a whole turn."""
    if not turn:
        return image
    hue, saturation, value = image.convert("HSV").split()
    hue = hue.point(lambda h: (h + round(turn * 256)) % 256)
    return Image.merge("HSV", (hue, saturation, value)).convert("RGB")


def crops(photographs: Tensor, settings: "Settings", random: torch.Generator) -> Tensor:
    """Random squares of random photographs, mirrored half of the time: RGB in [0, 1], (B, 3, crop, crop)."""
    found = []
    for i in torch.randint(len(photographs), (settings.batch,), generator=random):
        side = int(torch.randint(settings.crop * 3 // 4, SIDE + 1, (), generator=random))
        top, left = (int(torch.randint(SIDE - side + 1, (), generator=random)) for _ in range(2))
        x = photographs[i, :, top : top + side, left : left + side].float()[None] / 255
        x = F.interpolate(x, (settings.crop, settings.crop), mode="bilinear", antialias=True)
        found.append(x.flip(3) if torch.rand((), generator=random) < 0.5 else x)
    return torch.cat(found)
