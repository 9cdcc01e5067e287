"""Matches, against a little program that speaks just enough of the protocol."""

from __future__ import annotations

import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from demos.go import arena
from demos.go.arena import Outcome, duel, margin, match, opening, played
from demos.go.board import BLACK, WHITE
from demos.go.engine import Evaluator
from demos.go.model import GoNetwork
from demos.go.opponent import GtpError, Opponent, vertex
from demos.go.players import LEVELS, Player
from demos.go.rules import empty
from tests.demos.go.conftest import uniform

# Answers "genmove" with what it is told, in turn, then always with the last; writes down what it hears.
PROGRAM = """
import sys
log, score, moves = open(sys.argv[1], "a"), sys.argv[2], sys.argv[3:]
for line in sys.stdin:
    print(line.strip(), file=log, flush=True)
    word = line.split()[0]
    answer = {"genmove": moves[0], "final_score": score}.get(word, "")
    if word == "genmove" and len(moves) > 1:
        moves.pop(0)
    if answer == "crash":
        sys.exit(1)
    print(f"= {answer}\\n", flush=True)
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "heard.txt"


def program(log: Path, score: str, *moves: str) -> list[str]:
    file = log.with_name("program.py")
    file.write_text(PROGRAM)
    return [sys.executable, str(file), str(log), score, *moves]


def player(level: str = "policy", **changes: object) -> Player:
    return Player(uniform, replace(LEVELS[level], **changes))  # type: ignore[arg-type]


def test_colours_alternate_and_pairs_begin_alike(log: Path) -> None:
    outcomes = list(played(player(), program(log, "B+3.5", "resign"), 4, 9, 7.5))
    assert [outcome.colour for outcome in outcomes] == [BLACK, WHITE, BLACK, WHITE]
    assert [outcome.how for outcome in outcomes] == ["B+Resign", "W+Resign"] * 2
    assert all(outcome.won for outcome in outcomes)
    games = log.read_text().split("boardsize 9\nclear_board\nkomi 7.5\n")[1:]
    openings = [opening(uniform, 9, 7.5, seed) for seed in (0, 0, 1, 1)]
    for heard, moves in zip(games, openings, strict=True):
        words = [line.split()[2] for line in heard.splitlines() if line.startswith("play")]
        assert words[: len(moves)] == [vertex(move, 9) for move in moves]
    assert openings[0] != openings[2]


@pytest.mark.parametrize(
    ("score", "wins"), [("B+3.5", [True, False]), ("W+0.5", [False, True]), ("0", [False] * 2)]
)
def test_the_other_program_counts(log: Path, score: str, wins: list[bool]) -> None:
    outcomes = list(played(player(), program(log, score, "pass"), 2, 3, 0.5))
    assert [outcome.won for outcome in outcomes] == wins
    assert [outcome.how for outcome in outcomes] == [score] * 2
    assert log.read_text().count("final_score") == 2
    assert match(player(), program(log, score, "pass"), 2, 3, 0.5) == sum(wins)


def test_an_illegal_answer_loses(log: Path) -> None:
    with Opponent(program(log, "B+1", "a9")) as other:
        outcome = duel(player(), other, WHITE, [0], 9, 7.5)  # a9 is taken
    assert outcome == Outcome(WHITE, True, "W+Forfeit", outcome.moves, outcome.seconds)


def test_long_games_are_counted_as_they_stand(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arena, "LONGEST_GAME", 8)
    with Opponent(program(log, "W+9", "a1", "b1", "c1", "d1")) as other:
        outcome = duel(player(), other, WHITE, [30, 31], 9, 7.5)
    assert (outcome.moves, outcome.how, outcome.won) == (8, "W+9", True)


def test_a_resignation_of_the_player(log: Path) -> None:
    def lost(*given: object) -> object:
        return [replace(found, win_rate=0.001) for found in uniform(*given)]  # type: ignore[arg-type]

    hopeless = Player(lost, LEVELS["policy"])  # type: ignore[arg-type]
    with Opponent(program(log, "B+1", "pass")) as other:
        outcome = duel(hopeless, other, BLACK, [4, 5], 5, 0.5)
    assert (outcome.won, outcome.how) == (False, "W+Resign")


def test_a_program_that_ends_is_an_error(log: Path) -> None:
    with pytest.raises(GtpError):
        match(player(), program(log, "B+1", "crash"), 1, 5, 0.5)
    with pytest.raises(FileNotFoundError):
        match(player(), ["no-such-go-program"], 1, 5, 0.5)


def test_openings_are_drawn_by_seed(network: GoNetwork) -> None:
    evaluate = Evaluator(network)
    drawn = [opening(evaluate, 9, 7.5, seed) for seed in range(12)]
    assert drawn == [opening(evaluate, 9, 7.5, seed) for seed in range(12)]
    assert {len(moves) for moves in drawn} == {2, 3, 4}
    assert len(set(map(tuple, drawn))) > 6
    for moves in drawn:
        position = empty(9)
        for move in moves:
            position = position.play(move)


def test_margin_shrinks_with_games() -> None:
    assert margin(20, 40) == pytest.approx(0.148, abs=0.001)
    assert margin(200, 400) < margin(20, 40) / 3
    assert 0 < margin(40, 40) < margin(20, 40)


def test_the_program_prints_the_games(
    log: Path, random_weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = shlex.join(program(log, "B+1", "resign"))
    given = ["--opponent", command, "--games", "2", "--size", "5", "--level", "policy"]
    assert arena.main([*given, "--weights", str(random_weights)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("game 2: White, W+Resign")
    assert "2 of 2 won, 100%" in lines[1]
    assert arena.main(["--opponent", "no-such-go-program", "--weights", str(random_weights)]) == 1
    assert "no-such-go-program" in capsys.readouterr().err


@pytest.mark.skipif(not (shutil.which("gnugo") or shutil.which("/usr/games/gnugo")), reason="no GNU Go here")
def test_against_gnugo(network: GoNetwork) -> None:
    """Two games of who has learnt nothing: the protocol holds up to the last pass."""
    gnugo = shutil.which("gnugo") or "/usr/games/gnugo"
    command = [
        gnugo,
        "--mode",
        "gtp",
        "--level",
        "1",
        "--chinese-rules",
        "--positional-superko",
        "--seed",
        "1",
    ]
    level = replace(LEVELS["policy"], resigns=False)
    outcomes = list(played(Player(Evaluator(network), level), command, 2, 5, 0.5))
    assert all(outcome.how[:2] in ("B+", "W+") for outcome in outcomes)
    assert all(outcome.moves > 5 for outcome in outcomes)
