"""From published word vectors, a table in a safetensors file and words in a JSON file, to 8-bit blocks.

Reading guide: `read_vocabulary` tells which word belongs to which row, `packed` goes through the table
block by block, for Google News is 3.6 GB.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from demos.word2vec.model import Block
from gallery.weights import Progress

# Words in one file, and in memory while they are converted: 300 dimensions take 120 MB, and
# rounding them some copies of that.
BLOCK_WORDS = 100_000
FLOATS = ("F32", "F16")  # safetensors' names of the types that a table may have


class Unfit(Exception):
    """What was downloaded cannot be used. The message is a clause that says why."""


@dataclass(frozen=True)
class Vocabulary:
    """`words` belong to the first rows of the table, in their order; it should have `rows` in all."""

    words: list[str]
    rows: int


def read_vocabulary(path: Path, limit: int) -> Vocabulary:
    """The words of the table's first `limit` rows, from {"tokens": {word: row}}, {word: row} or a list.

    Raises Unfit where the file is something else, or where a row has no word or two.
    """
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Unfit("its vocabulary is not readable as JSON") from error
    # As NeuML's staticvectors writes it; a word "tokens" in a plain map has a number instead.
    if isinstance(content, dict) and isinstance(content.get("tokens"), dict | list):
        content = content["tokens"]
    if isinstance(content, dict):
        pairs: Iterable[tuple[Any, Any]] = content.items()
    elif isinstance(content, list):
        pairs = zip(content, count(), strict=False)
    else:
        raise Unfit("its vocabulary is no list of words")
    rows = len(content)
    words: list[str | None] = [None] * min(rows, limit)
    for word, row in pairs:
        if not isinstance(word, str) or type(row) is not int or not 0 <= row < rows:
            raise Unfit("its vocabulary does not number its words from 0 on")
        if row < len(words):
            words[row] = word
    named = [word for word in words if word is not None]
    if len(named) != len(words):
        raise Unfit("its vocabulary has no word for some rows of the table")
    return Vocabulary(named, rows)


def packed(path: Path, vocabulary: Vocabulary, progress: Progress) -> Iterator[Block]:
    """The vocabulary's words with their vectors from a safetensors file, BLOCK_WORDS at a time.

    Left out are words that a line cannot hold. Raises Unfit where table and words do not fit.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            table = only_table(file)
            rows, _ = table.get_shape()
            if rows != vocabulary.rows:
                raise Unfit(f"its table has {rows:,} rows for {vocabulary.rows:,} words")
            total = len(vocabulary.words)
            for start in range(0, total, BLOCK_WORDS):
                words = vocabulary.words[start : start + BLOCK_WORDS]
                vectors = table[start : start + len(words)].astype(np.float32)  # (words, dimensions)
                if not np.isfinite(vectors).all():
                    raise Unfit("its table holds values that are no numbers")
                kept = [at for at, word in enumerate(words) if is_one_line(word)]
                if len(kept) < len(words):
                    words, vectors = [words[at] for at in kept], vectors[kept]
                if kept:
                    yield Block.pack(words, vectors)
                progress(min(start + BLOCK_WORDS, total), total)
    except SafetensorError as error:
        raise Unfit("its table is no readable safetensors file") from error


def only_table(file: Any) -> Any:
    """The part of an open safetensors file that is a table of floats. Raises Unfit unless there is one.

    Its name differs: "vectors" is NeuML's, "weight" that of a torch embedding.
    """
    parts = [file.get_slice(name) for name in file.keys()]  # noqa: SIM118  # it is no dict
    tables = [part for part in parts if len(part.get_shape()) == 2 and part.get_dtype() in FLOATS]
    if len(tables) != 1:
        raise Unfit(f"it holds {len(tables)} tables of vectors instead of one")
    return tables[0]


def is_one_line(word: str) -> bool:
    """Whether a block's text, a word on each line in UTF-8, can hold the word."""
    try:
        return bool(word.encode()) and "\n" not in word
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell
        return False
