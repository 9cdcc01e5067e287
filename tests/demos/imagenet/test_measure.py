"""Measure: the mathematics against brute force, and the run."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from demos.imagenet import engine, measure
from demos.imagenet.measure import Answer, Share, Update, as_csv, as_numbers, summarise, top_k
from demos.imagenet.models import EMBEDDED
from demos.imagenet.names import ClassNames
from demos.imagenet.pictures import (
    FilePictures,
    ZipPictures,
)
from gallery.inputs import InputError
from tests.demos.imagenet.packing import NAMES, Packed, jpeg

# ---- mathematics ------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(1, 3000), st.data())
def test_wilson_interval_solves_its_equation(total: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, total))
    low, high = Share(hits, total).interval
    p = hits / total
    assert 0 <= low <= p + 1e-12
    assert p - 1e-12 <= high <= 1
    for bound in (low, high):
        # The bounds are where the observed share lies 1.96 standard errors of the bound away.
        if 0 < bound < 1:
            assert (p - bound) ** 2 == pytest.approx(1.959964**2 * bound * (1 - bound) / total, abs=1e-12)


def test_wilson_interval_of_published_examples() -> None:
    assert Share(0, 0).interval == (0, 1)
    assert Share(15, 148).interval == pytest.approx((0.0624, 0.1605), abs=1e-4)  # Newcombe 1998, table I
    assert Share(81, 263).interval == pytest.approx((0.2553, 0.3662), abs=1e-4)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=7, max_size=7), min_size=1, max_size=8), st.integers(1, 5)
)
def test_top_k_is_sorting_by_hand(rows: list[list[int]], k: int) -> None:
    found = top_k(np.array(rows, np.float32), k)
    for row, indices in zip(rows, found.tolist(), strict=True):
        assert indices == sorted(range(7), key=lambda i: (-row[i], i))[:k]


answers = st.lists(
    st.builds(
        lambda truth, best, probability, number: Answer(f"{number}.jpg", truth, tuple(best), probability),
        st.integers(0, 6),
        st.permutations(range(7)).map(lambda order: order[:5]),
        st.floats(0, 1),
        st.integers(0, 10**6),
    ),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)
@given(answers)
def test_the_report_is_what_counting_by_hand_gives(given_answers: list[Answer]) -> None:
    report = summarise(given_answers)
    n = len(given_answers)
    assert report.top1 == Share(sum(a.best[0] == a.truth for a in given_answers), n)
    assert report.top5 == Share(sum(a.truth in a.best for a in given_answers), n)
    wrong = Counter((a.truth, a.best[0]) for a in given_answers if a.best[0] != a.truth)
    shown = {(c.truth, c.guess): c.share.hits for c in report.confusions}
    assert len(shown) == min(10, len(wrong))
    assert sorted(shown.values(), reverse=True) == [count for _, count in wrong.most_common(10)]
    for pair, count in shown.items():
        assert wrong[pair] == count
    assert sum(one.top1.total for one in report.classes) == n
    for one in report.classes:
        group = [a for a in given_answers if a.truth == one.index]
        assert one.top1 == Share(sum(a.best[0] == a.truth for a in group), len(group))
    error = 0.0
    for low in range(10):
        group = [a for a in given_answers if low == min(int(a.probability * 10), 9)]
        if group:
            right = sum(a.best[0] == a.truth for a in group) / len(group)
            error += len(group) / n * abs(right - sum(a.probability for a in group) / len(group))
    assert report.calibration_error == pytest.approx(error)
    assert sum(one.right.total for one in report.bins) == n


# ---- the run ----------------------------------------------------------------------------


class Stand:
    """In place of the engine: says class 0 for red pictures, class 1 for all others."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.batches: list[int] = []
        monkeypatch.setattr(engine, "probabilities", self.probabilities)

    def probabilities(self, images: list[Image.Image], *_: Any) -> np.ndarray:
        self.batches.append(len(images))
        scores = np.full((len(images), 200), 0.001, np.float32)
        for row, image in zip(scores, images, strict=True):
            pixel = image.getpixel((0, 0))
            row[0 if isinstance(pixel, tuple) and pixel[0] > 128 else 1] = 0.8
        return scores


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> Stand:
    return Stand(monkeypatch)


def run(pictures: Any, seconds: float = 0.04) -> list[Update]:
    """All updates, on a clock that shows `seconds` more at every look."""
    now = iter(range(10**9))
    return list(measure.measure(pictures, EMBEDDED, cast(Any, None), clock=lambda: next(now) * seconds))


def test_a_run_counts_right_wrong_and_unreadable(packed: Packed, stand: Stand) -> None:
    first, second = NAMES.title(0), NAMES.title(1)
    files = {f"{first}/{i}.jpg": jpeg() for i in range(40)}
    files |= {f"{second}/{i}.jpg": jpeg(colour="red") for i in range(30)}
    files |= {f"{first}/text.jpg": b"no picture", f"{first}/cut.jpg": jpeg((200, 200))[:300]}
    pictures = ZipPictures(packed(files), NAMES)
    *between, last = run(pictures)
    assert last.finished
    assert last.report is not None
    assert last.report.top1 == Share(40, 70)
    (pair,) = last.report.confusions
    assert (pair.truth, pair.guess, pair.share) == (1, 0, Share(30, 30))
    assert len(pair.names) == 3
    assert pictures.left_out.count == 2
    assert any("text.jpg" in note for note in last.notes)
    assert any("cut.jpg" in note for note in last.notes)
    assert [update.done for update in between] == sorted(update.done for update in between)
    assert max(stand.batches) <= measure.BATCH
    assert last.total == 72


