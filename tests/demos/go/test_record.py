"""Records of games: read, written, played on. sgfmill's own boards say what a position has to be."""

from __future__ import annotations

import random

import numpy as np
import pytest
from sgfmill import sgf, sgf_moves  # type: ignore[import-untyped]

from demos.go.board import BLACK, EMPTY, WHITE, Board
from demos.go.link import LONGEST_TEXT, from_link, to_link
from demos.go.opponent import from_vertex, vertex
from demos.go.record import Path, Record, new, opened, parsed
from demos.go.rules import LONGEST, empty
from demos.go.sgf import written
from gallery.inputs import InputError

SAMPLE = """(;GM[1]FF[4]SZ[9]KM[5.5]PB[Ada\\]]BR[3d]PW[Bob]RE[W+R]C[A game: \\[two\\] variations]
;B[ee];W[ec](;B[cc]C[first];W[gg])(;B[gc]LB[gc:A]C[second\\: better](;W[gg])(;W[cg];B[]))) junk"""


def play_all(record: Record, vertices: str) -> tuple[Record, Path]:
    path: Path = ()
    for text in vertices.split():
        record, path = record.play(path, from_vertex(text, record.size))
    return record, path


def as_stones(board: object, size: int) -> Board:
    """sgfmill's board as ours has it: row 0 is the upper one."""
    names = {None: EMPTY, "b": BLACK, "w": WHITE}
    stones = [[names[board.get(row, column)] for column in range(size)] for row in range(size)]  # type: ignore[attr-defined]
    return np.array(stones[::-1], np.int8)


def random_game(size: int, length: int, seed: int) -> str:
    """Crowded, so that stones are captured. As SGF."""
    chance = random.Random(seed)
    position, text = empty(size), f"(;SZ[{size}]"
    while position.number < length and not position.over:
        legal = np.flatnonzero(position.legal()[:-1]).tolist()
        move = chance.choice(legal) if legal else position.points
        text += f";{'BW'[position.number % 2]}[{written(move, size).decode()}]"
        position = position.play(move)
    return text + ")"


@pytest.mark.parametrize(("size", "length"), [(5, 120), (9, 200), (19, 500)])
def test_positions_are_those_of_sgfmill(size: int, length: int) -> None:
    for seed in range(3):
        text = random_game(size, length, seed)
        game = opened(text)
        assert not game.warning
        board, plays = sgf_moves.get_setup_and_moves(sgf.Sgf_game.from_string(text))
        positions = list(game.positions(game.end()))
        assert len(plays) == len(positions) - 1
        for (colour, move), position in zip(plays, positions[1:], strict=True):
            if move is not None:
                board.play(*move, colour)
            if position.number % 10 == 0 or position is positions[-1]:
                assert (position.stones == as_stones(board, size)).all()


def test_variations_and_comments_survive() -> None:
    game = opened(SAMPLE)
    again = parsed(game.to_sgf())
    assert again.to_sgf() == game.to_sgf()
    assert (again.size, again.komi, again.result, again.players) == (9, 5.5, "W+R", ("Ada] (3d)", "Bob"))
    assert again.comment(()) == "A game: [two] variations"
    assert [vertex(move or 0, 9) for move in again.variations((0, 0))] == ["C7", "G7"]
    assert again.comment((0, 0, 1)) == "second: better"
    assert again.end() == (0, 0, 0, 0)
    assert again.moves((0, 0, 1, 1, 0))[-1] == 81
    reference = sgf.Sgf_game.from_string(game.to_sgf())
    assert reference.get_root()[0][0][1][1].get_move() == ("w", (2, 2))


def test_playing_adds_a_variation_or_finds_one() -> None:
    game = opened(SAMPLE)
    same, path = game.play((0, 0), from_vertex("G7", 9))
    assert same is game
    assert path == (0, 0, 1)
    other, path = game.play((0, 0), from_vertex("A1", 9))
    assert path == (0, 0, 2)
    assert len(game.variations((0, 0))) == 2
    assert len(other.variations((0, 0))) == 3
    assert other.comment((0, 0, 1)) == "second: better"


