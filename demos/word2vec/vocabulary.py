"""All words of a model in little memory: their text, and the order in which a dictionary has them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np

NEW_LINE = 10


class Vocabulary(Sequence[str]):
    """Words by their rank, the most frequent being 0, and the rank of a word.

    Python's own list, strings and dictionary of half a million words would take more memory than
    a quarter of their vectors. `text` is UTF-8, a word on each line.
    """

    def __init__(self, text: bytes) -> None:
        self._text = text
        ends = np.flatnonzero(np.frombuffer(text, np.uint8) == NEW_LINE)
        self._edges = np.concatenate([[-1], ends, [len(text)]]).astype(np.int32)
        words = text.split(b"\n")
        self._order = np.array(sorted(range(len(words)), key=words.__getitem__), np.int32)

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, rank: int) -> str:  # type: ignore[override]  # no slices
        if not 0 <= rank < len(self):
            raise IndexError("There is no word of that rank.")
        return self._bytes(rank).decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._text.decode().split("\n"))

    def _bytes(self, rank: int) -> bytes:
        return self._text[self._edges[rank] + 1 : self._edges[rank + 1]]

    def find(self, word: str) -> int | None:
        """The rank of a word, None where it is not here."""
        wanted = word.encode(errors="replace")
        place = bisect_left(self._order, wanted, key=self._bytes)
        found = place < len(self) and self._bytes(self._order[place]) == wanted
        return int(self._order[place]) if found else None

    @property
    def memory(self) -> int:
        """Bytes that all this takes."""
        return len(self._text) + self._edges.nbytes + self._order.nbytes
