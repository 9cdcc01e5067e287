"""How a page feels, measured from inside a headless Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tests import chromium

VIEWPORT = ViewportSize(width=1280, height=720)
PATIENCE_MS = 300_000

# Runs before the page's own scripts. From the first frame on it clicks the second tab in every
# frame, as an impatient visitor would, until that tab is selected and its panel shows something.
WATCH = """
window.measured = {};
// The gallery's tabs stand in its own list and name their panels; plain Gradio's do not.
window.lists = () => document.getElementById("house-nav") || document;
window.tabs = () => [...lists().querySelectorAll('[role="tab"]')];
window.panels = (tab) => {
  const own = document.getElementById(tab.getAttribute("aria-controls"));
  return own ? [own] : [...document.querySelectorAll('[role="tabpanel"]')];
};
window.shows = (tab) => tab.getAttribute("aria-selected") === "true"
  && panels(tab).some((panel) => panel.offsetHeight > 0 && panel.innerText.trim() !== "");
(function click() {
  const tab = document.body && tabs()[1];
  if (tab && shows(tab)) { measured.interactive = performance.now(); return; }
  if (tab) tab.click();
  requestAnimationFrame(click);
})();
"""

# Selects every tab in turn; resolves to the milliseconds until each one's panel was painted.
SWITCH = """
async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const took = [];
  for (const tab of tabs()) {
    if (shows(tab)) continue;
    const start = performance.now();
    tab.click();
    while (!shows(tab)) { await frame(); if (performance.now() - start > 120000) throw Error(tab.id); }
    await frame();  // the frame in which it is painted has begun
    took.push(performance.now() - start);
  }
  return took;
}
"""


@dataclass(frozen=True)
class Visit:
    """`interactive` is seconds from opening until a tab reacts; the lists hold seconds for each tab.

    `first` are first visits, which mount the tab; `again` later ones. `traffic` is all bytes that
    travelled until the page was interactive and the network quiet.
    """

    interactive: float
    first: list[float]
    again: list[float]
    traffic: int
    requests: int


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = chromium.launch(playwright)
        try:
            yield started
        finally:
            started.close()


def visit(chrome: Browser, url: str) -> Visit:
    """Open the page with an empty cache and go through all its tabs, twice."""
    context = chrome.new_context(viewport=VIEWPORT)
    try:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        sizes = count_traffic(page)
        page.add_init_script(WATCH)
        page.goto(url, wait_until="commit", timeout=PATIENCE_MS)
        page.wait_for_function("measured.interactive")
        interactive = page.evaluate("measured.interactive") / 1000
        page.wait_for_load_state("load")
        page.wait_for_timeout(500)
        traffic, requests = sum(sizes), len(sizes)
        first = page.evaluate(SWITCH)
        again = page.evaluate(SWITCH)
        return Visit(interactive, [t / 1000 for t in first], [t / 1000 for t in again], traffic, requests)
    finally:
        context.close()


def count_traffic(page: Page) -> list[int]:
    """A list that grows by the bytes of every response as it ends."""
    sizes: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    return sizes
