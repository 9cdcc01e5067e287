"""The Go Text Protocol: conversations, refusals, nonsense, and two engines that play each other."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demos.go import gtp
from demos.go.board import BLACK, WHITE
from demos.go.engine import Evaluator
from demos.go.gtp import Engine, evaluator, handicap, level_of, serve
from demos.go.model import GoNetwork
from demos.go.opponent import from_vertex
from demos.go.players import LEVELS
from demos.go.rules import LONGEST
from tests.demos.go.conftest import random_network, uniform

ROOT = Path(__file__).parents[3]


@pytest.fixture
def engine() -> Engine:
    return Engine(uniform, LEVELS["policy"])


def talk(engine: Engine, *lines: str) -> list[str]:
    """The answers without the empty lines after them."""
    answers = [engine.answer(line) for line in lines]
    assert all(answer.endswith("\n\n") for answer in answers)
    return [answer[:-2] for answer in answers]


# ---- single commands ------------------------------------------------------------------------------------


def test_administration(engine: Engine) -> None:
    assert talk(engine, "protocol_version", "known_command play", "known_command fly") == [
        "= 2",
        "= true",
        "= false",
    ]
    assert talk(engine, "17 name", "version") == ["=17 Deep Learning Gallery", "= 1"]
    listed = talk(engine, "list_commands")[0].removeprefix("= ").split("\n")
    assert listed == sorted(engine.commands)
    required = (
        "boardsize clear_board genmove komi known_command list_commands name play protocol_version quit"
    )
    assert {*required.split(), "version"} <= set(listed)
    assert not engine.ended
    assert talk(engine, "3 quit") == ["=3"]
    assert engine.ended


def test_comments_blanks_and_control_characters(engine: Engine) -> None:
    assert [engine.answer(line) for line in ("", "\n", "   ", "# a remark", "\t\r\n")] == [""] * 5
    assert talk(engine, "5\tboardsize\t9 # small\r\n", "\x07play b\x00 c3\x7f") == ["=5", "="]
    assert engine.position.size == 9
    assert engine.position.stones[6, 2] == BLACK


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("fly", "? unknown command"),
        ("8 fly", "?8 unknown command"),
        ("8", "?8 no command"),
        ("boardsize", "? syntax error"),
        ("boardsize nine", "? not an integer"),
        ("boardsize 25", "? unacceptable size"),
        ("boardsize 1", "? unacceptable size"),
        ("boardsize ²", "? not an integer"),
        ("komi much", "? komi not a float"),
        ("komi nan", "? komi not a float"),
        ("komi 1e9", "? komi not a float"),
        ("play b", "? syntax error"),
        ("play green c3", "? invalid color"),
        ("play b i3", "? invalid coordinate"),
        ("play b f6", "? invalid coordinate"),
        ("play b c4", "? illegal move"),
        ("play w c4", "? illegal move"),
        ("genmove", "? syntax error"),
        ("genmove red", "? invalid color"),
        ("fixed_handicap 2", "? invalid number of stones"),
        ("set_free_handicap a1 b1", "? board not empty"),
        ("set_free_handicap a1 a1", "? bad vertex list"),
        ("set_free_handicap a1 pass", "? bad vertex list"),
        ("set_free_handicap a1", "? bad vertex list"),
        ("final_status_list lost", "? syntax error"),
        ("final_status_list", "? syntax error"),
    ],
)
def test_refusals_change_nothing(engine: Engine, line: str, answer: str) -> None:
    talk(engine, "boardsize 5", "komi 0.5", "play b c4", "play w c3")
    before, komi = list(engine.history), engine.komi
    assert talk(engine, line) == [answer]
    assert engine.history == before
    assert engine.komi == komi


def test_moves_captures_and_undo(engine: Engine) -> None:
    assert talk(engine, "boardsize 3", "play b A1", "play white a2", "PLAY w b1") == [
        "=",
        "=",
        "=",
        "? unknown command",
    ]
    assert talk(engine, "play w b1") == ["="]  # either side may play twice
    assert engine.position.stones.tolist() == [[0, 0, 0], [WHITE, 0, 0], [0, WHITE, 0]]
    assert talk(engine, "undo") == ["="]
    assert engine.position.stones[2, 0] == BLACK
    assert talk(engine, "undo", "undo", "undo") == ["=", "=", "? cannot undo"]
    assert talk(engine, "play b pass", "play w pass", "play b b2") == [
        "=",
        "=",
        "=",
    ]  # and play on after the end


def test_ko_is_refused(engine: Engine) -> None:
    talk(engine, "boardsize 5")
    for move in ("b b1", "w c1", "b a2", "w d2", "b b3", "w c3", "b c2", "w b2"):
        assert talk(engine, f"play {move}") == ["="]
    assert talk(engine, "play b c2") == ["? illegal move"]


def test_showboard(engine: Engine) -> None:
    talk(engine, "boardsize 3", "play b a3", "play w c1")
    assert talk(engine, "showboard") == ["= \n   A B C\n 3 X . . 3\n 2 . . . 2\n 1 . . O 1\n   A B C"]


def test_time_is_accepted(engine: Engine) -> None:
    assert talk(engine, "time_settings 600 30 1", "time_left b 500 0") == ["=", "="]


# ---- handicap -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "count", "expected"),
    [
        (19, 2, "D4 Q16"),
        (19, 3, "D4 Q16 D16"),
        (19, 4, "D4 Q16 D16 Q4"),
        (19, 5, "D4 Q16 D16 Q4 K10"),
        (19, 6, "D4 Q16 D16 Q4 D10 Q10"),
        (19, 7, "D4 Q16 D16 Q4 D10 Q10 K10"),
        (19, 8, "D4 Q16 D16 Q4 D10 Q10 K4 K16"),
        (19, 9, "D4 Q16 D16 Q4 D10 Q10 K4 K16 K10"),
        (13, 4, "D4 K10 D10 K4"),
        (9, 2, "C3 G7"),
        (8, 4, "C3 F6 C6 F3"),
    ],
)
def test_fixed_handicap(engine: Engine, size: int, count: int, expected: str) -> None:
    """The protocol's section 4.1.1."""
    assert talk(engine, f"boardsize {size}", f"fixed_handicap {count}") == ["=", f"= {expected}"]
    assert (engine.position.stones == BLACK).sum() == count
    assert engine.position.to_play == WHITE
    assert talk(engine, f"place_free_handicap {count}") == ["? board not empty"]
    assert talk(engine, "undo", f"place_free_handicap {count}") == ["=", f"= {expected}"]


