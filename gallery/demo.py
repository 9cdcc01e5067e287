"""Demo: the contract that a demo fulfils. A value, not a side effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gallery.card import Card

if TYPE_CHECKING:
    import gradio as gr

    from gallery.weights import ModelSpec


class Chapter(Enum):
    """The chapters of the lecture, in its order."""

    HISTORY = "History"
    VISION = "Vision"
    LANGUAGE = "Language"
    GAMES = "Games"
    GENERATIVE = "Generative models"
    REPRESENTATIONS = "Representations"
    APPLICATIONS = "Applications"


@dataclass(frozen=True)
class Paper:
    """The publication that a technique comes from."""

    title: str
    authors: str
    year: int
    url: str


@dataclass(frozen=True)
class Demo:
    """One technique of the lecture.

    `folder` is the demo's package (`Path(__file__).parent`); it holds `lesson.md`, `card.md`
    and `picture.webp` (640x400, for the home page). `id` is the package's name: tab id, `?tab=`
    value and prefix of every API endpoint.

    `build()` returns a `gr.Blocks`. It loads no model and does no work, and it imports the
    interface inside itself, so that importing the package stays cheap.
    """

    folder: Path
    title: str
    chapter: Chapter
    summary: str  # one sentence
    lecture: str  # which slide this brings to life
    paper: Paper
    models: tuple[ModelSpec, ...]
    build: Callable[[], gr.Blocks]
    order: int = 0  # place within the chapter

    @property
    def id(self) -> str:
        return self.folder.name

    @cached_property
    def card(self) -> Card:
        """Model card of the embedded weights."""
        return Card.read(self.folder / "card.md")

    @cached_property
    def lesson(self) -> str:
        """How it works: Markdown with LaTeX."""
        return (self.folder / "lesson.md").read_text(encoding="utf-8")

    @property
    def picture(self) -> Path:
        return self.folder / "picture.webp"
