"""Explore: a list of words against itself, and a list between two ends."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from demos.word2vec import engine
from demos.word2vec.engine import Along, Likeness, OddOne
from demos.word2vec.lookup import spoken
from demos.word2vec.models import EMBEDDED, MODELS
from demos.word2vec.views.axis import AxisPlot
from demos.word2vec.views.choice import model_menu, with_model
from demos.word2vec.views.first import FIRST_ALONG, FIRST_AXIS, FIRST_LIST, first
from demos.word2vec.views.likeness import LikenessTable
from demos.word2vec.views.notice import Notice, corrected, notice
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink

AXES = {
    "Cold or hot": (*FIRST_AXIS, FIRST_ALONG),
    "Small or large": (
        "small",
        "large",
        "mouse, ant, cat, dog, horse, elephant, whale, village, city, planet",
    ),
    "She or he": (
        "she",
        "he",
        "nurse, teacher, librarian, dancer, secretary, writer, doctor, scientist, lawyer, programmer, "
        "engineer, carpenter, captain, philosopher, soldier",
    ),
    "Past or future": (
        "past",
        "future",
        "history, memory, museum, tradition, today, plan, forecast, hope, robot",
    ),
}
COPY = "(...fields) => fields"
BIAS = """
**What this shows, and what it does not.** The vectors repeat what was written: if most nurses in the text
were called *she*, the word *nurse* lies towards *she*. That is a fact about the text, which was written by
some people at some times, and says nothing about who can or should do what. A program that sorts people with
such vectors would carry the slant on (Bolukbasi et al. 2016; Caliskan, Bryson and Narayanan 2017).
"""


def view(demo: Demo, link: Permalink) -> None:
    model = model_menu()
    with gr.Row():
        with gr.Column(min_width=320):
            gr.Markdown("### A list against itself")
            words = gr.Textbox(
                FIRST_LIST,
                label="Words",
                info="With commas between; two give one number, three or more also the odd one out.",
                max_length=1500,
                lines=2,
            )
            compare = gr.Button("Compare", variant="primary")
            said = Notice(notice())
            odd = gr.Markdown(first()["odd_one"])
            heat = LikenessTable(first()["likeness"], elem_id="word2vec-likeness")
            gr.Markdown(
                "The cosine of each pair of vectors: 1 for the same direction, about 0 for words that have "
                "nothing to do with each other. **Look for** squares of warm cells: words of a kind."
            )
        with gr.Column(min_width=320):
            gr.Markdown("### A list between two words")
            with gr.Row():
                presets = [gr.Button(name, size="sm", min_width=90) for name in AXES]
            with gr.Row():
                low = gr.Textbox(FIRST_AXIS[0], label="From", max_length=60, min_width=120)
                high = gr.Textbox(FIRST_AXIS[1], label="To", max_length=60, min_width=120)
            listed = gr.Textbox(FIRST_ALONG, label="Words to lay out", max_length=1500, lines=2)
            lay = gr.Button("Lay out", variant="primary")
            said_axis = Notice(notice())
            axis = AxisPlot(first()["axis"], elem_id="word2vec-axis")
            gr.Markdown(BIAS)

    # What was asked for, which stands in the link; the fields above are what is being typed.
    asked = gr.Textbox(FIRST_LIST, max_length=1500, label="Compared", visible="hidden")
    ends = [gr.Textbox(end, max_length=60, label="End", visible="hidden") for end in FIRST_AXIS]
    asked_along = gr.Textbox(FIRST_ALONG, max_length=1500, label="Laid out", visible="hidden")
    answered = gr.State((FIRST_LIST, EMBEDDED.key))
    shown: dict[str, Any] = {
        "trigger_mode": "always_last",
        "show_progress": "minimal",
        "api_visibility": "private",
        **MODEL_EVENTS,
    }
    gr.on(
        [asked.change, model.change],
        compared,
        [asked, model, answered],
        [heat, odd, said, model, answered],
        **shown,
    )
    gr.on([compare.click, words.submit], None, words, asked, js="(text) => text", api_visibility="private")
    typed, laid = [low, high, listed], [*ends, asked_along]
    gr.on(
        [*(field.change for field in laid), model.change],
        laid_out,
        [*laid, model],
        [axis, said_axis],
        **shown,
    )
    # A link or a button may have asked: the fields follow in the browser, at once.
    for source, field in zip((asked, *laid), (words, *typed), strict=True):
        source.change(None, source, field, js="(text) => text", api_visibility="private")
    gr.on(
        [lay.click, *(field.submit for field in typed)], None, typed, laid, js=COPY, api_visibility="private"
    )
    for button, preset in zip(presets, AXES.values(), strict=True):
        both = json.dumps(preset * 2)  # the fields too, where the same was asked before
        button.click(None, None, [*typed, *laid], js=f"() => {both}", api_visibility="private")
    said.select(corrected, asked, asked, show_progress="hidden", api_visibility="private")
    said_axis.select(all_corrected, laid, laid, show_progress="hidden", api_visibility="private")
    gr.on(
        [], likeness, [words, model], gr.JSON(visible=False, label="Likeness"),
        api_name=f"{demo.id}_likeness", **MODEL_EVENTS,
    )  # fmt: skip
    gr.on(
        [], along, [*typed, model], gr.JSON(visible=False, label="Places"),
        api_name=f"{demo.id}_along", **MODEL_EVENTS,
    )  # fmt: skip
    for name, field in zip(("words", "from", "to", "along"), (asked, *laid), strict=True):
        link.bind(name, field)


@says_why
def compared(
    text: str, key: str, answered: tuple[str, str], progress: gr.Progress = gr.Progress()
) -> list[Any]:
    """The heat map and the odd one out. A list that cannot be used changes nothing but the notice."""
    if (text, key) == tuple(answered):
        return [gr.skip() for _ in range(5)]
    house = runtime.current()
    try:
        words = engine.listed(text)
        found, spec, sentence = with_model(
            key, lambda spec, report: engine.likeness(words, spec, house, report), progress
        )
        odd = odd_sentence(engine.odd_one_out(words, spec, house)) if len(found.words) > 2 else two(found)
    except InputError as error:
        return [gr.skip(), gr.skip(), notice(error=error), gr.skip(), (text, key)]
    menu = gr.skip() if spec.key == key else spec.key
    odd = f"{odd} Vectors: {spec.title}."
    return [table(found), odd, notice(sentence), menu, (text, spec.key)]


@says_why
def laid_out(low: str, high: str, text: str, key: str, progress: gr.Progress = gr.Progress()) -> list[Any]:
    """The list between its two ends. What cannot be used changes nothing but the notice."""
    house = runtime.current()
    try:
        words = engine.listed(text)
        found, _, _ = with_model(
            key, lambda spec, report: engine.along(low, high, words, spec, house, report), progress
        )
    except InputError as error:
        return [gr.skip(), notice(error=error)]
    return [line(found), notice()]


def all_corrected(low: str, high: str, text: str, event: gr.EventData) -> list[Any]:
    """The word may stand in any of the three."""
    return [corrected(field, event) for field in (low, high, text)]


@says_why
def likeness(text: str, key: str) -> dict[str, Any]:
    """Cosines of all pairs of a list: `words` and `rows`. `key` names the vectors."""
    return table(engine.likeness(engine.listed(text), known(key), runtime.current()))


@says_why
def along(low: str, high: str, text: str, key: str) -> dict[str, Any]:
    """Places of a list on the line from `low` (-1) to `high` (1), lowest first."""
    return line(engine.along(low, high, engine.listed(text), known(key), runtime.current()))


def known(key: str) -> Any:
    if key not in MODELS:
        raise InputError(f"There are no vectors called {key[:60]}: one of {', '.join(MODELS)} is expected.")
    return MODELS[key]


def table(found: Likeness) -> dict[str, Any]:
    return {
        "words": [spoken(word) for word in found.words],
        "rows": [[round(cosine, 4) for cosine in row] for row in found.matrix.tolist()],
    }


def line(found: Along) -> dict[str, Any]:
    return {
        "low": spoken(found.low),
        "high": spoken(found.high),
        "words": [spoken(word) for word in found.words],
        "places": [round(place, 4) for place in found.places],
    }


def odd_sentence(found: OddOne) -> str:
    return (
        f"The odd one out: **{spoken(found.words[0])}**, whose cosine with the mean of all is "
        f"{found.fits[0]:.2f}. *{spoken(found.words[-1]).capitalize()}* fits best ({found.fits[-1]:.2f})."
    )


def two(found: Likeness) -> str:
    one, other = map(spoken, found.words)
    return f"The cosine of *{one}* and *{other}* is **{float(found.matrix[0, 1]):.3f}**."