def test_handicap_on_small_and_even_boards(engine: Engine) -> None:
    assert handicap(5) == {}
    assert max(handicap(7)) == max(handicap(18)) == 4
    assert talk(engine, "boardsize 7", "fixed_handicap 5", "fixed_handicap x") == [
        "=",
        "? invalid number of stones",
        "? not an integer",
    ]
    assert talk(engine, "set_free_handicap d4 e5 a1", "play w a2") == ["=", "="]
    assert (engine.position.stones == BLACK).sum() == 3


# ---- playing and counting -------------------------------------------------------------------------------


def test_genmove_plays(engine: Engine) -> None:
    talk(engine, "boardsize 5")
    answer = talk(engine, "genmove b")[0].removeprefix("= ")
    assert engine.position.stones.reshape(-1)[from_vertex(answer, 5)] == BLACK
    assert talk(engine, "genmove b")[0].startswith("= ")  # twice in a row
    assert (engine.position.stones == BLACK).sum() == 2


def test_resigns() -> None:
    def lost(*given: object) -> object:
        found = uniform(*given)  # type: ignore[arg-type]
        return [replace(evaluation, win_rate=0.001) for evaluation in found]

    engine = Engine(lost, LEVELS["policy"])  # type: ignore[arg-type]
    talk(engine, "boardsize 5")
    answers = [talk(engine, "play b pass", "genmove w")[1] for _ in range(9)]
    assert "= resign" in answers
    position = engine.position
    assert talk(engine, "genmove w") == ["= resign"]
    assert engine.position is position


def test_counts_without_dead_stones() -> None:
    def sure(*given: object) -> object:
        owned = np.repeat(np.array([[1, 1, 1, -1, -1]], np.float32), 5, axis=0)
        return [replace(found, ownership=owned) for found in uniform(*given)]  # type: ignore[arg-type]

    engine = Engine(sure, LEVELS["policy"])  # type: ignore[arg-type]
    talk(engine, "boardsize 5", "komi 0.5")
    for row in range(1, 6):
        talk(engine, f"play b c{row}", f"play w d{row}")
    talk(engine, "play w a1")
    assert talk(engine, "final_score", "final_status_list dead") == ["= B+4.5", "= A1"]
    alive = talk(engine, "final_status_list alive")[0].removeprefix("= ").split()
    assert len(alive) == 10
    assert talk(engine, "final_status_list seki") == ["="]
    assert talk(engine, "komi 5", "final_score") == ["=", "= 0"]
    assert talk(engine, "komi 7.5", "final_score") == ["=", "= W+2.5"]
    assert talk(engine, "play b pass", "genmove w") == ["=", "= pass"]
    assert talk(engine, "undo", "kgs-genmove_cleanup w")[1] != "= pass"


