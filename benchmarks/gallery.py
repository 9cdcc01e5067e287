"""How fast the gallery is there, how light its page is, and what it keeps in memory."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks import page
from benchmarks.figures import Figure, median
from benchmarks.server import Server, running, seconds_of
from gallery.catalog import all_demos

PEER = (
    "a plain Gradio app of four ImageNet tabs, each of which loads the model for itself at the start "
    "(benchmarks/naive_app.py); for `start_ratio`, `import gradio, torch` alone"
)
GALLERY = ("app.py", "--offline")
TWENTY = ("-m", "benchmarks.twenty")
NAIVE = ("-m", "benchmarks.naive_app")
UseOnce = Callable[[Server, dict[str, Any]], float]
MB = 1e6


@dataclass
class Measured:
    """What was seen of one app, one value for each of its starts or visits. Seconds and bytes."""

    listening: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    interactive: list[float] = field(default_factory=list)
    first_switch: list[float] = field(default_factory=list)
    switch: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    memory_used: list[float] = field(default_factory=list)
    page: int = 0
    traffic: int = 0


def measure(repeats: int = 3) -> list[Figure]:
    """Starts every app `repeats` times and visits its page as often each time."""
    ours, naive, twenty = Measured(), Measured(), Measured()
    imports = []
    uses = [importlib.import_module(f"benchmarks.{demo.id}").use_once for demo in all_demos()]
    # Once unmeasured, so that no measurement pays for reading the packages from the disk.
    seconds_of("import gradio, torch")
    with page.browser() as chrome:
        for _ in range(repeats):
            imports.append(seconds_of("import gradio, torch"))
            observe(ours, GALLERY, uses, chrome, repeats)
            observe(naive, NAIVE, uses[:1], chrome, repeats)
            observe(twenty, TWENTY, [], chrome, repeats)
    start = median(ours.listening)
    return [
        *compared(ours, naive),
        Figure("import_s", median(imports), "s", "a fresh Python importing gradio and torch"),
        Figure("start_ratio", start / median(imports), "", "start_s over import_s", goal=1.5),
        Figure("interactive_20_s", median(twenty.interactive), "s", "interactive_s with 20 demos", goal=2),
        Figure("page_20_kb", twenty.page / 1e3, "kB", "page_kb with 20 demos", goal=150),
        Figure("tab_switch_20_ms", 1e3 * median(twenty.switch), "ms", "tab_switch_ms with 20 demos"),
    ]


def observe(
    measured: Measured, command: tuple[str, ...], uses: list[UseOnce], chrome: Any, visits: int
) -> None:
    """One start of an app: the first answer first, then the page."""
    with tempfile.TemporaryDirectory() as folder, running(*command) as server:
        measured.listening.append(server.listening_s)
        measured.memory.append(server.memory)
        picture = Path(folder) / "picture.png"
        Image.effect_mandelbrot((640, 480), (-2, -1, 1, 1), 60).convert("RGB").save(picture)
        for number, use in enumerate(uses):
            use(server, server.upload(picture))
            if number == 0:
                measured.answer.append(server.elapsed)
        measured.memory_used.append(server.memory)
        measured.page = server.page_bytes()
        for _ in range(visits):
            seen = page.visit(chrome, server.url)
            measured.interactive.append(seen.interactive)
            measured.first_switch += seen.first
            measured.switch += seen.again
            measured.traffic = seen.traffic


def compared(ours: Measured, naive: Measured) -> list[Figure]:
    def figure(
        name: str, attribute: str, scale: float, unit: str, meaning: str, goal: float | None = None
    ) -> Figure:
        value, peer = (
            scale * (median(seen) if isinstance(seen := getattr(of, attribute), list) else seen)
            for of in (ours, naive)
        )
        return Figure(name, value, unit, meaning, peer, goal)

    return [
        figure("start_s", "listening", 1, "s", "start of the process until it takes connections"),
        figure(
            "first_answer_s", "answer", 1, "s", "start of the process until its first prediction is there"
        ),
        figure("page_kb", "page", 1e-3, "kB", "the page's HTML as it travels", 150),
        figure("traffic_kb", "traffic", 1e-3, "kB", "everything that opening the page moves, nothing cached"),
        figure("interactive_s", "interactive", 1, "s", "opening of the page until a tab reacts", 2),
        figure("tab_first_ms", "first_switch", 1e3, "ms", "first visit to a tab, click to painted"),
        figure("tab_switch_ms", "switch", 1e3, "ms", "later visits to a tab, click to painted"),
        figure("memory_start_mb", "memory", 1 / MB, "MB", "resident memory after the start"),
        figure("memory_used_mb", "memory_used", 1 / MB, "MB", "the same after every demo was used once"),
    ]
