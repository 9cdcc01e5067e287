"""What every demo owes its user, checked for each one that the catalog finds."""

import importlib
from collections.abc import Iterator

import gradio as gr
import pytest
from gradio_client import Client
from PIL import Image

from gallery import catalog
from gallery.demo import Demo
from gallery.lesson import card_text, lesson_text
from gallery.weights import Embedded
from tests.conftest import running

DEMOS = catalog.all_demos()
each_demo = pytest.mark.parametrize("demo", DEMOS, ids=[demo.id for demo in DEMOS])


@pytest.fixture(scope="module")
def real_house() -> Iterator[str]:
    """The address of the gallery as it is."""
    with running(DEMOS) as address:
        yield address


@pytest.fixture(scope="module")
def client(real_house: str) -> Client:
    return Client(real_house, verbose=False)


@each_demo
def test_it_keeps_the_contract(demo: Demo) -> None:
    catalog.check(demo)
    assert demo.summary.rstrip().endswith(".")
    assert demo.paper.url.startswith("https://")
    assert 1940 < demo.paper.year < 2100


@each_demo
def test_its_models_can_be_shown(demo: Demo) -> None:
    assert demo.models
    assert any(spec.embedded for spec in demo.models), "Every demo works without a network."
    for spec in demo.models:
        assert spec.title.strip()
        assert spec.licence.strip()


@each_demo
def test_its_weights_are_those_of_the_card(demo: Demo) -> None:
    for spec in demo.models:
        if isinstance(spec.source, Embedded):
            paths = spec.source.fetch(offline=True)
            assert paths
            for path in paths:
                assert path.suffix == ".safetensors"
                assert path.stat().st_size <= 10_000_000


@each_demo
def test_its_texts_exist(demo: Demo) -> None:
    assert len(demo.lesson.split()) > 100
    assert "$" in demo.lesson, "A lesson has its formula."
    assert demo.card.licence
    assert demo.card.metrics
    assert demo.card.text.strip()
    assert demo.paper.title in lesson_text(demo)
    for name in (*demo.card.weights, *demo.card.sha256):
        assert name in card_text(demo.card)


@each_demo
def test_its_picture_is_for_the_home_page(demo: Demo) -> None:
    with Image.open(demo.picture) as picture:
        assert picture.format == "WEBP"
        assert picture.size == (640, 400)
    assert demo.picture.stat().st_size < 100_000


@each_demo
def test_its_interface_builds_and_names_its_endpoints(demo: Demo) -> None:
    blocks = demo.build()
    assert isinstance(blocks, gr.Blocks)
    public = [event for event in blocks.fns.values() if event.api_visibility == "public"]
    assert public, "A notebook can call it."
    for event in public:
        assert str(event.api_name).startswith(f"{demo.id}_"), event.api_name
    assert not [event for event in blocks.fns.values() if ("load" in [t[1] for t in event.targets])], (
        "Load events of all tabs fire when the page opens."
    )


@each_demo
def test_every_input_has_a_label(demo: Demo) -> None:
    for block in demo.build().blocks.values():
        if isinstance(block, gr.components.FormComponent) and block.visible is True:
            assert block.label, f"A {type(block).__name__} has no label."


@each_demo
def test_its_examples_answer_through_a_client(demo: Demo, client: Client) -> None:
    """tests/demos/<id>/api_examples.py has inputs for the demo's endpoints."""
    examples = importlib.import_module(f"tests.demos.{demo.id}.api_examples").API_EXAMPLES
    assert examples
    for endpoint, inputs in examples:
        assert endpoint.startswith(f"/{demo.id}_")
        assert client.predict(*inputs, api_name=endpoint) is not None
