"""Is it a copy? The nearest faces of the training set beside a made one, and how near real people are.

    python -m demos.faces.neighbours --faces runs/faces/faces.npz

packs the index that ships: features and thumbnails of all training faces, and for each portrait that was kept
apart how far its nearest training face is; then it compares the face that the page shows first.

Reading guide: `Index` is that file, `ranked` finds the nearest, `compared` does it all for one person.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from demos.faces import features
from demos.faces.distances import squared_distances
from demos.faces.engine import Person, without_styles
from demos.faces.features import features_of
from demos.faces.models import DCGAN
from demos.faces.portraits import PACKED, Real
from gallery.runtime import Runtime

INDEX = Path(__file__).parents[2] / "assets" / "images" / "faces" / "training.npz"
SHOWN = 6
THUMBNAIL = 64  # pixels a side: enough to see whether it is a copy, too few for anything else
QUALITY = 50
COMPARED = 32  # pixels a side at which pixels are compared
STEPS = 127  # of a feature, to either side
# Some photographs are filed twice. They are 0.1 to 0.3 from each other, and no two others less than 2.8.
SAME_PHOTOGRAPH = 1.5
FIRST_PERSON = Person(14, 2003, colour=True)
FIRST = Path(__file__).with_name("copies_first.json")


@dataclass(frozen=True)
class Nearest:
    """A training face by its number. `mirrored` says that its mirror image is what is near."""

    number: int
    distance: float
    mirrored: bool


@dataclass(frozen=True)
class Comparison:
    """What is near a face (128, 128, 3). `share` of real faces have a nearer one than this."""

    picture: NDArray[np.uint8]
    by_features: tuple[Nearest, ...]
    by_pixels: tuple[Nearest, ...]
    share: float

    @classmethod
    def read(cls, path: Path) -> Comparison:
        kept = json.loads(path.read_text(encoding="utf-8"))
        packed = io.BytesIO(base64.b64decode(kept["picture"]))
        near = [tuple(Nearest(**one) for one in kept[name]) for name in ("by_features", "by_pixels")]
        return cls(np.array(Image.open(packed).convert("RGB")), near[0], near[1], kept["share"])

    def save(self, path: Path) -> None:
        packed = io.BytesIO()
        Image.fromarray(self.picture).save(packed, "WEBP", lossless=True)
        kept: dict[str, Any] = {"picture": base64.b64encode(packed.getvalue()).decode(), "share": self.share}
        for name, near in (("by_features", self.by_features), ("by_pixels", self.by_pixels)):
            kept[name] = [asdict(one) for one in near]
        path.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Index:
    """All training faces. `steps` times `scale` are the features, `held_out` the distances from each portrait
    that was kept apart to the training face that is nearest to it, ascending."""

    steps: NDArray[np.int8]  # (N, FEATURES)
    scale: NDArray[np.float32]  # (FEATURES,)
    held_out: NDArray[np.float32]
    thumbnails: NDArray[np.uint8]  # WebP files, one behind the other
    ends: NDArray[np.int64]  # (N,)

    @classmethod
    def read(cls, path: Path) -> Index:
        with np.load(path) as kept:
            return cls(**{name: kept[name] for name in cls.__dataclass_fields__})

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    def __len__(self) -> int:
        return len(self.ends)

    @cached_property
    def features(self) -> NDArray[np.float32]:
        """(N, FEATURES)"""
        return self.steps * self.scale

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """(N, COMPARED * COMPARED * 3), from the thumbnails; takes a second or two."""
        return small(np.stack([np.asarray(self.thumbnail(i)) for i in range(len(self))]))

    def file(self, number: int) -> bytes:
        """A thumbnail as WebP."""
        start = self.ends[number - 1] if number else 0
        return self.thumbnails[start : self.ends[number]].tobytes()

    def thumbnail(self, number: int) -> Image.Image:
        return Image.open(io.BytesIO(self.file(number))).convert("RGB")

    def share(self, distance: float) -> float:
        """Of the portraits kept apart, those whose nearest training face is nearer than that."""
        return float((self.apart < distance).mean())

    @property
    def apart(self) -> NDArray[np.float32]:
        """The distances without those of portraits whose very photograph is in the training set, too."""
        return self.held_out[self.held_out >= SAME_PHOTOGRAPH]


@cache
def index() -> Index:
    """The one that ships. Raises OSError where the file is missing."""
    return Index.read(INDEX)


@cache
def first() -> Comparison:
    """What the page shows before anybody asks: FIRST_PERSON."""
    return Comparison.read(FIRST)


def small(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, H, W, 3) as (N, COMPARED * COMPARED * 3)."""
    size = (COMPARED, COMPARED)
    reduced = [Image.fromarray(image).resize(size, Image.Resampling.BOX) for image in images]
    return np.stack([np.asarray(image).ravel() for image in reduced])


