"""The photographs and paintings to start with, and their results, painted ahead by precompute.py."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

IMAGES = Path(__file__).parent.parent.parent / "assets" / "images" / "style_transfer"
RESULTS = IMAGES / "results"


@dataclass(frozen=True)
class Example:
    """A picture under assets/images/style_transfer; where it comes from stands in assets/CREDITS.md."""

    key: str  # in links
    name: str
    description: str  # for those who cannot see it

    @property
    def path(self) -> Path:
        return IMAGES / f"{self.key}.webp"


PHOTOGRAPHS = (
    Example("tuebingen", "Tübingen", "Old houses with pointed gables along a river"),
    Example("golden_gate", "Golden Gate", "A red suspension bridge over a bay"),
    Example("cat", "A cat", "A ginger tabby cat looking into the camera"),
    Example("astronaut", "An astronaut", "A smiling astronaut in an orange suit before a flag"),
)
PAINTINGS = (
    Example("starry_night", "Van Gogh 1889", "The Starry Night: swirls of blue and yellow over a village"),
    Example("wave", "Hokusai 1831", "The Great Wave off Kanagawa: a claw-like wave before a mountain"),
    Example("the_scream", "Munch 1893", "The Scream: a figure on a bridge under a sky of red bands"),
    Example("composition_vii", "Kandinsky 1913", "Composition VII: a whirl of coloured shapes and lines"),
    Example("shipwreck", "Turner 1805", "The Shipwreck: boats in a heavy brown and grey sea"),
    Example("metzinger", "Delaunay 1906", "Portrait of Metzinger: a man in blocks of pure colour"),
)
# The sizes of strokes that the page offers, in relation to the canvas; see engine.py.
STROKES = (0.35, 0.5, 0.7, 1.0, 1.4)
SMALL, MEDIUM, LARGE = PAINTED_AHEAD = (0.35, 0.7, 1.4)


def photograph(key: str) -> Example:
    """Raises KeyError for a key that none has."""
    return {one.key: one for one in PHOTOGRAPHS}[key]


def painting(key: str) -> Example:
    """Raises KeyError for a key that none has."""
    return {one.key: one for one in PAINTINGS}[key]


def result(content: str, style: str, stroke: float) -> Path | None:
    """The pair's picture that ships, painted with the page's own settings; None for other strokes."""
    path = result_path(content, style, stroke)
    return path if path in shipped() else None


def result_path(content: str, style: str, stroke: float) -> Path:
    return RESULTS / f"{content}-{style}-{round(100 * stroke)}.webp"


@cache
def shipped() -> frozenset[Path]:
    return frozenset(RESULTS.glob("*-*.webp"))
