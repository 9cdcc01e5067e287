"""What becomes of a portrait before anything learns from it."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from demos.faces import prepare
from demos.faces.alignment import Aligner, aligned
from demos.faces.packing import load_faces, save_faces
from demos.faces.photographs import (
    Sorter,
    colourfulness,
    fit,
    in_colour,
    read_labels,
    to_grey,
    traits,
)
from demos.faces.prepare import COLOUR_FROM, Member, Portrait, look, read_members, twins, unfit

PHOTO = Path(__file__).parents[3] / "assets" / "images" / "style_transfer" / "astronaut.webp"
COLUMNS = ["name", "icpsr", "congress", "born", "image"]
Change = Callable[[Image.Image], Image.Image]


@pytest.fixture(scope="session")
def face() -> NDArray[np.uint8]:
    """A face in colour, aligned (128, 128, 3)."""
    return aligned(np.asarray(Image.open(PHOTO).convert("RGB")), Aligner.read())


def member(icpsr: int = 1, name: str = "DOE, Jane", last: int = 1999, born: int | None = 1950) -> Member:
    return Member(icpsr, name, last, born, Path("nowhere.jpg"))


def portrait(picture: NDArray[np.uint8], who: Member) -> Portrait:
    return Portrait(who, picture, score=1, enlarged=1, outside=0, colour=False, traits=np.zeros(9))


def write_data(folder: Path, rows: list[dict[str, object]]) -> None:
    with (folder / "members.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def ink(dark: str, light: str) -> Change:
    return lambda image: ImageOps.colorize(image.convert("L"), dark, light)


@pytest.mark.parametrize(
    ("change", "colour"),
    [
        (lambda image: image, True),
        (lambda image: image.convert("L").convert("RGB"), False),
        (ink("#2b1a08", "#f7ecd0"), False),  # sepia
        (ink("#101880", "#ffffff"), False),
        (ink("#003020", "#e0ffe8"), False),
    ],
)
def test_what_is_in_colour(face: NDArray[np.uint8], change: Change, colour: bool) -> None:
    assert in_colour(np.asarray(change(Image.fromarray(face)))) is colour


def test_blue_skin_is_no_colour_photograph(face: NDArray[np.uint8]) -> None:
    swapped = face[..., ::-1].copy()
    assert colourfulness(swapped) > 4.5
    assert not in_colour(swapped)


def test_a_tint_is_taken_out(face: NDArray[np.uint8]) -> None:
    """Chroma that is any square function of lightness is no colour; that of two halves is."""
    assert colourfulness(to_grey(face)) < 0.5
    halves = np.zeros((64, 64, 3), np.uint8)
    halves[:, :32], halves[:, 32:] = (200, 90, 90), (60, 140, 130)
    halves += np.random.default_rng(0).integers(0, 40, (64, 64, 1), dtype=np.uint8)
    assert colourfulness(halves) > 4.5


def test_grey_is_neutral_and_as_light_as_before(face: NDArray[np.uint8]) -> None:
    grey = to_grey(face)
    assert (grey == grey[..., :1]).all()
    luma = face @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey[..., 0] - luma).max() <= 1


def hatched(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Drawn with strokes on paper: the darker, the thicker."""
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(float)
    y, x = np.indices(grey.shape)
    lines = (np.cos((x + y) * np.pi / 2) + 1) * 127 < grey * 1.4
    return np.repeat(np.where(lines, 235, 30).astype(np.uint8)[..., None], 3, 2)


def test_traits_tell_strokes_from_tones(face: NDArray[np.uint8]) -> None:
    """Also where the strokes are of another colour: the sorter only sees grey."""
    tones, strokes = traits(to_grey(face)), traits(hatched(face))
    assert tones.shape == (9,)
    assert (strokes[:4] > tones[:4]).all()  # lines, fine lines, bare paper, strokes on smooth skin
    sepia = np.asarray(ink("black", "#f0e0c0")(Image.fromarray(hatched(face))))
    assert traits(sepia)[:3] == pytest.approx(strokes[:3], abs=0.2)


