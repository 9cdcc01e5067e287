"""A game as a tree of moves and variations, read from and written to SGF.

Reading guide: a `Record` never changes; whatever is played gives another record, which shares what stayed the
same. A place in it is a `Path`, the number of the child to take at each node. `opened` reads what strangers
hand in. What a single node says is in sgf.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from sgfmill import sgf_grammar  # type: ignore[import-untyped]
from sgfmill.sgf_grammar import Coarse_game_tree  # type: ignore[import-untyped]

from demos.go.board import BLACK, EMPTY, LARGEST, SMALLEST, WHITE
from demos.go.games import KOMI
from demos.go.rules import Position, from_stones
from demos.go.sgf import (
    COLOURS,
    DEEPEST,
    HIGHEST_KOMI,
    IDENTIFIERS,
    SET_UP,
    Node,
    Properties,
    after,
    decoded,
    first_children,
    grown,
    komi_of,
    move_of,
    size_of,
    start,
    stones_of,
    text_of,
    trouble,
    written,
)
from gallery.inputs import InputError

Path = tuple[int, ...]
LARGEST_FILE = 1_000_000  # bytes


@dataclass(frozen=True, eq=False)
class Record:
    """A game with its variations and comments. `warning` is a sentence where not all of a file was kept."""

    root: Node
    size: int
    komi: float = KOMI
    warning: str = ""

    # ---- looking --------------------------------------------------------------------------------------

    def nodes(self, path: Path) -> Iterator[Node]:
        """All nodes on the way, the root first. Raises InputError for a path that leads nowhere."""
        node = self.root
        yield node
        for child in path:
            if not 0 <= child < len(node.children):
                raise InputError("There is no such place in this game.")
            node = node.children[child]
            yield node

    def node(self, path: Path = ()) -> Node:
        *_, last = self.nodes(path)
        return last

    def positions(self, path: Path) -> Iterator[Position]:
        """The position after each node of the way. Raises InputError for a move that is not allowed."""
        position = start(self.root, self.size)
        for number, node in enumerate(self.nodes(path)):
            try:
                position = after(position, node, at_root=not number)
            except ValueError as error:
                raise InputError(trouble(position, node, error)) from None
            yield position

    def position(self, path: Path = ()) -> Position:
        *_, last = self.positions(path)
        return last

    def end(self, path: Path = ()) -> Path:
        """Where the first variation leads from here."""
        node, longer = self.node(path), list(path)
        while node.children:
            node = node.children[0]
            longer.append(0)
        return tuple(longer)

    def moves(self, path: Path) -> list[int | None]:
        """The move of each node on the way after the root; None for one without."""
        return [move_of(node.properties, self.size)[1] for node in list(self.nodes(path))[1:]]

    def variations(self, path: Path) -> list[int | None]:
        """What was played next, one move for each child."""
        return [move_of(child.properties, self.size)[1] for child in self.node(path).children]

    def comment(self, path: Path) -> str:
        return text_of(self.node(path).properties, "C")

    @property
    def players(self) -> tuple[str, str]:
        """Black's and White's names, with their ranks; empty where they are not known."""
        root = self.root.properties

        def player(name: str, rank: str) -> str:
            found = text_of(root, name)
            return f"{found} ({text_of(root, rank)})" if found and rank in root else found

        return player("PB", "BR"), player("PW", "WR")

    @property
    def result(self) -> str:
        """As SGF writes it: "B+3.5", "W+R", "0"; empty where it is not known."""
        return text_of(self.root.properties, "RE")

    @property
    def handicap(self) -> int:
        """Black's stones that were on the board at the start, if these are at least two."""
        black = stones_of(self.root.properties, "AB", self.size)
        return len(black) if len(black) > 1 and "AW" not in self.root.properties else 0

    # ---- changing -------------------------------------------------------------------------------------

    def play(self, path: Path, move: object) -> tuple[Record, Path]:
        """With `move` after the node at `path`, and the path to it; a variation that exists is used again.

        Raises InputError where it is not allowed, or no move at all.
        """
        position = self.position(path)
        if not isinstance(move, int) or isinstance(move, bool):
            raise InputError("That is not a move.")
        if reason := position.why_not(move):
            raise InputError(reason)
        known = self.variations(path)
        if move in known:
            return self, (*path, known.index(move))
        if len(path) >= DEEPEST:
            raise InputError(f"A record has at most {DEEPEST} moves and set-ups in a row.")
        played: Properties = {IDENTIFIERS[position.to_play]: [written(move, self.size)]}
        return self.with_child(path, Node(played))

    def set_up(self, path: Path, move: object, colour: int) -> tuple[Record, Path]:
        """With a stone of `colour` put on a point, or with what is there taken off for EMPTY.

        A node that only sets up, and that nothing follows, is changed; else one is added. Raises InputError.
        """
        position = self.position(path)
        if not isinstance(move, int) or isinstance(move, bool) or not 0 <= move < position.points:
            raise InputError("There is no such point on this board.")
        if colour not in (EMPTY, BLACK, WHITE):
            raise InputError("A point is black, white or empty.")
        stones = position.stones
        stones.reshape(-1)[move] = colour
        try:
            from_stones(stones, position.to_play)
        except ValueError:
            raise InputError("A stone cannot stay there: it, or one beside it, has no liberties.") from None
        point, node = written(move, self.size), self.node(path)
        before = node.properties
        if node.children or any(name in before for name in COLOURS):
            before = {}
        added = {
            name: [one for one in before.get(name, []) if one != point] + ([point] if what == colour else [])
            for name, what in SET_UP.items()
        }
        added["PL"] = [IDENTIFIERS[position.to_play].encode()]
        properties = {name: values for name, values in {**before, **added}.items() if values}
        if before or (not path and not node.children):
            return self.with_node(path, Node(properties)), path
        return self.with_child(path, Node(properties))

    def with_turn(self, path: Path, colour: int) -> tuple[Record, Path]:
        """With `colour` to play at `path`; moves that follow there are kept."""
        node = self.node(path)
        if node.children or any(name in node.properties for name in COLOURS):
            return self.with_child(path, Node({"PL": [IDENTIFIERS[colour].encode()]}))
        return self.with_node(path, Node({**node.properties, "PL": [IDENTIFIERS[colour].encode()]})), path

    def with_komi(self, komi: float) -> Record:
        """Raises InputError for what is no komi."""
        if not abs(komi) <= HIGHEST_KOMI:  # NaN is not
            raise InputError(f"Komi is a number from -{HIGHEST_KOMI:g} to {HIGHEST_KOMI:g}.")
        return replace(self.with_property("KM", [f"{komi:g}".encode()]), komi=float(komi))

    def with_property(self, name: str, values: list[bytes]) -> Record:
        """With another property of the root, such as its result; without it for no values."""
        properties = {**self.root.properties, name: values}
        if not values:
            del properties[name]
        return replace(self, root=Node(properties, self.root.children))

    def with_child(self, path: Path, child: Node) -> tuple[Record, Path]:
        node = self.node(path)
        longer = (*path, len(node.children))
        return self.with_node(path, replace(node, children=(*node.children, child))), longer

    def with_node(self, path: Path, node: Node) -> Record:
        """With another node at `path`; only the nodes above it are made anew."""
        above = list(self.nodes(path))[:-1]
        for parent, child in zip(reversed(above), reversed(path), strict=True):
            children = (*parent.children[:child], node, *parent.children[child + 1 :])
            node = replace(parent, children=children)
        return replace(self, root=node)

    # ---- writing --------------------------------------------------------------------------------------

    def to_sgf(self) -> str:
        tree = sgf_grammar.make_coarse_game_tree(
            self.root, lambda node: node.children, lambda node: node.properties
        )
        return str(sgf_grammar.serialise_game_tree(tree).decode("utf-8"))