def test_a_handicap_stands_where_it_should() -> None:
    corners = {"Q16", "D4", "Q4", "D16"}
    expected = {
        (19, 2): {"Q16", "D4"},
        (19, 5): corners | {"K10"},
        (19, 6): corners | {"D10", "Q10"},
        (19, 8): corners | {"D10", "Q10", "K16", "K4"},
        (13, 4): {"D4", "D10", "K4", "K10"},
        (9, 3): {"G7", "C3", "G3"},
        (9, 5): {"G7", "C3", "G3", "C7", "E5"},
    }
    for (size, stones), places in expected.items():
        game = new(size, 0.5, stones)
        found = np.flatnonzero(game.position().stones.reshape(-1) == BLACK)
        assert {vertex(int(move), size) for move in found} == places
        assert game.handicap == stones
        assert game.position().to_play == WHITE
    with pytest.raises(InputError, match="no points"):
        new(5, 0.5, 2)


def test_a_handicap_without_a_turn_is_whites() -> None:
    assert opened("(;SZ[9]HA[2]AB[cc][gg])").position().to_play == WHITE
    assert opened("(;SZ[9]AB[cc][gg];B[ee])").position().to_play == BLACK


def test_set_up_stones() -> None:
    game = opened("(;SZ[9]AB[aa:cc]AW[gg]PL[W];W[ee];AE[aa][bb]AW[ii]PL[B])")
    assert (game.position().stones == BLACK).sum() == 9
    assert game.position().to_play == WHITE
    last = game.position((0, 0))
    assert (last.stones == BLACK).sum() == 7
    assert (last.stones == WHITE).sum() == 3
    assert last.to_play == BLACK
    assert last.number == 1


def test_free_set_up() -> None:
    game, path = new(9).set_up((), 0, WHITE)
    assert path == ()
    game, path = game.set_up((), 40, BLACK)
    game, path = game.set_up((), 0, EMPTY)
    assert np.flatnonzero(game.position().stones.reshape(-1)).tolist() == [40]
    game, path = game.play((), 41)
    game, path = game.set_up(path, 42, WHITE)
    assert path == (0, 0)
    game, path = game.set_up(path, 43, WHITE)
    assert path == (0, 0)
    assert (game.position(path).stones != EMPTY).sum() == 4
    game, path = game.with_turn(path, WHITE)
    assert game.position(path).to_play == WHITE
    assert opened(game.to_sgf()).to_sgf() == game.to_sgf()
    game = opened("(;SZ[9]AB[ab][ba])")
    with pytest.raises(InputError, match="no liberties"):
        game.set_up((), 0, WHITE)


@pytest.mark.parametrize("move", [-1, 82, 10**30, 40, "d4", None, 1.5, True, [3], float("nan")])
def test_a_forged_move_is_one_sentence(move: object) -> None:
    game, path = new(9).play((), 40)
    with pytest.raises(InputError, match=r"\.$"):
        game.play(path, move)


def test_ko_is_one_sentence_and_changes_nothing() -> None:
    game, path = play_all(new(9), "D4 E4 C5 F5 D6 E6 E5 D5")
    before = game.to_sgf()
    with pytest.raises(InputError, match="ko"):
        game.play(path, from_vertex("E5", 9))
    assert game.to_sgf() == before


@pytest.mark.parametrize("path", [(5,), (0, 0, 7), (-1,), (0, 0, 0, 0, 0, 0)])
def test_a_path_that_leads_nowhere(path: Path) -> None:
    with pytest.raises(InputError, match="no such place"):
        opened(SAMPLE).position(path)


