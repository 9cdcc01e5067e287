"""Every choice of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# Points by which Black wins if nobody errs. Up to 5x5 programs proved it (van der Werf 2003,
# http://erikvanderwerf.tengen.nl/5x5/5x5solved.html); 6x6 and 7x7 are what strong players found.
PERFECT = {2: 1.0, 3: 9.0, 4: 2.0, 5: 25.0, 6: 4.0, 7: 9.0}
LARGER = 7.0  # komi on larger boards


@dataclass(frozen=True)
class Settings:
    """The recipe of a run. Everything that changes the weights is here; the names are those of the paper."""

    seed: int = 0
    size: int = 7  # points a side
    komi: float = 9.0  # what White is given
    komi_spread: float = 4.0  # standard deviation, in points, of the komi of a game to learn from
    channels: int = 32
    blocks: int = 4
    games: int = 192  # of a generation, all played at once
    simulations: int = 64  # visits of the root before a move is chosen
    c_puct: float = 1.5  # how much a prior counts against what was found
    first_play: float = 0.2  # a move without visits is taken to be this much worse than its position
    noise: float = 0.25  # share of Dirichlet's noise in the priors of the root
    noise_total: float = 10.8  # its parameter is this over the points: 0.03 on 19x19, as in the paper
    exploring: int = 12  # moves that are drawn in proportion to visits; later ones have the most visits
    longest: int = 98  # moves of a game, which is then counted as it stands
    window: int = 8  # generations whose games are learnt from
    passes: float = 4.0  # how often a position is learnt from in its first generation, on average
    batch: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    ema_decay: float = 0.98  # the running mean of the weights plays; the weights themselves learn
    match_games: int = 20  # against each rival
    rivals: tuple[int, ...] = (1, 3)  # a generation plays the one before it, and the third before it

    @classmethod
    def of_size(cls, size: int, *, komi: float | None = None, **changed: Any) -> Settings:
        """With what depends on the size. `komi` None is what the first move is worth with perfect play."""
        points = size * size
        worth = PERFECT.get(size, LARGER)
        return cls(
            size=size,
            komi=worth if komi is None else komi,
            exploring=points // 4,
            longest=2 * points,
            **changed,
        )

    @property
    def points(self) -> int:
        return self.size * self.size
