"""The gallery's player for any Go program, over the Go Text Protocol, version 2.

    python -m demos.go.gtp --level policy

Commands come on standard input, answers go to standard output. https://www.lysator.liu.se/~gunnar/gtp/
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from demos.go.board import BLACK, EMPTY, LARGEST, SMALLEST, WHITE
from demos.go.engine import Evaluate, Evaluator
from demos.go.models import EMBEDDED
from demos.go.opponent import LETTERS, from_vertex, vertex
from demos.go.players import LEVELS, Level, Player, agreed_score
from demos.go.rules import IllegalMove, Position, empty
from demos.go.scoring import dead_stones
from gallery import runtime
from gallery.weights import WeightsError, filled

NAME = "Deep Learning Gallery"
VERSION = "1"
KOMI = 7.5
COLOURS = {"b": BLACK, "black": BLACK, "w": WHITE, "white": WHITE}
LONGEST_LINE = 10_000  # characters of a command
MOST_KOMI = 1000.0
SIGNS = {EMPTY: ".", BLACK: "X", WHITE: "O"}


class Refused(Exception):
    """A command that cannot be followed; the message is what the protocol answers."""


class Engine:
    """One game, spoken to line by line."""

    def __init__(self, evaluate: Evaluate, level: Level, *, seed: int = 0) -> None:
        self.evaluate = evaluate
        self.player = Player(evaluate, level, seed=seed)
        self.cleaning = Player(evaluate, replace(level, resigns=False), seed=seed, cleanup=True)
        self.komi = KOMI
        self.history = [empty(LARGEST)]
        self.ended = False  # by "quit"
        self.commands: dict[str, Callable[[list[str]], str]] = {
            "boardsize": self.boardsize,
            "clear_board": self.clear_board,
            "final_score": self.final_score,
            "final_status_list": self.final_status_list,
            "fixed_handicap": self.fixed_handicap,
            "genmove": lambda given: self.genmove(given, self.player),
            "kgs-genmove_cleanup": lambda given: self.genmove(given, self.cleaning),
            "known_command": lambda given: "true" if first(given) in self.commands else "false",
            "komi": self.set_komi,
            "list_commands": lambda given: "\n".join(sorted(self.commands)),
            "name": lambda given: NAME,
            "place_free_handicap": self.fixed_handicap,
            "play": self.play,
            "protocol_version": lambda given: "2",
            "quit": self.quit,
            "set_free_handicap": self.set_free_handicap,
            "showboard": lambda given: "\n" + drawing(self.position),
            "time_left": lambda given: "",
            "time_settings": lambda given: "",
            "undo": self.undo,
            "version": lambda given: VERSION,
        }

    @property
    def position(self) -> Position:
        return self.history[-1]

    def answer(self, line: str) -> str:
        """What the protocol answers, with the empty line after it; nothing to comments and empty lines."""
        text = "".join(c for c in line.replace("\t", " ") if c.isprintable()).partition("#")[0]
        words = text[:LONGEST_LINE].split()
        number = words.pop(0) if words and words[0].isascii() and words[0].isdigit() else ""
        if not words:
            return f"?{number} no command\n\n" if number else ""
        command, *given = words
        if command not in self.commands:
            return f"?{number} unknown command\n\n"
        try:
            return f"={number} {self.commands[command](given)}".rstrip(" ") + "\n\n"
        except Refused as refusal:
            return f"?{number} {refusal}\n\n"

    # ---- commands: each is given its arguments, and raises Refused before it has changed anything -------

    def quit(self, given: list[str]) -> str:
        self.ended = True
        return ""

    def boardsize(self, given: list[str]) -> str:
        size = whole(first(given))
        if not SMALLEST <= size <= LARGEST:
            raise Refused("unacceptable size")
        self._begin(empty(size))
        return ""

    def clear_board(self, given: list[str]) -> str:
        self._begin(empty(self.position.size))
        return ""

    def set_komi(self, given: list[str]) -> str:
        try:
            komi = float(first(given))
        except ValueError:
            raise Refused("komi not a float") from None
        if not abs(komi) <= MOST_KOMI:  # nan neither
            raise Refused("komi not a float")
        self.komi = komi
        return ""

    def play(self, given: list[str]) -> str:
        if len(given) < 2:
            raise Refused("syntax error")
        move = self._move(given[1])
        try:
            self.history.append(self._turn(given[0]).play(move))
        except IllegalMove:
            raise Refused("illegal move") from None
        return ""

    def genmove(self, given: list[str], player: Player) -> str:
        position = self._turn(first(given))
        if position.over:
            raise Refused("the game is too long")
        decision = player.decide(position, self.komi)
        if decision.resigns:
            return "resign"
        self.history.append(position.play(decision.move))
        return vertex(decision.move, position.size)

    def undo(self, given: list[str]) -> str:
        if len(self.history) < 2:
            raise Refused("cannot undo")
        self.history.pop()
        return ""

    def fixed_handicap(self, given: list[str]) -> str:
        places = handicap(self.position.size)
        count = whole(first(given))
        if not 2 <= count <= max(places, default=0):
            raise Refused("invalid number of stones")
        self._set(places[count])
        return " ".join(vertex(move, self.position.size) for move in places[count])

    def set_free_handicap(self, given: list[str]) -> str:
        moves = [self._move(text) for text in given]
        if not 2 <= len(set(moves)) == len(moves) < self.position.points or self.position.points in moves:
            raise Refused("bad vertex list")
        self._set(moves)
        return ""

    def final_score(self, given: list[str]) -> str:
        score = agreed_score(self.position, self.komi, self._ownership())
        return "0" if not score else f"{'B' if score > 0 else 'W'}+{abs(score):g}"

    def final_status_list(self, given: list[str]) -> str:
        dead = np.zeros(self.position.points, np.bool_)
        dead[dead_stones(self.position, self._ownership())] = True
        stones = self.position.stones.reshape(-1) != EMPTY
        listed = {"dead": dead, "alive": stones & ~dead, "seki": stones & False}.get(first(given))
        if listed is None:
            raise Refused("syntax error")
        return " ".join(vertex(int(move), self.position.size) for move in listed.nonzero()[0])

    # ---- parts ------------------------------------------------------------------------------------------

    def _begin(self, position: Position) -> None:
        self.history = [position]
        self.player.forget()
        self.cleaning.forget()

    def _turn(self, colour: str) -> Position:
        """The position with that colour to play: the protocol lets either play at any time, and go on."""
        if colour.lower() not in COLOURS:
            raise Refused("invalid color")
        position, to_play = self.position, COLOURS[colour.lower()]
        if position.to_play == to_play and position.passes < 2:
            return position
        return replace(position, to_play=to_play, passes=0)

    def _move(self, text: str) -> int:
        try:
            return from_vertex(text, self.position.size)
        except ValueError:
            raise Refused("invalid coordinate") from None

    def _set(self, moves: Sequence[int]) -> None:
        """Black stones on an empty board, then White plays."""
        if len(self.history) > 1 or self.position.stones.any():
            raise Refused("board not empty")
        position = self.position
        for move in moves:
            try:
                position = replace(position.play(move), to_play=BLACK)
            except IllegalMove:
                raise Refused("bad vertex list") from None
        self.history.append(replace(position, to_play=WHITE, recent=(), number=0))

    def _ownership(self) -> NDArray[np.float32]:
        (evaluation,) = self.evaluate([self.position], self.komi)
        return evaluation.ownership


def first(given: list[str]) -> str:
    if not given:
        raise Refused("syntax error")
    return given[0]


def whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused("not an integer")
    return int(text)


def handicap(size: int) -> dict[int, list[int]]:
    """The fixed places by the number of stones, as the protocol's section 4.1.1 has them."""
    if size < 7:
        return {}
    near = 2 if size < 13 else 3
    low, middle, high = near, size // 2, size - 1 - near  # rows from the top: low is far up

    def at(column: int, row: int) -> int:
        return row * size + column

    corners = [at(low, high), at(high, low), at(low, low), at(high, high)]
    sides = [at(low, middle), at(high, middle), at(middle, high), at(middle, low)]
    places = {count: corners[:count] for count in (2, 3, 4)}
    if size % 2 and size > 7:
        centre = [at(middle, middle)]
        places |= {5: corners + centre, 6: corners + sides[:2], 7: corners + sides[:2] + centre}
        places |= {8: corners + sides, 9: corners + sides + centre}
    return places


