"""Scripts of widgets in files of their own."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gallery.server import app_kwargs
from gallery.settings import Settings
from gallery.widgets.script import TEXTS, script


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    one, two = tmp_path / "one.js", tmp_path / "two.js"
    one.write_text("const paint = () => trigger('drawn');", encoding="utf-8")
    two.write_text('element.onclick = () => trigger(\n  "pick", {index: 1}); // “ü”', encoding="utf-8")
    return one, two


def get(name: str) -> tuple[int, str, str]:
    client = TestClient(Starlette(routes=app_kwargs([], Settings.read([]))["routes"]))
    answer = client.get(f"/house/scripts/{name}")
    return answer.status_code, answer.headers.get("content-type", ""), answer.text


def test_the_page_holds_a_line_and_the_server_the_text(files: tuple[Path, Path]) -> None:
    line = script(*files)
    assert len(line) < 100
    (name,) = [name for name in TEXTS if f'"{name}"' in line]
    assert get(name) == (
        200, "text/javascript; charset=utf-8", "\n".join(file.read_text(encoding="utf-8") for file in files)
    )  # fmt: skip


def test_another_text_has_another_name_and_an_unknown_one_is_not_found(files: tuple[Path, Path]) -> None:
    line = script(files[0])
    files[0].write_text("trigger('other')", encoding="utf-8")
    assert script(files[0]) != line
    assert get("one-000000000000")[0] == 404


def test_gradio_finds_the_events(files: tuple[Path, Path]) -> None:
    with gr.Blocks():
        widget = gr.HTML("", js_on_load=script(*files))
        assert widget.drawn  # type: ignore[attr-defined]
        assert widget.pick  # type: ignore[attr-defined]
        with pytest.raises(AttributeError):
            _ = widget.paint  # type: ignore[attr-defined]
