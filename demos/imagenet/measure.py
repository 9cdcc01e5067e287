"""Measure a network on pictures whose class is known: top-1, top-5, confusions, calibration.

Reading guide: `measure` reads, predicts and reports while it goes; `summarise` turns the answers
into a `Report` and is all the mathematics there is.
"""

from __future__ import annotations

import csv
import io
import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.imagenet import engine
from demos.imagenet.names import ClassNames
from demos.imagenet.pictures import Labelled, Pictures
from gallery.inputs import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

    from gallery.runtime import Runtime
    from gallery.weights import ModelSpec

BATCH = 32  # pictures
BATCH_PIXELS = 20_000_000  # of all pictures that wait in one batch: 60 MB
BETWEEN_UPDATES = 0.1  # seconds
BETWEEN_REPORTS = 3.0  # seconds
WORST_PAIRS = 10
EXAMPLES = 3  # pictures of each worst pair
BINS = 10  # of the calibration
Z = 1.959964  # standard deviations on each side that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Answer:
    """One picture: its class, the network's five best classes, and the probability of the first."""

    name: str
    truth: int
    best: tuple[int, ...]
    probability: float


@dataclass(frozen=True)
class Share:
    """`hits` of `total`."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        return self.hits / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies with 95 % confidence, if these were drawn at random.

        Wilson 1927, J. Am. Stat. Assoc. 22:209; unlike the usual plus-minus it stays within 0 and 1.
        """
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
        spread = Z / (1 + Z * Z / n) * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        low = 0.0 if self.hits == 0 else centre - spread  # exactly, whatever the rounding
        high = 1.0 if self.hits == n else centre + spread
        return low, high


@dataclass(frozen=True)
class ClassResult:
    """How one class fared."""

    index: int
    top1: Share
    top5: Share


@dataclass(frozen=True)
class Confusion:
    """Pictures of class `truth` that were taken for class `guess`; `share` is of all with that truth."""

    truth: int
    guess: int
    share: Share
    names: tuple[str, ...]


@dataclass(frozen=True)
class Bin:
    """Pictures on which the network was about equally sure. `confidence` is its mean, 0 to 1."""

    low: float
    high: float
    confidence: float
    right: Share


@dataclass(frozen=True)
class Report:
    """What was measured. `calibration_error` is the mean gap between being sure and being right."""

    answers: tuple[Answer, ...]
    top1: Share
    top5: Share
    classes: tuple[ClassResult, ...]  # worst first
    confusions: tuple[Confusion, ...]  # most frequent first
    bins: tuple[Bin, ...]
    calibration_error: float


@dataclass(frozen=True)
class Update:
    """How far it is. `report` is there now and then, and at the end; `notes` say what was left out."""

    done: int
    total: int
    top1: Share
    top5: Share
    seconds: float
    notes: tuple[str, ...] = ()
    report: Report | None = None
    finished: bool = False

    @property
    def stopped(self) -> bool:
        """Whether it ended before the last picture."""
        return self.finished and self.done < self.total


def measure(
    pictures: Pictures,
    spec: ModelSpec,
    runtime: Runtime,
    *,
    stop: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Update, None, None]:
    """Yields at most ten updates a second, and the whole report last.

    Once `stop()` says so, no further picture is read and the report is of those measured so far.
    Closing the generator ends it without a report. Both close `pictures`. At no time are more
    pictures in memory than one batch. Raises InputError where there is nothing to measure.
    """
    answers: list[Answer] = []
    hits = Counter[str]()
    started = clock()
    told = reported = started - BETWEEN_UPDATES

    def update(report: bool = False, finished: bool = False) -> Update:
        return Update(
            done=done,
            total=len(pictures.labelled),
            top1=Share(hits["top1"], len(answers)),
            top5=Share(hits["top5"], len(answers)),
            seconds=clock() - started,
            notes=tuple(pictures.notes()),
            report=summarise(answers) if report else None,
            finished=finished,
        )

    try:
        done = 0
        if not pictures.labelled:
            raise InputError(" ".join(["No picture with a class was found.", *update().notes[:3]]))
        yield update()
        batch: list[tuple[Labelled, Image]] = []
        for labelled in pictures.labelled:
            if stop():
                break
            done += 1
            try:
                batch.append((labelled, pictures.read(labelled.name)))
            except InputError as error:
                pictures.left_out.add(str(error).rstrip("."), labelled.name)
            full = len(batch) == BATCH or sum(image.width * image.height for _, image in batch) > BATCH_PIXELS
            if batch and (full or done == len(pictures.labelled)):
                for answer in answer_batch(batch, spec, runtime):
                    answers.append(answer)
                    hits["top1"] += answer.truth == answer.best[0]
                    hits["top5"] += answer.truth in answer.best
                batch = []
            now = clock()
            if now - told >= BETWEEN_UPDATES:
                with_report = now - reported >= BETWEEN_REPORTS and bool(answers)
                told, reported = now, now if with_report else reported
                yield update(report=with_report)
        if not answers and done == len(pictures.labelled):
            raise InputError(" ".join(["None of the pictures could be read.", *update().notes[:3]]))
        yield update(report=bool(answers), finished=True)
    finally:
        pictures.close()


