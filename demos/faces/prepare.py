"""From portraits of members of the US Congress to faces that a network can learn from.

    python -m demos.faces.prepare --data member_photos --out runs/faces

`member_photos` is a checkout of https://github.com/voteview/member_photos. Writes faces.npz, the same as
faces_webp.npz in a tenth of the size, and counts.json with what became of every portrait.

Reading guide: `look` finds, aligns and measures one portrait; `unfit` says why one is left out; `twins` are
portraits of which there is a better copy; `prepare` puts it all together.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from demos.faces.alignment import SIDE, Aligner, crop, locate, outside
from demos.faces.packing import Faces, save_faces
from demos.faces.photographs import Sorter, fit, in_colour, read_labels, to_grey, traits

Map = Callable[..., Iterable[Any]]  # like the built-in one, perhaps over processes

FACE = 0.4  # score below which a crop is no face, or one in profile or under a hat
ENLARGED = 1.6  # a face smaller than the crop by more than that would be blurred
OUTSIDE = 0.15  # share of the crop that may lie outside the portrait
FIRST = 1855  # members who left before it were painted or engraved
COLOUR_FROM = 1969  # a coloured portrait of one who left before it is a painting, but for a few
# Log-odds up to which a portrait counts as photographed: engravings are as common as photographs up to the
# Civil War, drawings from newspapers until 1910, and rare later.
DRAWN = ((1861, -2.5), (1911, -1.2), (9999, 0.5))
SAME = 0.985  # correlation from which two portraits are one picture
HELD_OUT = 10  # of the people each one whose name hashes to 0 modulo this is kept apart


@dataclass(frozen=True)
class Member:
    icpsr: int  # the number that political scientists know a member by
    name: str
    last: int  # first year of the last congress
    born: int | None
    path: Path

    @property
    def year(self) -> int:
        """About when the portrait was taken, which nobody noted.

        Members left at the age of 54 on average, and those who stayed on for long were taken before: half of
        the years past 52 are taken off, at most 12.
        """
        age = self.last - self.born if self.born else 0
        return self.last - int(np.clip((age - 52) // 2, 0, 12))

    @property
    def held_out(self) -> bool:
        """By person: some have two numbers, because they changed the party or became president."""
        person = f"{self.name.casefold()} {self.born}"
        return int(hashlib.sha256(person.encode()).hexdigest(), 16) % HELD_OUT == 0


def read_members(data: Path) -> list[Member]:
    with (data / "members.csv").open(newline="", encoding="utf-8") as file:
        members = [
            Member(
                int(row["icpsr"]),
                row["name"],
                1787 + 2 * int(row["congress"]),
                int(row["born"]) if row["born"] else None,
                data / row["image"],
            )
            for row in csv.DictReader(file)
        ]
    return sorted(members, key=lambda member: member.icpsr)


@dataclass(frozen=True)
class Portrait:
    member: Member
    picture: np.ndarray  # uint8 RGB (128, 128, 3)
    score: float  # how much it is like a face
    enlarged: float  # pixels of the crop for each one of the portrait
    outside: float  # share of the crop
    colour: bool
    traits: np.ndarray


def look(member: Member, aligner: Aligner) -> Portrait | Member:
    """The aligned face, or the bare member where none was found."""
    with Image.open(member.path) as image:
        whole = np.asarray(image.convert("RGB"))
    found = locate(cv2.cvtColor(whole, cv2.COLOR_RGB2GRAY), aligner)
    if not found:
        return member
    height, width = whole.shape[:2]
    middle = complex(width / 2, height / 2)
    # The largest, and rather one in the middle: someone at the edge may be nearer to the camera.
    best = max(found, key=lambda one: abs(one.pose.turn) - abs(one.pose(0.5 + 0.5j) - middle))
    pose = best.pose
    picture = crop(whole, pose)
    colour = in_colour(picture)
    return Portrait(
        member=member,
        picture=picture if colour else to_grey(picture),
        score=best.score,
        enlarged=SIDE / abs(pose.turn),
        outside=outside(pose, width, height),
        colour=colour,
        traits=traits(picture),
    )


def unfit(portrait: Portrait, sorter: Sorter) -> str | None:
    """Why a portrait is left out, if it is."""
    last = portrait.member.last
    if last < FIRST:
        return "before photography"
    if portrait.score < FACE:
        return "profile, hidden or no face"
    if portrait.colour and last < COLOUR_FROM:
        return "painting"
    limit = next(limit for until, limit in DRAWN if last < until)
    if sorter.log_odds(portrait.traits[None])[0] > limit:
        return "drawing"
    if portrait.enlarged > ENLARGED:
        return "too small"
    return "outside" if portrait.outside > OUTSIDE else None


def twins(portraits: list[Portrait]) -> set[int]:
    """Positions of those of which there is another one, from a larger original."""
    small = np.stack([cv2.resize(one.picture, (32, 32), interpolation=cv2.INTER_AREA) for one in portraits])
    values = small.mean(axis=3).reshape(len(small), -1)
    values = values - values.mean(1, keepdims=True)
    values = (values / (np.linalg.norm(values, axis=1, keepdims=True) + 1e-9)).astype(np.float32)
    order = sorted(range(len(portraits)), key=lambda i: portraits[i].enlarged)  # stable, so by number then
    worse: set[int] = set()
    for rank, i in enumerate(order):
        if i not in worse:
            later = np.array(order[rank + 1 :], dtype=int)
            worse.update(later[values[later] @ values[i] > SAME].tolist())
    return worse


def fit_sorter(portraits: list[Portrait]) -> Sorter:
    labels = read_labels()
    known = [one for one in portraits if one.member.icpsr in labels]
    return fit(
        np.stack([one.traits for one in known]), np.array([labels[one.member.icpsr] for one in known], float)
    )


def prepare(members: list[Member], each: Map = map) -> tuple[Faces, Counter[str]]:
    """The faces, and how many portraits were left out for what reason."""
    counts: Counter[str] = Counter()
    seen = list(each(partial(look, aligner=Aligner.read()), members))
    portraits = [one for one in seen if isinstance(one, Portrait)]
    counts["no face"] = len(seen) - len(portraits)
    sorter = fit_sorter(portraits)
    kept = []
    for portrait in portraits:
        reason = unfit(portrait, sorter)
        counts[reason or "kept"] += 1
        if not reason:
            kept.append(portrait)
    worse = twins(kept)
    kept = [one for i, one in enumerate(kept) if i not in worse]
    counts["twin"], counts["kept"] = len(worse), len(kept)
    counts["in colour"] = sum(one.colour for one in kept)
    counts["held out"] = sum(one.member.held_out for one in kept)
    return as_arrays(kept), counts


def as_arrays(portraits: list[Portrait]) -> Faces:
    return {
        "images": np.stack([one.picture for one in portraits]),
        "year": np.array([one.member.year for one in portraits], np.int16),
        "colour": np.array([one.colour for one in portraits]),
        "held_out": np.array([one.member.held_out for one in portraits]),
        "icpsr": np.array([one.member.icpsr for one in portraits], np.int32),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a checkout of voteview/member_photos")
    parser.add_argument("--out", type=Path, default=Path("runs/faces"))
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()

    cv2.setNumThreads(1)
    with Pool(options.processes) as pool:
        faces, counts = prepare(read_members(options.data), partial(pool.imap, chunksize=20))
    options.out.mkdir(parents=True, exist_ok=True)
    save_faces(options.out / "faces.npz", faces)
    save_faces(options.out / "faces_webp.npz", faces)
    (options.out / "counts.json").write_text(json.dumps(counts, indent=2) + "\n")
    for reason, count in counts.most_common():
        print(f"{count:6} {reason}")


if __name__ == "__main__":
    main()
