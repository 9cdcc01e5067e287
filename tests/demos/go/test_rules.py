"""The rules on positions set up by hand; see test_rules_oracles.py for whole games."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from demos.go.board import BLACK, EMPTY, LARGEST, SLOTS, WHITE, ZOBRIST, known, padded, remember, unpadded
from demos.go.rules import LONGEST, IllegalMove, Position, empty, from_stones

SIGNS = {".": EMPTY, "X": BLACK, "O": WHITE}


def drawn(picture: str, to_play: int = BLACK) -> Position:
    """A position as a diagram: X is Black, O is White, a dot is empty."""
    rows = [[SIGNS[sign] for sign in line.split()] for line in picture.strip().splitlines()]
    return from_stones(np.array(rows, np.int8), to_play)


def at(position: Position, row: int, column: int) -> int:
    return row * position.size + column


def test_a_chain_is_captured_at_its_last_liberty() -> None:
    position = drawn("""
        O O . .
        X X . .
        . . . .
        . . . .
    """)  # fmt: skip
    taken = position.play(at(position, 0, 2))
    assert (taken.stones == WHITE).sum() == 0
    assert (taken.stones == BLACK).sum() == 3
    with pytest.raises(ValueError, match="without liberties"):
        drawn("""
            O O X
            X X .
            . . .
        """)  # fmt: skip


def test_snapback() -> None:
    """White takes one stone, and all of White's stones are taken by the move that goes back there."""
    position = drawn("""
        X O . . X
        X O O O X
        . X X X .
        . . . . .
        . . . . .
    """)  # fmt: skip
    back = at(position, 0, 2)
    position = position.play(back)
    position = position.play(at(position, 0, 3))
    assert position.stones[0, 2] == EMPTY
    position = position.play(back)
    assert (position.stones == WHITE).sum() == 0


def test_bent_four_in_the_corner_becomes_a_ko() -> None:
    """Black gives up four stones and then plays on the 2-1 point."""
    position = drawn("""
        . X X O X .
        X O O O X .
        . O X X X .
        O O X . . .
        . X X . . .
        . . . . . .
    """)  # fmt: skip
    position = position.play(at(position, 0, 0)).play(at(position, 2, 0))
    assert position.stones[:2].tolist() == [[0, 0, 0, 2, 1, 0], [0, 2, 2, 2, 1, 0]]
    position = position.play(at(position, 0, 1)).play(at(position, 0, 0)).play(at(position, 1, 0))
    assert position.stones[:2].tolist() == [[0, 1, 0, 2, 1, 0], [1, 2, 2, 2, 1, 0]]
    assert "(ko)" in position.why_not(at(position, 0, 0))


def test_a_ladder_runs_to_the_edge_and_all_of_it_is_captured() -> None:
    position = drawn("""
        . . . . . .
        . X X . . .
        X O . . . .
        . X . . . .
        . . . . . .
        . . . . . .
    """, WHITE)  # fmt: skip
    zigzag = [(2, 2), (2, 3), (3, 2), (4, 2), (3, 3), (3, 4), (4, 3), (5, 3), (4, 4), (4, 5), (5, 4), (5, 5)]
    for row, column in zigzag:
        position = position.play(at(position, row, column))
    assert (position.stones == WHITE).sum() == 0
    assert position.to_play == WHITE


def test_ko_may_be_taken_back_after_a_threat_and_its_answer() -> None:
    position = drawn("""
        . X O . .
        X O . O .
        . X O . .
        . . . . .
        . . . . .
    """)  # fmt: skip
    taken = position.play(at(position, 1, 2))
    assert taken.stones[1, 1] == EMPTY
    back = at(position, 1, 1)
    assert not taken.legal()[back]
    with pytest.raises(IllegalMove, match=r"repeat an earlier position of the whole board \(ko\)"):
        taken.play(back)
    threatened = taken.play(at(position, 4, 4)).play(at(position, 4, 0))
    assert threatened.play(back).stones[1, 2] == EMPTY


def test_superko_looks_further_back_than_one_move() -> None:
    """Sending two, returning one: White gives two stones, takes one, and all would be as it was."""
    position = drawn("""
        . O . O .
        X X O O .
        . X X O .
        . . . . .
        . . . . .
    """, WHITE)  # fmt: skip
    taken = position.play(at(position, 0, 0)).play(at(position, 0, 2))
    assert taken.stones[0].tolist() == [EMPTY, EMPTY, BLACK, WHITE, EMPTY]
    returned = at(position, 0, 1)
    assert "(ko)" in taken.why_not(returned)
    assert not taken.legal()[returned]
    forgotten = from_stones(taken.stones, WHITE).play(returned)
    np.testing.assert_array_equal(forgotten.stones, position.stones)


def test_passes_never_repeat_a_position() -> None:
    position = empty(5)
    passed = position.play(position.points)
    assert passed.key == position.key
    assert passed.to_play == WHITE
    assert not passed.over
    assert passed.play(passed.points).over
    assert not passed.play(3).play(passed.points).over, "Only two passes in a row end a game."


def test_each_refusal_has_its_sentence() -> None:
    position = drawn("""
        . X .
        X . X
        . X .
    """, WHITE)  # fmt: skip
    reasons = {
        -1: "There is no such point on this board.",
        10: "There is no such point on this board.",
        1: "There is a stone already.",
        4: "That stone would have no liberties: suicide is not allowed.",
        0: "That stone would have no liberties: suicide is not allowed.",
        9: "",
    }
    assert {move: position.why_not(move) for move in reasons} == reasons
    assert position.legal().tolist() == [False] * 9 + [True]
    over = position.play(9).play(9)
    for move in (0, 4, 9):
        with pytest.raises(IllegalMove, match=r"^The game is over\.$"):
            over.play(move)


