"""One game at a time: what a generation does in a position, and games to look at."""

from __future__ import annotations

import numpy as np
import pytest

from demos.go.board import BLACK
from demos.go.rules import empty
from demos.go.zero.duel import duel, ended, replay, result, think
from demos.go.zero.settings import Settings
from demos.go.zero.trees import Floats
from gallery.inputs import InputError

S = Settings.of_size(3, komi=2.5, simulations=40)


def nothing(planes: Floats) -> tuple[Floats, Floats]:
    """All moves are equally good, and nobody is ahead."""
    size = planes.shape[-1]
    return np.zeros((len(planes), size * size + 1), np.float32), np.zeros(len(planes), np.float32)


def test_it_takes_a_win_that_is_one_move_away() -> None:
    position = empty(3).play(4).play(9)  # Black has the centre, White passed
    thought = think(nothing, position, 2.5, S, np.random.default_rng(0))
    assert thought.move == 9
    assert thought.win_rate > 0.8
    assert thought.visits.sum() == S.simulations
    assert thought.visits[4] == 0


def test_it_does_not_pass_a_won_game_away() -> None:
    position = empty(3).play(4).play(9)
    assert think(nothing, position, 20.5, S, np.random.default_rng(0)).move != 9


def test_more_visits_and_one_visit() -> None:
    one = think(nothing, empty(3), 2.5, S, np.random.default_rng(0), simulations=1)
    assert one.visits.sum() == 1
    many = think(nothing, empty(3), 2.5, S, np.random.default_rng(0), simulations=200)
    assert many.visits.sum() == 200


def test_the_same_chance_gives_the_same_game() -> None:
    games = [
        [
            position.recent[0]
            for position, _ in duel(nothing, nothing, S, np.random.default_rng(7), exploring=4)
        ]
        for _ in range(2)
    ]
    assert games[0] == games[1]
    other = [p.recent[0] for p, _ in duel(nothing, nothing, S, np.random.default_rng(8), exploring=4)]
    assert other != games[0]


def test_a_game_ends_by_the_rules() -> None:
    *_, (last, thought) = duel(nothing, nothing, S, np.random.default_rng(7))
    assert ended(last, S)
    assert thought.move == last.recent[0]
    with pytest.raises(ValueError, match="over"):
        think(nothing, last, 2.5, S, np.random.default_rng(0))
    assert replay(list(reversed(last.recent[:0])), S).number == 0


def test_replayed_moves_are_checked() -> None:
    assert replay([4, 0, 9], S).number == 3
    assert replay([4], S).to_play != BLACK
    for moves, sentence in (([4, 4], "Move 2"), ([9, 9, 0], "over before move 3"), ([-1], "no such point")):
        with pytest.raises(InputError, match=sentence):
            replay(moves, S)


def test_results_in_words() -> None:
    centre = empty(3).play(4)
    assert result(centre, 8.5) == "Black wins by 0.5 points"
    assert result(centre, 10) == "White wins by 1 point"
    assert result(centre, 9) == "A draw"
