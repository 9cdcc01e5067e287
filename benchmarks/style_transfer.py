"""One optimisation against PyTorch's well-known tutorial at equal loss; how long a visitor waits; memory.

Reading guide: `Tutorial` and `TutorialLoss` are the network and the objective of "Neural Transfer Using
PyTorch", at the layers of Gatys et al. 2016. Both sides make the very same objective small: `theirs` the way
the tutorial does, `ours` with the demo's optimiser, until the picture is as good by the tutorial's own loss
in 32 bits. What follows is what a visitor waits for.

VGG-19's published weights are used where they lie in torch's cache folder. Elsewhere torchvision's own
initialisation with a fixed seed takes their place, and each convolution is scaled so that its mean activation
over the photograph is 1, as Gatys et al. normalise theirs. Without that the deep layers of a random network
count for nothing: the style loss of conv5_1 starts at a thousandth of that of conv1_1. Content weight and
style weight are the tutorial's in both cases.
"""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from torch import Tensor, nn
from torchvision.models import vgg19

from benchmarks.figures import Figure, interleaved, median
from benchmarks.server import ROOT
from demos.style_transfer import at_once, engine, examples
from demos.style_transfer.features import VGG19, VGG19_DEPTHS, normalised
from demos.style_transfer.losses import Features, Terms
from demos.style_transfer.models import VGG_19
from demos.style_transfer.optimiser import HISTORY, Level, minimise, plan, resized
from demos.style_transfer.pictures import canvas_size, in_colours_of, to_tensor
from gallery.device import pick_device
from gallery.runtime import Runtime
from gallery.weights import WeightsError, filled

if TYPE_CHECKING:
    from benchmarks.server import Server

PEER = (
    "the recipe of PyTorch's tutorial on neural style transfer, on the same VGG-19 in 32 bits: L-BFGS with "
    "its default settings, from the photograph, 300 evaluations"
)
PAIR = ("tuebingen", "starry_night")  # examples of the demo
SIZE = 384  # pixels of the canvas's longer side
EVALUATIONS = 300  # of the loss, by the tutorial
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")
CONTENT_LAYER = "conv4_2"
STYLE_WEIGHT, CONTENT_WEIGHT = 1e6, 1.0
LOOK_EVERY = 5  # steps at the full size, between two looks at the loss that has to be reached
ENDLESS = 100_000  # steps
AT_ONCE_SIZE, LARGE = 512, 1024  # pixels
ITERATIONS = 200
ENDPOINT = "style_transfer_at_once"


class Tutorial(nn.Module):
    """VGG-19 as far as conv5_1: RGB in [0, 1], (B, 3, H, W), to each convolution's output, not rectified."""

    def __init__(self, vgg: nn.Sequential) -> None:
        super().__init__()
        blocks = enumerate(VGG19_DEPTHS, 1)
        names = iter([f"conv{block}_{i}" for block, depth in blocks for i in range(1, depth + 1)])
        self.layers = nn.ModuleDict()
        for number, layer in enumerate(vgg):
            name = next(names) if isinstance(layer, nn.Conv2d) else f"layer{number}"
            # The tutorial replaces VGG's ReLUs, too: in place they would spoil what is compared.
            self.layers[name] = nn.ReLU() if isinstance(layer, nn.ReLU) else layer
            if name == STYLE_LAYERS[-1]:
                break

    def forward(self, picture: Tensor) -> dict[str, Tensor]:
        x, found = normalised(picture), {}
        for name, layer in self.layers.items():
            x = layer(x)
            if name.startswith("conv"):
                found[name] = x
        return found

    @torch.no_grad()
    def normalise(self, photograph: Tensor) -> None:
        """Give every convolution a mean activation of 1 over `photograph`, (1, 3, H, W)."""
        x = normalised(photograph)
        for layer in self.layers.values():
            x = layer(x)
            if isinstance(layer, nn.Conv2d):  # its bias is 0 after torchvision's initialisation
                factor = 1 / F.relu(x).mean()
                layer.weight.mul_(factor)
                x = x * factor


