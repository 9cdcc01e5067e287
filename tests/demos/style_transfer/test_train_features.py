"""How the features were trained: folding, the recipe, and a run that is stopped and resumed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from demos.style_transfer import train_features
from demos.style_transfer.features import DEPTHS, FeatureNetwork, layer_names
from demos.style_transfer.train_features import (
    Classifier,
    Photographs,
    Settings,
    augment,
    folded,
    save,
    train,
)
from gallery.device import pick_device

TINY = Settings(resolutions=((1, 16), (2, 32)), batch=4)


def random_classifier() -> Classifier:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        classifier = Classifier()
        for norm in classifier.norms.values():
            torch.nn.init.uniform_(norm.weight, 0.5, 2)
            torch.nn.init.normal_(norm.bias, std=0.3)
            torch.nn.init.normal_(norm.running_mean, std=0.3)
            torch.nn.init.uniform_(norm.running_var, 0.2, 2)
    return classifier.eval().requires_grad_(False)


def test_folding_changes_no_feature_but_in_its_scale() -> None:
    classifier = random_classifier()
    pictures = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    heard: dict[str, Tensor] = {}
    for name, norm in classifier.norms.items():
        norm.register_forward_hook(lambda m, i, output, name=name: heard.__setitem__(name, F.relu(output)))
    classifier(pictures)
    found = folded(classifier, pictures)(pictures)
    assert tuple(found) == tuple(heard) == layer_names(DEPTHS)
    for name, x in found.items():
        means = heard[name].mean((0, 2, 3))
        awake = means > 1e-3
        assert awake.double().mean() > 0.5
        expected = heard[name] / means.clamp(min=1e-3).view(1, -1, 1, 1)
        torch.testing.assert_close(x, expected, rtol=1e-2, atol=1e-2)
        torch.testing.assert_close(x.mean((0, 2, 3))[awake], torch.ones(int(awake.sum())), rtol=1e-2, atol=0)


def test_recipe() -> None:
    settings = Settings()
    rates = [settings.learning_rate(progress / 100) for progress in range(101)]
    assert max(rates) == pytest.approx(settings.peak_learning_rate)
    assert rates.index(max(rates)) == round(100 * settings.warm_up)
    assert rates[0] == 0
    assert rates[-1] == pytest.approx(0, abs=1e-9)
    assert [TINY.image_size(epoch) for epoch in range(TINY.epochs)] == [16, 32]


def test_augmented_pictures() -> None:
    images = torch.randint(256, (6, 3, 64, 64), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    one, again, other = (
        augment(images, 48, Settings(), torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert one.shape == (6, 3, 48, 48)
    assert one.min() >= 0
    assert one.max() <= 1
    assert torch.equal(one, again)
    assert not torch.allclose(one, other)


def test_a_stopped_run_goes_on_as_if_nothing_had_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = torch.Generator().manual_seed(0)
    images = torch.randint(256, (12, 3, 64, 64), dtype=torch.uint8, generator=random)
    labels = torch.arange(12)
    data = Photographs(images[:8], labels[:8], images[8:], labels[8:])
    whole, stopped, device = tmp_path / "whole", tmp_path / "stopped", pick_device("cpu")
    whole.mkdir()
    stopped.mkdir()
    expected = train(data, TINY, device, whole).state_dict()

    def interrupted(*arguments: object) -> float:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(train_features, "accuracy", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(data, TINY, device, stopped)
    for name, value in train(data, TINY, device, stopped).state_dict().items():
        assert torch.equal(value, expected[name]), name
    assert len((whole / "features.csv").read_text().splitlines()) == 1 + TINY.epochs


def test_saved_under_the_names_of_the_whole_model(tmp_path: Path) -> None:
    network = FeatureNetwork(widths=(2, 2, 2, 2, 2))
    path = tmp_path / "weights" / "features.safetensors"
    save(network, path)
    state = load_file(path)
    assert set(state) == {f"features.{name}" for name in network.state_dict()}
    for name, value in network.state_dict().items():
        assert state[f"features.{name}"].dtype == torch.float16
        torch.testing.assert_close(state[f"features.{name}"].float(), value, rtol=1e-3, atol=1e-3)
