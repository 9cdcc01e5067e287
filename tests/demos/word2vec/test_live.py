"""The live training: what it learns, that it can be repeated, stopped and left."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from demos.word2vec import live
from demos.word2vec.little import aligned, neighbours, plane, units
from demos.word2vec.live import Frame, Settings, prepare, train
from demos.word2vec.texts import BOOKS, FIRST, FOLDER
from gallery.inputs import InputError

ROOT = Path(__file__).parents[3]
KITCHEN = ["bread", "butter", "cheese", "pepper", "onion", "garlic", "kettle", "oven", "spoon"]
HARBOUR = ["anchor", "sail", "captain", "harbour", "rudder", "sailor", "lighthouse", "voyage", "cargo"]


def two_topics(sentences: int = 600, seed: int = 1) -> str:
    """Each sentence is of one topic only."""
    chance = random.Random(seed)
    lines = [" ".join(chance.choices(topic, k=10)) for topic in (KITCHEN, HARBOUR) * (sentences // 2)]
    return "\n\n".join(lines)


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    clock = iter(range(10**6))
    return list(train(prepare(two_topics()), Settings(dimensions=20, passes=20), clock=lambda: next(clock)))


def test_the_loss_falls_and_the_topics_part(frames: list[Frame]) -> None:
    assert frames[0].loss == pytest.approx(6 * np.log(2), abs=0.01), "Nothing is known yet."
    losses = [loss for _, loss in frames[-1].curve]
    assert losses[-1] < 0.9 * losses[0]
    assert losses[-1] < losses[len(losses) // 2] < losses[1]
    last = frames[-1]
    assert last.model is not None
    for topic in (KITCHEN, HARBOUR):
        for word in topic:
            near = [other for other, _ in neighbours(last.model, word, 8)]
            assert set(near) == set(topic) - {word}
    # On the map, too: a line parts them.
    kitchen = np.array([word in KITCHEN for word in last.words])
    across = last.places[kitchen].mean(axis=0) - last.places[~kitchen].mean(axis=0)
    along = last.places @ across
    assert along[kitchen].min() > along[~kitchen].max()


def test_a_sum_of_words_is_understood(frames: list[Frame]) -> None:
    assert frames[-1].model is not None
    answers = neighbours(frames[-1].model, "Bread + 2*onion - anchor", 3)
    assert {word for word, _ in answers} < set(KITCHEN) - {"bread", "onion"}
    with pytest.raises(InputError, match="does not occur often enough"):
        neighbours(frames[-1].model, "zebra")


def test_frames_count_up_to_the_end(frames: list[Frame]) -> None:
    steps = [frame.step for frame in frames]
    assert steps[0] == 0
    assert steps == sorted(set(steps))
    assert frames[-1].step == frames[-1].steps
    assert [frame.finished for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert not frames[-1].stopped
    assert frames[-1].passes == 20
    for frame in frames:
        assert frame.places.shape == (18, 2)
        assert np.isfinite(frame.places).all()
        assert frame.curve[-1][1] == frame.loss


def test_at_most_ten_frames_a_second() -> None:
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.01
        return now

    seconds = [frame.seconds for frame in train(prepare(two_topics()), Settings(passes=30), clock=clock)]
    assert len(seconds) > 3
    gaps = np.diff(seconds[:-1])  # the last comes when it is ready
    assert (gaps > 0.09).all()


def test_same_text_and_settings_give_the_same_result_in_any_process() -> None:
    script = (
        "import sys, hashlib; from demos.word2vec.live import *; "
        "*_, last = train(prepare(sys.stdin.read()), Settings(passes=3)); "
        "print(hashlib.sha256(last.model.vectors.tobytes() + last.places.tobytes()).hexdigest(), last.curve)"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            input=two_topics(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1


def test_other_seeds_give_other_vectors(frames: list[Frame]) -> None:
    *_, other = train(prepare(two_topics()), replace(frames[-1].settings, seed=5))
    assert frames[-1].model is not None
    assert other.model is not None
    assert not np.allclose(other.model.vectors, frames[-1].model.vectors)


def test_stop_ends_it_before_the_next_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = 0
    step = live.train_batch_sg

    def counted(*arguments: object) -> int:
        nonlocal trained
        trained += 1
        return int(step(*arguments))

    monkeypatch.setattr(live, "train_batch_sg", counted)
    sentences = prepare(two_topics())
    at_once = list(train(sentences, Settings(), lambda: True))
    assert trained == 0
    assert [frame.step for frame in at_once] == [0, 0]
    assert at_once[-1].stopped
    assert at_once[-1].model is not None
    *_, last = train(sentences, Settings(), lambda: trained == 7)
    assert trained == 7
    assert last.stopped
    assert last.step == 7


def test_a_closed_generator_leaves_no_thread_and_no_turn() -> None:
    held = turns = 0

    @contextmanager
    def turn() -> Iterator[None]:
        nonlocal held, turns
        held, turns = held + 1, turns + 1
        try:
            yield
        finally:
            held -= 1

    before = threading.active_count()
    ticks = iter(range(10**6))
    work = train(prepare(two_topics()), Settings(passes=30), turn=turn, clock=lambda: next(ticks))
    for _, frame in zip(range(3), work, strict=False):
        assert held == 0, "Never across a yield."
        assert not frame.finished
    done = turns
    work.close()  # type: ignore[attr-defined]
    assert (held, turns) == (0, done)
    assert done > 1
    assert threading.active_count() == before


def test_the_map_is_turned_as_procrustes_says() -> None:
    chance = np.random.default_rng(0)
    places, before = chance.normal(size=(40, 2)), chance.normal(size=(40, 2))
    rotation, _ = orthogonal_procrustes(places, before)
    assert np.allclose(aligned(places, before), places @ rotation)
    mirrored = before @ np.array([[0.0, 1.0], [1.0, 0.0]])
    assert np.allclose(aligned(mirrored, before), before)


def spread_out(seed: int = 0) -> np.ndarray:
    """Vectors that differ in two directions more than in the others."""
    return units(np.random.default_rng(seed).normal(size=(60, 50)) * np.r_[4, 3, np.ones(48)] + 1)


def test_the_plane_is_that_of_the_svd() -> None:
    vectors = spread_out()
    u, sizes, _ = np.linalg.svd(vectors - vectors.mean(axis=0), full_matrices=False)
    expected = u[:, :2] * sizes[:2]
    assert np.allclose(np.abs(plane(vectors)[0]), np.abs(expected), atol=1e-4)


def test_the_plane_turns_and_arrives() -> None:
    vectors = spread_out()
    _, axes = plane(spread_out(seed=1))
    goal, goal_axes = plane(vectors)
    lags = []
    for _ in range(40):
        places, axes = plane(vectors, axes)
        assert np.allclose(axes.T @ axes, np.eye(2))
        lags.append(np.abs(aligned(places, goal) - goal).max())
    assert lags[0] > lags[1] > lags[2]
    assert lags[-1] < 1e-3
    assert np.allclose(axes @ axes.T, goal_axes @ goal_axes.T, atol=1e-2)


BAD = {
    "empty": ("", "empty"),
    "nothing": (None, "empty"),
    "blank": (" \n\t ", "empty"),
    "short": ("the cat sat on the mat", "only 6 words"),
    "one word": ("spam", "only 1 word in"),
    "long": ("word " * 200_001, "at most 1000000"),
    "repeated": ("spam " * 5000, "different words 1 occur 3 times"),
    "all different": (" ".join(map("".join, product("abcdefgh", repeat=3))), "words 0 occur 2 times"),
    "chinese": ("深度学习是机器学习的一个分支。" * 300, "no words in Latin letters"),
    "arabic": ("\ufdfa" * 400_000, "no words in Latin letters"),
    "greek": ("μῆνιν ἄειδε θεὰ " * 300, "no words in Latin letters"),
    "emoji": ("🤖🧠 " * 500, "no words in Latin letters"),
    "numbers": ("12 345 6,78 " * 500, "no words in Latin letters"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), BAD.values(), ids=BAD)
def test_bad_text_is_one_sentence(text: str | None, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        prepare(text)
    assert str(caught.value).count(".") == 1
    assert "\n" not in str(caught.value)


def test_odd_text_is_text() -> None:
    code = "<script>alert('gone')</script> Robert'); DROP TABLE students; -- {{7*7}} ${1} "
    words = [word for sentence in prepare(code + two_topics(40)) for word in sentence]
    assert {"alert", "drop", "table", "students", "bread"} <= set(words)
    accents = "Ærø Café naïve I\u0307stanbul ﬁne déja-vu "
    assert {"cafe", "naive", "fine", "deja"} <= {w for s in prepare(accents + two_topics(40)) for w in s}


def test_one_long_line_is_cut_into_sentences() -> None:
    sentences = prepare(two_topics(2000).replace("\n", " "))
    assert max(map(len, sentences)) == live.SENTENCE
    assert all(sum(map(len, part)) <= live.SLICE for part in live.sliced(sentences))


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
def test_books_are_books(book: object) -> None:
    from demos.word2vec.texts import Book

    assert isinstance(book, Book)
    assert book.path.stat().st_size < 700_000
    text = book.text()
    assert "gutenberg" not in text.lower()
    sentences = prepare(text)
    assert 90_000 < sum(map(len, sentences)) < 130_000
    assert book.ask in {word for sentence in sentences for word in sentence}
    credits = (FOLDER.parent / "CREDITS.md").read_text(encoding="utf-8")
    assert f"texts/{book.path.name}" in credits


def test_the_first_result_is_that_of_the_first_book() -> None:
    stored = json.loads(live.FIRST_RESULT.read_text(encoding="utf-8"))
    frame = live.from_json(stored)
    assert frame.model is not None
    assert frame.settings == Settings()
    assert (frame.step, frame.stopped) == (frame.steps, False)
    assert frame.loss < 0.7 * frame.curve[0][1]
    begun = next(train(prepare(FIRST.text())))
    assert begun.words == frame.words
    assert begun.counts == frame.counts
    assert begun.steps == frame.steps
    assert begun.loss == pytest.approx(frame.curve[0][1], abs=0.01)
    # What the page says of it.
    assert "silver" in [word for word, _ in neighbours(frame.model, "gold")]
    assert neighbours(frame.model, "king - man + woman")[0][0] == "queen"


def test_a_finished_frame_survives_its_file(frames: list[Frame]) -> None:
    again = live.from_json(json.loads(json.dumps(live.as_json(frames[-1]))))
    assert again.model is not None
    assert frames[-1].model is not None
    assert again.words == frames[-1].words
    cosines = (again.model.vectors * frames[-1].model.vectors).sum(axis=1)
    assert cosines.min() > 0.999
