"""Train your own: a book or one's own text, and word vectors that find their places while one looks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from demos.word2vec import live
from demos.word2vec.little import LittleModel, neighbours
from demos.word2vec.live import Frame, Settings
from demos.word2vec.texts import BOOKS, FIRST
from demos.word2vec.views.loss_curve import LossCurve
from gallery import runtime
from gallery.demo import Demo
from gallery.events import says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink
from gallery.widgets.scene import Picture, Point, Scene

INTRODUCTION = """
The vectors of the other views come from a big text. Here **you** train some, from a small one: every word
starts at a random place, and each pass over the text pulls words that stand in the same company together.
"""
SMALL_AND_LARGE = """
**What a small text can teach, and what it cannot.** A hundred thousand words are enough to learn which
words keep the same company: *gold* and *silver*, *bread* and *cheese*, *Baker* and *Street*. A word that
occurs five times has hardly a place of its own. And *king - man + woman*? The result shown first answers
*queen*, but that is luck: train the fairy tales from other random starts, and the answer changes while
*silver* stays. In *Sherlock Holmes*, with its one king, that of Bohemia, the answer is Irene Adler.
Relations that hold take hundreds of millions of words.
"""
STYLE = f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>"
MOST_PASSES = 100
# A training holds no model of the house and no GPU, and may take a minute: it waits in a queue of its own,
# so that four trainings do not keep everybody's models waiting. The gate still shares out the cores.
TRAININGS: dict[str, Any] = {"concurrency_id": "word2vec_trainings", "concurrency_limit": 4}
# The endpoint's bounds: words to go over in all, and seconds should the machine be slow.
API_WORDS = 2_500_000
API_SECONDS = 20.0
PROMINENT = 12  # words that get their label first
NEAR = 3  # words that are named with each on the map

# Sessions whose visitor pressed Stop: Gradio's own cancelling would throw the picture away.
stopping: set[str] = set()


@cache
def first() -> Frame:
    """The finished training that the page opens with."""
    return live.from_json(json.loads(live.FIRST_RESULT.read_text(encoding="utf-8")))


def view(demo: Demo, link: Permalink) -> None:
    start = first()
    assert start.model is not None
    gr.Markdown(INTRODUCTION)
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            book = gr.Dropdown(
                [(book.title, key) for key, book in BOOKS.items()], value=FIRST.key, label="A book"
            )
            text = gr.Textbox(
                label="Or paste a text of your own",
                info="A few thousand words in Latin letters or more. Empty this field to train on the book.",
                placeholder="Lyrics, mails, a chapter of a thesis …",
                lines=3,
                max_lines=6,
                elem_id=f"{demo.id}-own-text",
            )
            with gr.Row():
                train = gr.Button("Train", variant="primary", scale=2, min_width=120)
                stop = gr.Button("Stop", interactive=False, scale=1, min_width=80)
            passes = gr.Slider(1, MOST_PASSES, start.settings.passes, step=1, label="Passes over the text")
            with gr.Accordion("More settings", open=False):
                dimensions = gr.Slider(10, 100, start.settings.dimensions, step=10, label="Numbers per word")
                window = gr.Slider(
                    1, 10, start.settings.window, step=1, label="Window",
                    info="How many words to each side count as company. Narrow: words of the same kind. "
                    "Wide: words of the same topic.",
                )  # fmt: skip
                seed = gr.Slider(
                    0, 9, start.settings.seed, step=1, label="Random start",
                    info="What another one changes was luck.",
                )  # fmt: skip
        with gr.Column(scale=3, min_width=280):
            state = gr.HTML(told(start, FIRST.title), elem_id=f"{demo.id}-own-state", apply_default_css=False)
            scene = Scene(value=picture(start, FIRST.title), height=440, elem_id=f"{demo.id}-own-map")
            curve = LossCurve(
                value=LossCurve.curve(start.curve, start.settings.passes), elem_id=f"{demo.id}-own-loss"
            )
    with gr.Row():
        with gr.Column(scale=2, min_width=280):
            ask = gr.Textbox(
                FIRST.ask, label="Neighbours of", max_length=200, elem_id=f"{demo.id}-own-ask",
                info="A word of the text, or a sum such as king - man + woman. Or click a word on the map.",
            )  # fmt: skip
            find = gr.Button("Show neighbours", size="sm")
        with gr.Column(scale=3, min_width=280):
            near = gr.HTML(
                near_words(start.model, FIRST.ask), elem_id=f"{demo.id}-own-near", apply_default_css=False
            )
    gr.Markdown(SMALL_AND_LARGE)
    model = gr.State(None)

    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    train.click(
        run, [book, text, passes, dimensions, window, seed], [state, scene, curve, stop, model, ask, near],
        trigger_mode="once", **shared, **TRAININGS,
    )  # fmt: skip
    stop.click(press_stop, None, stop, queue=False, **shared)
    gr.on([find.click, ask.submit], answer, [model, ask], near, **shared)
    scene.select(answer_for_point, model, [ask, near], **shared)
    gr.on(
        [], numbers,
        [
            gr.Textbox(visible=False, label="Text"),
            gr.Number(start.settings.passes, visible=False, label="Passes"),
        ],
        gr.JSON(visible=False, label="Result"), api_name=f"{demo.id}_train", **TRAININGS,
    )  # fmt: skip
    link.bind("book", book)
    link.bind("passes", passes)
    link.bind("numbers", dimensions)
    link.bind("window", window)
    link.bind("start", seed)


@says_why
def run(
    book: str,
    text: str | None,
    passes: float,
    dimensions: float,
    window: float,
    seed: float,
    request: gr.Request,
) -> Iterator[list[Any]]:
    """Updates of the page while it trains. Closing this generator, as a closed page does, ends the work."""
    session = str(request.session_hash)
    stopping.discard(session)
    own = bool(text and text.strip())
    title = "your text" if own else BOOKS[book].title
    settings = Settings(int(seed), int(dimensions), int(window), int(passes))
    sentences = live.prepare(text if own else BOOKS[book].text())
    work = live.train(sentences, settings, lambda: session in stopping, turn=runtime.current().gate.turn)
    try:
        for frame in work:
            # The button changes at both ends only, so that no late update undoes a press of Stop.
            button = (
                gr.update(interactive=not frame.finished) if frame.step == 0 or frame.finished else gr.skip()
            )
            page = [
                told(frame, title),
                picture(frame, title),
                LossCurve.curve(frame.curve, settings.passes),
                button,
            ]
            if frame.model is None:
                yield [*page, gr.skip(), gr.skip(), gr.skip()]
            else:
                word = frame.words[0] if own else BOOKS[book].ask
                yield [*page, frame.model, word, near_words(frame.model, word)]
    finally:
        stopping.discard(session)


def press_stop(request: gr.Request) -> Any:
    stopping.add(str(request.session_hash))
    return gr.update(interactive=False)


def told(frame: Frame, title: str) -> str:
    """The bar, and a line that says what happens or happened."""
    share = frame.step / frame.steps
    if frame.model is None:
        line = f"<b>Training on {escape(title)}</b>: pass {frame.passes:.1f} of {frame.settings.passes}"
    else:
        many = f"{frame.settings.passes} pass{'es'[: 2 * (frame.settings.passes > 1)]}"
        done = f"stopped after {frame.passes:.1f} of {many}" if frame.stopped else many
        line = (
            f"<b>{escape(title[0].upper() + title[1:])}</b>: {done} over {frame.text_words:,} words "
            f"in {frame.seconds:.1f} s. {len(frame.model.words):,} different words are frequent enough."
        )
    return (
        f'{STYLE}<div class="trained"><p>{line}</p><div class="line" role="progressbar" '
        f'aria-label="Training" aria-valuemin="0" aria-valuemax="100" aria-valuenow="{100 * share:.0f}">'
        f'<i style="width:{share:.1%}"></i></div></div>'
    )


def picture(frame: Frame, title: str) -> Picture:
    """The shown words on the map."""
    points = tuple(
        Point(
            label=word,
            at=(float(x), float(y)),
            details=(f"{count:,} times in the text", *company(frame.model, word)),
            prominent=place < PROMINENT,
        )
        for place, (word, count, (x, y)) in enumerate(
            zip(frame.words, frame.counts, frame.places, strict=True)
        )
    )
    return Picture(
        points=points,
        title=f"The {len(points)} most frequent content words of {title}",
        description="Words that keep the same company lie near each other.",
    )


def company(model: LittleModel | None, word: str) -> tuple[str, ...]:
    if model is None:
        return ()
    return ("nearest: " + ", ".join(other for other, _ in neighbours(model, word, NEAR)),)


def near_words(model: LittleModel, asked: str) -> str:
    """A bar for each of the nearest words. Raises InputError for what the model does not know."""
    rows = "".join(
        f'<li><b>{escape(word)}</b><i style="width:{max(0.0, cosine):.0%}"></i><span>{cosine:.2f}</span></li>'
        for word, cosine in neighbours(model, asked)
    )
    return (
        f'{STYLE}<div class="trained"><p>Nearest to <b>{escape(asked)}</b>, by the cosine of the angle:</p>'
        f"<ol>{rows}</ol></div>"
    )


@says_why
def answer(model: LittleModel | None, asked: str) -> str:
    return near_words(model or known_first(), asked)


@says_why
def answer_for_point(model: LittleModel | None, event: gr.EventData) -> list[str]:
    word = str(getattr(event, "value", ""))
    return [word, near_words(model or known_first(), word)]


def known_first() -> LittleModel:
    model = first().model
    assert model is not None
    return model


@says_why
def numbers(text: str | None, passes: float | None) -> dict[str, Any]:
    """The API: trains on a text. Long ones get fewer passes than asked for, and `note` says so."""
    if passes is None or not 1 <= passes <= MOST_PASSES or passes != int(passes):
        raise InputError(f"The passes are a whole number from 1 to {MOST_PASSES}.")
    sentences = live.prepare(text)
    affordable = max(1, API_WORDS // sum(map(len, sentences)))
    settings = Settings(passes=min(int(passes), affordable))
    until = time.monotonic() + API_SECONDS
    work = live.train(sentences, settings, lambda: time.monotonic() > until, turn=runtime.current().gate.turn)
    *_, last = work
    assert last.model is not None
    note = ""
    if last.passes < passes:
        note = (
            f"Made {last.passes:.3g} of {int(passes)} passes, for a call may take about {API_SECONDS:.0f} s."
        )
    return {
        "words": len(last.model.words),
        "loss": round(last.loss, 4),
        "passes": round(last.passes, 3),
        "seconds": round(last.seconds, 2),
        "neighbours": {
            word: [[other, round(cosine, 4)] for other, cosine in neighbours(last.model, word)]
            for word in last.words[:10]
        },
        "note": note,
    }
