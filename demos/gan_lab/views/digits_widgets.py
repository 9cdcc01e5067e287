"""The two pictures of the view "Digits or clothes": the film of a training, and a training that goes on."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import gradio as gr

from demos.gan_lab.digits.engine import Page
from demos.gan_lab.digits.first import as_webp, first_sheet, sheet_of, shipped
from demos.gan_lab.digits.live import STEPS, Frame
from demos.gan_lab.digits.model import LABELS, MOMENTS
from demos.gan_lab.digits.pictures import NAMES, grid
from gallery.widgets.heatmap import as_file
from gallery.widgets.script import drawn_by

FOLDER = Path(__file__).parent
FILM = """
<figure class="film">
  <div class="strip" role="group" aria-label="Moments of the training"></div>
  <canvas class="page" role="img"></canvas>
  <div class="control"><button type="button" class="play">Play</button>
    <input class="scrub" type="range" min="0" step="1" aria-label="Moment"><output></output></div>
  <p class="columns"></p>
  <p class="told" role="status"></p>
</figure>
"""
RUN = """
<figure class="run">
  <p class="said"><b class="phase" role="status"></b> <span class="line"></span></p>
  <canvas class="page" role="img" hidden></canvas>
  <p class="legend"><b>Loss</b>
    <span class="key"><svg class="sample" aria-hidden="true"><path class="discriminator" d="M1 8H29"/>
      <rect class="discriminator" x="10.5" y="3.5" width="9" height="9"/></svg> discriminator</span>
    <span class="key"><svg class="sample" aria-hidden="true"><path class="generator" d="M1 8H29"/>
      <circle class="generator" cx="15" cy="8" r="4.5"/></svg> generator</span></p>
  <svg class="chart" role="img"></svg>
</figure>
"""


class FilmStrip(gr.HTML):
    """Give it what `film` returns. `select` fires when another moment is looked at."""

    # Keywords only: Gradio makes a component anew from them when an event updates it.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(value=value, html_template=FILM, **drawn_by(FOLDER, "digits_film"), **keywords)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


class LiveRun(gr.HTML):
    """Give it what `at_rest`, `waiting` and `at_work` return."""

    # Keywords only: see above.
    def __init__(self, *, value: dict[str, Any] | None = None, **keywords: Any) -> None:
        super().__init__(value=value, html_template=RUN, **drawn_by(FOLDER, "digits_run"), **keywords)

    def api_info(self) -> dict[str, Any]:
        return {"type": "object"}


# ---- the film --------------------------------------------------------------------------------------------


def first_film(which: str, moment: int) -> dict[str, Any]:
    """A value: the film that ships."""
    known = shipped(which)
    return film_of(which, moment, as_file(first_sheet(which)), known.taken, known.real)


def film(which: str, moment: int, pages: list[Page]) -> dict[str, Any]:
    """A value: a film that was drawn now."""
    taken, real = (tuple(getattr(page, name) for page in pages) for name in ("taken", "real"))
    return film_of(which, moment, as_url(as_webp(sheet_of(pages))), taken, real)


def film_of(
    which: str, moment: int, sheet: Any, taken: tuple[float, ...], real: tuple[float, ...]
) -> dict[str, Any]:
    named = shipped(which).named
    return {
        "which": which,
        "sheet": sheet,  # the pages of all moments, one below the other, 28 pixels a picture
        "across": LABELS,
        "moments": [str(step) for step in MOMENTS],
        "moment": str(moment),
        "read": [f"{100 * share:.0f} %" for share in named],
        "told": [told(*each) for each in zip(MOMENTS, named, taken, real, strict=True)],
        "columns": ", ".join(NAMES[which]),
    }


def told(moment: int, named: float, taken: float, real: float) -> str:
    """A moment in words. The discriminator's opinion is of the page that is seen."""
    when = "Before the first step" if moment == 0 else f"After {moment:,} steps"
    return (
        f"{when}, a judge who never played reads {100 * named:.1f} % of 10,000 drawings as what they should "
        f"be. Of the drawings above, this moment's discriminator takes {100 * taken:.0f} % for real; of 200 "
        f"real pictures, {100 * real:.0f} %."
    )


# ---- the run ---------------------------------------------------------------------------------------------


def at_rest(which: str, moment: int) -> dict[str, Any]:
    """A value: the curve of the training that ships, with the chosen moment marked."""
    return {
        "run": "",
        "sheet": None,
        "phase": f"The training of the {which}",
        "line": f"that ships: {MOMENTS[-1]:,} steps. Start one of your own at the moment you chose.",
        "curve": [list(point) for point in shipped(which).curve],
        "logarithmic": True,
        "range": [shipped(which).curve[0][0], MOMENTS[-1]],
        "here": str(moment),
    }


def waiting(run: str, which: str, moment: int) -> dict[str, Any]:
    """A value: pressed, and nothing drawn yet."""
    return at_rest(which, moment) | {"run": run, "phase": "Getting ready …", "line": ""}


def at_work(run: str, frame: Frame) -> dict[str, Any]:
    """A value: how a run stands."""
    many = frame.step - frame.start
    counters = f"{many:,} steps from {frame.start:,} on, {frame.rate:.1f} a second, {frame.seconds:.0f} s"
    what = frame.which.capitalize()
    phase = {
        "": f"{what}, step {frame.step:,}:",
        "stopped": f"{what}, stopped at step {frame.step:,}.",
        "time": f"{what}, time is up at step {frame.step:,}.",
        "steps": f"{what}, finished at step {frame.step:,}.",
    }[frame.ended]
    shown = max(20, many)
    return {
        "run": run,
        "sheet": as_url(as_webp(grid(frame.pictures, LABELS))),
        "phase": phase,
        "line": counters,
        "curve": [
            [point.step, round(point.losses.discriminator, 4), round(point.losses.generator, 4)]
            for point in frame.curve
        ],
        "logarithmic": False,
        "range": [frame.start, frame.start + min(shown, STEPS)],
        "here": None,
    }


def as_url(picture: bytes) -> str:
    """The picture itself inside a text: what a visitor makes need not lie on a disk."""
    return f"data:image/webp;base64,{base64.b64encode(picture).decode()}"
