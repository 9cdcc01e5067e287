"""What tests share: a running gallery of fake demos, and a real browser to look at it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

# As app.py does, and before anything imports torch or gradio.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from gallery.demo import Demo
    from gallery.settings import Settings


@contextmanager
def running(demos: tuple[Demo, ...], settings: Settings | None = None) -> Iterator[str]:
    """A gallery of these demos on a free port; gives its address."""
    from dataclasses import replace

    from gallery.launcher import Gallery
    from gallery.settings import Settings

    settings = replace(settings or Settings(rate=0, offline=True), port=free_port())
    gallery = Gallery(settings, demos)
    _, address, _ = gallery.launch(prevent_thread_lock=True, quiet=True)
    try:
        yield address.rstrip("/")
    finally:
        gallery.close(verbose=False)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def twenty_demos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Demo, ...]:
    """Twenty fake demos, of every chapter."""
    from tests.fake_demos import fake_demos

    return fake_demos(tmp_path_factory.mktemp("demos"))


@pytest.fixture(scope="session")
def house(twenty_demos: tuple[Demo, ...]) -> Iterator[str]:
    """The address of a gallery with three demos of vision: imagenet, detection and segmentation."""
    with running(twenty_demos[2:5]) as address:
        yield address


@pytest.fixture(scope="session")
def full_house(twenty_demos: tuple[Demo, ...]) -> Iterator[str]:
    """The address of a gallery with twenty demos."""
    with running(twenty_demos) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import expect, sync_playwright

    from tests import chromium

    expect.set_options(timeout=20_000)  # a busy machine is not a fault
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens pages of a given size, and fails the test if one asks another host or its script breaks."""
    contexts = []
    problems: list[str] = []

    def open_page(address: str, width: int = 1280, height: int = 720, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        origin = "/".join(address.split("/")[:3])

        def check(url: str) -> None:
            if not url.startswith((origin, "data:", "blob:", origin.replace("http", "ws"))):
                problems.append(f"asked another host: {url}")

        page.on("request", lambda request: check(request.url))
        page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.goto(address)
        page.wait_for_function("window.gallery?.current?.()")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems
