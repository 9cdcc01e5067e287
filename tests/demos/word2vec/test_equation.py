"""The grammar of the equation bar: what it reads, and what it refuses in one sentence."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from demos.word2vec.equation import LARGEST_WEIGHT, LONGEST, MOST_TERMS, Equation, Term, parse
from gallery.inputs import InputError


def terms(text: str) -> list[tuple[str, float]]:
    return [(term.word, term.weight) for term in parse(text).terms]


READ = {
    "king": [("king", 1)],
    "king - man + woman": [("king", 1), ("man", -1), ("woman", 1)],
    "king-man+woman": [("king", 1), ("man", -1), ("woman", 1)],
    "king − man – woman — boy": [("king", 1), ("man", -1), ("woman", -1), ("boy", -1)],
    "  + king\n-\tman ": [("king", 1), ("man", -1)],
    "- man + king": [("man", -1), ("king", 1)],
    "2*cheese - .5 × bread + 1.25·butter": [("cheese", 2), ("bread", -0.5), ("butter", 1.25)],
    "0*man + king": [("man", 0), ("king", 1)],
    "new york + ice cream": [("new york", 1), ("ice cream", 1)],
    '"ice-cream" - "new york"': [("ice-cream", 1), ("new york", -1)],
    "“a + b” + c": [("a + b", 1), ("c", 1)],
    '3*"ice cream" - man': [("ice cream", 3), ("man", -1)],
    "king + king": [("king", 1), ("king", 1)],
    "king's men + o'clock": [("king's men", 1), ("o'clock", 1)],
    "U2 + 1984": [("U2", 1), ("1984", 1)],
    "2 * 1984": [("1984", 2)],
    "Zürich + 東京 + Москва + ελλάδα + مدينة": [
        (w, 1) for w in ("Zürich", "東京", "Москва", "ελλάδα", "مدينة")
    ],
    "🙂 + 👩🏽‍🚀": [("🙂", 1), ("👩🏽‍🚀", 1)],
    "<script>alert(1)</script>": [("<script>alert(1)</script>", 1)],
    "Robert'); DROP TABLE words;": [("Robert'); DROP TABLE words;", 1)],
    "{{7}} ${x} %s \\0": [("{{7}} ${x} %s \\0", 1)],
}


@pytest.mark.parametrize("text", READ)
def test_what_is_typed_is_read_as_words_with_weights(text: str) -> None:
    assert terms(text) == READ[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("france - paris + tokyo = japan", "japan"),
        ("king=queen", "queen"),
        ('a + b =   "new   york" ', "new york"),
        ("a + b = “new york”", "new york"),
        ("king - man", ""),
    ],
)
def test_behind_the_equals_sign_stands_what_is_expected(text: str, expected: str) -> None:
    assert parse(text).expected == expected
    assert parse(text).terms == parse(text.partition("=")[0]).terms


MANY = " + ".join(["a"] * 10_000)
REFUSED = {
    "": "is empty",
    " \n\t ": "is empty",
    "-": "ends with a sign",
    "+ - + -": "Two signs stand side by side",
    "king - - man": "Two signs stand side by side",
    "king −– man": "Two signs stand side by side",
    "king +": "ends with a sign",
    "- man": "Only words that are taken away",
    "-man - woman": "Only words that are taken away",
    "0*king": "Only words that are taken away",
    "= queen": "no word in the equation",
    "king =": "Behind the =",
    'king = " "': "Behind the =",
    "a = b = c": "has one =",
    "a == b": "has one =",
    '"king': "quotation mark is open",
    'king + man"': "quotation mark is open",
    "“king": "quotation mark is open",
    '"" + king': "nothing between the quotation marks",
    '" " + king': "nothing between the quotation marks",
    'king "new york"': "Put a [+] or - in front of",
    "king 2*man": "Put a [+] or - in front of 2",
    "2*3*king": "Put a [+] or - in front of 3",
    "king * man": "stands between a number and a word",
    "* king": "stands between a number and a word",
    "2 ** king": "stands between a number and a word",
    "king * 2": "stands between a number and a word",
    "2* + king": "no word behind it",
    "101*king": "too large",
    f"{'9' * 900}*king": "too large",
    " + ".join(["a"] * (MOST_TERMS + 1)): f"has {MOST_TERMS + 1} terms",
    MANY: f"has {len(MANY)} characters",
    "k" * (LONGEST + 1): f"has {LONGEST + 1} characters",
}


def sentence_of(text: str | None) -> str:
    with pytest.raises(InputError) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(("text", "told"), REFUSED.items(), ids=[text[:20] for text in REFUSED])
def test_what_is_no_equation_is_refused_in_one_sentence(text: str, told: str) -> None:
    sentence = sentence_of(text)
    assert re.search(told, sentence)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 250


def test_nothing_at_all_is_refused_as_empty() -> None:
    assert sentence_of(None) == sentence_of("")


def test_the_limits_themselves_are_allowed() -> None:
    assert len(parse(" + ".join(["a"] * MOST_TERMS)).terms) == MOST_TERMS
    assert parse("k" * LONGEST).terms == (Term("k" * LONGEST, 1),)
    assert terms(f"{LARGEST_WEIGHT:g}*king") == [("king", LARGEST_WEIGHT)]


@pytest.mark.parametrize(
    ("equation", "text"),
    [
        (Equation((Term("king", 1), Term("man", -1), Term("woman", 1))), "king - man + woman"),
        (Equation((Term("man", -1), Term("king", 1))), "- man + king"),
        (Equation((Term("cheese", 2), Term("ice cream", -0.5))), '2*cheese - 0.5*"ice cream"'),
        (Equation((Term("france", 1),), "japan"), "france = japan"),
    ],
)
def test_an_equation_is_written_as_people_would(equation: Equation, text: str) -> None:
    assert str(equation) == text
    assert parse(text) == equation


def parsed(text: str) -> Equation | str:
    """The equation, or the sentence of its refusal."""
    try:
        return parse(text)
    except InputError as error:
        return str(error)


PIECES = st.sampled_from([*"+-−–—*×·=\"“” \n.'", "king", "new york", "2", "0.5", "3*", "x", "🙂", "東京"])
TYPED = st.text(max_size=300) | st.lists(PIECES, max_size=30).map("".join)


@settings(deadline=None)
@given(TYPED)
@example('“a"b”')
@example("king = “queen”")
@example("0.00001*king")
@example("1.23456789*king")
def test_any_text_is_an_equation_or_refused(text: str) -> None:
    equation = parsed(text)
    if isinstance(equation, str):
        assert equation.endswith(".")
        return
    assert 1 <= len(equation.terms) <= MOST_TERMS
    assert any(term.weight > 0 for term in equation.terms)
    assert all(term.word.strip() for term in equation.terms)
    assert parse(str(equation)) == equation


WORDS = st.from_regex(r"[\w']+( [\w']+)?", fullmatch=True).filter(lambda word: len(word) < 20)
WEIGHTS = st.just(1.0) | st.decimals(0, 100, places=6).map(float)


@settings(deadline=None)
@given(st.lists(st.tuples(st.booleans(), WEIGHTS, WORDS), min_size=1, max_size=9))
def test_what_is_written_is_read_again(drawn: list[tuple[bool, float, str]]) -> None:
    pieces = [f"{'+' if plus else '-'} {weight:.6f} * {word}" for plus, weight, word in drawn]
    equation = parsed(" ".join(pieces))
    if isinstance(equation, str):
        assert "taken away" in equation
        assert not any(plus and weight > 0 for plus, weight, _ in drawn)
        return
    assert [(term.word, term.weight) for term in equation.terms] == [
        (" ".join(word.split()), weight if plus else -weight) for plus, weight, word in drawn
    ]
    assert parse(str(equation)) == equation
