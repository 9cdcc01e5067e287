"""The books that ship, to train little word vectors on. Each is the book alone; see assets/CREDITS.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "assets" / "texts"


@dataclass(frozen=True)
class Book:
    """A book in the public domain. `ask` is a word whose neighbours are worth a look."""

    key: str
    title: str
    author: str
    year: int
    ask: str

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.key}.txt"

    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")


BOOKS = {
    book.key: book
    for book in (
        Book("grimms_fairy_tales", "Grimms' Fairy Tales", "Brothers Grimm", 1812, "gold"),
        Book("sherlock_holmes", "The Adventures of Sherlock Holmes", "Arthur Conan Doyle", 1892, "street"),
        Book("pride_and_prejudice", "Pride and Prejudice", "Jane Austen", 1813, "sister"),
    )
}
FIRST = BOOKS["grimms_fairy_tales"]
