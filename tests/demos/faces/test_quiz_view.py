"""The view "Real or not?" without a page: what is sent there, and what a browser may send."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr
import pytest

from demos.faces.quiz import QUESTIONS, Game, deal, machine, pairs
from demos.faces.views import quiz


class Event(gr.EventData):
    """What the browser says."""

    def __init__(self, **said: Any) -> None:
        super().__init__(None, said)


def board(game: Game) -> dict[str, Any]:
    return quiz.board(game, pairs())


def played(seed: int, letters: str) -> Game:
    game = Game(seed)
    for letter in letters:
        game = game.answer(letter, len(pairs())).go_on()
    return game


def test_the_answer_is_not_in_the_page_before_it_is_given() -> None:
    for seed in range(6):
        value = board(Game(seed))
        assert value["right"] == value["verdict"] == value["told"] == ""
        assert value["rows"] == []
        pair = deal(seed, len(pairs()))[0]
        wanted = quiz.as_url(pairs().file(pair.number, made=False))
        assert value["faces"][pair.right] == wanted
        assert set(value["faces"]) == {"A", "B"}
        sizes = [len(face) for face in value["faces"].values()]
        assert min(sizes) > 1000, "Two pictures; nothing else tells them apart."


def test_a_question_is_answered_and_explained() -> None:
    pair = deal(1, len(pairs()))[0]
    game, value, seed, _ = quiz.act(Game(1), Event(what="answer", letter=pair.right, question=0))
    assert game.looking
    assert (value["right"], value["mine"], seed) == (pair.right, pair.right, 1)
    assert value["verdict"].startswith("Right: ")
    choice = machine(pair, pairs())
    assert f"took {choice} for the real one" in value["told"]
    assert ("was right" in value["told"]) == (choice == pair.right)
    assert value["score"] == [1, int(choice == pair.right)]
    game, value, _, clues = quiz.act(game, Event(what="next", question=0))
    assert clues == gr.skip()
    assert (value["question"], value["right"]) == (1, "")


def test_ten_pairs_end_in_a_table() -> None:
    dealt = deal(2, len(pairs()))
    value = board(played(2, "".join(pair.right for pair in dealt)))
    assert len(value["rows"]) == QUESTIONS
    assert all(row["mine"] for row in value["rows"])
    assert value["verdict"].startswith("You were right 10 times of 10, the discriminator")
    assert sum(row["machine"] for row in value["rows"]) == value["score"][1]
    assert value["faces"] == {}
    json.dumps(value)  # all of it can be sent
    game = played(2, "A" * (QUESTIONS - 1)).answer("A", len(pairs()))
    game, _, _, clues = quiz.act(game, Event(what="next", question=QUESTIONS - 1))
    assert clues["open"], "What gives them away is told now."
    game, value, seed, _ = quiz.act(game, Event(what="again", question=QUESTIONS))
    assert game.seed == seed != 2
    assert game.answers == ()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"what": "answer", "letter": "A"},
        {"what": "answer", "letter": "A", "question": 1},
        {"what": "answer", "letter": "C", "question": 0},
        {"what": "answer", "letter": ["A"], "question": 0},
        {"what": "again", "question": 0},
        {"what": 7, "question": 0},
        {"what": "next", "question": "0"},
    ],
)
def test_whatever_else_a_browser_sends_changes_nothing(said: dict[str, Any]) -> None:
    game, value, seed, _ = quiz.act(Game(1), Event(**said))
    assert (game, seed) == (Game(1), 1)
    assert value["answered"] == 0


def test_a_link_begins_its_own_game() -> None:
    game, value = quiz.begin(played(1, "AB"), 7)
    assert (game.seed, game.answers, value["seed"]) == (7, (), 7)
    assert all(update == gr.skip() for update in quiz.begin(Game(7), 7))
    assert quiz.begin(Game(1), None)[0].seed == 0
    assert [quiz.times(n) for n in (0, 1, 2, 3)] == ["never", "once", "twice", "3 times"]


@pytest.mark.parametrize(
    ("logit", "said"), [(0, "50 %"), (-9, "less than 1 %"), (1e6, "more than 99 %"), (1.1, "75 %")]
)
def test_probabilities_in_words(logit: float, said: str) -> None:
    assert quiz.probability(logit) == said
