"""The words as vectors: a table of small numbers, and the one operation that everything here needs.

Reading guide: a `Block` holds some thousands of words, `WordVectors` all blocks; `vectors` looks words
up, `cosines` compares every word with a query, `nearest` finds the best without comparing exactly.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from demos.word2vec.vocabulary import Vocabulary

ROWS = 8192  # words that are unpacked to 32 bits at a time
SPARE = 300  # words that are looked at beyond those asked for, in case rough cosines are close
LARGEST = 127  # of 8-bit numbers; -128 is left out, so that both signs reach equally far
# For 16 evenly spaced levels on normally distributed numbers the rounding error is least if the
# levels reach so many standard deviations to both sides (Max 1960).
REACH = 2.68


def eight_bits(vectors: np.ndarray) -> np.ndarray:
    """`vectors` (words, dimensions) rounded to whole numbers from -127 to 127, int8.

    Each row has a scale of its own, for only its direction counts.
    """
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    codes: np.ndarray = np.round(vectors / np.where(largest > 0, largest, 1) * LARGEST).astype(np.int8)
    return codes


def four_bits(vectors: np.ndarray) -> np.ndarray:
    """`vectors` (words, dimensions) rounded to the 16 odd numbers from -15 to 15, int8."""
    step = REACH / 8 * vectors.std(axis=1, keepdims=True)
    levels = np.floor(vectors / np.where(step > 0, step, 1)).clip(-8, 7)
    codes: np.ndarray = (2 * levels + 1).astype(np.int8)
    return codes


def half_bytes(codes: Tensor) -> Tensor:
    """What `four_bits` gives, two numbers in a byte: uint8 (words, dimensions / 2)."""
    levels = ((codes + 15) / 2).to(torch.uint8)
    return levels[:, 0::2] | levels[:, 1::2] << 4


def whole_bytes(halves: Tensor) -> Tensor:
    """The reverse of `half_bytes`: int8 (words, dimensions)."""
    levels = torch.stack([halves & 15, halves >> 4], dim=2).flatten(1)  # (words, dimensions)
    return 2 * levels.to(torch.int8) - 15


def unpack(block: nn.Module, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """Before a block is filled: two numbers to a byte become one each."""
    if (halves := state.pop(f"{prefix}halves", None)) is not None:
        state[f"{prefix}codes"] = whole_bytes(halves)


class Block(nn.Module):
    """A part of the words, the most frequent first, as it lies in one file.

    `codes` is int8 (words, dimensions): the direction of each word's vector. `inverse_norms` is
    float32 (words,): what makes its length 1. `text` is uint8: the words in UTF-8, a line each.
    A file may hold `halves` instead of `codes`, two numbers in a byte.
    """

    codes: Tensor
    inverse_norms: Tensor
    text: Tensor

    def __init__(self, words: int, dimensions: int, text: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.zeros(words, dimensions, dtype=torch.int8))
        self.register_buffer("inverse_norms", torch.zeros(words))
        self.register_buffer("text", torch.zeros(text, dtype=torch.uint8))
        self.register_load_state_dict_pre_hook(unpack)  # type: ignore[no-untyped-call]

    @classmethod
    def pack(cls, words: Sequence[str], vectors: np.ndarray) -> Block:
        """`vectors` (words, dimensions) in 8 bits."""
        return cls.of(words, eight_bits(vectors))

    @classmethod
    def of(cls, words: Sequence[str], codes: np.ndarray) -> Block:
        """`codes` are int8 (words, dimensions)."""
        norms = np.linalg.norm(codes.astype(np.float32), axis=1)
        text = "\n".join(words).encode()
        block = cls(len(words), codes.shape[1], len(text))
        block.codes = torch.from_numpy(codes)
        block.inverse_norms = torch.from_numpy(1 / np.maximum(norms, 1)).float()
        block.text = torch.from_numpy(np.frombuffer(text, np.uint8).copy())
        return block

    def vectors(self, rows: Tensor) -> Tensor:
        """Unit vectors, float32 (len(rows), dimensions)."""
        return self.codes[rows].float() * self.inverse_norms[rows, None]

    def cosines(self, queries: Tensor) -> Tensor:
        """See WordVectors.cosines. Unpacked piece by piece: the whole would be four times the memory."""
        queries = queries.T.contiguous()  # (dimensions, Q)
        cosines = queries.new_empty(len(self.codes), queries.shape[1])
        for start in range(0, len(self.codes), ROWS):
            torch.mm(self.codes[start : start + ROWS].float(), queries, out=cosines[start : start + ROWS])
        return cosines.mul_(self.inverse_norms[:, None])


class WordVectors(nn.Module):
    """All words, by frequency. `sizes` are (words, dimensions, bytes of text) of each block."""

    def __init__(self, sizes: Sequence[tuple[int, int, int]]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(Block(*size) for size in sizes)

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> WordVectors:
        model = cls([])
        model.blocks = nn.ModuleList(blocks)
        return model.eval()

    def __len__(self) -> int:
        return sum(len(block.codes) for block in self.parts)

    @property
    def parts(self) -> list[Block]:
        return [block for block in self.blocks if isinstance(block, Block)]

    @property
    def dimensions(self) -> int:
        return self.parts[0].codes.shape[1]

    @cached_property
    def words(self) -> Vocabulary:
        """Every word; its place is its rank by frequency, from 0."""
        return Vocabulary(b"\n".join(bytes(block.text.cpu().numpy()) for block in self.parts))

    @cached_property
    def index(self) -> dict[str, int]:
        """The same the other way round, for those who look up many."""
        return {word: rank for rank, word in enumerate(self.words)}

    def vectors(self, indices: Sequence[int]) -> Tensor:
        """Unit vectors of these words, float32 (len(indices), dimensions). Raises IndexError."""
        wanted = np.asarray(indices, dtype=np.int64)
        if len(wanted) and not 0 <= wanted.min() <= wanted.max() < len(self):
            raise IndexError("There is no word of that rank.")
        device = self.parts[0].codes.device
        found = torch.empty(len(wanted), self.dimensions, device=device)
        start = 0
        for block in self.parts:
            here = np.flatnonzero((wanted >= start) & (wanted < start + len(block.codes)))
            if len(here):
                rows = torch.from_numpy(wanted[here] - start).to(device)
                found[torch.from_numpy(here).to(device)] = block.vectors(rows)
            start += len(block.codes)
        return found

    def cosines(self, queries: Tensor) -> Tensor:
        """How alike each word is to each query: `queries` is (Q, dimensions) of unit vectors.

        Returns float32 (words, Q), from -1 to 1.
        """
        with torch.no_grad():
            return torch.cat([block.cosines(queries) for block in self.parts])

    def nearest(self, query: Tensor, excluded: Sequence[int], count: int) -> tuple[list[int], Tensor]:
        """The words most alike to a unit vector, best first, and their cosines, float32 (count,).

        All are compared roughly. Whoever could be among the best, given how far a rough cosine can be
        off, is compared exactly: so the answer is that of the exact comparison. Of equal ones the
        more frequent comes first.
        """
        with torch.no_grad():
            rough, slack = self.rough_cosines(query)
            rough[list(excluded)] = -torch.inf
            count = min(count, len(self) - len(set(excluded)))
            if count <= 0:
                return [], rough[:0]
            values, able = rough.topk(min(count + SPARE, len(self)))
            least = values[count - 1] - 2 * slack
            if values[-1] >= least:  # more of them are close together than was thought
                able = (rough >= least).nonzero()[:, 0]
            able = able[rough[able] >= least].sort().values  # by frequency
            cosines = self.vectors(able.tolist()) @ query
            order = cosines.argsort(descending=True, stable=True)[:count]
            return able[order].tolist(), cosines[order]

    def rough_cosines(self, query: Tensor) -> tuple[Tensor, float]:
        """Cosine of every word with a unit vector, float32 (words,), and how far they can be off."""
        if self.multiply is None:
            return self.cosines(query[None])[:, 0], 0.0
        rough = self.multiply(query[None])[0].mul_(self.inverse_norms)
        # The query's numbers are rounded to a grid of 128 steps, so none moves by more than half of
        # one, and a word, whose length is 1, cannot make more of it than the length of all moves.
        step = float(query.clamp(min=0).max() - query.clamp(max=0).min()) / 127
        return rough, 0.501 * step * math.sqrt(len(query))

    @cached_property
    def inverse_norms(self) -> Tensor:
        return torch.cat([block.inverse_norms for block in self.parts])

    @cached_property
    def multiply(self) -> Callable[[Tensor], Tensor] | None:
        """(1, dimensions) float32 to (1, words): products with all codes in 8-bit arithmetic.

        A quarter of the bytes to read, which is what takes the time. For this the codes are there a
        second time, laid out for it. None where torch cannot do it: on a GPU, and in those versions to
        come that have dropped these operations.
        """
        if self.parts[0].codes.device.type != "cpu":
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they are to move to another package
                codes = torch.cat([block.codes for block in self.parts])
                table = torch.quantize_per_tensor(codes.float(), 1.0, 0, torch.qint8)
                packed = torch.ops.quantized.linear_prepack(table, None)
        except (AttributeError, RuntimeError, NotImplementedError):
            return None
        # Seven bits for the query: with eight, older processors overflow.
        return lambda query: torch.ops.quantized.linear_dynamic(query, packed, reduce_range=True)
