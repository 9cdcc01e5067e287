"""Photo: bad files reach `open_image` as files, through a real server and a real client."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from tests.gallery.test_inputs import picture, png_that_claims, stored

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Path, Path]]:
    """A client, the folder in which the server keeps uploads, and the server's log."""
    cache, log = tmp_path_factory.mktemp("cache"), tmp_path_factory.mktemp("log") / "server.txt"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"GRADIO_TEMP_DIR": str(cache), "GRADIO_ANALYTICS_ENABLED": "False"}
    command = [sys.executable, "-m", "tests.gallery.widgets.photo_app", str(port)]
    with (
        log.open("w") as output,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output) as process,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/", process)
            yield Client(f"http://127.0.0.1:{port}/", verbose=False, download_files=False), cache, log
        finally:
            process.terminate()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1800):
        assert process.poll() is None, "The server ended."
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError("The server did not answer within three minutes.")


def ask(client: Client, path: Path | None) -> str:
    answer: str = client.predict(handle_file(path) if path else None, api_name="/measure")
    return answer


def test_bad_files_end_in_a_sentence_and_the_next_click_works(
    server: tuple[Client, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    client, cache, log = server
    text = tmp_path / "holiday.png"
    text.write_text("no picture")
    cut = stored(picture(400, 300), tmp_path / "cut.jpg")
    cut.write_bytes(cut.read_bytes()[:900])
    bad = {
        None: "no picture yet",
        text: "not a picture",
        cut: "damaged",
        png_that_claims(30_000, 30_000, tmp_path / "bomb.png"): "million",
    }
    good = stored(picture(), tmp_path / "good.png")
    files = sorted(tmp_path.iterdir())
    for path, sentence in bad.items():
        with pytest.raises(AppError, match=sentence) as caught:
            ask(client, path)
        assert "Traceback" not in str(caught.value)
        assert ask(client, good) == "RGB 60 x 40"
    assert "Traceback" not in log.read_text()
    # Nothing but the uploads themselves was written, and those only to Gradio's cache.
    assert sorted(tmp_path.iterdir()) == files
    assert {path.name for path in cache.rglob("*") if path.is_file()} <= {path.name for path in files}


@pytest.mark.parametrize("mode", ["CMYK", "L", "P"])
def test_odd_pictures_are_read(server: tuple[Client, Path, Path], tmp_path: Path, mode: str) -> None:
    path = stored(picture().convert(mode), tmp_path / f"odd.{'jpg' if mode == 'CMYK' else 'png'}")
    assert ask(server[0], path) == "RGB 60 x 40"


def test_moving_and_turned_pictures_are_read(server: tuple[Client, Path, Path], tmp_path: Path) -> None:
    moving = stored(picture(), tmp_path / "a.gif", save_all=True, append_images=[Image.new("RGB", (60, 40))])
    assert ask(server[0], moving) == "RGB 60 x 40"
    exif = Image.Exif()
    exif[0x0112] = 6
    assert ask(server[0], stored(picture(), tmp_path / "b.jpg", exif=exif)) == "RGB 40 x 60"


def test_files_of_the_server_stay_there(server: tuple[Client, Path, Path]) -> None:
    client = server[0]
    secret = {"path": "/etc/hostname", "meta": {"_type": "gradio.FileData"}}
    with pytest.raises(AppError):
        client.predict(secret, api_name="/measure")
