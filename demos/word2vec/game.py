"""The guessing game: an equation is shown, and the word that solves it is hidden.

The equations are drawn from the analogy questions, those that the vectors answer as people would.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from demos.word2vec.engine import Solution, run, solve
from demos.word2vec.equation import Equation, Term
from demos.word2vec.evaluate import sections
from demos.word2vec.lookup import find
from demos.word2vec.model import WordVectors
from demos.word2vec.search import add, rank
from gallery.inputs import InputError, check_text
from gallery.runtime import Runtime
from gallery.weights import ModelSpec

ROUNDS = 10
GUESSES = 3  # a round
SEEDS = 10_000
# Points for a guess by its place in the list: the hidden word itself, then nearer and farther misses.
POINTS = ((1, 100), (3, 60), (10, 40), (100, 20), (1000, 5))


@dataclass(frozen=True)
class Guess:
    """A word somebody typed, its place among all words, and what that was worth."""

    word: str
    place: int
    points: int


@dataclass(frozen=True)
class Game:
    """One visitor's game: `seed` draws the equations, `round` counts from 0."""

    seed: int = 1
    round: int = 0
    guesses: tuple[Guess, ...] = ()
    revealed: bool = False
    score: int = 0

    @property
    def over(self) -> bool:
        return self.round >= ROUNDS

    @property
    def best(self) -> int:
        """Points of this round's best guess: only that one counts."""
        return max((guess.points for guess in self.guesses), default=0)

    @property
    def ended(self) -> bool:
        """Whether the hidden word may be shown."""
        return self.revealed or len(self.guesses) >= GUESSES or self.best == POINTS[0][1]

    def guess(self, guess: Guess) -> Game:
        return self if self.ended or self.over else replace(self, guesses=(*self.guesses, guess))

    def reveal(self) -> Game:
        return replace(self, revealed=True)

    def next(self) -> Game:
        """The next round, with this one's best guess added to the score; the same until it has ended."""
        if not self.ended or self.over:
            return self
        return Game(self.seed, self.round + 1, score=self.score + self.best)


def points(place: int) -> int:
    return next((worth for limit, worth in POINTS if place <= limit), 0)


def puzzle(game: Game, spec: ModelSpec, house: Runtime) -> Solution:
    """This round's equation, with the hidden word as its first answer; the same for the same seed."""
    chance = random.Random(f"{game.seed} {game.round}")
    questions = sections()
    for _ in range(50):
        a, b, c, d = chance.choice(questions[chance.choice(list(questions))])
        terms = (Term(b, 1.0), Term(a, -1.0), Term(c, 1.0))
        try:
            solution = solve(Equation(terms), spec, house, count=1)
        except InputError:
            continue  # a word that these vectors do not know
        if solution.answers[0].word == d:
            return solution
    raise InputError("No equation was found for this round: go on to the next one.")


def judge(text: str | None, equation: Equation, spec: ModelSpec, house: Runtime) -> Guess:
    """Place and points of a guess. Raises InputError for none, UnknownWord for an unknown one."""
    word = check_text(text, limit=60, name="The guess")

    def work(model: WordVectors) -> Guess:
        index = find(model, word)
        terms = [find(model, term.word) for term in equation.terms]
        if index in terms:
            raise InputError(f"“{word}” stands in the equation: guess another word.")
        scores = add(model, terms, [term.weight for term in equation.terms])
        place = rank(scores, index, terms)
        return Guess(model.words[index], place, points(place))

    return run(spec, house, work)
