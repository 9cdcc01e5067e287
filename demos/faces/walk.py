"""Ways between faces: a film from one person to the next, and faces whose styles have two parents.

    python -m demos.faces.walk      # paints what the page shows before anybody asks, after new weights

Reading guide: `way` lays styles along a path through several people and `filmed` paints them; `mixed` and
`borrowed` take some levels from one person and the others from another (style mixing: Karras and others 2019,
https://arxiv.org/abs/1812.04948).

Why the straight line is drawn in the space of styles w and not in that of the noise z: all directions of z
are equally likely, so faces must be bent to fill them, with rare ones squeezed into little room, and a path
through z bends and hurries. The mapping learns to undo that: in w traits change about evenly along a line.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import av
import numpy as np
import torch
from av.video.reformatter import Colorspace
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from demos.faces.engine import (
    FIRST_COLOUR,
    LARGEST_SEED,
    TOGETHER,
    Person,
    at_all_levels,
    centre,
    checked_seed,
    generator_of,
    latent,
    painted,
    style_of,
)
from demos.faces.model import LEVELS, Generator, normalised
from demos.faces.models import EMBEDDED
from gallery.inputs import InputError
from gallery.runtime import Runtime

SHIPPED = Path(__file__).parents[2] / "assets" / "images" / "faces"
FRAMES = 48  # from one person to the next, both included
FRAMES_PER_SECOND = 24
MOST_PEOPLE = 4
STRAIGHT, ARC = "w", "z"  # a line between styles, or an arc between what they are made from
BANDS = {"coarse": (0, 2), "middle": (2, 4), "fine": (4, 6)}  # levels, as in the paper's figure
FILM_SIDE = 384  # pixels of the film that can be saved


def of_year(seed: object, year: float) -> Person:
    """The person of a seed as a photograph of that year shows people: grey before FIRST_COLOUR."""
    return Person(checked_seed(seed), year, year >= FIRST_COLOUR)


def seeds_in(text: str | None, *, least: int = 0, most: int) -> list[int]:
    """Seeds with commas or blanks between them. Raises InputError for what is none, too few or too many."""
    parts = (text or "").replace(",", " ").split()
    if not least <= len(parts) <= most:
        wanted = f"{least}" if least == most else f"at most {most}"
        raise InputError(f"Write {wanted} seeds here, with commas between: from 0 to {LARGEST_SEED} each.")
    return [checked_seed(part) for part in parts]


def people_on_the_way(start: Person, end: Person, seeds: Sequence[int]) -> list[Person]:
    """Both and, between them, others in years between theirs. Raises InputError for too many."""
    if len(seeds) > MOST_PEOPLE - 2:
        raise InputError(f"A walk has at most {MOST_PEOPLE} people.")
    years = np.linspace(start.year, end.year, len(seeds) + 2)[1:-1]
    return [start, *(of_year(seed, float(year)) for seed, year in zip(seeds, years, strict=True)), end]


def line(a: Tensor, b: Tensor, shares: Tensor) -> Tensor:
    """From `a` at share 0 to `b` at share 1, both (1, n): (len(shares), n)."""
    return torch.lerp(a, b, shares[:, None].to(a))


def arc(a: Tensor, b: Tensor, shares: Tensor) -> Tensor:
    """The same on the sphere ("slerp", Shoemake 1985), for vectors (1, n) of one length.

    A straight line would cut through the ball, where no noise ever lies.
    """
    t = shares[:, None].to(a)
    cosine = torch.nn.functional.cosine_similarity(a, b).clamp(-1, 1)
    angle = torch.arccos(cosine)
    if angle.abs() < 1e-4:  # the same direction: any path does, and the sine below vanishes
        return line(a, b, shares)
    return (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)


@torch.inference_mode()
def between(generator: Generator, a: Person, b: Person, shares: Tensor, path: str = STRAIGHT) -> Tensor:
    """Styles (len(shares), STYLE) on the way from one person to another. Raises InputError for no path."""
    if path == STRAIGHT:
        return line(style_of(generator, a), style_of(generator, b), shares)
    if path != ARC:
        raise InputError(f"The path is “{STRAIGHT}” or “{ARC}”.")
    place = generator.start.device
    noise = arc(normalised(latent(a.seed)), normalised(latent(b.seed)), shares).to(place)
    conditions = line(a.condition, b.condition, shares).to(place)
    own = generator.mapping(noise, conditions)
    middle = line(centre(generator, a.condition), centre(generator, b.condition), shares)
    truncation = line(torch.tensor([[a.truncation]]), torch.tensor([[b.truncation]]), shares).to(place)
    styles: Tensor = middle + truncation * (own - middle)
    return styles


def way(generator: Generator, people: Sequence[Person], path: str = STRAIGHT, frames: int = FRAMES) -> Tensor:
    """Styles through all people in turn, `frames` from each to the next: ((frames - 1) * legs + 1, STYLE)."""
    shares = torch.linspace(0, 1, frames)
    legs = [between(generator, a, b, shares, path) for a, b in itertools.pairwise(people)]
    return torch.cat([legs[0], *(leg[1:] for leg in legs[1:])])


def filmed(house: Runtime, people: Sequence[Person], path: str = STRAIGHT) -> Iterator[NDArray[np.uint8]]:
    """The pictures of a walk, some (B, 128, 128, 3) at a time; between them others have their turn.

    All are painted with the same noise: drawn anew for each, it would flicker like a film of 1900.
    """
    styles = house.run(EMBEDDED, lambda model: way(generator_of(model), people, path))
    for part in styles.split(TOGETHER):
        yield house.run(EMBEDDED, partial(painted_as, styles=at_all_levels(part)))


def painted_as(model: torch.nn.Module, styles: Tensor) -> NDArray[np.uint8]:
    return painted(generator_of(model), styles)


def frames_of(people: int) -> int:
    return (FRAMES - 1) * (people - 1) + 1


def mixed(coarse: Tensor, fine: Tensor, level: float) -> Tensor:
    """The first `level` levels in the style `coarse`, the others in `fine`: (B, STYLE) to (B, levels, STYLE).

    Level 0 is `fine` entirely, the last one `coarse`. Raises InputError for a level that is none.
    """
    if isinstance(level, bool) or level != int(level) or not 0 <= level <= len(LEVELS):
        raise InputError(f"The level is a whole number from 0 to {len(LEVELS)}.")
    takes_fine = torch.arange(len(LEVELS), device=coarse.device) >= level
    return torch.where(takes_fine[:, None], fine[:, None], coarse[:, None])


def borrowed(own: Tensor, others: Tensor, band: str) -> Tensor:
    """`own` but for the levels of a band, which are `others`': (B, STYLE) to (B, levels, STYLE).

    Raises InputError for a band that is none.
    """
    if band not in BANDS:
        raise InputError(f"The band is one of {', '.join(BANDS)}.")
    first, end = BANDS[band]
    level = torch.arange(len(LEVELS), device=own.device)
    theirs = (level >= first) & (level < end)
    return torch.where(theirs[:, None], others[:, None], own[:, None])


def mixtures(generator: Generator, a: Person, b: Person) -> NDArray[np.uint8]:
    """Pictures (levels + 1, 128, 128, 3): from b entirely to a entirely, one more level of a each time."""
    coarse, fine = style_of(generator, a), style_of(generator, b)
    return painted(generator, torch.cat([mixed(coarse, fine, k) for k in range(len(LEVELS) + 1)]))


def table(generator: Generator, a: Sequence[Person], b: Sequence[Person], band: str) -> NDArray[np.uint8]:
    """Pictures ((1 + len(b)) * (1 + len(a)), 128, 128, 3), row by row, as in the paper's figure.

    The first row is nobody and all of `a`; each further one begins with one of `b`, followed by each of `a`
    with that one's styles in a band of levels.
    """
    own = torch.cat([style_of(generator, person) for person in a])
    theirs = torch.cat([style_of(generator, person) for person in b])
    rows = [at_all_levels(own)]
    for style in theirs.split(1):
        rows += [at_all_levels(style), borrowed(own, style.expand_as(own), band)]
    pictures = painted(generator, torch.cat(rows))
    return np.concatenate([np.zeros_like(pictures[:1]), pictures])


def side_by_side(pictures: NDArray[np.uint8], columns: int | None = None) -> Image.Image:
    """Pictures (B, side, side, 3) as one, in rows of so many; all in one row unless said."""
    rows = pictures.reshape(-1, columns or len(pictures), *pictures.shape[1:])  # (rows, columns, H, W, 3)
    count, across, height, width, _ = rows.shape
    return Image.fromarray(rows.transpose(0, 2, 1, 3, 4).reshape(count * height, across * width, 3))


def there_and_back(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """With the way back behind it, so that it can be repeated without a jump."""
    return np.concatenate([pictures, pictures[-2:0:-1]])


def write(pictures: NDArray[np.uint8], path: Path) -> None:
    """An MP4 that every browser plays: H.264, of pictures (B, side, side, 3), enlarged to FILM_SIDE."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
        stream = film.add_stream("libx264", rate=FRAMES_PER_SECOND, options={"crf": "20", "preset": "fast"})
        stream.width = stream.height = FILM_SIDE
        stream.pix_fmt = "yuv420p"
        stream.colorspace = stream.color_primaries = stream.color_trc = Colorspace.ITU709
        for picture in pictures:
            large = Image.fromarray(picture).resize((FILM_SIDE, FILM_SIDE), Image.Resampling.BICUBIC)
            frame = av.VideoFrame.from_image(large)  # type: ignore[no-untyped-call]
            film.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)))
        film.mux(stream.encode(None))


# --- what the page shows before anybody asks ---

START, END = of_year(3, 1900), of_year(8, 2010)
COARSE, FINE = of_year(3, 2000), of_year(8, 1930)
TABLE_A, TABLE_B, TABLE_BAND = (3, 5, 8), (13, 21, 34), "coarse"


def main() -> None:
    house = Runtime(offline=True)
    SHIPPED.mkdir(parents=True, exist_ok=True)
    film = np.concatenate([*filmed(house, [START, END])])
    side_by_side(film).save(SHIPPED / "walk.webp", quality=80, method=6)
    write(there_and_back(film), SHIPPED / "walk.mp4")
    row = house.run(EMBEDDED, lambda model: mixtures(generator_of(model), COARSE, FINE))
    side_by_side(row).save(SHIPPED / "mixtures.webp", quality=85, method=6)
    a = [of_year(seed, COARSE.year) for seed in TABLE_A]
    b = [of_year(seed, FINE.year) for seed in TABLE_B]
    faces = house.run(EMBEDDED, lambda model: table(generator_of(model), a, b, TABLE_BAND))
    side_by_side(faces, 1 + len(a)).save(SHIPPED / "table.webp", quality=85, method=6)


if __name__ == "__main__":
    main()