def network(photograph: Tensor) -> tuple[Tutorial, bool]:
    """The network that both sides look through, and whether it has its published weights."""
    try:
        published = filled(VGG_19, *VGG_19.source.fetch(offline=True))
    except WeightsError:
        torch.manual_seed(0)
        tutorial = Tutorial(vgg19(weights=None).features)
        tutorial.normalise(photograph)
        return tutorial.eval().requires_grad_(False), False
    assert isinstance(published, VGG19)
    return Tutorial(published.features).eval().requires_grad_(False), True


def gram_matrix(features: Tensor) -> Tensor:
    """The tutorial's: (1, C, H, W) to (C, C), the sum over all positions, over all numbers' count."""
    b, c, h, w = features.shape
    x = features.float().reshape(b * c, h * w)
    return x @ x.T / (b * c * h * w)


class TutorialLoss:
    """The tutorial's weighted sum; a `Loss` of the demo, so that its optimiser takes it."""

    def __init__(self, features: Features, content: Tensor, style: Tensor) -> None:
        self.features = features
        with torch.no_grad():
            self.content = features(content)[CONTENT_LAYER].float()
            found = features(style)
            self.grams = {name: gram_matrix(found[name]) for name in STYLE_LAYERS}

    def __call__(self, picture: Tensor) -> Terms:
        found = self.features(picture)
        errors = [F.mse_loss(gram_matrix(found[name]), self.grams[name]) for name in STYLE_LAYERS]
        style = STYLE_WEIGHT * torch.stack(errors).sum()
        content = CONTENT_WEIGHT * F.mse_loss(found[CONTENT_LAYER].float(), self.content)
        return Terms(style + content, style, content)


def theirs(tutorial: Tutorial, content: Tensor, style: Tensor, evaluations: int) -> tuple[float, float]:
    """Seconds of the tutorial's loop, and the loss it comes to."""
    started = time.perf_counter()
    loss = TutorialLoss(tutorial, content, style)
    picture = content.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([picture])
    done = 0

    def closure() -> Tensor:
        nonlocal done
        with torch.no_grad():
            picture.clamp_(0, 1)
        optimizer.zero_grad()
        total = loss(picture).total
        total.backward()
        done += 1
        return total

    while done < evaluations:
        optimizer.step(closure)
    with torch.no_grad():
        picture.clamp_(0, 1)
    picture.sum().item()  # which waits for the device
    seconds = time.perf_counter() - started
    with torch.no_grad():
        return seconds, float(loss(picture).total)


def ours(
    tutorial: Tutorial, content: Tensor, style: Tensor, goal: float, limit: float
) -> tuple[float, float]:
    """Seconds of the demo's optimiser until the tutorial's loss in 32 bits is `goal` or less, and that loss.

    Looking whether it is there takes no part in the time. After `limit` seconds it gives up.
    """
    exact = TutorialLoss(tutorial, content, style)
    started = time.perf_counter()
    features = engine.private_features(tutorial, pick_device())

    def loss_at(level: Level) -> TutorialLoss:
        return TutorialLoss(
            features, resized(content, level.height, level.width), resized(style, level.height, level.width)
        )

    height, width = content.shape[-2:]
    # The tutorial's objective knows one size only: what coarse levels find is worth nothing to it.
    full = Level(height, width, ENDLESS)
    steps = minimise(in_colours_of(content, style), [full], loss_at)
    seconds, at_full, reached = time.perf_counter() - started, 0, math.inf
    while reached == math.inf or (reached > goal and seconds < limit):
        started = time.perf_counter()
        step = next(steps)
        seconds += time.perf_counter() - started
        if step.level == full:
            at_full += 1
            if at_full % LOOK_EVERY == 0:
                with torch.no_grad():
                    reached = float(exact(step.picture).total)
    return seconds, reached


def pair(size: int) -> tuple[Tensor, Tensor]:
    """Photograph and painting as the tutorial wants them, of one size: RGB in [0, 1], (1, 3, H, W)."""
    photograph, painting = pictures()
    height, width = canvas_size(photograph, size)
    place = pick_device().torch_device
    fitting = ImageOps.fit(painting, (width, height), Image.Resampling.LANCZOS)
    content, style = (to_tensor(image, height, width).contiguous() for image in (photograph, fitting))
    return content.to(place), style.to(place)


def pictures() -> tuple[Image.Image, Image.Image]:
    photograph, painting = examples.photograph(PAIR[0]), examples.painting(PAIR[1])
    return Image.open(photograph.path).convert("RGB"), Image.open(painting.path).convert("RGB")


