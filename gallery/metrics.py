"""/metrics: the model cache and the queue as Prometheus text. Nothing about visitors is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gallery.runtime import GalleryStatus


class GalleryCollector(Collector):
    """Reads the status when it is asked for; between two questions it costs nothing."""

    def __init__(self, status: Callable[[], GalleryStatus]) -> None:
        self.status = status

    def collect(self) -> Iterator[Metric]:
        status = self.status()
        cache = status.cache
        yield GaugeMetricFamily(
            "gallery_queue_length", "Requests that wait for the device.", value=status.queue_length
        )
        yield GaugeMetricFamily("gallery_process_bytes", "Resident memory.", value=status.process_memory)
        for name, text, device, host in (
            ("memory_bytes", "Weights in memory.", cache.device_bytes, cache.host_bytes),
            ("memory_budget_bytes", "Weights that may be in memory.", cache.device_budget, cache.host_budget),
            ("memory_peak_bytes", "Most there ever was.", cache.device_peak_bytes, cache.host_peak_bytes),
        ):
            gauge = GaugeMetricFamily(f"gallery_{name}", text, labels=["tier"])
            gauge.add_metric(["device"], device)
            gauge.add_metric(["host"], host)
            yield gauge
        state = GaugeMetricFamily(
            "gallery_model_state", "1 for the state a model is in.", labels=["model", "state"]
        )
        size = GaugeMetricFamily("gallery_model_bytes", "Size of a model in memory.", labels=["model"])
        leases = GaugeMetricFamily("gallery_model_leases", "Who uses a model now.", labels=["model"])
        load = GaugeMetricFamily("gallery_model_load_seconds", "Time of the last load.", labels=["model"])
        leased = CounterMetricFamily(
            "gallery_model_requests", "Leases, by what they found.", labels=["model", "outcome"]
        )
        evicted = CounterMetricFamily("gallery_model_evictions", "Evictions.", labels=["model", "reason"])
        names: set[str] = set()
        for model in cache.models:
            # A model that fell back to the CPU is listed once more; a label may stand only once.
            name = model.key if model.key not in names else f"{model.key} (cpu)"
            names.add(name)
            state.add_metric([name, model.state], 1)
            size.add_metric([name], model.bytes)
            leases.add_metric([name], model.leases)
            if model.load_seconds is not None:
                load.add_metric([name], model.load_seconds)
            for outcome in ("hits", "misses", "waits"):
                leased.add_metric([name, outcome], getattr(model, outcome))
            for reason, count in model.evictions.items():
                evicted.add_metric([name, reason], count)
        yield from (state, size, leases, load, leased, evicted)


def prometheus_text(status: Callable[[], GalleryStatus]) -> bytes:
    """The exposition format that a Prometheus server reads."""
    registry = CollectorRegistry()
    registry.register(GalleryCollector(status))
    return generate_latest(registry)
