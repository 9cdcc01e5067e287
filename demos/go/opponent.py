"""Another Go program, spoken to over the Go Text Protocol (https://www.lysator.liu.se/~gunnar/gtp/).

Used to measure how strong the gallery's player is, and to learn whose each point was at the end of a game.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from demos.go.board import BLACK

LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"  # without I, which looks like 1 and l
SECONDS = 5.0  # that it may take to go when told to


class GtpError(Exception):
    """The program refused a command, or is gone."""


def vertex(move: int, size: int) -> str:
    """A move as people write it: "D4", and "pass" for the number after the last point."""
    if move == size * size:
        return "pass"
    row, column = divmod(move, size)
    return f"{LETTERS[column]}{size - row}"


def from_vertex(text: str, size: int) -> int:
    """The move that `vertex` writes so. Raises ValueError."""
    text = text.strip().upper()
    if text == "PASS":
        return size * size
    column, row = LETTERS.find(text[:1]) if text else -1, text[1:]
    if not 0 <= column < size or not row.isascii() or not row.isdigit() or not 1 <= int(row) <= size:
        raise ValueError(f"{text[:10]!r} is no point of a board of {size} lines.")
    return (size - int(row)) * size + column


class Opponent:
    """A running program. Use it in a `with` statement, so that it ends with it."""

    def __init__(self, command: Sequence[str]) -> None:
        """Raises FileNotFoundError where the program is not installed."""
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Opponent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with suppress(OSError):  # what was not sent any more
                    stream.close()

    def ask(self, command: str) -> str:
        """The answer to one command, without the leading "= ". Raises GtpError."""
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except BrokenPipeError as error:
            raise GtpError(f"The program ended before {command!r}.") from error
        lines: list[str] = []
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise GtpError(f"The program ended at {command!r}.")
            if line.strip():
                lines.append(line.strip())
            elif lines:
                break
        answer = " ".join(lines)
        if not answer.startswith("="):
            raise GtpError(f"{command!r} was refused: {answer[1:].strip()}")
        return answer[1:].strip()

    def start(self, size: int, komi: float) -> None:
        for command in (f"boardsize {size}", "clear_board", f"komi {komi}"):
            self.ask(command)

    def play(self, colour: int, move: int, size: int) -> None:
        self.ask(f"play {'black' if colour == BLACK else 'white'} {vertex(move, size)}")

    def move(self, colour: int, size: int) -> int | None:
        """What it plays; None where it resigns."""
        answer = self.ask(f"genmove {'black' if colour == BLACK else 'white'}")
        return None if answer.lower() == "resign" else from_vertex(answer, size)
