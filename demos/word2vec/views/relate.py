"""Relations: pairs of words as bundles of arrows that run side by side."""

from __future__ import annotations

from typing import Any

import gradio as gr

from demos.word2vec.models import EMBEDDED
from demos.word2vec.relations import RELATIONS, pairs_of, related, typed_pairs
from demos.word2vec.views import pictures
from demos.word2vec.views.first import FIRST_RELATION, first
from demos.word2vec.views.notice import Notice, corrected, notice
from gallery import runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, says_why
from gallery.inputs import InputError
from gallery.permalink import Permalink
from gallery.widgets.scene import Scene

OWN = "Pairs of your own"
WHAT_TO_SEE = """
The picture is turned so that the direction which the pairs have in common points up. If a relation is a
direction, the arrows run side by side; that is why king - man + woman can work at all. The figure above
says how nearly they do, in all 300 dimensions: 1 would be perfectly parallel, and beside it stands what
the same words give when they are paired at random.
"""


def view(demo: Demo, link: Permalink) -> None:
    with gr.Row():
        with gr.Column(scale=3, min_width=260):
            relation = gr.Radio([*RELATIONS, OWN], value=FIRST_RELATION, label="Relation")
            own = gr.Textbox(
                "hot, cold\nlong, short\nearly, late\nrich, poor",
                lines=5,
                max_length=2000,
                label="Pairs of your own",
                info="Two words on each line, with a comma between.",
                visible=False,
            )
            draw = gr.Button("Draw", visible=False)
            space = gr.Radio([("Plane", 2), ("Space, which turns", 3)], value=2, label="Drawn in")
        with gr.Column(scale=7, min_width=300):
            said = Notice(notice())
            report = gr.Markdown(first()["relation_report"])
            scene = Scene(value=first()["relation"], height=470, elem_id="word2vec-bundle")
            gr.Markdown(WHAT_TO_SEE)
    relation.change(
        lambda name: [gr.update(visible=name == OWN) for _ in range(2)],
        relation,
        [own, draw],
        show_progress="hidden",
        api_visibility="private",
    )
    gr.on(
        [relation.change, space.change, draw.click],
        show,
        [relation, own, space],
        [scene, report, said],
        trigger_mode="always_last",
        show_progress="minimal",
        show_progress_on=[report],
        api_visibility="private",
        **MODEL_EVENTS,
    )
    said.select(corrected, own, own, show_progress="hidden", api_visibility="private").then(
        show, [relation, own, space], [scene, report, said], api_visibility="private", **MODEL_EVENTS
    )
    link.bind("relation", relation)
    link.bind("pairs", own)
    link.bind("bundle", space)


@says_why
def show(relation: str, own: str, space: int) -> list[Any]:
    """The picture of a relation, and a sentence on how parallel it is."""
    try:
        pairs = typed_pairs(own or "") if relation == OWN else pairs_of(relation)
        found = related(relation, pairs, EMBEDDED, runtime.current())
    except InputError as error:
        return [gr.skip(), gr.skip(), notice(error=error)]
    return [pictures.relation(found, space), report_of(found.parallel, found.shuffled), notice()]


def report_of(parallel: float, shuffled: float) -> str:
    return (
        f"Mean cosine of an arrow with all the others: **{parallel:.2f}** "
        f"(the same words paired at random: {shuffled:.2f}). Vectors: {EMBEDDED.title}."
    )
