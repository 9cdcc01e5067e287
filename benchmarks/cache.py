"""What the model cache costs: a hit against a dictionary with a lock, a load against the usual way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from safetensors.torch import load_file
from torch import Tensor, nn

from benchmarks.figures import Figure, interleaved, median
from gallery.catalog import all_demos
from gallery.models import ModelCache
from gallery.runtime import Runtime
from gallery.weights import ModelSpec

PEER = "a dictionary behind one lock; the constructor with its random start, then load_state_dict"
HITS = 1000  # leases in one measurement: a single one is too short for the clock
THREADS = 16


class Dictionary:
    """The least that shares a model between threads: no leases, no budget, no failures, no numbers."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.models: dict[str, nn.Module] = {}

    def get(self, spec: ModelSpec) -> nn.Module:
        with self.lock:
            if spec.key not in self.models:
                self.models[spec.key] = load_plainly(spec)
            return self.models[spec.key]


def load_plainly(spec: ModelSpec) -> nn.Module:
    model = spec.architecture()
    state: dict[str, Tensor] = {}
    for path in spec.source.fetch():
        state |= load_file(path)
    model.load_state_dict(state)
    return model.eval()


def embedded_spec() -> ModelSpec:
    return next(spec for demo in all_demos() for spec in demo.models if spec.embedded)


def measure(repeats: int = 30) -> list[Figure]:
    spec = embedded_spec()
    runtime = Runtime(device="cpu")
    try:
        return [*hits(runtime.cache, Dictionary(), spec, repeats), *loads(spec, repeats)]
    finally:
        runtime.close()


def hits(cache: ModelCache, dictionary: Dictionary, spec: ModelSpec, repeats: int) -> list[Figure]:
    def lease() -> None:
        for _ in range(HITS):
            with cache.lease(spec):
                pass

    def look_up() -> None:
        for _ in range(HITS):
            dictionary.get(spec)

    def crowd(work: Callable[[], None]) -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda _: work(), range(THREADS)))

    lease()  # the first one of each loads
    look_up()
    alone = [median(seconds) for seconds in interleaved(repeats, lease, look_up)]
    few = max(1, repeats // 5)
    crowded = [median(seconds) for seconds in interleaved(few, lambda: crowd(lease), lambda: crowd(look_up))]
    return [
        Figure("lease_us", 1e6 * alone[0] / HITS, "µs", "one lease of a loaded model", 1e6 * alone[1] / HITS),
        Figure(
            "lease_crowded_us",
            1e6 * crowded[0] / HITS / THREADS,
            "µs",
            f"the same while {THREADS} threads ask",
            1e6 * crowded[1] / HITS / THREADS,
        ),
    ]


def loads(spec: ModelSpec, repeats: int) -> list[Figure]:
    def load() -> None:
        runtime = Runtime(device="cpu")
        with runtime.cache.lease(spec):
            pass
        runtime.close()

    load()  # once unmeasured, which warms the file's pages
    ours, plain = (median(seconds) for seconds in interleaved(repeats, load, lambda: load_plainly(spec)))
    return [
        Figure("load_ms", 1e3 * ours, "ms", f"first lease of {spec.title}, checksum included", 1e3 * plain)
    ]
