"""A demo's inputs <-> the page's address; the other half is gallery/static/permalink.js.

    link = Permalink("imagenet")
    link.bind("model", dropdown)
    link.bind("view", tabs)          # a gr.Tabs whose gr.Tab have ids
    link.attach(blocks)              # inside `with gr.Blocks() as blocks:`, at its end

From then on the address bar holds `?tab=imagenet&model=...` with all that differs from the
defaults, and opening such an address brings the demo to that state. What stands in an address
is anybody's invention, so each value is checked here before a component gets it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr
from gradio.components import Component

RESERVED = {"tab", "projector", "deep_link", "__theme", "__lang"}
TEXT_LIMIT = 2000  # characters; servers and browsers cut longer addresses
Target = Component | gr.Tabs


class NotInLink(ValueError):
    """A value in an address that the component cannot take."""


@dataclass(frozen=True)
class Binding:
    """One parameter: the component, its default as text, and how text becomes its value."""

    name: str
    target: Target
    default: str
    parse: Callable[[str], Any]
    is_choice: bool  # a change of it deserves a step of the back button

    def update(self, value: Any) -> Any:
        return gr.Tabs(selected=value) if isinstance(self.target, gr.Tabs) else gr.update(value=value)


class Permalink:
    """The link of one demo. Nothing happens on the server unless an address names the demo."""

    def __init__(self, demo_id: str) -> None:
        self.demo_id = demo_id
        self.bindings: dict[str, Binding] = {}

    def bind(self, name: str, target: Target) -> None:
        """Let `name=` in the address stand for the target's value (for gr.Tabs: the open tab's id).

        Takes Dropdown, Radio, CheckboxGroup, Checkbox, Slider, Number, Textbox and Tabs. Raises
        ValueError for a name that is taken, TypeError for another component.
        """
        if name in RESERVED or name in self.bindings:
            raise ValueError(f"The name {name} is taken in the address of {self.demo_id}.")
        parse = parser_of(target)
        is_choice = isinstance(target, gr.Tabs | gr.Dropdown | gr.Radio)
        self.bindings[name] = Binding(name, target, text_of(default_of(target)), parse, is_choice)

    def attach(self, blocks: gr.Blocks) -> None:
        """Wire what was bound; the demo's last step, inside its Blocks."""
        if gr.context.Context.root_block is not blocks:
            raise ValueError(f"Attach the link of {self.demo_id} inside its own Blocks.")
        port = gr.HTML(
            None,
            html_template="<i></i>",
            elem_classes="unseen-port",
            js_on_load=self.port_script(),
            apply_default_css=False,
        )
        targets = [binding.target for binding in self.bindings.values()]
        port.restore(
            self.restore, None, [*targets, port], show_progress="hidden", api_visibility="private"
        ).then(
            None,
            port,
            None,
            js=f"(values) => window.gallery?.restored({json.dumps(self.demo_id)}, values ?? {{}})",
        )
        for binding in self.bindings.values():
            call = f"window.gallery?.changed({json.dumps(self.demo_id)}, {json.dumps(binding.name)}, "
            if isinstance(binding.target, gr.Tabs):
                for tab in tabs_of(binding.target):
                    tab.elem_id = tab.elem_id or f"{self.demo_id}-{binding.name}-{tab.id}"
                    tab.select(
                        None, js=f"() => {{ {call}{json.dumps(str(tab.id))}) }}", api_visibility="private"
                    )
            else:
                binding.target.change(  # type: ignore[attr-defined]
                    None, binding.target, None, js=f"(value) => {{ {call}value) }}", api_visibility="private"
                )

    def port_script(self) -> str:
        defaults = {binding.name: binding.default for binding in self.bindings.values()}
        choices = [binding.name for binding in self.bindings.values() if binding.is_choice]
        known = ", ".join(map(json.dumps, (self.demo_id, defaults, choices)))
        return f"window.gallery?.port({known}, (values) => trigger('restore', {{ values }}))"

    def restore(self, event: gr.EventData) -> list[Any]:
        """Values for the targets that were asked for, and the same as text. Warns of what was refused.

        The others keep what they show: a person may have changed them while the answer was under way.
        """
        sent = getattr(event, "values", None)
        asked = sent if isinstance(sent, dict) else {}
        values, texts, refused = self.read(asked)
        if refused:
            gr.Warning(escape(" ".join(refused)), title="Part of the link was left out")
        updates = [
            binding.update(values[name]) if name in asked else gr.skip()
            for name, binding in self.bindings.items()
        ]
        return [*updates, {name: text for name, text in texts.items() if name in asked}]

    def read(self, asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str], list[str]]:
        """Checked values by name, their texts, and a sentence for each that was refused."""
        values: dict[str, Any] = {}
        texts: dict[str, str] = {}
        refused = []
        for name, binding in self.bindings.items():
            text = asked.get(name, binding.default)
            try:
                values[name] = binding.parse(text if isinstance(text, str) else "")
                texts[name] = text_of(values[name])
            except NotInLink as error:
                refused.append(f"{name}: {error}")
                values[name] = default_of(binding.target)
                texts[name] = binding.default
        return values, texts, refused


