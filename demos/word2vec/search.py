"""From a few words with weights to a score for every word: 3CosAdd and 3CosMul.

Both are compared in Levy and Goldberg, "Linguistic Regularities in Sparse and Explicit Word
Representations", CoNLL 2014.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Protocol

import torch
from torch import Tensor

NOTHING = 1e-5  # of the terms' lengths: less is what rounding leaves where words cancel out
TINY = 1e-6  # keeps 3CosMul from dividing by zero, as in gensim


class Vectors(Protocol):
    """What can be searched: model.WordVectors, or the same in full precision."""

    @property
    def index(self) -> dict[str, int]: ...

    def vectors(self, indices: Sequence[int]) -> Tensor: ...

    def cosines(self, queries: Tensor) -> Tensor: ...


class Method(Enum):
    ADD = "3CosAdd"
    MULTIPLY = "3CosMul"


def query(model: Vectors, indices: Sequence[int], weights: Sequence[float]) -> Tensor:
    """The sum of the words' unit vectors times their weights, at length 1: float32 (dimensions,).

    The zero vector where the words cancel each other out, but for rounding.
    """
    units = model.vectors(indices)  # (T, D)
    total = torch.tensor(weights, dtype=torch.float32, device=units.device) @ units
    if total.norm() <= NOTHING * sum(map(abs, weights)):
        return torch.zeros_like(total)
    return torch.nn.functional.normalize(total, dim=0)


def add(model: Vectors, indices: Sequence[int], weights: Sequence[float]) -> Tensor:
    """Cosine of every word with the sum: float32 (words,)."""
    return model.cosines(query(model, indices, weights)[None])[:, 0]


def multiply(model: Vectors, indices: Sequence[int], weights: Sequence[float]) -> Tensor:
    """How alike each word is to all that is added, over how alike to all that is taken away.

    Cosines are moved from [-1, 1] to [0, 1] first; a weight is an exponent. No single term can
    outvote the others, as it can in a sum. Returns float32 (words,).
    """
    likeness = (1 + model.cosines(model.vectors(indices))) / 2  # (words, T)
    powers = likeness.clamp(min=0) ** torch.tensor(
        [abs(weight) for weight in weights], dtype=torch.float32, device=likeness.device
    )
    plus = torch.tensor([weight > 0 for weight in weights], device=likeness.device)
    return powers[:, plus].prod(dim=1) / (powers[:, ~plus].prod(dim=1) + TINY)


SCORES = {Method.ADD: add, Method.MULTIPLY: multiply}


def best(scores: Tensor, excluded: Sequence[int], count: int) -> list[int]:
    """The words with the highest scores, best first; of equal ones the more frequent comes first."""
    scores = scores.clone()
    scores[list(excluded)] = -torch.inf
    count = min(count, len(scores) - len(set(excluded)))
    if count <= 0:
        return []
    able = (scores >= scores.topk(count).values[-1]).nonzero()[:, 0]  # by frequency
    order = scores[able].argsort(descending=True, stable=True)[:count]
    found: list[int] = able[order].tolist()
    return found


def rank(scores: Tensor, index: int, excluded: Sequence[int]) -> int:
    """The place of one word among all that are not excluded, from 1."""
    above = scores > scores[index]
    above[list(excluded)] = False
    return int(above.sum()) + 1
