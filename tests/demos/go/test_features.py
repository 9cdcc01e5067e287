"""The planes against a slow version in plain Python, which reads ladders to their end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from demos.go.board import BLACK, WHITE
from demos.go.features import KOMI_SCALE, NODES, PLANES, SYMMETRIES, planes, symmetry
from demos.go.rules import RECENT, Position, empty, from_stones
from tests.demos.go.test_rules import at, drawn

STARTS, ESCAPES = PLANES.index("starts a ladder that works"), PLANES.index("escapes from a ladder")

Point = tuple[int, int]
Stones = dict[Point, int]


class TooLong(Exception):
    """A ladder has more moves than the network's planes are allowed to read."""


def around(point: Point, size: int) -> list[Point]:
    row, column = point
    near = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return [(r, c) for r, c in near if 0 <= r < size and 0 <= c < size]


def chain_of(stones: Stones, start: Point, size: int) -> tuple[set[Point], set[Point]]:
    """The stones of a chain and its liberties."""
    found, liberties, waiting = {start}, set(), [start]
    while waiting:
        for point in around(waiting.pop(), size):
            if point not in stones:
                liberties.add(point)
            elif stones[point] == stones[start] and point not in found:
                found.add(point)
                waiting.append(point)
    return found, liberties


def with_move(stones: Stones, point: Point, colour: int, size: int) -> tuple[Stones, int] | None:
    """The stones after a move and how many it took; None for suicide."""
    after = stones | {point: colour}
    taken: set[Point] = set()
    for near in around(point, size):
        if after.get(near) == 3 - colour:
            chain, liberties = chain_of(after, near, size)
            taken |= set() if liberties else chain
    after = {where: what for where, what in after.items() if where not in taken}
    return (after, len(taken)) if chain_of(after, point, size)[1] else None


def ways_out(stones: Stones, start: Point, size: int) -> set[Point]:
    """Of a chain in atari: to run, or to take what holds it."""
    chain, found = chain_of(stones, start, size)
    for point in {near for stone in chain for near in around(stone, size)}:
        if stones.get(point) == 3 - stones[start]:
            liberties = chain_of(stones, point, size)[1]
            found = found | (liberties if len(liberties) == 1 else set())
    return found


def caught(stones: Stones, start: Point, size: int, nodes: list[int]) -> bool:
    """Whether a chain in atari is lost with its owner to move. Reads all branches: `nodes` counts them."""
    lost = True
    options = ways_out(stones, start, size)
    if len(options) > 7:
        raise TooLong
    for option in options:
        nodes[0] += 1
        if nodes[0] >= NODES:
            raise TooLong
        tried = with_move(stones, option, stones[start], size)
        if tried is not None:
            lost &= chased(tried[0], start, size, nodes)
    return lost


def chased(stones: Stones, start: Point, size: int, nodes: list[int]) -> bool:
    """Whether a chain is lost with the opponent to move."""
    liberties = chain_of(stones, start, size)[1]
    if len(liberties) != 2:
        return len(liberties) < 2
    replies = [with_move(stones, point, 3 - stones[start], size) for point in liberties]
    lost = [caught(reply[0], start, size, nodes) for reply in replies if reply is not None]
    return any(lost)


