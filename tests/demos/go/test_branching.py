"""How fast games grow, counted another way, and what is made of a machine's speed."""

from __future__ import annotations

import math
from collections import Counter
from itertools import product
from typing import Any

import gradio as gr
import numpy as np
import pytest
from sgfmill.boards import Board as Sgfmill  # type: ignore[import-untyped]

from demos.go import branching
from demos.go.board import LARGEST
from demos.go.branching import (
    YEAR,
    Speed,
    Tree,
    deepest,
    duration,
    kept,
    measured,
    random_game,
    sequences,
    tic_tac_toe,
    trees,
)
from demos.go.famous import FAMOUS
from demos.go.model import GoNetwork
from demos.go.rules import empty
from demos.go.views import why
from demos.go.views.growth import growth, large
from gallery.runtime import Runtime

SPEED = Speed(4_500_000, 130, "A processor, 2 cores")
LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


def all_games(
    board: str, mark: str, depth: int, nodes: Counter[int], seen: set[str], ends: list[str]
) -> None:
    """Every game of tic-tac-toe, one by one."""
    nodes[depth] += 1
    seen.add(board)
    if any(board[a] == board[b] == board[c] != "." for a, b, c in LINES) or "." not in board:
        ends.append(board)
        return
    for point in range(9):
        if board[point] == ".":
            played = board[:point] + mark + board[point + 1 :]
            all_games(played, "O" if mark == "X" else "X", depth + 1, nodes, seen, ends)


def test_tic_tac_toe_is_counted_out() -> None:
    nodes: Counter[int] = Counter()
    seen: set[str] = set()
    ends: list[str] = []
    all_games("." * 9, "X", 0, nodes, seen, ends)
    found = tic_tac_toe()
    assert found.nodes == tuple(nodes[depth] for depth in range(10))
    assert found.games == len(ends) == 255_168
    assert found.positions == len(seen) == 5_478
    stored = kept()["tic_tac_toe"]
    assert (tuple(stored["nodes"]), stored["games"], stored["positions"]) == (
        found.nodes,
        found.games,
        found.positions,
    )


def by_brute_force(board: Sgfmill, colour: str, moves: int, history: frozenset[str]) -> int:
    """Ways to go on in Go, by sgfmill's board and a look at all positions so far."""
    if not moves:
        return 1
    found = 0
    for row, column in product(range(board.side), repeat=2):
        if board.get(row, column) is not None:
            continue
        after = board.copy()
        after.play(row, column, colour)
        key = str(after.board)
        if after.get(row, column) is not None and key not in history:
            found += by_brute_force(after, "w" if colour == "b" else "b", moves - 1, history | {key})
    return found


@pytest.mark.parametrize(("size", "deep"), [(2, 8), (3, 5), (4, 3)])
def test_go_on_small_boards_is_counted_as_brute_force_counts(size: int, deep: int) -> None:
    board = Sgfmill(size)
    for moves in range(deep + 1):
        expected = by_brute_force(board, "b", moves, frozenset({str(board.board)}))
        assert sequences(empty(size), moves) == expected


def test_the_first_numbers_of_go() -> None:
    """Nothing can be captured, and no suicide played, with three stones: they are products."""
    assert kept()["go"] == [1, 361, 361 * 360, 361 * 360 * 359]
    assert [sequences(empty(LARGEST), moves) for moves in range(3)] == kept()["go"][:3]
    assert sequences(empty(9), 3) == 81 * 80 * 79
    assert sequences(empty(3), 3) == 9 * 8 * 7
    assert sequences(empty(3), 4) < 9 * 8 * 7 * 6, "White may not play into a corner that Black holds."


def test_the_first_numbers_of_chess_are_those_of_the_encyclopedia() -> None:
    """https://oeis.org/A048987. Sixteen moves of pawns and four of knights, for each side."""
    _, chess, _ = trees()
    assert chess.counted == (1, 20, 400, 8902, 197281, 4865609, 119060324)
    assert chess.counted[1] == 8 * 2 + 2 * 2
    assert chess.counted[2] == chess.counted[1] ** 2


def test_choices_in_the_famous_games() -> None:
    counts = [
        int(position.legal()[:-1].sum())
        for game in FAMOUS.values()
        for position in list(game.record.positions(game.record.end()))[:-1]
    ]
    assert kept()["choices_in_famous_games"] == round(float(np.mean(counts)), 1)
    assert 240 < float(np.mean(counts)) < 265, "About 250, as it is said everywhere."


def test_a_tree_goes_on_by_its_factor_or_ends() -> None:
    tree = Tree("A game", (1, 10, 90), 5, "five")
    assert [tree.nodes(moves) for moves in range(5)] == [1, 10, 90, 450, 2250]
    assert tree.longest == math.inf
    over = Tree("A short game", (1, 10, 90), None, "")
    assert over.longest == 2
    with pytest.raises(ValueError, match="at most 2 moves"):
        over.nodes(3)