def test_what_is_not_allowed_is_left_out() -> None:
    game = opened("(;SZ[9];B[ee];W[ee];B[aa])")
    assert game.warning.startswith("Move 2 (White E5) is not allowed: There is a stone already.")
    assert game.end() == (0,)
    game = opened("(;SZ[9];B[ee](;W[zz])(;W[cc];B[cc])(;W[dd]))")
    assert len(game.variations((0,))) == 2
    assert "In all, 2 moves" in game.warning


def test_records_may_do_what_players_may_not() -> None:
    game = opened("(;SZ[9];B[ee];B[dd];W[];B[tt];W[cc])")
    assert not game.warning
    assert (game.position(game.end()).stones == BLACK).sum() == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no game yet"),
        ("hello", "not a record in SGF"),
        ("(;GM[2]SZ[8])", "another game"),
        ("(;SZ[37];B[aa])", "37 x 37"),
        ("(;SZ[1])", "1 x 1"),
        ("(;SZ[9:13])", "9 x 13"),
        ("(;SZ[big])", "how large"),
        ("(;SZ[9];B[aa]", "damaged"),
        ("(;SZ[9]AB[aa][ab][bb][ba]AW[ac][bc][ca][cb])", "cannot begin"),
        ("(;SZ[9]AB[zz])", "cannot begin"),
        ("(;C[" + "x" * 1_000_000 + "])", "more than 1 MB"),
    ],
)
def test_what_is_no_record_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        opened(text)
    assert "\n" not in str(caught.value)


def test_files_in_other_letters() -> None:
    name = "李世石"
    for encoding in ("GB18030", "UTF-8", "EUC-KR"):
        data = f"(;CA[{encoding}]SZ[9]PB[{name}];B[ee])".encode(encoding)
        assert opened(data).players[0] == name
    assert opened("(;SZ[9]PB[Jörg])".encode("latin-1")).players[0] == "Jörg"
    assert opened(b"(;CA[rot13]SZ[9]PB[Ada])").players[0] == "Ada"
    assert "CA[UTF-8]" in opened(f"(;CA[GB18030]SZ[9]PB[{name}])".encode("GB18030")).to_sgf()


@pytest.mark.parametrize(
    ("said", "komi"), [("7.5", 7.5), ("375", 7.5), ("-3", -3), ("nan", 6.5), ("1e9", 6.5), ("", 6.5)]
)
def test_komi(said: str, komi: float) -> None:
    assert opened(f"(;SZ[9]KM[{said}])").komi == komi


def test_a_link_brings_the_position_back() -> None:
    texts = [
        SAMPLE,
        "(;SZ[19]KM[0.5]HA[2]AB[dp][pd];W[dd];B[pp])",
        "(;SZ[9]AW[cc]PL[W];W[ee];AE[ee];B[aa])",
        "(;SZ[9];B[ee];B[dd];W[];B[];W[cc])",
        "(;SZ[9];B[ee];W[];B[])",
    ]
    for text in texts:
        game = opened(text)
        path = game.end()
        again, end = from_link(to_link(game, path))
        assert (again.position(end).stones == game.position(path).stones).all()
        assert again.position(end).to_play == game.position(path).to_play
        assert (again.size, again.komi) == (game.size, game.komi)
        assert to_link(again, end) == to_link(game, path)


@pytest.mark.parametrize(
    "link",
    [
        "",
        "19",
        "37 6.5",
        "19 6.5 pdpd",
        "9 6.5 pd",
        "9 6.5 tttttt",
        "9 nan",
        "9 6.5 a",
        "9 6.5 +aa -abba b",
    ],
)
def test_a_broken_link_is_one_sentence(link: str) -> None:
    with pytest.raises(InputError, match=r"\.$"):
        from_link(link)


def test_the_longest_game_fits_into_a_link() -> None:
    longest = len("19 -100.25 ") + 2 * 361 + len("+ - b ") + 2 * LONGEST
    assert longest < LONGEST_TEXT
