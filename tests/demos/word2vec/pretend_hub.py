"""A server on this machine that stands for the hub of public word vectors, with a tiny table."""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from demos.word2vec import convert
from demos.word2vec.hub import HubVectors, Public, spec
from demos.word2vec.model import WordVectors
from gallery.weights import HubFile, filled

ROWS, DIMENSIONS = 1000, 24
BLOCK_WORDS = 300  # so that there are four blocks, the last one smaller


@dataclass
class Hub:
    """A server that has `files` and notes in `asked` who asks for which."""

    files: dict[str, bytes]
    address: str = ""
    asked: list[str] = field(default_factory=list)
    on_request: Callable[[], object] = lambda: None

    def source(self, limit: int = ROWS, digests: bool = True) -> HubVectors:
        """Names the digests of the files as they are now."""

        def file(name: str) -> HubFile:
            digest = hashlib.sha256(self.files[name]).hexdigest() if digests else ""
            return HubFile(f"{self.address}/{name}", digest, "tiny")

        return HubVectors("tiny", file("model.safetensors"), file("vocab.json"), limit)


def random_table() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(ROWS, DIMENSIONS)).astype(np.float32)


def words() -> list[str]:
    return [f"wörd{row}" for row in range(ROWS)]


@contextmanager
def serving(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The hub with a random table; what is downloaded goes below `folder`."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(folder / "hub"))
    monkeypatch.setattr(convert, "BLOCK_WORDS", BLOCK_WORDS)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # The order of the map is not that of the rows.
    vocabulary = {word: row for row, word in reversed(list(enumerate(words())))}
    hub = Hub(
        {
            "model.safetensors": save({"vectors": random_table()}),
            "vocab.json": json.dumps({"tokens": vocabulary}).encode(),
        }
    )

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            hub.asked.append(name)
            hub.on_request()
            self.send_response(200)
            self.send_header("Content-Length", str(len(hub.files[name])))
            self.end_headers()
            self.wfile.write(hub.files[name])

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def public(source: HubVectors) -> Public:
    return Public("tiny", "Tiny", "CC0-1.0", "", "nothing", ROWS, DIMENSIONS, 1, source)


def load(source: HubVectors) -> WordVectors:
    """The model of files that were fetched before."""
    model = filled(spec(public(source)), *source.fetch(offline=True))
    assert isinstance(model, WordVectors)
    return model


def left_below(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def sentences(error: BaseException) -> bool:
    """Whether the message can be shown to a user."""
    return str(error).endswith(".") and "\n" not in str(error) and len(str(error)) < 250
