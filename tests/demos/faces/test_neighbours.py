"""The nearest faces: the index is right about what it holds, and a copy is found out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from demos.faces import neighbours
from demos.faces.engine import Person
from demos.faces.features import SPEC, features_of
from demos.faces.neighbours import (
    INDEX,
    SAME_PHOTOGRAPH,
    THUMBNAIL,
    Comparison,
    Index,
    Nearest,
    compare,
    compared,
    first,
    index,
    nearest_distances,
    packed,
    ranked,
)
from demos.faces.portraits import Real
from gallery.runtime import Runtime
from gallery.weights import filled


def blobs(count: int, seed: int) -> Real:
    """Random tiles of grey (count, 128, 128, 3), with a shade of red."""
    random = np.random.default_rng(seed)
    coarse = random.integers(10, 236, (count, 8, 8, 1), dtype=np.uint8) + np.array([9, 0, 0], np.uint8)
    images = coarse.repeat(16, axis=1).repeat(16, axis=2)
    return Real(images, np.full(count, 1990, np.float32), np.ones(count, bool))


@pytest.fixture(scope="module")
def known() -> Index:
    """30 shapes to train on, 10 kept apart, of which number 0 is the mirror image of training shape 5."""
    training, apart = blobs(30, 0), blobs(10, 1)
    images = apart.images.copy()
    images[0] = training.images[5][:, ::-1]
    return packed(
        training, Real(images, apart.years, apart.colour), filled(SPEC, *SPEC.source.fetch(offline=True))
    )


def test_steps_are_near_the_features(known: Index) -> None:
    exact = features_of(filled(SPEC, *SPEC.source.fetch(offline=True)), blobs(30, 0).images)
    assert np.abs(known.features - exact).max() <= known.scale.max() / 2 + 1e-6
    assert known.steps.dtype == np.int8


def test_a_mirrored_copy_among_those_kept_apart_is_seen(known: Index) -> None:
    assert known.held_out.tolist() == sorted(known.held_out.tolist())
    assert known.held_out[0] < SAME_PHOTOGRAPH < known.held_out[1]
    assert len(known.apart) == 9
    assert known.share(float(known.apart[0])) == 0
    assert known.share(float(known.apart[-1]) + 1) == 1


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_copy_is_found_out(known: Index, house: Runtime, mirrored: bool) -> None:
    copy = blobs(30, 0).images[17]
    found = compare(copy[:, ::-1] if mirrored else copy, known, house)
    for near in (found.by_features, found.by_pixels):
        assert near[0].number == 17
        assert near[0].mirrored == mirrored
        assert [one.distance for one in near] == sorted(one.distance for one in near)
        assert len({one.number for one in near}) == len(near) == neighbours.SHOWN
    assert found.share == 0
    assert found.by_features[0].distance < SAME_PHOTOGRAPH
    assert found.by_pixels[0].distance < 12, "Thumbnails are compressed."


def test_ranking_against_brute_force() -> None:
    random = np.random.default_rng(0)
    known, seen = (random.standard_normal((count, 5)).astype(np.float32) for count in (700, 2))
    distances = np.linalg.norm(known[:, None] - seen[None], axis=2)
    found = ranked(seen, known, 4)
    assert [one.number for one in found] == np.argsort(distances.min(axis=1))[:4].tolist()
    for one in found:
        assert one.distance == pytest.approx(distances[one.number].min())
        assert one.mirrored == (distances[one.number].argmin() == 1)
    nearest = nearest_distances(known[:9], known[:9] + 100, known[4:])
    assert nearest[5] == pytest.approx(0, abs=1e-6)
    assert nearest[0] == pytest.approx(np.linalg.norm(known[4:] - known[0], axis=1).min())


def test_it_is_packed_and_read_again(known: Index, tmp_path: Path) -> None:
    known.save(tmp_path / "index.npz")
    again = Index.read(tmp_path / "index.npz")
    assert (again.steps == known.steps).all()
    assert again.file(0) == known.file(0)
    assert again.file(29) == known.file(29)
    assert again.thumbnail(3).size == (THUMBNAIL, THUMBNAIL)
    difference = np.asarray(again.thumbnail(3), float) - blobs(30, 0).images[3][::2, ::2]
    assert np.abs(difference).mean() < 20


def test_what_ships_is_small_and_whole() -> None:
    assert INDEX.stat().st_size < 9_500_000
    known = index()
    assert len(known) > 1000
    assert known.steps.nbytes <= 3_000_000
    assert known.thumbnails.nbytes < 6_000_000
    assert known.ends[-1] == len(known.thumbnails)
    assert known.thumbnail(len(known) - 1).size == (64, 64)
    assert len(known.apart) > 300
    # The shared index's distances are those of the paper's definition: nobody is nearer to it than itself.
    (near, *_) = ranked(known.features[[3, 3]], known.features)
    assert (near.number, round(near.distance, 3)) == (3, 0.0)


def test_a_person_is_compared(house: Runtime) -> None:
    found = compared(Person(5), house)
    assert found.picture.shape == (128, 128, 3)
    assert 0 <= found.share <= 1
    again = compared(Person(5), house)
    assert again.by_features == found.by_features
    assert again.by_pixels == found.by_pixels


def test_the_first_result_is_kept(tmp_path: Path) -> None:
    one = Nearest(3, 1.5, True)
    shapes = blobs(1, 4).images[0]
    Comparison(shapes, (one,), (one, one), 0.25).save(tmp_path / "first.json")
    again = Comparison.read(tmp_path / "first.json")
    assert (again.picture == shapes).all()
    assert (again.by_features, again.by_pixels, again.share) == ((one,), (one, one), 0.25)
    assert all(near.number < len(index()) for near in first().by_features)
