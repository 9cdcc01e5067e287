"""Where a face is, how it is cut out, and what is said of photos without one."""

import cmath
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from demos.faces import congealing
from demos.faces.alignment import (
    CENTRE,
    EYES,
    LOOK,
    Aligner,
    Found,
    Pose,
    aligned,
    apart,
    crop,
    evened,
    faces_at,
    find_face,
    from_box,
    from_eyes,
    inverse_move,
    outside,
)
from demos.faces.congealing import Eye, Guess, congeal, fit, pair_of, relative, ridge
from gallery.inputs import InputError

PHOTOS = Path(__file__).parents[3] / "assets" / "images" / "style_transfer"
# The pupils of astronaut.webp, marked by hand.
LEFT, RIGHT = complex(205, 100), complex(247, 104)
SKEW = Pose(cmath.rect(60, 0.3), complex(31, 24))


@pytest.fixture(scope="session")
def astronaut() -> NDArray[np.uint8]:
    """One face in colour (512, 512, 3)."""
    return np.asarray(Image.open(PHOTOS / "astronaut.webp").convert("RGB"))


@pytest.fixture(scope="session")
def aligner() -> Aligner:
    return Aligner.read()


def grey_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(picture).convert("L"), np.uint8)


def ramp(height: int, width: int) -> NDArray[np.uint8]:
    """Brighter to the right and downwards, which sampling must reproduce."""
    y, x = np.mgrid[:height, :width] + 0.5
    return np.asarray(np.round(20 + x / 4 + y / 8), np.uint8)


def test_the_eyes_lie_where_they_belong() -> None:
    pose = from_eyes(complex(40, 90), complex(72, 66))
    assert pose(CENTRE - EYES / 2) == pytest.approx(complex(40, 90))
    assert pose(CENTRE + EYES / 2) == pytest.approx(complex(72, 66))


@pytest.mark.parametrize("rho", [0, 0.2 + 0.5j, -0.3 - 1j])
@pytest.mark.parametrize("shift", [0, 0.1 - 0.2j])
def test_a_move_is_undone_and_measured(rho: complex, shift: complex) -> None:
    moved = SKEW.moved(rho, shift)
    back = moved.moved(*inverse_move(rho, shift))
    assert [back.turn, back.origin] == pytest.approx([SKEW.turn, SKEW.origin])
    assert list(relative(SKEW, moved)) == pytest.approx([rho, shift])
    # What was at CENTRE + z is where CENTRE + shift + exp(rho) z was.
    z = complex(0.1, 0.3)
    assert moved(CENTRE + z) == pytest.approx(SKEW(CENTRE + shift + cmath.exp(rho) * z))


@pytest.mark.parametrize("size", [24, 64, 150, 300])
@pytest.mark.parametrize("angle", [0, 0.4, -2.5])
def test_a_crop_shows_what_is_there(size: float, angle: float) -> None:
    """Enlarged or shrunk, turned or not: a ramp has at each point the value that its formula gives."""
    pose = Pose(cmath.rect(size, angle), 220 + 220j - cmath.rect(size, angle) * (0.5 + 0.5j))
    y, x = np.mgrid[:64, :64] + 0.5
    points = pose.turn * (x + 1j * y) / 64 + pose.origin
    assert points.real.min() > 1  # all of it lies inside
    wanted = 20 + points.real / 4 + points.imag / 8
    assert np.abs(crop(ramp(440, 440), pose, 64) - wanted).max() < 1.3


def test_a_crop_is_smooth_where_the_picture_is_finer_than_it() -> None:
    """Without a filter, a fine chessboard would come out black, white or as bars."""
    chessboard = np.kron(np.indices((100, 100)).sum(0) % 2, np.ones((3, 3))).astype(np.uint8) * 255
    inner = crop(chessboard, Pose(250 + 20j, 30 + 10j), 32)[2:-2, 2:-2]
    assert inner.mean() == pytest.approx(127.5, abs=3)
    assert inner.std() < 8


