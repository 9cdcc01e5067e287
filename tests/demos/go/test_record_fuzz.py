"""Records that are broken in every way: one sentence, or a game that can be used."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demos.go.board import LARGEST, SMALLEST
from demos.go.link import from_link, to_link
from demos.go.record import Path, Record, opened, parsed
from gallery.inputs import InputError

SAMPLE = (
    "(;GM[1]FF[4]CA[UTF-8]SZ[9]KM[5.5]HA[2]AB[gc][cg]AW[aa:ab]PL[W]PB[Ada\\]]BR[3d]RE[W+R]C[\u5bfe\u5c40: a]"
    ";W[ee]N[x];B[ec](;W[cc]C[first];B[gg]AE[aa])(;W[cd]LB[gc:A](;B[hh])(;B[tt];W[])))"
).encode()


def check(data: bytes | str) -> Record | None:
    """Opening raises nothing but InputError, and what is opened can be used to its ends and written again."""
    try:
        game = opened(data)
    except InputError as error:
        sentence = str(error)
        return None if sentence.endswith(".") and "\n" not in sentence else pytest.fail(sentence)
    assert SMALLEST <= game.size <= LARGEST
    waiting: list[Path] = [()]
    while waiting:
        path = waiting.pop()
        children = len(game.node(path).children)
        waiting += [(*path, child) for child in range(children)]
        game.comment(path)
        if not children:
            position = game.position(path)
            restored, end = from_link(to_link(game, path))
            assert (restored.position(end).stones == position.stones).all()
            assert restored.position(end).to_play == position.to_play
    assert (game.players, game.result, game.handicap) is not None
    text = game.to_sgf()
    assert parsed(text).to_sgf() == text
    assert opened(text).to_sgf() == text
    return game


def test_the_sample_is_a_game() -> None:
    game = check(SAMPLE)
    assert game is not None
    assert not game.warning


def test_every_byte_is_deleted() -> None:
    for i in range(len(SAMPLE)):
        check(SAMPLE[:i] + SAMPLE[i + 1 :])


def test_it_ends_at_every_byte() -> None:
    for i in range(len(SAMPLE)):
        assert check(SAMPLE[:i]) is None


def test_every_byte_is_another_one() -> None:
    for i in range(len(SAMPLE)):
        for byte in b"[](;)\\:zA9\x00\xff":
            check(SAMPLE[:i] + bytes([byte]) + SAMPLE[i + 1 :])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.data())
def test_pieces_move_elsewhere(data: st.DataObject) -> None:
    broken = SAMPLE
    for _ in range(data.draw(st.integers(1, 4))):
        begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(broken))] * 2)))
        to = data.draw(st.integers(0, len(broken)))
        broken = broken[:to] + broken[begin:end] + broken[to:]
    check(broken[:5000])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(st.text(), st.binary(), st.text("(;)[]BWASZE19abtz:\\", max_size=60).map("(;SZ[9]".__add__)))
def test_whatever_is_handed_in(data: str | bytes) -> None:
    check(data)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.integers(-5, 400) | st.integers()))
def test_forged_moves_never_harm_a_game(moves: list[int]) -> None:
    game = opened("(;SZ[9])")
    path: Path = ()
    for move in moves:
        before = game.position(path)
        legal = 0 <= move <= 81 and not before.over and bool(before.legal()[move])
        try:
            game, path = game.play(path, move)
        except InputError:
            assert not legal
        else:
            assert legal
            assert np.any(game.position(path).stones != before.stones) or move == 81


def test_depth_and_size_are_no_danger() -> None:
    for text in (
        "(;SZ[9]" + "(;" * 300_000 + ")" * 300_000 + ")",
        "(;SZ[9]" + ";" * 990_000 + ")",
        "(" * 900_000,
        "(;SZ[9]" + "[" * 900_000,
        "(;SZ[9]C[" + "\\" * 900_000 + "])",
    ):
        try:
            game = opened(text)
        except InputError:
            continue
        assert len(game.end()) <= 2000
        assert "at most 2000" in game.warning or "C[" in text
