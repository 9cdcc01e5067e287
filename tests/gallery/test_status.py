from dataclasses import replace
from html.parser import HTMLParser

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gallery.entry import CacheStatus, ModelStatus
from gallery.metrics import prometheus_text
from gallery.runtime import GalleryStatus
from gallery.status import ago, in_bytes, status_html

READY = ModelStatus(
    key="small",
    title="A <small> model",
    state="device",
    detail="",
    progress=None,
    bytes=9_545_706,
    hits=7,
    misses=2,
    waits=1,
    evictions={"room": 3},
    load_seconds=0.25,
    leases=1,
    last_use=4.2,
)
FAILED = replace(
    READY,
    key="hub",
    title="From the hub",
    state="failed",
    detail="The hub cannot be reached.",
    bytes=0,
    evictions={},
)
LOADING = replace(READY, key="big", title="Big", state="loading", progress=0.4)
CACHE = CacheStatus(
    device_bytes=9_545_706,
    device_budget=100_000_000,
    device_peak_bytes=20_000_000,
    host_bytes=0,
    host_budget=0,
    host_peak_bytes=0,
    models=(READY, FAILED, LOADING),
)
STATUS = GalleryStatus(device="CPU", busy=True, queue_length=3, process_memory=700_000_000, cache=CACHE)


class Balanced(HTMLParser):
    """Fails on a tag that is closed but not open, and collects the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data + " "


def seen(status: GalleryStatus) -> str:
    parser = Balanced()
    parser.feed(status_html(status))
    assert parser.open == []
    return " ".join(parser.text.split())


def test_the_panel_shows_every_number() -> None:
    text = seen(STATUS)
    for part in ("CPU at work", "9.55 MB of 100 MB; at most 20 MB so far", "Queue 3", "700 MB"):
        assert part in text
    assert "A <small> model device 9.55 MB 7 2 1 0.25 s 1 3 × room 4 s ago" in text
    assert "loading, 40 %" in text


def test_a_failed_model_says_why_and_offers_to_try_again() -> None:
    assert "From the hub The hub cannot be reached. failed Retry" in seen(STATUS)
    assert 'data-retry="hub"' in status_html(STATUS)
    assert status_html(STATUS).count("data-retry") == 1


def test_the_second_tier_is_shown_where_there_is_one() -> None:
    assert "host memory" not in seen(STATUS)
    two = replace(STATUS, cache=replace(CACHE, host_budget=10**9))
    assert "Models in host memory 0 B of 1 GB" in seen(two)


def test_an_empty_cache_is_said_to_be_empty() -> None:
    assert "No model has been asked for yet." in seen(replace(STATUS, cache=replace(CACHE, models=())))


def test_metrics_are_what_prometheus_reads() -> None:
    twice = replace(CACHE, models=(*CACHE.models, READY))  # fell back to the CPU once
    text = prometheus_text(lambda: replace(STATUS, cache=twice)).decode()
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["gallery_queue_length",] == 3
    assert samples["gallery_process_bytes",] == 700_000_000
    assert samples["gallery_memory_budget_bytes", "device"] == 100_000_000
    assert samples["gallery_model_requests_total", "hits", "small"] == 7
    assert samples["gallery_model_evictions_total", "room", "small"] == 3
    assert samples["gallery_model_state", "failed", "hub"] == 1
    assert samples["gallery_model_bytes", "small (cpu)"] == 9_545_706
    assert len(samples) == len([line for line in text.splitlines() if not line.startswith("#")])


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (9_545_706, "9.55 MB"),
        (999_600_000, "1 GB"),
        (12 * 10**9, "12 GB"),
    ],
)
def test_sizes_have_three_digits(size: int, text: str) -> None:
    assert in_bytes(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "never"), (3.4, "3 s ago"), (300, "5 min ago"), (7200, "2 h ago")]
)
def test_times_are_read_at_a_glance(seconds: float | None, text: str) -> None:
    assert ago(seconds) == text
