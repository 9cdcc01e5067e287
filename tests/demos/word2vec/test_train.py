"""The training of the embedded vectors, on a corpus of a few lines: stopped, resumed, watched."""

from __future__ import annotations

import csv
import json
import os
import random
from collections import Counter
from multiprocessing.pool import ThreadPool
from pathlib import Path

import numpy as np
import pytest
from gensim.models import Word2Vec

from demos.word2vec import train as training
from demos.word2vec.train import Checkpoint, HeldOut, Settings, count_all, new_model, train

PARTS, EPOCHS = 3, 2
STEPS = PARTS * EPOCHS
SETTINGS = Settings(dimensions=12, window=3, min_count=2, epochs=EPOCHS, sample=1e-2, learning_rate=0.05)
TOPICS = (
    ["bread", "butter", "cheese", "pepper", "onion", "garlic", "kettle", "oven", "spoon"],
    ["anchor", "sail", "captain", "harbour", "rudder", "sailor", "voyage", "cargo", "island"],
)


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Paragraphs of one topic each. One worker, so that what happens can be repeated."""
    monkeypatch.setattr(training, "Pool", ThreadPool)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    chance = random.Random(1)
    folder = tmp_path / "corpus"
    folder.mkdir()
    for name in ("part-00", "part-01", "part-02", "held-out"):
        lines = [" ".join(chance.choices(TOPICS[line % 2], k=10)) for line in range(300)]
        (folder / f"{name}.txt").write_text("\n".join([*lines, f"rare{name}"]) + "\n")
    return folder


def run_of(corpus: Path, name: str) -> Path:
    out = corpus.parent / name
    out.mkdir(exist_ok=True)
    return out


def curve(out: Path) -> list[dict[str, str]]:
    with (out / "curve.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def stopping(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, after: int) -> pytest.MonkeyPatch:
    """Has the method `name` work `after` times, and then be interrupted before it begins."""
    method = getattr(owner, name)
    calls = 0

    def counted(*arguments: object, **options: object) -> object:
        nonlocal calls
        calls += 1
        if calls > after:
            raise KeyboardInterrupt
        return method(*arguments, **options)

    monkeypatch.setattr(owner, name, counted)
    return monkeypatch


def test_a_whole_run_learns_and_leaves_its_curve(corpus: Path) -> None:
    out = run_of(corpus, "whole")
    model = train(corpus, out, SETTINGS)
    rows = curve(out)
    assert [int(row["part"]) for row in rows] == list(range(1, STEPS + 1))
    assert [float(row["epoch"]) for row in rows] == [round(part / PARTS, 3) for part in range(1, STEPS + 1)]
    rates = [float(row["learning_rate"]) for row in rows]
    straight = np.linspace(SETTINGS.learning_rate, SETTINGS.last_learning_rate, STEPS + 1)[1:]
    np.testing.assert_allclose(rates, straight, atol=1e-5)
    losses = [float(row["held_out_loss"]) for row in rows]
    assert losses[0] < 0.6 * 6 * np.log(2), "Far below the loss of knowing nothing."
    assert losses[-1] < 0.97 * losses[0]
    assert set(model.wv.index_to_key) == {word for topic in TOPICS for word in topic}, "Rare words are out."
    for topic in TOPICS:
        near = [word for word, _ in model.wv.most_similar(topic[0], topn=len(topic) - 1)]
        assert set(near) == set(topic[1:])


def test_every_part_is_trained_on_at_the_falling_rate(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, float, float, int]] = []

    def noted(model: Word2Vec, **options: object) -> None:
        path = Path(str(options["corpus_file"]))
        assert options["total_words"] == len(path.read_text().split())
        assert options["total_examples"] == len(path.read_text().splitlines())
        asked.append(
            (path.name, float(str(options["start_alpha"])), float(str(options["end_alpha"])), model.workers)
        )

    monkeypatch.setattr(Word2Vec, "train", noted)
    train(corpus, run_of(corpus, "noted"), SETTINGS)
    assert [name for name, *_ in asked] == ["part-00.txt", "part-01.txt", "part-02.txt"] * EPOCHS
    edges = np.linspace(SETTINGS.learning_rate, SETTINGS.last_learning_rate, STEPS + 1)
    np.testing.assert_allclose([row[1] for row in asked], edges[:-1])
    np.testing.assert_allclose([row[2] for row in asked], edges[1:])
    assert {row[3] for row in asked} == {1}


@pytest.mark.parametrize(("owner", "name"), [(Word2Vec, "train"), (Checkpoint, "save")])
@pytest.mark.parametrize("done", [0, 1, 4])
def test_a_stopped_run_goes_on_as_if_nothing_had_been(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, done: int, owner: type, name: str
) -> None:
    whole = train(corpus, run_of(corpus, "whole"), SETTINGS)
    out = run_of(corpus, "stopped")
    with monkeypatch.context() as patched:
        stopping(patched, owner, name, done)
        with pytest.raises(KeyboardInterrupt):
            train(corpus, out, SETTINGS)
    loaded = Checkpoint(out).load()
    if done:
        assert loaded is not None
        assert loaded[1] == done
    else:
        assert loaded is None
    resumed = train(corpus, out, SETTINGS)
    assert resumed.wv.index_to_key == whole.wv.index_to_key
    np.testing.assert_allclose(resumed.wv.vectors, whole.wv.vectors, atol=1e-6)
    state = json.loads((out / "state.json").read_text())
    assert state["done"] == STEPS
    assert state["settings"]["dimensions"] == SETTINGS.dimensions
    assert [row["part"] for row in curve(out)] == [str(part) for part in range(1, STEPS + 1)]
    assert [row["held_out_loss"] for row in curve(out)] == [
        row["held_out_loss"] for row in curve(out.with_name("whole"))
    ]


def test_a_finished_run_is_not_trained_again(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = run_of(corpus, "whole")
    model = train(corpus, out, SETTINGS)
    stopping(monkeypatch, Word2Vec, "train", 0)
    again = train(corpus, out, SETTINGS)
    assert np.array_equal(again.wv.vectors, model.wv.vectors)
    assert len(curve(out)) == STEPS


def test_only_the_newest_checkpoint_is_kept(corpus: Path) -> None:
    out = run_of(corpus, "whole")
    model = train(corpus, out, SETTINGS)
    assert {path.name for path in out.iterdir()} == {f"after-{STEPS:03d}", "state.json", "curve.csv"}
    loaded = Checkpoint(out).load()
    assert loaded is not None
    stored, done, seconds = loaded
    assert done == STEPS
    assert seconds > 0
    assert np.array_equal(stored.wv.vectors, model.wv.vectors)
    assert np.array_equal(stored.syn1neg, model.syn1neg)


def test_seconds_go_on_from_those_spent(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = run_of(corpus, "stopped")
    with monkeypatch.context() as patched:
        stopping(patched, Word2Vec, "train", 2)
        with pytest.raises(KeyboardInterrupt):
            train(corpus, out, SETTINGS)
    state = json.loads((out / "state.json").read_text())
    (out / "state.json").write_text(json.dumps(state | {"seconds": 5000.0}))
    train(corpus, out, SETTINGS)
    assert [float(row["seconds"]) >= 5000 for row in curve(out)] == [False] * 2 + [True] * (STEPS - 2)


def test_the_loss_is_the_formula_pair_by_pair(corpus: Path) -> None:
    _, counts = count_all(corpus)
    model = new_model(counts, SETTINGS)
    random_numbers = np.random.default_rng(0)
    held_out = HeldOut(corpus / "held-out.txt", model, SETTINGS, pairs=50)
    assert held_out.loss(model) == pytest.approx(6 * np.log(2), abs=1e-6), "Nothing is known yet."
    model.wv.vectors = random_numbers.normal(size=model.wv.vectors.shape)
    model.syn1neg = random_numbers.normal(size=model.syn1neg.shape)
    losses = []
    for word, context, negatives in zip(held_out.words, held_out.contexts, held_out.negatives, strict=True):
        logistic = [1 / (1 + np.exp(-model.wv.vectors[word] @ model.syn1neg[context]))]
        logistic += [1 / (1 + np.exp(model.wv.vectors[word] @ model.syn1neg[n])) for n in negatives]
        losses.append(-np.log(logistic).sum())
    assert len(losses) == 50
    assert held_out.loss(model) == pytest.approx(np.mean(losses), rel=1e-6)


def test_held_out_pairs_are_neighbours_and_always_the_same(corpus: Path) -> None:
    _, counts = count_all(corpus)
    model = new_model(counts, SETTINGS)
    one, other = (HeldOut(corpus / "held-out.txt", model, SETTINGS, pairs=400) for _ in range(2))
    assert np.array_equal(one.words, other.words)
    assert np.array_equal(one.negatives, other.negatives)
    lines = [line.split() for line in (corpus / "held-out.txt").read_text().splitlines()]
    near = {
        (line[at], line[at + offset])
        for line in lines
        for at in range(len(line))
        for offset in range(1, SETTINGS.window + 1)
        if at + offset < len(line)
    }
    key = model.wv.index_to_key
    assert {(key[a], key[b]) for a, b in zip(one.words, one.contexts, strict=True)} <= near


def test_random_words_are_drawn_as_often_as_in_training(corpus: Path) -> None:
    counts = Counter({"often": 8000, "seldom": 500, "rarely": 4})
    (corpus / "held-out.txt").write_text("often seldom rarely often\n" * 2000)
    model = new_model(counts, SETTINGS)
    negatives = HeldOut(corpus / "held-out.txt", model, SETTINGS).negatives
    noise = np.array([8000, 500, 4]) ** 0.75  # the exponent of Mikolov et al. 2013
    shares = np.bincount(negatives.ravel(), minlength=3) / negatives.size
    np.testing.assert_allclose(shares, noise / noise.sum(), atol=0.01)


def test_words_are_counted_over_all_parts_but_not_what_is_held_out(corpus: Path) -> None:
    parts, counts = count_all(corpus)
    expected: Counter[str] = Counter()
    for path in sorted(corpus.glob("part-*.txt")):
        expected.update(path.read_text().split())
    assert counts == expected
    assert [(part.path.name, part.paragraphs, part.words) for part in parts] == [
        (f"part-{number:02d}.txt", 301, 3001) for number in range(PARTS)
    ]
    assert "rareheld-out" not in counts


def test_a_folder_without_a_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"holds no part-\*\.txt: run demos\.word2vec\.prepare first"):
        count_all(tmp_path)
