"""One equation over all words, against gensim; what that takes of memory; how long loading takes."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from gensim.models import KeyedVectors

from benchmarks.figures import Figure, interleaved, median
from demos.word2vec.model import Block, WordVectors
from demos.word2vec.models import EMBEDDED
from demos.word2vec.search import query
from gallery.weights import filled

if TYPE_CHECKING:
    from benchmarks.server import Server

PEER = "gensim's KeyedVectors with the same vectors in 32 bits: most_similar, its memory, KeyedVectors.load"
RANDOM = (400_000, 300)  # words, dimensions
BLOCK = 100_000  # words, as in converted public vectors
ANSWERS = 10
TERMS = 3  # king - man + woman
ENDPOINT = "word2vec_solve"


def random_vectors() -> WordVectors:
    random = np.random.default_rng(0)
    words = [f"word{number}" for number in range(RANDOM[0])]
    return WordVectors.of(
        [
            Block.pack(
                words[start : start + BLOCK], random.standard_normal((BLOCK, RANDOM[1]), dtype=np.float32)
            )
            for start in range(0, RANDOM[0], BLOCK)
        ]
    )


def in_gensim(model: WordVectors) -> KeyedVectors:
    """The very same vectors, unpacked."""
    vectors = KeyedVectors(model.dimensions)
    vectors.add_vectors(list(model.words), model.vectors(range(len(model))).numpy())
    vectors.fill_norms()
    return vectors


def equations(model: WordVectors, count: int) -> list[list[int]]:
    """Random words among the more frequent ones, the second of which is taken away."""
    random = np.random.default_rng(1)
    draw: list[list[int]] = random.integers(0, min(20_000, len(model)), (count, TERMS)).tolist()
    return [indices for indices in draw if len(set(indices)) == TERMS]


def ours(model: WordVectors, indices: Sequence[int]) -> list[str]:
    with torch.inference_mode():
        target = query(model, indices, [1, -1, 1])
        return [model.words[at] for at in model.nearest(target, indices, ANSWERS)[0]]


def theirs(vectors: KeyedVectors, words: Sequence[str], indices: Sequence[int]) -> list[str]:
    a, b, c = (words[index] for index in indices)
    return [word for word, _ in vectors.most_similar(positive=[a, c], negative=[b], topn=ANSWERS)]


def queries(model: WordVectors, vectors: KeyedVectors, repeats: int) -> tuple[float, float]:
    """Median seconds of one equation here and in gensim. Raises ValueError where they answer differently."""
    asked = equations(model, repeats)
    words = model.words
    for indices in asked[:20]:
        if ours(model, indices) != theirs(vectors, words, indices):
            raise ValueError("The gallery and gensim do not agree on an equation.")
    mine, peer = iter(asked * 2), iter(asked * 2)
    seconds = interleaved(
        len(asked),
        lambda: ours(model, next(mine)),
        lambda: theirs(vectors, words, next(peer)),
    )
    return median(seconds[0]), median(seconds[1])


def memories(model: WordVectors, vectors: KeyedVectors) -> tuple[int, int]:
    """Bytes of the numbers, and of the words with what finds them, here and in gensim."""
    numbers = sum(buffer.numel() * buffer.element_size() for buffer in model.buffers())
    # Codes are there twice: the second copy is laid out for the fast products.
    numbers += sum(block.codes.numel() for block in model.parts) if model.multiply else 0
    words: list[str] = vectors.index_to_key
    containers = sum(map(sys.getsizeof, (words, vectors.key_to_index, *words)))
    return numbers + model.words.memory, vectors.vectors.nbytes + vectors.norms.nbytes + containers


def loads(vectors: KeyedVectors, repeats: int) -> tuple[float, float]:
    """Median seconds until the embedded vectors can answer, here and in gensim."""

    def load() -> None:
        model = filled(EMBEDDED, *EMBEDDED.source.fetch())
        assert isinstance(model, WordVectors)
        assert model.words

    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "vectors")
        vectors.save(file)
        load_peer: Callable[[], object] = lambda: KeyedVectors.load(file)  # noqa: E731
        load()
        load_peer()
        seconds = interleaved(repeats, load, load_peer)
    return median(seconds[0]), median(seconds[1])


def measure(repeats: int = 100) -> list[Figure]:
    embedded = filled(EMBEDDED, *EMBEDDED.source.fetch())
    assert isinstance(embedded, WordVectors)
    peer = in_gensim(embedded)
    small = queries(embedded, peer, repeats)
    small_memory = memories(embedded, peer)
    load = loads(peer, max(1, repeats // 10))
    del peer
    large_model = random_vectors()
    peer = in_gensim(large_model)
    large = queries(large_model, peer, max(2, repeats // 2))
    large_memory = memories(large_model, peer)
    size = f"{RANDOM[0]:,} x {RANDOM[1]} random vectors"
    return [
        Figure("query_ms", 1e3 * small[0], "ms", "one equation over the embedded words", 1e3 * small[1]),
        Figure("query_400k_ms", 1e3 * large[0], "ms", f"one equation over {size}", 1e3 * large[1]),
        Figure(
            "query_speedup",
            min(small[1] / small[0], large[1] / large[0]),
            "",
            "gensim's time over ours, the smaller of the two; the answers are equal",
            least=2,
        ),
        Figure(
            "memory_mb",
            small_memory[0] / 1e6,
            "MB",
            "the embedded vectors with their words",
            small_memory[1] / 1e6,
        ),
        Figure("memory_400k_mb", large_memory[0] / 1e6, "MB", size, large_memory[1] / 1e6),
        Figure(
            "memory_ratio",
            max(small_memory[0] / small_memory[1], large_memory[0] / large_memory[1]),
            "",
            "our memory over gensim's, the larger of the two",
            goal=0.5,
        ),
        Figure(
            "load_ms",
            1e3 * load[0],
            "ms",
            "until the embedded vectors answer, checksums included",
            1e3 * load[1],
        ),
    ]


def use_once(server: Server, picture: dict[str, object]) -> float:
    """One use of the demo over HTTP, as the first visitor makes it. Returns the seconds it took."""
    started = time.perf_counter()
    server.call(ENDPOINT, "king - man + woman", "3CosAdd", True, EMBEDDED.key)
    return time.perf_counter() - started
