"""The view "AlphaGo's games" without a browser: what ships for each move, and what a page is told of it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import gradio as gr
import numpy as np
import pytest

from demos.go import famous_opinions
from demos.go.board import WHITE
from demos.go.engine import Evaluator
from demos.go.famous import FAMOUS
from demos.go.famous_opinions import BEST, Verdict, as_json, comment, commentaries, shipped, write
from demos.go.model import GoNetwork
from demos.go.opponent import vertex
from demos.go.record import new
from demos.go.views import records

LARGEST = 1_500_000  # bytes of the shipped file
CLOSE = 2e-4  # a batch is not summed up in the order of a single position


# --- what ships ---


def test_the_file_is_small_and_tells_of_every_move() -> None:
    assert famous_opinions.FILE.stat().st_size < LARGEST
    assert set(shipped()) == {*FAMOUS, "first"}
    for key in FAMOUS:
        commentary, moves = commentaries()[key], records.moves_of(key)
        assert len(commentary.verdicts) == len(moves)
        assert len(commentary.curve) == len(moves) + 1
        assert all(0 <= rate <= 1 for rate in commentary.curve)


@pytest.mark.parametrize("key", FAMOUS)
def test_ranks_and_probabilities_fit_the_moves_that_were_played(key: str) -> None:
    positions = records.positions_of(key)
    for verdict, move, position in zip(
        commentaries()[key].verdicts, records.moves_of(key), positions, strict=False
    ):
        allowed = position.legal()
        moves, shares = zip(*verdict.best, strict=True)
        assert len(set(moves)) == BEST
        assert allowed[list(moves)].all()
        assert list(shares) == sorted(shares, reverse=True)
        assert sum(shares) <= 1.001
        assert (verdict.rank <= BEST) is (move in moves)
        if move in moves:
            assert verdict.best[verdict.rank - 1] == (move, verdict.share)
        else:
            assert verdict.share <= shares[-1]
            assert verdict.rank <= allowed.sum()


def test_the_first_view_ships() -> None:
    assert shipped()["first"]["records"] == json.loads(json.dumps(records.opening())), (
        "Run `python -m demos.go.famous_opinions` again."
    )
    assert shipped()["first"]["records"]["story"]["title"].startswith("Move 37: Black")


def test_a_commentary_is_what_the_network_says_of_each_position(
    network: GoNetwork, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked one position after another, and with White's rate turned into Black's by hand."""
    record, path = new(9, 6.5), cast(tuple[int, ...], ())
    moves = [40, 41, 50, 81, 30]
    for move in moves:
        record, path = record.play(path, move)
    evaluate = Evaluator(network)
    found = comment(record, evaluate)
    for number, position in enumerate(record.positions(path)):
        (alone,) = evaluate([position], 6.5)
        black = 1 - alone.win_rate if position.to_play == WHITE else alone.win_rate
        assert found.curve[number] == pytest.approx(black, abs=CLOSE)
        if number < len(moves):
            verdict = found.verdicts[number]
            assert verdict.share == pytest.approx(float(alone.policy[moves[number]]), abs=CLOSE)
            better = int((alone.policy > verdict.share + CLOSE).sum())
            same = int((np.abs(alone.policy - verdict.share) <= CLOSE).sum())
            assert better < verdict.rank <= better + same
            assert [share for _, share in verdict.best] == pytest.approx(
                np.sort(alone.policy)[::-1][:BEST].tolist(), abs=CLOSE
            )
    monkeypatch.setattr(famous_opinions, "FILE", tmp_path / "opinions.json")
    monkeypatch.setattr(famous_opinions, "FAMOUS", ["little"])
    try:
        write({"little": as_json(found)})
        again = commentaries()["little"]
    finally:
        monkeypatch.undo()
        shipped.cache_clear()
        commentaries.cache_clear()
    assert again.curve == pytest.approx(found.curve, abs=6e-4)
    assert [one.rank for one in again.verdicts] == [one.rank for one in found.verdicts]
    assert [one.share for one in again.verdicts] == pytest.approx(
        [one.share for one in found.verdicts], rel=6e-3
    )