def test_a_sorter_learns_what_it_was_told() -> None:
    rng = np.random.default_rng(0)
    seen = rng.normal(3, 2, (3000, 9))
    odds = seen @ np.arange(-4, 5) / 4 - 1
    drawn = rng.random(3000) < 1 / (1 + np.exp(-odds))
    learnt = fit(seen, drawn.astype(float)).log_odds(seen)
    assert np.corrcoef(learnt, odds)[0, 1] > 0.99
    assert np.abs(learnt - odds).mean() < 0.5


def test_labels_name_drawings_and_photographs() -> None:
    labels = read_labels()
    assert len(labels) > 500
    assert 0.2 < np.mean(list(labels.values())) < 0.5


NEVER = Sorter(np.zeros(9), np.ones(9), np.array([0.0] * 9 + [-9]))  # takes nothing for a drawing
ALWAYS = Sorter(np.zeros(9), np.ones(9), np.array([0.0] * 9 + [9]))


@pytest.mark.parametrize(
    ("changes", "last", "reason"),
    [
        ({}, 1999, None),
        ({}, 1840, "before photography"),
        ({"colour": True}, COLOUR_FROM - 2, "painting"),
        ({"colour": True}, COLOUR_FROM, None),
        ({"score": 0.3}, 1999, "profile, hidden or no face"),
        ({"enlarged": 1.7}, 1999, "too small"),
        ({"outside": 0.2}, 1999, "outside"),
    ],
)
def test_why_a_portrait_is_left_out(
    face: NDArray[np.uint8], changes: dict[str, float], last: int, reason: str | None
) -> None:
    one = replace(portrait(face, member(last=last)), **changes)  # type: ignore[arg-type]
    assert unfit(one, NEVER) == reason


def test_a_drawing_is_left_out_sooner_when_they_were_common(face: NDArray[np.uint8]) -> None:
    doubtful = Sorter(np.zeros(9), np.ones(9), np.array([0.0] * 9 + [-1.5]))
    reasons = [unfit(portrait(face, member(last=last)), doubtful) for last in (1857, 1901, 1951)]
    assert reasons == ["drawing", None, None]
    assert unfit(portrait(face, member()), ALWAYS) == "drawing"


def test_of_two_copies_the_finer_one_stays(face: NDArray[np.uint8]) -> None:
    blurred = np.asarray(cv2.GaussianBlur(face, (0, 0), 1.5), np.uint8)
    faces = [portrait(blurred, member(1)), portrait(face, member(2)), portrait(face[:, ::-1], member(3))]
    faces[0] = replace(faces[0], enlarged=1.4)
    assert twins(faces) == {0}
    assert twins(faces[1:]) == set()


def test_one_in_ten_people_is_held_out() -> None:
    people = [member(name=f"PERSON, {number}") for number in range(3000)]
    assert np.mean([one.held_out for one in people]) == pytest.approx(0.1, abs=0.02)


def test_a_person_is_held_out_under_all_numbers() -> None:
    for number in range(100):
        one = member(1, f"PERSON, {number}", last=1953)
        assert one.held_out == member(99, f"Person, {number}", last=1975).held_out
    assert member(name="NIXON, Richard Milhous", born=1913).held_out is True  # on every machine


@pytest.mark.parametrize(
    ("born", "last", "year"), [(None, 1901, 1901), (1950, 1999, 1999), (1940, 2001, 1997), (1900, 1999, 1987)]
)
def test_the_year_of_a_portrait(born: int | None, last: int, year: int) -> None:
    assert member(born=born, last=last).year == year


def test_members_are_read(tmp_path: Path) -> None:
    write_data(
        tmp_path,
        [
            {"name": "ÁLVAREZ, B.", "icpsr": "000020", "congress": 1, "born": "", "image": "images/b.jpg"},
            {"name": "DOE, A.", "icpsr": "000003", "congress": 119, "born": 1950, "image": "images/a.jpg"},
        ],
    )
    first, second = read_members(tmp_path)
    assert first == Member(3, "DOE, A.", 2025, 1950, tmp_path / "images/a.jpg")
    assert (second.name, second.last, second.born) == ("ÁLVAREZ, B.", 1789, None)