def test_deepest_is_the_last_depth_that_is_affordable() -> None:
    tree = Tree("A game", (1, 10, 90), 5, "five")
    for nodes, moves in ((0, 0), (1, 0), (9, 0), (10, 1), (89, 1), (90, 2), (449, 2), (450, 3), (2250, 4)):
        assert deepest(tree, nodes) == moves
    assert deepest(Tree("A short game", (1, 10, 90), None, ""), 1e30) == 2


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than 1 ms"),
        (0.0009, "less than 1 ms"),
        (0.0124, "12 ms"),
        (0.2, "0.2 s"),
        (9.94, "9.9 s"),
        (50.4, "50 s"),
        (240, "4 minutes"),
        (3 * 3600, "3 hours"),
        (12 * 86400, "12 days"),
        (2 * YEAR, "2 years"),
        (1234 * YEAR, "1,200 years"),
        (3.4e6 * YEAR, "3 million years"),
        (12.3e9 * YEAR, "12 billion years"),
        (14e9 * YEAR, "longer than the universe is old"),
        (1e40, "longer than the universe is old"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_longer_is_never_said_to_be_shorter() -> None:
    units = ["ms", "s", "minutes", "hours", "days", "years", "million years", "billion years"]
    last = (-1, 0.0)
    for exponent in np.arange(-2.5, 17.6, 0.01):
        number, unit = duration(float(10**exponent)).split(" ", 1)
        now = (units.index(unit), float(number.replace(",", "")))
        assert now >= last
        assert now[1] >= 1 or unit == "s"
        last = now


def test_random_games_are_allowed_and_always_the_same() -> None:
    game = random_game(3, moves=250)
    position = empty(LARGEST)
    for move in game:
        position = position.play(int(move))
    assert position.number == 250
    np.testing.assert_array_equal(game, random_game(3, moves=250))
    assert not np.array_equal(game, random_game(4, moves=250))


def test_a_speed_is_what_was_done_by_what_it_took(network: GoNetwork) -> None:
    speed = measured(network, "CPU", seconds=0.02)
    assert speed.positions > speed.evaluations > 0
    assert "core" in speed.machine
    assert branching.machine("CPU") == speed.machine
    assert branching.machine("A card") == f"{speed.machine}, A card"


# ---- the view -------------------------------------------------------------------------------------------


def test_the_first_view_needs_nothing() -> None:
    speed = why.first()
    assert speed.positions > 100_000
    assert speed.evaluations > 1
    assert speed.machine
    page = why.table(speed)
    assert speed.machine in page
    assert "The machine that this was measured on" in page
    assert "This machine (" in why.table(speed, here=True)


def test_the_table_says_how_long_each_depth_takes() -> None:
    page = why.table(SPEED)
    for text in (
        "less than 1 ms",
        "10 s",
        "43 minutes",
        "the game is over",
        "longer than the universe is old",
    ):
        assert f"<td>{text}</td>" in page
    assert "7 moves ahead in chess and 4 in Go" in page
    assert "&lt;script&gt;" in why.table(Speed(1, 1, "<script>"))


def test_the_picture_has_logarithms_of_the_same_numbers() -> None:
    value = growth(SPEED)
    assert [line["name"] for line in value["lines"]] == ["Tic-tac-toe", "Chess", "Go"]
    for line, tree in zip(value["lines"], trees(), strict=True):
        for moves, log in enumerate(line["logs"]):
            assert 10**log == pytest.approx(tree.nodes(moves), rel=0.002)
        assert line["exact"] == len(tree.counted) - 1
    assert [len(line["logs"]) for line in value["lines"]] == [10, 13, 13]
    logs = [time["log"] for time in value["times"]]
    assert logs == sorted(logs)
    assert 10 ** logs[0] == pytest.approx(SPEED.positions, rel=0.002)
    assert "10 to the power of" in value["label"]
    assert large(127872) == "127,872"


def test_the_button_and_the_endpoint_measure_this_machine(
    house: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(why, "SECONDS", 0.02)
    picture, page = why.remeasured()
    assert branching.machine("CPU") in page
    assert picture["lines"] == growth(SPEED)["lines"]
    answer: dict[str, Any] = why.numbers()
    assert answer["nodes"]["Go"][:3] == [1, 361, 129960]
    assert answer["nodes"]["Tic-tac-toe"] == list(tic_tac_toe().nodes)
    assert answer["exact"] == {"Tic-tac-toe": 9, "Chess": 6, "Go": 3}
    rate = answer["speed"]["positions"]
    assert answer["seconds"]["Chess"][4] == pytest.approx(197281 / rate)
    assert answer["moves_in_a_lecture"]["Go"] >= 3
    assert not house.gate.busy


def test_the_view_is_built_without_a_model() -> None:
    from demos.go import DEMO
    from gallery.permalink import Permalink

    with gr.Blocks() as blocks:
        why.view(DEMO, Permalink(DEMO.id))
    endpoints = {event.api_name for event in blocks.fns.values() if event.api_visibility == "public"}
    assert endpoints == {"go_branching"}