def answer_batch(batch: Sequence[tuple[Labelled, Image]], spec: ModelSpec, runtime: Runtime) -> list[Answer]:
    scores = engine.probabilities([image for _, image in batch], spec, runtime)  # (N, classes)
    best = top_k(scores, 5)
    return [
        Answer(labelled.name, labelled.truth, tuple(int(i) for i in indices), float(row[indices[0]]))
        for (labelled, _), row, indices in zip(batch, scores, best, strict=True)
    ]


def top_k(scores: np.ndarray, k: int) -> np.ndarray:
    """Indices of the `k` largest of each row, largest first; of equals the lower index. (N, k)"""
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def summarise(answers: Sequence[Answer]) -> Report:
    by_class: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_class[answer.truth].append(answer)
    classes = [
        ClassResult(truth, share_of(group, 1), share_of(group, 5)) for truth, group in by_class.items()
    ]
    bins, error = calibration(answers)
    return Report(
        answers=tuple(answers),
        top1=share_of(answers, 1),
        top5=share_of(answers, 5),
        classes=tuple(sorted(classes, key=lambda one: (one.top1.value, one.top5.value, one.index))),
        confusions=worst_pairs(by_class),
        bins=bins,
        calibration_error=error,
    )


def share_of(answers: Sequence[Answer], k: int) -> Share:
    """How often the class is among the first `k`."""
    return Share(sum(answer.truth in answer.best[:k] for answer in answers), len(answers))


def worst_pairs(by_class: dict[int, list[Answer]]) -> tuple[Confusion, ...]:
    pairs: dict[tuple[int, int], list[str]] = defaultdict(list)
    for truth, group in by_class.items():
        for answer in group:
            if answer.best[0] != truth:
                pairs[truth, answer.best[0]].append(answer.name)
    confusions = [
        Confusion(truth, guess, Share(len(names), len(by_class[truth])), tuple(names[:EXAMPLES]))
        for (truth, guess), names in pairs.items()
    ]
    confusions.sort(key=lambda one: (-one.share.hits, -one.share.value, one.truth, one.guess))
    return tuple(confusions[:WORST_PAIRS])


def calibration(answers: Sequence[Answer]) -> tuple[tuple[Bin, ...], float]:
    """The non-empty of ten equal bins, and the expected calibration error over them.

    Guo et al. 2017 (https://arxiv.org/abs/1706.04599).
    """
    gathered: dict[int, list[Answer]] = defaultdict(list)
    for answer in answers:
        gathered[min(int(answer.probability * BINS), BINS - 1)].append(answer)
    bins, error = [], 0.0
    for number, group in sorted(gathered.items()):
        confidence = sum(answer.probability for answer in group) / len(group)
        right = share_of(group, 1)
        bins.append(Bin(number / BINS, (number + 1) / BINS, confidence, right))
        error += len(group) / len(answers) * abs(right.value - confidence)
    return tuple(bins), error


def as_csv(answers: Sequence[Answer], names: ClassNames) -> str:
    """A table for a spreadsheet: one row for each picture."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    guess_titles = [f"guess {place}" for place in range(1, 6)]
    writer.writerow(["picture", "class", *guess_titles, "probability of guess 1", "top-1", "top-5"])
    for answer in answers:
        guesses = [names.title(index) for index in answer.best]
        row = [harmless(answer.name), names.title(answer.truth), *guesses, f"{answer.probability:.4f}"]
        writer.writerow([*row, int(answer.truth == answer.best[0]), int(answer.truth in answer.best)])
    return text.getvalue()


def harmless(cell: str) -> str:
    """A file's name that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def as_numbers(update: Update, names: ClassNames) -> dict[str, object]:
    """The report as JSON, for the API."""
    report = update.report
    assert report is not None
    return {
        "pictures": report.top1.total,
        "top1": report.top1.value,
        "top1_interval": report.top1.interval,
        "top5": report.top5.value,
        "top5_interval": report.top5.interval,
        "calibration_error": report.calibration_error,
        "confusions": [
            {"class": names.title(one.truth), "taken_for": names.title(one.guess), "pictures": one.share.hits}
            for one in report.confusions
        ],
        "classes": [
            {
                "class": names.title(one.index),
                "pictures": one.top1.total,
                "top1": one.top1.value,
                "top5": one.top5.value,
            }
            for one in report.classes
        ],
        "left_out": list(update.notes),
        "seconds": update.seconds,
    }
