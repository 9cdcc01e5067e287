"""A game as one short text for the address bar: what was set up, and the moves, without variations.

19 6.5 pddpqqdd           lines, komi, then two letters a move as in SGF; tt is a pass
9 0.5 +cggc w geee        black stones set up, White to play, moves
9 7 +cg -ee b             black and white stones set up, Black to play
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from demos.go.board import BLACK, EMPTY, WHITE
from demos.go.record import Path, Record, new
from demos.go.rules import Position
from demos.go.sgf import sets_up, written
from gallery.inputs import InputError

LONGEST_TEXT = 2800  # characters; a thousand moves fit in
BROKEN = "This link does not describe a game of Go that can be opened here."
POINTS = r"(?:[a-s][a-s]|tt)"
FORM = re.compile(
    rf"(?P<size>\d{{1,2}}) (?P<komi>-?\d{{1,3}}(?:\.\d{{1,2}})?)(?: \+(?P<black>{POINTS}+))?"
    rf"(?: -(?P<white>{POINTS}+))?(?: (?P<turn>[bw]))?(?: (?P<moves>{POINTS}+))?"
)


def to_link(record: Record, path: Path) -> str:
    """The way to `path`. Whatever was set up on it counts as set up where the last set-up ended."""
    size = record.size
    positions, moves = list(record.positions(path)), record.moves(path)
    # Moves before the last set-up are part of it, and so are turns that somebody took twice.
    begin = max(
        i for i, node in enumerate(record.nodes(path)) if sets_up(node) or not (i and follows(positions, i))
    )
    first = positions[begin]
    parts = [str(size), f"{record.komi:g}"]
    stones = first.stones.reshape(-1)
    for sign, colour in (("+", BLACK), ("-", WHITE)):
        points = "".join(letters(move, size) for move in range(len(stones)) if stones[move] == colour)
        parts += [sign + points] if points else []
    if first.to_play == WHITE or (stones != EMPTY).any():
        parts.append("w" if first.to_play == WHITE else "b")
    played = "".join(letters(move, size) for move in moves[begin:] if move is not None)
    return " ".join(parts + ([played] if played else []))


def from_link(text: str) -> tuple[Record, Path]:
    """The game, and the path to its end. Raises InputError; moves that are not allowed are an error, too."""
    match = FORM.fullmatch(text[:LONGEST_TEXT].strip())
    if not match:
        raise InputError(BROKEN)
    record = new(int(match["size"]), float(match["komi"]))
    path: Path = ()
    size = record.size
    for group, name in (("black", "AB"), ("white", "AW")):
        moves = [move_of(pair, size) for pair in pairs(match[group])]
        if moves:
            record = record.with_property(name, [written(move, size) for move in moves])
    if match["turn"]:
        record = record.with_property("PL", [match["turn"].upper().encode()])
    for pair in pairs(match["moves"]):
        record, path = record.play(path, move_of(pair, size))
    record.position(path)
    return record, path


def follows(positions: Sequence[Position], number: int) -> bool:
    """Whether the move that led to a position was made in turn."""
    before, now = positions[number - 1 : number + 1]
    return not before.over and now.to_play != before.to_play


def pairs(text: str | None) -> list[str]:
    return re.findall("..", text or "")


def letters(move: int, size: int) -> str:
    return written(move, size).decode() or "tt"


def move_of(pair: str, size: int) -> int:
    """Raises InputError for points that the board does not have."""
    if pair == "tt":
        return size * size
    column, row = (ord(letter) - ord("a") for letter in pair)
    if column >= size or row >= size:
        raise InputError(BROKEN)
    return row * size + column
