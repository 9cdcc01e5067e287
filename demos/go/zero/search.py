"""Monte-Carlo tree search with PUCT, in many games at once: a look at the network serves a leaf of each.

`leaves` goes down every tree to a position that nobody has evaluated yet and writes what the network wants
to see of it; `expand` takes the network's answers and tells all positions on the way up; `advance` plays
moves and keeps of each tree what lies below them. How that is done stands in trees.py.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demos.go.board import BLACK, ZOBRIST
from demos.go.features import SYMMETRIES, symmetry
from demos.go.rules import Position, empty
from demos.go.zero.network import PLANES
from demos.go.zero.settings import Settings
from demos.go.zero.trees import (
    Floats,
    Games,
    Trees,
    advance_games,
    clear,
    counted,
    descend,
    expand_leaves,
    write_roots,
)


class Search:
    """A tree for each of `games` games. A search is `simulations` visits of the root long."""

    def __init__(self, s: Settings, games: int, simulations: int | None = None) -> None:
        self.s = s
        self.simulations = s.simulations if simulations is None else simulations
        points, nodes = s.points, self.simulations + 2
        start = empty(s.size)
        self.games = Games(
            board=np.tile(start.board, (games, 1)),
            earlier=np.tile(start.earlier, (games, 1)),
            key=np.zeros(games, np.int64),
            komi=np.full(games, s.komi, np.float32),
            last=np.full((games, 2), points, np.int16),
            state=np.tile(np.array([BLACK, 0, 0], np.int16), (games, 1)),
        )
        moves = (games, nodes, points + 1)
        self.trees = Trees(
            prior=np.zeros(moves, np.float32),
            visits=np.zeros(moves, np.int32),
            total=np.zeros(moves, np.float32),
            child=np.full(moves, -1, np.int16),
            reached=np.zeros((games, nodes), np.int32),
            value=np.zeros((games, nodes), np.float32),
            over=np.zeros((games, nodes), np.bool_),
            used=np.ones(games, np.int16),
            path=np.zeros((games, nodes + 1, 2), np.int16),
            depth=np.zeros(games, np.int16),
            leaf=np.zeros(games, np.int16),
        )
        # The pass stays where it is.
        self.turned = np.array([[*symmetry(i, s.size), points] for i in range(SYMMETRIES)], np.int16)
        self.waiting = np.zeros(games, np.int16)  # the games of the last `leaves`
        self.symmetries = np.zeros(games, np.int16)
        self.planes = np.zeros((games, len(PLANES), points), np.float32)

    def load(self, game: int, position: Position, komi: float) -> None:
        """Puts a position in the place of a game, with a tree that is empty."""
        g = self.games
        g.board[game], g.earlier[game], g.key[game] = position.board, position.earlier, position.key
        g.komi[game] = komi
        g.last[game] = [*position.recent[:2], position.points, position.points][:2]
        g.state[game] = position.to_play, position.passes, position.number
        clear(self.trees, game)

    @property
    def over(self) -> NDArray[np.bool_]:
        """(G,) whether each game is at its end."""
        result: NDArray[np.bool_] = (self.games.state[:, 1] >= 2) | (self.games.state[:, 2] >= self.s.longest)
        return result

    def leaves(self, symmetries: NDArray[np.int16] | None = None) -> tuple[NDArray[np.int16], Floats]:
        """The games (B,) that have a position to evaluate and its planes (B, len(PLANES), size, size).

        Games that are over and those whose root has its visits are not among them. The planes are turned by
        `symmetries`, (G,) numbers from 0 to 7; `expand` turns the answers back. Both arrays are views of ones
        that the next call writes to.
        """
        self.symmetries[:] = 0 if symmetries is None else symmetries
        s = self.s
        count = descend(
            self.games, self.trees, ZOBRIST, s.size, s.longest, self.simulations, s.c_puct, s.first_play,
            self.turned, self.symmetries, self.waiting, self.planes,
        )  # fmt: skip
        return self.waiting[:count], self.planes[:count].reshape(count, len(PLANES), s.size, s.size)

    def expand(self, logits: Floats, values: Floats) -> None:
        """The network's answers, (B, size * size + 1) and (B,), to what `leaves` has just returned."""
        expand_leaves(self.trees, self.waiting, self.turned, self.symmetries, logits, values)

    def disturb(self, games: NDArray[np.int64], noise: NDArray[np.float64]) -> None:
        """Mixes noise, (len(games), A) of any positive numbers, into the priors of the roots."""
        prior = self.trees.prior[games, 0]
        noise = np.where(prior >= 0, noise, 0)
        noise /= noise.sum(axis=1, keepdims=True)
        share = self.s.noise
        self.trees.prior[games, 0] = np.where(prior >= 0, (1 - share) * prior + share * noise, prior)

    def advance(self, games: NDArray[np.int64], moves: NDArray[np.int64], *, keep: bool = True) -> None:
        """Plays a legal move in each of `games`. With `keep` what was searched below the moves stays."""
        advance_games(self.games, self.trees, ZOBRIST, self.s.size, games, moves, keep)

    def scores(self) -> Floats:
        """(G,) by how many points Black is ahead, komi included."""
        found: Floats = counted(self.games, self.s.size)
        return found

    def look(self) -> Floats:
        """(G, len(PLANES), size * size): what the network sees of the positions of all games, not turned."""
        found = np.zeros((len(self.waiting), len(PLANES), self.s.points), np.float32)
        write_roots(self.games, ZOBRIST, self.s.size, self.turned[0], found)
        return found