def test_what_lies_outside_is_mirrored() -> None:
    picture = ramp(64, 64)
    wide = crop(picture, Pose(64, -16 + 0j), 64)  # the left quarter is outside
    assert np.abs(wide[:, :16].astype(int) - wide[:, 16:32][:, ::-1]).max() <= 1
    assert np.abs(wide[:, 16:].astype(int) - picture[:, :48]).max() <= 1


def test_a_crop_in_colour_is_that_of_its_channels(astronaut: NDArray[np.uint8]) -> None:
    pose = Pose(200 + 40j, 120 + 10j)
    apart_channels = np.stack([crop(np.ascontiguousarray(astronaut[..., c]), pose) for c in range(3)], 2)
    np.testing.assert_allclose(crop(astronaut, pose), apart_channels, atol=1)


@pytest.mark.parametrize(
    ("pose", "share"),
    [(Pose(50, 10 + 10j), 0), (Pose(100, -50), 0.5), (Pose(100, -50 - 50j), 0.75), (Pose(100, 300), 1)],
)
def test_the_share_outside(pose: Pose, share: float) -> None:
    assert outside(pose, 100, 100) == pytest.approx(share, abs=0.02)


def test_the_eyes_of_a_face_are_found(astronaut: NDArray[np.uint8], aligner: Aligner) -> None:
    pose = find_face(astronaut, aligner)
    assert abs(pose(CENTRE - EYES / 2) - LEFT) < 4
    assert abs(pose(CENTRE + EYES / 2) - RIGHT) < 4
    assert aligned(astronaut, aligner).shape == (128, 128, 3)


@pytest.mark.parametrize(("degrees", "scale", "by"), [(12, 1, 0), (-15, 0.6, 30 + 10j), (5, 1.6, -60 - 20j)])
def test_the_aligner_follows_the_picture(
    astronaut: NDArray[np.uint8], aligner: Aligner, degrees: float, scale: float, by: complex
) -> None:
    """A face in a picture that was turned, scaled and shifted has a pose that was so, too."""
    move = cmath.rect(scale, np.radians(degrees))
    start = from_eyes(LEFT, RIGHT)
    shift = complex(256, 200) + by - move * complex(256, 200)
    matrix = np.array([[move.real, -move.imag, shift.real], [move.imag, move.real, shift.imag]])
    # OpenCV counts from the centre of the first pixel.
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    turned = cv2.warpAffine(grey_of(astronaut), matrix, (512, 512), flags=cv2.INTER_AREA)

    still = aligner.settle(grey_of(astronaut), start).pose
    found = aligner.settle(turned, Pose(move * start.turn, move * start.origin + shift)).pose
    for z in (CENTRE - EYES / 2, CENTRE + EYES / 2, CENTRE + 0.3j):
        assert abs(found(z) - (move * still(z) + shift)) < 0.025 * abs(found.turn)


@pytest.mark.parametrize("rho", [0.15 + 0.1j, -0.15 - 0.1j, 0.05 - 0.2j])
def test_a_poor_guess_is_mended(astronaut: NDArray[np.uint8], aligner: Aligner, rho: complex) -> None:
    grey, true = grey_of(astronaut), from_eyes(LEFT, RIGHT)
    found = aligner.settle(grey, true.moved(rho, 0.05 - 0.04j))
    assert abs(found.pose(CENTRE) - true(CENTRE)) < 0.03 * abs(true.turn)
    assert found.spread < 0.02
    assert found.score > 0.5


def test_a_wall_is_no_face(astronaut: NDArray[np.uint8], aligner: Aligner) -> None:
    assert aligner.settle(grey_of(astronaut), Pose(150, 300 + 330j)).score < 0.25


