"""The figures of the model card: gensim's own evaluation gives the same."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.test.utils import datapath

from demos.word2vec import evaluate
from demos.word2vec.equation import parse
from demos.word2vec.evaluate import LECTURE, analogies, lecture, rank, sections, similarity
from demos.word2vec.model import Block, WordVectors
from demos.word2vec.search import Method
from tests.demos.word2vec.conftest import PAIRS


@pytest.fixture
def question_file(tmp_path: Path, model: WordVectors, keyed: KeyedVectors) -> Path:
    """Sections that the vectors answer, hardly ever, half of the time, and with unknown words."""
    chance = random.Random(4)
    words = PAIRS[0].split()
    pairs = list(zip(words[::2], words[1::2], strict=True))
    lines = [": family", *(" ".join(a + b) for a in pairs for b in pairs if a != b)]
    lines += [": gram1-chance", *(" ".join(chance.sample(model.words, 4)) for _ in range(300))]
    lines += [": gram2-near"]
    for _ in range(300):  # more than a batch; either the answer is the best, or the next
        a, b, c = chance.sample(model.words, 3)
        near = keyed.most_similar(positive=[b, c], negative=[a], topn=2)
        lines.append(f"{a} {b} {c} {near[chance.randrange(2)][0]}")
    lines += [": partly-unknown", "man woman king zebra", "zebra woman king queen", "boy girl king queen"]
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(lines) + "\n\n")
    return path


def test_analogies_are_what_gensim_counts(
    question_file: Path, model: WordVectors, keyed: KeyedVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluate, "sections", lambda: sections(question_file))
    score, told = keyed.evaluate_word_analogies(
        str(question_file), restrict_vocab=None, case_insensitive=False, dummy4unknown=False
    )
    figures = analogies(model)
    assert figures["google_analogies"] == pytest.approx(score)
    shares = {}
    for section in told[:-1]:
        right, wrong = len(section["correct"]), len(section["incorrect"])
        shares[section["section"]] = right, right + wrong
        key = f"google_{section['section'].replace('-', '_')}"
        assert figures[key] == pytest.approx(right / (right + wrong))
    assert {asked for _, asked in shares.values()} == {56, 300, 1}
    assert 100 < shares["gram2-near"][0] < 200
    for kind, names in {
        "semantic": ("family", "partly-unknown"),
        "syntactic": ("gram1-chance", "gram2-near"),
    }.items():
        right = sum(shares[name][0] for name in names)
        assert figures[f"google_{kind}"] == pytest.approx(right / sum(shares[name][1] for name in names))
    asked = sum(map(len, sections(question_file).values()))
    assert figures["google_analogies_uncovered"] == pytest.approx(2 / asked)


def test_without_a_known_word_nothing_is_right(
    tmp_path: Path, model: WordVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "questions.txt"
    path.write_text(": nothing\nzebra zebras gnu gnus\n")
    monkeypatch.setattr(evaluate, "sections", lambda: sections(path))
    figures = analogies(model)
    assert figures["google_analogies"] == figures["google_nothing"] == figures["google_syntactic"] == 0
    assert figures["google_analogies_uncovered"] == 1


def test_the_questions_are_all_there() -> None:
    found = sections()
    assert (len(found), sum(map(len, found.values()))) == (14, 19544)
    assert found["capital-common-countries"][0] == ("athens", "greece", "baghdad", "iraq")
    assert all(word == word.lower() for rows in found.values() for four in rows for word in four)


@pytest.fixture
def pair_file(tmp_path: Path, model: WordVectors) -> Path:
    chance = random.Random(5)
    lines = ["# a comment", "word1\tword2\tscore"]
    for _ in range(200):
        one, other = chance.sample(model.words, 2)
        lines.append(f"{one}\t{other}\t{chance.choice([0.5, 1, 2.25, 7])}")
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join([*lines, "zebra\tking\t3", "king\tgnu\t4"]) + "\n")
    return path


def test_spearmans_correlation_is_gensims(pair_file: Path, model: WordVectors, keyed: KeyedVectors) -> None:
    without_head = pair_file.with_name("body.tsv")
    without_head.write_text("\n".join(pair_file.read_text().splitlines()[2:]) + "\n")
    _, told, unknown = keyed.evaluate_word_pairs(str(without_head), case_insensitive=False)
    assert unknown == pytest.approx(100 * 2 / 202)
    assert similarity(model, str(pair_file)) == pytest.approx(told.statistic, abs=1e-6)
    assert 0.001 < abs(told.statistic) < 0.5


@pytest.mark.parametrize("file", ["wordsim353.tsv", "simlex999.txt"])
def test_the_judgements_that_ship_with_gensim_are_read(file: str) -> None:
    lines = Path(datapath(file)).read_text().lower().splitlines()
    words = sorted(
        {word for line in lines if "\t" in line and line[0] != "#" for word in line.split("\t")[:2]}
    )
    assert len(words) > 400
    random_vectors = np.random.default_rng(0).normal(size=(len(words), 20)).astype(np.float32)
    model = WordVectors.of([Block.pack(words, random_vectors)])
    keyed = KeyedVectors(20)
    keyed.add_vectors(words, model.vectors(range(len(words))).numpy())
    _, told, unknown = keyed.evaluate_word_pairs(datapath(file), case_insensitive=True)
    assert similarity(model, file) == pytest.approx(told.statistic, abs=1e-6)
    assert unknown == 0


def brute_force(text: str, words: list[str], units: np.ndarray, method: Method) -> int:
    """The place by scoring one word after the other and sorting."""
    at = {word: units[index] for index, word in enumerate(words)}
    left, _, answer = text.partition(" = ")
    first, minus, plus = left.replace(" - ", " ").replace(" + ", " ").split()

    def score(word: str) -> float:
        cosines = [float(at[word] @ at[term]) for term in (first, plus, minus)]
        if method is Method.ADD:
            return cosines[0] + cosines[1] - cosines[2]
        moved = [(1 + cosine) / 2 for cosine in cosines]
        return moved[0] * moved[1] / (moved[2] + 1e-6)

    others = [word for word in words if word not in (first, minus, plus)]
    return sorted(others, key=score, reverse=True).index(answer) + 1


def test_the_lectures_answers_stand_where_brute_force_finds_them(
    model: WordVectors, units: np.ndarray
) -> None:
    found = lecture(model)
    assert tuple(found) == LECTURE
    known = [text for text in LECTURE if found[text] != (None, None)]
    assert [text.split()[-1] for text in known] == ["queen", "turtle", "japan"]
    for text in known:
        told = tuple(brute_force(text, model.words, units, method) for method in Method)
        assert found[text] == told
    assert found["king - man + woman = queen"][0] == 1
    assert found["bird - wings + legs = turtle"][0] != 1, "Nothing here says what a turtle is."


@pytest.mark.parametrize("method", Method)
def test_random_equations_stand_where_brute_force_finds_them(
    model: WordVectors, units: np.ndarray, method: Method
) -> None:
    chance = random.Random(8)
    words = [word for word in model.words if word.isalpha()]
    for _ in range(10):
        text = "{} - {} + {} = {}".format(*chance.sample(words, 4))
        assert rank(model, text, method) == brute_force(text, model.words, units, method)


@pytest.mark.parametrize(
    "text",
    ["zebra - man + king = queen", "king - zebra + woman = queen", "king - man + woman = zebra"],
)
@pytest.mark.parametrize("method", Method)
def test_a_missing_word_has_no_place(model: WordVectors, text: str, method: Method) -> None:
    assert rank(model, text, method) is None


def test_the_lecture_is_six_equations_that_can_be_typed() -> None:
    assert len(LECTURE) == 6
    assert [str(parse(text)) for text in LECTURE] == list(LECTURE)