def first_frame() -> float:
    """Seconds from the request to the first frame; the model is not loaded yet."""
    photograph, painting = pictures()
    runtime = Runtime(offline=True)
    started = time.perf_counter()
    frames = engine.paint(photograph, [engine.Style(painting)], engine.Settings(size=SIZE), runtime)
    try:
        next(frames)
        return time.perf_counter() - started
    finally:
        frames.close()
        runtime.close()


def painted(size: int, iterations: int) -> float:
    """Seconds of a whole painting, its frames included."""
    photograph, painting = pictures()
    runtime = Runtime(offline=True)
    settings = engine.Settings(size=size, iterations=iterations)
    started = time.perf_counter()
    for _ in engine.paint(photograph, [engine.Style(painting)], settings, runtime):
        pass
    runtime.close()
    return time.perf_counter() - started


def at_once_seconds(repeats: int) -> list[float]:
    """Seconds of each picture that the painter makes in one pass, opened picture to result."""
    photograph, painting = pictures()
    runtime = Runtime(offline=True)

    def repaint() -> None:
        at_once.repaint(photograph, [engine.Style(painting)], runtime, size=AT_ONCE_SIZE)

    repaint()  # loads the model
    (seconds,) = interleaved(repeats, repaint)
    runtime.close()
    return seconds


def memory_of_painting(size: int, iterations: int) -> float:
    """Bytes by which a fresh process grows at most while it paints, model and all."""
    code = f"from benchmarks.style_transfer import grown; print(grown({size}, {iterations}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return float(done.stdout)


def grown(size: int, iterations: int) -> int:
    """Bytes by which this process's largest size so far grows while it paints."""
    before = largest()
    painted(size, iterations)
    return largest() - before


def largest() -> int:
    """The most bytes that this process has held so far (resident set)."""
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measure(repeats: int = EVALUATIONS) -> list[Figure]:
    """`repeats` evaluations by the tutorial; what a visitor waits for, a sixtieth as often."""
    content, style = pair(SIZE)
    tutorial, published = network(content)
    peer_s, peer_loss = theirs(tutorial, content, style, repeats)
    seconds, loss = ours(tutorial, content, style, peer_loss, limit=peer_s)
    del tutorial
    few = max(1, repeats // 60)
    iterations = max(10, min(ITERATIONS, repeats))
    # At the full size as many steps as L-BFGS remembers: later ones take no more memory.
    height, width = canvas_size(pictures()[0], LARGE)
    remembered = next(n for n in itertools.count(1) if plan(height, width, n)[-1].steps > HISTORY)
    if repeats < HISTORY:  # a quick look
        remembered = iterations
    weights = "published" if published else "random, normalised"
    canvas = f"a canvas of {SIZE} pixels"
    return [
        Figure("tutorial_s", seconds, "s", f"until the tutorial's loss, {canvas}, {weights} weights", peer_s),
        Figure("tutorial_loss", loss, "", "the tutorial's loss in 32 bits at that time", peer_loss),
        Figure(
            "time_ratio_to_tutorial",
            seconds / peer_s,
            "",
            "our time over the tutorial's; from 1 on we gave up, short of its loss",
            goal=0.2,
        ),
        Figure("published_weights", float(published), "", "1 where VGG-19's published weights were used"),
        Figure(
            "first_frame_s",
            median([first_frame() for _ in range(few)]),
            "s",
            f"start of a painting to its first frame, {canvas}, the model not loaded yet",
            goal=1,
        ),
        Figure(
            "feedforward_512_s",
            median(at_once_seconds(few)),
            "s",
            f"one picture of {AT_ONCE_SIZE} pixels at once, the model loaded",
            goal=1,
        ),
        Figure("paint_384_s", painted(SIZE, iterations), "s", f"{iterations} steps, {canvas}"),
        Figure(
            "memory_1024_mb",
            memory_of_painting(LARGE, remembered) / 1e6,
            "MB",
            f"growth of a process that paints {LARGE} pixels, {remembered} steps in all",
            goal=2500,
        ),
    ]


def use_once(server: Server, picture: dict[str, object]) -> float:
    """One use of the demo over HTTP, as the first visitor makes it. Returns the seconds it took."""
    started = time.perf_counter()
    server.call(ENDPOINT, picture, picture)
    return time.perf_counter() - started
