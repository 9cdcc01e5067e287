"""History: every point is sourced, and every torchvision row is what torchvision itself states."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from demos.imagenet.history import (
    DATA,
    HUMAN_TOP5,
    HistoryError,
    Measure,
    Point,
    best_so_far,
    history,
    model_keys,
    parse,
    read,
)
from demos.imagenet.models import MODELS
from gallery.weights import Torchvision

TORCHVISION = [point for point in history() if point.weights]


@pytest.mark.parametrize("point", TORCHVISION, ids=lambda point: point.model)
def test_torchvision_rows_equal_its_metadata(point: Point) -> None:
    from torchvision.models import get_model_weights

    assert point.weights is not None
    meta = get_model_weights(point.weights[0])[point.weights[1]].meta
    published = meta["_metrics"]["ImageNet-1K"]
    assert point.top1 == published["acc@1"]
    assert point.top5 == published["acc@5"]
    assert point.parameters == meta["num_params"]
    assert point.gmacs == meta["_ops"]
    assert (point.kind, point.known) == ("torchvision", "metadata")


def test_every_point_has_a_source() -> None:
    assert len(history()) > 40
    for point in history():
        assert point.source
        assert point.url.startswith("https://") or point.kind == "lecture"
    assert len({point.model for point in history()}) == len(history())


def test_the_lectures_numbers_are_there_with_their_caveats() -> None:
    by_name = {point.model: point for point in history()}
    assert by_name["ViT-G/14"].top1 == 90.45
    assert by_name["Meta Pseudo Labels"].top5 == 98.8
    assert "lecture" in by_name["ViT-G/14"].note
    assert "lecture" in by_name["Meta Pseudo Labels"].note
    lecture = by_name["The lecture's AlexNet"]
    assert (lecture.top5, lecture.known) == (75, "lecture")
    assert "matches no published AlexNet figure" in lecture.note
    assert pytest.approx(100 - 5.1) == HUMAN_TOP5


def test_the_winners_of_the_challenge_are_complete() -> None:
    errors = {2010: 28.2, 2011: 25.8, 2012: 15.3, 2013: 11.7, 2014: 6.67, 2015: 3.57, 2016: 2.99, 2017: 2.251}
    winners = {point.year: point.top5 for point in history() if point.kind == "winner"}
    assert winners == {year: pytest.approx(100 - error) for year, error in errors.items()}


@pytest.mark.parametrize("measure", ["top1", "top5", "parameters"])
def test_best_so_far_is_a_rising_staircase(measure: Measure) -> None:
    steps = best_so_far(history(), measure)
    assert [year for year, _ in steps] == sorted({year for year, _ in steps})
    for year, value in steps:
        until = [
            p.value(measure) for p in history() if p.year <= year and p.known not in ("lecture", "recalled")
        ]
        assert value == max(v for v in until if v is not None)
    assert [value for _, value in steps] == sorted({value for _, value in steps})


def test_a_point_leads_to_the_very_weights_it_describes() -> None:
    keys = model_keys(history(), MODELS.values())
    assert len(keys) >= 10
    by_name = {point.model: point for point in history()}
    for name, key in keys.items():
        source = MODELS[key].source
        assert isinstance(source, Torchvision)
        assert by_name[name].weights == (source.model, source.weights)


def good_row() -> dict[str, str]:
    with DATA.open(newline="", encoding="utf-8") as file:
        return next(row for row in csv.DictReader(file) if row["weights"])


@pytest.mark.parametrize(
    "change",
    [
        {"year": "1066"},
        {"year": "soon"},
        {"source": ""},
        {"kind": "rumour"},
        {"known": "surely"},
        {"top1": "101"},
        {"top1": "99", "top5": "98"},
        {"top1": "", "top5": "", "parameters": ""},
        {"url": "javascript:alert(1)"},
    ],
)
def test_a_wrong_row_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(HistoryError):
        parse(good_row() | change)


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text("year,model\n2012,AlexNet\n")
    with pytest.raises(HistoryError, match="lacks a column"):
        read(file)


def test_the_figures_hold_all_points_within_their_axes() -> None:
    from demos.imagenet import DEMO
    from demos.imagenet.views.history import figure, table

    measures: tuple[Measure, ...] = ("top1", "top5", "parameters")
    for measure in measures:
        drawn = figure(DEMO, measure)
        expected = sum(point.value(measure) is not None for point in history())
        assert len(drawn.marks) == expected + 1
        assert [mark.kind for mark in drawn.marks if mark.x is None] == ["own"]
        for mark in drawn.marks:
            assert drawn.y_range[0] <= mark.y <= drawn.y_range[1]
            assert mark.x is None or drawn.x_range[0] <= mark.x <= drawn.x_range[1]
    own = next(mark for mark in figure(DEMO, "top5").marks if mark.x is None)
    assert own.y == pytest.approx(DEMO.card.metrics["val_top5"] * 100, abs=0.06)
    assert "200 classes" in own.details[0]
    assert [rule.y for rule in figure(DEMO, "top5").rules] == [HUMAN_TOP5]
    assert table(DEMO).count("<tr>") == len(history()) + 1
