"""What a network sees in a photograph, how sure it is, and where it looked.

Reading guide: `predict` is the whole of it in a dozen lines; `grad_cam` and `heat_maps` answer
"where"; `probabilities` is `predict` for many pictures at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from demos.imagenet import models
from demos.imagenet.models import CamLayer, cam_layer
from gallery.preprocessing import Preprocessing
from gallery.weights import ModelSpec, Progress, no_progress

if TYPE_CHECKING:
    from PIL.Image import Image

    from gallery.runtime import Runtime

Notice = Callable[[str], None]


@dataclass(frozen=True)
class Guess:
    """One class that the network thinks of, with a probability from 0 to 1."""

    index: int  # among the network's outputs
    wnid: str
    name: str
    probability: float


@dataclass(frozen=True, eq=False)
class Prediction:
    """The most likely classes, best first, and what led to them.

    `seconds` is the time of the network alone. `image` is the square that the network saw, as
    many pixels as it takes. `heat_maps` is float32 (guesses, h, w) from 0 to 1, one Grad-CAM for
    every guess, where they were asked for.
    """

    model_key: str
    guesses: tuple[Guess, ...]
    seconds: float
    image: Image
    heat_maps: np.ndarray | None = None


def predict(
    image: Image,
    spec: ModelSpec,
    runtime: Runtime,
    *,
    progress: Progress = no_progress,
    notice: Notice = lambda sentence: None,
    top: int = 5,
    heat_maps: bool = False,
) -> Prediction:
    """The `top` most likely classes of an RGB picture of any size.

    Raises WeightsError where the model cannot be had, OutOfMemory where it does not fit.
    """
    preprocessing = preprocessing_of(spec)
    square = preprocessing.square(image)
    x = preprocessing.numbers(square)[None]  # (1, 3, H, W)

    def work(model: nn.Module) -> tuple[list[float], list[int], float, np.ndarray | None]:
        started = time.perf_counter()
        if heat_maps:
            logits, maps = explained(model, x.to(device_of(model)), cam_layer(spec), top)
        else:
            with torch.inference_mode():
                logits, maps = model(x.to(device_of(model))), None
        with torch.inference_mode():
            probability, index = F.softmax(logits[0].float(), dim=0).topk(top)
            best = probability.tolist(), index.tolist()  # waits for the device
        return *best, time.perf_counter() - started, maps

    probabilities, indices, seconds, maps = runtime.run(spec, work, progress=progress, notice=notice)
    names = class_names(spec)
    guesses = tuple(Guess(i, *names[i], p) for i, p in zip(indices, probabilities, strict=True))
    return Prediction(spec.key, guesses, seconds, square, maps)


def probabilities(images: Sequence[Image], spec: ModelSpec, runtime: Runtime) -> np.ndarray:
    """Softmax of one batch: float32 (N, classes), rows in the order of `images`."""
    if not images:
        return np.zeros((0, len(class_names(spec))), np.float32)
    preprocessing = preprocessing_of(spec)
    x = torch.stack([preprocessing(image) for image in images])  # (N, 3, H, W)

    def work(model: nn.Module) -> np.ndarray:
        with torch.inference_mode():
            result: np.ndarray = F.softmax(model(x.to(device_of(model))).float(), dim=1).cpu().numpy()
        return result

    return runtime.run(spec, work)


def grad_cam(image: Image, spec: ModelSpec, class_index: int, runtime: Runtime) -> np.ndarray:
    """Where the network looked for `class_index`: float32 (h, w) from 0 to 1.

    Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391. Raises IndexError for a class that
    the network does not have.
    """
    if not 0 <= class_index < len(class_names(spec)):
        raise IndexError(f"{spec.title} has no class {class_index}.")
    x = preprocessing_of(spec)(image)[None]

    def work(model: nn.Module) -> np.ndarray:
        with listening(model, cam_layer(spec)) as heard:
            logits = model(x.to(device_of(model)))  # (1, classes)
            return cam(logits[0, class_index], heard, cam_layer(spec))

    return runtime.run(spec, work)


def explained(model: nn.Module, x: Tensor, layer: CamLayer, top: int) -> tuple[Tensor, np.ndarray]:
    """Logits (1, classes) of one picture, and Grad-CAM (top, h, w) of its likeliest classes.

    One pass forward, then one short pass back to `layer` for each class.
    """
    with listening(model, layer) as heard:
        logits = model(x)
        best = logits[0].topk(top).indices.tolist()
        maps = np.stack([cam(logits[0, index], heard, layer) for index in best])
        return logits.detach(), maps


def cam(logit: Tensor, heard: list[Tensor], layer: CamLayer) -> np.ndarray:
    """ReLU of the channels' sum, each weighted by its mean gradient; the largest value is 1.

    A map without any positive evidence stays zero everywhere.
    """
    (gradient,) = torch.autograd.grad(logit, heard[0], retain_graph=True)
    with torch.no_grad():
        features, slopes = layer.grid(heard[0])[0].float(), layer.grid(gradient)[0].float()  # (C, h, w)
        weights = slopes.mean(dim=(1, 2), keepdim=True)  # (C, 1, 1)
        heat = F.relu((weights * features).sum(dim=0))  # (h, w)
        heat = heat / heat.max().clamp(min=torch.finfo(heat.dtype).tiny)
        result: np.ndarray = heat.cpu().numpy()
    return result


@contextmanager
def listening(model: nn.Module, layer: CamLayer) -> Iterator[list[Tensor]]:
    """Collects what `layer` returns, and records gradients from there on.

    What comes before the layer is computed without a record, which makes the way back short.
    The model itself is shared: the hook acts for this thread only and goes away in any case.
    """
    heard: list[Tensor] = []
    thread = threading.get_ident()

    def hear(module: nn.Module, inputs: object, output: Tensor) -> Tensor | None:
        if threading.get_ident() != thread:
            return None
        torch.set_grad_enabled(True)
        heard.append(output.detach().requires_grad_())
        return heard[0].clone()  # the next layer may work in place, which a leaf would not allow

    hook = model.get_submodule(layer.name).register_forward_hook(hear)
    try:
        with torch.inference_mode(False), torch.no_grad():
            yield heard
    finally:
        hook.remove()


def class_names(spec: ModelSpec) -> tuple[tuple[str, str], ...]:
    """(WordNet id, readable name) of every class, in the order of the network's outputs."""
    return models.class_names(spec.key)


def preprocessing_of(spec: ModelSpec) -> Preprocessing:
    preprocessing: object = spec.preprocessing
    assert isinstance(preprocessing, Preprocessing), f"{spec.key} does not look at photographs"
    return preprocessing


def device_of(model: nn.Module) -> torch.device:
    return next(model.parameters()).device
