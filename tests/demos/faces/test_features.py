"""The space in which faces are compared, and the portraits that are compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter

from demos.faces.engine import to_pictures
from demos.faces.features import FEATURES, SPEC, FaceFeatures, batches, features_of
from demos.faces.neighbours import both_ways, index
from demos.faces.portraits import Real
from gallery.weights import filled


@pytest.fixture(scope="module")
def judge() -> FaceFeatures:
    model = filled(SPEC, *SPEC.source.fetch(offline=True))
    assert isinstance(model, FaceFeatures)
    return model


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    """40 training faces as they ship, enlarged."""
    side = (128, 128)
    return np.stack([np.asarray(index().thumbnail(i).resize(side)) for i in range(40)])


def test_shapes_and_batches(judge: FaceFeatures, faces: np.ndarray) -> None:
    found = features_of(judge, faces[:5])
    assert found.shape == (5, FEATURES)
    assert found.dtype == np.float32
    assert np.allclose(found[2:4], features_of(judge, faces[2:4]), atol=1e-4)
    assert features_of(judge, faces[:0]).shape == (0, FEATURES)
    assert [len(part) for part in batches(faces, 16)] == [16, 16, 8]


def test_it_sees_the_same_at_any_size(judge: FaceFeatures, faces: np.ndarray) -> None:
    large = np.stack([np.asarray(Image.fromarray(face).resize((256, 256))) for face in faces[:4]])
    near, other = features_of(judge, faces[:4]), features_of(judge, faces[4:8])
    assert np.linalg.norm(features_of(judge, large) - near, axis=1).max() < 2
    assert np.linalg.norm(near - other, axis=1).min() > 2


def test_an_altered_copy_is_nearest_to_its_original(judge: FaceFeatures, faces: np.ndarray) -> None:
    """The space is not blind to faces: among 40 it tells each one from the others."""
    altered = []
    for number, face in enumerate(faces):
        moved = Image.fromarray(face).transform(
            (128, 128), Image.Transform.AFFINE, (1.02, 0.02, number % 5 - 2, -0.02, 1.02, number % 3 - 1)
        )
        soft = np.asarray(moved.filter(ImageFilter.GaussianBlur(1)), np.float32)
        altered.append(np.clip(soft * 0.9 + 8, 0, 255).astype(np.uint8))
    known = features_of(judge, faces)
    table = ((features_of(judge, np.stack(altered))[:, None] - known[None]) ** 2).sum(axis=2)
    assert (table.argmin(axis=1) == np.arange(len(faces))).mean() > 0.9


def test_gradients_flow_to_the_picture_and_not_into_the_network(
    judge: FaceFeatures, faces: np.ndarray
) -> None:
    picture = to_pictures(faces[:1]).requires_grad_()
    (slope,) = torch.autograd.grad(judge(picture).sum(), picture)
    assert float(slope.abs().max()) > 0
    assert all(parameter.grad is None for parameter in judge.parameters())


def test_a_face_and_its_mirror_image(faces: np.ndarray) -> None:
    straight, mirrored = both_ways(faces[0])
    assert (straight == faces[0]).all()
    assert (mirrored[:, ::-1] == faces[0]).all()


def test_portraits_are_read_by_their_part(tmp_path: Path) -> None:
    images = np.arange(4, dtype=np.uint8)[:, None, None, None] * np.ones((4, 8, 8, 3), np.uint8)
    np.savez(
        tmp_path / "faces.npz", images=images, year=np.array([1700, 1900, 1950, 2000]),
        colour=np.array([False, False, True, True]), held_out=np.array([True, False, True, False]),
    )  # fmt: skip
    kept, training = (Real.read(tmp_path / "faces.npz", held_out=apart) for apart in (True, False))
    assert kept.images[:, 0, 0, 0].tolist() == [0, 2]
    assert kept.years.tolist() == [1850, 1950], "Years before the first are the first."
    assert training.images[:, 0, 0, 0].tolist() == [1, 3]
    assert training.conditions.shape[0] == 2
    assert training.conditions[:, -1].tolist() == [0, 1]
    drawn = training.drawn(2, seed=3)
    assert sorted(drawn.images[:, 0, 0, 0]) == [1, 3]
    assert (drawn.images == training.drawn(2, seed=3).images).all()
