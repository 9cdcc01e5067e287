"""Finds the demos, checks that they keep the contract, and puts them in the lecture's order."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from gallery.demo import Chapter, Demo

if TYPE_CHECKING:
    from gallery.weights import ModelSpec

PACKAGE = "demos"
RESERVED = {"home", "status"}  # tabs of the gallery itself


class CatalogError(Exception):
    """A demo that does not keep the contract. The message says which and why."""


@cache
def all_demos() -> tuple[Demo, ...]:
    """Every demo of this gallery, in the lecture's order. Raises CatalogError."""
    return find(PACKAGE)


def find(package: str) -> tuple[Demo, ...]:
    """The demos in the packages below `package`, which stay unloaded but for their `__init__`."""
    found = []
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if not module.ispkg:
            continue
        name = f"{package}.{module.name}"
        demo = getattr(importlib.import_module(name), "DEMO", None)
        if not isinstance(demo, Demo):
            raise CatalogError(f"{name} has no DEMO = Demo(...) in its __init__.py.")
        if demo.id != module.name:
            raise CatalogError(f"{name} calls itself {demo.id}; its folder must be Path(__file__).parent.")
        found.append(demo)
    return arrange(found)


def arrange(demos: Iterable[Demo]) -> tuple[Demo, ...]:
    """In the lecture's order. Raises CatalogError where a demo or the whole breaks the contract."""
    demos = tuple(demos)
    for demo in demos:
        check(demo)
    for name, count in Counter(demo.id for demo in demos).items():
        if count > 1:
            raise CatalogError(f"{count} demos are called {name}; an id must be unique.")
    for key, count in Counter(spec.key for demo in demos for spec in demo.models).items():
        if count > 1:
            raise CatalogError(f"{count} models have the key {key}; lease another demo's by model_spec(key).")
    chapters = list(Chapter)
    return tuple(sorted(demos, key=lambda demo: (chapters.index(demo.chapter), demo.order, demo.title)))


def check(demo: Demo) -> None:
    """Raises CatalogError, with a sentence, for the first thing that is missing."""
    if not demo.id.isidentifier() or demo.id.lower() != demo.id or demo.id in RESERVED:
        raise CatalogError(f"{demo.id} cannot be a demo's id; take a short lower-case name.")
    for name in ("title", "summary", "lecture"):
        if not getattr(demo, name).strip():
            raise CatalogError(f"The demo {demo.id} has no {name}.")
    if not isinstance(demo.chapter, Chapter):
        raise CatalogError(f"The chapter of the demo {demo.id} is none of the lecture's.")
    for name in ("lesson.md", "card.md"):
        if not (demo.folder / name).is_file():
            raise CatalogError(f"The demo {demo.id} has no {name}.")


def select(
    demos: Sequence[Demo], chapters: Sequence[Chapter] = (), ids: Sequence[str] = ()
) -> tuple[Demo, ...]:
    """Those of the chapters and ids that were asked for; empty means all. Raises CatalogError."""
    known = {demo.id for demo in demos}
    for name in ids:
        if name not in known:
            raise CatalogError(f'There is no demo "{name}"; there are {", ".join(sorted(known)) or "none"}.')
    chosen = tuple(
        demo for demo in demos if (not chapters or demo.chapter in chapters) and (not ids or demo.id in ids)
    )
    if demos and not chosen:
        raise CatalogError("No demo is left to show; ask for other chapters or demos.")
    return chosen


def by_chapter(demos: Iterable[Demo]) -> dict[Chapter, list[Demo]]:
    """The chapters that have a demo, each with its demos."""
    chapters: dict[Chapter, list[Demo]] = {}
    for demo in demos:
        chapters.setdefault(demo.chapter, []).append(demo)
    return chapters


def model_spec(key: str) -> ModelSpec:
    """A model by its key, whichever demo brings it, so that demos need not import each other.

    Raises CatalogError where no demo has such a model.
    """
    for demo in all_demos():
        for spec in demo.models:
            if spec.key == key:
                return spec
    raise CatalogError(f'No demo of this gallery has a model "{key}".')
