"""Scores for every word: gensim and NumPy are asked the same."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from gensim.models import KeyedVectors
from hypothesis import given, settings
from hypothesis import strategies as st

from demos.word2vec.model import ROWS, Block, WordVectors
from demos.word2vec.search import Method, add, best, multiply, query, rank
from tests.demos.word2vec.conftest import FIRST_BLOCK, Table, blocks

SIGNS = [[1], [1, 1], [1, -1], [1, -1, 1], [-1, 1], [1, 1, -1, -1], [1, 1, 1, -1, 1, -1]]
TIMES = 12  # random equations of each pattern
# gensim's own product calls what gensim itself has deprecated.
OLD_GENSIM = pytest.mark.filterwarnings("ignore:Call to deprecated `init_sims`:DeprecationWarning")


def drawn(signs: list[int], known: int) -> list[list[int]]:
    chance = random.Random(str(signs))
    return [chance.sample(range(known), len(signs)) for _ in range(TIMES)]


def asked(keyed: KeyedVectors, indices: list[int], signs: list[int]) -> tuple[list[str], list[str]]:
    words = [keyed.index_to_key[index] for index in indices]
    plus = [word for word, sign in zip(words, signs, strict=True) if sign > 0]
    minus = [word for word, sign in zip(words, signs, strict=True) if sign < 0]
    return plus, minus


def agree(
    model: WordVectors, scores: torch.Tensor, indices: list[int], told: list[tuple[str, float]]
) -> None:
    found = best(scores, indices, len(told))
    assert [model.words[index] for index in found] == [word for word, _ in told]
    np.testing.assert_allclose(scores[found], [score for _, score in told], atol=1e-5)


@pytest.mark.parametrize("signs", SIGNS)
def test_adding_gives_what_gensim_gives(model: WordVectors, keyed: KeyedVectors, signs: list[int]) -> None:
    for indices in drawn(signs, len(model)):
        plus, minus = asked(keyed, indices, signs)
        told = keyed.most_similar(positive=plus, negative=minus, topn=20)
        agree(model, add(model, indices, [float(sign) for sign in signs]), indices, told)


@pytest.mark.parametrize("signs", SIGNS)
def test_adding_with_weights_gives_what_gensim_gives(
    model: WordVectors, keyed: KeyedVectors, signs: list[int]
) -> None:
    chance = random.Random(1)
    for indices in drawn(signs, len(model)):
        weights = [sign * chance.uniform(0.1, 5) for sign in signs]
        pairs = [(keyed.index_to_key[index], weight) for index, weight in zip(indices, weights, strict=True)]
        agree(model, add(model, indices, weights), indices, keyed.most_similar(positive=pairs, topn=20))


@OLD_GENSIM
@pytest.mark.parametrize("signs", SIGNS)
def test_multiplying_gives_what_gensim_gives(
    model: WordVectors, keyed: KeyedVectors, signs: list[int]
) -> None:
    for indices in drawn(signs, len(model)):
        plus, minus = asked(keyed, indices, signs)
        told = keyed.most_similar_cosmul(positive=plus, negative=minus, topn=20)
        agree(model, multiply(model, indices, [float(sign) for sign in signs]), indices, told)


@OLD_GENSIM
def test_a_weight_of_three_multiplies_as_the_word_three_times(
    model: WordVectors, keyed: KeyedVectors
) -> None:
    for indices in drawn([1, 1, -1], len(model)):
        a, b, c = (keyed.index_to_key[index] for index in indices)
        told = keyed.most_similar_cosmul(positive=[a, a, a, b], negative=[c, c], topn=20)
        agree(model, multiply(model, indices, [3.0, 1.0, -2.0]), indices, told)


@pytest.mark.parametrize("signs", SIGNS)
def test_with_the_terms_themselves_it_is_what_numpy_gives(
    model: WordVectors, units: np.ndarray, signs: list[int]
) -> None:
    for indices in drawn(signs, len(model)):
        total = np.array(signs) @ units[indices]
        cosines = units @ (total / np.linalg.norm(total))
        likeness = (1 + units @ units[indices].T) / 2
        products = np.prod(likeness[:, np.array(signs) > 0], axis=1)
        products /= np.prod(likeness[:, np.array(signs) < 0], axis=1) + 1e-6
        weights = [float(sign) for sign in signs]
        np.testing.assert_allclose(add(model, indices, weights), cosines, atol=1e-6)
        np.testing.assert_allclose(multiply(model, indices, weights), products, rtol=1e-3, atol=1e-6)
        # Two terms of one weight stand at the same place: their order is chance.
        found = best(add(model, indices, weights), [], 20)
        np.testing.assert_allclose(cosines[found], np.sort(cosines)[::-1][:20], atol=1e-6)


def test_a_word_alone_is_nearest_to_itself(model: WordVectors) -> None:
    for index in range(0, len(model), 29):
        for score in (add, multiply):
            scores = score(model, [index], [1.0])
            assert best(scores, [], 1) == [index]
            assert float(scores[index]) == pytest.approx(1, abs=2e-6)


def test_only_subtracted_words_do_not_break_the_product(model: WordVectors) -> None:
    assert torch.isfinite(multiply(model, [3], [-1.0])).all()


SCORES = st.lists(
    st.sampled_from([0.0, 0.25, 0.5, -1.0]) | st.floats(-1, 1, width=32), min_size=1, max_size=90
)


@settings(deadline=None)
@given(SCORES, st.integers(0, 30), st.data())
def test_the_best_are_those_of_sorting(values: list[float], count: int, data: st.DataObject) -> None:
    excluded = data.draw(st.lists(st.integers(0, len(values) - 1), max_size=5))
    scores = torch.tensor(values)
    order = sorted(set(range(len(values))) - set(excluded), key=lambda index: (-values[index], index))
    assert best(scores, excluded, count) == order[:count]
    assert scores.tolist() == values, "The scores are left as they were."


def test_of_many_equal_words_the_frequent_come_first() -> None:
    scores = torch.zeros(5000)
    scores[4000] = 1
    assert best(scores, [0, 2], 5) == [4000, 1, 3, 4, 5]


@settings(deadline=None)
@given(SCORES, st.data())
def test_the_rank_is_that_of_sorting(values: list[float], data: st.DataObject) -> None:
    places = st.integers(0, len(values) - 1)
    index, excluded = data.draw(places), data.draw(st.lists(places, max_size=5))
    others = sorted((values[other] for other in set(range(len(values))) - set(excluded)), reverse=True)
    place = rank(torch.tensor(values), index, excluded)
    assert place == sum(value > values[index] for value in others) + 1
    if index not in excluded:
        assert others[place - 1] == values[index]


@pytest.mark.parametrize("method", Method)
def test_the_place_of_an_answer_is_its_rank(model: WordVectors, method: Method) -> None:
    from demos.word2vec.search import SCORES as METHODS

    scores = METHODS[method](model, [1, 2, 3], [1.0, -1.0, 1.0])
    for place, index in enumerate(best(scores, [1, 2, 3], 50), start=1):
        assert rank(scores, index, [1, 2, 3]) == place


@pytest.mark.parametrize(
    "weights",
    [[1.0, -1.0], [0.1, 0.2, -0.3], [100.0, -33.3, -33.3, -33.4], [0.0]],
)
def test_one_word_in_equal_shares_cancels_out(model: WordVectors, weights: list[float]) -> None:
    for index in range(40):
        assert not query(model, [index] * len(weights), weights).any()


def test_words_that_come_and_go_cancel_out(model: WordVectors) -> None:
    for first in range(40):
        a, b, c = first, first + 50, first + 400
        assert not query(model, [a, b, c, a, b, c], [1.0] * 3 + [-1.0] * 3).any()
        assert not query(model, [a, b, a, b], [0.7, -0.3, -0.7, 0.3]).any()


def test_a_small_difference_does_not_cancel_out(model: WordVectors, units: np.ndarray) -> None:
    assert float(query(model, [1, 1], [1.0, -0.99]) @ torch.from_numpy(units[1]).float()) == pytest.approx(1)


def test_eight_bits_keep_the_direction(table: Table, model: WordVectors) -> None:
    packed = model.vectors(range(len(model))).double().numpy()
    lengths = np.linalg.norm(table.vectors, axis=1)
    assert ((packed * table.vectors).sum(axis=1) / lengths > 0.999).all()
    np.testing.assert_allclose(np.linalg.norm(packed, axis=1), 1, atol=1e-6)


def test_odd_vectors_can_be_packed() -> None:
    vectors = np.array([[0, 0, 0], [1e-30, 0, 0], [1e30, -1e30, 0], [-3, -3, 3]], np.float32)
    block = Block.pack(["nothing", "tiny", "ångström", "東京"], vectors)
    assert list(WordVectors.of([block]).words) == ["nothing", "tiny", "ångström", "東京"]
    expected = [[0, 0, 0], [1, 0, 0], [0.5**0.5, -(0.5**0.5), 0], [-(3**-0.5), -(3**-0.5), 3**-0.5]]
    np.testing.assert_allclose(block.vectors(torch.arange(4)), expected, atol=1e-6)
    assert block.codes.min() == -127


@pytest.mark.parametrize("sizes", [(), (1,), (FIRST_BLOCK,), (1, 1, 7, 200)])
@pytest.mark.parametrize("count", [1, 2, 65])
def test_blocks_of_any_size_give_the_same(
    table: Table, units: np.ndarray, sizes: tuple[int, ...], count: int
) -> None:
    model = WordVectors.of(blocks(table, *sizes))
    assert list(model.words) == list(table.words)
    assert (len(model), model.dimensions) == table.vectors.shape
    assert [model.index[word] for word in table.words] == list(range(len(table.words)))
    queries = np.random.default_rng(count).normal(size=(count, model.dimensions)).astype(np.float32)
    np.testing.assert_allclose(model.cosines(torch.from_numpy(queries)), units @ queries.T, atol=1e-5)
    chosen = [0, len(model) - 1, 5, 5, FIRST_BLOCK - 1, FIRST_BLOCK]
    np.testing.assert_allclose(model.vectors(chosen), units[chosen], atol=1e-6)
    assert model.vectors([]).shape == (0, model.dimensions)


@pytest.mark.parametrize("words", [1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS + 5])
def test_unpacking_piece_by_piece_misses_no_word(words: int) -> None:
    vectors = np.random.default_rng(words).normal(size=(words, 3)).astype(np.float32)
    block = Block.pack([str(word) for word in range(words)], vectors)
    cosines = WordVectors.of([block]).cosines(torch.eye(3))
    np.testing.assert_allclose(cosines, block.vectors(torch.arange(words)), atol=1e-6)


@pytest.mark.parametrize("index", [10_000, 10**9])
def test_no_word_has_a_rank_beyond_the_last(model: WordVectors, index: int) -> None:
    with pytest.raises(IndexError, match="no word of that rank"):
        model.vectors([index])
