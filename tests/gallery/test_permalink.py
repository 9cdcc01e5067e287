import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery import permalink
from gallery.permalink import NotInLink, Permalink, default_of, number, parser_of, text_of


def link_of(**targets: permalink.Target) -> Permalink:
    link = Permalink("demo")
    for name, target in targets.items():
        link.bind(name, target)
    return link


COMPONENTS: dict[str, tuple[Any, str, Any]] = {  # a component, text that it takes, and the value
    "dropdown": (lambda: gr.Dropdown([("Small", "s"), ("Large", "l")], value="s"), "l", "l"),
    "numbers": (lambda: gr.Dropdown([32, 64], value=32), "64", 64),
    "several": (lambda: gr.Dropdown(["a", "b", "c"], multiselect=True), "a,c", ["a", "c"]),
    "boxes": (lambda: gr.CheckboxGroup(["a", "b"], value=["a"]), "b", ["b"]),
    "any": (lambda: gr.Dropdown(["a"], allow_custom_value=True), "zz", "zz"),
    "radio": (lambda: gr.Radio(["x", "y"]), "y", "y"),
    "checkbox": (lambda: gr.Checkbox(), "1", True),
    "slider": (lambda: gr.Slider(0, 1, value=0.5, step=0.05), "0.35", 0.35),
    "steps": (lambda: gr.Slider(1, 50, value=10, step=1), "20", 20),
    "whole": (lambda: gr.Number(value=7, precision=0, minimum=0), "42", 42),
    "text": (lambda: gr.Textbox(max_length=10), "a & b=c", "a & b=c"),
}


@pytest.mark.parametrize("name", COMPONENTS)
def test_what_a_component_takes_comes_back_as_the_same_text(name: str) -> None:
    make, text, value = COMPONENTS[name]
    parsed = parser_of(make())(text)
    assert parsed == value
    assert type(parsed) is type(value)
    assert text_of(parsed) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dropdown", "xl"),
        ("dropdown", "Small"),
        ("numbers", "33"),
        ("several", "a,z"),
        ("radio", "z"),
        ("checkbox", "maybe"),
        ("slider", "2"),
        ("slider", "nan"),
        ("slider", "inf"),
        ("slider", "much"),
        ("whole", "-1"),
        ("whole", "1e300"),
        ("text", "longer than ten"),
    ],
)
def test_anything_else_is_refused_and_the_default_stays(name: str, text: str) -> None:
    target = COMPONENTS[name][0]()
    values, texts, refused = link_of(p=target).read({"p": text})
    assert values["p"] == default_of(target)
    assert texts["p"] == text_of(default_of(target))
    assert len(refused) == 1
    assert refused[0].endswith(".")


@pytest.mark.parametrize("name", COMPONENTS)
def test_without_a_word_in_the_address_the_default_is_restored(name: str) -> None:
    target = COMPONENTS[name][0]()
    values, _, refused = link_of(p=target).read({})
    assert text_of(values["p"]) == text_of(default_of(target))
    assert not refused


@given(
    st.dictionaries(st.sampled_from(["model", "top", "word"]), st.one_of(st.text(), st.integers(), st.none()))
)
def test_whatever_a_browser_sends_the_values_are_legal(asked: dict[str, Any]) -> None:
    link = LINK
    values, texts, _ = link.read(asked)
    assert values["model"] in ("small", "large")
    assert 1 <= values["top"] <= 5
    assert len(values["word"]) <= 20
    assert link.read(dict(texts))[0] == values


LINK = link_of(
    model=gr.Dropdown(["small", "large"], value="small"),
    top=gr.Slider(1, 5, value=3, step=1),
    word=gr.Textbox(value="", max_length=20),
)


@given(st.floats(0, 1))
def test_a_slider_snaps_to_its_grid(value: float) -> None:
    snapped = number(0.0, 1.0, 0.05)(repr(value))
    assert abs(snapped - value) <= 0.025 + 1e-9
    assert abs(snapped * 20 - round(snapped * 20)) < 1e-6


def test_tabs_are_told_by_their_ids() -> None:
    with gr.Blocks():
        with gr.Tabs() as views:
            with gr.Tab("One", id="one"):
                gr.Markdown("1")
            with gr.Tab("Two", id="two"):
                gr.Markdown("2")
        parse = parser_of(views)
    assert default_of(views) == "one"
    assert parse("two") == "two"
    with pytest.raises(NotInLink):
        parse("three")


def test_mistakes_of_a_demo_are_told_at_once() -> None:
    link = link_of(a=gr.Textbox())
    with pytest.raises(ValueError, match="a is taken"):
        link.bind("a", gr.Textbox())
    with pytest.raises(ValueError, match="tab is taken"):
        link.bind("tab", gr.Textbox())
    with pytest.raises(TypeError, match="Image cannot stand in a link"):
        link.bind("image", gr.Image())
    with gr.Blocks() as blocks:
        pass
    with pytest.raises(ValueError, match="inside its own Blocks"):
        link.attach(blocks)


def test_nothing_runs_on_the_server_when_a_page_opens() -> None:
    with gr.Blocks() as blocks:
        link = link_of(word=gr.Textbox(), factor=gr.Slider(1, 10))
        link.attach(blocks)
    targets = [target[1] for event in blocks.fns.values() for target in event.targets]
    assert "load" not in targets
    assert all(event.api_visibility == "private" for event in blocks.fns.values())


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to ask")
def test_python_writes_numbers_as_the_browser_does() -> None:
    numbers = [0, 1.0, 0.1, 0.35, 1e-3, 12345.678, -2.5, 100.0]
    script = f"console.log(JSON.stringify({json.dumps(numbers)}.map(String)))"
    answer = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(answer.stdout) == [text_of(value) for value in numbers]


def test_the_script_knows_every_function_that_python_calls() -> None:
    script = (Path(permalink.__file__).parent / "static" / "permalink.js").read_text(encoding="utf-8")
    for name in ("port", "restored", "changed"):
        assert f"gallery.{name} = " in script
