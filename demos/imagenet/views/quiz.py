"""You against the network: the quiz for a lecture hall."""

from __future__ import annotations

import base64
import itertools
import random
from functools import cache
from typing import Any

import gradio as gr

from demos.imagenet import engine
from demos.imagenet.models import EMBEDDED
from demos.imagenet.names import ClassNames, named_classes
from demos.imagenet.quiz import SEEDS, Game, Photographs, Score
from demos.imagenet.views.quiz_board import QuizBoard
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.permalink import Permalink

INTRODUCTION = """
Both of you may name five of the 200 classes. **Top-1** counts the first name only (the dark bar), **top-5**
any of the five (the light one). The photographs are validation images, which the network never saw in
training; they are 64 x 64 pixels, and what you see is all that it gets.
"""
FIRST_SEED = 1
photographs = Photographs()
replies = itertools.count()  # no two answers to a browser are equal, so that it notices each


@cache
def classes() -> ClassNames:
    return named_classes(engine.class_names(EMBEDDED))


def view(demo: Demo, link: Permalink) -> None:
    first = Game(seed=FIRST_SEED)
    game = gr.State(first)
    board_ = QuizBoard(value=board(first), suggest=suggest, elem_id=f"{demo.id}-quiz")
    gr.Markdown(INTRODUCTION)
    with gr.Row(equal_height=False):
        look = gr.Radio(["Smooth", "Pixels"], value="Smooth", label="Picture", min_width=260)
        question = gr.Number(
            1, label="Photograph", minimum=1, maximum=len(photographs), precision=0, min_width=120
        )
        seed = gr.Number(
            FIRST_SEED, label="Sequence", minimum=0, maximum=SEEDS - 1, precision=0, min_width=120
        )
    shuffle = gr.Button("New sequence, score to zero", size="sm")

    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    # The board asks for one thing after the other; "once" would drop what comes right behind an answer.
    board_.act(act, [game, look], [game, board_, question], trigger_mode="multiple", **private)
    board_.reveal(reveal, [game, look], [game, board_], trigger_mode="multiple", **private, **MODEL_EVENTS)
    gr.on(
        [question.change, seed.change],
        go_to,
        [game, question, seed, look],
        [game, board_],
        # A link sets both fields; on a busy machine "always_last" has lost the second of the two.
        trigger_mode="multiple",
        concurrency_limit=1,
        **private,
    )
    look.change(
        None, [look, board_], board_, js="(look, board) => ({ ...board, look })", api_visibility="private"
    )
    shuffle.click(deal, game, [question, seed], **private)
    link.bind("question", question)
    link.bind("seed", seed)
    link.bind("picture", look)


@says_why
def act(game: Game, look: str, event: gr.EventData) -> tuple[Game, dict[str, Any], Any]:
    """A guess, one taken back, or another photograph. Whatever else a browser sends changes nothing."""
    what, index, question = (getattr(event, name, None) for name in ("what", "index", "question"))
    if question != game.question:
        pass  # pressed before the page had followed
    elif what == "guess" and isinstance(index, int):
        game = game.guess(index, len(classes()))
    elif what == "undo":
        game = game.take_back()
    elif what == "go":
        game = game.go(game.question + 1, len(photographs))
    return game, board(game, look), game.question


@says_why
def reveal(game: Game, look: str, event: gr.EventData) -> tuple[Game, dict[str, Any]]:
    """The answer, and what the network makes of the very picture, now."""
    if game.revealed or getattr(event, "question", None) != game.question:
        return game, board(game, look)
    photograph = game.photograph(len(photographs))
    truth = classes().by_wnid[photographs.wnid(photograph)]
    prediction = engine.predict(photographs.image(photograph), EMBEDDED, runtime.current())
    game = game.reveal(truth, [guess.index for guess in prediction.guesses], len(photographs))
    return game, board(game, look, [guess.probability for guess in prediction.guesses])


@says_why
def go_to(game: Game, question: float | None, seed: float | None, look: str) -> tuple[Any, Any]:
    """Follow the two number fields, which a link may have set."""
    question, seed = int(question or 1), int(seed or 0)
    if (question, seed) == (game.question, game.seed):
        return gr.skip(), gr.skip()
    if seed != game.seed:
        game = game.deal(seed)
    game = game.go(question, len(photographs))
    return game, board(game, look)


def deal(game: Game) -> tuple[int, int]:
    """First photograph of another sequence."""
    return 1, random.choice([seed for seed in range(SEEDS) if seed != game.seed])


def suggest(text: object) -> list[dict[str, Any]]:
    """The classes that `text` may mean; all of them, by name, where it is empty."""
    names = classes()
    if not isinstance(text, str) or not text.strip():
        indices = sorted(range(len(names)), key=lambda index: names.title(index).casefold())
    else:
        indices = names.suggest(text)
    return [{"index": index, "title": names.title(index), "also": names.also(index, 3)} for index in indices]


def board(game: Game, look: str = "Smooth", probabilities: list[float] | None = None) -> dict[str, Any]:
    """What the page shows of a game. The answer is in it only when it is revealed."""
    names, count = classes(), len(photographs)
    jpeg = photographs.jpeg(game.photograph(count))
    percents = [f"{100 * probability:.0f} %" for probability in probabilities or []]
    return {
        "reply": next(replies),
        "image": "data:image/jpeg;base64," + base64.b64encode(jpeg).decode(),
        "look": look,
        "seed": game.seed,
        "question": game.question,
        "count": count,
        "guesses": [{"index": index, "title": names.title(index)} for index in game.guesses],
        "network": [
            {"index": index, "title": names.title(index), "percent": percent}
            for index, percent in zip(game.network, percents, strict=False)
        ],
        "truth": game.truth,
        "answer": names.title(game.truth) if game.truth is not None else "",
        "verdict": verdict(game),
        "people": vars(game.people_score),
        "machine": vars(game.network_score),
        "lead": lead(game.people_score, game.network_score),
    }


def verdict(game: Game) -> str:
    """One sentence on who was right with which guess."""
    if game.truth is None:
        return ""

    def place(guesses: tuple[int, ...]) -> str:
        return f"right with guess {guesses.index(game.truth) + 1}" if game.truth in guesses else "wrong"

    you = place(game.guesses) if game.guesses else "no guess"
    return f"You: {you}. The network: {place(game.network)}."


def lead(people: Score, network: Score) -> str:
    if not people.answered:
        return "No photograph answered yet."
    ahead = people.top5 - network.top5 or people.top1 - network.top1
    photographs_ = "1 photograph" if people.answered == 1 else f"{people.answered} photographs"
    state = "a draw so far" if ahead == 0 else "you lead" if ahead > 0 else "the network leads"
    return f"After {photographs_}: {state}."
