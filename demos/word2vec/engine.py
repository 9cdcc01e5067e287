"""Arithmetic with words: from what somebody typed to answers.

Reading guide: `solve` does an equation, `neighbours`, `likeness`, `odd_one_out` and `along` look at
words from other sides. All work on unit vectors, so that only a word's direction counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
from torch import Tensor, nn

from demos.word2vec.equation import Equation, Term
from demos.word2vec.lookup import LONGEST, find
from demos.word2vec.model import WordVectors
from demos.word2vec.search import SCORES, Method, best, query, rank
from gallery.inputs import InputError, check_text
from gallery.runtime import Runtime
from gallery.weights import ModelSpec, Progress

T = TypeVar("T")
MOST_ANSWERS = 50
MOST_WORDS = 40  # in a list


@dataclass(frozen=True)
class Answer:
    """A word, its place among all words but the excluded ones, and how alike it is to the query.

    `similarity` is the cosine with the sum of the terms, `score` what the method ranks by.
    """

    word: str
    place: int
    similarity: float
    score: float


@dataclass(frozen=True)
class Solution:
    """What came out of an equation; its terms carry the spelling of the vocabulary.

    `units` are the unit vectors of the terms, `found` those of the answers: float32 (n, dimensions).
    `expected` is where the word behind the = stands, None without one.
    """

    equation: Equation
    method: Method
    answers: tuple[Answer, ...]
    expected: Answer | None
    known: int  # words that the model knows
    model_key: str
    seconds: float
    units: Tensor
    found: Tensor


def run(
    spec: ModelSpec, house: Runtime, work: Callable[[WordVectors], T], progress: Progress | None = None
) -> T:
    """`work` on the model, in turn. Raises what the cache and the work raise."""

    def typed(model: nn.Module) -> T:
        with torch.inference_mode():
            return work(cast(WordVectors, model))

    return house.run(spec, typed, progress=progress)


def solve(
    equation: Equation,
    spec: ModelSpec,
    house: Runtime,
    *,
    method: Method = Method.ADD,
    exclude_terms: bool = True,
    count: int = 10,
    progress: Progress | None = None,
) -> Solution:
    """The words nearest to the equation's sum, of the whole vocabulary.

    `exclude_terms` leaves out the equation's own words, which would nearly always win. Raises
    UnknownWord, and InputError where the terms cancel each other out.
    """

    def work(model: WordVectors) -> Solution:
        started = time.perf_counter()
        indices = [find(model, term.word) for term in equation.terms]
        weights = [term.weight for term in equation.terms]
        target = query(model, indices, weights)
        if not target.any():
            raise InputError("The words cancel each other out, and nothing is left: change one of them.")
        expected = find(model, equation.expected) if equation.expected else None
        excluded = indices if exclude_terms else []
        wanted = min(count, MOST_ANSWERS)
        if method is Method.ADD and expected is None:  # then no other word's score is asked for
            chosen, scores = model.nearest(target, excluded, wanted)
            score_of = dict(zip(chosen, scores.tolist(), strict=True))
        else:
            scores = SCORES[method](model, indices, weights)
            chosen = best(scores, excluded, wanted)
            score_of = {index: float(scores[index]) for index in (*chosen, expected) if index is not None}
        found = model.vectors(chosen)

        def answer(index: int, place: int) -> Answer:
            similarity = float(model.vectors([index])[0] @ target)
            return Answer(model.words[index], place, similarity, score_of[index])

        terms = zip(indices, weights, strict=True)
        return Solution(
            equation=Equation(
                tuple(Term(model.words[index], weight) for index, weight in terms),
                model.words[expected] if expected is not None else "",
            ),
            method=method,
            answers=tuple(answer(index, place) for place, index in enumerate(chosen, start=1)),
            expected=None if expected is None else answer(expected, rank(scores, expected, excluded)),
            known=len(model),
            model_key=spec.key,
            seconds=time.perf_counter() - started,
            units=model.vectors(indices).cpu(),
            found=found.cpu(),
        )

    return run(spec, house, work, progress)


def words_of(model: WordVectors, words: Sequence[str], *, least: int) -> list[int]:
    """Their indices, each once. Raises UnknownWord, and InputError for too few or too many."""
    if len(words) > MOST_WORDS:
        raise InputError(
            f"The list has {len(words)} words, and at most {MOST_WORDS} can be used: shorten it."
        )
    indices = list(dict.fromkeys(find(model, word) for word in words))
    if not indices:
        raise InputError("The list of words is empty: type some, with commas between them.")
    if len(indices) < least:
        raise InputError(f"Type at least {least} different words, with commas between them.")
    return indices


@dataclass(frozen=True)
class Likeness:
    """Cosine of every word with every other: `matrix` is float32 (n, n)."""

    words: tuple[str, ...]
    matrix: Tensor


def likeness(
    words: Sequence[str], spec: ModelSpec, house: Runtime, progress: Progress | None = None
) -> Likeness:
    """Raises UnknownWord, and InputError for fewer than two words."""

    def work(model: WordVectors) -> Likeness:
        indices = words_of(model, words, least=2)
        units = model.vectors(indices).cpu()
        return Likeness(tuple(model.words[index] for index in indices), units @ units.T)

    return run(spec, house, work, progress)


@dataclass(frozen=True)
class OddOne:
    """The words, the least fitting first, each with its cosine with the mean of all."""

    words: tuple[str, ...]
    fits: tuple[float, ...]


def odd_one_out(
    words: Sequence[str], spec: ModelSpec, house: Runtime, progress: Progress | None = None
) -> OddOne:
    """Which word of a list does not belong. Raises UnknownWord, and InputError for fewer than three."""

    def work(model: WordVectors) -> OddOne:
        indices = words_of(model, words, least=3)
        units = model.vectors(indices).cpu()
        fits = units @ torch.nn.functional.normalize(units.mean(dim=0), dim=0)
        order = fits.argsort().tolist()
        return OddOne(tuple(model.words[indices[at]] for at in order), tuple(float(fits[at]) for at in order))

    return run(spec, house, work, progress)


@dataclass(frozen=True)
class Along:
    """A list laid out between two words: `places` are -1 at `low`, 1 at `high`, lowest first.

    `strength` is the cosine of the two ends: near 1 they mean nearly the same, and the axis says little.
    """

    low: str
    high: str
    words: tuple[str, ...]
    places: tuple[float, ...]
    strength: float


def along(
    low: str | None,
    high: str | None,
    words: Sequence[str],
    spec: ModelSpec,
    house: Runtime,
    progress: Progress | None = None,
) -> Along:
    """How far each word leans to one of two ends: its shadow on the line between them.

    Raises UnknownWord, and InputError where the ends are the same word or the list is empty.
    """

    def work(model: WordVectors) -> Along:
        first = find(model, check_text(low, limit=LONGEST, name="The first end"))
        second = find(model, check_text(high, limit=LONGEST, name="The second end"))
        if first == second:
            raise InputError("The two ends are the same word: an axis needs two different ones.")
        indices = words_of(model, words, least=1)
        a, b = model.vectors([first, second]).cpu()
        middle, half = (a + b) / 2, (b - a) / 2
        places = (model.vectors(indices).cpu() - middle) @ half / (half @ half)
        order = places.argsort().tolist()
        return Along(
            low=model.words[first],
            high=model.words[second],
            words=tuple(model.words[indices[at]] for at in order),
            places=tuple(float(places[at]) for at in order),
            strength=float(a @ b),
        )

    return run(spec, house, work, progress)


def listed(text: str | None) -> list[str]:
    """Words with commas, semicolons or new lines between them; blanks alone where there are none."""
    text = (text or "").strip()
    if len(text) > 5000:
        raise InputError(f"The list has {len(text):,} characters, and at most 5,000 can be used: shorten it.")
    pieces = text.replace("\n", ",").replace(";", ",").split(",")
    words = [" ".join(piece.split()) for piece in pieces if piece.strip()]
    return words[0].split() if len(pieces) == 1 and words else words
