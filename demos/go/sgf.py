"""What SGF says (https://www.red-bean.com/sgf/): one node of a record, and a whole file of them.

Reading guide: `after` is what one node does to a position; `grown` makes nodes of what sgfmill's grammar
read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sgfmill import sgf_grammar, sgf_properties  # type: ignore[import-untyped]
from sgfmill.sgf_grammar import Coarse_game_tree  # type: ignore[import-untyped]

from demos.go.board import BLACK, EMPTY, LARGEST, SMALLEST, WHITE
from demos.go.games import KOMI
from demos.go.opponent import vertex
from demos.go.rules import LONGEST, NAMES, IllegalMove, Position, empty, from_stones
from gallery.inputs import InputError

Properties = dict[str, list[bytes]]

DEEPEST = 2 * LONGEST  # nodes on one path, those without a move included
HIGHEST_KOMI = 400.0  # points either way; more than a board has
COLOURS = {"B": BLACK, "W": WHITE}
IDENTIFIERS = {BLACK: "B", WHITE: "W"}
SET_UP = {"AB": BLACK, "AW": WHITE, "AE": EMPTY}


@dataclass(frozen=True, eq=False)
class Node:
    """`properties` are SGF's, as raw UTF-8 values; nobody may change them."""

    properties: Properties
    children: tuple[Node, ...] = ()


def start(root: Node, size: int) -> Position:
    """The empty board, and whose turn it is where the root does not say: who plays first in the record."""
    colour, _ = move_of(root.children[0].properties if root.children else {}, size)
    handicap = "AB" in root.properties and "AW" not in root.properties
    first = colour or (WHITE if handicap else BLACK)
    return replace(empty(size), to_play=first)


def after(position: Position, node: Node, *, at_root: bool = False) -> Position:
    """The position after what a node sets up and plays. Raises ValueError with the reason why not.

    Whose turn it was does not matter, and a game may go on after two passes: records do so.
    """
    properties, size = node.properties, position.size
    if sets_up(node):
        stones = position.stones
        for name, what in SET_UP.items():
            for point in stones_of(properties, name, size):
                stones.reshape(-1)[point] = what
        position = replace(from_stones(stones, position.to_play), number=position.number)
    turn = properties.get("PL", [b""])[0].strip().upper()[:1]
    if turn in (b"B", b"W"):
        position = replace(position, to_play=COLOURS[turn.decode()])
    colour, move = move_of(properties, size)
    if not colour:
        return position
    if move is None:
        raise IllegalMove("There is no such point on this board.")
    if position.number < LONGEST:
        position = replace(position, passes=0 if position.passes > 1 else position.passes)
    return replace(position, to_play=colour).play(move)


def sets_up(node: Node) -> bool:
    return any(name in node.properties for name in SET_UP)


def move_of(properties: Properties, size: int) -> tuple[int, int | None]:
    """Colour and move of a node: (EMPTY, None) without one, (colour, None) for what is no point."""
    for name, colour in COLOURS.items():
        if name in properties:
            return colour, point_of(properties[name][0].strip(), size)
    return EMPTY, None


def point_of(raw: bytes, size: int) -> int | None:
    try:
        found = sgf_properties.interpret_go_point(raw, size)
    except ValueError:
        return None
    return size * size if found is None else (size - 1 - found[0]) * size + found[1]


def written(move: int, size: int) -> bytes:
    """A move as SGF has it: column and row from the upper left, nothing for a pass."""
    row, column = divmod(move, size)
    return bytes([97 + column, 97 + row]) if move < size * size else b""


def stones_of(properties: Properties, name: str, size: int) -> Sequence[int]:
    """The points of a list such as AB[dd][pp:qq]. Raises ValueError."""
    context = sgf_properties.Presenter(size, "UTF-8")
    raw = [value for value in properties.get(name, []) if value.strip()]
    try:
        points = sgf_properties.interpret_point_list(raw, context)
    except ValueError:
        raise ValueError("It sets up a stone where the board has no point.") from None
    return sorted((size - 1 - row) * size + column for row, column in points)