@pytest.mark.parametrize(("turns", "sentence"), [(2, "upside down"), (1, "on its side"), (3, "on its side")])
def test_a_photo_must_be_upright(
    astronaut: NDArray[np.uint8], aligner: Aligner, turns: int, sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        find_face(np.rot90(astronaut, turns), aligner)


@pytest.mark.parametrize("number", [2, 5])
def test_a_photo_must_show_one_face(astronaut: NDArray[np.uint8], aligner: Aligner, number: int) -> None:
    with pytest.raises(InputError, match=f"{number} faces were found"):
        find_face(np.concatenate([astronaut[:300, 100:400]] * number, axis=1), aligner)


def test_a_face_in_the_background_does_not_count(astronaut: NDArray[np.uint8], aligner: Aligner) -> None:
    small = np.asarray(Image.fromarray(astronaut[:300, 100:400]).resize((110, 110)))
    picture = astronaut.copy()
    picture[-110:, -110:] = small
    assert abs(find_face(picture, aligner)(CENTRE) - (LEFT + RIGHT) / 2) < 6


@pytest.mark.parametrize("name", ["golden_gate", "cat"])
def test_a_photo_without_a_face(name: str, aligner: Aligner) -> None:
    photo = np.asarray(Image.open(PHOTOS / f"{name}.webp").convert("RGB"))
    with pytest.raises(InputError, match="No face was found"):
        find_face(photo, aligner)


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 900, 3), (400, 400, 3)])
def test_a_blank_picture(shape: tuple[int, ...], aligner: Aligner) -> None:
    with pytest.raises(InputError, match="No face was found"):
        find_face(np.full(shape, 200, np.uint8), aligner)


def test_a_thumbnail_of_a_face(astronaut: NDArray[np.uint8], aligner: Aligner) -> None:
    thumbnail = np.asarray(Image.fromarray(astronaut[:300, 100:400]).resize((60, 60)))
    with pytest.raises(InputError, match="too small"):
        find_face(thumbnail, aligner)


def test_a_large_photo_has_its_face_where_the_small_one_has(
    astronaut: NDArray[np.uint8], aligner: Aligner
) -> None:
    large = np.asarray(Image.fromarray(astronaut).resize((2048, 2048), Image.Resampling.BICUBIC))
    assert abs(find_face(large, aligner)(CENTRE) / 4 - find_face(astronaut, aligner)(CENTRE)) < 4


def test_a_panorama_is_not_enlarged_without_end() -> None:
    picture, enlarged = evened(np.zeros((20, 2000), np.uint8), 300)
    assert picture.shape == (6, 600)
    assert enlarged == pytest.approx(0.3)


def test_each_face_is_found_once(monkeypatch: pytest.MonkeyPatch, aligner: Aligner) -> None:
    starts = [Pose(100, 0), Pose(104, 3 + 0j), Pose(100, 200 + 0j), Pose(100, 400 + 0j), Pose(100, 600 + 0j)]
    scores, spreads = (0.7, 0.9, 0.8, 0.1, 0.9), (0, 0, 0, 0, 0.5)
    settled = {
        start: Found(start, spread, score)
        for start, spread, score in zip(starts, spreads, scores, strict=True)
    }
    monkeypatch.setattr(Aligner, "settle", lambda self, grey, start: settled[start])
    found = faces_at(starts, np.zeros((8, 8), np.uint8), aligner, 0.25)
    assert [one.pose for one in found] == [starts[1], starts[2]]
    assert not apart(starts[0], starts[1])


def test_eyes_make_a_pair_where_eyes_lie() -> None:
    left, right = Eye(0.31, 0.38, 0.2), Eye(0.69, 0.39, 0.21)
    nostril, brow = Eye(0.42, 0.68, 0.2), Eye(0.3, 0.27, 0.2)
    assert pair_of([nostril, right, brow, left]) == (left, right)
    assert pair_of([left, nostril]) is None
    assert pair_of([]) is None


def test_ridge_regression_finds_a_linear_map() -> None:
    rng = np.random.default_rng(0)
    seen = rng.normal(size=(4000, 6)).astype(np.float32)
    weights = rng.normal(size=(7, 4))
    wanted = seen @ weights[:-1] + weights[-1]
    np.testing.assert_allclose(ridge(seen, wanted.astype(np.float32)), weights, atol=0.03)


