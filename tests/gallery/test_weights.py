"""Weights files from a hub: checked before use, downloaded whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import http.server
import os
import socket
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from gallery.weights import HubFile, Torchvision, WeightsCorrupt, WeightsError, WeightsUnreachable
from tests.pretend_hardware import SOON, Visitor


def one_sentence(error: BaseException) -> bool:
    return str(error).endswith(".") and "\n" not in str(error) and len(str(error)) < 250


class Hub:
    """A server on this machine; `respond` writes the answer to each request."""

    BODY = bytes(range(256)) * 10_000  # 2.5 MB: several pieces

    def __init__(self) -> None:
        self.requests = 0
        self.respond: Callable[[http.server.BaseHTTPRequestHandler], None] = self.whole
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.requests += 1
                hub.respond(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def whole(self, to: http.server.BaseHTTPRequestHandler, body: bytes | None = None) -> None:
        self.head(to, len(self.BODY))
        to.wfile.write(self.BODY if body is None else body)

    def head(self, to: http.server.BaseHTTPRequestHandler, length: int) -> None:
        to.send_response(200)
        to.send_header("Content-Length", str(length))
        to.end_headers()

    def file(self, sha256: str | None = None) -> HubFile:
        digest = hashlib.sha256(self.BODY).hexdigest()[:8] if sha256 is None else sha256
        return HubFile(f"http://127.0.0.1:{self.server.server_port}/net-{digest}.pth?x=1", digest)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    hub = Hub()
    yield hub
    hub.server.shutdown()
    hub.server.server_close()


def kept(file: HubFile) -> list[str]:
    return [path.name for path in file.path.parent.glob("*")]


def test_a_whole_download_is_kept_and_not_asked_for_again(hub: Hub) -> None:
    file, seen = hub.file(), []
    (path,) = file.fetch(lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == Hub.BODY
    assert seen[-1] == (len(Hub.BODY), len(Hub.BODY))
    assert len(seen) > 1
    assert kept(file) == [file.filename]
    assert file.fetch(offline=True) == [path]
    assert hub.requests == 1


def test_files_of_one_name_lie_in_folders_of_their_own(hub: Hub) -> None:
    one, other = hub.file(), replace(hub.file(), folder="other/repository")
    assert one.filename == other.filename
    (path,), (moved,) = one.fetch(), other.fetch()
    assert moved == path.parent / "other" / "repository" / path.name
    assert hub.requests == 2


def test_without_a_digest_nothing_is_compared(hub: Hub) -> None:
    file = hub.file(sha256="")
    assert file.fetch()[0].read_bytes() == Hub.BODY
    file.path.write_bytes(b"changed")
    assert file.fetch(offline=True) == [file.path]


def broken_off(to: http.server.BaseHTTPRequestHandler) -> None:
    to.send_response(200)
    to.send_header("Content-Length", str(len(Hub.BODY)))
    to.end_headers()
    to.wfile.write(Hub.BODY[: len(Hub.BODY) // 2])


def broken_off_in_a_chunk(to: http.server.BaseHTTPRequestHandler) -> None:
    to.protocol_version = "HTTP/1.1"
    to.send_response(200)
    to.send_header("Transfer-Encoding", "chunked")
    to.end_headers()
    to.wfile.write(b"%x\r\n" % (2 << 20) + Hub.BODY[: 3 << 19])
    to.close_connection = True


def reset(to: http.server.BaseHTTPRequestHandler) -> None:
    broken_off(to)
    to.wfile.flush()
    to.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    to.connection.close()


@pytest.mark.parametrize("respond", [broken_off, broken_off_in_a_chunk, reset])
def test_a_download_that_breaks_off_keeps_nothing(
    hub: Hub, respond: Callable[[http.server.BaseHTTPRequestHandler], None]
) -> None:
    file, hub.respond = hub.file(), respond
    # A reset may throw away what was not yet read, even the head of the answer.
    told = r"The download of net-\w+\.pth from 127\.0\.0\.1 broke off"
    with pytest.raises(WeightsUnreachable, match=f"{told}|cannot be reached" if respond is reset else told):
        file.fetch()
    assert kept(file) == []
    hub.respond = hub.whole
    assert file.fetch()[0].read_bytes() == Hub.BODY


def test_wrong_content_keeps_nothing(hub: Hub) -> None:
    file = hub.file()
    hub.respond = lambda to: hub.whole(to, bytes(len(Hub.BODY)))
    with pytest.raises(WeightsCorrupt, match="is not what its publisher names"):
        file.fetch()
    assert kept(file) == []


@pytest.mark.parametrize("code", [404, 503])
def test_an_error_of_the_server_is_told(hub: Hub, code: int) -> None:
    file, hub.respond = hub.file(), lambda to: to.send_error(code)
    with pytest.raises(
        WeightsUnreachable, match=rf"127\.0\.0\.1 has no net-\w+\.pth for us \(HTTP {code}\)\."
    ):
        file.fetch()
    assert kept(file) == []


def test_nonsense_instead_of_http_is_unreachable(hub: Hub) -> None:
    file, hub.respond = hub.file(), lambda to: to.wfile.write(b"What?\r\n")
    with pytest.raises(WeightsUnreachable, match="cannot be reached"):
        file.fetch()


def test_a_refused_connection_and_offline_are_unreachable(hub: Hub) -> None:
    file = hub.file()
    with pytest.raises(
        WeightsUnreachable, match="never downloaded to this computer, and the gallery runs offline"
    ):
        file.fetch(offline=True)
    assert hub.requests == 0
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = HubFile(f"http://127.0.0.1:{unused.getsockname()[1]}/net-0.pth", "0")
        with pytest.raises(WeightsUnreachable, match=r"127\.0\.0\.1 cannot be reached") as caught:
            nobody.fetch()
    assert one_sentence(caught.value)


def test_a_full_disk_is_no_fault_of_the_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    file = hub.file()
    opened = Path.open

    class FullDisk:
        def __init__(self, file: Any) -> None:
            self.file = file

        def __enter__(self) -> FullDisk:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def write(self, piece: bytes) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "open", lambda path, *mode: FullDisk(opened(path, *mode)))
    with pytest.raises(WeightsError, match=r"cannot be stored: No space left on device\.") as caught:
        file.fetch()
    assert type(caught.value) is WeightsError
    assert kept(file) == []


def test_a_folder_that_cannot_be_made_is_told(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "hub").write_text("a file where a folder should be")
    with pytest.raises(WeightsError, match="cannot be stored: "):
        hub.file().fetch()


def test_what_lies_in_the_cache_folder_is_checked(hub: Hub) -> None:
    file = hub.file()
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(Hub.BODY[:1000])
    (file.path.parent / f"{file.filename}.1-2.partial").write_bytes(Hub.BODY)
    with pytest.raises(WeightsCorrupt, match="in torch's cache folder is damaged"):
        file.fetch()
    file.path.unlink()
    assert file.fetch()[0].read_bytes() == Hub.BODY
    assert hub.requests == 1


def test_two_downloads_at_once_do_not_meet(hub: Hub) -> None:
    file, together = hub.file(), threading.Barrier(2, timeout=SOON)

    def slowly(to: http.server.BaseHTTPRequestHandler) -> None:
        hub.head(to, len(Hub.BODY))
        to.wfile.write(Hub.BODY[:1000])
        together.wait()
        to.wfile.write(Hub.BODY[1000:])

    hub.respond = slowly
    visitors = [Visitor(file.fetch) for _ in range(2)]
    assert [visitor.ended().result for visitor in visitors] == [[file.path]] * 2
    assert file.path.read_bytes() == Hub.BODY
    assert kept(file) == [file.filename]


def test_torchvision_names_a_file_and_the_beginning_of_its_digest() -> None:
    file = Torchvision("alexnet", "IMAGENET1K_V1").file
    assert urllib.parse.urlparse(file.url).scheme == "https"
    assert len(file.sha256) >= 8
    assert set(file.sha256) <= set("0123456789abcdef")
