"""A run that goes on while one looks: self-play, learning, a match against the start, and again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import gradio as gr

from demos.go.zero import live
from demos.go.zero.live import Frame
from gallery import runtime
from gallery.demo import Demo
from gallery.events import says_why
from gallery.inputs import InputError
from gallery.widgets.chart import Chart, Figure, Kind, Mark, Rule

INTRODUCTION = f"""
### The loop, turning

Start a small run of your own. A generation plays {live.GAMES} games against itself, learns from them, and
plays a match against the untrained network. On so small a board a minute is enough to see it win.
"""
PHASES = {
    "play": "plays against itself",
    "learn": "learns from its games",
    "match": "plays against the start",
}
# A run holds no model of the house and may take minutes: it waits in a queue of its own.
RUNS: dict[str, Any] = {"concurrency_id": "go_zero_runs", "concurrency_limit": 2}

# By session, the run that goes on. Another object there, or none, ends it.
running: dict[str, object] = {}


@cache
def first() -> Frame:
    """The finished run that the page opens with."""
    return live.from_json(json.loads(live.FIRST_RESULT.read_text(encoding="utf-8")))


def panel(demo: Demo) -> None:
    start = first()
    gr.Markdown(INTRODUCTION)
    with gr.Row():
        size = gr.Radio(
            [(f"{n} x {n}", n) for n in live.SIZES], value=start.size, label="Board", scale=2, min_width=200
        )
        seed = gr.Slider(0, 9, 0, step=1, label="Random start", scale=2, min_width=160)
        run_button = gr.Button("Start the loop", variant="primary", scale=1, min_width=140)
        stop = gr.Button(
            "Stop", interactive=False, scale=1, min_width=80, elem_id=f"{demo.id}-zero-live-stop"
        )
    state = gr.HTML(told(start), elem_id=f"{demo.id}-zero-live-state")
    with gr.Row():
        share = Chart(value=share_curve(start), elem_id=f"{demo.id}-zero-live-share", min_width=280)
        loss = Chart(value=loss_curve(start), elem_id=f"{demo.id}-zero-live-loss", min_width=280)
    shared: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    run_button.click(run, [size, seed], [state, share, loss, stop], trigger_mode="once", **shared, **RUNS)
    stop.click(press_stop, None, stop, queue=False, **shared)


@says_why
def run(size: float, seed: float, request: gr.Request) -> Iterator[list[Any]]:
    """Updates of the page. Closing this generator, as a closed page does, ends the work."""
    if not 0 <= seed <= 9 or seed != int(seed):
        raise InputError("A random start is a whole number from 0 to 9.")
    session, token = str(request.session_hash), object()
    s = live.settings(int(size))
    running[session] = token
    work = live.turning(
        live.settings(int(size), int(seed)) if seed else s,
        lambda: running.get(session) is not token,
        turn=runtime.current().gate.turn,
    )
    stations = -1
    try:
        for frame in work:
            # Charts are drawn anew for a new generation only, buttons at both ends.
            news = len(frame.stations) != stations
            button = (
                gr.update(interactive=frame.doing is not None)
                if stations < 0 or frame.doing is None
                else gr.skip()
            )
            stations = len(frame.stations)
            curves = [share_curve(frame), loss_curve(frame)] if news else [gr.skip(), gr.skip()]
            yield [told(frame), *curves, button]
    finally:
        if running.get(session) is token:
            del running[session]


def press_stop(request: gr.Request) -> Any:
    running.pop(str(request.session_hash), None)
    return gr.update(interactive=False)


def told(frame: Frame) -> str:
    """What happens now, and the counters."""
    generation = len(frame.stations)
    if frame.doing is None:
        now = f"{'Stopped' if frame.stopped else 'Ended'} with generation {generation}."
    else:
        phases = " → ".join(
            f"<b>{text}</b>" if name == frame.doing.phase else text for name, text in PHASES.items()
        )
        now = f"Generation {generation} {phases} → and again"
    counters = (
        f"{frame.games:,} games",
        f"{frame.evaluations:,} positions evaluated",
        f"{frame.steps:,} steps of learning",
        f"{frame.seconds:.0f} s",
    )
    part = 0.0 if frame.doing is None or not frame.doing.total else frame.doing.done / frame.doing.total
    bar = (
        f'<progress value="{part:.2f}" max="1" aria-label="This part" '
        'style="width:100%;accent-color:var(--color-accent)"></progress>'
    )
    return (
        f"<p>{now}</p>{bar if frame.doing else ''}<p>{frame.size} x {frame.size}: {' · '.join(counters)}</p>"
    )


def share_curve(frame: Frame) -> Figure:
    """The share of points in each match against the untrained network, in per cent."""
    found = [(0, 50.0), *((station.generation, 100 * station.share) for station in frame.stations)]
    return Figure(
        title="Points won against the untrained network",
        y_title="Per cent of a match; 50 is as strong",
        marks=tuple(Mark(x, y, f"{y:.0f}", "share", prominent=x == found[-1][0]) for x, y in found),
        kinds=(Kind("share", "a generation", "circle"),),
        x_range=(-0.5, max(10, len(frame.stations)) + 0.5),
        y_range=(0, 105),
        rules=(Rule(50, "as strong as the start"),),
        unit=" %",
    )


def loss_curve(frame: Frame) -> Figure:
    """How far the network is from what the search found, and from who won."""
    policy = [Mark(s.generation, s.policy_loss, f"{s.policy_loss:.2f}", "policy") for s in frame.stations]
    value = [Mark(s.generation, s.value_loss, f"{s.value_loss:.2f}", "value") for s in frame.stations]
    top = max([3.0, *(mark.y * 1.1 for mark in policy)])
    return Figure(
        title="Losses while it learns",
        y_title="Lower is better",
        marks=(*policy, *value),
        kinds=(
            Kind("policy", "moves: cross-entropy to the visits, nats", "circle"),
            Kind("value", "winner: squared error", "diamond"),
        ),
        x_range=(-0.5, max(10, len(frame.stations)) + 0.5),
        y_range=(0, top),
    )
