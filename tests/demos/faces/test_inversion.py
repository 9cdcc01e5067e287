"""Finding a face's style, the discriminator's opinion, and how sets are measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from demos.faces import critic, evaluate, inversion
from demos.faces.critic import (
    COMPANY,
    Crowd,
    Opinion,
    asked,
    crowd,
    is_colour,
    like,
    logits,
    made_by,
    opinion,
    parted,
)
from demos.faces.engine import Person, people, to_pictures
from demos.faces.features import SPEC, FaceFeatures
from demos.faces.inversion import EXAMPLES, Example, Found, Frame, Likeness, cut_out, descend, invert, start
from demos.faces.models import Players
from demos.faces.portraits import Real
from gallery.inputs import InputError, open_image
from gallery.runtime import Runtime
from gallery.weights import filled


def tiles(count: int, seed: int = 0) -> Real:
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 230, (count, 8, 8, 3), dtype=np.uint8)
    years = random.uniform(1870, 2010, count).astype(np.float32)
    return Real(coarse.repeat(16, axis=1).repeat(16, axis=2), years, random.random(count) < 0.5)


@pytest.fixture(scope="module")
def judge() -> FaceFeatures:
    model = filled(SPEC, *SPEC.source.fetch(offline=True))
    assert isinstance(model, FaceFeatures)
    return model


def test_likeness_is_nothing_for_the_same_and_more_for_another(judge: FaceFeatures) -> None:
    pictures = to_pictures(tiles(2).images)
    likeness = Likeness(pictures[:1], judge)
    pixels, features = likeness(pictures[:1])
    assert float(pixels) == pytest.approx(1e-4, abs=1e-6)
    assert float(features) == pytest.approx(0, abs=1e-6)
    near = [float(term) for term in likeness(pictures[:1] * 0.9)]
    far = [float(term) for term in likeness(pictures[1:])]
    assert 0 < near[0] < far[0]
    assert 0 < near[1] < far[1]
    at_edge, in_middle = pictures[:1].clone(), pictures[:1].clone()
    at_edge[:, :, :16, :16] += 0.5
    in_middle[:, :, 56:72, 56:72] += 0.5
    assert float(likeness(at_edge)[0]) < float(likeness(in_middle)[0]), "The face counts for more."


def test_it_comes_nearer_to_a_face_that_the_generator_made(players: Players, judge: FaceFeatures) -> None:
    before = {name: value.clone() for name, value in players.state_dict().items()}
    target = to_pictures(people(players.generator, [Person(11, 1970, True)]))
    begin = Person(12, 1970, True)
    steps = list(descend(players.generator, judge, target, begin, 25))
    assert [step.number for step in steps] == list(range(1, 26))
    assert steps[-1].pixels < 0.8 * steps[0].pixels
    assert steps[-1].unlikeness < 0.8 * steps[0].unlikeness
    assert not steps[-1].picture.requires_grad
    after = players.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before), "The networks stay as they are."
    assert all(parameter.grad is None for parameter in players.parameters())


def test_nothing_is_computed_before_the_first_step(players: Players, judge: FaceFeatures) -> None:
    class Untouchable:
        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

    descend(Untouchable(), judge, torch.zeros(1, 3, 128, 128), Person(1), 5)  # type: ignore[arg-type]


def test_frames_come_in_time_and_the_best_comes_last(house: Runtime) -> None:
    seconds = iter(np.arange(0, 100, 0.15))
    work = invert(tiles(1).images[0], 1950, False, house, steps=8, clock=lambda: float(next(seconds)))
    frames = list(work)
    assert [frame.finished for frame in frames] == [False] * (len(frames) - 1) + [True]
    assert frames[-1].step == frames[-1].steps == 8
    assert not frames[-1].stopped
    unlike = [frame.pixels + inversion.OF_FEATURES * frame.features for frame in frames]
    assert unlike[-1] <= min(unlike) + 1e-9
    for frame in frames:
        assert frame.picture.shape == (128, 128, 3)
        assert frame.picture.dtype == np.uint8


def test_stop_and_a_closed_page(house: Runtime) -> None:
    presses = iter([False, False, True])
    *_, last = invert(tiles(1).images[0], 1950, False, house, steps=200, stopped=lambda: next(presses))
    assert last.stopped
    assert last.step == 3
    work = invert(tiles(1).images[0], 1950, False, house, steps=200)
    next(work)
    work.close()
    assert not house.gate.busy
    assert all(model.leases == 0 for model in house.cache.status().models)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"year": 1700}, "year is a number from"),
        ({"year": float("nan")}, "year is a number from"),
        ({"year": "1950"}, "year is a number from"),
        ({"steps": 0}, "steps are a whole number"),
        ({"steps": 10**9}, "steps are a whole number"),
        ({"portrait": np.zeros((64, 64, 3), np.uint8)}, "cut out first"),
    ],
)
def test_what_cannot_be_looked_for(house: Runtime, change: dict[str, object], why: str) -> None:
    settings = {"portrait": tiles(1).images[0], "year": 1950, "colour": False, "house": house, "steps": 5}
    with pytest.raises(InputError, match=why):
        next(invert(**(settings | change)))


def test_it_begins_with_a_made_face_that_is_a_little_like_it() -> None:
    known = crowd()
    for seed in (0, 5, len(known.years) - 1):
        portrait = known.coarse[seed].repeat(8, axis=0).repeat(8, axis=1)
        found = start(portrait, float(known.years[seed]), bool(known.colour[seed]), known)
        assert (known.coarse[found.seed] == known.coarse[seed]).all()
    old = start(portrait, 1930, False, known)
    assert abs(known.years[old.seed] - 1930) <= inversion.YEARS_APART
    assert not known.colour[old.seed]
    assert (old.year, old.colour) == (1930, False)


def test_an_opinion_does_not_depend_on_who_else_is_asked_about(players: Players) -> None:
    faces, company = tiles(5), tiles(COMPANY, seed=9)
    found = logits(players, faces, company)
    assert found.shape == (5,)
    one = logits(players, faces[3:4], company)
    assert one[0] == pytest.approx(found[3], abs=1e-4)
    group = torch.cat([to_pictures(faces.images[3:4]), to_pictures(company.images)])
    wanted = torch.cat([faces.conditions[3:4], company.conditions])
    assert one[0] == pytest.approx(float(players.discriminator(group, wanted)[0]), abs=1e-4)


def test_the_crowd_is_asked_packed_and_read_again(
    players: Players, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(critic, "MADE", 4)
    found = asked(players, tiles(8))
    found.save(tmp_path / "crowd.npz")
    again = Crowd.read(tmp_path / "crowd.npz")
    assert again.real.shape == (5,)
    assert again.made.shape == (4,)
    assert (np.diff(again.real) >= 0).all()
    assert again.coarse.shape == (4, 16, 16, 3)
    company, others = parted(tiles(8))
    assert len(company) == COMPANY
    assert (again.company.images == company.images).all()
    everybody = {face.tobytes() for face in (*company.images, *others.images)}
    assert everybody == {face.tobytes() for face in tiles(8).images}
    persons = like(others, 4)
    assert [person.seed for person in persons] == [0, 1, 2, 3]
    assert again.years.tolist() == [person.year for person in persons]
    made = made_by(players, persons)
    mean = made.images[2].reshape(16, 8, 16, 8, 3).mean(axis=(1, 3))
    assert np.abs(mean - again.coarse[2]).max() <= 1


def test_an_opinion_lies_among_others(house: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    known = crowd()
    found = opinion(known.company.images[0], 1950, False, house)
    assert found.above_real == pytest.approx((known.real < found.logit).mean())
    assert 0 <= found.above_made <= 1
    assert Opinion(0, 0, 0).probability == 0.5
    assert Opinion(1e9, 0, 0).probability == 1
    assert Opinion(-1e9, 0, 0).probability < 1e-20
    with pytest.raises(InputError, match="year"):
        opinion(known.company.images[0], 3000, False, house)


def test_grey_and_brown_pictures_are_not_in_colour() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (128, 128, 1), dtype=np.uint8).repeat(3, axis=2)
    assert not is_colour(grey)
    assert not is_colour(np.clip(grey + np.array([30, 10, -20]), 0, 255).astype(np.uint8))
    assert is_colour(tiles(1).images[0])


def test_the_examples_can_be_used_and_the_first_is_there_already() -> None:
    first, *others = EXAMPLES
    face = cut_out(open_image(first.path))
    kept = Found.read()
    assert np.abs(face.astype(float) - kept.portrait).mean() < 2, "Made again after a new alignment?"
    assert kept.frame.finished
    assert not kept.frame.stopped
    for example in others:
        assert example.aligned
        assert open_image(example.path).size == (128, 128)


def test_what_was_found_is_kept(tmp_path: Path) -> None:
    shapes = tiles(2).images
    frame = Frame(5, 9, 1.5, shapes[1], 0.2, 0.3, finished=True)
    Found(shapes[0], frame, 1950, True, Opinion(1.0, 0.5, 0.25)).save(tmp_path / "found.json")
    again = Found.read(tmp_path / "found.json")
    assert (again.portrait == shapes[0]).all()
    assert (again.frame.picture == shapes[1]).all()
    assert again.frame.stopped
    assert (again.year, again.colour, again.opinion) == (1950, True, Opinion(1.0, 0.5, 0.25))
    assert Example(tmp_path, "x").aligned


@pytest.fixture
def packed_faces(tmp_path: Path) -> Path:
    every = tiles(60)
    np.savez(
        tmp_path / "faces.npz", images=every.images, year=every.years, colour=every.colour,
        held_out=np.arange(60) % 3 == 0,
    )  # fmt: skip
    return tmp_path / "faces.npz"


def test_figures_are_measured(house: Runtime, packed_faces: Path) -> None:
    figures = evaluate.evaluate(packed_faces, house)
    assert figures["samples"] == 20
    assert figures["frechet_distance_real"] < figures["frechet_distance"], "It has learnt nothing."
    assert figures["frechet_distance_real"] < figures["frechet_distance_dcgan"]
    assert figures["frechet_distance_blurred"] > 0
    for name in ("precision", "recall", "precision_real", "recall_real"):
        assert 0 <= figures[name] <= 1
    assert figures["precision_real"] > figures["precision"]
    assert figures == evaluate.evaluate(packed_faces, house)
    assert evaluate.evaluate(packed_faces, house, most=10)["samples"] == 10


def test_eyes_are_exchanged_and_nothing_else() -> None:
    images = tiles(3).images
    changed = evaluate.with_other_eyes(images)
    rows, columns = evaluate.EYES
    assert (changed[1, rows, columns] == images[0, rows, columns]).all()
    assert (changed[0, rows, columns] == images[2, rows, columns]).all()
    assert (changed[:, : rows.start] == images[:, : rows.start]).all()
    assert evaluate.blurred(images).std() < images.std()