def test_a_game_without_end_is_refused(engine: Engine) -> None:
    talk(engine, "boardsize 5")
    engine.history[-1] = replace(engine.position, number=LONGEST)
    assert talk(engine, "genmove b", "play b a1") == ["? the game is too long", "? illegal move"]


@pytest.mark.parametrize("level", ["policy", "first", "reader"])
def test_a_duel_ends_by_itself(level: str) -> None:
    """Two engines with different networks hear of each other's moves only."""
    engines = [
        Engine(
            Evaluator(random_network(seed=seed)), level_of(level, 8 if level == "reader" else None), seed=seed
        )
        for seed in (1, 2)
    ]
    for engine in engines:
        assert talk(engine, "boardsize 5", "clear_board", "komi 0.5") == ["="] * 3
    passes = moves = 0
    while passes < 2:
        mover, other = engines if moves % 2 == 0 else reversed(engines)
        colour = "bw"[moves % 2]
        move = talk(mover, f"genmove {colour}")[0].removeprefix("= ")
        if move == "resign":
            break
        assert talk(other, f"play {colour} {move}") == ["="]
        passes = passes + 1 if move == "pass" else 0
        moves += 1
        assert moves < 500
    boards = [talk(engine, "showboard") for engine in engines]
    assert boards[0] == boards[1]
    assert moves > 10


WORDS = (
    "play genmove b w a1 e5 pass undo boardsize 5 2 19 -1 komi 0 1e400 fixed_handicap showboard final_score "
    "set_free_handicap final_status_list dead known_command 99999999999999999999"
)


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(st.text(max_size=40), max_size=6),
    words=st.lists(st.sampled_from(sorted(WORDS.split())), max_size=30),
)
def test_nonsense_is_survived(lines: list[str], words: list[str]) -> None:
    engine = Engine(uniform, LEVELS["first"])
    engine.answer("boardsize 5")
    joined = [" ".join(words[start : start + 3]) for start in range(0, len(words), 3)]
    for line in [*lines, *joined]:
        answer = engine.answer(line)
        assert answer == "" or (answer[0] in "=?" and answer.endswith("\n\n"))
        assert "\n\n" not in answer[:-2]


# ---- over streams ---------------------------------------------------------------------------------------


def test_serves_until_quit_or_the_end(engine: Engine) -> None:
    answers = io.StringIO()
    serve(engine, io.StringIO("name\n\n# remark\n2 quit\nname\n"), answers)
    assert answers.getvalue() == "= Deep Learning Gallery\n\n=2\n\n"
    serve(engine, io.StringIO("name"), answers)
    assert answers.getvalue().count("Gallery") == 2


def test_visits_can_be_set() -> None:
    assert level_of("policy", None) is LEVELS["policy"]
    assert level_of("search", 7).visits == 7
    assert level_of("policy", 7).visits == 7


def test_weights_from_a_file(random_weights: Path) -> None:
    with evaluator(random_weights, "cpu") as evaluate:
        assert isinstance(evaluate.network, GoNetwork)
        assert not evaluate.network.training
        engine = Engine(evaluate, LEVELS["policy"])
        assert talk(engine, "boardsize 5", "genmove b")[1].startswith("= ")


def test_the_program(random_weights: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demos.go.gtp", "--level", "policy", "--weights", str(random_weights)]
    said = b"1 boardsize 5\n\xff\xfe\n2 genmove b\n3 quit\n"
    done = subprocess.run(command, cwd=ROOT, input=said, capture_output=True, check=True)
    answers = done.stdout.decode().split("\n\n")
    assert answers[0] == "=1"
    assert answers[1].startswith("?")
    assert from_vertex(answers[2].removeprefix("=2 "), 5) in range(26)
    assert answers[3:] == ["=3", ""]


def test_the_program_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gtp.main(["--weights", str(tmp_path / "none.safetensors")]) == 1
    (tmp_path / "bad.safetensors").write_bytes(b"no weights")
    assert gtp.main(["--weights", str(tmp_path / "bad.safetensors")]) == 1
    assert "no readable weights file" in capsys.readouterr().err
