"""The guessing game: its rules, its puzzles, its judge."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demos.word2vec import game as rules
from demos.word2vec.engine import solve
from demos.word2vec.equation import parse
from demos.word2vec.game import GUESSES, ROUNDS, Game, Guess, judge, points, puzzle
from demos.word2vec.lookup import UnknownWord
from gallery.inputs import InputError
from gallery.runtime import Runtime
from gallery.weights import ModelSpec
from tests.demos.word2vec.conftest import PAIRS

EQUATION = parse("king - man + woman")


def guess_at(place: int) -> Guess:
    return Guess(f"word{place}", place, points(place))


@pytest.mark.parametrize(
    ("place", "worth"),
    [(1, 100), (2, 60), (3, 60), (4, 40), (10, 40), (11, 20), (100, 20), (101, 5), (1000, 5), (1001, 0)],
)
def test_points_by_place(place: int, worth: int) -> None:
    assert points(place) == worth


def test_nearer_is_never_worth_less() -> None:
    worths = [points(place) for place in range(1, 2000)]
    assert worths == sorted(worths, reverse=True)


ROUND = st.tuples(st.lists(st.sampled_from([1, 2, 7, 50, 500, 5000]), max_size=5), st.booleans())


@settings(deadline=None)
@given(st.lists(ROUND, max_size=ROUNDS + 4))
def test_the_score_is_what_counting_by_hand_gives(rounds: list[tuple[list[int], bool]]) -> None:
    game, score, played = Game(seed=9), 0, 0
    for places, revealed in rounds:
        counted = places[: places.index(1) + 1] if 1 in places else places
        counted = counted[:GUESSES]
        for place in places:
            game = game.guess(guess_at(place))
        if revealed:
            game = game.reveal()
        if game.over:
            assert played == ROUNDS
            assert game.guesses == ()
            assert game.next().score == score
            continue
        assert [guess.place for guess in game.guesses] == counted
        assert game.ended is (revealed or len(counted) == GUESSES or 1 in counted)
        if game.ended:
            assert game.guess(guess_at(1)) == game, "Too late."
            score, played = score + max(map(points, counted), default=0), played + 1
            game = game.next()
            assert game == Game(seed=9, round=played, score=score)
        else:
            assert game.next() == game
            game = Game(game.seed, game.round, score=game.score)  # begun anew
    assert game.score == score
    assert game.round == played


def test_after_the_last_round_it_is_over() -> None:
    game = Game()
    for _ in range(ROUNDS):
        assert not game.over
        game = game.guess(guess_at(1)).next()
    assert game.over
    assert game.score == ROUNDS * 100
    assert game.guess(guess_at(1)) == game
    assert game.reveal().next().score == game.score


@pytest.fixture
def questions(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str, str, str]]:
    """Of the known pairs, with some that nobody knows and some that nobody would solve."""
    found = {}
    for number, line in enumerate(PAIRS):
        words = line.split()
        pairs = list(zip(words[::2], words[1::2], strict=True))
        found[f"section {number}"] = [(*one, *other) for one in pairs for other in pairs if one != other]
    answerable = {question for rows in found.values() for question in rows}
    found["unknown"] = [("man", "woman", "czar", "czarina")]
    found["wrong"] = [("man", "woman", "king", "cat")]
    monkeypatch.setattr(rules, "sections", lambda: found)
    return answerable


def test_a_puzzle_is_answered_as_people_would(
    tiny: ModelSpec, runtime: Runtime, questions: set[tuple[str, str, str, str]]
) -> None:
    for number in range(ROUNDS):
        solution = puzzle(Game(seed=3, round=number), tiny, runtime)
        b, a, c = solution.equation.terms
        assert [term.weight for term in solution.equation.terms] == [1, -1, 1]
        assert (a.word, b.word, c.word, solution.answers[0].word) in questions
        assert solution.answers[0] == solve(solution.equation, tiny, runtime, count=1).answers[0]


def test_the_same_seed_draws_the_same_puzzles(
    tiny: ModelSpec, runtime: Runtime, questions: set[tuple[str, str, str, str]]
) -> None:
    def drawn(seed: int) -> list[str]:
        return [str(puzzle(Game(seed, number), tiny, runtime).equation) for number in range(ROUNDS)]

    one = drawn(5)
    assert one == drawn(5)
    assert one != drawn(6)
    assert len(set(one)) > ROUNDS // 2
    # What was guessed and scored has no part in it.
    later = Game(5, 2, guesses=(guess_at(7),), revealed=True, score=160)
    assert str(puzzle(later, tiny, runtime).equation) == one[2]


def test_without_a_known_question_the_round_says_so(
    tiny: ModelSpec, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "sections", lambda: {"unknown": [("a1", "b1", "c1", "d1")]})
    with pytest.raises(InputError, match=r"^No equation was found for this round.*\.$"):
        puzzle(Game(), tiny, runtime)


def test_the_hidden_word_is_worth_most(tiny: ModelSpec, runtime: Runtime) -> None:
    hidden = solve(EQUATION, tiny, runtime, count=1).answers[0].word
    assert judge(f" {hidden.upper()} ", EQUATION, tiny, runtime) == Guess(hidden, 1, 100)


def test_a_guess_has_the_place_that_the_solution_shows(tiny: ModelSpec, runtime: Runtime) -> None:
    for answer in solve(EQUATION, tiny, runtime, count=40).answers:
        guess = judge(answer.word, EQUATION, tiny, runtime)
        assert guess == Guess(answer.word, answer.place, points(answer.place))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (None, "The guess is empty"),
        ("  ", "The guess is empty"),
        ("x" * 61, "The guess has 61 characters"),
        ("King", "“King” stands in the equation"),
        ("man", "“man” stands in the equation"),
    ],
)
def test_what_is_no_guess_is_refused(tiny: ModelSpec, runtime: Runtime, typed: str | None, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        judge(typed, EQUATION, tiny, runtime)
    assert str(caught.value).endswith(".")


def test_an_unknown_guess_gets_suggestions(tiny: ModelSpec, runtime: Runtime) -> None:
    with pytest.raises(UnknownWord, match="Did you mean queen"):
        judge("qeen", EQUATION, tiny, runtime)
