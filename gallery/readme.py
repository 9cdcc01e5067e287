"""The parts of README.md that follow from the code: the table of demos and the table of options.

    python -m gallery.readme

writes them anew between their marks; a test holds that they are up to date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from gallery.catalog import all_demos
from gallery.demo import Demo
from gallery.settings import PREFIX, Settings, help_texts

README = Path(__file__).parent.parent / "README.md"


def demo_table(demos: Sequence[Demo]) -> str:
    """What there is to try, with the figures from the model cards."""
    rows = [
        "| Chapter | Demo | What it shows | Held-out figures of the model that ships |",
        "|---|---|---|---|",
    ]
    for demo in demos:
        figures = "<br>".join(
            f"`{name}` {readable(name, value)}" for name, value in demo.card.metrics.items()
        )
        rows.append(
            f"| {demo.chapter.value} | [{demo.title}](demos/{demo.id}/lesson.md) | {demo.summary} "
            f"| {figures}<br>([card](demos/{demo.id}/card.md), `{demo.card.command}`) |"
        )
    return "\n".join(rows)


def readable(name: str, value: float) -> str:
    """Shares in percent, counts in millions, all else as it is."""
    if 0 <= value <= 1 and re.search(r"top\d|accuracy|error$|google", name):
        return f"{value:.1%}".replace("%", " %")
    if abs(value) >= 1_000_000:
        return f"{value / 1e6:.1f} million"
    return f"{value:g}"


def option_table() -> str:
    """The options of app.py with their sentences."""
    helps = help_texts(Settings)
    rows = ["| Option | Environment | What it does |", "|---|---|---|"]
    rows += [
        f"| `--{option.name.replace('_', '-')}` | `{PREFIX}{option.name.upper()}` | {helps[option.name]} |"
        for option in fields(Settings)
    ]
    return "\n".join(rows)


def complete(readme: str) -> str:
    """The document with its generated parts made anew. Raises ValueError where a mark is missing."""
    for name, text in {"demos": demo_table(all_demos()), "options": option_table()}.items():
        pattern = re.compile(rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        if not pattern.search(readme):
            raise ValueError(f"README.md has lost the marks around its table of {name}.")
        readme = pattern.sub(lambda match: f"{match[1]}{text}\n{match[2]}", readme)  # noqa: B023  # used at once
    return readme


if __name__ == "__main__":
    README.write_text(complete(README.read_text(encoding="utf-8")), encoding="utf-8")
