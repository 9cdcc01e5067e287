"""Starts an app in a process of its own and talks to it over HTTP, as a visitor's browser does."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import httpx
import psutil

ROOT = Path(__file__).parent.parent
PATIENCE = 600.0  # seconds for a start or an answer, on a very slow or very busy machine


class Server:
    """A running app. `listening_s` is the time from its start until it took a connection."""

    def __init__(self, command: Sequence[str], port: int, log: IO[bytes]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = log
        self.started = time.perf_counter()
        self.process = psutil.Popen(
            [sys.executable, *command], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        self.listening_s = self._wait_for(port)

    def _wait_for(self, port: int) -> float:
        while self.process.poll() is None and self.elapsed < PATIENCE:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return self.elapsed
            time.sleep(0.01)
        self.stop()
        self.log.seek(0)
        raise RuntimeError(
            "The app did not start. It said:\n" + self.log.read().decode(errors="replace")[-4000:]
        )

    @property
    def elapsed(self) -> float:
        """Seconds since the process was started."""
        return time.perf_counter() - self.started

    @property
    def memory(self) -> int:
        """Bytes of main memory that the app and its children hold (resident set)."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family)

    def page_bytes(self) -> int:
        """Bytes of the page's HTML as they travel to a browser, compressed if the app does that."""
        accepted = {"Accept-Encoding": "gzip, deflate, br"}  # Chromium's, over HTTPS and on this computer
        answer = httpx.get(self.url + "/", headers=accepted, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.num_bytes_downloaded

    def upload(self, file: Path) -> dict[str, Any]:
        """The file as an input for `call`."""
        answer = httpx.post(
            f"{self.url}/gradio_api/upload", files={"files": (file.name, file.read_bytes())}, timeout=PATIENCE
        )
        answer.raise_for_status()
        return {"path": answer.json()[0], "orig_name": file.name, "meta": {"_type": "gradio.FileData"}}

    def call(self, endpoint: str, *inputs: object) -> list[Any]:
        """The final outputs of a named endpoint; inputs that are not given take their defaults.

        Raises RuntimeError where it ends with an error.
        """
        base = f"{self.url}/gradio_api/call/{endpoint}"
        queued = httpx.post(
            base, json={"data": [*inputs, *self.defaults(endpoint)[len(inputs) :]]}, timeout=PATIENCE
        )
        queued.raise_for_status()
        event = ""
        with httpx.stream("GET", f"{base}/{queued.json()['event_id']}", timeout=PATIENCE) as answer:
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: ") and event in ("complete", "error"):
                    if event == "error":
                        raise RuntimeError(f"{endpoint} ended with an error: {line}")
                    outputs: list[Any] = json.loads(line.removeprefix("data: "))
                    return outputs
        raise RuntimeError(f"{endpoint} ended without an answer.")

    def defaults(self, endpoint: str) -> list[Any]:
        """What every input of the endpoint is where nothing is given."""
        answer = httpx.get(f"{self.url}/gradio_api/info", timeout=PATIENCE)
        answer.raise_for_status()
        parameters = answer.json()["named_endpoints"][f"/{endpoint}"]["parameters"]
        return [parameter.get("parameter_default") for parameter in parameters]

    def stop(self) -> None:
        if self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except psutil.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(*command: str) -> Iterator[Server]:
    """`python COMMAND --port N` for the length of the block, N being free."""
    port = free_port()
    with tempfile.TemporaryFile() as log:
        server = Server([*command, "--port", str(port)], port, log)
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def seconds_of(code: str) -> float:
    """How long a fresh Python takes to run `code`, from start to end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env=os.environ, capture_output=True)
    return time.perf_counter() - started
