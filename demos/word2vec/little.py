"""What a small training has learnt: the words' vectors, their neighbours, and a map that holds still."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from demos.word2vec.corpus import tokens
from demos.word2vec.equation import parse
from gallery.inputs import InputError


@dataclass(frozen=True)
class LittleModel:
    """What was learnt: words by frequency, how often each occurs, unit vectors (words, dimensions)."""

    words: tuple[str, ...]
    counts: tuple[int, ...]
    vectors: np.ndarray


def units(vectors: np.ndarray) -> np.ndarray:
    """Each row at length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)


def plane(vectors: np.ndarray, axes: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Places (W, 2) of the vectors (W, D) around the origin, and the axes (D, 2) of their plane.

    It is spanned by the two directions in which the vectors differ most (PCA). Given the axes of
    the frame before, it only turns from there one step of power iteration towards that plane: while
    much changes it lags, so that a map does not leap, and it arrives where the vectors come to rest.
    """
    centred = (vectors - vectors.mean(axis=0)).astype(np.float64)
    spread = centred.T @ centred  # (D, D)
    if axes is None:
        # Asked for two alone, LAPACK does not wake its threads, which on a busy machine cost 20 ms.
        _, axes = eigh(
            spread, subset_by_index=[len(spread) - 2, len(spread) - 1]
        )  # (D, 2), the greatest last
        axes = axes[:, ::-1]
    else:
        axes, _ = np.linalg.qr(spread @ axes)
    return centred @ axes, axes


def aligned(places: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The places (W, 2), turned and mirrored to lie as near to `before` as they can: a map has no up.

    Orthogonal Procrustes (Schönemann 1966). Nothing is stretched, so the scale stays.
    """
    u, _, vt = np.linalg.svd(places.T @ before)
    return np.asarray(places @ (u @ vt))


def neighbours(model: LittleModel, text: str, count: int = 8) -> list[tuple[str, float]]:
    """Words most alike to a word, or to a sum such as "king - man + woman", and their cosines, best first.

    Raises InputError for a word that is not in the little model.
    """
    index = {word: at for at, word in enumerate(model.words)}
    asked: list[int] = []
    query = np.zeros(model.vectors.shape[1], np.float32)
    for term in parse(text).terms:
        word = next((word for word in tokens(term.word) if word in index), None)
        if word is None:
            raise InputError(
                f"“{term.word[:40]}” does not occur often enough in this text: "
                "ask for a word that is on the map."
            )
        asked.append(index[word])
        query += term.weight * model.vectors[index[word]]
    cosines = model.vectors @ units(query[None])[0]  # (words,)
    cosines[asked] = -np.inf
    order = np.argsort(-cosines, kind="stable")[: min(count, len(index) - len(set(asked)))]
    return [(model.words[at], float(cosines[at])) for at in order]
