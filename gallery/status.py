"""The status panel: device, memory, queue, and every model with its numbers."""

from __future__ import annotations

from html import escape

import gradio as gr

from gallery import runtime
from gallery.models import ModelStatus
from gallery.runtime import GalleryStatus

SECONDS = 2  # between two looks, while the panel is seen
COLUMNS = (
    "Model", "State", "Size", "Ready", "Loaded", "Waited", "Load time", "In use", "Evicted", "Last used",
)  # fmt: skip
NUMBERS = ("Size", "Ready", "Loaded", "Waited", "Load time", "In use")  # set flush right

# Asks only while someone looks, and puts the focus back where it was.
SCRIPT = (
    f"const PERIOD = {SECONDS * 1000};"
    + """
const look = async () => {
  if (document.hidden || element.offsetParent === null) return;
  const focused = element.contains(document.activeElement) ? document.activeElement.dataset.retry : undefined;
  props.value = await server.read_status();
  if (focused) setTimeout(() => element.querySelector(`[data-retry="${CSS.escape(focused)}"]`)?.focus());
};
element.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-retry]');
  if (button) { await server.retry_model(button.dataset.retry); look(); }
});
look();
setInterval(look, PERIOD);
"""
)


def status_panel() -> gr.HTML:
    return gr.HTML(
        '<p class="empty">Reading the server\'s status …</p>',
        js_on_load=SCRIPT,
        server_functions=[read_status, retry_model],
        elem_classes="status",
        apply_default_css=False,
    )


def read_status(_: object = None) -> str:
    """The panel's HTML now. Gradio hands every server function an argument, asked for or not."""
    return status_html(runtime.current().status())


def retry_model(key: str) -> None:
    """Forget why a model failed; the next one who uses it tries again."""
    runtime.current().cache.retry(str(key))


def status_html(status: GalleryStatus) -> str:
    cache = status.cache
    work = "at work" if status.busy else "idle"
    tiles = [
        tile("Device", status.device, work),
        memory_tile("Models on the device", cache.device_bytes, cache.device_budget, cache.device_peak_bytes),
        tile("Queue", str(status.queue_length), "waiting for the device"),
        tile("Process", in_bytes(status.process_memory), "resident memory"),
    ]
    if cache.host_budget:
        host = memory_tile(
            "Models in host memory", cache.host_bytes, cache.host_budget, cache.host_peak_bytes
        )
        tiles.insert(2, host)
    rows = "".join(model_row(model) for model in cache.models)
    columns = "".join(
        f'<th scope="col"{" class=n" if name in NUMBERS else ""}>{name}</th>' for name in COLUMNS
    )
    empty = '<tr><td colspan="10">No model has been asked for yet.</td></tr>'
    return f"""
<div class="tiles">{"".join(tiles)}</div>
<div class="table-scroll" role="region" aria-label="Models" tabindex="0"><table>
  <caption>Models</caption>
  <thead><tr>{columns}</tr></thead>
  <tbody>{rows or empty}</tbody>
</table></div>
<p class="note">Ready, loaded and waited count requests: the model was there, had to be loaded, or was
being loaded for somebody else already.</p>
"""


def tile(name: str, value: str, note: str, meter: str = "") -> str:
    return (
        f'<div class="tile"><span class="name">{escape(name)}</span><strong>{escape(value)}</strong>{meter}'
        f'<span class="note">{escape(note)}</span></div>'
    )


def memory_tile(name: str, used: int, budget: int, peak: int) -> str:
    share = min(100.0, 100 * used / budget) if budget else 0.0
    meter = f'<span class="meter" aria-hidden="true"><span style="width:{share:.1f}%"></span></span>'
    return tile(name, in_bytes(used), f"of {in_bytes(budget)}; at most {in_bytes(peak)} so far", meter)


def model_row(model: ModelStatus) -> str:
    state = model.state
    if model.state == "loading" and model.progress is not None:
        state = f"loading, {100 * model.progress:.0f} %"
    detail = f'<span class="note">{escape(model.detail)}</span>' if model.detail else ""
    retry = ""
    if model.state == "failed":
        key, title = escape(model.key), escape(model.title)
        retry = f'<button class="quiet" data-retry="{key}" aria-label="Retry {title}">Retry</button>'
    evictions = ", ".join(f"{count} × {reason}" for reason, count in model.evictions.items())
    seconds = f"{model.load_seconds:.2f} s" if model.load_seconds is not None else "–"
    return (
        f'<tr><th scope="row">{escape(model.title)}{detail}</th>'
        f'<td><span class="state {escape(model.state)}">{escape(state)}</span>{retry}</td>'
        f'<td class="n">{in_bytes(model.bytes) if model.bytes else "–"}</td><td class="n">{model.hits}</td>'
        f'<td class="n">{model.misses}</td><td class="n">{model.waits}</td><td class="n">{seconds}</td>'
        f'<td class="n">{model.leases}</td><td>{escape(evictions) or "–"}</td>'
        f"<td>{ago(model.last_use)}</td></tr>"
    )


def in_bytes(size: int) -> str:
    """Three digits and a decimal unit: 9.55 MB."""
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 999.5:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"


def ago(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    if seconds < 90:
        return f"{seconds:.0f} s ago"
    return f"{seconds / 60:.0f} min ago" if seconds < 5400 else f"{seconds / 3600:.0f} h ago"
