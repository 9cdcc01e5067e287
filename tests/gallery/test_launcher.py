"""The running server: the page, its weight, what it gives away and what it keeps to itself."""

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from gallery import events, hosting, runtime
from gallery.demo import Demo
from gallery.events import MODEL_EVENTS, UNEXPECTED, lend_gpu, says_why
from gallery.inputs import InputError
from gallery.launcher import Gallery
from gallery.models import OutOfMemory
from gallery.server import CompressPages
from gallery.settings import Settings, SettingsError
from gallery.weights import WeightsUnreachable
from tests.conftest import running

ROOT = Path(__file__).parents[2]


def test_the_page_is_light_also_with_twenty_demos(full_house: str) -> None:
    answer = httpx.get(full_house, headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert len(gzip.compress(answer.content, 6)) < 150_000


@pytest.fixture
def just_opened(twenty_demos: tuple[Demo, ...]) -> Iterator[str]:
    """A gallery of its own: the process's runtime is that of the gallery that opened last."""
    with running(twenty_demos) as address:
        yield address


def test_building_loads_no_model(just_opened: str) -> None:
    httpx.get(just_opened)
    status = runtime.current().cache.status()
    assert len(status.models) >= 20
    assert {model.state for model in status.models} == {"absent"}


def test_the_page_names_its_scripts_first_and_its_styles_last(house: str) -> None:
    page = httpx.get(house).text
    assert page.index("gallery.js") < page.index('type="module"')
    assert page.index("index-") < page.index("house.css") < page.index("</head>")
    assert "manifest.json" not in page


def test_static_files_may_be_kept_and_nothing_else_is_served(house: str) -> None:
    page = httpx.get(house).text
    for name in re.findall(r'"\./(house/[^"\\]+)', page):
        answer = httpx.get(f"{house}/{name}")
        assert answer.status_code == 200
        assert "max-age" in answer.headers["cache-control"]
    assert httpx.get(f"{house}/house/pictures/imagenet.webp").headers["content-type"] == "image/webp"
    for name in (
        "house/server.py",
        "house/..%2fserver.py",
        "house/pictures/..%2fcard.md",
        "house/pictures/go.webp",
    ):
        assert httpx.get(f"{house}/{name}").status_code == 404


@pytest.mark.parametrize(
    "path", ["app.py", "gallery/server.py", "/etc/passwd", "assets/weights", "../.git/config"]
)
def test_no_file_of_the_server_can_be_read(house: str, path: str) -> None:
    answer = httpx.get(f"{house}/gradio_api/file={path if path.startswith('/') else ROOT / path}")
    assert answer.status_code in (403, 404)


@pytest.mark.parametrize("path", ["docs", "openapi.json", "monitoring", "gradio_api/runs"])
def test_nothing_of_gradios_own_is_open(house: str, path: str) -> None:
    assert httpx.get(f"{house}/{path}").status_code >= 400


def test_health_and_metrics(just_opened: str) -> None:
    assert httpx.get(f"{just_opened}/healthz").json() == {"status": "ok"}
    metrics = httpx.get(f"{just_opened}/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    assert 'gallery_model_state{model="imagenet-linear"' in metrics.text


def test_streams_are_not_held_back_to_be_compressed() -> None:
    async def stream(_: Request) -> Response:
        return StreamingResponse(iter([b"data: 1\n\n" * 500]), media_type="text/event-stream")

    async def page(_: Request) -> Response:
        return PlainTextResponse("text " * 500)

    app = Starlette(routes=[Route("/stream", stream), Route("/page", page)])
    app.add_middleware(CompressPages)
    client = TestClient(app)
    assert "content-encoding" not in client.get("/stream").headers
    assert client.get("/page").headers["content-encoding"] == "gzip"


def test_headers_keep_the_browser_at_home(house: str) -> None:
    headers = httpx.get(house).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]


def test_a_demo_answers_a_notebook(house: str) -> None:
    client = Client(house, verbose=False)
    assert client.predict("cat", 3, "large", api_name="/imagenet_answer") == "cat x 3 with large: 12"


@pytest.mark.parametrize(("word", "sentence"), [("", "Type a word first."), ("crash", UNEXPECTED)])
def test_errors_reach_people_as_a_sentence(house: str, word: str, sentence: str) -> None:
    client = Client(house, verbose=False)
    with pytest.raises(AppError) as raised:
        client.predict(word, 3, "small", api_name="/imagenet_answer")
    assert sentence in str(raised.value)
    assert "secret detail" not in str(raised.value)


@pytest.mark.parametrize(
    "error", [InputError("A sentence."), WeightsUnreachable("A sentence."), OutOfMemory("A sentence.")]
)
@pytest.mark.parametrize("stream", [False, True])
def test_says_why_hands_sentences_through(error: Exception, stream: bool) -> None:
    @says_why
    def answer() -> int:
        raise error

    @says_why
    def answers():  # type: ignore[no-untyped-def]
        yield 1
        raise error

    with pytest.raises(gr.Error, match="A sentence"):
        list(answers()) if stream else answer()


def test_says_why_closes_what_it_wraps() -> None:
    closed = []

    @says_why
    def answers():  # type: ignore[no-untyped-def]
        try:
            yield from range(10)
        finally:
            closed.append(True)

    stream = answers()
    next(stream)
    stream.close()
    assert closed == [True]


def test_a_lent_gpu_goes_around_model_events_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "on_gpu", lambda handler: lambda *inputs: ("on the GPU", handler(*inputs)))
    with gr.Blocks() as blocks:
        button = gr.Button()
        button.click(lambda: 1, None, None, **MODEL_EVENTS)
        button.click(lambda: 2, None, None)
    lend_gpu(blocks)
    answers = [event.fn() for event in blocks.fns.values() if event.fn]
    assert answers == [("on the GPU", 1), 2]


def test_elsewhere_nothing_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    assert not hosting.zero_gpu()
    assert hosting.on_gpu(max) is max


def test_a_device_that_is_not_there_is_said_in_a_sentence(twenty_demos: tuple[Demo, ...]) -> None:
    with pytest.raises(SettingsError, match='The device "cuda:77" cannot be used'):
        Gallery(Settings(device="cuda:77"), twenty_demos[:1])


def test_one_demo_alone_needs_no_home(twenty_demos: tuple[Demo, ...]) -> None:
    config = json.dumps(Gallery(Settings(), twenty_demos[:1], alone=True).get_config_file(), default=str)
    assert "panel-perceptron" in config
    assert "panel-home" not in config


def test_starting_imports_nothing_that_only_models_need() -> None:
    code = "import sys, gallery.launcher; print([m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ["torchvision", "transformers", "matplotlib", "gensim", "scipy"]
    answer = subprocess.run(
        [sys.executable, "-c", code, *heavy], capture_output=True, text=True, cwd=ROOT, timeout=200
    )
    assert answer.stdout.strip() == "[]", answer.stderr


def test_help_answers_without_torch() -> None:
    code = "import sys, gallery.settings; print('torch' in sys.modules, 'gradio' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=200
    )
    assert answer.stdout.split() == ["False", "False"]
