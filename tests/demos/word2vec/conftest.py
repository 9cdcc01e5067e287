"""A few hundred made-up words with structured vectors, and what stands for them elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from gensim.models import KeyedVectors
from safetensors.torch import save_file

from demos.word2vec.hub import Architecture
from demos.word2vec.model import Block, WordVectors
from gallery.runtime import Runtime
from gallery.weights import ModelSpec, Progress, no_progress

DIMENSIONS = 32
FIRST_BLOCK = 300  # words; the second block holds the rest
# Pairs of one line differ by nearly the same vector.
PAIRS = (
    "man woman king queen boy girl brother sister uncle aunt son daughter husband wife prince princess",
    "athens greece berlin germany cairo egypt london england madrid spain oslo norway paris france "
    "rome italy tokyo japan",
    "banana bananas bird birds car cars cat cats dog dogs eye eyes melon melons pig pigs",
)
# Of the lecture's equations, the words of the third are all known; those of the fourth are not.
SINGLE = (
    "legs",
    "wings",
    "turtle",
    "cheese",
    "sandwich",
    "new_york",
    "los_angeles",
    "san_francisco",
    "ice_cream",
    "new_york_city",
    "u2",
    "o'clock",
)


@dataclass(frozen=True)
class Table:
    """Words by frequency, and their vectors in full precision, float32 (words, dimensions)."""

    words: tuple[str, ...]
    vectors: np.ndarray


def structured(seed: int = 7) -> Table:
    random = np.random.default_rng(seed)
    found: dict[str, np.ndarray] = {}

    def draw(size: float) -> np.ndarray:
        return random.normal(size=DIMENSIONS) * size

    for line in PAIRS:
        topic, difference = draw(0.7), draw(1.0)
        names = line.split()
        for first, second in zip(names[::2], names[1::2], strict=True):
            found[first] = topic + draw(0.8)
            found[second] = found[first] + difference + draw(0.15)
    topics = [draw(0.8) for _ in range(8)]
    made_up = ["".join(letters) for letters in product("bdklmrst", "aeiou", "fnpv", "aeo")]
    for place, word in enumerate([*SINGLE, *made_up[:420]]):
        found[word] = topics[place % len(topics)] + draw(1.0)
    order = random.permutation(list(found))
    # Lengths differ, as those of trained vectors do: only directions may count.
    lengths = random.uniform(0.3, 4.0, size=(len(order), 1))
    vectors = np.stack([found[word] for word in order]) * lengths
    return Table(tuple(map(str, order)), vectors.astype(np.float32))


@dataclass(frozen=True)
class Written:
    """A source of files that lie there already."""

    paths: tuple[Path, ...]

    def fetch(self, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        return list(self.paths)


def blocks(table: Table, *sizes: int) -> list[Block]:
    """The words in blocks of these sizes and one of what is left."""
    edges = [*np.cumsum([0, *sizes]).tolist(), len(table.words)]
    return [Block.pack(table.words[start:stop], table.vectors[start:stop]) for start, stop in pairwise(edges)]


@pytest.fixture(scope="session")
def table() -> Table:
    return structured()


@pytest.fixture(scope="session")
def model(table: Table) -> WordVectors:
    return WordVectors.of(blocks(table, FIRST_BLOCK))


@pytest.fixture(scope="session")
def units(model: WordVectors) -> np.ndarray:
    """The vectors that the model stands for, unpacked by NumPy: float64 (words, dimensions)."""
    codes = np.concatenate([block.codes.numpy() for block in model.parts]).astype(np.float64)
    return codes / np.linalg.norm(codes, axis=1, keepdims=True)


@pytest.fixture(scope="session")
def keyed(table: Table, units: np.ndarray) -> KeyedVectors:
    """gensim with the same vectors."""
    vectors = KeyedVectors(DIMENSIONS)
    vectors.add_vectors(list(table.words), units.astype(np.float32))
    return vectors


@pytest.fixture(scope="session")
def tiny(table: Table, tmp_path_factory: pytest.TempPathFactory) -> ModelSpec:
    """The model in files, a block each."""
    folder = tmp_path_factory.mktemp("words")
    paths = []
    for number, block in enumerate(blocks(table, FIRST_BLOCK)):
        tensors = {f"blocks.{number}.{name}": value for name, value in block.state_dict().items()}
        paths.append(folder / f"tiny-{number}.safetensors")
        save_file(tensors, paths[-1])
    source = Written(tuple(paths))
    return ModelSpec("tiny", "Tiny", Architecture(cast(Any, source)), source, "CC0-1.0")


@pytest.fixture(scope="session")
def runtime() -> Iterator[Runtime]:
    house = Runtime(device="cpu", offline=True)
    yield house
    house.close()
