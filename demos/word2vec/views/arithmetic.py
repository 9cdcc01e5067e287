"""Arithmetic: the equation bar, its answers, and the arrows that add up to them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import gradio as gr

from demos.word2vec import engine
from demos.word2vec.engine import Solution
from demos.word2vec.equation import LONGEST, parse
from demos.word2vec.evaluate import LECTURE
from demos.word2vec.models import EMBEDDED, MODELS
from demos.word2vec.search import Method
from demos.word2vec.views import pictures
from demos.word2vec.views.answers import AnswerList, answers
from demos.word2vec.views.choice import model_menu, with_model
from demos.word2vec.views.first import FIRST_EQUATION, first
from demos.word2vec.views.notice import Notice, corrected, notice
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink
from gallery.widgets.scene import Scene

WHAT_TO_SEE = """
Each arrow is a word's vector; the next one begins where the last one ends. The dashed arrow is their sum,
and the answer is the word whose own vector points most nearly the same way. **Look for** the gap between
the sum and the best word: an equation of words hardly ever comes out exactly. (A flat picture shows the
arrows at their best and the words around them less well; the list has the true order.)
"""
SHOWN = 10  # answers
SAVE_PICTURE = """(equation) => {
  const canvas = document.querySelector('#word2vec-scene canvas');
  const link = Object.assign(document.createElement('a'), {
    download: 'word2vec.png', href: canvas.toDataURL('image/png')});
  link.click();
}"""
SAVE_NUMBERS = """(equation, list) => {
  const text = JSON.stringify({equation, ...list}, null, 1);
  const address = URL.createObjectURL(new Blob([text], {type: 'application/json'}));
  Object.assign(document.createElement('a'), {download: 'word2vec.json', href: address}).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}"""
METHODS = {
    Method.ADD.value: "3CosAdd: nearest to the sum",
    Method.MULTIPLY.value: "3CosMul: near to each term",
}


def view(demo: Demo, link: Permalink) -> None:
    asked = gr.Textbox(FIRST_EQUATION, max_length=LONGEST, label="Asked", visible="hidden")
    bar = gr.Textbox(
        FIRST_EQUATION,
        max_length=LONGEST,
        label="Equation",
        info="Words with + and - between them; 2*cheese weighs one, = queen names what you expect.",
        submit_btn="Solve",
        elem_id="word2vec-bar",
    )
    with gr.Row(elem_id="word2vec-lecture"):
        examples = [gr.Button(text, size="sm", min_width=280) for text in LECTURE]
    said = Notice(notice(), elem_id="word2vec-notice")
    with gr.Row():
        with gr.Column(scale=4, min_width=270):
            ranking = AnswerList(first()["answers"], elem_id="word2vec-answers")
            with gr.Row():
                save_picture = gr.Button("Save picture", size="sm", min_width=90)
                save_numbers = gr.Button("Save numbers", size="sm", min_width=90)
        with gr.Column(scale=7, min_width=300):
            scene = Scene(value=first()["picture"], height=470, elem_id="word2vec-scene")
            gr.Markdown(WHAT_TO_SEE)
    with gr.Row():
        with gr.Column(min_width=200):
            space = gr.Radio([("Plane", 2), ("Space, which turns", 3)], value=2, label="Drawn in")
        with gr.Column(min_width=260):
            method = gr.Radio(
                [(title, name) for name, title in METHODS.items()],
                value=Method.ADD.value,
                label="Method",
                info="One term alone can win a sum; a product wants all of them.",
            )
        with gr.Column(min_width=260):
            exclude = gr.Checkbox(
                True, label="Leave out the equation's own words", info="Or one of them often wins."
            )
        with gr.Column(min_width=280):
            model = model_menu()

    # What the page shows an answer to, so that nothing is done twice.
    answered = gr.State((FIRST_EQUATION, Method.ADD.value, True, 2, EMBEDDED.key))
    gr.on(
        [asked.change, space.change, method.change, exclude.change, model.change],
        show,
        [asked, method, exclude, space, model, answered],
        [ranking, scene, said, model, answered],
        trigger_mode="always_last",
        show_progress="minimal",
        show_progress_on=[ranking],
        api_visibility="private",
        **MODEL_EVENTS,
    )
    # A link or a button may have asked: the bar follows in the browser, at once.
    asked.change(None, asked, bar, js="(text) => text", api_visibility="private")
    bar.submit(None, bar, asked, js="(text) => text", api_visibility="private")
    for button, text in zip(examples, LECTURE, strict=True):
        both = json.dumps([text, text])  # the field too, where the same was asked before
        button.click(None, None, [bar, asked], js=f"() => {both}", api_visibility="private")
    ranking.select(around, None, asked, show_progress="hidden", api_visibility="private")
    said.select(corrected, asked, asked, show_progress="hidden", api_visibility="private")
    save_picture.click(None, asked, None, js=SAVE_PICTURE, api_visibility="private")
    save_numbers.click(None, [asked, ranking], None, js=SAVE_NUMBERS, api_visibility="private")
    gr.on(
        [], solve, [bar, method, exclude, model], gr.JSON(visible=False, label="Solution"),
        api_name=f"{demo.id}_solve", **MODEL_EVENTS,
    )  # fmt: skip
    link.bind("equation", asked)
    link.bind("method", method)
    link.bind("exclude", exclude)
    link.bind("space", space)
    link.bind("model", model)


Asked = tuple[str, str, bool, int, str]


@says_why
def show(
    text: str,
    method: str,
    exclude: bool,
    space: int,
    key: str,
    answered: Asked,
    progress: gr.Progress = gr.Progress(),
) -> list[Any]:
    """Everything that changes on the page. A text that is no equation changes nothing but the notice."""
    asked = (text, method, exclude, space, key)
    if asked == tuple(answered):
        return [gr.skip() for _ in range(5)]
    try:
        equation = parse(text)
        solution, spec, sentence = with_model(
            key,
            lambda spec, progress: engine.solve(
                equation,
                spec,
                runtime.current(),
                method=Method(method),
                exclude_terms=exclude,
                count=SHOWN,
                progress=progress,
            ),
            progress,
        )
    except InputError as error:
        return [gr.skip(), gr.skip(), notice(error=error), gr.skip(), asked]
    return [
        answers(solution, who(solution)),
        pictures.equation(solution, space),
        notice(sentence),
        gr.skip() if spec.key == key else spec.key,
        (text, method, exclude, space, spec.key),
    ]


@says_why
def solve(text: str, method: str, exclude: bool, key: str) -> dict[str, Any]:
    """The words nearest to an equation's sum.

    `text` is an equation such as king - man + woman = queen, `method` 3CosAdd or 3CosMul, `exclude`
    leaves out the equation's own words, `key` names the vectors, such as word2vec/embedded. Answers
    with `equation`, `model`, `seconds`, `answers` (word, place, similarity, score) and `expected`.
    """
    if key not in MODELS:
        raise InputError(f"There are no vectors called {key[:60]}: one of {', '.join(MODELS)} is expected.")
    if method not in METHODS:
        raise InputError(f"There is no method called {method[:60]}: one of {', '.join(METHODS)} is expected.")
    solution = engine.solve(
        parse(text), MODELS[key], runtime.current(), method=Method(method), exclude_terms=exclude, count=SHOWN
    )
    return {
        "equation": str(solution.equation),
        "model": solution.model_key,
        "seconds": solution.seconds,
        "answers": [asdict(answer) for answer in solution.answers],
        "expected": asdict(solution.expected) if solution.expected else None,
    }


def who(solution: Solution) -> str:
    """Which vectors answered, how, and how fast."""
    return (
        f"{MODELS[solution.model_key].title}, {solution.method.value}: all {solution.known:,} words "
        f"compared in {solution.seconds * 1000:.0f} ms"
    )


def around(event: gr.EventData) -> str:
    """The clicked word alone: its neighbours."""
    word = str(getattr(event, "value", ""))[:100]
    return f'"{word}"' if " " in word else word