def both_ways(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A face (H, W, 3) and its mirror image: half of the training was done in the mirror."""
    return np.stack([picture, picture[:, ::-1]])


def ranked(seen: NDArray[np.floating], known: NDArray[Any], count: int = SHOWN) -> tuple[Nearest, ...]:
    """The nearest of `known` (N, D) to a face and its mirror image (2, D), by the nearer of the two."""
    table = np.concatenate([*squared_distances(known, seen)])  # (N, 2)
    best = table.min(axis=1)
    order = np.argsort(best, kind="stable")[:count]
    return tuple(Nearest(int(i), float(np.sqrt(best[i])), bool(table[i].argmin())) for i in order)


def compared(person: Person, house: Runtime) -> Comparison:
    """Paints the person and looks around. Raises InputError, WeightsError."""
    (picture,) = house.run(DCGAN, lambda model: without_styles(model, [person]))
    return compare(picture, index(), house)


def compare(picture: NDArray[np.uint8], known: Index, house: Runtime) -> Comparison:
    def look(model: nn.Module) -> Comparison:
        pair = both_ways(picture)
        near = ranked(features_of(model, pair), known.features)
        by_pixels = ranked(small(pair).astype(np.float32), known.pixels)
        # As the root of the mean square over all pixels and colours, in levels of 255.
        root = np.sqrt(known.pixels.shape[1])
        by_pixels = tuple(Nearest(one.number, float(one.distance / root), one.mirrored) for one in by_pixels)
        return Comparison(picture, near, by_pixels, known.share(near[0].distance))

    return house.run(features.SPEC, look)


def packed(training: Real, held_out: Real, judge: nn.Module) -> Index:
    """The index of these faces."""
    seen = features_of(judge, training.images)
    scale = np.abs(seen).max(axis=0).clip(min=1e-6) / STEPS
    steps = np.round(seen / scale).astype(np.int8)
    files = [webp(image) for image in training.images]
    found = Index(
        steps, scale.astype(np.float32), np.zeros(0, np.float32),
        np.frombuffer(b"".join(files), np.uint8), np.cumsum([len(file) for file in files]),
    )  # fmt: skip
    straight, in_mirror = (features_of(judge, held_out.images[:, :, ::way]) for way in (1, -1))
    apart = nearest_distances(straight, in_mirror, found.features)
    return Index(found.steps, found.scale, np.sort(apart), found.thumbnails, found.ends)


def nearest_distances(
    seen: NDArray[np.float32], in_mirror: NDArray[np.float32], known: NDArray[np.float32]
) -> NDArray[np.float32]:
    """From each face, or its mirror image if that is nearer, to the nearest of `known`."""
    ways = [
        np.concatenate([rows.min(axis=1) for rows in squared_distances(way, known)])
        for way in (seen, in_mirror)
    ]
    found: NDArray[np.float32] = np.sqrt(np.minimum(*ways)).astype(np.float32)
    return found


def webp(image: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    size = (THUMBNAIL, THUMBNAIL)
    Image.fromarray(image).resize(size, Image.Resampling.LANCZOS).save(
        stream, "WEBP", quality=QUALITY, method=6
    )
    return stream.getvalue()


def numbers(near: Sequence[Nearest]) -> list[dict[str, float | bool]]:
    """For programs: distances, and no pictures."""
    return [{"distance": round(one.distance, 4), "mirrored": one.mirrored} for one in near]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--faces", type=Path, default=PACKED, help="what prepare.py made")
    parser.add_argument("--out", type=Path, default=INDEX)
    options = parser.parse_args()
    training, held_out = (Real.read(options.faces, held_out=apart) for apart in (False, True))
    house = Runtime(offline=True)
    house.run(features.SPEC, lambda judge: packed(training, held_out, judge)).save(options.out)
    known = Index.read(options.out)
    (picture,) = house.run(DCGAN, lambda model: without_styles(model, [FIRST_PERSON]))
    compare(picture, known, house).save(FIRST)
    print(f"{len(known)} faces, {options.out.stat().st_size:,} bytes in {options.out}")
    print(f"nearest to portraits kept apart: {np.quantile(known.held_out, (0, 0.05, 0.5, 0.95, 1)).round(3)}")


if __name__ == "__main__":
    main()