def new(size: int, komi: float = KOMI, handicap: int = 0) -> Record:
    """The start of a game. Raises InputError for sizes and handicaps that there are not."""
    if not SMALLEST <= size <= LARGEST:
        raise InputError(f"Boards have {SMALLEST} to {LARGEST} lines here.")
    root: Properties = {
        "FF": [b"4"], "GM": [b"1"], "CA": [b"UTF-8"], "SZ": [str(size).encode()], "KM": [f"{komi:g}".encode()]
    }  # fmt: skip
    if handicap:
        root |= {
            "HA": [str(handicap).encode()],
            "AB": [written(move, size) for move in handicap_points(size, handicap)],
            "PL": [b"W"],
        }
    return Record(Node(root), size).with_komi(komi)


def handicap_points(size: int, stones: int) -> list[int]:
    """Where so many handicap stones stand. Raises InputError where the board has no place for them."""
    if size < 7 or not 2 <= stones <= (9 if size % 2 and size > 7 else 4):
        raise InputError(f"There are no points for {stones} handicap stones on a board of {size} lines.")
    low, middle = (3 if size >= 13 else 2), size // 2
    high = size - 1 - low
    corners = [(low, high), (high, low), (high, high), (low, low)]
    sides = [(middle, low), (middle, high), (low, middle), (high, middle)]
    chosen = corners[:stones] if stones < 5 else corners + sides[: (stones - 4) // 2 * 2]
    if stones > 4 and stones % 2:
        chosen = [*chosen, (middle, middle)]
    return [row * size + column for row, column in chosen]


@lru_cache(maxsize=16)  # a page asks for the same game again and again
def parsed(text: str) -> Record:
    """The record that `to_sgf` wrote; nothing in it is checked but what is asked of it later."""
    try:
        return built(sgf_grammar.parse_sgf_game(text.encode("utf-8")), check=False)
    except ValueError:
        raise InputError("This is not the record of a game that was written here.") from None


def opened(file: str | bytes | None) -> Record:
    """A record from anywhere, as text or as a file's bytes.

    Moves that are not allowed, and what follows them, are left out; the record's `warning` then says
    which one was the first. Raises InputError for what is no record of a game of Go on 2 to 19 lines.
    """
    if not file or not file.strip():
        raise InputError("There is no game yet: paste a record in SGF, or choose a file.")
    if len(file) > LARGEST_FILE:
        raise InputError("This record has more than 1 MB: take the variations out and try again.")
    data = file.encode("utf-8", "replace") if isinstance(file, str) else decoded(file).encode("utf-8")
    try:
        tree = sgf_grammar.parse_sgf_game(data)
    except ValueError as error:
        if "no SGF" in str(error):
            raise InputError("This is not a record in SGF: such a text begins with “(;”.") from None
        raise InputError("This record is damaged or was not copied to its end.") from None
    return built(tree, check=True)


def built(tree: Coarse_game_tree, *, check: bool) -> Record:
    """The record of what was parsed. Raises InputError."""
    head: Properties = tree.sequence[0]
    game = text_of(head, "GM").strip()
    if game not in ("", "1"):
        raise InputError("This is a record of another game than Go.")
    size, komi = size_of(head), komi_of(head)
    head |= {"FF": [b"4"], "GM": [b"1"], "CA": [b"UTF-8"], "SZ": [str(size).encode()]}
    head["KM"] = [f"{komi:g}".encode()]
    position: Position | None = None
    if check:
        try:
            position = after(start(Node(head, first_children(tree)), size), Node(head), at_root=True)
        except ValueError as error:
            raise InputError(f"This game cannot begin: {error}") from None
    root, refused = grown(tree, position)
    warning = ""
    if refused:
        more = f" In all, {len(refused)} moves are not allowed." if len(refused) > 1 else ""
        warning = f"{refused[0]} What follows it in the record was left out.{more}"
    return Record(root, size, komi, warning)
