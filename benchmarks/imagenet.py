"""What a prediction costs beyond the network itself, alone and in a crowd."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image

from benchmarks.figures import Figure, interleaved, median, percentile
from demos.imagenet import engine
from demos.imagenet.models import EMBEDDED
from gallery.runtime import Runtime

if TYPE_CHECKING:
    from benchmarks.server import Server

PEER = "the forward pass alone: the same network on a prepared tensor, in the same process, in turns"
CLIENTS = 16
SIZE = (640, 480)  # pixels; what a webcam and most pictures of the web have
ENDPOINT = "imagenet_classify"


def photograph() -> Image.Image:
    """A decoded picture with detail at all scales; what it shows makes no difference to the time."""
    random = np.random.default_rng(0)
    picture = Image.fromarray(random.integers(0, 256, (12, 16, 3), np.uint8)).resize(SIZE)
    noise = random.integers(-20, 21, (SIZE[1], SIZE[0], 3))
    return Image.fromarray((np.asarray(picture).astype(int) + noise).clip(0, 255).astype(np.uint8))


def measure(repeats: int = 400) -> list[Figure]:
    """`repeats` predictions one by one, and as many again for the throughput."""
    runtime = Runtime()
    image = photograph()
    square = engine.preprocessing_of(EMBEDDED)(image)[None]  # (1, 3, 64, 64)

    def predict() -> None:
        engine.predict(image, EMBEDDED, runtime)

    try:
        with runtime.cache.lease(EMBEDDED) as model:
            prepared = square.to(engine.device_of(model))

            def forward() -> None:
                with torch.inference_mode():
                    model(prepared)[0, 0].item()  # which waits for the device

            for work in (predict, forward):
                interleaved(max(3, repeats // 20), work)  # the first runs choose kernels and allocate
            whole, bare = interleaved(repeats, predict, forward)
            one, many = throughput(predict, repeats)
            bare_one, bare_many = throughput(forward, repeats)
    finally:
        runtime.close()

    return [
        Figure("predict_ms", 1e3 * median(whole), "ms", "one prediction, median", 1e3 * median(bare)),
        Figure(
            "predict_p95_ms",
            1e3 * percentile(whole, 95),
            "ms",
            "one prediction, 95th percentile",
            1e3 * percentile(bare, 95),
        ),
        Figure("predict_overhead", median(whole) / median(bare), "", "median over the bare median", goal=1.3),
        Figure("predict_per_s", one, "/s", "predictions a second, one client", bare_one),
        Figure("predict_16_per_s", many, "/s", f"predictions a second, {CLIENTS} clients at once", bare_many),
        Figure(
            "predict_16_speed", many / one, "", f"{CLIENTS} clients at once over one", bare_many / bare_one
        ),
    ]


def throughput(work: Callable[[], None], count: int) -> tuple[float, float]:
    """Times a second that `work` is done: by one client, and by all clients at once.

    Each is measured in five parts, in turns, and the median counts.
    """
    part = max(CLIENTS, count // 5)
    with ThreadPoolExecutor(CLIENTS) as crowd:

        def alone() -> None:
            for _ in range(part):
                work()

        def together() -> None:
            list(crowd.map(lambda _: work(), range(part)))

        together()  # starts the threads
        one, many = interleaved(5, alone, together)
    return part / median(one), part / median(many)


def use_once(server: Server, picture: dict[str, object]) -> float:
    """One use of the demo over HTTP, as the first visitor makes it. Returns the seconds it took."""
    started = time.perf_counter()
    server.call(ENDPOINT, picture)
    return time.perf_counter() - started
