"""Class names as people write them: synonyms, plurals, hyphens and slips of the finger.

ImageNet names a class by its WordNet synonyms: "goldfish, Carassius auratus". A few words name
two classes ("wagon"); those are found by search, but never taken for an answer by themselves.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from rapidfuzz import fuzz

LONGEST = 80  # characters of a name that are looked at; the longest real one has 44
GOOD_ENOUGH = 72.0  # similarity, 0 to 100, from which a name is worth suggesting


def normalise(text: str) -> str:
    """Lower case, one space between words, nothing but letters and digits: "Go-Kart_" -> "go kart"."""
    text = re.sub("['\N{RIGHT SINGLE QUOTATION MARK}]", "", text[:LONGEST].casefold())
    return " ".join(re.findall(r"[^\W_]+", text))


@dataclass(frozen=True)
class ClassNames:
    """The classes of one network: `classes[i]` is (WordNet id, "name, synonym, synonym")."""

    classes: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.classes)

    def title(self, index: int) -> str:
        """The first of the synonyms, which is enough to show."""
        return self.classes[index][1].split(",")[0].strip()

    def synonyms(self, index: int) -> list[str]:
        return [name.strip() for name in self.classes[index][1].split(",")]

    def also(self, index: int, limit: int) -> str:
        """Some of the other names, for those who know the thing by another."""
        return ", ".join(self.synonyms(index)[1 : 1 + limit])

    @cached_property
    def by_wnid(self) -> dict[str, int]:
        return {wnid: index for index, (wnid, _) in enumerate(self.classes)}

    @cached_property
    def by_name(self) -> dict[str, frozenset[int]]:
        """Every normalised synonym, and every whole name, to the classes that carry it."""
        found: dict[str, set[int]] = defaultdict(set)
        for index, (_, name) in enumerate(self.classes):
            for synonym in [name, *self.synonyms(index)]:
                found[normalise(synonym)].add(index)
        return {name: frozenset(indices) for name, indices in found.items()}

    @cached_property
    def by_title(self) -> dict[str, frozenset[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for index in range(len(self)):
            found[normalise(self.title(index))].add(index)
        return {name: frozenset(indices) for name, indices in found.items()}

    def find(self, text: str) -> frozenset[int]:
        """The classes that `text` names exactly: a WordNet id, a name, or any synonym.

        Empty where nothing does, more than one where a word names several classes.
        """
        if text.strip() in self.by_wnid:
            return frozenset({self.by_wnid[text.strip()]})
        name = normalise(text)
        for names in (self.by_title, self.by_name):
            for spelling in (name, name.removesuffix("s")):
                if spelling in names:
                    return names[spelling]
        return frozenset()

    def suggest(self, text: str, limit: int = 8, without: Sequence[int] = ()) -> list[int]:
        """Classes that `text` may mean, best first; see `match` and `similarity`."""
        query = normalise(text)
        if not query:
            return []
        best: dict[int, float] = {}
        for name, indices in self.by_name.items():
            rank = match(query, name)
            if rank is None:
                continue
            for index in indices - set(without):
                # Among equals the shown title counts more than a synonym, and short names more than long.
                first = 0.0 if name == normalise(self.title(index)) else 0.5
                key = rank + first + len(name) / 1000
                best[index] = min(best.get(index, key), key)
        found = sorted(best, key=lambda index: (best[index], index))[:limit]
        return found or self.similar(query, limit, without)

    def similar(self, text: str, limit: int = 3, without: Sequence[int] = ()) -> list[int]:
        """Classes whose spelling is near, nearest first."""
        best: dict[int, float] = {}
        query = normalise(text)
        for name, indices in self.by_name.items():
            near = similarity(query, name)
            for index in indices - set(without) if near >= GOOD_ENOUGH else ():
                best[index] = max(best.get(index, 0.0), near)
        return sorted(best, key=lambda index: (-best[index], index))[:limit]

    def nearest(self, text: str) -> str | None:
        """The title of the class with the nearest spelling, or None if nothing comes near."""
        found = self.similar(text, 1)
        return self.title(found[0]) if found else None


def similarity(query: str, name: str) -> float:
    """0 to 100: how alike the spellings are, of the whole name or of one word in it."""
    words = (fuzz.ratio(query, word) for word in name.split() if len(word) > 2)
    return max(fuzz.ratio(query, name), 0.95 * max(words, default=0.0))


def match(query: str, name: str) -> int | None:
    """How well `name` begins as the typed `query` does, best 0, or None where it does not contain it.

    0 is it, 1 has it as a word, 2 begins with it, 3 has a word that does, 4 contains it.
    """
    if name == query:
        return 0
    if f" {query} " in f" {name} ":
        return 1
    if name.startswith(query):
        return 2
    if f" {query}" in name:
        return 3
    return 4 if len(query) > 2 and query in name else None


@cache
def synonyms() -> dict[str, str]:
    """WordNet id to "name, synonym, synonym", from Tiny ImageNet's words.txt, for its 200 classes."""
    lines = (Path(__file__).parent / "synonyms.tsv").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t", 1) for line in lines)


def named_classes(classes: tuple[tuple[str, str], ...]) -> ClassNames:
    """A network's (WordNet id, name) pairs, with every further name that WordNet knows."""
    known = synonyms()
    every = [(wnid, [name, *known.get(wnid, name).split(", ")]) for wnid, name in classes]
    return ClassNames(tuple((wnid, ", ".join(dict.fromkeys(names))) for wnid, names in every))
