"""Measures the word vectors that ship, on questions that they were not made from.

    python -m demos.word2vec.evaluate

The questions and word pairs are files of gensim's test data. The lecture's six equations come
last: nothing in the preparation was chosen by looking at them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from gensim.test.utils import datapath
from scipy.stats import spearmanr

from demos.word2vec import search
from demos.word2vec.equation import parse
from demos.word2vec.search import SCORES, Method, Vectors

QUESTIONS = Path(datapath("questions-words.txt"))
BATCH = 256  # questions asked at a time


LECTURE = (
    "king - man + woman = queen",
    "car - wheels + wings = airplane",
    "bird - wings + legs = turtle",
    "donut - icing + cheese = sandwich",
    "france - paris + tokyo = japan",
    "minnesota - minneapolis + madison = wisconsin",
)


def sections(path: Path = QUESTIONS) -> dict[str, list[tuple[str, str, str, str]]]:
    """The Google analogy questions (Mikolov et al. 2013), lower case: a is to b as c is to d."""
    found: dict[str, list[tuple[str, str, str, str]]] = {}
    for line in path.read_text(encoding="utf-8").lower().splitlines():
        if line.startswith(":"):
            rows = found.setdefault(line[2:].strip(), [])
        elif line.strip():
            a, b, c, d = line.split()
            rows.append((a, b, c, d))
    return found


def right_answers(vectors: Vectors, questions: Sequence[tuple[str, str, str, str]]) -> tuple[int, int]:
    """How many questions are answered rightly, and how many have all four words in the vocabulary.

    The answer is the word most alike to b - a + c (3CosAdd), of the whole vocabulary but a, b and c.
    """
    index = vectors.index
    covered = [[index[word] for word in four] for four in questions if all(w in index for w in four)]
    right = 0
    for start in range(0, len(covered), BATCH):
        four = torch.tensor(covered[start : start + BATCH])  # (Q, 4)
        a, b, c = (vectors.vectors(four[:, place].tolist()) for place in range(3))  # (Q, D)
        queries = torch.nn.functional.normalize(b - a + c)
        cosines = vectors.cosines(queries).cpu()  # (words, Q)
        cosines.scatter_(0, four[:, :3].T, -2)
        right += int((cosines.argmax(dim=0) == four[:, 3]).sum())
    return right, len(covered)


def analogies(vectors: Vectors) -> dict[str, float]:
    """Share of right answers by section and in all, and the share of questions left out."""
    figures: dict[str, float] = {}
    all_right = all_covered = asked = 0
    kinds = {"semantic": [0, 0], "syntactic": [0, 0]}
    for name, questions in sections().items():
        right, covered = right_answers(vectors, questions)
        figures[f"google_{name.replace('-', '_')}"] = right / max(1, covered)
        kind = kinds["syntactic" if name.startswith("gram") else "semantic"]
        kind[0] += right
        kind[1] += covered
        all_right += right
        all_covered += covered
        asked += len(questions)
    return {
        "google_analogies": all_right / max(1, all_covered),
        "google_analogies_uncovered": 1 - all_covered / asked,
        **{f"google_{kind}": right / max(1, covered) for kind, (right, covered) in kinds.items()},
        **figures,
    }


def similarity(vectors: Vectors, file: str) -> float:
    """Spearman's correlation with people's judgement of pairs of words; unknown pairs are left out."""
    people, cosines = [], []
    for line in Path(datapath(file)).read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "word1")):
            continue
        one, other, score = line.lower().split("\t")[:3]
        if one in vectors.index and other in vectors.index:
            a, b = vectors.vectors([vectors.index[one], vectors.index[other]])
            people.append(float(score))
            cosines.append(float(a @ b))
    return float(spearmanr(people, cosines).statistic)


def rank(vectors: Vectors, text: str, method: Method = Method.ADD) -> int | None:
    """Place of the expected answer among all words but those of the equation, from 1.

    None where a word is missing.
    """
    equation = parse(text)
    words = [*(term.word for term in equation.terms), equation.expected]
    if any(word not in vectors.index for word in words):
        return None
    *terms, answer = [vectors.index[word] for word in words]
    scores = SCORES[method](vectors, terms, [term.weight for term in equation.terms])
    return search.rank(scores, answer, terms)


def lecture(vectors: Vectors) -> dict[str, tuple[int | None, int | None]]:
    """Rank of the answer in each of the lecture's six, by 3CosAdd and by 3CosMul."""
    return {text: (rank(vectors, text), rank(vectors, text, Method.MULTIPLY)) for text in LECTURE}


def measure(vectors: Vectors) -> dict[str, float]:
    """The figures of the model card, the lecture's six excepted."""
    return {
        **analogies(vectors),
        "wordsim353": similarity(vectors, "wordsim353.tsv"),
        "simlex999": similarity(vectors, "simlex999.txt"),
    }


def main() -> None:
    from demos.word2vec.models import EMBEDDED
    from gallery.weights import filled

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    model = filled(EMBEDDED, *EMBEDDED.source.fetch())
    figures: dict[str, object] = dict(measure(model))  # type: ignore[arg-type]
    figures["lecture"] = lecture(model)  # type: ignore[arg-type]
    if options.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        print(f"{name:40} {value:.4f}" if isinstance(value, float) else name)
    for name, ranks in lecture(model).items():  # type: ignore[arg-type]
        print(f"  {name:45} 3CosAdd {ranks[0]}, 3CosMul {ranks[1]}")


if __name__ == "__main__":
    main()
