"""The names of points, and a conversation with a program that plays what it is told to."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from demos.go import opponent
from demos.go.board import BLACK, WHITE
from demos.go.opponent import GtpError, Opponent, from_vertex, vertex

COMMAND = (sys.executable, str(Path(__file__).with_name("gtp_program.py")))


@pytest.mark.parametrize("size", range(2, 20))
def test_every_move_has_a_name_that_leads_back(size: int) -> None:
    names = [vertex(move, size) for move in range(size * size + 1)]
    assert len(set(names)) == len(names)
    assert [from_vertex(name, size) for name in names] == list(range(size * size + 1))
    assert [from_vertex(f" {name.lower()}\n", size) for name in names] == list(range(size * size + 1))
    assert not any("I" in name for name in names)


@pytest.mark.parametrize(
    ("name", "row", "column"),
    [
        ("A19", 0, 0),
        ("T19", 0, 18),
        ("A1", 18, 0),
        ("T1", 18, 18),
        ("D4", 15, 3),
        ("Q16", 3, 15),
        ("J10", 9, 8),
    ],
)
def test_letters_are_columns_from_the_left_and_numbers_rows_from_below(
    name: str, row: int, column: int
) -> None:
    assert vertex(row * 19 + column, 19) == name
    assert from_vertex(name, 19) == row * 19 + column


@settings(deadline=None)
@given(st.text(max_size=6), st.integers(2, 19))
@example("I5", 19)
@example("A0", 19)
@example("A20", 19)
@example("K10", 9)
@example("A-1", 9)
@example("A1.0", 9)
@example("A+1", 9)
@example("A٣", 9)
@example("A²", 9)
@example("", 9)
@example("A", 9)
@example("9", 9)
@example("resign", 9)
@example("ß1", 9)
@example("A" + "9" * 5000, 9)
def test_any_other_text_is_no_point(text: str, size: int) -> None:
    try:
        move = from_vertex(text, size)
    except ValueError:
        return
    plain = text.strip().upper()
    assert vertex(move, size).upper() == (plain if plain == "PASS" else plain[0] + plain[1:].lstrip("0"))


def test_a_conversation() -> None:
    with Opponent([*COMMAND, "D4", "pass", "resign", "c3"]) as program:
        program.start(9, 7.5)
        program.play(BLACK, 40, 9)
        program.play(WHITE, 81, 9)
        assert program.move(BLACK, 9) == from_vertex("D4", 9)
        assert program.move(WHITE, 9) == 81
        assert program.move(BLACK, 9) is None
        assert program.move(WHITE, 9) == from_vertex("C3", 9)
    assert program.process.poll() is not None


def test_what_is_sent_is_the_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    with Opponent([*COMMAND, "D4"]) as program:
        ask = program.ask

        def noted(command: str) -> str:
            sent.append(command)
            return ask(command)

        monkeypatch.setattr(program, "ask", noted)
        program.start(19, 6.5)
        program.play(WHITE, 0, 19)
        program.move(BLACK, 19)
    assert sent == ["boardsize 19", "clear_board", "komi 6.5", "play white A19", "genmove black"]


def test_an_answer_of_many_lines_is_one_answer() -> None:
    with Opponent(COMMAND) as program:
        assert program.ask("final_status_list dead") == "A1 B1 T19"
        assert program.ask("echo yes") == "yes"


def test_a_refusal_is_an_error_and_the_conversation_goes_on() -> None:
    with Opponent([*COMMAND, "Z99", "D4"]) as program:
        with pytest.raises(GtpError, match=r"'boardsize 37' was refused: unacceptable size"):
            program.start(37, 0)
        with pytest.raises(GtpError, match="unknown command"):
            program.ask("make_tea")
        with pytest.raises(ValueError, match="'Z99' is no point"):
            program.move(BLACK, 9)
        assert program.move(BLACK, 9) == from_vertex("D4", 9)


def test_a_program_that_ends_is_an_error() -> None:
    with Opponent(COMMAND) as program:
        with pytest.raises(GtpError, match="The program ended"):
            program.ask("crash")
        program.process.wait(10)
        with pytest.raises(GtpError, match="The program ended"):
            program.ask("boardsize 9")


def test_a_program_that_will_not_go_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opponent, "SECONDS", 0.2)
    with Opponent(COMMAND) as program:
        program.ask("silence")
    assert program.process.wait(10) != 0


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        Opponent(["no-such-go-program"])