def slow(position: Position, komi: float) -> tuple[NDArray[np.float32], set[int]]:
    """All planes, and the moves of those ladders that are too long to be compared."""
    size, own = position.size, position.to_play
    stones = {(r, c): int(what) for (r, c), what in np.ndenumerate(position.stones) if what}
    legal = position.legal()[:-1].reshape(size, size)
    found = np.zeros((len(PLANES), size, size), np.float32)
    name = {title: found[i] for i, title in enumerate(PLANES)}
    unread: set[int] = set()
    chains, met = [], set[Point]()
    for point in stones:
        if point not in met:
            chains.append((point, *chain_of(stones, point, size)))
            met |= chains[-1][1]
    name["on the board"][:] = 1
    name["komi / 10"][:] = (komi if own == WHITE else -komi) / 10
    for i, move in enumerate(position.recent, 1):
        if move < size * size:
            name[f"move {i} before"][divmod(move, size)] = 1
    for _, chain, liberties in chains:
        for point in chain:
            name["own stones" if stones[point] == own else "opponent's stones"][point] = 1
            if (count := len(liberties)) <= 3:
                name[f"chains with {count} libert{'y' if count == 1 else 'ies'}"][point] = 1
    for point in np.ndindex(size, size):
        if point in stones:
            continue
        if not legal[point]:
            name["empty and not allowed"][point] = 1
            continue
        after, taken = with_move(stones, point, own, size) or ({}, 0)
        if taken:
            name["captures 1 stone" if taken == 1 else "captures 2 or more"][point] = 1
        count = len(chain_of(after, point, size)[1])
        many = ("1 liberty", "2 liberties", "3 or more liberties")[min(count, 3) - 1]
        name[f"{many} after playing here"][point] = 1
        for start, _, liberties in chains:
            try:
                if stones[start] != own and len(liberties) == 2 and point in liberties:
                    name["starts a ladder that works"][point] += caught(after, start, size, [0])
                elif stones[start] == own and len(liberties) == 1 and point in ways_out(stones, start, size):
                    name["escapes from a ladder"][point] += not chased(after, start, size, [0])
            except TooLong:
                unread.add(at(position, *point))
    return np.minimum(found, 1), unread


def random_positions(size: int, count: int, seed: int) -> Iterator[Position]:
    """After some random moves, most of them close to the one before, as ladders and fights are."""
    random = np.random.default_rng((seed, size))
    for _ in range(count):
        position = empty(size)
        for _ in range(int(random.integers(2, 2 * size * size))):
            moves = np.flatnonzero(position.legal()[:-1])
            if position.over or not len(moves):
                break
            last = position.recent[0] if position.recent else 0
            rows, columns = np.abs(np.array(np.divmod(moves, size)) - np.array(divmod(last, size))[:, None])
            near = moves[rows + columns <= 2]
            pick = near if len(near) and random.random() < 0.7 else moves
            position = position.play(int(random.choice(pick)) if random.random() > 0.02 else position.points)
        yield position


@pytest.mark.parametrize(("size", "count"), [(2, 10), (3, 40), (5, 80), (7, 60), (9, 60), (13, 15), (19, 5)])
def test_every_plane_is_what_plain_python_finds(size: int, count: int) -> None:
    compared = 0
    for i, position in enumerate(random_positions(size, count, seed=3)):
        komi = (6.5, -3.5, 0.0)[i % 3]
        found, (expected, long) = planes(position, komi), slow(position, komi)
        assert found.shape == (len(PLANES), size, size)
        assert found.dtype == np.float32
        for number, title in enumerate(PLANES):
            fair = np.ones((size, size), np.bool_)
            if number in (STARTS, ESCAPES):
                fair[np.divmod(np.array(sorted(long), np.int64), size)] = False
                compared += int(expected[number][fair].sum())
            np.testing.assert_array_equal(found[number][fair], expected[number][fair], title)
    assert compared > 10 or size < 5


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([2, 3, 5, 9, 13]),
    st.integers(0, SYMMETRIES - 1),
    st.lists(st.integers(0, 169), max_size=30),
)
def test_a_turned_position_has_turned_planes(size: int, number: int, moves: list[int]) -> None:
    moved = np.append(symmetry(number, size), size * size)
    position = turned = empty(size)
    for move in moves:
        if position.why_not(move) == "":
            position, turned = position.play(move), turned.play(int(moved[move]))
    seen = planes(turned, 6.5).reshape(len(PLANES), -1)[:, moved[:-1]]
    expected = planes(position, 6.5).reshape(len(PLANES), -1)
    # Which moves of a long ladder are read before their number runs out depends on the side one looks from.
    long = sorted(slow(position, 6.5)[1])
    seen[STARTS : ESCAPES + 1, long] = expected[STARTS : ESCAPES + 1, long]
    np.testing.assert_array_equal(seen, expected)


def test_the_eight_symmetries_are_those_of_a_square() -> None:
    board = np.arange(25).reshape(5, 5)
    turns = [np.rot90(board, quarter).reshape(-1) for quarter in range(4)]
    both = [*turns, *(np.rot90(board.T, quarter).reshape(-1) for quarter in range(4))]
    assert {tuple(symmetry(i, 5)) for i in range(SYMMETRIES)} == {tuple(np.argsort(way)) for way in both}
    assert symmetry(0, 5).tolist() == list(range(25))