def trouble(position: Position, node: Node, error: Exception) -> str:
    """What is wrong with a node, in a sentence or two."""
    colour, move = move_of(node.properties, position.size)
    if not colour:
        return f"The set-up after move {position.number} is not possible: {error}"
    place = f" {vertex(move, position.size)}" if move is not None else ""
    return f"Move {position.number + 1} ({NAMES[colour]}{place}) is not allowed: {error}"


# ---- what the root says ---------------------------------------------------------------------------------


def text_of(properties: Properties, name: str) -> str:
    """A property's text without its escapes; empty where there is none."""
    raw = properties.get(name, [b""])[0]
    read = sgf_grammar.text_value if name == "C" else sgf_grammar.simpletext_value
    return str(read(raw).decode("utf-8", "replace")).strip()


def size_of(head: Properties) -> int:
    said = text_of(head, "SZ") or "19"
    sides = [side.strip() for side in said.split(":")]
    if len(sides) > 2 or not all(re.fullmatch(r"[0-9]{1,4}", side) for side in sides):
        raise InputError("This record does not say how large its board is.")
    width, height = int(sides[0]), int(sides[-1])
    if width != height or not SMALLEST <= width <= LARGEST:
        raise InputError(
            f"This record is of a board of {width} x {height} lines, and square boards of {SMALLEST} to "
            f"{LARGEST} lines can be opened here."
        )
    return width


def komi_of(head: Properties) -> float:
    """The komi that is said, if it can be one. Some servers write hundredths of stones: 375 is 7.5 points."""
    try:
        komi = float(text_of(head, "KM"))
    except ValueError:
        return KOMI
    if 100 < komi < 1000 and not komi % 25:
        komi /= 50
    return komi if abs(komi) <= HIGHEST_KOMI else KOMI


# ---- whole files ----------------------------------------------------------------------------------------


def decoded(file: bytes) -> str:
    """The text of a file: as it says itself, else UTF-8, else Latin-1, which SGF takes for granted."""
    said = re.search(rb"CA\[([\w-]{1,20})\]", file[:5000])
    for encoding in (said.group(1).decode("ascii") if said else "utf-8", "utf-8"):
        try:
            if codecs.lookup(encoding)._is_text_encoding:
                return file.decode(encoding)
        except (LookupError, UnicodeError, ValueError):
            continue
    return file.decode("latin-1")


def first_children(tree: Coarse_game_tree) -> tuple[Node, ...]:
    """The properties of what follows the root."""
    if len(tree.sequence) > 1:
        return (Node(tree.sequence[1]),)
    return tuple(Node(child.sequence[0]) for child in tree.children)


def grown(tree: Coarse_game_tree, position: Position | None) -> tuple[Node, list[str]]:
    """The nodes of a tree without moves that are not allowed, and why these are not.

    `position` is that of the root; None checks nothing. Nothing here calls itself: a file may be deep.
    """
    made: list[tuple[Properties, list[int]]] = []  # and the numbers of the children
    refused: list[str] = []
    waiting = [(tree, -1, 0, position)]
    while waiting:
        branch, parent, depth, position = waiting.pop()
        for properties in branch.sequence:
            properties.pop("", None)  # of small letters alone the grammar leaves no name
            if parent >= 0 and position is not None:
                try:
                    if depth > DEEPEST:
                        raise IllegalMove(f"A record has at most {DEEPEST} moves and set-ups in a row.")
                    position = after(position, Node(properties))
                except ValueError as error:
                    refused.append(trouble(position, Node(properties), error))
                    break
            made.append((properties, []))
            if parent >= 0:
                made[parent][1].append(len(made) - 1)
            parent, depth = len(made) - 1, depth + 1
        else:
            waiting += [(child, parent, depth, position) for child in reversed(branch.children)]
    nodes: dict[int, Node] = {}
    for number in reversed(range(len(made))):  # children come after their parents
        properties, children = made[number]
        nodes[number] = Node(properties, tuple(nodes.pop(child) for child in children))
    return nodes[0], refused
