"""Films: what is written is read back, and what is no film is refused in a sentence."""

from __future__ import annotations

import io
import struct
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from demos.style_transfer import film
from gallery.inputs import InputError

RED, BLUE = (200, 40, 90), (20, 120, 220)


def pictures(count: int, width: int = 64, height: int = 48) -> list[Image.Image]:
    """Blue spreads from the left over red; the first picture is red, the last one blue."""
    frames = []
    for k in range(count):
        pixels = np.empty((height, width, 3), np.uint8)
        pixels[:] = RED
        pixels[:, : width * k // max(1, count - 1)] = BLUE
        frames.append(Image.fromarray(pixels))
    return frames


def near(picture: Image.Image, at: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    found = picture.getpixel(at)
    assert isinstance(found, tuple)
    return max(abs(a - b) for a, b in zip(found, colour, strict=True)) <= 6


@pytest.mark.parametrize("rate", [2.5, 10.0, 12.0])
def test_what_is_written_is_read_back(tmp_path: Path, rate: float) -> None:
    path = tmp_path / "film.mp4"
    film.write(iter(pictures(9)), path, rate)
    clip = film.read(path)
    frames = list(clip.frames)
    assert clip.frames_per_second == pytest.approx(rate)
    assert clip.note == ""
    assert [frame.size for frame in frames] == [(64, 48)] * 9
    assert {frame.mode for frame in frames} == {"RGB"}
    assert near(frames[0], (32, 24), RED)
    assert near(frames[4], (8, 24), BLUE)
    assert near(frames[4], (56, 24), RED)
    assert near(frames[-1], (32, 24), BLUE)


def test_a_browser_can_play_it(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film.write([*pictures(2, 65, 47), *pictures(2, 90, 60)], path, 10)
    with av.open(str(path)) as opened:
        stream = opened.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (64, 46)
        assert stream.frames == 4
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "The index comes first."


def test_a_film_of_nothing_leaves_nothing(tmp_path: Path) -> None:
    def breaks() -> Iterator[Image.Image]:
        yield from pictures(3)
        raise InputError("No more.")

    path = tmp_path / "film.mp4"
    with pytest.raises(ValueError, match="at least one picture"):
        film.write([], path, 10)
    with pytest.raises(InputError, match="No more"):
        film.write(breaks(), path, 10)
    assert not list(tmp_path.iterdir())


def test_a_long_clip_is_cut_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film.write(pictures(30), path, 10)
    clip = film.read(path, seconds=2)
    assert len(list(clip.frames)) == 20
    assert clip.note == "Your clip is long: its first 2 seconds are used."
    assert film.read(path, seconds=3).note == ""


@pytest.mark.parametrize(("rate", "kept"), [(24, 12), (30, 10), (60, 12), (25, 25 / 3)])
def test_a_fast_clip_is_thinned_in_even_steps(tmp_path: Path, rate: int, kept: float) -> None:
    path = tmp_path / "film.mp4"
    film.write(pictures(rate + 1, 128), path, rate)  # a second
    clip = film.read(path)
    assert clip.frames_per_second == pytest.approx(kept, rel=0.01)
    edges = [int((np.asarray(frame)[24, :, 2] > 155).sum()) for frame in clip.frames]
    steps = np.diff(edges)
    assert len(edges) == pytest.approx(kept + 1, abs=1)
    assert steps.max() - steps.min() <= 3, "Pixels by which blue spreads from picture to picture."


def test_large_pictures_are_made_smaller(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film.write(pictures(2, 400, 200), path, 10)
    assert {frame.size for frame in film.read(path, longest=100).frames} == {(100, 50)}


def test_a_clip_that_was_filmed_upright_is_upright(tmp_path: Path) -> None:
    """Phones store what they see lying, and a matrix that says how to turn it."""
    path = tmp_path / "film.mp4"
    film.write([pictures(3)[1]], path, 10)
    identity = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    a_quarter_clockwise = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 48 << 16, 0, 1 << 30)
    data = path.read_bytes()
    track = data.index(b"tkhd")
    at = data.index(identity, track)
    path.write_bytes(data[:at] + a_quarter_clockwise + data[at + len(identity) :])
    (frame,) = film.read(path).frames
    assert frame.size == (48, 64)
    assert near(frame, (24, 10), BLUE), "What was on the left is at the top."
    assert near(frame, (24, 54), RED)


def test_a_moving_gif_is_a_clip(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    first, *others = pictures(5)
    first.save(path, save_all=True, append_images=others, duration=500, loop=0)
    clip = film.read(path)
    assert clip.frames_per_second == pytest.approx(2)
    assert len(list(clip.frames)) == 5


def test_frames_that_the_camera_left_out_are_held(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    with av.open(str(path), "w") as opened:
        stream = opened.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for moment, picture in zip((0, 1, 2, 3, 9), pictures(5), strict=True):
            frame = av.VideoFrame.from_image(picture)
            frame.pts = moment
            opened.mux(stream.encode(frame))
        opened.mux(stream.encode(None))
    clip = film.read(path)
    seconds = len(list(clip.frames)) / clip.frames_per_second
    assert seconds == pytest.approx(1, abs=0.25), "As long as it was."


def sound(path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as opened:
        stream = opened.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 16000
        opened.mux(stream.encode(frame))
        opened.mux(stream.encode(None))


def waves(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(1000))


def photograph(path: Path) -> None:
    stream = io.BytesIO()
    pictures(1)[0].save(stream, "PNG")
    path.write_bytes(stream.getvalue())


def half(path: Path) -> None:
    random = np.random.default_rng(0).integers(0, 255, (6, 48, 64, 3), np.uint8)
    film.write(map(Image.fromarray, random), path, 10)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (lambda path: path.write_text("This is no film. " * 100), "not a video"),
    "empty": (lambda path: path.write_bytes(b""), "not a video"),
    "noise": (lambda path: path.write_bytes(np.random.default_rng(0).bytes(5000)), "not a video"),
    "playlist": (lambda path: path.write_text("#EXTM3U\n#EXTINF:1,\n/etc/hostname\n"), "not a video"),
    "photograph": (photograph, "not a video"),
    "wave": (waves, "not a video"),
    "sound": (sound, "sound but no pictures"),
    "half": (half, "damaged"),
    "missing": (lambda path: None, "no longer on the server"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_film_is_refused_in_a_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "film.mp4"
    make, why = BAD[kind]
    make(path)
    with pytest.raises(InputError, match=why) as caught:
        list(film.read(path).frames)
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_too_many_pixels_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "film.mp4"
    film.write(pictures(1), path, 10)
    monkeypatch.setattr(film, "MOST_PIXELS", 64 * 48 - 1)
    with pytest.raises(InputError, match="64 x 48"):
        film.read(path)


def test_nothing_is_no_film() -> None:
    with pytest.raises(InputError, match="no clip yet"):
        film.read(None)
