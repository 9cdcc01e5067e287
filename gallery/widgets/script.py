"""A widget's script as a file of its own, which the browser fetches once and keeps.

Gradio puts the text of every `js_on_load` into the page, and a page with twenty demos would be mostly scripts
of widgets that few visitors open. So the page gets one line in its place, and server.py the text.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

EVENT = re.compile(r"""\btrigger\(\s*['"](\w+)['"]""")
TEXTS: dict[str, str] = {}  # by name, which holds the text's digest


def script(*paths: Path) -> str:
    """What a gr.HTML takes as `js_on_load` in place of the files' text, one after another.

    They see what Gradio gives them: element, trigger, props, server, upload and watch. They may run a moment
    after the widget is there, so they draw what `props` say then before they watch for changes.
    """
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    name = f"{paths[-1].stem}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    TEXTS[name] = text
    # Gradio looks in `js_on_load` for the names of the events that may be listened to.
    events = sorted(set(EVENT.findall(text)))
    return f'window.gallery.run("{name}", arguments, {json.dumps(events)})'


def drawn_by(folder: Path, name: str) -> dict[str, Any]:
    """Keywords of gr.HTML for the style `name`.css and the script `name`.js in a folder."""
    return {
        "css_template": (folder / f"{name}.css").read_text(encoding="utf-8"),
        "js_on_load": script(folder / f"{name}.js"),
        "apply_default_css": False,
    }
