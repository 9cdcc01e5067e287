"""The view "Play" without a browser: clicks, forged ones, Stop, a new game while it thinks, the endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from demos.go import match as rules
from demos.go.board import BLACK
from demos.go.famous_opinions import shipped
from demos.go.match import Match, Settings
from demos.go.opponent import from_vertex
from demos.go.players import LEVELS, Decision
from demos.go.record import opened
from demos.go.views import match_page, play, thinking
from demos.go.views.match_page import described, told, unchanged, words
from gallery.runtime import Runtime

SMALL = Settings(level="policy", size=9)
START = Match(SMALL, seed=7)
READING = Match(replace(SMALL, level="full"), seed=8)


def visitor(name: str = "somebody") -> Any:
    return SimpleNamespace(session_hash=name)


def click(match: Match, move: Any, **more: Any) -> Any:
    return SimpleNamespace(**{"move": move, "turn": match.turn, **more})


def after(updates: Iterator[list[Any]]) -> list[Any]:
    """The last values of the page."""
    *_, last = updates
    return last


def playing(match: Match, move: int, name: str = "somebody") -> Iterator[list[Any]]:
    return play.played(match, click(match, move), visitor(name))


@pytest.fixture(autouse=True)
def nobody_thinks() -> Iterator[None]:
    thinking.runs.clear()
    yield
    assert not thinking.runs, "Every thinking has an end."


def test_a_click_plays_and_the_machine_answers(house: Runtime) -> None:
    first, *_, last = playing(START, 40)
    match, board, text = first[:3]
    assert match.moves == (40,)
    assert board["stones"][40] == "X"
    assert board["clicks"] == "none"
    assert "White is thinking" in text
    answered, board, text = last[:3]
    assert len(answered.moves) == 2
    assert board["stones"].count("O") == 1
    assert board["turn"] == answered.turn != START.turn
    assert "Your turn: you are Black." in text


@pytest.mark.parametrize("move", [None, True, "40", 4.5, [40], {}, 10**30, -1, 82])
def test_a_forged_click_is_one_sentence_and_no_move(move: Any, house: Runtime) -> None:
    match, board, *_ = after(play.played(START, click(START, move), visitor()))
    assert match is START
    assert board["note"] in ("That is not a move.", "There is no such point on this board.")
    assert set(board["stones"]) == {"."}


def test_an_occupied_point_is_refused_in_the_rules_words(house: Runtime) -> None:
    taken = replace(START, moves=(40, 41))
    match, board, *_ = after(playing(taken, 41))
    assert (match, board["note"]) == (taken, "There is a stone already.")


def test_late_clicks_change_nothing(house: Runtime) -> None:
    played = replace(START, moves=(40, 41))
    late = play.played(played, click(START, 50), visitor())
    assert after(late) == unchanged()
    nameless: Any = SimpleNamespace(move=50)
    assert after(play.played(played, nameless, visitor())) == unchanged(), "No turn at all."


def test_a_resigned_game_clicked_on_says_one_sentence(house: Runtime) -> None:
    over = rules.resign(START)
    match, board, text, *buttons = after(playing(over, 40))
    assert match is over
    assert board["note"] == rules.OVER
    assert "White wins by resignation." in text
    assert "The machine wins." in text
    assert [button["interactive"] for button in buttons[1:]] == [False] * 5


def test_reading_is_streamed_and_stopped(house: Runtime) -> None:
    work = playing(READING, 40)
    next(work)
    seen = next(work)
    assert isinstance(seen[1]["candidates"][0]["visits"], int)
    assert "of 800 visits" in seen[2]
    assert seen[3:] == unchanged(6), "No late update undoes a press of Stop."
    play.press_stop(visitor("another"))
    assert not thinking.runs[play.session_of(visitor())].stopped
    play.press_stop(visitor())
    last = after(work)
    assert len(last[0].moves) == 2


def test_whoever_clicks_while_it_thinks_is_not_heard(house: Runtime) -> None:
    work = playing(READING, 40)
    next(work)
    assert after(playing(READING, 41)) == unchanged()
    assert after(play.stepping(rules.resign)(READING, visitor())) == unchanged()
    assert play.hinted(READING, visitor()) == unchanged()
    other = after(playing(START, 41, "another"))
    assert len(other[0].moves) == 2, "Another page plays its own game."
    play.press_stop(visitor())
    assert len(after(work)[0].moves) == 2


def test_a_new_game_ends_the_thinking_in_silence(house: Runtime) -> None:
    work = playing(READING, 40)
    next(work)
    fresh = after(play.begun("policy", 9, "black", 0, 7.5, visitor()))
    assert fresh[0].moves == ()
    assert list(work) == [], "Nothing of the old game is drawn any more."


def test_a_closed_page_ends_the_thinking(house: Runtime) -> None:
    work = playing(READING, 40)
    next(work)
    next(work)
    work.close()  # type: ignore[attr-defined]


def test_where_the_network_fails_the_move_is_kept_and_a_click_asks_again(
    house: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Decision:
        raise RuntimeError("no weights")

    pages: list[list[Any]] = []
    with monkeypatch.context() as patched:
        patched.setattr(rules, "choose", broken)
        with pytest.raises(gr.Error):
            pages.extend(playing(START, 40))
    waiting = pages[-1][0]
    assert waiting.moves == (40,)
    assert "White is to move." in told(waiting)
    answered = after(playing(waiting, 50))[0]
    assert len(answered.moves) == 2
    assert answered.moves[0] == 40


# --- the end ---


def test_two_passes_count_and_a_click_corrects(house: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "choose", lambda *_, **__: Decision(81, 0.5))
    match = replace(START, moves=(40, 41))
    counting, board, text, finish, pass_, *_ = after(play.passed(match, visitor()))
    assert counting.counting
    assert counting.dead is not None
    assert (board["clicks"], finish["visible"], pass_["interactive"]) == ("any", True, False)
    assert "As it stands" in text
    toggled, board, *_ = after(playing(counting, 40))
    assert (40 in board["dead"]) is not (40 in counting.dead)
    assert len(board["ownership"]) == 81
    again = after(play.played(toggled, click(counting, 40), visitor()))
    assert again == unchanged(), "The second of a double click."
    over, board, text, finish, *_ = after(play.stepping(rules.finish)(toggled, visitor()))
    assert rules.sentence(over.result) in text
    assert not finish["visible"]


def test_giving_up_is_told(house: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "choose", lambda *_, **__: Decision(3, 0.01, resigns=True))
    match, _, text, *_ = after(playing(START, 40))
    assert match.result == "B+R"
    assert "Black wins by resignation." in text
    assert "You win." in text


def test_taking_back_and_hints(house: Runtime) -> None:
    match = replace(START, moves=(40, 41, 50, 51))
    assert after(play.stepping(rules.take_back)(match, visitor()))[0].moves == (40, 41)
    same, board, *_ = play.hinted(match, visitor())
    assert same is match
    assert len(board["candidates"]) == 3
    assert board["turn"] == match.turn, "One can still click."
    _, board, *_ = after(play.stepping(rules.take_back)(START, visitor()))
    assert board["note"] == "There is no move of yours to take back."


# --- before a game ---


def test_settings_change_the_board_until_the_first_move(house: Runtime) -> None:
    changed = ("policy", 13, "white", 2, 0.5)
    match = after(play.agreed(START, *changed, visitor()))[0]  # type: ignore[arg-type]
    assert match.settings == Settings("policy", 13, "white", 2, 0.5)
    assert (match.position.stones == BLACK).sum() == 2
    assert match.mover == match.person
    same = after(play.agreed(match, *changed, visitor()))  # type: ignore[arg-type]
    assert same == unchanged()
    begun = replace(START, moves=(40, 41))
    assert after(play.agreed(begun, *changed, visitor())) == unchanged()  # type: ignore[arg-type]


def test_the_machine_begins_where_it_has_the_first_move(house: Runtime) -> None:
    match = after(play.begun("policy", 9, "white", 0, 7.5, visitor()))[0]
    assert len(match.moves) == 1
    assert match.mover == match.person


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (("god", 9, "black", 0, 7.5), "no level"),
        (("policy", 37, "black", 0, 7.5), "9, 13 or 19"),
        (("policy", 9, "green", 0, 7.5), "black, white or random"),
        (("policy", 9, "black", 99, 7.5), "2 to 9 stones"),
        (("policy", 9, "black", 0, None), "Komi is missing"),
        (("policy", 9, "black", 0, float("nan")), "Komi is a number"),
    ],
)
def test_settings_that_there_are_not(settings: tuple[Any, Any, Any, Any, Any], reason: str) -> None:
    with pytest.raises(gr.Error, match=reason):
        after(play.begun(*settings, visitor()))


def test_what_ships_is_the_position_before_move_37() -> None:
    ahead = shipped()["first"]["play"]
    assert ahead == play.opening(), "Run `python -m demos.go.famous_opinions` again."
    match = play.first(ahead["moves"])
    assert match.position.number == 36
    assert match.untouched
    assert match.mover == match.person == BLACK
    assert not match.waiting


def test_a_record_is_saved(house: Runtime) -> None:
    match = rules.resign(replace(START, moves=(40, 41, 81)))
    record = opened(play.saved(match))
    assert [*record.moves(record.end())] == [40, 41, 81]
    assert record.result == "W+R"


def test_strength_is_only_told_where_it_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"club": {"opponent": "GNU Go 3.8, level 1", "wins": 31, "games": 40}}
    monkeypatch.setattr(match_page, "measured", lambda: figures)
    assert described("club").endswith("It won 31 of 40 games against GNU Go 3.8, level 1.")
    assert described("first") == LEVELS["first"].sentence


def test_words_are_escaped_and_whole(house: Runtime) -> None:
    for match in (START, READING, rules.resign(START), replace(START, moves=(40,))):
        colour, title, _ = words(match)
        assert colour in ("Black", "White")
        assert title
        assert told(match).count("<p") == 2


# --- the endpoint ---


@pytest.mark.parametrize(("text", "colour"), [("", "black"), ("D4", "white"), ("D4 Q16 pass", "white")])
def test_a_notebook_gets_an_answer(text: str, colour: str, house: Runtime) -> None:
    answer = play.numbers(text, "policy", 19, 7.5)
    assert answer["colour"] == colour
    match = Match(Settings(), moves=rules.read_moves(text, 19))
    assert match.position.legal()[from_vertex(answer["move"], 19)]
    assert 0 <= answer["win_rate"] <= 1


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (("D4 D4", "policy", 19, 7.5), "There is a stone already"),
        (("Z9", "policy", 19, 7.5), "no point"),
        (("T19", "policy", 9, 7.5), "no point"),
        (("pass pass", "policy", 9, 7.5), "game is over"),
        (("", "policy", 37, 7.5), "9, 13 or 19"),
        (("", "god", 9, 7.5), "no level"),
        (("", "policy", 9, None), "Komi is missing"),
        (("D4 " * 5000, "policy", 9, 7.5), "at most"),
    ],
)
def test_what_a_notebook_cannot_ask(asked: Any, reason: str, house: Runtime) -> None:
    with pytest.raises(gr.Error, match=reason):
        play.numbers(*asked)
