"""What was measured, as HTML: progress, figures, worst pairs with examples, matrix, calibration."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Callable
from html import escape
from pathlib import Path

from PIL import Image

from demos.imagenet.measure import Confusion, Report, Share, Update
from demos.imagenet.names import ClassNames

STYLE = f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>"
THUMBNAIL = 72  # pixels a side
MATRIX = 8  # classes a side
CLASSES = 20  # rows of the table of classes that are shown at once
Thumbnail = Callable[[str], Image.Image]


def progress(update: Update) -> str:
    """The bar, the two figures so far, and what was left out."""
    share = update.done / update.total if update.total else 0
    speed = update.done / update.seconds if update.seconds > 0.5 else 0
    state = "Stopped" if update.stopped else "Done" if update.finished else "Measuring"
    detail = f"{update.done:,} of {update.total:,} pictures" + (f", {speed:,.0f} a second" if speed else "")
    figures = figure("top-1", update.top1) + figure("top-5", update.top5)
    return (
        f'{STYLE}<div class="measured"><p class="state">{state}: {detail}</p>'
        f'<div class="line" role="progressbar" aria-label="Pictures measured" aria-valuemin="0" '
        f'aria-valuemax="{update.total}" aria-valuenow="{update.done}">'
        f'<i style="width:{share:.1%}"></i></div>'
        f'<div class="figures">{figures}</div>{notes(update)}</div>'
    )


def figure(title: str, share: Share) -> str:
    if not share.total:
        return f"<div><b>–</b><span>{title}</span></div>"
    low, high = share.interval
    return (
        f"<div><b>{percent(share.value)}</b><span>{title}: {share.hits:,} of {share.total:,}</span>"
        f"<small>95 % interval {percent(low)} to {percent(high)}</small></div>"
    )


def notes(update: Update) -> str:
    if not update.notes:
        return ""
    items = "".join(f"<li>{escape(note)}</li>" for note in update.notes)
    return f'<ul class="notes" aria-label="What was left out">{items}</ul>'


def report(report: Report, names: ClassNames, read: Thumbnail) -> str:
    """All tables of a report. `read` gives the picture with a name; one that cannot be read is not shown."""
    if not report.confusions:
        pairs = "<p>No picture was taken for another class.</p>"
    else:
        pairs = worst_pairs(report.confusions, names, read) + matrix(report, names)
    return f'<div class="measured">{pairs}{calibration(report)}{classes(report, names)}</div>'


def worst_pairs(confusions: tuple[Confusion, ...], names: ClassNames, read: Thumbnail) -> str:
    rows = "".join(
        f"<tr><td>{escape(names.title(one.truth))}</td><td>{escape(names.title(one.guess))}</td>"
        f'<td class="number">{one.share.hits} of {one.share.total}</td>'
        f'<td class="examples">{"".join(thumbnail(name, read) for name in one.names)}</td></tr>'
        for one in confusions
    )
    return table("Most frequent confusions", ("What it is", "Taken for", "How often", "Examples"), rows)


def thumbnail(name: str, read: Thumbnail) -> str:
    try:
        image = read(name)
    except Exception:  # it could be read before; an example less is no harm
        return ""
    image.thumbnail((THUMBNAIL * 2, THUMBNAIL * 2))
    packed = io.BytesIO()
    image.save(packed, "JPEG", quality=80)
    source = base64.b64encode(packed.getvalue()).decode()
    label = escape(name)
    return f'<img src="data:image/jpeg;base64,{source}" alt="{label}" title="{label}" height="{THUMBNAIL}">'


def matrix(report: Report, names: ClassNames) -> str:
    """Rows are what it is, columns what it was taken for, of the classes in the worst pairs."""
    pairs = [index for one in report.confusions for index in (one.truth, one.guess)]
    chosen = list(dict.fromkeys(pairs))[:MATRIX]
    counts = Counter((answer.truth, answer.best[0]) for answer in report.answers)
    totals = Counter(answer.truth for answer in report.answers)
    rows = ""
    for truth in chosen:
        cells = ""
        for guess in chosen:
            count = counts[truth, guess]
            share = count / totals[truth] if totals[truth] else 0
            kind = "right" if truth == guess else "wrong"
            cells += f'<td class="cell {kind}" style="--share:{share * 100:.0f}%">{count or ""}</td>'
        other = totals[truth] - sum(counts[truth, guess] for guess in chosen)
        cells += f'<td class="cell">{other or ""}</td>'
        rows += f'<tr><th scope="row">{escape(names.title(truth))}</th>{cells}</tr>'
    head = ("is ↓   taken for →", *(names.title(index) for index in chosen), "another class")
    return table("Confusion matrix of these classes", head, rows, "matrix")


def calibration(report: Report) -> str:
    rows = "".join(
        f"<tr><td>{100 * one.low:.0f} to {100 * one.high:.0f} %</td>"
        f'<td class="number">{one.right.total:,}</td>'
        f'<td class="number">{percent(one.confidence)}</td><td class="number">{percent(one.right.value)}</td>'
        f'<td class="gauge"><i style="width:{one.right.value:.1%}"></i>'
        f'<u style="left:{one.confidence:.1%}"></u></td></tr>'
        for one in report.bins
    )
    caption = f"Calibration: sure and right differ by {percent(report.calibration_error)} in the mean"
    head = ("How sure it was", "Pictures", "Sure, mean", "Right", "Bar: right; mark: sure")
    return table(caption, head, rows)


def classes(report: Report, names: ClassNames) -> str:
    rows = [
        f'<tr><td>{escape(names.title(one.index))}</td><td class="number">{one.top1.total}</td>'
        f'<td class="number">{percent(one.top1.value)}</td>'
        f'<td class="number">{percent(one.top5.value)}</td></tr>'
        for one in report.classes
    ]
    head = ("Class", "Pictures", "Top-1", "Top-5")
    first = table("Classes, worst first", head, "".join(rows[:CLASSES]))
    if len(rows) <= CLASSES:
        return first
    rest = table("The other classes", head, "".join(rows[CLASSES:]))
    return f"{first}<details><summary>The other {len(rows) - CLASSES} classes</summary>{rest}</details>"


def table(caption: str, head: tuple[str, ...], rows: str, kind: str = "") -> str:
    titles = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="{kind}">'
        f"<caption>{escape(caption)}</caption><thead><tr>{titles}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"
