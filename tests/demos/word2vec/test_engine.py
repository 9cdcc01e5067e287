"""Equations, likeness, the odd one, and the line between two words: on vectors in files."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors

from demos.word2vec.engine import (
    MOST_ANSWERS,
    MOST_WORDS,
    along,
    likeness,
    listed,
    odd_one_out,
    run,
    solve,
)
from demos.word2vec.equation import parse
from demos.word2vec.lookup import UnknownWord
from demos.word2vec.model import WordVectors
from demos.word2vec.search import Method
from gallery.inputs import InputError
from gallery.runtime import Runtime
from gallery.weights import ModelSpec


def test_the_files_hold_the_model(tiny: ModelSpec, runtime: Runtime, model: WordVectors) -> None:
    loaded = run(tiny, runtime, lambda found: found)
    assert list(loaded.words) == list(model.words)
    assert torch.equal(loaded.vectors(range(len(model))), model.vectors(range(len(model))))


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("King - man + WOMAN", "queen"),
        ("paris - france + japan", "tokyo"),
        ("cats - cat + dog", "dogs"),
        ("uncle - man + woman", "aunt"),
    ],
)
def test_the_answer_comes_first(
    tiny: ModelSpec, runtime: Runtime, text: str, first: str, method: Method
) -> None:
    solution = solve(parse(text), tiny, runtime, method=method)
    assert solution.answers[0].word == first
    assert [answer.place for answer in solution.answers] == list(range(1, 11))
    assert (solution.expected, solution.method, solution.model_key) == (None, method, "tiny")
    assert str(solution.equation) == text.lower()
    assert solution.seconds > 0


@pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")
def test_an_answer_carries_cosine_and_score(
    tiny: ModelSpec, runtime: Runtime, keyed: KeyedVectors, units: np.ndarray
) -> None:
    text = "king - man + woman"
    added = solve(parse(text), tiny, runtime)
    told = dict(keyed.most_similar(positive=["king", "woman"], negative=["man"], topn=len(keyed)))
    for answer in added.answers:
        assert answer.similarity == pytest.approx(told[answer.word], abs=1e-5)
        assert answer.score == pytest.approx(answer.similarity, abs=1e-5)
    multiplied = solve(parse(text), tiny, runtime, method=Method.MULTIPLY)
    products = dict(keyed.most_similar_cosmul(positive=["king", "woman"], negative=["man"], topn=10))
    assert [answer.word for answer in multiplied.answers] == list(products)
    for answer in multiplied.answers:
        assert answer.similarity == pytest.approx(told[answer.word], abs=1e-5)
        assert answer.score == pytest.approx(products[answer.word], abs=1e-5)
    assert added.known == len(keyed)
    terms = [keyed.key_to_index[word] for word in ("king", "man", "woman")]
    np.testing.assert_allclose(added.units, units[terms], atol=1e-6)
    found = [keyed.key_to_index[answer.word] for answer in added.answers]
    np.testing.assert_allclose(added.found, units[found], atol=1e-6)


def test_what_is_expected_is_found_however_far_down(
    tiny: ModelSpec, runtime: Runtime, keyed: KeyedVectors
) -> None:
    order = [word for word, _ in keyed.most_similar(positive=["king", "woman"], negative=["man"], topn=999)]
    for place in (1, 2, 11, 200, len(order)):
        word = order[place - 1]
        expected = solve(parse(f"king - man + woman = {word.upper()}"), tiny, runtime, count=3).expected
        assert expected is not None
        assert (expected.word, expected.place) == (word, place)
        told = keyed.cosine_similarities(
            keyed.get_mean_vector(["king", "man", "woman"], [1, -1, 1]), keyed[[word]]
        )
        assert expected.similarity == pytest.approx(float(told[0]), abs=1e-5)


def test_with_its_own_words_the_equation_mostly_answers_itself(tiny: ModelSpec, runtime: Runtime) -> None:
    equation = parse("3*king - man + woman = king")
    with_terms = solve(equation, tiny, runtime, exclude_terms=False)
    assert with_terms.answers[0].word == "king"
    assert with_terms.expected == with_terms.answers[0]
    without = solve(equation, tiny, runtime)
    assert {"king", "man", "woman"}.isdisjoint(answer.word for answer in without.answers)
    assert without.expected is not None
    assert without.expected.place == 1, "No other word is above it."
    assert without.expected.similarity == pytest.approx(with_terms.answers[0].similarity)


def test_a_phrase_may_be_written_as_one_pleases(tiny: ModelSpec, runtime: Runtime) -> None:
    answers = {
        tuple(answer.word for answer in solve(parse(text), tiny, runtime).answers)
        for text in ("New York - king", '"new-york" - King', "new_york - KING")
    }
    assert len(answers) == 1


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, 1), (37, 37), (10_000, MOST_ANSWERS)])
def test_so_many_answers_as_asked(tiny: ModelSpec, runtime: Runtime, count: int, shown: int) -> None:
    solution = solve(parse("king"), tiny, runtime, count=count)
    assert len(solution.answers) == shown
    assert solution.found.shape == (shown, solution.units.shape[1])


def test_unknown_words_are_named_with_suggestions(tiny: ModelSpec, runtime: Runtime) -> None:
    for text in ("king - man + womann", "king - man = womann"):
        with pytest.raises(UnknownWord, match=r"“womann” is not among .* Did you mean woman") as caught:
            solve(parse(text), tiny, runtime)
        assert caught.value.suggestions[0] == "woman"


@pytest.mark.parametrize("text", ["king - king", "king + man - king - man", "0.1*king + 0.2*king - 0.3*king"])
@pytest.mark.parametrize("method", Method)
def test_words_that_cancel_out_are_refused(
    tiny: ModelSpec, runtime: Runtime, text: str, method: Method
) -> None:
    with pytest.raises(InputError, match=r"^The words cancel each other out.*\.$"):
        solve(parse(text), tiny, runtime, method=method)


def test_likeness_is_what_gensim_says(tiny: ModelSpec, runtime: Runtime, keyed: KeyedVectors) -> None:
    found = likeness(["King", "queen", "New York", "king", "cat"], tiny, runtime)
    assert found.words == ("king", "queen", "new_york", "cat")
    told = [[keyed.similarity(one, other) for other in found.words] for one in found.words]
    np.testing.assert_allclose(found.matrix, told, atol=1e-5)


def test_no_word_at_all_is_said_in_words_of_its_own(tiny: ModelSpec, runtime: Runtime) -> None:
    with pytest.raises(InputError, match=r"^The list of words is empty.*\.$"):
        likeness([], tiny, runtime)


@pytest.mark.parametrize("words", [["king"], ["king", "KING", " king "]])
def test_one_word_is_like_nothing(tiny: ModelSpec, runtime: Runtime, words: list[str]) -> None:
    with pytest.raises(InputError, match=r"^Type at least 2 different words.*\.$"):
        likeness(words, tiny, runtime)


def test_the_odd_one_is_gensims(tiny: ModelSpec, runtime: Runtime, keyed: KeyedVectors) -> None:
    lists = ["king queen prince cats", "paris tokyo aunt rome oslo", "cat dog pig car bird madrid"]
    lists += [" ".join(keyed.index_to_key[start : start + 7]) for start in range(0, 200, 20)]
    for text in lists:
        odd = odd_one_out(text.split(), tiny, runtime)
        assert odd.words[0] == keyed.doesnt_match(text.split())
        told = keyed.rank_by_centrality(text.split())
        assert [word for _, word in reversed(told)] == list(odd.words)
        np.testing.assert_allclose(odd.fits, [fit for fit, _ in reversed(told)], atol=1e-5)


def test_of_two_words_none_is_odd(tiny: ModelSpec, runtime: Runtime) -> None:
    with pytest.raises(InputError, match=r"at least 3 different words"):
        odd_one_out(["king", "queen", "king"], tiny, runtime)


def test_words_lie_along_the_line_between_two(tiny: ModelSpec, runtime: Runtime, units: np.ndarray) -> None:
    index = run(tiny, runtime, lambda model: model.index)
    typed = ["Queen", "king", "boy", "girl", "woman", "man", "New York"]
    found = along("man", "WOMAN", typed, tiny, runtime)
    assert (found.low, found.high) == ("man", "woman")
    a, b = units[index["man"]], units[index["woman"]]
    # The point of the line a + t (b - a) that is nearest to the word, with t of -1 to 1.
    expected = {
        word: 2 * float(np.linalg.lstsq((b - a)[:, None], units[index[word]] - a, rcond=None)[0][0]) - 1
        for word in found.words
    }
    assert list(found.words) == sorted(expected, key=lambda word: expected[word])
    np.testing.assert_allclose(found.places, list(expected.values()), atol=1e-5)
    places = dict(zip(found.words, found.places, strict=True))
    assert places["man"] == pytest.approx(-1, abs=1e-5)
    assert places["woman"] == pytest.approx(1, abs=1e-5)
    assert places["boy"] < places["girl"]
    assert found.strength == pytest.approx(float(a @ b), abs=1e-6)
    back = along("woman", "man", typed, tiny, runtime)
    np.testing.assert_allclose(back.places, [-place for place in reversed(found.places)], atol=1e-5)


@pytest.mark.parametrize(
    ("low", "high", "words", "told"),
    [
        ("king", "King", ["cat"], "The two ends are the same word"),
        ("king", "queen", [], "(?i)at least|empty"),
        ("kingg", "queen", ["cat"], "“kingg” is not among"),
        ("king", "queenn", ["cat"], "“queenn” is not among"),
        ("king", "queen", ["catt"], "“catt” is not among"),
        ("king", "queen", ["cat"] * (MOST_WORDS + 1), f"The list has {MOST_WORDS + 1} words"),
    ],
)
def test_what_is_no_line_is_refused(
    tiny: ModelSpec, runtime: Runtime, low: str, high: str, words: list[str], told: str
) -> None:
    with pytest.raises(InputError, match=told) as caught:
        along(low, high, words, tiny, runtime)
    assert str(caught.value)[-1] in ".?"
    assert "1 different words" not in str(caught.value), "One is no plural."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, []),
        (" \n ", []),
        ("king", ["king"]),
        ("king queen  cat", ["king", "queen", "cat"]),
        ("new york, king", ["new york", "king"]),
        ("king;queen\nnew   york,,\r\n", ["king", "queen", "new york"]),
        ("king,", ["king"]),
        (",;\n", []),
        ("new york,", ["new york"]),
    ],
)
def test_a_list_is_read_by_its_commas(text: str | None, words: list[str]) -> None:
    assert listed(text) == words


def test_an_endless_list_is_refused() -> None:
    with pytest.raises(InputError, match=r"^The list has 10,000 characters, .* shorten it\.$"):
        listed("a," * 5000)
    assert len(listed("a," * 2500)) == 2500
