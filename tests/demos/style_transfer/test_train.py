"""The painter's training: what it sees, its loss, and that a stopped run goes on as if it had not been."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch
from PIL import Image

from demos.style_transfer import paintings
from demos.style_transfer.losses import STYLE_LAYERS
from demos.style_transfer.model import LARGEST_STROKE, SMALLEST_STROKE, StyleModel
from demos.style_transfer.train import (
    Phase,
    Settings,
    content_error,
    detail_at,
    save,
    style_error,
    train,
    with_features,
)
from demos.style_transfer.train_features import save as save_features
from gallery.device import pick_device
from tests.demos.style_transfer.conftest import random_style_model, stripes

CPU = pick_device("cpu")
TINY = Settings(
    phases=(Phase(2, 4, 3.0, False, False), Phase(2, 2, 20.0, True, True)), batch=2, crop=32, strokes=2
)


@pytest.fixture
def photographs() -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randint(256, (3, 3, paintings.SIDE, paintings.SIDE), generator=random, dtype=torch.uint8)


@pytest.fixture
def styles(random_model: StyleModel) -> paintings.Styles:
    seen = [paintings.seen_at(stripes(96, 64, seed), 0.25 * 2**seed, Settings()) for seed in range(3)]
    return paintings.look_at(random_model, seen, CPU)


def test_phases_follow_each_other() -> None:
    first, second = TINY.phases
    assert [TINY.phase(step) for step in range(4)] == [(first, 0), (first, 1), (second, 0), (second, 1)]
    assert TINY.steps == 4
    with pytest.raises(ValueError, match="fewer steps"):
        TINY.phase(4)


def test_the_learning_rate_rises_and_falls_in_each_phase() -> None:
    settings = Settings(phases=(Phase(50, 100, 1.0, False, False), Phase(100, 100, 1.0, True, True)))
    rates = [settings.learning_rate(step) for step in range(150)]
    assert rates[0] == rates[50] == 0
    assert max(rates) == pytest.approx(settings.peak_learning_rate)
    assert rates[149] < 0.02 * settings.peak_learning_rate
    assert rates[10:50] == sorted(rates[10:50], reverse=True)


def test_small_strokes_keep_detail_and_large_ones_need_not() -> None:
    strokes = torch.tensor([SMALLEST_STROKE, 1.0, LARGEST_STROKE])
    assert detail_at(strokes, TINY.phases[0]).tolist() == [1, 1, 1]
    assert detail_at(strokes, TINY.phases[1]).tolist() == pytest.approx([1, 0.5, 0])


@pytest.mark.parametrize("centred", [False, True])
def test_the_painting_itself_has_no_style_error(random_model: StyleModel, centred: bool) -> None:
    picture, stroke = paintings.seen_at(stripes(128, 96), 0.5, Settings())
    seen = paintings.look_at(
        random_model, [(picture, stroke)], dataclasses.replace(CPU, training_dtype=torch.float32)
    )
    found = random_model.features(picture)
    assert style_error(found, seen, torch.tensor([0]), centred) < 0.02
    assert style_error({name: 2 * x for name, x in found.items()}, seen, torch.tensor([0]), centred) > 0.5


def test_content_does_not_depend_on_mean_and_spread(random_model: StyleModel) -> None:
    found = random_model.features(torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    other = {name: 3 * x + 5 for name, x in found.items()}
    assert content_error(other, found, torch.ones(2)) < 0.01
    turned = {name: x.flip(3) for name, x in found.items()}
    assert content_error(turned, found, torch.ones(2)) > content_error(turned, found, torch.zeros(2)) > 0.1


def test_a_stopped_run_goes_on_as_if_it_had_not_been_stopped(
    photographs: torch.Tensor, styles: paintings.Styles, tmp_path: Path
) -> None:
    def run(settings: Settings, out: str) -> dict[str, torch.Tensor]:
        (tmp_path / out).mkdir(exist_ok=True)
        model = random_style_model()
        model.painter.requires_grad_(True)
        train(model, photographs, styles, settings, CPU, tmp_path / out)
        return model.painter.state_dict()

    whole = run(TINY, "whole")
    run(dataclasses.replace(TINY, phases=TINY.phases[:1]), "parts")
    resumed = run(TINY, "parts")
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, msg=name)
    before = random_style_model().painter.state_dict()
    assert any(not torch.equal(before[name], value) for name, value in whole.items())
    rows = (tmp_path / "parts" / "painter.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["step", "2", "4"]


def test_what_is_saved_is_what_was_trained(tmp_path: Path, random_model: StyleModel) -> None:
    save_features(random_model.features, tmp_path / "features.safetensors")
    model = with_features(tmp_path / "features.safetensors")
    for name, value in random_model.features.state_dict().items():
        torch.testing.assert_close(model.features.state_dict()[name], value, atol=1e-3, rtol=1e-3)
    save(random_model, tmp_path / "painter.safetensors")
    assert (tmp_path / "painter.safetensors").stat().st_size < 10_000_000


def test_paintings_are_looked_at_once(
    tmp_path: Path, photographs: torch.Tensor, random_model: StyleModel
) -> None:
    stripes(90, 70).save(tmp_path / "colour.jpg")
    Image.new("RGB", (80, 80), "grey").save(tmp_path / "grey.jpg")
    found = paintings.paintings_in([tmp_path])
    assert [path.name for path in found] == ["colour.jpg"]
    settings = dataclasses.replace(TINY, photographs_as_styles=1)
    cache = tmp_path / "styles.pt"
    seen = paintings.all_styles(random_model, found, photographs, settings, CPU, cache)
    assert len(seen) == len(settings.hues) * settings.strokes + 1
    assert seen.strokes.tolist()[:2] == [SMALLEST_STROKE, LARGEST_STROKE]
    assert seen.grams["relu3_1"].shape == (len(seen), 128, 128)
    again = paintings.all_styles(random_model, [], photographs, settings, CPU, cache)
    assert all(torch.equal(again.means[name], seen.means[name]) for name in STYLE_LAYERS)


def test_colours_are_turned_and_nothing_else() -> None:
    image = stripes(40, 30)
    assert paintings.turn_hue(image, 0.0) is image
    back = paintings.turn_hue(paintings.turn_hue(image, 0.5), 0.5)
    values = [one.convert("HSV").getchannel("V").tobytes() for one in (image, back)]
    assert max(abs(a - b) for a, b in zip(*values, strict=True)) <= 3
