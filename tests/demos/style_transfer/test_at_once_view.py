"""The view "At once" without a browser: pictures, frames of a camera, a film, and the endpoint."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from gradio.data_classes import FileData, ImageData
from gradio.exceptions import Error
from PIL import Image

from demos.style_transfer import film
from demos.style_transfer.engine import Style
from gallery.inputs import InputError
from gallery.runtime import Runtime
from tests.demos.style_transfer.conftest import stripes

pytest.importorskip("gradio")
from demos.style_transfer.views import at_once
from demos.style_transfer.views.at_once import Camera, Film, decoded, one_pass, paint_film, paint_frame, show

VISITOR: Any = SimpleNamespace(session_hash="visitor")
SMALLEST = 256
pytestmark = pytest.mark.usefixtures("house")


@pytest.fixture
def pair(tmp_path: Path, photograph: Image.Image, painting: Image.Image) -> tuple[str, str]:
    paths = tmp_path / "photograph.png", tmp_path / "painting.png"
    for image, path in zip((photograph, painting), paths, strict=True):
        image.save(path)
    return str(paths[0]), str(paths[1])


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "holiday.png"
    path.write_text("no picture")
    return str(path)


@pytest.fixture
def clip(tmp_path: Path) -> str:
    path = tmp_path / "clip.mp4"
    film.write([stripes(64, 48, seed=i) for i in range(6)], path, 6.0)
    return str(path)


def skipped(update: Any) -> bool:
    return set(update) == {"__type__"}


def test_a_picture_follows_what_changes(pair: tuple[str, str], house: Runtime) -> None:
    (before, after), line, asked = show(*pair, 1.0, SMALLEST, False, (), True)
    assert before.size == after.size == (256, 192)
    assert "in one pass, on" in line
    assert house.device.name in line
    assert asked == (*pair, 1.0, SMALLEST, False)
    assert all(map(skipped, show(*asked, asked, True))), "It hangs there already."
    for changed in ((0.4, SMALLEST, False), (1.0, SMALLEST, True)):
        (_, other), _, _ = show(*pair, *changed, asked, True)
        assert other.tobytes() != after.tobytes(), changed
    (_, larger), _, _ = show(*pair, 1.0, 320, False, asked, True)
    assert larger.size == (320, 240)


def test_nothing_is_painted_where_nobody_looks(
    pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once.painter, "repaint", None)
    assert all(map(skipped, show(*pair, 1.0, SMALLEST, False, (), False)))


def test_pictures_that_cannot_be_used_are_one_sentence(pair: tuple[str, str], text: str) -> None:
    for content, style, sentence in (
        (text, pair[1], "The photograph: This file is not a picture"),
        (pair[0], None, "There is no painting yet"),
    ):
        picture, line, asked = show(content, style, 1.0, SMALLEST, False, (), True)
        assert skipped(picture)
        assert sentence in line
        assert asked[:2] == (content, style)


def test_the_endpoint(pair: tuple[str, str], text: str) -> None:
    image, about = one_pass(*pair, 0.5)
    assert image.size == (512, 384)
    assert set(about) == {"seconds", "device", "note"}
    for content, style, stroke, sentence in (
        (*pair, None, "stroke is missing"),
        (*pair, 9.0, "from 0.25 to 2"),
        (*pair, float("nan"), "from 0.25 to 2"),
        (text, pair[1], 1.0, "not a picture"),
        (None, pair[1], 1.0, "There is no photograph yet"),
    ):
        with pytest.raises(Error) as caught:
            one_pass(content, style, stroke)
        assert sentence in str(caught.value)


def data_url(image: Image.Image) -> str:
    stream = io.BytesIO()
    image.save(stream, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(stream.getvalue()).decode()}"


def test_a_frame_of_the_camera_is_written_nowhere(
    pair: tuple[str, str], photograph: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    frame = Camera(sources=["webcam"], streaming=True).preprocess(ImageData(url=data_url(photograph)))
    assert frame is not None
    value = paint_frame(frame, pair[1], 1.0, False)
    assert value["picture"].startswith("data:image/jpeg;base64,")
    assert max(decoded(value["picture"]).size) == at_once.LIVE_SIZE
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert skipped(paint_frame(None, pair[1], 1.0, False))
    for bad in ("data:image/png;base64,????", "data:image/png;base64,aGVsbG8=", "nothing"):
        with pytest.raises(InputError):
            decoded(bad)


def test_a_film_is_painted(pair: tuple[str, str], clip: str) -> None:
    first, *drafts, last = watched(paint_film(clip, pair[1], 1.0, False, VISITOR))
    assert first["stop"]["interactive"] is True
    assert drafts
    assert all(draft["preview"]["picture"].startswith("data:image/jpeg") for draft in drafts)
    assert len(last["pictures"]) == 6
    assert last["pictures"][0].size == (320, 240)
    assert "6 pictures" in last["line"]
    assert last["stop"]["interactive"] is False
    assert not Path(last["film"]["value"]).exists(), "Nothing is left behind."


def test_a_stopped_film_keeps_what_is_painted(
    pair: tuple[str, str], clip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "BETWEEN_FRAMES", 0.0)
    work = paint_film(clip, pair[1], 1.0, False, VISITOR)
    for _ in range(3):
        next(work)
    assert at_once.press_stop(VISITOR)["interactive"] is False
    *_, last = watched(work)
    assert len(last["pictures"]) == 3
    assert "Stopped" in last["line"]
    assert not at_once.stopping


def test_what_is_no_film_is_one_sentence(pair: tuple[str, str], text: str, clip: str) -> None:
    for path, style, sentence in (
        (text, pair[1], "not a video"),
        (None, pair[1], "no clip yet"),
        (clip, text, "The painting: This file is not a picture"),
    ):
        with pytest.raises(Error) as caught:
            next(paint_film(path, style, 1.0, False, VISITOR))
        assert sentence in str(caught.value)


def test_a_film_goes_in_and_out_without_another_program(clip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    box = Film(sources=["webcam"], include_audio=False)
    assert box.preprocess(FileData(path=clip)) == clip
    assert box.preprocess(None) is None
    given = box.postprocess(clip)
    assert given is not None
    assert given.path == clip
    assert box.postprocess(None) is None


def watched(work: Any) -> list[dict[str, Any]]:
    """All updates of a film's painting, the film itself read while it is there."""
    updates = []
    for line, preview, shown, stop in work:
        update = {"line": line, "preview": preview, "film": shown, "stop": stop, "pictures": []}
        if shown.get("value"):
            update["pictures"] = [*film.read(shown["value"]).frames]
        updates.append(update)
    return updates


def test_the_style_says_of_which_picture_it_speaks(text: str, pair: tuple[str, str]) -> None:
    assert isinstance(at_once.the_style(pair[1]), Style)
    with pytest.raises(InputError, match="The painting: There is no picture yet"):
        at_once.the_style(None)