# --- what the page shows ---


@pytest.mark.parametrize("key", FAMOUS)
def test_every_move_can_be_shown(key: str) -> None:
    last = len(records.moves_of(key))
    for number in range(last + 1):
        board, story = records.shown(key, number, True)
        stones, position = board["stones"], records.positions_of(key)[number]
        assert stones.count("X") + stones.count("O") == (position.stones > 0).sum()
        assert story["at"] == number
        assert story["curve"][number] == commentaries()[key].curve[number]
        if not number:
            assert story["rows"] == []
            continue
        move = records.moves_of(key)[number - 1]
        assert board["numbers"] == [[move, number]]
        assert vertex(move, 19) in story["title"]
        assert sum(row["played"] for row in story["rows"]) == 1
        drawn = [one["move"] for one in board["candidates"] if one["move"] != 361]
        assert all(stones[one] == "." for one in drawn), "No mark hides a stone."
        assert len(board["candidates"]) == BEST
    assert "wins" in records.story(key, last)["verdict"]


def test_the_marks_can_be_taken_away() -> None:
    board, story = records.shown("lee-2", 37, False)
    assert board["candidates"] == []
    assert story["rows"], "The list stays."


@pytest.mark.parametrize(("at", "expected"), [(-5, 0), (0, 0), (36.7, 36), (1e9, 211), (None, 0)])
def test_a_number_that_the_game_has_not_is_brought_into_it(at: Any, expected: int) -> None:
    _, story = records.shown("lee-2", at, True)
    assert story["at"] == expected


def test_a_game_that_there_is_not() -> None:
    with pytest.raises(gr.Error, match="no such game"):
        records.shown("lee-5", 3, True)


@pytest.mark.parametrize("number", [None, "3", True, 1.5, {}])
def test_a_forged_click_on_the_curve_is_nothing(number: Any) -> None:
    forged, empty, honest = (SimpleNamespace(**one) for one in ({"number": number}, {}, {"number": 78}))
    assert records.pointed_at(cast(Any, forged)) == gr.skip()
    assert records.pointed_at(cast(Any, empty)) == gr.skip()
    assert records.pointed_at(cast(Any, honest)) == 78


def test_a_game_brings_its_sentence_and_its_length() -> None:
    for key, famous in FAMOUS.items():
        sentence, title, slider = records.introduced(key)
        assert sentence == famous.sentence
        assert str(famous.moment) in title
        assert slider["maximum"] == len(records.moves_of(key))
        assert records.moment_of(key) == famous.moment


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.231, "23 %"), (0.999, "100 %"), (0.0994, "9.9 %"), (0.0996, "10 %"), (0.045, "4.5 %"),
        (0.0003, "0.03 %"), (0.000312, "0.031 %"), (0.00002, "0.002 %"), (1e-9, "< 0.001 %"),
        (0.0, "< 0.001 %"),
    ],
)  # fmt: skip
def test_probabilities_in_words(share: float, text: str) -> None:
    assert records.percent(share) == text


def test_what_is_said_of_a_move() -> None:
    best = ((60, 0.5), (61, 0.2), (62, 0.1), (63, 0.05), (64, 0.01))
    rare, first = Verdict(0.5, 61, 0.0003, best), Verdict(0.5, 1, 0.5, best)
    assert records.said(rare, 325) == "Our network gave this move 0.03 %: rank 61 of 325 moves."
    assert records.said(first, 325) == "Our network's first choice, too: it gave this move 50 %."
    assert [row["rank"] for row in records.rows(rare, 100, 19)] == [1, 2, 3, 4, 5, 61]
    assert [row["played"] for row in records.rows(first, 60, 19)] == [True, False, False, False, False]
