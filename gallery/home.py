"""The gallery's own HTML: the bar, the list of demos, the home page's cards, each demo's heading.

All of it is generated from the contract, so that nothing is listed twice by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gallery.catalog import by_chapter
from gallery.demo import Demo
from gallery.server import TITLE

HOME, STATUS = "home", "status"


def navigation(demos: Sequence[Demo], alone: bool = False) -> str:
    """The bar on top and the list of demos, grouped by chapter.

    A list of tabs may hold nothing but tabs, so each chapter is a list of its own under its
    heading; the arrow keys walk through all of them (gallery/static/keyboard.js).
    """
    groups = [group("", "Start", [tab(HOME, "Home", words="home start")])] if not alone else []
    for chapter, members in by_chapter(demos).items():
        tabs = [tab(demo.id, demo.title, number_of(demo, demos), words_of(demo)) for demo in members]
        groups.append(group(chapter.name.lower(), chapter.value, tabs))
    groups.append(group("", "Server", [tab(STATUS, "Status", words="status memory device models queue")]))
    return f"""
<a id="house-skip" class="skip-link" href="#">Skip to the demo</a>
<header class="bar">
  <button id="house-menu" class="quiet menu" aria-expanded="false" aria-controls="house-nav">
    {MENU_ICON}<span>Demos</span></button>
  <a class="brand" href="?tab={HOME}" aria-label="{TITLE}, home">{LOGO}<span>{TITLE}</span></a>
  <span id="house-here" class="here"></span>
  <span class="actions">
    <button id="house-copy" class="quiet" title="Copy the link to this view">
      {LINK_ICON}<span>Copy link</span></button>
    <button id="house-projector" class="quiet" aria-pressed="false" title="Projector mode (key P)">
      {SCREEN_ICON}<span>Projector</span></button>
    <button id="house-theme" class="quiet" title="Light or dark">{MOON_ICON}<span>Theme</span></button>
  </span>
</header>
<nav id="house-nav" aria-label="Demos">
  <div class="find">
    <label for="house-filter" class="unseen">Find a demo</label>
    <input id="house-filter" type="search" placeholder="Find a demo" autocomplete="off">
    <button id="house-close" class="quiet">Close</button>
  </div>
  <div class="groups">{"".join(groups)}</div>
</nav>
<p id="house-say" role="status"></p>
"""


def group(name: str, title: str, tabs: Sequence[str]) -> str:
    heading = f'<h2 id="chapter-{name}">{escape(title)}</h2>' if name else ""
    label = f'aria-labelledby="chapter-{name}"' if name else f'aria-label="{escape(title)}"'
    return (
        f'<section data-group>{heading}<div role="tablist" aria-orientation="vertical" {label}>'
        f"{''.join(tabs)}</div></section>"
    )


def tab(name: str, title: str, number: int | None = None, words: str = "") -> str:
    """A tab that is a link too: it opens in a new window as any link does."""
    key = f'<span class="number" aria-hidden="true">{number}</span>' if number else ""
    shown = f'data-number="{number}"' if number else ""
    return (
        f'<a role="tab" id="tab-{name}" href="?tab={name}" data-tab="{name}" '
        f'data-title="{escape(title)}" {shown} data-words="{escape(words)}" '
        f'aria-controls="panel-{name}" aria-selected="false" tabindex="-1">'
        f"<span>{escape(title)}</span>{key}</a>"
    )


def number_of(demo: Demo, demos: Sequence[Demo]) -> int:
    """The digits that open a demo: its place in the lecture, from 1."""
    return list(demos).index(demo) + 1


def words_of(demo: Demo) -> str:
    """What a search may hit, in lower case."""
    return " ".join((demo.title, demo.chapter.value, demo.summary, demo.id)).lower()


def home_page(demos: Sequence[Demo]) -> str:
    chapters = "".join(
        f'<section class="chapter" data-group><h2>{escape(chapter.value)}</h2><ul class="cards">'
        f"{''.join(card(demo) for demo in members)}</ul></section>"
        for chapter, members in by_chapter(demos).items()
    )
    return f"""
<div class="home">
  <p class="eyebrow">Applications of Deep Learning</p>
  <h1>Every technique of the lecture, <em>to try for yourself</em></h1>
  <p class="lead">Bring a picture, a sentence or a move, and watch a network work on it. The models
  ship with the gallery, and nothing that you put in is sent on.</p>
  <p class="hint">Press <kbd>1</kbd> to <kbd>9</kbd> to open a demo, <kbd>←</kbd> <kbd>→</kbd> to move on,
  <kbd>/</kbd> to search and <kbd>P</kbd> for the projector.</p>
  {chapters or '<p class="empty">No demo is installed yet.</p>'}
</div>
"""


def card(demo: Demo) -> str:
    return (
        f'<li class="card" data-words="{escape(words_of(demo))}"><a href="?tab={demo.id}">{picture(demo)}'
        f'<span class="text"><strong>{escape(demo.title)}</strong><span>{escape(demo.summary)}</span>'
        f'<span class="open" aria-hidden="true">Open</span></span></a></li>'
    )


def picture(demo: Demo) -> str:
    """The demo's picture, or its initial where it has none yet."""
    if demo.picture.is_file():
        return f'<img src="./house/pictures/{demo.id}.webp" width="640" height="400" loading="lazy" alt="">'
    return f'<span class="no-picture" aria-hidden="true">{escape(demo.title[:1])}</span>'


def heading(demo: Demo) -> str:
    """What stands above every demo."""
    return (
        f'<header class="demo-head"><p class="eyebrow">{escape(demo.chapter.value)}</p>'
        f"<h1>{escape(demo.title)}</h1>"
        f'<p class="lead">{escape(demo.summary)}</p>'
        f'<p class="slide"><span>In the lecture</span> {escape(demo.lecture)}</p></header>'
    )


STATUS_HEADING = (
    '<header class="demo-head"><p class="eyebrow">Server</p><h1>Status</h1><p class="lead">Where the models '
    "are, and what they cost. The figures follow while this page is seen.</p></header>"
)


def icon(path: str) -> str:
    return (
        '<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{path}</svg>'
    )


MENU_ICON = icon('<path d="M4 7h16M4 12h16M4 17h10"/>')
LINK_ICON = icon(
    '<path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2"/>'
    '<path d="M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2"/>'
)
SCREEN_ICON = icon('<rect x="3" y="4" width="18" height="12" rx="1.5"/><path d="M12 16v4M8 20h8"/>')
MOON_ICON = icon('<path d="M20 14.5A8 8 0 1 1 9.5 4a6.5 6.5 0 0 0 10.5 10.5z"/>')
LOGO = (
    '<svg class="logo" viewBox="0 0 32 32" aria-hidden="true">'
    '<g fill="none" stroke="currentColor" stroke-width="1.6">'
    '<path d="M7 9l9 7M7 23l9-7M7 9l9-1M7 23l9 1M16 8l9 8M16 16h9M16 24l9-8" opacity=".55"/></g>'
    '<g fill="currentColor"><circle cx="7" cy="9" r="3"/><circle cx="7" cy="23" r="3"/>'
    '<circle cx="16" cy="7.5" r="3"/><circle cx="16" cy="16" r="3"/><circle cx="16" cy="24.5" r="3"/>'
    '<circle cx="25" cy="16" r="3.6"/></g></svg>'
)
