"""Relations that people have names for, as pairs of words: do their arrows run parallel?"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from demos.word2vec.engine import run
from demos.word2vec.evaluate import sections
from demos.word2vec.lookup import find
from demos.word2vec.model import WordVectors
from demos.word2vec.plane import parallelism
from gallery.inputs import InputError
from gallery.runtime import Runtime
from gallery.weights import ModelSpec, Progress

MOST_PAIRS = 24
SHOWN = 12

# Sections of the analogy questions, by what they are called here.
RELATIONS = {
    "Countries and their capitals": "capital-common-countries",
    "Men and women": "family",
    "One and many": "gram8-plural",
    "Verbs and their past": "gram7-past-tense",
    "Adjectives and their comparatives": "gram3-comparative",
    "Countries and their people": "gram6-nationality-adjective",
    "Cities and their states": "city-in-state",
}


@dataclass(frozen=True)
class Related:
    """Pairs of words with the unit vectors (n, dimensions) of both sides.

    `parallel` is the mean cosine of an arrow with the sum of the others; `shuffled` is the same for
    the same words paired at random, what there is to compare with.
    """

    title: str
    pairs: tuple[tuple[str, str], ...]
    starts: Tensor
    ends: Tensor
    parallel: float
    shuffled: float


def pairs_of(relation: str) -> list[tuple[str, str]]:
    """The first pairs of a section of the analogy questions. Raises InputError for an unknown one."""
    if relation not in RELATIONS:
        raise InputError(f"There is no relation “{relation[:60]}” here: choose one of the list.")
    pairs = dict.fromkeys((a, b) for a, b, _, _ in sections()[RELATIONS[relation]])
    if relation == "Countries and their capitals":
        pairs = dict.fromkeys((country, city) for city, country in pairs)
    return list(pairs)[:SHOWN]


def typed_pairs(text: str) -> list[tuple[str, str]]:
    """Pairs as people type them: "france paris" on each line, or with a comma or arrow between.

    Raises InputError for a line that is no pair, and for too few or too many.
    """
    if len(text) > 5000:
        raise InputError(f"The list has {len(text):,} characters, and at most 5,000 can be used: shorten it.")
    pairs = []
    for line in text.splitlines():
        if not line.strip():
            continue
        sides = [
            side.strip() for side in line.replace("->", ",").replace("→", ",").replace(";", ",").split(",")
        ]
        sides = sides if len(sides) > 1 else line.split()
        if len(sides) != 2 or not all(sides):
            raise InputError(
                f"“{line.strip()[:60]}” is no pair: write two words on each line, like france, paris."
            )
        pairs.append((sides[0], sides[1]))
    if len(pairs) < 2:
        raise InputError("Type at least two pairs, each on a line of its own.")
    if len(pairs) > MOST_PAIRS:
        raise InputError(
            f"There are {len(pairs)} pairs, and at most {MOST_PAIRS} can be drawn: shorten the list."
        )
    return pairs


def related(
    title: str,
    pairs: Sequence[tuple[str, str]],
    spec: ModelSpec,
    house: Runtime,
    progress: Progress | None = None,
) -> Related:
    """The pairs' vectors. Raises UnknownWord, and InputError for a pair of twice the same word."""

    def work(model: WordVectors) -> Related:
        indices = [(find(model, a), find(model, b)) for a, b in pairs]
        same = next((a for a, b in indices if a == b), None)
        if same is not None:
            raise InputError(f"“{model.words[same]}” stands on both sides of a pair: no arrow leads there.")
        starts = model.vectors([a for a, _ in indices]).cpu()
        ends = model.vectors([b for _, b in indices]).cpu()
        return Related(
            title=title,
            pairs=tuple((model.words[a], model.words[b]) for a, b in indices),
            starts=starts,
            ends=ends,
            parallel=parallelism(ends - starts),
            shuffled=parallelism(ends[derangement(len(indices))] - starts),
        )

    return run(spec, house, work, progress)


def derangement(count: int) -> list[int]:
    """The numbers below `count` in an order in which none keeps its place, always the same one."""
    order = list(range(count))
    random.Random(0).shuffle(order)
    # Shifted along a random cycle: nobody can stay where it was.
    follows = {at: order[(place + 1) % count] for place, at in enumerate(order)}
    return [follows[at] for at in range(count)]