@pytest.mark.parametrize("move", [-1, -2, -(10**9), 26, 27, 32767, 65536, 2**31, 2**63, 10**30])
def test_forged_moves_are_refused_and_change_nothing(move: int) -> None:
    position = empty(5).play(12)
    before = position.board.copy(), position.earlier.copy(), position.key
    with pytest.raises(IllegalMove, match="no such point"):
        position.play(move)
    np.testing.assert_array_equal(position.board, before[0])
    np.testing.assert_array_equal(position.earlier, before[1])
    assert position.key == before[2]


def test_positions_never_change() -> None:
    position = drawn("""
        O X .
        . . .
        . . .
    """)  # fmt: skip
    board, earlier = position.board.copy(), position.earlier.copy()
    position.legal()
    position.area()
    position.stones[:] = BLACK
    first, second = position.play(3), position.play(8)
    np.testing.assert_array_equal(position.board, board)
    np.testing.assert_array_equal(position.earlier, earlier)
    assert first.stones[0, 0] == EMPTY
    assert second.stones[0, 0] == WHITE
    with pytest.raises(FrozenInstanceError):
        position.to_play = WHITE  # type: ignore[misc]


def test_transpositions_have_one_key_and_different_pasts() -> None:
    one = empty(9).play(0).play(80).play(40)
    other = empty(9).play(40).play(80).play(0)
    assert one.key == other.key
    assert one.recent == (40, 80, 0)
    assert other.recent == (0, 80, 40)
    assert not np.array_equal(one.earlier, other.earlier)
    assert from_stones(one.stones, WHITE).key == one.key
    passed = empty(9).play(81)
    keys = {position.play(move).key for position in (empty(9), passed) for move in range(81)}
    assert len(keys) == 162, "Every stone of either colour counts."


def test_recent_moves_are_the_last_five_newest_first() -> None:
    position = empty(9)
    for move in (0, 1, 81, 3, 4, 5, 6):
        position = position.play(move)
    assert position.recent == (6, 5, 4, 3, 81)
    assert position.number == 7
    assert position.passes == 0


def test_the_longest_game_ends() -> None:
    position = replace(empty(9), number=LONGEST - 1)
    assert not position.over
    position = position.play(40)
    assert position.over
    assert position.why_not(0) == "The game is over."


def test_the_table_of_positions_holds_the_longest_game_even_if_all_keys_fall_on_one_slot() -> None:
    assert LONGEST + 1 < SLOTS
    table = np.zeros(SLOTS, np.int64)
    keys = [0] + [7 + SLOTS * i for i in range(1, LONGEST + 1)]
    for i, key in enumerate(keys):
        assert not known(table, key)
        remember(table, key)
        assert (table != 0).sum() == i + 1
    assert all(known(table, key) for key in keys)
    assert not known(table, 7 + SLOTS * (LONGEST + 1))


@pytest.mark.parametrize("size", [-1, 0, 1, LARGEST + 1, 37, 10**6])
def test_boards_of_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(ValueError, match=rf"Boards have 2 to 19 points a side, not {size}\."):
        empty(size)


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (3, 4), (20, 20), (9,), (0,)])
def test_what_is_no_board_cannot_be_set_up(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="square"):
        from_stones(np.zeros(shape, np.int8), BLACK)


@pytest.mark.parametrize("size", [2, 9, 19])
def test_padding_puts_a_wall_around(size: int) -> None:
    board = np.arange((size + 2) ** 2).reshape(size + 2, size + 2)[1:-1, 1:-1].reshape(-1)
    assert [padded(move, size) for move in range(size * size)] == board.tolist()
    assert [unpadded(int(point), size) for point in board] == list(range(size * size))


def test_area_is_stones_and_what_only_one_colour_reaches() -> None:
    position = drawn("""
        . X O . .
        X X O O O
        . X X X O
        . . . X O
        . . . X .
    """)  # fmt: skip
    np.testing.assert_array_equal(
        position.area(),
        [[1, 1, 2, 2, 2], [1, 1, 2, 2, 2], [1, 1, 1, 1, 2], [1, 1, 1, 1, 2], [1, 1, 1, 1, 0]],
    )
    assert position.score(komi=2.5) == 16 - 8 - 2.5
    assert empty(19).score(komi=7.5) == -7.5
    assert empty(5).play(0).score(komi=0) == 25


def test_dead_stones_are_taken_off_before_counting() -> None:
    position = drawn("""
        . X O .
        O X O .
        . X O X
        . X O .
    """)  # fmt: skip
    assert position.score(komi=0) == 5 - 5
    dead = np.zeros((4, 4), np.bool_)
    dead[1, 0] = dead[2, 3] = True
    assert position.without(dead).score(komi=0) == 8 - 8
    dead[2, 3] = False
    assert position.without(dead).score(komi=0) == 9 - 4
    assert position.stones[1, 0] == WHITE


def test_zobrist_numbers_differ_and_are_never_nothing() -> None:
    numbers_used = ZOBRIST[1:].reshape(-1)
    assert len(set(numbers_used.tolist())) == len(numbers_used)
    assert (numbers_used > 1).all()
