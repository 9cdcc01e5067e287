"""Writes the files that ship, and the figures on the card, from a training's last checkpoint.

    python -m demos.word2vec.export

What all directions have in common is taken off first: their mean and the few axes along which they
differ most, which tell frequent words from rare ones more than one meaning from another (Mu and
Viswanath 2018, "All-but-the-Top"). Then each number is rounded to 4 bits.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from demos.word2vec import evaluate
from demos.word2vec.model import Block, WordVectors, four_bits, half_bytes
from demos.word2vec.train import Checkpoint
from gallery.card import Card
from gallery.weights import EMBEDDED_FOLDER, sha256

FOLDER = Path(__file__).parent
WORDS = 125_000  # the most frequent; 20 MB in all, and 98 % of the analogy questions are covered
FILES = 3
# The sections of the analogy questions stand in the card's text.
ON_THE_CARD = (
    "google_analogies",
    "google_analogies_uncovered",
    "google_semantic",
    "google_syntactic",
    "wordsim353",
    "simlex999",
)
PER_AXIS = 100  # one common axis for each 100 dimensions: the rule of the paper
SAMPLE = 5  # every fifth word is enough to find the axes


class FullVectors:
    """The vectors in 32 bits, to measure what rounding them costs."""

    def __init__(self, words: Sequence[str], vectors: np.ndarray) -> None:
        self.index = {word: at for at, word in enumerate(words)}
        self.units = torch.nn.functional.normalize(torch.from_numpy(vectors))

    def vectors(self, indices: Sequence[int]) -> Tensor:
        return self.units[list(indices)]

    def cosines(self, queries: Tensor) -> Tensor:
        return self.units @ queries.T


def purified(vectors: np.ndarray) -> np.ndarray:
    """Directions without what they have in common: float32 (words, dimensions)."""
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    centred = units - units.mean(axis=0)
    _, _, axes = np.linalg.svd(centred[::SAMPLE], full_matrices=False)
    common = axes[: vectors.shape[1] // PER_AXIS]  # (axes, dimensions)
    rest: np.ndarray = (centred - centred @ common.T @ common).astype(np.float32)
    return rest


def packed(words: Sequence[str], vectors: np.ndarray) -> list[Block]:
    """Blocks of equally many words, rounded to 4 bits."""
    codes = four_bits(vectors)
    edges = np.linspace(0, len(words), FILES + 1).astype(int)
    return [Block.of(words[start:end], codes[start:end]) for start, end in pairwise(edges)]


def save(blocks: Sequence[Block], folder: Path = EMBEDDED_FOLDER) -> list[Path]:
    """One file for each block."""
    paths = []
    for number, block in enumerate(blocks):
        tensors = {
            "halves": half_bytes(block.codes),
            "inverse_norms": block.inverse_norms,
            "text": block.text,
        }
        path = folder / f"word2vec-{number + 1}.safetensors"
        save_file({f"blocks.{number}.{name}": value.contiguous() for name, value in tensors.items()}, path)
        paths.append(path)
    return paths


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("runs/word2vec"), help="folder of the training")
    options = parser.parse_args()

    found = Checkpoint(options.run).load()
    if found is None:
        parser.error(f"{options.run} holds no checkpoint: run demos.word2vec.train first.")
    trained, done, seconds = found
    words = trained.wv.index_to_key[:WORDS]
    vectors = purified(trained.wv.vectors[:WORDS])
    blocks = packed(words, vectors)
    paths = save(blocks)
    model = WordVectors.of(blocks)
    figures = evaluate.measure(model)
    full = evaluate.analogies(FullVectors(words, vectors))
    lecture = evaluate.lecture(model)
    shutil.copy(options.run / "curve.csv", FOLDER / "curve.csv")
    settings = json.loads((options.run / "state.json").read_text())["settings"]
    ranks = [ranks[0] for ranks in lecture.values()]
    Card.update(
        FOLDER / "card.md",
        weights=[path.name for path in paths],
        sha256=[sha256(path) for path in paths],
        seed=settings["seed"],
        wall_time=f"{seconds / 3600:.1f} hours, {os.cpu_count()} CPU cores, CPU",
        metrics={
            **{name: round(figures[name], 4) for name in ON_THE_CARD},
            "google_analogies_32_bits": round(full["google_analogies"], 4),
            "lecture_equations_first": sum(rank == 1 for rank in ranks),
            "words": len(words),
        },
    )
    print(f"{done} parts of the corpus; {json.dumps(figures, indent=1)}")
    for equation, (added, multiplied) in lecture.items():
        print(f"{equation}: {added} by 3CosAdd, {multiplied} by 3CosMul")


if __name__ == "__main__":
    main()
