"""Nobody waits for faces that nobody looks at: a part of the page that says when it comes to be seen."""

from __future__ import annotations

from typing import Any

import gradio as gr

# Fires `focus` whenever the part comes to be seen, be it by its own tab or by that of the demo.
WATCH = """
const look = ([place]) => place.isIntersecting && trigger('focus');
new IntersectionObserver(look, {rootMargin: '99999px'}).observe(element);
"""
# The last input of an event becomes whether the part of the page is seen.
SEEN = "(...inputs) => [...inputs.slice(0, -1), document.querySelector('#%s')?.offsetWidth > 0]"


def watcher() -> Any:
    return gr.HTML("", html_template="<i></i>", js_on_load=WATCH, apply_default_css=False)


def seen() -> gr.Checkbox:
    return gr.Checkbox(False, visible="hidden", label="Seen")