@pytest.mark.parametrize("size", [2, 5, 19])
def test_the_players_see_the_same_with_their_colours_changed(size: int) -> None:
    for position in random_positions(size, 3, seed=4):
        colours = np.array([0, WHITE, BLACK], np.int8)
        black = from_stones(position.stones, BLACK)
        white = from_stones(colours[position.stones], WHITE)
        np.testing.assert_array_equal(planes(black, 7.5), planes(white, -7.5))


def test_an_empty_board() -> None:
    found = dict(zip(PLANES, planes(empty(9), 6.5), strict=True))
    filled = {title for title, plane in found.items() if plane.any()}
    assert filled == {
        "on the board",
        "2 liberties after playing here",
        "3 or more liberties after playing here",
        "komi / 10",
    }
    assert found["2 liberties after playing here"].sum() == 4
    np.testing.assert_array_equal(found["komi / 10"], np.full((9, 9), -6.5 / KOMI_SCALE, np.float32))
    assert (planes(empty(9).play(0), 6.5)[-1] > 0).all(), "To White komi is good."


def test_moves_before_are_shown_newest_first_and_passes_are_not() -> None:
    position = empty(5)
    for move in (0, 1, 2, 25, 4, 5):
        position = position.play(move)
    first = PLANES.index("move 1 before")
    shown = [np.flatnonzero(plane).tolist() for plane in planes(position, 0)[first : first + RECENT]]
    assert shown == [[5], [4], [], [2], [1]]


LADDER = """
    . . . . . . . . .
    . . . X . . . . .
    . . X O . . . . .
    . . X . . . . . .
    . . . . . . . . .
    . . . . . . . . .
    . . . . . . . . .
    . . . . . . . . .
    . . . . . . . . .
"""
BREAKERS = [(4, 5), (5, 5), (5, 6), (6, 6), (6, 7), (7, 7)]


def with_stone(position: Position, point: Point, colour: int) -> Position:
    stones = position.stones
    stones[point] = colour
    return from_stones(stones, position.to_play)


def test_a_ladder_is_started_where_nothing_stands_in_its_way() -> None:
    position = drawn(LADDER)
    assert np.argwhere(planes(position, 6.5)[STARTS]).tolist() == [[2, 4]]


@pytest.mark.parametrize("breaker", BREAKERS)
def test_a_ladder_is_not_started_towards_a_stone_of_who_flees(breaker: Point) -> None:
    broken = with_stone(drawn(LADDER), breaker, WHITE)
    assert not planes(broken, 6.5)[STARTS][2, 4]
    elsewhere = with_stone(drawn(LADDER), (7, 2), WHITE)
    assert planes(elsewhere, 6.5)[STARTS][2, 4]


@pytest.mark.parametrize("breaker", BREAKERS)
def test_running_is_an_escape_only_with_a_breaker(breaker: Point) -> None:
    chased_to = drawn(LADDER).play(at(drawn(LADDER), 2, 4))
    assert not planes(chased_to, 6.5)[ESCAPES].any()
    saved = planes(with_stone(chased_to, breaker, WHITE), 6.5)[ESCAPES]
    assert np.argwhere(saved).tolist() == [[3, 3]]


def test_taking_a_stone_is_an_escape_too() -> None:
    position = drawn("""
        . . O . . .
        . . X O . .
        . X O X . .
        . . . . . .
        . . . . . .
        . . . . . .
    """)  # fmt: skip
    assert [3, 2] in np.argwhere(planes(position, 6.5)[ESCAPES]).tolist()


def test_a_ladder_over_the_whole_board_is_read_to_its_end() -> None:
    small = drawn(LADDER).stones
    stones = np.zeros((19, 19), np.int8)
    stones[:9, :9] = small
    assert np.argwhere(planes(from_stones(stones, BLACK), 6.5)[STARTS]).tolist() == [[2, 4]]
    stones[15, 15] = WHITE
    assert not planes(from_stones(stones, BLACK), 6.5)[STARTS].any()
