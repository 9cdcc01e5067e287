"""Pairs of words: which ones there are, what people type, and how their arrows run."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demos.word2vec.lookup import UnknownWord
from demos.word2vec.relations import (
    MOST_PAIRS,
    RELATIONS,
    SHOWN,
    derangement,
    pairs_of,
    related,
    typed_pairs,
)
from gallery.inputs import InputError
from gallery.runtime import Runtime
from gallery.weights import ModelSpec
from tests.demos.word2vec.conftest import Table


@settings(deadline=None)
@given(st.integers(2, 300))
def test_in_a_derangement_none_keeps_its_place(count: int) -> None:
    order = derangement(count)
    assert sorted(order) == list(range(count))
    assert all(place != at for at, place in enumerate(order))
    assert order == derangement(count)


@pytest.mark.parametrize("relation", RELATIONS)
def test_every_relation_has_pairs(relation: str) -> None:
    pairs = pairs_of(relation)
    assert len(pairs) == len(set(pairs)) == SHOWN
    assert all(first != second for first, second in pairs)


@pytest.mark.parametrize(
    ("relation", "pair"),
    [
        ("Countries and their capitals", ("greece", "athens")),
        ("Men and women", ("boy", "girl")),
        ("One and many", ("banana", "bananas")),
        ("Verbs and their past", ("dancing", "danced")),
        ("Adjectives and their comparatives", ("bad", "worse")),
        ("Countries and their people", ("albania", "albanian")),
        ("Cities and their states", ("chicago", "illinois")),
    ],
)
def test_the_pair_stands_as_its_title_says(relation: str, pair: tuple[str, str]) -> None:
    assert pair in pairs_of(relation)


@pytest.mark.parametrize("relation", ["", "men and women", "🙂", "x" * 10_000])
def test_an_unknown_relation_is_one_sentence(relation: str) -> None:
    with pytest.raises(InputError, match=r"^There is no relation .* choose one of the list\.$") as caught:
        pairs_of(relation)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    "text",
    [
        "france paris\njapan tokyo",
        "france, paris\njapan,tokyo",
        " france → paris \r\n\n\t\n japan;tokyo \n",
        "france\tparis\njapan  tokyo\n",
    ],
)
def test_a_pair_stands_on_each_line(text: str) -> None:
    assert typed_pairs(text) == [("france", "paris"), ("japan", "tokyo")]


def test_with_a_comma_a_side_may_have_blanks() -> None:
    assert typed_pairs("New York, Albany\nlos angeles → san francisco") == [
        ("New York", "Albany"),
        ("los angeles", "san francisco"),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "at least two pairs"),
        (" \n ", "at least two pairs"),
        ("france paris", "at least two pairs"),
        ("france\njapan tokyo", "“france” is no pair"),
        ("france paris rome\njapan tokyo", "“france paris rome” is no pair"),
        ("france, paris, rome\na b", "“france, paris, rome” is no pair"),
        ("france,\na b", "“france,” is no pair"),
        (", paris\na b", "“, paris” is no pair"),
        ("→\na b", "“→” is no pair"),
        ("x" * 4000 + "\na b", f"“{'x' * 60}” is no pair"),
        ("a b\n" * (MOST_PAIRS + 1), f"There are {MOST_PAIRS + 1} pairs"),
        ("a b\n" * 2000, "The list has 8,000 characters"),
    ],
)
def test_what_are_no_pairs_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        typed_pairs(text)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 200


@settings(deadline=None)
@given(st.text(max_size=200) | st.text("ab ,;→\n", max_size=60))
def test_any_text_is_pairs_or_refused(text: str) -> None:
    try:
        pairs = typed_pairs(text)
    except InputError:
        return
    assert 2 <= len(pairs) <= MOST_PAIRS
    assert all(first.strip() and second.strip() for first, second in pairs)


FAMILY = [("man", "woman"), ("King", "QUEEN"), ("boy", "girl"), ("uncle", "aunt"), ("son", "daughter")]


def test_related_pairs_run_parallel_and_shuffled_ones_do_not(
    tiny: ModelSpec, runtime: Runtime, units: np.ndarray, table: Table
) -> None:
    found = related("Men and women", FAMILY, tiny, runtime)
    assert found.title == "Men and women"
    assert found.pairs[1] == ("king", "queen")
    words = list(table.words)
    starts = units[[words.index(first) for first, _ in found.pairs]]
    ends = units[[words.index(second) for _, second in found.pairs]]
    np.testing.assert_allclose(found.starts, starts, atol=1e-6)
    np.testing.assert_allclose(found.ends, ends, atol=1e-6)

    def by_hand(arrows: np.ndarray) -> float:
        cosines = []
        for at in range(len(arrows)):
            rest = np.delete(arrows, at, axis=0).mean(axis=0)
            cosines.append(arrows[at] @ rest / np.linalg.norm(arrows[at]) / np.linalg.norm(rest))
        return float(np.mean(cosines))

    assert found.parallel == pytest.approx(by_hand(ends - starts), abs=1e-5)
    assert found.shuffled == pytest.approx(by_hand(ends[derangement(len(ends))] - starts), abs=1e-5)
    assert found.parallel > 0.85
    assert found.shuffled < found.parallel - 0.2


def test_a_pair_of_one_word_or_an_unknown_one_is_refused(tiny: ModelSpec, runtime: Runtime) -> None:
    with pytest.raises(InputError, match=r"^“king” stands on both sides of a pair: no arrow leads there\.$"):
        related("Typed", [("man", "woman"), ("king", "KING")], tiny, runtime)
    with pytest.raises(UnknownWord, match="“kinng” is not among"):
        related("Typed", [("man", "woman"), ("kinng", "queen")], tiny, runtime)
