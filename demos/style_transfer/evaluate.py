"""How good the pictures are: a sheet to look at, and figures in a feature space that was not optimised.

    python -m demos.style_transfer.evaluate --sheet sheet.jpg

paints six pairs with our own features, with the trunk of the ImageNet demo, with VGG-19 where its
published weights lie in torch's cache folder, and at once with the painter. The judge is MobileNetV2
with its published weights (torchvision's IMAGENET1K_V1), which had no part in any of them.
`--card` puts the figures on the model card.
"""

from __future__ import annotations

import argparse
import csv
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageDraw, ImageFont
from safetensors.torch import load_file
from torch import Tensor, nn
from torchvision.models import mobilenet_v2

from demos.style_transfer import at_once
from demos.style_transfer.engine import Settings, Style, easel, paint
from demos.style_transfer.examples import painting, photograph
from demos.style_transfer.features import normalised
from demos.style_transfer.losses import STYLE_LAYERS, gram_matrix, relative_error
from demos.style_transfer.models import VGG_19
from demos.style_transfer.pictures import canvas_size, style_size, to_image, to_tensor
from gallery.card import Card
from gallery.inputs import open_image
from gallery.runtime import Runtime
from gallery.trunk import ResidualTrunk
from gallery.weights import EMBEDDED_FOLDER, Torchvision, read, sha256

CARD = Path(__file__).with_name("card.md")
PAIRS = (
    ("tuebingen", "starry_night"),
    ("golden_gate", "wave"),
    ("cat", "composition_vii"),
    ("astronaut", "metzinger"),
    ("golden_gate", "the_scream"),
    ("tuebingen", "shipwreck"),
)
CELL = 320  # pixels a side of a picture on the sheet
JUDGED = {2: 24, 4: 32, 7: 64, 14: 160}  # blocks of MobileNetV2 and their channels, at strides 4, 8, 16, 32


class Trunk(nn.Module):
    """The trunk of the ImageNet demo, its stages under the names that the losses ask for.

    A residual network has no layer of its own at the full resolution: the stem works at half of it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trunk = ResidualTrunk(stem=32, widths=(32, 96, 192, 320), depths=(1, 1, 2, 2))
        state = load_file(EMBEDDED_FOLDER / "imagenet.safetensors")
        self.trunk.load_state_dict(
            {
                name.removeprefix("trunk."): value.float() if value.is_floating_point() else value
                for name, value in state.items()
                if name.startswith("trunk.")
            }
        )
        self.eval().requires_grad_(False)

    def forward(self, picture: Tensor, last: str = "") -> dict[str, Tensor]:
        """As FeatureNetwork.forward; always computes all stages."""
        found = self.trunk(normalised(picture))
        return dict(zip(STYLE_LAYERS, found.values(), strict=True))


class Judge:
    """MobileNetV2, which nobody optimised for."""

    def __init__(self, path: Path | None) -> None:
        network = mobilenet_v2(weights=None)
        if path is None:
            (path,) = Torchvision("mobilenet_v2", "IMAGENET1K_V1").fetch()
        network.load_state_dict(read(path))
        self.blocks = network.features.eval().requires_grad_(False)

    @torch.inference_mode()
    def look(self, picture: Tensor) -> dict[int, Tensor]:
        """RGB in [0, 1], (1, 3, H, W), to the outputs of some blocks."""
        x, found = normalised(picture), {}
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in JUDGED:
                found[number] = x
        return found

    def style_error(self, picture: Tensor, style: Tensor) -> float:
        """Mean over the blocks of the Gram matrices' relative errors: 0 is the style itself."""
        mine, wanted = self.look(picture), self.look(style)
        errors = [relative_error(gram_matrix(mine[n]), gram_matrix(wanted[n])) for n in JUDGED]
        return float(torch.stack(errors).mean())

    def content_error(self, picture: Tensor, content: Tensor) -> float:
        """Relative error of the features of stride 16: 0 is the photograph itself, 1 as good as none."""
        return float(relative_error(self.look(picture)[7], self.look(content)[7]))


@dataclass(frozen=True)
class Pair:
    content: Image.Image
    style: Image.Image
    canvas: tuple[int, int]


def pairs(size: int) -> list[Pair]:
    found = []
    for content_key, style_key in PAIRS:
        content = open_image(photograph(content_key).path)
        found.append(Pair(content, open_image(painting(style_key).path), canvas_size(content, size)))
    return found


