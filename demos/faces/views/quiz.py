"""Real or not? The quiz of pairs, for one visitor or a whole class."""

from __future__ import annotations

import base64
import itertools
import math
import random
from typing import Any

import gradio as gr

from demos.faces.quiz import SEEDS, TRUNCATION, Game, Pair, Pairs, deal, machine, new_game, other, pairs
from demos.faces.views.pair_board import PairBoard
from demos.faces.views.seen import watcher
from gallery.demo import Demo
from gallery.events import says_why
from gallery.permalink import Permalink

FIRST_SEED = 1
INTRODUCTION = f"""
**One of the two is a member of Congress whom neither network has seen; the other is nobody.** Both are
128 pixels wide and of the same time. The made-up faces were drawn at random and not picked by hand, with
a truncation of {TRUNCATION:g}. The discriminator is asked about both, one by one, and takes the one for
real that it finds more so. In a class: show of hands, left or right, and somebody presses the key.
"""
GIVEAWAYS = """
- **Pairs that do not match**: the halves of a collar or of a pair of glasses, the ears, the direction of
  gaze.
- **Edges that dissolve**: where hair meets the background, where the jaw meets the neck.
- **Texture in place of things**: ties, lapels and flags look right until one asks what they are.
- **Backgrounds** of no place; letters that are none.

And what gives **nothing** away: a bad photograph. Blur, grain and scratches are what old portraits are
made of, and the network has learnt these, too.
"""
replies = itertools.count()  # no two answers to a browser are equal, so that it notices each


def view(demo: Demo, link: Permalink) -> None:
    first = Game(seed=FIRST_SEED)
    game = gr.State(first)
    # The faces come when somebody looks: they would weigh on every visit of the gallery.
    shown = PairBoard(value=board(first, pairs()) | {"faces": {}}, elem_id=f"{demo.id}-quiz")
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=280):
            gr.Markdown(INTRODUCTION)
        with gr.Column(scale=2, min_width=240):
            seed = gr.Number(
                FIRST_SEED, label="Sequence", minimum=0, maximum=SEEDS - 1, precision=0,
                info="Whoever opens this page's link gets the same ten pairs.",
            )  # fmt: skip
    with gr.Accordion("What gives made faces away: opens after the ten pairs", open=False) as clues:
        gr.Markdown(GIVEAWAYS)
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    watcher().focus(lambda game: board(game, pairs()), game, shown, queue=False, **private)
    shown.act(act, game, [game, shown, seed, clues], trigger_mode="multiple", **private)
    seed.change(begin, [game, seed], [game, shown], trigger_mode="always_last", **private)
    link.bind("quiz_seed", seed)


@says_why
def act(game: Game, event: gr.EventData) -> tuple[Game, dict[str, Any], int, Any]:
    """An answer, the next pair, or ten others. Whatever else a browser sends changes nothing."""
    what, letter, question = (getattr(event, name, None) for name in ("what", "letter", "question"))
    known = pairs()
    if question != game.question:
        pass  # pressed before the page had followed
    elif what == "answer":
        game = game.answer(letter, len(known))
    elif what == "next":
        game = game.go_on()
    elif what == "again" and game.finished(len(known)):
        game = new_game(random.choice([seed for seed in range(SEEDS) if seed != game.seed]))
    clues = gr.update(open=True) if game.finished(len(known)) else gr.skip()
    return game, board(game, known), game.seed, clues


@says_why
def begin(game: Game, seed: float | None) -> tuple[Any, Any]:
    """Follow the number field, which a link may have set."""
    wanted = int(seed or 0) % SEEDS
    if wanted == game.seed:
        return gr.skip(), gr.skip()
    fresh = new_game(wanted)
    return fresh, board(fresh, pairs())


def board(game: Game, known: Pairs) -> dict[str, Any]:
    """What the page shows of a game. Which face is real is in it only once that was answered."""
    dealt = deal(game.seed, len(known))
    finished = game.finished(len(known))
    mine, machines = game.score(known)
    value: dict[str, Any] = {
        "reply": next(replies),
        "seed": game.seed,
        "question": game.question,
        "questions": len(dealt),
        "answered": len(game.answers),
        "score": [mine, machines],
        "faces": {},
        "right": "",
        "mine": "",
        "verdict": "",
        "told": "",
        "rows": [],
    }
    if finished:
        verdict = f"You were right {times(mine)} of {len(dealt)}, the discriminator {times(machines)}."
        rows = [row(pair, letter, known) for pair, letter in zip(dealt, game.answers, strict=True)]
        return value | {"verdict": verdict, "rows": rows}
    pair = dealt[game.question]
    value["faces"] = {
        letter: as_url(known.file(pair.number, made=letter != pair.right)) for letter in ("A", "B")
    }
    if not game.looking:
        return value
    letter = game.answers[-1]
    verdict = (
        f"{'Right' if letter == pair.right else 'No'}: {pair.right} is real, {other(pair.right)} is nobody."
    )
    return value | {"right": pair.right, "mine": letter, "verdict": verdict, "told": told(pair, known)}


def told(pair: Pair, known: Pairs) -> str:
    """What the discriminator thought of both."""
    chance = {
        pair.right: probability(float(known.real[pair.number])),
        other(pair.right): probability(float(known.made[pair.number])),
    }
    choice = machine(pair, known)
    word = "right" if choice == pair.right else "wrong"
    return (
        f"The discriminator took {choice} for the real one and was {word}: it gave A "
        f"{chance['A']} and B {chance['B']} of being real. Both pass for portraits of about "
        f"{round(float(known.years[pair.number]) / 10) * 10}."
    )


def probability(logit: float) -> str:
    percent = 100 / (1 + math.exp(-max(-60.0, min(60.0, logit))))
    return "less than 1 %" if percent < 1 else "more than 99 %" if percent > 99 else f"{percent:.0f} %"


def row(pair: Pair, letter: str, known: Pairs) -> dict[str, Any]:
    return {
        "real": as_url(known.file(pair.number, made=False)),
        "made": as_url(known.file(pair.number, made=True)),
        "mine": letter == pair.right,
        "machine": machine(pair, known) == pair.right,
    }


def times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")


def as_url(webp: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}"