def test_a_portrait_is_looked_at(tmp_path: Path, face: NDArray[np.uint8]) -> None:
    path = tmp_path / "a.png"
    Image.open(PHOTO).crop((75, 0, 375, 375)).convert("RGB").save(path)
    seen = look(replace(member(), path=path), Aligner.read())
    assert isinstance(seen, Portrait)
    assert seen.colour
    assert seen.enlarged == pytest.approx(128 / 169, abs=0.03)
    assert seen.outside < 0.05
    assert np.abs(seen.picture.astype(int) - face).mean() < 8

    Image.new("RGB", (200, 250), "grey").save(path)
    assert look(replace(member(), path=path), Aligner.read()) == replace(member(), path=path)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Portraits of six members: in colour, mirrored, twice the same, grey, hatched, and a wall."""
    photo = Image.open(PHOTO).crop((75, 0, 375, 375)).convert("RGB")
    grey = photo.convert("L").convert("RGB")
    mirrored = ImageOps.mirror(photo)
    drawing = Image.fromarray(hatched(np.asarray(photo)))
    pictures = [photo, mirrored, photo, ImageOps.mirror(grey), drawing, Image.new("RGB", (200, 250))]
    rows: list[dict[str, object]] = []
    for number, (picture, congress) in enumerate(zip(pictures, (110, 111, 112, 60, 55, 80), strict=True), 1):
        picture.save(tmp_path / f"{number}.png")
        rows.append({"name": f"P, {number}", "icpsr": number, "congress": congress, "image": f"{number}.png"})
    write_data(tmp_path, rows)
    return tmp_path


def test_all_of_it(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "read_labels", lambda: {1: False, 4: False, 5: True})
    monkeypatch.setattr(prepare, "SAME", 0.999)
    out = tmp_path / "out"
    monkeypatch.setattr("sys.argv", ["prepare", "--data", str(data), "--out", str(out), "--processes", "1"])
    prepare.main()

    counts = json.loads((out / "counts.json").read_text())
    assert counts["no face"] == 1
    assert counts["drawing"] == 1
    assert counts["twin"] == 1
    assert counts["kept"] == 3
    faces = load_faces(out / "faces.npz")
    assert faces["icpsr"].tolist() == [1, 2, 4]
    assert faces["colour"].tolist() == [True, True, False]
    assert faces["year"].tolist() == [2007, 2009, 1907]
    assert faces["images"].shape == (3, 128, 128, 3)
    assert faces["images"].dtype == np.uint8


def test_packing(tmp_path: Path, face: NDArray[np.uint8]) -> None:
    """WebP looks the same and keeps grey pictures grey; bare pixels are the same."""
    faces = {
        "images": np.stack([face, to_grey(face)]),
        "year": np.array([2000, 1900], np.int16),
        "colour": np.array([True, False]),
        "held_out": np.array([False, True]),
        "icpsr": np.array([7, 8], np.int32),
    }
    for name in ("faces.npz", "faces_webp.npz"):
        save_faces(tmp_path / name, faces)
        kept = load_faces(tmp_path / name)
        assert sorted(kept) == sorted(faces)
        for key in ("year", "colour", "held_out", "icpsr"):
            np.testing.assert_array_equal(kept[key], faces[key])
            assert kept[key].dtype == faces[key].dtype
        error = kept["images"].astype(int) - faces["images"]
        assert np.sqrt((error**2).mean()) < (4 if "webp" in name else 1e-9)
        assert (kept["images"][1] == kept["images"][1][..., :1]).all()
    assert (tmp_path / "faces_webp.npz").stat().st_size < (tmp_path / "faces.npz").stat().st_size / 4
