"""Finds the word that somebody means, or says which ones are spelled like it."""

from __future__ import annotations

import unicodedata

from rapidfuzz import fuzz, process

from demos.word2vec.model import WordVectors
from gallery.inputs import InputError

SUGGESTIONS = 5
ALIKE = 65  # of 100: below this a spelling is no suggestion
LONGEST = 60  # characters; no word of the vocabulary is longer


class UnknownWord(InputError):
    """A word that the model has no vector for; `suggestions` are spelled like it, best first."""

    def __init__(self, word: str, suggestions: list[str], known: int) -> None:
        self.word = word
        self.suggestions = suggestions
        shown = word if len(word) <= LONGEST else f"{word[:LONGEST]}…"
        self.sentence = f"“{shown}” is not among the {known:,} words of this model."
        hint = f" Did you mean {' or '.join(map(spoken, suggestions))}?" if suggestions else ""
        super().__init__(self.sentence + hint)


def spoken(word: str) -> str:
    """As people write it: new_york is new york."""
    return word.replace("_", " ")


def find(model: WordVectors, word: str) -> int:
    """The word's rank by frequency, from 0. Raises UnknownWord."""
    for spelling in spellings(word):
        if (rank := model.words.find(spelling)) is not None:
            return rank
    raise UnknownWord(word, suggestions(model, word), len(model))


def spellings(word: str) -> list[str]:
    """What may stand in the vocabulary for it, the likeliest first.

    Our own vocabulary is in lower case and without accents; public ones know capitals.
    """
    joined = "_".join(word.replace("-", " ").split())[: 2 * LONGEST]
    lower = [joined, joined.lower(), plain(joined).lower()]
    capital = ["_".join(part.capitalize() for part in joined.split("_")), joined.upper()]
    return list(dict.fromkeys(lower + capital))


def plain(word: str) -> str:
    """Without accents; what is not Latin falls away."""
    return unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()


def suggestions(model: WordVectors, word: str) -> list[str]:
    """Known words that are spelled almost alike; of equally likely ones the frequent first."""
    joined = "_".join(word.replace("-", " ").split())[:LONGEST].lower()
    spelling = plain(joined) or joined
    if not any(letter.isalpha() for letter in spelling):
        return []
    found = process.extract(spelling, model.words, scorer=fuzz.ratio, limit=50, score_cutoff=ALIKE)
    best = sorted(found, key=lambda each: (-each[1], each[2]))
    return [known for known, _, _ in best[:SUGGESTIONS]]