def tabs_of(tabs: gr.Tabs) -> list[gr.Tab]:
    return [child for child in tabs.children if isinstance(child, gr.Tab)]


def default_of(target: Target) -> Any:
    """What the target shows before anybody touches it."""
    if isinstance(target, gr.Tabs):
        return target.selected if target.selected is not None else tabs_of(target)[0].id
    return target.value


def text_of(value: Any) -> str:
    """As the browser writes it, so that a default is recognised (String(1.0) is "1" there)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        return ",".join(text_of(one) for one in value)
    return str(value)


def parser_of(target: Target) -> Callable[[str], Any]:
    """How an address's text becomes the target's value. Raises TypeError for an unknown component."""
    match target:
        case gr.Tabs():
            if any(tab.id is None for tab in tabs_of(target)):
                raise ValueError("Each gr.Tab needs an id before its gr.Tabs can stand in a link.")
            return one_of({text_of(tab.id): tab.id for tab in tabs_of(target)})
        case gr.CheckboxGroup() | gr.Dropdown(multiselect=True):
            choice = one_of({text_of(value): value for _, value in target.choices})
            return lambda text: [choice(part) for part in text.split(",") if part]
        case gr.Dropdown(allow_custom_value=True):
            return short_text(TEXT_LIMIT)
        case gr.Dropdown() | gr.Radio():
            default = {text_of(target.value): target.value}  # nothing chosen is a state, too
            return one_of(default | {text_of(value): value for _, value in target.choices})
        case gr.Checkbox():
            return one_of({"1": True, "0": False})
        case gr.Slider():
            return number(target.minimum, target.maximum, target.step)
        case gr.Number():
            whole = target.precision == 0
            return number(target.minimum, target.maximum, 1 if whole else None)
        case gr.Textbox():
            return short_text(target.max_length or TEXT_LIMIT)
        case _:
            raise TypeError(f"A {type(target).__name__} cannot stand in a link.")


def one_of(values: dict[str, Any]) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        if text not in values:
            raise NotInLink(f"there is no “{text[:40]}” to choose here.")
        return values[text]

    return parse


def number(least: float | None, most: float | None, step: float | None) -> Callable[[str], float | int]:
    """Within the limits, and on the grid of `step` above the least value."""

    def parse(text: str) -> float | int:
        try:
            value = float(text)
        except ValueError:
            raise NotInLink(f"“{text[:40]}” is no number.") from None
        # Written so that NaN fails it.
        if not ((least is None or value >= least) and (most is None or value <= most) and abs(value) < 1e15):
            raise NotInLink(f"{text[:40]} is not between {least} and {most}.")
        if step:
            origin = least or 0
            value = float(round(origin + round((value - origin) / step) * step, 10))
        return int(value) if value.is_integer() else value

    return parse


def short_text(limit: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if len(text) > limit:
            raise NotInLink(f"the text is longer than {limit} characters.")
        return text

    return parse
