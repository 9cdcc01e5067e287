"""Every network of the dropdown: its architecture, its file, its preprocessing, its figures."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from demos.imagenet import engine, models
from demos.imagenet.models import BY_KEY, EMBEDDED, MODELS, PUBLIC, Public
from gallery.preprocessing import CentreCrop, PublishedCrop
from gallery.runtime import Runtime
from gallery.weights import HubFile, ModelSpec, Torchvision, blueprint_of

CHECKPOINTS = Path(__file__).parents[4] / "shared" / "hub" / "checkpoints"
MOBILENET = BY_KEY["torchvision/mobilenet_v2-v1"]
public = pytest.mark.parametrize("public", PUBLIC, ids=[one.key.split("/")[1] for one in PUBLIC])


@pytest.fixture
def photograph() -> Image.Image:
    noise = np.random.default_rng(2).integers(0, 255, (12, 17, 3), np.uint8)
    return Image.fromarray(noise).resize((510, 360), Image.Resampling.BICUBIC)


def test_the_embedded_one_comes_first_and_keys_are_unique() -> None:
    assert next(iter(MODELS)) == EMBEDDED.key == "imagenet/embedded"
    assert len(MODELS) == 1 + len(PUBLIC)
    assert len({spec.title for spec in MODELS.values()}) == len(MODELS)


def test_importing_the_list_does_not_import_torchvision() -> None:
    import subprocess
    import sys

    code = "import sys, demos.imagenet; sys.exit('torchvision' in sys.modules or 'gradio' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


@public
def test_architecture_takes_its_own_names(public: Public) -> None:
    """Built without memory, it accepts a state dict of its shapes, and Grad-CAM's layer exists."""
    model = blueprint_of(public.spec())
    state = {name: torch.empty_like(value) for name, value in model.state_dict().items()}
    model.load_state_dict(state, assign=True)
    assert isinstance(model.get_submodule(public.cam.name), nn.Module)
    counted = sum(p.numel() for name, p in model.named_parameters() if not auxiliary(name))
    published = models.published_figures(public.key).parameters
    # The published count of Inception v3 includes its auxiliary classifier, GoogLeNet's does not.
    assert counted == published or sum(p.numel() for p in model.parameters()) == published


def auxiliary(name: str) -> bool:
    return name.lower().startswith(("aux1.", "aux2.", "auxlogits."))


@public
def test_heat_map_has_the_layers_shape(public: Public) -> None:
    """On the meta device nothing is computed, yet every shape is there."""
    model = blueprint_of(public.spec()).eval()
    heard: list[torch.Tensor] = []
    layer = model.get_submodule(public.cam.name)
    layer.register_forward_hook(lambda module, inputs, output: heard.append(public.cam.grid(output)))
    size = published_crop(public).crop
    logits = model(torch.zeros(1, 3, size, size, device="meta"))
    assert logits.shape == (1, 1000)
    _, channels, height, width = heard[0].shape
    assert height == width
    assert 7 <= height <= 14
    assert channels >= 256


def published_crop(public: Public) -> CentreCrop:
    return PublishedCrop(public.model, public.weights).centre_crop


@public
def test_file_name_tells_its_digest(public: Public) -> None:
    source = public.spec().source
    assert isinstance(source, Torchvision)
    assert len(source.file.sha256) == 8
    int(source.file.sha256, 16)
    assert source.file.filename.endswith(f"-{source.file.sha256}.pth")


@public
def test_preprocessing_is_torchvisions(public: Public, photograph: Image.Image) -> None:
    """Ours resamples only the square that is kept; pixels agree but for rounding at the edges."""
    from torchvision.models import get_model_weights

    theirs = get_model_weights(public.model)[public.weights].transforms()(photograph)
    spec = public.spec()
    assert spec.preprocessing is not None
    ours = spec.preprocessing(photograph)
    assert ours.shape == theirs.shape
    assert float((ours - theirs).abs().mean()) < 0.05  # in units of a standard deviation


@public
def test_published_figures(public: Public) -> None:
    figures = models.published_figures(public.key)
    assert 50 < figures.top1 < figures.top5 < 100
    assert figures.giga_multiply_adds > 0.1


def test_published_figures_of_alexnet() -> None:
    figures = models.published_figures("torchvision/alexnet-v1")
    assert (figures.top1, figures.top5, figures.parameters) == (56.522, 79.066, 61_100_840)


def test_figures_of_the_embedded_network_are_the_cards() -> None:
    from gallery.card import Card

    card = Card.read(models.FOLDER / "card.md")
    figures = models.published_figures(EMBEDDED.key)
    assert figures.top1 == pytest.approx(100 * card.metrics["val_top1"])
    assert figures.parameters == 4_761_896