def drawing(position: Position) -> str:
    """The board in letters, White's stones as O."""
    size = position.size
    letters = "   " + " ".join(LETTERS[:size])
    rows = [
        f"{size - row:2} " + " ".join(SIGNS[int(stone)] for stone in line) + f" {size - row}"
        for row, line in enumerate(position.stones)
    ]
    return "\n".join([letters, *rows, letters])


def serve(engine: Engine, commands: TextIO, answers: TextIO) -> None:
    """Until "quit" or the end of the stream."""
    for line in commands:
        answers.write(engine.answer(line))
        answers.flush()
        if engine.ended:
            break


@contextmanager
def evaluator(weights: Path | None, device: str) -> Iterator[Evaluator]:
    """The network that ships, or one of the same shape from a file. Raises WeightsError."""
    house = runtime.configure(device=device, offline=True)
    try:
        if weights is not None:
            yield Evaluator(filled(EMBEDDED, weights).to(house.device.torch_device))
        else:
            with house.cache.lease(EMBEDDED) as network:
                yield Evaluator(network)
    finally:
        house.close()


def level_of(key: str, visits: int | None) -> Level:
    """A level of the table, with another number of visits if one is given."""
    return LEVELS[key] if visits is None else replace(LEVELS[key], visits=visits)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--level", choices=LEVELS, default="search", help="how strong it plays")
    parser.add_argument("--visits", type=int, help="of the search, instead of the level's; 0: none")
    parser.add_argument("--weights", type=Path, help="a safetensors file instead of the network that ships")
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda or mps")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn at random")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    try:
        with evaluator(options.weights, options.device) as evaluate:
            engine = Engine(evaluate, level_of(options.level, options.visits), seed=options.seed)
            with open(sys.stdin.fileno(), errors="replace", closefd=False) as commands:
                serve(engine, commands, sys.stdout)
    except (WeightsError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
