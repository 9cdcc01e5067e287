"""The quiz: its photographs, its order, its score, and how it understands what people type."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demos.imagenet import engine
from demos.imagenet.models import EMBEDDED
from demos.imagenet.names import ClassNames, named_classes, normalise
from demos.imagenet.pack_quiz import PER_CLASS, SEED, choose
from demos.imagenet.quiz import GUESSES, PHOTOGRAPHS, SEEDS, Game, Photographs, Score, order

COUNT = 400


@pytest.fixture(scope="module")
def names() -> ClassNames:
    return named_classes(engine.class_names(EMBEDDED))


def test_the_shipped_photographs_are_two_of_every_class_and_small(names: ClassNames) -> None:
    photographs = Photographs()
    assert PHOTOGRAPHS.stat().st_size < 2_000_000
    assert len(photographs) == COUNT
    wnids = [photographs.wnid(index) for index in range(COUNT)]
    assert {wnid: wnids.count(wnid) for wnid in set(wnids)} == dict.fromkeys(names.by_wnid, PER_CLASS)
    for index in range(0, COUNT, 37):
        assert photographs.image(index).size == (64, 64)
        assert photographs.image(index).mode == "RGB"


def test_the_choice_is_made_by_the_seed_and_the_names_alone() -> None:
    lines = [f"val_{i}.JPEG\tn0000000{i % 5}\t0\t0\t9\t9" for i in range(100)]
    shuffled = random.Random(1).sample(lines, len(lines))
    chosen = choose("\n".join(lines), 2, SEED)
    assert chosen == choose("\n".join(shuffled), 2, SEED)
    assert len(set(chosen)) == 10
    assert chosen != choose("\n".join(lines), 2, SEED + 1)


@settings(deadline=None)
@given(st.integers(0, SEEDS - 1))
def test_a_seed_shows_every_photograph_once(seed: int) -> None:
    assert sorted(order(seed, COUNT)) == list(range(COUNT))


def test_two_visitors_with_one_link_see_the_same() -> None:
    one = Game(seed=42).go(17, COUNT).photograph(COUNT)
    assert one == Game(seed=42).go(17, COUNT).photograph(COUNT)
    assert one != Game(seed=43).go(17, COUNT).photograph(COUNT)


@settings(deadline=None)
@given(st.lists(st.integers(-3, 203), max_size=12))
def test_at_most_five_different_possible_guesses_count(tried: list[int]) -> None:
    game = Game()
    for index in tried:
        game = game.guess(index, 200)
    possible = [index for index in dict.fromkeys(tried) if 0 <= index < 200]
    assert list(game.guesses) == possible[:GUESSES]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 9), unique=True, max_size=5),
            st.lists(st.integers(0, 9), unique=True, min_size=5, max_size=5),
            st.integers(0, 9),
        ),
        max_size=20,
    )
)
def test_the_score_is_what_counting_by_hand_gives(rounds: list[tuple[list[int], list[int], int]]) -> None:
    game = Game()
    for guesses, network, truth in rounds:
        for index in guesses:
            game = game.guess(index, 10)
        game = game.reveal(truth, network, COUNT)
        assert game.guess(0, 10) == game.take_back() == game.reveal(0, [], COUNT) == game  # too late
        game = game.go(game.question + 1, COUNT)
    people = [guesses.index(truth) if truth in guesses else None for guesses, _, truth in rounds]
    machine = [network.index(truth) if truth in network else None for _, network, truth in rounds]
    assert game.people_score == Score(
        len(rounds), people.count(0), sum(place is not None for place in people)
    )
    assert game.network_score == Score(
        len(rounds), machine.count(0), sum(place is not None for place in machine)
    )


def test_a_photograph_counts_once() -> None:
    game = Game().guess(3, 10).reveal(3, [1, 2, 3, 4, 5], COUNT)
    again = game.go(2, COUNT).go(1, COUNT).guess(3, 10).reveal(3, [1, 2, 3, 4, 5], COUNT)
    assert again.revealed
    assert again.people_score == game.people_score == Score(1, 1, 1)


def test_after_the_last_photograph_comes_the_first() -> None:
    assert Game().go(COUNT + 1, COUNT).question == 1
    assert Game().go(0, COUNT).question == COUNT


def test_every_name_and_synonym_finds_its_class(names: ClassNames) -> None:
    for index, (wnid, _) in enumerate(names.classes):
        assert names.find(wnid) == {index}
        assert names.find(names.title(index).upper()) == {index}
        for synonym in names.synonyms(index):
            assert index in names.find(synonym)
            assert index in names.suggest(synonym, limit=200)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("gol", "goldfish"),
        ("golfish", "goldfish"),
        ("LION", "lion"),
        ("Teddy-Bear", "teddy"),
        ("lighthouse", "beacon"),
        ("refridgerator", "refrigerator"),
        ("elefant", "African elephant"),
        ("bananas", "banana"),
        ("plumbers helper", "plunger"),
    ],
)
def test_what_people_type(names: ClassNames, typed: str, first: str) -> None:
    assert names.title(names.suggest(typed)[0]) == first


def test_a_word_that_names_two_classes_is_no_answer(names: ClassNames) -> None:
    assert {names.title(index) for index in names.find("wagon")} == {"beach wagon", "police van"}


@settings(deadline=None)
@given(st.text(max_size=300))
def test_nothing_that_is_typed_breaks_the_search(names: ClassNames, text: str) -> None:
    found = names.suggest(text)
    assert len(found) == len(set(found)) <= 8
    assert normalise(normalise(text)) == normalise(text)
    names.nearest(text)


def view() -> Any:
    from demos.imagenet.views import quiz

    return quiz


def test_the_answer_is_not_in_the_page_before_it_is_shown(names: ClassNames) -> None:
    quiz = view()
    game = Game(seed=5).guess(1, 200)
    truth = names.by_wnid[quiz.photographs.wnid(game.photograph(COUNT))]
    before = quiz.board(game)
    assert (before["truth"], before["answer"], before["network"], before["verdict"]) == (None, "", [], "")
    after = quiz.board(game.reveal(truth, [truth, 1, 2, 3, 4], COUNT), "Smooth", [0.5, 0.2, 0.1, 0.1, 0.1])
    assert after["answer"] == names.title(truth)
    assert after["network"][0] == {"index": truth, "title": names.title(truth), "percent": "50 %"}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"what": "guess", "question": 1},
        {"what": "guess", "question": 1, "index": "7"},
        {"what": "guess", "question": 1, "index": 10**9},
        {"what": "guess", "question": 1, "index": -1},
        {"what": "guess", "question": 2, "index": 7},
        {"what": "reveal", "question": 1},
        {"what": "go", "question": "1"},
        {"what": ["guess"], "question": 1, "index": 7},
    ],
)
def test_what_a_browser_makes_up_changes_nothing(sent: dict[str, Any]) -> None:
    game, board, question = view().act(Game(), "Smooth", cast(Any, SimpleNamespace(**sent)))
    assert game == Game()
    assert question == 1
    assert board["guesses"] == []


def test_the_network_answers_live_from_the_embedded_weights(names: ClassNames) -> None:
    from gallery import runtime

    quiz = view()
    game, board = quiz.reveal(Game(seed=3), "Smooth", cast(Any, SimpleNamespace(question=1)))
    image = quiz.photographs.image(game.photograph(COUNT))
    scores = engine.probabilities([image], EMBEDDED, runtime.current())[0]
    assert list(game.network) == list((-scores).argsort(kind="stable")[:5])
    assert [row["title"] for row in board["network"]] == [names.title(index) for index in game.network]
    assert game.truth == names.by_wnid[quiz.photographs.wnid(game.photograph(COUNT))]
