"""Which word somebody means, and which ones are spelled like it."""

from __future__ import annotations

import difflib

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from demos.word2vec.lookup import ALIKE, LONGEST, SUGGESTIONS, UnknownWord, find, spoken, suggestions
from demos.word2vec.model import Block, WordVectors
from gallery.inputs import InputError


def of_words(*words: str) -> WordVectors:
    return WordVectors.of([Block.pack(words, torch.eye(len(words), 4).numpy() + 0.1)])


def test_every_word_is_found_at_its_own_place(model: WordVectors) -> None:
    for place, word in enumerate(model.words):
        assert find(model, word) == place
        assert find(model, spoken(word)) == place


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("KING", "king"),
        ("  King ", "king"),
        ("kíng", "king"),
        ("PÂRIS", "paris"),
        ("New York", "new_york"),
        ("new  \n york", "new_york"),
        ("New-York", "new_york"),
        ("new_york", "new_york"),
        ("New York City", "new_york_city"),
        ("ｋｉｎｇ", "king"),
        ("O'Clock", "o'clock"),
        ("U2", "u2"),
    ],
)
def test_a_spelling_finds_the_word(model: WordVectors, typed: str, meant: str) -> None:
    assert model.words[find(model, typed)] == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("paris", "Paris"),
        ("Paris", "Paris"),
        ("new york", "New_York"),
        ("nasa", "NASA"),
        ("apple", "apple"),
        ("Apple", "Apple"),
        ("café", "café"),
        ("APPLE", "apple"),
    ],
)
def test_a_vocabulary_with_capitals_is_searched_too(typed: str, meant: str) -> None:
    cased = of_words("the", "Paris", "New_York", "NASA", "Apple", "apple", "café", "cafe")
    assert cased.words[find(cased, typed)] == meant


def by_hand(model: WordVectors, typed: str) -> list[str]:
    """Every word with its likeness, sorted: the likest first, of equals the frequent one."""
    scored = [(-fuzz.ratio(typed, word), place, word) for place, word in enumerate(model.words)]
    return [word for score, _, word in sorted(scored) if -score >= ALIKE][:SUGGESTIONS]


TYPOS = ["kinng", "qeen", "womann", "tokio", "new_yrok", "sandwitch", "germny", "banaba", "batafo", "zzzzzz"]


@pytest.mark.parametrize("typo", TYPOS)
def test_suggestions_are_the_likest_words(model: WordVectors, typo: str) -> None:
    with pytest.raises(UnknownWord) as caught:
        find(model, typo)
    assert caught.value.suggestions == by_hand(model, typo)
    assert suggestions(model, typo) == caught.value.suggestions
    assert caught.value.word == typo
    for known in caught.value.suggestions:
        assert difflib.SequenceMatcher(None, typo, known).ratio() > 0.5, "Another measure agrees."


@pytest.mark.parametrize("typo", TYPOS)
def test_capitals_and_accents_change_no_suggestion(model: WordVectors, typo: str) -> None:
    plain = by_hand(model, typo)
    accented = typo.replace("e", "é").replace("o", "ö")
    for typed in (typo.capitalize(), typo.upper(), accented, typo.replace("_", " ").title()):
        assert suggestions(model, typed) == plain


def test_of_equally_likely_words_the_frequent_comes_first() -> None:
    words = [f"caret{letter}" for letter in "zyxwvutsrqponmlkjihgfedcba"]
    assert suggestions(of_words(*words), "caret") == words[:SUGGESTIONS]


@pytest.mark.parametrize(
    "typed", ["🙂", "👩🏽‍🚀", "日本", "Москва", "مدينة", "1", "12345", "?!", "_", "Q", "é", ""]
)
def test_what_is_spelled_like_nothing_gets_no_suggestion(model: WordVectors, typed: str) -> None:
    with pytest.raises(UnknownWord) as caught:
        find(model, typed)
    assert caught.value.suggestions == []
    assert str(caught.value) == f"“{typed}” is not among the {len(model):,} words of this model."


def test_the_sentence_names_what_is_close(model: WordVectors) -> None:
    with pytest.raises(
        InputError, match=r"“new yorkk” is not among .* model\. Did you mean new york or .*\?$"
    ):
        find(model, "new yorkk")


@pytest.mark.parametrize("typed", ["king" * 2500, "new york " * 1000, "🙂" * 5000, "<b>" * 3000])
def test_an_endless_word_is_cut_in_the_sentence(model: WordVectors, typed: str) -> None:
    with pytest.raises(UnknownWord) as caught:
        find(model, typed)
    assert f"“{typed[:LONGEST]}…”" in str(caught.value)
    assert len(str(caught.value)) < 300


@settings(deadline=None)
@given(typed=st.text(max_size=200))
def test_any_text_is_found_or_unknown(model: WordVectors, typed: str) -> None:
    try:
        index = find(model, typed)
    except UnknownWord as unknown:
        found = unknown.suggestions
    else:
        found = [model.words[index]]
    assert len(found) <= SUGGESTIONS
    assert set(found) <= set(model.words)
