"""Model cards: Markdown for people, YAML front matter for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

REQUIRED = ("weights", "sha256", "data", "licence", "commit", "seed", "command", "wall_time", "metrics")


class CardError(ValueError):
    """A card without the front matter that programs need."""


@dataclass(frozen=True)
class Card:
    """`card.md` of a demo.

    `weights` is the file's name under assets/weights, `metrics` maps a figure's name to its
    value on held-out data, `text` is the Markdown below the front matter.
    """

    weights: str
    sha256: str
    data: str
    licence: str
    commit: str
    seed: int
    command: str
    wall_time: str
    metrics: dict[str, float]
    text: str = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Card:
        """Raises CardError where the front matter is missing or incomplete."""
        front, text = split_front_matter(path.read_text(encoding="utf-8"))
        missing = [name for name in REQUIRED if name not in front]
        if missing:
            raise CardError(f"{path} lacks {', '.join(missing)} in its front matter.")
        return cls(**{name: front[name] for name in REQUIRED}, text=text)

    @staticmethod
    def update(path: Path, **values: Any) -> None:
        """Replace single front-matter values and leave the text as it is."""
        front, text = split_front_matter(path.read_text(encoding="utf-8"))
        front.update(values)
        lines = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=100)
        path.write_text(f"---\n{lines}---\n{text}", encoding="utf-8")


def split_front_matter(document: str) -> tuple[dict[str, Any], str]:
    """The YAML between the first two `---` lines as a dict, and the rest."""
    if not document.startswith("---\n") or "\n---\n" not in document[4:]:
        raise CardError("A card begins with YAML between two lines of three dashes.")
    front, text = document[4:].split("\n---\n", 1)
    try:
        values = yaml.safe_load(front + "\n")
    except yaml.YAMLError as error:
        raise CardError(f"The front matter of a card is not readable as YAML: {error}") from error
    if not isinstance(values, dict):
        raise CardError("The front matter of a card is a YAML mapping.")
    return values, text