def test_class_names() -> None:
    own = models.class_names(EMBEDDED.key)
    assert len(own) == len(set(own)) == len({name for _, name in own}) == 200
    assert [wnid for wnid, _ in own] == sorted(wnid for wnid, _ in own)
    assert own[0] == ("n01443537", "goldfish")
    thousand = models.class_names(MOBILENET.key)
    assert len(thousand) == 1000
    assert thousand[1] == ("n01443537", "goldfish")
    # The 200 are among the 1,000 and are called the same there.
    assert set(own) <= set(thousand)


# ---- files as the hub would send them ------------------------------------------------------


def as_on_the_hub(model: nn.Module, public: Public, home: Path) -> ModelSpec:
    """Saves the network under the name that torchvision downloads, but with its own digest."""
    from dataclasses import replace

    folder = home / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save(model.state_dict(), folder / "unnamed.pth")
    digest = hashlib.sha256((folder / "unnamed.pth").read_bytes()).hexdigest()
    source = public.spec().source
    assert isinstance(source, Torchvision)
    stem = source.file.filename.rsplit("-", 1)[0]
    path = (folder / "unnamed.pth").rename(folder / f"{stem}-{digest[:8]}.pth")
    return replace(public.spec(), source=HubFile(f"https://hub.invalid/{path.name}", digest[:8]))


@pytest.mark.parametrize(
    "key", ["squeezenet1_1-v1", "mobilenet_v2-v1", "mobilenet_v3_large-v2", "efficientnet_b0-v1"]
)
def test_a_file_of_the_right_shape_is_loaded(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photograph: Image.Image
) -> None:
    public = BY_KEY[f"torchvision/{key}"]
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    torch.manual_seed(0)
    made = public.architecture().eval()
    spec = as_on_the_hub(made, public, tmp_path)
    runtime = Runtime(device="cpu", offline=True)
    try:
        prediction = engine.predict(photograph, spec, runtime, heat_maps=True)
        assert spec.preprocessing is not None
        with torch.inference_mode():
            expected = made(spec.preprocessing(photograph)[None])[0].softmax(dim=0)
        for guess in prediction.guesses:
            assert guess.probability == pytest.approx(float(expected[guess.index]), rel=1e-4)
        assert prediction.heat_maps is not None
        assert prediction.heat_maps.shape[0] == 5
    finally:
        runtime.close()


def test_old_names_of_dense_layers_are_understood() -> None:
    """The published DenseNet file says norm.1 where the network says norm1."""
    public = BY_KEY["torchvision/densenet201-v1"]
    model = blueprint_of(public.spec())
    state = {}
    for name, value in model.state_dict().items():
        for kind in ("norm", "conv"):
            for number in "12":
                if "denselayer" in name:
                    name = name.replace(f".{kind}{number}.", f".{kind}.{number}.")
        state[name] = value
    assert any(".norm.1." in name for name in state)
    model.load_state_dict(state, assign=True)


def real_checkpoint(home: Path) -> None:
    found = CHECKPOINTS / "mobilenet_v2-b0353104.pth"
    if not found.exists():
        pytest.skip("no real checkpoint on this machine")
    (home / "hub" / "checkpoints").mkdir(parents=True)
    shutil.copy(found, home / "hub" / "checkpoints")


def test_real_weights_know_a_cat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Converted weights, so they have a digest of their own; the rest is the path of a download."""
    from dataclasses import replace

    from demos.imagenet.examples import example
    from gallery.inputs import open_image

    real_checkpoint(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    source = MOBILENET.spec().source
    assert isinstance(source, Torchvision)
    file = HubFile(source.file.url, sha256="1576a0f87613d27d3f96ef5abeea65c83b7728d9dc5d9320b12bbe67c28d196a")
    runtime = Runtime(device="cpu", offline=True)
    try:
        spec = replace(MOBILENET.spec(), source=file)
        prediction = engine.predict(open_image(example("cat").path), spec, runtime, heat_maps=True)
        assert prediction.guesses[0].name in {"tabby", "tiger cat", "Egyptian cat"}
        assert prediction.heat_maps is not None
        assert prediction.heat_maps.shape == (5, 7, 7)
        coffee = engine.predict(open_image(example("espresso").path), spec, runtime)
        assert "espresso" in [guess.name for guess in coffee.guesses]
    finally:
        runtime.close()


def test_another_digest_than_the_publishers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gallery.weights import WeightsCorrupt

    real_checkpoint(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(WeightsCorrupt, match="SHA-256"):
        MOBILENET.spec().source.fetch(offline=True)


def test_offline_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gallery.weights import WeightsUnreachable

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(WeightsUnreachable, match="offline"):
        MOBILENET.spec().source.fetch(offline=True)
