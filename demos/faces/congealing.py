"""Learns where faces lie from rough guesses, by making all faces agree with each other.

    python -m demos.faces.congealing --data member_photos      (writes aligner.npz)

Reading guide: `first_guess` is what the Haar cascades say of a picture. `fit` moves known poses by chance and
learns, stage by stage, how to move them back. Eyes that were seen wrongly disagree with all others and are
noise to a linear map, so its answers are better than the guesses it learnt from: `congeal` lets two halves of
the faces correct each other, and learns again from the better poses. `fit_judge` learns what is no face.
"""

from __future__ import annotations

import argparse
import cmath
import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from demos.faces.alignment import (
    CENTRE,
    LOOK,
    PATH,
    Aligner,
    Box,
    Pose,
    boxes,
    cascade,
    crop,
    evened,
    from_box,
    from_eyes,
    gradients,
    inverse_move,
)

Map = Callable[..., Iterable[Any]]  # like the built-in one, perhaps over processes
Face = tuple[Path, Pose]  # a picture and where in it the face is

# Standard deviations of log-scale, angle and shift that a stage learns to undo.
STAGES = ((0.13, 0.12, 0.05), (0.06, 0.06, 0.025), (0.035, 0.03, 0.015))
MOVES = 3  # that are undone of each face, and places without a face that are shown of each picture
RIDGE = 30.0
SURE = 0.02  # spread up to which a pose is learnt from
ROUNDS = 2


@dataclass(frozen=True)
class Eye:
    """Centre and side of an eye, in sides of the face's box."""

    x: float
    y: float
    side: float


def eyes(grey: np.ndarray, box: Box) -> list[Eye]:
    """What the eye cascades see in the upper part of a face."""
    picture, enlarged = evened(grey)
    left, top, side = (round(value * enlarged) for value in box)
    part = picture[max(0, top) : top + int(0.6 * side), max(0, left) : left + side]
    zoom = 200 / side
    part = cv2.resize(part, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_CUBIC)
    seen = [
        one
        for name in ("eye", "eye_tree_eyeglasses")
        for one in cascade(name).detectMultiScale(part, 1.05, 3, minSize=(26, 26), maxSize=(80, 80))
    ]
    return [Eye((x + width / 2) / 200, (y + width / 2) / 200, width / 200) for x, y, width, _ in seen]


def pair_of(seen: list[Eye]) -> tuple[Eye, Eye] | None:
    """The left and the right eye, where two lie as eyes lie in a face."""
    lefts = [eye for eye in seen if 0.18 < eye.x < 0.45 and 0.25 < eye.y < 0.52]
    rights = [eye for eye in seen if 0.55 < eye.x < 0.82 and 0.25 < eye.y < 0.52]
    pairs = [(left, right) for left in lefts for right in rights if plausible(left, right)]
    return min(pairs, key=lambda pair: oddness(*pair), default=None)


def plausible(left: Eye, right: Eye) -> bool:
    level = abs(right.y - left.y) < 0.08
    return level and 0.28 < right.x - left.x < 0.5 and 0.6 < left.side / right.side < 1.6


def oddness(left: Eye, right: Eye) -> float:
    """How far a pair is from where eyes are on average."""
    return abs(right.x - left.x - 0.38) + abs((left.x + right.x) / 2 - 0.5) + abs(right.y - left.y)


@dataclass(frozen=True)
class Guess:
    path: Path
    pose: Pose
    has_eyes: bool  # or it is a mere box


def first_guess(path: Path) -> Guess | None:
    """The largest face of a picture."""
    grey = read_grey(path)
    box = max(boxes(grey), key=lambda box: box[2], default=None)
    if box is None:
        return None
    pair = pair_of(eyes(grey, box))
    if pair is None:
        return Guess(path, from_box(box), has_eyes=False)
    left, top, side = box
    return Guess(
        path, from_eyes(*(complex(left + eye.x * side, top + eye.y * side) for eye in pair)), has_eyes=True
    )


def read_grey(path: Path) -> np.ndarray:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise FileNotFoundError(path)
    return grey


def generator_for(path: Path, seed: int) -> np.random.Generator:
    """Its own for each picture, so that nothing depends on the number of processes."""
    return np.random.default_rng([seed, *path.stem.encode()])


