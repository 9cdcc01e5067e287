"""A game of the view "Learning from itself": who plays, what was played, and how the page shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape
from typing import Any

import numpy as np

from demos.go.board import BLACK
from demos.go.opponent import vertex
from demos.go.rules import NAMES, IllegalMove
from demos.go.views.goban import board
from demos.go.zero.duel import Thought, ended, replay, result
from demos.go.zero.models import record
from gallery.inputs import InputError

YOU = "you"


@dataclass(frozen=True)
class Match:
    """A game on the page. A player is a generation's number, or None for the visitor."""

    black: int | None
    white: int | None
    moves: tuple[int, ...]
    visits: int
    serial: int
    thought: Thought | None = None  # the last one

    @property
    def turn(self) -> str:
        return f"{self.serial}-{len(self.moves)}"


def recorded() -> Match:
    """The game that ships: the last generation against the first."""
    game = record().game
    return Match(game["black"], game["white"], tuple(game["moves"]), record().settings.simulations, 0)


def after(match: Match, chosen: int) -> Match:
    """The game after a move of the visitor. Raises InputError where it is not allowed or not theirs."""
    s = record().settings
    position = replay(match.moves, s)
    if ended(position, s):
        raise InputError("The game is over: press New game for another one.")
    if to_move(match) is not None:
        raise InputError("It is not your turn: press New game and be Black or White yourself.")
    try:
        position.play(chosen)
    except IllegalMove as error:
        raise InputError(str(error)) from error
    return replace(match, moves=(*match.moves, chosen), thought=None)


def shown(match: Match, number: int | None = None) -> dict[str, Any]:
    """The board after the first `number` moves, all for None: then the visitor may play in turn."""
    s = record().settings
    number = len(match.moves) if number is None else number
    position = replay(match.moves[:number], s)
    over = ended(position, s)
    own = number == len(match.moves) and to_move(match) is None and not over
    # Of several stones that were played on a point the last is the one to see.
    numbers = {each: i for i, each in enumerate(match.moves[:number], 1) if each < s.points}
    stones = position.stones.reshape(-1)
    return board(
        position,
        turn=match.turn,
        clicks="empty" if own else "none",
        numbers={each: i for each, i in numbers.items() if stones[each]},
        ownership=np.array([0.0, 1.0, -1.0])[position.area()] if over else None,
        note=f"{result(position, s.komi)}, komi {s.komi:g}." if over else "",
    )


def told(match: Match) -> str:
    """A sentence or two about the game."""
    s = record().settings
    position = replay(match.moves, s)
    lines = [
        f"<b>{named(match.black)}</b> (Black) against <b>{named(match.white)}</b> (White), komi {s.komi:g}."
    ]
    if match.moves:
        last = NAMES[BLACK] if len(match.moves) % 2 else "White"
        lines.append(f"Move {len(match.moves)}: {last} plays {vertex(match.moves[-1], s.size)}.")
    if match.thought is not None:
        lines.append(f"Its own chances, it thinks: {match.thought.win_rate:.0%}.")
    if ended(position, s):
        lines.append(f"<b>{result(position, s.komi)}.</b>")
    elif to_move(match) is None:
        lines.append("<b>It is your turn.</b>")
    return f'<p aria-live="polite">{" ".join(lines)}</p>'


def to_move(match: Match) -> int | None:
    """The generation whose turn it is, None for the visitor."""
    return match.white if len(match.moves) % 2 else match.black


def named(number: int | None) -> str:
    if number is None:
        return "You"
    return f"Generation {number}, Elo {record().elo(number)}"


def player(text: str) -> int | None:
    """Raises InputError for a generation that does not ship."""
    if text == YOU:
        return None
    known = {str(number): number for number in record().shipped}
    if text not in known:
        raise InputError(f"There is no generation {escape(str(text)[:20])} here.")
    return known[text]