def drawn(eyes: tuple[complex, complex], noise: int) -> NDArray[np.uint8]:
    """A drawing of a face (160, 160) with its eyes there."""
    picture = np.full((160, 160), 200, np.uint8)
    pose = from_eyes(*eyes)

    def oval(z: complex, width: float, height: float, value: int) -> None:
        centre, axes = pose(z), (abs(pose.turn) * width * 16, abs(pose.turn) * height * 16)
        at = (round((centre.real - 0.5) * 16), round((centre.imag - 0.5) * 16))
        angle = np.degrees(cmath.phase(pose.turn))
        cv2.ellipse(
            picture, at, (round(axes[0]), round(axes[1])), angle, 0, 360, (value,), -1, cv2.LINE_AA, 4
        )

    oval(0.5 + 0.5j, 0.27, 0.36, 120)
    for z in (CENTRE - EYES / 2, CENTRE + EYES / 2):
        oval(z, 0.06, 0.03, 240)
        oval(z, 0.025, 0.025, 20)
    oval(0.5 + 0.72j, 0.1, 0.025, 60)
    grain = np.random.default_rng(noise).normal(0, 6, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def test_faces_that_disagree_come_to_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Congealing lays drawn faces better than the guesses that it learns from, and does not drift."""
    rng = np.random.default_rng(1)
    guesses, truths = [], []
    for i in range(80):
        middle, half = complex(*rng.normal(80, 6, 2)), cmath.rect(rng.normal(15, 1), rng.normal(0, 0.1))
        path = tmp_path / f"{i}.png"
        Image.fromarray(drawn((middle - half, middle + half), i)).save(path)
        truth = from_eyes(middle - half, middle + half)
        error = complex(*rng.normal(0, 0.08, 2)), complex(*rng.normal(0, 0.03, 2))
        truths.append(truth)
        guesses.append(Guess(path, truth.moved(*error), has_eyes=i % 8 > 0))
    monkeypatch.setattr(congealing, "ROUNDS", 1)
    monkeypatch.setattr(congealing, "SURE", 0.2)  # so few faces make an aligner that is never sure

    faces = dict(congeal(guesses))

    def off(pose: Pose, truth: Pose) -> float:
        return max(abs(pose(z) - truth(z)) for z in (CENTRE - EYES / 2, CENTRE + EYES / 2)) / abs(truth.turn)

    before = [off(guess.pose, truth) for guess, truth in zip(guesses, truths, strict=True)]
    after = [off(faces[g.path], truth) for g, truth in zip(guesses, truths, strict=True) if g.path in faces]
    assert len(after) > 70
    assert np.median(after) < np.median(before) / 2


def test_what_a_stage_learns_does_not_depend_on_the_order(tmp_path: Path) -> None:
    faces = []
    for i in range(4):
        Image.fromarray(drawn((65 + 70j, 95 + 72j), i)).save(tmp_path / f"{i}.png")
        faces.append((tmp_path / f"{i}.png", from_eyes(65 + 70j, 95 + 72j)))
    maps = fit(faces, 0)
    assert maps.shape == (3, 1764 + 1, 4)
    np.testing.assert_allclose(maps, fit(faces[::-1], 0), atol=1e-4)


def test_the_judge_tells_faces_from_the_rest(tmp_path: Path) -> None:
    faces = []
    for i in range(12):
        Image.fromarray(drawn((65 + 70j, 95 + 72j), i)).save(tmp_path / f"{i}.png")
        faces.append((tmp_path / f"{i}.png", from_eyes(65 + 70j, 95 + 72j)))
    maps = fit(faces, 0)
    aligner = Aligner(maps, congealing.fit_judge(faces, Aligner(maps, np.zeros(0))))
    new = drawn((60 + 75j, 92 + 70j), 99)
    face = aligner.settle(new, from_eyes(60 + 75j, 92 + 70j))
    assert face.score > 0.5
    assert aligner.settle(new, from_box((-20, 120, 40))).score < face.score - 0.5
    assert crop(new, face.pose, LOOK).shape == (LOOK, LOOK)