def test_at_most_ten_updates_a_second(packed: Packed, stand: Stand) -> None:
    files = {f"goldfish/{i}.jpg": jpeg((8, 8)) for i in range(300)}
    updates = run(ZipPictures(packed(files), NAMES), seconds=0.01)
    seconds = updates[-1].seconds
    assert seconds > 3
    assert len(updates) <= 10 * seconds + 2


def test_stop_closes_the_zip_and_predicts_no_more(packed: Packed, stand: Stand) -> None:
    files = {f"goldfish/{i}.jpg": jpeg((8, 8)) for i in range(200)}
    pictures = ZipPictures(packed(files), NAMES)
    work = measure.measure(pictures, EMBEDDED, cast(Any, None), clock=iter(range(10**6)).__next__)
    while not stand.batches:
        next(work)
    work.close()
    assert stand.batches == [measure.BATCH]
    assert pictures.archive.fp is None


def test_stop_reports_what_was_measured_until_then(packed: Packed, stand: Stand) -> None:
    files = {f"goldfish/{i}.jpg": jpeg((8, 8)) for i in range(200)}
    pictures = ZipPictures(packed(files), NAMES)
    *_, last = measure.measure(pictures, EMBEDDED, cast(Any, None), stop=lambda: bool(stand.batches))
    assert last.stopped
    assert last.finished
    assert (last.done, last.total) == (measure.BATCH, 200)
    assert last.report is not None
    assert last.report.top1.total == measure.BATCH
    assert pictures.archive.fp is None
    pictures = ZipPictures(packed(files), NAMES)
    *_, last = measure.measure(pictures, EMBEDDED, cast(Any, None), stop=lambda: True)
    assert last.stopped
    assert last.report is None


def test_nothing_is_written_to_the_disk(packed: Packed, stand: Stand, tmp_path: Path) -> None:
    path = packed({"goldfish/1.jpg": jpeg(), "../goldfish/2.jpg": jpeg()})
    before = sorted(tmp_path.parent.rglob("*"))
    run(ZipPictures(path, NAMES))
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_nothing_to_measure_is_said_in_words(packed: Packed, stand: Stand) -> None:
    with pytest.raises(InputError, match=r"No picture with a class was found\. 1 picture of “unicorn”"):
        run(ZipPictures(packed({"unicorn/1.jpg": jpeg()}), NAMES))
    with pytest.raises(InputError, match="None of the pictures could be read"):
        run(ZipPictures(packed({"goldfish/1.jpg": b"text"}), NAMES))


def test_few_pixels_wait_in_a_batch(packed: Packed, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "BATCH_PIXELS", 64 * 64 * 4)
    run(ZipPictures(packed({f"goldfish/{i}.jpg": jpeg() for i in range(12)}), NAMES))
    assert stand.batches == [5, 5, 2]


def test_single_files(tmp_path: Path, stand: Stand) -> None:
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "goldfish_1.jpg"
        path.write_bytes(jpeg())
        paths.append(path)
    pictures = FilePictures(paths, NAMES)
    assert len(pictures.labelled) == 2
    last = run(pictures)[-1]
    assert last.report is not None
    assert last.report.top1.total == 2


def test_the_table_is_harmless_to_a_spreadsheet() -> None:
    text = as_csv(
        [Answer('=1+1,"x".jpg', 0, (0, 1, 2, 3, 4), 0.5), Answer("b.jpg", 9, (0, 1, 2, 3, 4), 0.5)], NAMES
    )
    head, first, second = csv.reader(io.StringIO(text))
    assert first[0] == '\'=1+1,"x".jpg'
    assert first[-2:] == ["1", "1"]
    assert second[-2:] == ["0", "0"]
    assert len(head) == len(first)


def test_names_from_strangers_are_escaped_in_the_page() -> None:
    from demos.imagenet.views import measure_report

    nasty = '<img src=x onerror="alert(1)">.jpg'
    report = summarise([Answer(nasty, 0, (1, 2, 3, 4, 5), 0.5)])
    page = measure_report.report(report, ClassNames(NAMES.classes), lambda name: Image.new("RGB", (9, 9)))
    page += measure_report.progress(Update(1, 1, report.top1, report.top5, 1.0, (nasty,)))
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_the_sample_measured_live_equals_predicting_one_by_one() -> None:
    from demos.imagenet.quiz import PHOTOGRAPHS, Photographs
    from gallery.runtime import Runtime

    runtime = Runtime(device="cpu", offline=True)
    pictures = ZipPictures(PHOTOGRAPHS, NAMES)
    assert len(pictures.labelled) == 400
    assert pictures.notes() == []
    del pictures.labelled[8:]
    *_, last = measure.measure(pictures, EMBEDDED, runtime)
    assert last.report is not None
    for number, answer in enumerate(last.report.answers):
        alone = engine.predict(Photographs().image(number), EMBEDDED, runtime)
        assert answer.best == tuple(guess.index for guess in alone.guesses)
        assert answer.probability == pytest.approx(alone.guesses[0].probability, abs=1e-4)
    numbers = as_numbers(last, NAMES)
    assert numbers["pictures"] == 8
    assert numbers["top1"] == last.report.top1.value
    runtime.close()