def moved_faces(face: Face, stage: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Gradients (MOVES, 1764) of a face out of place, and the moves (MOVES, 4) back into it."""
    path, pose = face
    grey, rng = read_grey(path), generator_for(path, seed + stage)
    seen, back = [], []
    for _ in range(MOVES):
        scale, angle, x, y = rng.normal(0, np.take(STAGES[stage], (0, 1, 2, 2)))
        rho, shift = complex(scale, angle), complex(x, y)
        seen.append(gradients(crop(grey, pose.moved(rho, shift), LOOK)))
        undo, shift_back = inverse_move(rho, shift)
        back.append((undo.real, undo.imag, shift_back.real, shift_back.imag))
    return np.array(seen), np.array(back, np.float32)


def ridge(seen: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The linear map, its last row an offset, that minimises squared error + RIDGE * squared weights."""
    inputs = np.concatenate([seen, np.ones((len(seen), 1), np.float32)], 1)
    gram = (inputs.T @ inputs).astype(np.float64)
    penalty = np.full(len(gram), RIDGE)
    penalty[-1] = 0
    return np.linalg.solve(gram + np.diag(penalty), inputs.T @ wanted).astype(np.float32)


def fit(faces: list[Face], seed: int, each: Map = map) -> np.ndarray:
    """The aligner's maps (stages, 1764 + 1, 4)."""
    maps = []
    for stage in range(len(STAGES)):
        seen, back = zip(*each(partial(moved_faces, stage=stage, seed=seed), faces), strict=True)
        maps.append(ridge(np.concatenate(seen), np.concatenate(back)))
    return np.stack(maps)


def settled(face: Face, aligner: Aligner) -> Face | None:
    """Where the aligner says that the face is, if it is sure."""
    path, pose = face
    found = aligner.settle(read_grey(path), pose)
    return (path, found.pose) if found.spread < SURE else None


def congeal(guesses: list[Guess], seed: int = 0, each: Map = map) -> list[Face]:
    """The faces that the aligner is sure about, each laid by maps that have not learnt from it."""
    blank = np.zeros(gradients(np.zeros((LOOK, LOOK), np.uint8)).size + 1, np.float32)
    faces = [(guess.path, guess.pose) for guess in guesses if guess.has_eyes]
    rest = [(guess.path, guess.pose) for guess in guesses if not guess.has_eyes]
    for number in range(ROUNDS):
        halves, others = (faces[::2], faces[1::2]), (rest[::2], rest[1::2])
        better: list[Face] = []
        for k in range(2):
            aligner = Aligner(fit(halves[k], seed + 10 * number + 5 * k, each), blank)
            todo = halves[1 - k] + others[1 - k]
            better += [face for face in each(partial(settled, aligner=aligner), todo) if face]
        faces, rest = centred(better, guesses), []
        print(f"round {number + 1}: {len(faces)} faces", flush=True)
    return faces


def centred(faces: list[Face], guesses: list[Guess]) -> list[Face]:
    """All moved alike, so that the eyes that the cascades saw lie at their places on average (median).

    Faces that only agree with each other might all drift away together.
    """
    eyes_of = {guess.path: guess.pose for guess in guesses if guess.has_eyes}
    off = [relative(pose, eyes_of[path]) for path, pose in faces if path in eyes_of]
    scale, angle, x, y = np.median(
        [(rho.real, rho.imag, shift.real, shift.imag) for rho, shift in off], axis=0
    )
    return [(path, pose.moved(complex(scale, angle), complex(x, y))) for path, pose in faces]


def relative(pose: Pose, goal: Pose) -> tuple[complex, complex]:
    """The move (log-scale + i angle, shift) that takes one pose to the other."""
    return cmath.log(goal.turn / pose.turn), (goal(CENTRE) - pose(CENTRE)) / pose.turn


def judged_places(face: Face, aligner: Aligner, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Gradients (2 MOVES, 1764) of the face and of where the aligner ends elsewhere; 1 for a face, or -1.

    A face that is far too large or too small in the crop is none, either.
    """
    path, pose = face
    grey, rng = read_grey(path), generator_for(path, seed)
    seen: list[np.ndarray] = []
    wanted: list[float] = []
    while len(seen) < 2 * MOVES:
        if len(seen) < MOVES:
            rho, shift = complex(*rng.normal(0, 0.02, 2)), complex(*rng.normal(0, 0.008, 2))
            place, label = pose.moved(rho, shift), 1.0
        else:
            rho, shift = complex(*rng.normal(0, (0.5, 0.4))), complex(*rng.normal(0, 0.5, 2))
            place, label = aligner.refine(grey, pose.moved(rho, shift)), -1.0
            rho, shift = relative(pose, place)
            if abs(rho) < 0.2 and abs(shift) < 0.1:
                if rng.random() < 0.9:
                    continue  # it found the face
                place, label = pose, 1.0
        seen.append(gradients(crop(grey, place, LOOK)))
        wanted.append(label)
    return np.array(seen), np.array(wanted, np.float32)


def fit_judge(faces: list[Face], aligner: Aligner, seed: int = 0, each: Map = map) -> np.ndarray:
    """The aligner's judge (1764 + 1,)."""
    seen, wanted = zip(*each(partial(judged_places, aligner=aligner, seed=seed), faces), strict=True)
    return ridge(np.concatenate(seen), np.concatenate(wanted))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a checkout of voteview/member_photos")
    parser.add_argument("--out", type=Path, default=PATH)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()

    cv2.setNumThreads(1)
    with Pool(options.processes) as pool:
        each = partial(pool.imap, chunksize=20)
        with (options.data / "members.csv").open(newline="", encoding="utf-8") as file:
            paths = [options.data / row["image"] for row in csv.DictReader(file)]
        guesses = [guess for guess in each(first_guess, paths) if guess]
        print(
            f"{len(paths)} pictures, {len(guesses)} faces, {sum(g.has_eyes for g in guesses)} with eyes",
            flush=True,
        )
        faces = congeal(guesses, each=each)
        aligner = Aligner(fit(faces, 99, each), np.zeros(0))
        judge = fit_judge(faces, aligner, each=each)
    np.savez_compressed(options.out, maps=aligner.maps.astype(np.float16), judge=judge.astype(np.float16))


if __name__ == "__main__":
    main()
