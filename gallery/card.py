"""Model cards: Markdown for people, YAML front matter for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

REQUIRED = ("weights", "sha256", "data", "licence", "commit", "seed", "command", "wall_time", "metrics")


LISTS = ("weights", "sha256")  # may be one value or a list of them


class CardError(ValueError):
    """A card without the front matter that programs need."""


@dataclass(frozen=True)
class Card:
    """`card.md` of a demo.

    `weights` are the files' names under assets/weights and `sha256` their digests in the same
    order, `metrics` maps a figure's name to its value on held-out data, `text` is the Markdown
    below the front matter.
    """

    weights: tuple[str, ...]
    sha256: tuple[str, ...]
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
        """Raises CardError where the front matter is missing or incomplete, or where there are not
        as many digests as files.
        """
        front, text = split_front_matter(path.read_text(encoding="utf-8"))
        missing = [name for name in REQUIRED if name not in front]
        if missing:
            raise CardError(f"{path} lacks {', '.join(missing)} in its front matter.")
        front |= {name: as_tuple(front[name]) for name in LISTS}
        files, digests = len(front["weights"]), len(front["sha256"])
        if not files or files != digests:
            raise CardError(f"{path} names {files} weights files and {digests} digests (sha256).")
        return cls(**{name: front[name] for name in REQUIRED}, text=text)

    @staticmethod
    def update(path: Path, **values: Any) -> None:
        """Replace single front-matter values and leave the text as it is.

        One weights file is written as a plain value, several as a list; so are their digests.
        """
        front, text = split_front_matter(path.read_text(encoding="utf-8"))
        for name in LISTS:
            if name in values:
                several = list(as_tuple(values[name]))
                values[name] = several[0] if len(several) == 1 else several
        front.update(values)
        lines = yaml.safe_dump(front, sort_keys=False, allow_unicode=True, width=100)
        path.write_text(f"---\n{lines}---\n{text}", encoding="utf-8")


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A single value, or the values of a list."""
    return tuple(value) if isinstance(value, list | tuple) else (value,)


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
