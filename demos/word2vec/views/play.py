"""Guess the word: a game for a class."""

from __future__ import annotations

import random
from typing import Any

import gradio as gr

from demos.word2vec.engine import Solution
from demos.word2vec.equation import Equation
from demos.word2vec.game import GUESSES, POINTS, ROUNDS, SEEDS, Game, judge, puzzle
from demos.word2vec.lookup import spoken
from demos.word2vec.models import EMBEDDED
from demos.word2vec.views.board import GameBoard
from demos.word2vec.views.first import FIRST_SEED, first
from demos.word2vec.views.notice import Notice, corrected, notice
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink

PRICES = ", ".join(f"**{points}** points for number {place} or better" for place, points in POINTS)
RULES = f"""
The computer has solved the equation and hides the first word of its list. You have {GUESSES} guesses, and
the best of them counts: {PRICES}.
A near miss is worth something, since the whole vocabulary is ranked. {ROUNDS} rounds make a game; the same
sequence gives the same equations to everyone, so two halves of a class can play against each other.
"""


def view(demo: Demo, link: Permalink) -> None:
    game = gr.State(Game(seed=FIRST_SEED))
    with gr.Row():
        with gr.Column(scale=5, min_width=300):
            board_ = GameBoard(first()["board"], elem_id="word2vec-board")
            said = Notice(notice())
            guess = gr.Textbox(label="Your guess", max_length=60, submit_btn="Guess")
            with gr.Row():
                reveal = gr.Button("Show the word", size="sm", min_width=110)
                following = gr.Button("Next equation", size="sm", min_width=110)
                fresh = gr.Button("New game", size="sm", min_width=110)
        with gr.Column(scale=3, min_width=260):
            gr.Markdown(RULES)
            seed = gr.Number(
                FIRST_SEED, label="Sequence", info="Who types the same number gets the same equations.",
                minimum=0, maximum=SEEDS - 1, precision=0,
            )  # fmt: skip

    events: dict[str, Any] = {
        "trigger_mode": "once",
        "show_progress": "hidden",
        "api_visibility": "private",
        **MODEL_EVENTS,
    }
    outputs = [game, board_, said]
    # The last of several counts: a guess typed quickly behind another is not lost.
    last = events | {"trigger_mode": "always_last"}
    guess.submit(guessed, [game, guess], [*outputs, guess], **last)
    reveal.click(revealed, game, outputs, **events)
    following.click(onward, game, outputs, **events)
    seed.change(dealt, [game, seed], outputs, **last)
    fresh.click(lambda: random.randrange(SEEDS), None, seed, show_progress="hidden", api_visibility="private")
    said.select(corrected, guess, guess, show_progress="hidden", api_visibility="private")
    link.bind("sequence", seed)


@says_why
def guessed(game: Game, text: str) -> list[Any]:
    """A guess, and the empty field for the next one. A word that cannot count changes nothing."""
    if game.over or game.ended:
        return [*shown(game), ""]
    house = runtime.current()
    solution = puzzle(game, EMBEDDED, house)
    try:
        guess = judge(text, solution.equation, EMBEDDED, house)
    except InputError as error:
        return [gr.skip(), gr.skip(), notice(error=error), gr.skip()]
    if guess in game.guesses:
        return [gr.skip(), gr.skip(), notice("That was guessed already: try another word."), gr.skip()]
    game = game.guess(guess)
    return [*shown(game), ""]


@says_why
def revealed(game: Game) -> list[Any]:
    return shown(game.reveal())


@says_why
def onward(game: Game) -> list[Any]:
    """The next equation, once this one has ended."""
    return (
        shown(game.next()) if game.ended else [gr.skip(), gr.skip(), notice("Guess first, or show the word.")]
    )


@says_why
def dealt(game: Game, seed: float | None) -> list[Any]:
    """Another sequence, from its first equation."""
    seed = int(seed or 0)
    return [gr.skip() for _ in range(3)] if seed == game.seed else shown(Game(seed=seed))


def shown(game: Game) -> list[Any]:
    """The game, its board, and no notice."""
    solution = None if game.over else puzzle(game, EMBEDDED, runtime.current())
    return [game, board(game, solution), notice()]


def board(game: Game, solution: Solution | None) -> dict[str, Any]:
    """What the page shows. The hidden word is in it only when the round has ended."""
    if solution is None:
        return {
            "round": f"All {ROUNDS} rounds are played",
            "score": f"{game.score} of {ROUNDS * POINTS[0][1]} points",
            "terms": "",
            "answer": f"{game.score} points",
            "guesses": [],
            "message": "Start a new game, or type another sequence.",
        }
    answer = spoken(solution.answers[0].word) if game.ended else ""
    return {
        "round": f"Round {game.round + 1} of {ROUNDS}",
        "score": f"{game.score + game.best} points",
        "terms": f"{Equation(solution.equation.terms)} = ",
        "answer": answer,
        "guesses": [
            {"word": spoken(guess.word), "place": guess.place, "points": guess.points}
            for guess in game.guesses
        ],
        "message": message(game, answer),
    }


def message(game: Game, answer: str) -> str:
    left = GUESSES - len(game.guesses)
    if not game.ended:
        return f"{left} guesses left." if left > 1 else "One guess left."
    if game.best == POINTS[0][1]:
        return "That is the word."
    return f"The word was “{answer}”."
