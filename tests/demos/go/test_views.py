"""What the page sends to the browser, and what it makes of what comes back. No browser here."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest

from demos.go.board import BLACK
from demos.go.link import from_link
from demos.go.opponent import from_vertex
from demos.go.record import new, opened
from demos.go.suggest import Candidate, Opinion
from demos.go.views import changes, thinking
from demos.go.views.first import FIRST_LINK, as_json, as_opinion, first, first_thoughts
from demos.go.views.goban import board, clicked
from demos.go.views.opinions import side_by_side
from demos.go.views.suggest import first_game, numbers
from demos.go.views.table import COUNT, READ, Course, Game, Table, Thoughts, begun
from demos.go.views.thinking import think
from gallery.runtime import Runtime

SKIP = gr.skip()
REQUEST: Any = SimpleNamespace(session_hash="one")


def event(**data: Any) -> Any:
    return SimpleNamespace(**data)


def click(game: Game, move: object, mode: str = "play", turn: str | None = None, **more: Any) -> list[Any]:
    sent = event(move=move, turn=str(game.serial) if turn is None else turn, **more)
    found: list[Any] = changes.click(game, Thoughts(), Course(), "feel", [], mode, None, sent, REQUEST)
    return found


def walk(game: Game, number: object) -> list[Any]:
    sent = event(number=number)
    found: list[Any] = changes.go_to(game, Thoughts(), Course(), "feel", [], "play", sent, REQUEST)
    return found


def arrive(place: str, game: Game) -> list[Any]:
    found: list[Any] = changes.arrive(place, game, Thoughts(), Course(), "feel", [], REQUEST)
    return found


def opinion(size: int = 9, best: int = 40) -> Opinion:
    heat = np.full(size * size + 1, 0.001, np.float32)
    heat[best] = 0.5
    own = np.linspace(-1, 1, size * size, dtype=np.float32).reshape(size, size)
    return Opinion(BLACK, (Candidate(best, 0.5), Candidate(41, 0.1)), heat, 0.6, own)


def test_a_board_is_plain_data() -> None:
    record, path = from_link("9 6.5 +aaba -bb w eecc")
    position = record.position(path)
    value = board(position, heat=opinion().heat, ownership=opinion().ownership, numbers={40: 1})
    assert json.loads(json.dumps(value)) == value
    assert len(value["stones"]) == 81
    assert len(value["heat"]) == len(value["ownership"]) == 81
    assert value["stones"][0] == "X"
    assert value["stones"][10] == "O"
    assert value["last"] == from_vertex("C7", 9)
    assert value["to_play"] == "white"


def test_a_board_forbids_what_the_rules_forbid() -> None:
    record, path = from_link("9 6.5 +baab w")
    assert board(record.position(path))["forbidden"] == [0]


@pytest.mark.parametrize("data", [{}, {"move": "3"}, {"move": True}, {"move": 1.5}, {"move": None, "key": 3}])
def test_a_forged_click_is_none(data: dict[str, Any]) -> None:
    assert clicked(event(**data)).move is None


def test_a_click_plays() -> None:
    game = begun(new(9))
    after, place, value, steps, *_ = click(game, 40)
    assert place == "9 6.5 ee"
    assert value["last"] == 40
    assert steps == {"number": 1, "last": 1, "may_pass": True}
    assert after.serial > game.serial
    assert value["turn"] == str(after.serial)
    assert click(after, 41)[1] == "9 6.5 eefe"


@pytest.mark.parametrize("move", [-1, 82, 10**20, "40", None, [1], 2.5])
@pytest.mark.parametrize("mode", ["play", "black", "erase", "count"])
def test_a_forged_move_changes_nothing(move: object, mode: str) -> None:
    game = begun(new(9))
    found = click(game, move, mode)
    assert found[:2] == [SKIP, SKIP]
    assert found[2]["stones"] == "." * 81
    assert found[2]["note"].endswith(".")
    assert found[3:] == [SKIP] * 4


def test_a_late_click_is_none() -> None:
    game = begun(new(9))
    after = click(game, 40)[0]
    assert click(after, 41, turn=str(game.serial)) == [SKIP] * 7
    assert click(after, 40)[2]["note"] == "There is a stone already."


def test_stones_are_set_and_taken_off() -> None:
    game = click(begun(new(9)), 40, "white")[0]
    assert click(game, 41, "black")[2]["stones"][40:42] == "OX"
    assert click(game, 40, "white")[2]["stones"][40] == "."
    assert click(game, 40, "erase")[2]["stones"][40] == "."


def test_steps_walk_along_the_line() -> None:
    record = opened("(;SZ[9];B[ee];W[cc](;B[gg];W[gc])(;B[cg]))")
    game = begun(record)
    two = walk(game, 2)[0]
    assert two.number == 2
    assert [letter for _, letter in walk(game, 2)[2]["letters"]] == ["A", "B"]
    assert walk(two, 10**9)[0].number == 4
    assert walk(two, -5)[0].number == 0
    for nonsense in (2, "3", None, 2.5):
        assert walk(two, nonsense)[0] == SKIP
    other = click(two, from_vertex("C3", 9))[0]
    assert other.line == (0, 0, 1)
    back = walk(other, 2)[0]
    assert walk(back, 3)[0].path == (0, 0, 1), "Forward follows the variation that was chosen."


def test_a_link_brings_a_game_and_an_own_link_that_comes_late_does_not() -> None:
    game = first_game()
    assert arrive(FIRST_LINK, game) == [SKIP] * 8
    now = arrive("9 6.5 ee", game)[0]
    assert now.record.size == 9
    assert now.number == 1
    assert arrive(FIRST_LINK, now) == [SKIP] * 8


def test_a_broken_link_leaves_the_game(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(gr, "Warning", lambda text, **_: said.append(text))
    found = arrive("9 6.5 zz", first_game())
    assert found[1] == FIRST_LINK
    assert found[0] == SKIP
    assert len(said) == 1


def test_what_cannot_be_opened_is_one_sentence() -> None:
    with pytest.raises(gr.Error, match="37 x 37"):
        changes.open_record("(;SZ[37])", first_game(), "feel", [], REQUEST)
    with pytest.raises(gr.Error, match="handicap"):
        changes.new_board(5, 4, 6.5, first_game(), "feel", [], REQUEST)


def test_counting_marks_what_the_network_thinks_dead_until_somebody_clicks() -> None:
    game = begun(*from_link("9 6.5 +ii -aa b"))
    felt = opinion()  # the upper left is White's, the lower right is Black's
    thoughts = Thoughts(game.link, replace(felt, ownership=-felt.ownership))
    table = Table(game, thoughts, mode=COUNT)
    assert table.board()["dead"] == [0, 80]
    assert "White wins by 6.5" in table.board()["note"]
    assert replace(table, dead=[0]).board()["dead"] == [0]
    assert "Black wins by 74.5" in replace(table, dead=[0]).board()["note"]


def test_opinions_stand_side_by_side() -> None:
    felt, read = opinion(best=40), replace(opinion(best=20), visits=400)
    value = side_by_side(felt, read, 9, reads=False)
    assert value["sentence"] == "Feels E5, 50 %. Reads C7 after 400 visits."
    assert [row["name"] for row in value["rows"]] == ["E5", "F5", "C7"]
    assert side_by_side(None, None, 9, reads=True)["rows"] == []
    assert "too, after" in side_by_side(felt, replace(felt, visits=50), 9, reads=True)["sentence"]


def test_win_rates_hold_for_what_two_lines_share() -> None:
    course = Course((0, 0, 0), {0: 0.5, 1: 0.6, 2: 0.7, 3: 0.8})
    assert course.along((0, 0, 1)).rates == {0: 0.5, 1: 0.6, 2: 0.7}
    assert course.along((0,)).rates == {0: 0.5, 1: 0.6}
    assert course.along((0, 0, 0, 0)).rates == course.rates


def test_the_first_view_is_that_of_its_game() -> None:
    game, thoughts = first_game(), first_thoughts()
    assert game.link == FIRST_LINK
    assert game.number == len(game.line) == first()["moves"]
    table = Table(game, thoughts)
    assert table.board() == first()["board"]
    assert table.opinions() == first()["opinions"]
    assert thoughts.felt is not None
    again = as_opinion(as_json(thoughts.felt))
    assert (again.heat == thoughts.felt.heat).all()


def run_of(game: Game, thoughts: Thoughts, look: str, visits: int = 60) -> list[list[Any]]:
    """All updates but the first, which keeps everything: a generator must not end without any."""
    first, *found = think(game.link, game, thoughts, Course(), look, ["heat"], "play", None, visits, REQUEST)
    assert first == [SKIP] * 6
    return found


def test_thinking_feels_and_then_reads(house: Runtime) -> None:
    game = begun(*from_link("9 6.5 eecc"))
    (felt,) = run_of(game, Thoughts(), "feel")
    assert len(felt[0]["heat"]) == 81
    assert felt[3].felt is not None
    assert felt[4].rates.keys() == {2}
    *_, last = run_of(game, felt[3], READ)
    assert last[3].read.visits == 60
    assert last[3].felt is felt[3].felt
    assert last[5]["interactive"] is False
    assert len(run_of(game, last[3], READ)) == 1, "What was read is not read twice."
    assert not thinking.runs


def test_thinking_that_is_left_draws_nothing_more(house: Runtime) -> None:
    game = begun(*from_link("9 6.5 eecc"))
    work = think(game.link, game, Thoughts(), Course(), READ, [], "play", None, 5000, REQUEST)
    for _ in range(3):
        next(work)
    click(game, 0)
    assert list(work) == []
    assert not thinking.runs


def test_stop_keeps_what_was_read(house: Runtime) -> None:
    game = begun(*from_link("9 6.5 eecc"))
    work = think(game.link, game, Thoughts(), Course(), READ, [], "play", None, 5000, REQUEST)
    next(work)
    next(work)
    thinking.press_stop(REQUEST)
    *_, last = work
    assert last[3].read.finished
    assert last[3].read.visits < 200


def test_a_reading_that_another_run_cut_off_is_read_anew(house: Runtime) -> None:
    game = begun(*from_link("9 6.5 eecc"))
    work = think(game.link, game, Thoughts(), Course(), READ, [], "play", None, 60, REQUEST)
    partial = next(found[3] for found in work if found[3] != SKIP and found[3].read)
    assert not partial.read.finished
    *_, last = run_of(game, partial, READ)
    assert last[3].read.finished
    assert last[3].read.visits == 60
    assert list(work) == []


def test_a_newer_run_silences_the_older(house: Runtime) -> None:
    game = begun(*from_link("9 6.5 eecc"))
    old = think(game.link, game, Thoughts(), Course(), READ, [], "play", None, 5000, REQUEST)
    next(old)
    next(old)
    (felt,) = run_of(game, Thoughts(), "feel")
    assert felt[0]["heat"]
    assert list(old) == []
    late = think("9 6.5", game, Thoughts(), Course(), READ, [], "play", None, 50, REQUEST)
    assert list(late) == [[SKIP] * 6], "A place that is no longer on the board is not thought about."


def test_the_endpoint_answers_in_words(house: Runtime) -> None:
    answer = numbers("(;SZ[9]KM[7];B[ee])")
    assert answer["to_play"] == "white"
    assert answer["komi"] == 7
    assert len(answer["moves"]) == 5
    assert json.dumps(answer)
    with pytest.raises(gr.Error, match="SGF"):
        numbers("hello")


def test_a_record_that_is_pasted_says_who_played() -> None:
    found = changes.open_record(
        "(;SZ[9]PB[Ada]PW[Bob]RE[B+R]HA[2]AB[cc][gg];W[ee];B[ee])", first_game(), "feel", [], REQUEST
    )
    told = found[-1]["value"]
    assert told.startswith("Ada against Bob: 9 x 9, 1 move, komi 6.5, 2 handicap stones, B+R.")
    assert "Move 2 (Black E5) is not allowed" in told
