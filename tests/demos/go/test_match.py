"""A game against the machine: turns, clicks that come late, taking back, counting; sgfmill is the oracle."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sgfmill import sgf  # type: ignore[import-untyped]
from sgfmill.boards import Board  # type: ignore[import-untyped]

from demos.go import match as rules
from demos.go.board import BLACK, EMPTY, WHITE
from demos.go.match import HANDICAPS, SIZES, Match, Settings, read_moves, sentence
from demos.go.opponent import vertex
from demos.go.record import opened
from gallery.inputs import InputError

SMALL = Settings(level="policy", size=9)
# Black's wall on column D, White's on column F, and a white stone that is caught behind the first.
WALLS = "D9 F9 D8 F8 D7 F7 D6 F6 D5 F5 D4 F4 D3 F3 D2 F2 D1 F1 E9 B5 pass pass"
KO = "D5 E5 C4 F4 D3 E3 J9 D4 E4"  # Black took a stone at D4, and White may not take back at once


def match_of(text: str, settings: Settings = SMALL, **more: Any) -> Match:
    return Match(settings, moves=read_moves(text, settings.size), **more)


def counting(dead: tuple[int, ...] = ()) -> Match:
    return match_of(WALLS, dead=dead)


def at(text: str) -> int:
    (move,) = read_moves(text, 9)
    return move


# --- settings ---


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"level": "god"}, "no level “god”"),
        ({"size": 37}, "9, 13 or 19"),
        ({"size": 0}, "9, 13 or 19"),
        ({"colour": "red"}, "black, white or random"),
        ({"handicap": 1}, "2 to 9 stones"),
        ({"handicap": -2}, "2 to 9 stones"),
        ({"komi": math.nan}, "Komi is a number"),
        ({"komi": math.inf}, "Komi is a number"),
        ({"komi": 1e9}, "Komi is a number"),
    ],
)
def test_settings_that_there_are_not(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        rules.start(replace(Settings(), **changed))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("handicap", HANDICAPS)
def test_a_handicap_is_on_the_board_and_white_begins(size: int, handicap: int) -> None:
    match = rules.start(Settings(size=size, handicap=handicap))
    assert (match.position.stones == BLACK).sum() == handicap
    assert match.mover == match.position.to_play == (WHITE if handicap else BLACK)
    assert match.waiting is bool(handicap)
    assert rules.to_record(match).handicap == handicap


def test_a_random_colour_is_either_and_stays() -> None:
    settings = Settings(colour="random")
    colours = [Match(settings, seed).person for seed in range(50)]
    assert set(colours) == {BLACK, WHITE}
    assert colours == [Match(settings, seed).person for seed in range(50)]
    assert all(Match(settings, seed).machine + Match(settings, seed).person == 3 for seed in range(50))


# --- moves ---


@pytest.mark.parametrize(
    ("moves", "move", "reason"),
    [
        ("D4 E5", at("D4"), "There is a stone already"),
        ("D4 E5", None, "not a move"),
        ("D4 E5", 82, "no such point"),
        ("D4 E5", -1, "no such point"),
        ("J1 B1 J2 A2", at("A1"), "suicide"),
        ("D4", at("E5"), "machine's turn"),
    ],
)
def test_what_is_not_allowed_is_said(moves: str, move: int | None, reason: str) -> None:
    match = match_of(moves)
    with pytest.raises(InputError, match=reason):
        rules.play(match, move, match.turn)


def test_a_ko_is_said() -> None:
    match = match_of(KO, replace(SMALL, colour="white"))
    with pytest.raises(InputError, match="repeat an earlier position"):
        rules.play(match, at("D4"), match.turn)


def test_late_and_second_clicks_change_nothing() -> None:
    before = rules.start(SMALL, seed=3)
    after = rules.play(before, 40, before.turn)
    assert after.moves == (40,)
    assert rules.play(after, 41, before.turn) is after
    answered = replace(after, moves=(40, 50))
    for turn in (before.turn, after.turn, "", "forged"):
        assert rules.play(answered, 41, turn) is answered
    assert rules.play(rules.start(SMALL, seed=4), 40, before.turn).moves == (), "Of the game before."


def test_a_resigned_game_is_over() -> None:
    match = match_of("D4 E5")
    over = rules.resign(match)
    assert (over.result, sentence(over.result)) == ("W+R", "White wins by resignation.")
    assert not over.waiting
    steps: list[Callable[[], Match]] = [
        lambda: rules.play(over, 0, over.turn),
        lambda: rules.play(over, 0, match.turn),
        lambda: rules.resign(over),
        lambda: rules.take_back(over),
        lambda: rules.finish(over),
        lambda: rules.pass_(over),
    ]
    for step in steps:
        with pytest.raises(InputError, match=r"^The game is over: begin a new one\.$"):
            step()
    assert list(rules.think(over, None)) == [rules.Thought(over)]  # type: ignore[arg-type]


def test_taking_back_takes_both_moves() -> None:
    match = match_of("D4 E5 C3 G7", win_rate=0.4, hopeless=2)
    back = rules.take_back(match)
    assert back == match_of("D4 E5")
    assert rules.take_back(back) == match_of("")
    with pytest.raises(InputError, match="no move of yours"):
        rules.take_back(match_of(""))
    unanswered = match_of("D4 E5 C3")
    assert rules.take_back(unanswered) == match_of("D4 E5"), "Also where the machine owes its answer."
    white = match_of("D4", replace(SMALL, colour="white"))
    with pytest.raises(InputError, match="no move of yours"):
        rules.take_back(white)


def test_what_was_given_is_not_taken_back() -> None:
    match = match_of("D4 E5 C3 G7", given=2)
    assert rules.take_back(match) == match_of("D4 E5", given=2)
    with pytest.raises(InputError, match="no move of yours"):
        rules.take_back(match_of("D4 E5", given=2))
    assert match_of("D4 E5", given=2).untouched
    assert not match.untouched


# --- counting ---


def test_after_two_passes_chains_are_marked_and_counted() -> None:
    match = counting()
    assert match.counting
    assert not match.waiting
    # 36 points right of the walls, the stone at B5 and komi, against Black's 10 stones: the left is nobody's.
    assert rules.counted(match).result == "W+34.5"
    dead = rules.play(match, at("B5"), match.turn)
    assert dead.dead == (at("B5"),)
    assert rules.counted(dead).result == "W+6.5"
    assert rules.play(dead, at("B5"), match.turn) is dead, "The second of a double click."
    assert rules.play(dead, at("B5"), dead.turn).dead == ()
    wall = rules.play(match, at("D5"), match.turn)
    assert len(wall.dead or ()) == 10, "A whole chain, E9 with it."
    for move in (at("A1"), None, 99, -1):
        with pytest.raises(InputError, match="Click a stone"):
            rules.play(match, move, match.turn)
    with pytest.raises(InputError, match="Both have passed"):
        rules.pass_(match)
    over = rules.finish(dead)
    assert over.result == "W+6.5"
    assert not over.counting
    back = rules.take_back(dead)
    assert (back.moves, back.dead) == (match.moves[:-2], None)


def test_nothing_is_counted_before_both_have_passed() -> None:
    match = match_of("D4 pass")
    with pytest.raises(InputError, match="when both players have passed"):
        rules.finish(match)
    with pytest.raises(InputError, match="when both players have passed"):
        rules.mark(match, 3)
    with pytest.raises(InputError, match="when both players have passed"):
        rules.finish(match_of(WALLS)), "The network has not yet said what is dead."


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_games_and_counts_are_sgfmills(data: st.DataObject) -> None:
    """Random games to the end: the record, the board and the area with dead chains taken off."""
    agreed = Settings(size=9, handicap=data.draw(st.sampled_from(HANDICAPS)))
    match = Match(agreed, seed=1)
    for _ in range(data.draw(st.integers(0, 60))):
        allowed = np.flatnonzero(match.position.legal()[:-1])
        if not len(allowed):
            break
        match = replace(match, moves=(*match.moves, int(data.draw(st.sampled_from(allowed.tolist())))))
    match = replace(match, moves=(*match.moves, 81, 81), dead=())
    stones = np.flatnonzero(match.position.stones.reshape(-1) != EMPTY).tolist()
    if stones:
        for move in data.draw(st.lists(st.sampled_from(stones), max_size=4)):
            match = rules.play(match, move, match.turn)
    over = rules.finish(match)

    text = rules.to_record(over).to_sgf()
    read = sgf.Sgf_game.from_string(text)
    board = Board(9)
    board.apply_setup(*read.get_root().get_setup_stones())
    for node in read.get_main_sequence()[1:]:
        colour, point = node.get_move()
        if point is not None:
            board.play(*point, colour)
    for move in match.dead or ():
        board.board[8 - move // 9][move % 9] = None
    lead = board.area_score() - agreed.komi
    assert over.result == f"{'B' if lead > 0 else 'W'}+{abs(lead):g}"
    assert read.root.get("RE") == over.result
    assert read.get_komi() == agreed.komi
    again = opened(text)
    assert not again.warning
    assert [*again.moves(again.end())] == [*match.moves]


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ("B+3.5", "Black wins by 3.5 points."),
        ("W+1", "White wins by 1 point."),
        ("W+0.5", "White wins by 0.5 points."),
        ("B+R", "Black wins by resignation."),
        ("0", "The game is a draw."),
    ],
)
def test_results_in_words(result: str, text: str) -> None:
    assert sentence(result) == text


# --- text ---


@given(st.sampled_from(SIZES), st.lists(st.integers(0, 81)), st.sampled_from([" ", ", ", "\n", "  "]))
def test_moves_are_read_as_they_are_written(size: int, moves: list[int], between: str) -> None:
    text = between.join(vertex(move, size) for move in moves)
    assert read_moves(text, size) == tuple(moves)
    assert read_moves(f" {text.lower()} ", size) == tuple(moves)


@pytest.mark.parametrize("text", ["I5", "D20", "4D", "🐭", "D4-Q16", "resign", "D" * 9000])
def test_what_is_no_move_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_moves(text, 19)


STEP = st.one_of(
    st.tuples(st.just("play"), st.integers(-1, 82)),
    st.tuples(st.just("late"), st.integers(0, 81)),
    st.sampled_from([("pass", 0), ("back", 0), ("resign", 0), ("finish", 0), ("machine", 0)]),
    st.tuples(st.just("machine"), st.integers(0, 81)),
)


@settings(deadline=None, max_examples=80)
@given(st.lists(STEP, max_size=40), st.sampled_from(["black", "white"]))
def test_whatever_is_pressed_the_game_stays_one(steps: list[tuple[str, int]], colour: Any) -> None:
    """The moves can always be played one after another, and only a finished game has a result."""
    match = rules.start(replace(SMALL, colour=colour), seed=9)
    for name, move in steps:
        before = match
        try:
            match = {
                "play": lambda: rules.play(match, move, match.turn),  # noqa: B023
                "late": lambda: rules.play(match, move, "9.99.."),  # noqa: B023
                "pass": lambda: rules.pass_(match),  # noqa: B023
                "back": lambda: rules.take_back(match),  # noqa: B023
                "resign": lambda: rules.resign(match),  # noqa: B023
                "finish": lambda: rules.finish(match),  # noqa: B023
                "machine": lambda: scripted(match, move),  # noqa: B023
            }[name]()
        except InputError:
            assert name != "late" or before.result
            continue
        if name == "late":
            assert match is before
        assert not before.result or match is before
        assert match.position.number == len(match.moves)
        assert match.position.over or match.position.to_play == match.mover
        if name == "back":
            assert match.mover == match.person
            assert len(match.moves) < len(before.moves)


def scripted(match: Match, move: int) -> Match:
    """What `think` does, with a given move where that is allowed and a pass where it is not."""
    if not match.waiting:
        return match
    if match.counting:
        return replace(match, dead=())
    move = move if match.position.legal()[move] else 81
    match = replace(match, moves=(*match.moves, move))
    return replace(match, dead=()) if match.position.over else match
