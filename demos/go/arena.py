"""The gallery's player against another Go program, to measure its strength.

    python -m demos.go.arena --level policy --games 10 \\
        --opponent "gnugo --mode gtp --level 10 --chinese-rules --positional-superko"

Two games in turn begin with the same few moves, drawn from the network's policy, so that each side plays them
with either colour. The other program counts the end, dead stones taken off.
"""

from __future__ import annotations

import argparse
import math
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from demos.go.board import BLACK, WHITE
from demos.go.engine import Evaluate
from demos.go.gtp import KOMI, add_options, evaluator, level_of
from demos.go.opponent import GtpError, Opponent
from demos.go.players import Player, drawn, sensible_moves
from demos.go.rules import NAMES, IllegalMove, Position, empty
from gallery.weights import WeightsError

LONGEST_GAME = 500  # moves; then it is counted as it stands
OPENING = (2, 4)  # moves that are drawn for a pair of games, at least and at most
PROBABLE = 0.8  # temperature of the opening: moves that people play


@dataclass(frozen=True)
class Outcome:
    """One game of a match."""

    colour: int  # the player's
    won: bool
    how: str  # "B+12.5", "W+Resign", …
    moves: int
    seconds: float  # that the player thought


def opening(evaluate: Evaluate, size: int, komi: float, seed: int) -> list[int]:
    """The first moves of a pair of games."""
    random = np.random.default_rng(seed)
    position, moves = empty(size), list[int]()
    for _ in range(int(random.integers(OPENING[0], OPENING[1] + 1))):
        (evaluation,) = evaluate([position], komi)
        moves.append(drawn(evaluation.policy[:-1], sensible_moves(position), PROBABLE, random))
        position = position.play(moves[-1])
    return moves


def duel(
    player: Player, opponent: Opponent, colour: int, moves: Sequence[int], size: int, komi: float
) -> Outcome:
    """One game that begins with `moves`. Raises GtpError where the other program fails."""
    player.forget()
    opponent.start(size, komi)
    position, seconds = empty(size), 0.0
    for move in moves:
        opponent.play(position.to_play, move, size)
        position = position.play(move)
    while not position.over and position.number < LONGEST_GAME:
        if position.to_play == colour:
            started = time.perf_counter()
            decision = player.decide(position, komi)
            seconds += time.perf_counter() - started
            if decision.resigns:
                return Outcome(colour, False, resignation(3 - colour), position.number, seconds)
            opponent.play(colour, decision.move, size)
            position = position.play(decision.move)
            continue
        answer = opponent.move(position.to_play, size)
        if answer is None:
            return Outcome(colour, True, resignation(colour), position.number, seconds)
        try:
            position = position.play(answer)
        except IllegalMove:  # most likely it knows a simpler ko rule
            return Outcome(colour, True, f"{NAMES[colour][0]}+Forfeit", position.number, seconds)
    return Outcome(colour, *counted(position, opponent, komi, colour), position.number, seconds)


def resignation(winner: int) -> str:
    return f"{NAMES[winner][0]}+Resign"


def counted(position: Position, opponent: Opponent, komi: float, colour: int) -> tuple[bool, str]:
    """Whether `colour` has won by the other program's count, and that count. A draw is no win."""
    how = opponent.ask("final_score").upper()
    return how.startswith(NAMES[colour][0]), how


def played(
    player: Player, command: Sequence[str], games: int, size: int, komi: float, *, seed: int = 0
) -> Iterator[Outcome]:
    """The games of a match one after another. Raises FileNotFoundError without the program, and GtpError."""
    with Opponent(command) as opponent:
        for number in range(games):
            moves = opening(player.evaluate, size, komi, seed + number // 2)
            yield duel(player, opponent, WHITE if number % 2 else BLACK, moves, size, komi)


def match(
    player: Player, command: Sequence[str], games: int, size: int, komi: float, *, seed: int = 0
) -> int:
    """How many of the games `player` won; see `played`."""
    return sum(outcome.won for outcome in played(player, command, games, size, komi, seed=seed))


def margin(wins: int, games: int) -> float:
    """Half of the 95 % interval around a share of wins (Agresti and Coull 1998)."""
    share = (wins + 2) / (games + 4)
    return 1.96 * math.sqrt(share * (1 - share) / (games + 4))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_options(parser)
    parser.add_argument("--opponent", required=True, help="the other program's command line")
    parser.add_argument("--games", type=int, default=10)
    parser.add_argument("--size", type=int, default=19)
    parser.add_argument("--komi", type=float, default=KOMI)
    options = parser.parse_args(arguments)
    try:
        with evaluator(options.weights, options.device) as evaluate:
            player = Player(evaluate, level_of(options.level, options.visits), seed=options.seed)
            wins = 0
            command = shlex.split(options.opponent)
            outcomes = played(player, command, options.games, options.size, options.komi, seed=options.seed)
            for number, outcome in enumerate(outcomes, 1):
                wins += outcome.won
                print(
                    f"game {number}: {NAMES[outcome.colour]}, {outcome.how}, {outcome.moves} moves, "
                    f"{outcome.seconds:.0f} s of thinking; {wins} of {number} won, "
                    f"{wins / number:.0%} ± {margin(wins, number):.0%}",
                    flush=True,
                )
    except (WeightsError, OSError, ValueError, GtpError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
