"""What the person who starts the gallery may choose: by command line or by environment.

Every field of `Settings` is an option: `device_memory` is `--device-memory 8GB` on the command
line and `GALLERY_DEVICE_MEMORY=8GB` in the environment; the command line wins. The sentence
below a field is its help.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from gallery.demo import Chapter

PREFIX = "GALLERY_"
UNITS = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}
ON_SPACES = {"host": "0.0.0.0", "behind_proxy": True}  # a Space's container stands behind a proxy
TRUE, FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


class SettingsError(ValueError):
    """A value that an option cannot take. The message is a sentence."""


def parse_bytes(text: str) -> int:
    """Bytes in "8GB" (8 * 10^9), "512 MiB" (512 * 2^20) or "1000000"."""
    match = re.fullmatch(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([kmgt]i?)?b?\s*", text.lower())
    if match is None:
        raise SettingsError(f'"{text}" is no amount of memory; write it like 8GB or 512MiB.')
    return int(float(match[1]) * UNITS[match[2] or ""])


def parse_bool(text: str) -> bool:
    if text.lower() in TRUE | FALSE:
        return text.lower() in TRUE
    raise SettingsError(f'"{text}" is neither yes nor no; write 1 or 0.')


def parse_number(text: str) -> int:
    if not text.strip().isdecimal():
        raise SettingsError(f'"{text}" is no whole number.')
    return int(text)


def parse_names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def parse_chapters(text: str) -> tuple[Chapter, ...]:
    """Chapters by either name: "games" or "Games", "generative" or "Generative models"."""
    known = {chapter.name.lower(): chapter for chapter in Chapter}
    known |= {chapter.value.lower(): chapter for chapter in Chapter}
    names = parse_names(text)
    for name in names:
        if name.lower() not in known:
            offered = ", ".join(chapter.name.lower() for chapter in Chapter)
            raise SettingsError(f'There is no chapter "{name}"; the chapters are {offered}.')
    return tuple(known[name.lower()] for name in names)


def parse_auth(text: str) -> tuple[tuple[str, str], ...]:
    """Pairs of user and password: "user:password", or a file with one such pair on each line."""
    lines = Path(text).read_text(encoding="utf-8").splitlines() if Path(text).is_file() else [text]
    pairs = tuple(tuple(line.strip().split(":", 1)) for line in lines if line.strip())
    if not pairs or any(len(pair) != 2 or not all(pair) for pair in pairs):
        # The text is not repeated here, for it may hold a password.
        raise SettingsError("Write auth as user:password, or name a file with one such pair on each line.")
    return pairs  # type: ignore[return-value]


PARSERS: dict[str, Callable[[str], Any]] = {
    "str": str,
    "int": parse_number,
    "bool": parse_bool,
    "int | None": parse_bytes,
    "tuple[str, ...]": parse_names,
    "tuple[Chapter, ...]": parse_chapters,
    "tuple[tuple[str, str], ...]": parse_auth,
}


@dataclass(frozen=True)
class Settings:
    """The options of `python app.py`."""

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 lets other computers of the network in."""
    port: int = 7860
    """Port to listen on."""
    device: str = "auto"
    """Where models run: auto, cpu, cuda, cuda:1 or mps."""
    device_memory: int | None = None
    """Memory of the device that models may fill, like 8GB (default: what is free, less a reserve)."""
    host_memory: int | None = None
    """Memory of the computer that models may fill, like 8GB (default: a share of what there is)."""
    chapters: tuple[Chapter, ...] = ()
    """Show these chapters of the lecture only, like vision,games."""
    demos: tuple[str, ...] = ()
    """Show these demos only, by their ids, like imagenet."""
    projector: bool = False
    """Open in projector mode: large type, nothing that distracts."""
    share: bool = False
    """Make a public link through Gradio's relay, for as long as the gallery runs."""
    auth: tuple[tuple[str, str], ...] = ()
    """Ask visitors for user:password; or a file with one such pair on each line."""
    offline: bool = False
    """Never try to download a model."""
    warm: bool = False
    """Load the models that ship with the gallery before the first visitor comes."""
    max_queue: int = 64
    """Requests that may wait; further ones are asked to come back."""
    upload_limit: int | None = 50_000_000
    """Size of the largest file that a visitor may hand in, like 50MB."""
    image_pixels: int = 100_000_000
    """Pixels of the largest image that is opened, against decompression bombs."""
    rate: int = 120
    """Requests a minute that one visitor may make, on average; 0 for no limit."""
    behind_proxy: bool = False
    """Take a visitor's address from X-Forwarded-For, which only a proxy of yours may set."""

    @classmethod
    def read(
        cls, arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ
    ) -> Settings:
        """From the command line, then the environment, then the defaults.

        Ends the program with a sentence for a value that cannot be, as argparse does.
        """
        values: dict[str, Any] = dict(ON_SPACES) if "SPACE_ID" in environment else {}
        parser = argparse.ArgumentParser(
            prog="app.py",
            description="The Deep Learning Gallery: the lecture's techniques, to try in a browser.",
            epilog=f"Each option can be set in the environment too: {PREFIX}HOST for --host, and so on.",
        )
        helps = help_texts(cls)
        for option in fields(cls):
            parse, flag = PARSERS[str(option.type)], "--" + option.name.replace("_", "-")
            keywords: dict[str, Any] = {"help": helps[option.name], "type": argument(parse)}
            if option.type == "bool":
                keywords |= {"nargs": "?", "const": True, "metavar": "0|1"}
            else:
                keywords["metavar"] = option.name.upper().rsplit("_", 1)[-1]
            parser.add_argument(flag, default=None, **keywords)
            if (text := environment.get(PREFIX + option.name.upper())) is not None:
                try:
                    values[option.name] = parse(text)
                except SettingsError as error:
                    parser.error(f"{PREFIX}{option.name.upper()}: {error}")
        given = vars(parser.parse_args([] if arguments is None else arguments))
        return cls(**values | {name: value for name, value in given.items() if value is not None})


def argument(parse: Any) -> Any:
    """The same parser for argparse, which shows the sentence of its own error class only."""

    def parse_argument(text: str) -> Any:
        try:
            return parse(text)
        except SettingsError as error:
            raise argparse.ArgumentTypeError(str(error).replace("%", "%%")) from None

    return parse_argument


def help_texts(cls: type) -> dict[str, str]:
    """The string that stands below each field of a class, by the field's name."""
    body = ast.parse(inspect.getsource(cls)).body[0]
    assert isinstance(body, ast.ClassDef)
    texts = {}
    for statement, below in zip(body.body, body.body[1:], strict=False):
        match statement, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                texts[name] = text
    return texts