def painters(house: Runtime, settings: Settings) -> dict[str, Callable[[Pair], Image.Image]]:
    """Everything that can paint, by its name on the sheet."""

    def ours(pair: Pair) -> Image.Image:
        *_, last = paint(pair.content, [Style(pair.style)], settings, house)
        return last.image

    def with_network(network: nn.Module) -> Callable[[Pair], Image.Image]:
        def draw(pair: Pair) -> Image.Image:
            steps = easel(
                pair.content, [Style(pair.style)], settings, network, pair.canvas, house.device, lambda: False
            )
            *_, last = steps
            return to_image(last.picture)

        return draw

    def painter(pair: Pair) -> Image.Image:
        return at_once.repaint(
            pair.content, [Style(pair.style)], house, stroke=settings.stroke, size=settings.size
        ).image

    found: dict[str, Callable[[Pair], Image.Image]] = {
        "own features": ours,
        "ImageNet trunk": with_network(Trunk()),
        "at once": painter,
    }
    if isinstance(VGG_19.source, Torchvision) and VGG_19.source.file.path.is_file():
        with house.cache.lease(VGG_19) as network:
            found["VGG-19"] = with_network(network)
    return found


def sheet(columns: Sequence[str], rows: Sequence[Sequence[Image.Image]]) -> Image.Image:
    """All pictures in a table with a title above each column."""
    font = ImageFont.load_default(size=22)
    page = Image.new("RGB", (CELL * len(columns), 34 + CELL * len(rows)), "white")
    draw = ImageDraw.Draw(page)
    for x, title in enumerate(columns):
        draw.text((CELL * x + 8, 4), title, fill="black", font=font)
        for y, row in enumerate(rows):
            cell = row[x].copy()
            cell.thumbnail((CELL - 6, CELL - 6), Image.Resampling.LANCZOS)
            page.paste(cell, (CELL * x + 3, 34 + CELL * y + 3))
    return page


def judged(judge: Judge, pair: Pair, image: Image.Image, stroke: float) -> tuple[float, float]:
    """Style and content error of a picture."""
    result, content = (to_tensor(picture, *pair.canvas) for picture in (image, pair.content))
    style = to_tensor(pair.style, *style_size(pair.style, pair.canvas, stroke))
    return judge.style_error(result, style), judge.content_error(result, content)


def evaluate(settings: Settings, path: Path | None, weights: Path | None) -> dict[str, float]:
    """Figures by name, means over the six pairs; `path` is for the sheet, `weights` are the judge's."""
    house, judge = Runtime(offline=True), Judge(weights)
    drawn_by = painters(house, settings)
    errors: dict[str, list[tuple[float, float]]] = {"photograph": [], **{name: [] for name in drawn_by}}
    rows = []
    for pair in pairs(settings.size):
        pictures = {name: draw(pair) for name, draw in drawn_by.items()}
        rows.append([pair.content, pair.style, *pictures.values()])
        for name, picture in {"photograph": pair.content, **pictures}.items():
            errors[name].append(judged(judge, pair, picture, settings.stroke))
            style, content = errors[name][-1]
            print(f"{name:16} style {style:7.3f}  content {content:7.3f}", flush=True)
    if path:
        sheet(("photograph", "painting", *drawn_by), rows).save(path, quality=88)
    figures: dict[str, Any] = {}
    for name, found in errors.items():
        key = name.lower().replace(" ", "_").replace("-", "_")
        for place, kind in enumerate(("style_error", "content_error")):
            figures[f"{kind}_{key}"] = round(sum(pair[place] for pair in found) / len(found), 4)
    return figures


def write_card(figures: dict[str, float]) -> None:
    """Digests, durations and figures of the files that ship."""
    learnt, painted = (last_row(CARD.with_name(name)) for name in ("curve_features.csv", "curve.csv"))
    minutes = " and ".join(f"{float(row['seconds']) / 60:.0f} minutes" for row in (learnt, painted))
    Card.update(
        CARD,
        sha256=[sha256(EMBEDDED_FOLDER / name) for name in Card.read(CARD).weights],
        wall_time=f"{minutes}, {os.cpu_count()} CPU cores, CPU",
        metrics={"features_dev_top1": float(learnt["dev_top1"]), **figures},
    )


def last_row(path: Path) -> dict[str, str]:
    with path.open(newline="", encoding="utf-8") as file:
        *_, last = csv.DictReader(file)
    return last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sheet", type=Path, help="where the contact sheet goes, a JPEG file")
    parser.add_argument("--judge", type=Path, help="MobileNetV2's weights; else torchvision's own are used")
    parser.add_argument("--size", type=int, default=Settings.size)
    parser.add_argument("--card", action="store_true", help="put the figures on the model card")
    options = parser.parse_args()
    figures = evaluate(Settings(size=options.size), options.sheet, options.judge)
    print("\n".join(f"{name:40} {value:.4f}" for name, value in figures.items()))
    if options.card:
        write_card(figures)


if __name__ == "__main__":
    main()
