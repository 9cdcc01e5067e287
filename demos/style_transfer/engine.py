"""Neural style transfer by optimisation: a picture that keeps one's content and takes another's style.

Reading guide: `Settings` is what the page offers, `paint` does the work and shows a `Frame` now and then.
The losses are in losses.py, the steps in optimiser.py, the network in features.py.

Stroke size. A network of 3x3 convolutions knows no scale but that of pixels. So a stroke of the result is as
large as the stroke is on the style picture at the size at which the network looked at it: a larger style
picture makes larger strokes. `Settings.stroke` is that size in relation to the canvas.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from PIL import Image
from torch import Tensor, nn

from demos.style_transfer.features import channels_last
from demos.style_transfer.losses import STYLE_LAYERS, Features, GramLoss, LiteralLoss, Loss, Target
from demos.style_transfer.models import EMBEDDED, features_of
from demos.style_transfer.optimiser import Level, Step, minimise, plan, resized
from demos.style_transfer.pictures import (
    about_size,
    canvas_size,
    in_colours_of,
    style_size,
    to_image,
    to_mask,
    to_tensor,
)
from gallery.device import Device
from gallery.inputs import InputError
from gallery.runtime import Runtime
from gallery.weights import ModelSpec, Progress

BETWEEN_FRAMES = 0.1  # seconds; ten frames a second are shown at most
LARGEST_STYLE = 1536  # pixels of a style's longer side; beyond, only its middle is looked at
LOSSES: dict[str, Callable[..., Loss]] = {"gram": GramLoss, "literal": LiteralLoss}
BOUNDS = {
    "stroke": (0.25, 2.0),
    "style_weight": (0.1, 1000.0),
    "iterations": (10, 1000),
    "size": (128, 1024),
    "seed": (0, 2**31 - 1),
}


def check_bounds(name: str, value: object) -> None:
    """Raises InputError where a setting is no number or out of its bounds."""
    low, high = BOUNDS[name]
    if not isinstance(value, int | float) or not low <= value <= high:  # NaN is never between two numbers
        said = f"{value:g}" if isinstance(value, int | float) else "what was given"
        raise InputError(
            f"The {name.replace('_', ' ')} is a number from {low:g} to {high:g}, and not {said}."
        )


@dataclass(frozen=True)
class Settings:
    """Everything that changes the picture. Raises InputError where a value is out of its bounds."""

    stroke: float = 1.0
    style_weight: float = 20.0
    iterations: int = 200
    size: int = 384  # pixels of the canvas's longer side
    seed: int = 0
    start: Literal["content", "noise"] = "content"
    layers: tuple[str, ...] = STYLE_LAYERS
    loss: Literal["gram", "literal"] = "gram"
    keep_colours: bool = False

    def __post_init__(self) -> None:
        for name in BOUNDS:
            check_bounds(name, getattr(self, name))
        if not self.layers:
            raise InputError("No layer is chosen: choose at least one that the style is taken from.")
        if unknown := set(self.layers) - set(STYLE_LAYERS):
            raise InputError(
                f"There is no style layer called {min(unknown)[:40]}: {', '.join(STYLE_LAYERS)} are."
            )
        if self.start not in ("content", "noise"):
            raise InputError("The start is either content or noise.")
        if self.loss not in LOSSES:
            raise InputError("The loss is either gram or literal.")


@dataclass(frozen=True)
class Style:
    """A picture whose style is wanted, RGB; how much of it; where: a grey mask, white where it goes."""

    image: Image.Image
    share: float = 1.0
    mask: Image.Image | None = None


@dataclass(frozen=True)
class Frame:
    """How far it is. `image` has the size of its level; the last frame's has that of the canvas.

    `style` and `content` are relative errors, see losses.py. `note` is a sentence about the size, or empty.
    """

    iteration: int
    iterations: int
    seconds: float
    image: Image.Image
    style: float
    content: float
    total: float
    finished: bool = False
    note: str = ""
    model_key: str = EMBEDDED.key

    @property
    def stopped(self) -> bool:
        """Whether it ended before the last step."""
        return self.finished and self.iteration < self.iterations


def paint(
    content: Image.Image,
    styles: Sequence[Style],
    settings: Settings,
    house: Runtime,
    spec: ModelSpec = EMBEDDED,
    *,
    stopped: Callable[[], bool] = lambda: False,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Frame, None, None]:
    """Yields frames, at most ten a second, and the finished one last.

    The model stays leased until the generator ends or is closed; the turn at the machine is taken anew for
    each step, so that two people who paint at once share it evenly. Raises InputError for pictures that
    cannot be painted, WeightsError where the model cannot be had.
    """
    height, width = canvas_size(content, settings.size)
    if not styles:
        raise InputError("There is no style picture yet: choose, paste or take one first.")
    note = about_size(content, height, width)
    with house.cache.lease(spec, progress=progress) as model:
        yield from in_turns(
            house, easel(content, styles, settings, model, (height, width), house.device, stopped),
            lambda step, image, seconds, finished: Frame(
                step.number, settings.iterations, seconds, image, step.style, step.content, step.total,
                finished, note, spec.key,
            ),
            (height, width), clock,
        )  # fmt: skip


def easel(
    content: Image.Image,
    styles: Sequence[Style],
    settings: Settings,
    model: nn.Module,
    canvas: tuple[int, int],
    device: Device,
    stopped: Callable[[], bool],
) -> Iterator[Step]:
    """The steps of one painting; nothing is computed before the first is asked for."""
    features = private_features(model, device)
    photograph = to_tensor(content, *canvas)
    pictures = [in_sight(style, photograph, settings.stroke, settings.keep_colours) for style in styles]
    masks = [None if style.mask is None else to_mask(style.mask, *canvas) for style in styles]
    place = device.torch_device

    def loss_at(level: Level) -> Loss:
        scale = level.width / canvas[1]
        targets = []
        for style, picture, mask in zip(styles, pictures, masks, strict=True):
            size = [max(16, round(side * scale)) for side in picture.shape[-2:]]
            targets.append(
                Target(
                    resized(picture, *size).to(place),
                    style.share,
                    None if mask is None else resized(mask, level.height, level.width).to(place),
                )
            )
        small = resized(photograph, level.height, level.width).to(place)
        return LOSSES[settings.loss](
            features, small, targets, style_weight=settings.style_weight, layers=settings.layers
        )

    levels = plan(*canvas, settings.iterations)
    first = resized(photograph, levels[0].height, levels[0].width)
    if settings.start == "content" and settings.loss == "gram" and not any(style.mask for style in styles):
        # The style's colours can be had for nothing; twenty steps would be spent on them otherwise.
        first = in_colours_of(first, pictures[0])
    if settings.start == "noise":
        random = torch.Generator().manual_seed(settings.seed)
        first = torch.rand(first.shape, generator=random) * 0.2 + 0.4
    steps = minimise(first.to(place), levels, loss_at, stopped)
    covered = covered_by(masks)
    return steps if covered is None else over(photograph.to(place), covered.to(place), steps)


def covered_by(masks: Sequence[Tensor | None]) -> Tensor | None:
    """Where any style goes, (1, 1, H, W); None where that is everywhere."""
    inside = [mask for mask in masks if mask is not None]
    return torch.stack(inside).amax(0) if len(inside) == len(masks) else None


def over(photograph: Tensor, covered: Tensor, steps: Iterator[Step]) -> Iterator[Step]:
    """The same steps with the photograph itself where no style goes."""
    for step in steps:
        size = step.level.height, step.level.width
        share = resized(covered, *size)
        picture = resized(photograph, *size) * (1 - share) + step.picture * share
        yield replace(step, picture=picture)


def in_sight(
    style: Style, photograph: Tensor, stroke: float, keep_colours: bool, longest: int = LARGEST_STYLE
) -> Tensor:
    """The style picture at the size that the stroke asks for, in the photograph's colours if those are kept.

    Of what would be larger than `longest` the middle is taken: strokes are the same all over a painting.
    """
    image = style.image
    canvas = photograph.shape[-2], photograph.shape[-1]
    height, width = style_size(image, canvas, stroke)
    if max(height, width) > longest:
        part_h, part_w = min(1.0, longest / height), min(1.0, longest / width)
        left, top = image.width * (1 - part_w) / 2, image.height * (1 - part_h) / 2
        image = image.crop((round(left), round(top), round(image.width - left), round(image.height - top)))
        height, width = round(height * part_h), round(width * part_w)
    picture = to_tensor(image, height, width)
    return in_colours_of(picture, photograph) if keep_colours else picture


def private_features(model: nn.Module, device: Device) -> Features:
    """The features in the fastest form that this machine has; the shared model is left as it is.

    16-bit products where the hardware has them, twice as fast: on a CPU they want their kernels in another
    order, which a copy of some megabytes gives them.
    """
    if device.training_dtype == torch.float32:
        return features_of(model)
    features: Any = channels_last(copy.deepcopy(features_of(model)))  # type: ignore[arg-type]

    def look(picture: Tensor, **keywords: Any) -> dict[str, Tensor]:
        with device.autocast():
            found: dict[str, Tensor] = features(
                picture.contiguous(memory_format=torch.channels_last), **keywords
            )
        return found

    return look


def in_turns(
    house: Runtime,
    steps: Iterator[Step],
    frame: Callable[[Step, Image.Image, float, bool], Frame],
    canvas: tuple[int, int],
    clock: Callable[[], float],
) -> Iterator[Frame]:
    """Takes each step in a turn of its own and shows ten a second; the turn is never held across a yield."""
    started = clock()
    shown = float("-inf")
    last: Step | None = None
    while True:
        with house.gate.turn():
            step = next(steps, None)
        if step is None:
            break
        last = step
        if clock() - shown >= BETWEEN_FRAMES:
            shown = clock()
            yield frame(step, to_image(step.picture), shown - started, False)
    assert last is not None  # a plan has at least one step
    yield frame(last, to_image(resized(last.picture, *canvas)), clock() - started, True)


def at_stroke(settings: Settings, stroke: float) -> Settings:
    """The same settings with another size of strokes."""
    return replace(settings, stroke=stroke)
