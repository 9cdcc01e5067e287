"""Rounding, packing, the vocabulary and the search for the nearest words, against plain ways."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from demos.word2vec.hub import sizes
from demos.word2vec.model import Block, WordVectors, four_bits, half_bytes, whole_bytes
from demos.word2vec.vocabulary import Vocabulary
from gallery.weights import HubFile, ModelSpec, WeightsCorrupt, filled


def normal(words: int, dimensions: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((words, dimensions), dtype=np.float32)


def model_of(vectors: np.ndarray, *edges: int) -> WordVectors:
    names = [f"word{number}" for number in range(len(vectors))]
    bounds = [0, *edges, len(vectors)]
    return WordVectors.of(
        [Block.pack(names[start:end], vectors[start:end]) for start, end in pairwise(bounds)]
    )


def test_four_bits_are_the_sixteen_odd_numbers_and_hardly_turn_a_vector() -> None:
    vectors = normal(200, 300)
    codes = four_bits(vectors)
    assert set(np.unique(codes)) == set(range(-15, 16, 2))
    cosine = (vectors * codes).sum(1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(codes, axis=1)
    # Sixteen even levels leave an error of 1.15 % of the variance (Max 1960), a cosine of 0.9942.
    assert cosine.mean() == pytest.approx(0.9942, abs=0.001)
    assert cosine.min() > 0.98


def test_four_bits_do_not_mind_the_length_of_a_vector() -> None:
    vectors = normal(20, 64)
    assert np.array_equal(four_bits(vectors), four_bits(vectors * 1000))


@given(st.integers(1, 9), st.integers(1, 20), st.integers(0, 1000))
@settings(max_examples=50, deadline=None)
def test_two_numbers_in_a_byte_come_back_as_they_were(words: int, half: int, seed: int) -> None:
    levels = np.random.default_rng(seed).integers(0, 16, (words, 2 * half))
    codes = torch.from_numpy((2 * levels - 15).astype(np.int8))
    packed = half_bytes(codes)
    assert packed.dtype == torch.uint8
    assert packed.shape == (words, half)
    assert torch.equal(whole_bytes(packed), codes)


def test_a_file_of_half_bytes_fills_the_model(tmp_path: Path) -> None:
    block = Block.of(["one", "two", "three"], four_bits(normal(3, 10)))
    path = tmp_path / "halves.safetensors"
    tensors = {"halves": half_bytes(block.codes), "inverse_norms": block.inverse_norms, "text": block.text}
    save_file({f"blocks.0.{name}": value for name, value in tensors.items()}, path)
    assert sizes([path]) == [(3, 10, len("one\ntwo\nthree"))]
    spec = ModelSpec("a", "A", lambda: WordVectors(sizes([path])), HubFile("http://x/y", ""), "free")
    loaded = filled(spec, path)
    assert isinstance(loaded, WordVectors)
    assert torch.equal(loaded.parts[0].codes, block.codes)
    assert list(loaded.words) == ["one", "two", "three"]


def test_half_bytes_of_another_size_are_refused(tmp_path: Path) -> None:
    block = Block.of(["one", "two", "three"], four_bits(normal(3, 10)))
    path = tmp_path / "halves.safetensors"
    tensors = {"halves": half_bytes(block.codes), "inverse_norms": block.inverse_norms, "text": block.text}
    save_file({f"blocks.0.{name}": value for name, value in tensors.items()}, path)
    spec = ModelSpec("a", "A", lambda: WordVectors([(3, 12, 13)]), HubFile("http://x/y", ""), "free")
    with pytest.raises(WeightsCorrupt):
        filled(spec, path)


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"])), unique=True, min_size=1
    )
)
@settings(max_examples=200, deadline=None)
def test_the_vocabulary_is_a_list_and_a_dictionary(words: list[str]) -> None:
    vocabulary = Vocabulary("\n".join(words).encode())
    assert list(vocabulary) == words
    assert [vocabulary[rank] for rank in range(len(vocabulary))] == words
    assert [vocabulary.find(word) for word in words] == list(range(len(words)))
    absent = max(words, key=len) + "x"
    assert vocabulary.find(absent) is None


def test_a_word_that_is_no_unicode_is_nowhere() -> None:
    assert Vocabulary(b"a\nb").find("\ud800") is None


@pytest.mark.parametrize("edges", [(), (1,), (500, 900)])
@pytest.mark.parametrize("count", [1, 10, 999, 5000])
def test_the_nearest_are_those_of_the_exact_comparison(edges: tuple[int, ...], count: int) -> None:
    model = model_of(normal(1000, 48), *edges)
    for seed in range(20):
        query = torch.nn.functional.normalize(torch.from_numpy(normal(1, 48, seed + 1)[0]), dim=0)
        excluded = [seed, 2 * seed + 1]
        exact = model.cosines(query[None])[:, 0]
        exact[excluded] = -torch.inf
        wanted = exact.argsort(descending=True, stable=True)[: min(count, 998)]
        found, cosines = model.nearest(query, excluded, count)
        assert len(found) == len(wanted)
        # Sums in another order differ in the last digit, so places may change only among equals.
        assert torch.allclose(exact[found], exact[wanted], atol=1e-6)
        assert torch.allclose(cosines, exact[wanted], atol=1e-6)


def test_a_rough_cosine_is_never_further_off_than_it_says() -> None:
    model = model_of(normal(3000, 300), 1000)
    for seed in range(20):
        direction = normal(1, 300, seed)[0] ** (1 + 2 * (seed % 3))  # some with a few large numbers
        query = torch.nn.functional.normalize(torch.from_numpy(direction), dim=0)
        rough, slack = model.rough_cosines(query)
        off = (rough - model.cosines(query[None])[:, 0]).abs().max()
        assert off <= slack + 1e-6


def test_of_equal_words_the_more_frequent_come_first() -> None:
    vectors = np.repeat(normal(1, 16), 600, axis=0)
    model = model_of(vectors, 200)
    query = torch.nn.functional.normalize(torch.from_numpy(vectors[0]), dim=0)
    assert model.nearest(query, [0, 2], 4)[0] == [1, 3, 4, 5]


def test_where_eight_bit_products_are_missing_the_answer_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(normal(500, 32))
    query = torch.nn.functional.normalize(torch.from_numpy(normal(1, 32, 9)[0]), dim=0)
    usual = model.nearest(query, [], 10)[0]

    def gone(*_: object) -> None:
        raise AttributeError

    plain = model_of(normal(500, 32))
    monkeypatch.setattr(torch, "quantize_per_tensor", gone)
    assert plain.multiply is None
    assert plain.nearest(query, [], 10)[0] == usual


def test_no_word_left_is_no_answer() -> None:
    model = model_of(normal(2, 8))
    query = torch.nn.functional.normalize(torch.from_numpy(normal(1, 8)[0]), dim=0)
    assert model.nearest(query, [0, 1], 3)[0] == []
