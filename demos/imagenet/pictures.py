"""Labelled pictures from a ZIP or from single files, read one by one and never written anywhere.

A ZIP from a stranger may be a bomb, may lead out of its folder, may hold anything. So its
directory is checked before a byte is unpacked, each picture is unpacked into memory on its own
and only up to a limit, and what cannot be used is counted and named.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from PIL import Image

from demos.imagenet.names import ClassNames, normalise
from gallery.inputs import InputError, open_image

PICTURES = (
    ".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif",
)  # fmt: skip
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".jar")
UNSEEN = ("thumbs.db", "desktop.ini")  # what operating systems leave behind, and nobody misses
# Folders that say what the pictures are for, not what they show.
GENERIC = {
    "image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "data", "dataset",
    "train", "training", "val", "valid", "validation", "test", "testing",
}  # fmt: skip
ENOUGH = 512  # pixels of the shorter side that are kept; no network here takes more


@dataclass(frozen=True)
class Limits:
    """What a ZIP may hold; beyond it no picture is read at all, or just that one is not."""

    entries: int = 20_000
    pictures: int = 10_000
    directory: int = 8_000_000  # bytes of the ZIP's own list of contents
    unpacked: int = 2_000_000_000  # bytes of all entries together
    entry: int = 40_000_000  # bytes of one picture
    ratio: int = 200  # unpacked to packed; real pictures hardly shrink
    ratio_from: int = 1_000_000  # bytes from which on the ratio says something


USUAL = Limits()


@dataclass
class LeftOut:
    """What could not be used: reason to names, in the order in which it was met."""

    names: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        self.names.setdefault(reason, []).append(name)

    @property
    def count(self) -> int:
        return sum(len(names) for names in self.names.values())

    def sentences(self, shown: int = 3) -> list[str]:
        """One for each reason, with the first names."""
        sentences = []
        for reason, names in self.names.items():
            more = ", …" if len(names) > shown else ""
            sentences.append(f"{len(names)} left out: {reason} ({', '.join(names[:shown])}{more}).")
        return sentences


@dataclass(frozen=True)
class Labelled:
    """A picture that can be read, and the class that its name gives it."""

    name: str
    truth: int


class Pictures(Protocol):
    """Where labelled pictures come from."""

    labelled: list[Labelled]
    left_out: LeftOut

    def read(self, name: str) -> Image.Image:
        """The picture as RGB, no larger than needed. Raises InputError where it is none."""

    def notes(self) -> list[str]:
        """A sentence for everything that was left out."""

    def close(self) -> None: ...


class Sorting:
    """Puts names to classes and remembers which it could not place."""

    def __init__(self, names: ClassNames) -> None:
        self.names = names
        self.labelled: list[Labelled] = []
        self.left_out = LeftOut()
        self.unknown: Counter[str] = Counter()
        self.ambiguous: Counter[str] = Counter()

    def sort(self, name: str, limits: Limits) -> None:
        """Take the picture with that name, or note why not."""
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in ARCHIVES:
            self.left_out.add("a ZIP or another archive within is not opened", shown(name))
        elif suffix not in PICTURES:
            self.left_out.add("not a picture", shown(name))
        else:
            found = self.class_of(name)
            if found is None:
                return
            if len(self.labelled) >= limits.pictures:
                self.left_out.add(f"more than {limits.pictures:,} pictures", shown(name))
                return
            self.labelled.append(Labelled(name, found))

    def class_of(self, name: str) -> int | None:
        """The class that the nearest folder names, else the beginning of the file's name."""
        *folders, file = PurePosixPath(name).parts
        stem = PurePosixPath(file).stem
        for text in [*reversed(folders), *beginnings(stem)]:
            found = self.names.find(text)
            if len(found) == 1:
                return min(found)
            if found:
                self.ambiguous[text] += 1
                return None
        telling = [folder for folder in folders if normalise(folder) not in GENERIC]
        self.unknown[(telling[-1] if telling else re.sub(r"[\s_.()-]*\d*[\s_.()-]*$", "", stem)) or stem] += 1
        return None

    def notes(self, most: int = 20) -> list[str]:
        """A sentence for every class name that is unknown or names two classes, and for all else left out."""
        sentences = []
        for text, count in self.unknown.most_common(most):
            near = self.names.nearest(text)
            hint = f"; the nearest is “{near}”" if near else ""
            said = f"{counted(count)} of “{shown(text)}” left out"
            sentences.append(f"{said}: this network has no such class{hint}.")
        if len(self.unknown) > most:
            sentences.append(f"{len(self.unknown) - most} further unknown classes left out.")
        for text, count in self.ambiguous.most_common(most):
            titles = " and ".join(f"“{self.names.title(i)}”" for i in sorted(self.names.find(text)))
            said = f"{counted(count)} of “{shown(text)}” left out"
            sentences.append(f"{said}: that names {titles}; use the WordNet id instead.")
        return sentences + self.left_out.sentences()


class ZipPictures:
    """The pictures in a ZIP. Raises InputError where it is none, or where it is dangerous."""

    def __init__(self, path: Path, names: ClassNames, limits: Limits = USUAL) -> None:
        self.limits = limits
        self.sorting = Sorting(names)
        self.labelled, self.left_out = self.sorting.labelled, self.sorting.left_out
        with path.open("rb") as file:
            check_directory(file, limits)
        try:
            self.archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise damaged() from error
        try:
            self.look_through(self.archive.infolist())
        except BaseException:
            self.archive.close()
            raise

    def look_through(self, entries: list[zipfile.ZipInfo]) -> None:
        """Judge by the directory alone. Raises InputError for a bomb."""
        limits = self.limits
        if len(entries) > limits.entries:
            raise too_many(limits)
        if sum(entry.file_size for entry in entries) > limits.unpacked:
            gigabytes = f"{limits.unpacked / 1e9:g} GB"
            raise InputError(f"Unpacked, this ZIP has more than {gigabytes}: split it and try again.")
        for entry in entries:
            name = entry.filename
            if entry.is_dir() or is_unseen(name):
                continue
            ratio = entry.file_size // max(entry.compress_size, 1)
            if entry.file_size > limits.ratio_from and ratio > limits.ratio:
                raise InputError(
                    f"“{shown(name)}” in this ZIP unpacks to {ratio:,} times its size, as no picture does: "
                    "nothing was unpacked."
                )
            if leads_outside(name):
                self.left_out.add("its path leads outside the ZIP", shown(name))
            elif entry.flag_bits & 0x1:
                self.left_out.add("encrypted", shown(name))
            elif entry.file_size > limits.entry:
                self.left_out.add(f"larger than {limits.entry // 1_000_000} MB", shown(name))
            else:
                self.sorting.sort(name, limits)

    def read(self, name: str) -> Image.Image:
        try:
            with self.archive.open(name) as packed:
                content = packed.read(self.limits.entry + 1)  # whatever the directory says
        except Exception as error:  # zlib, lzma and zipfile each have their own
            raise InputError("it is damaged in the ZIP") from error
        if len(content) > self.limits.entry:
            raise InputError(f"larger than {self.limits.entry // 1_000_000} MB")
        return modest(io.BytesIO(content))

    def notes(self) -> list[str]:
        return self.sorting.notes()

    def close(self) -> None:
        self.archive.close()


class FilePictures:
    """Single files, named by class: `goldfish_1.jpg` or `n01443537_1.jpg`."""

    def __init__(self, paths: Sequence[Path], names: ClassNames, limits: Limits = USUAL) -> None:
        self.sorting = Sorting(names)
        self.labelled, self.left_out = self.sorting.labelled, self.sorting.left_out
        self.paths: dict[str, Path] = {}
        for path in paths:
            name = path.name
            while name in self.paths:  # two folders may each hold a 1.jpg
                name = f"{Path(name).stem} {path.suffix}"
            self.paths[name] = path
            self.sorting.sort(name, limits)

    def read(self, name: str) -> Image.Image:
        return modest(self.paths[name])

    def notes(self) -> list[str]:
        return self.sorting.notes()

    def close(self) -> None:
        """There is nothing to close."""


def pictures_in(paths: Sequence[Path], names: ClassNames, limits: Limits = USUAL) -> Pictures:
    """One ZIP, or any number of pictures. Raises InputError."""
    if not paths:
        raise InputError("There is nothing to measure yet: choose a ZIP, a folder or pictures first.")
    zips = [path for path in paths if path.suffix.lower() == ".zip"]
    if zips and len(paths) > 1:
        raise InputError("Choose one ZIP or several pictures, not both and not two ZIPs.")
    return ZipPictures(zips[0], names, limits) if zips else FilePictures(paths, names, limits)


def check_directory(file: BinaryIO, limits: Limits) -> None:
    """Look at the last record of a ZIP before Python reads its whole list of contents into memory.

    Raises InputError where there is none, or where the list is too long.
    """
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - 65_535 - 22 - 20)
    file.seek(start)
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise InputError(
            "This file is not a ZIP, or was not copied to its end: pack it again and try once more."
        )
    count, length = struct.unpack("<HI", tail[end + 10 : end + 16])
    # The larger format of the record exists for more than 65,535 entries or 4 GB.
    larger = tail[max(0, end - 20) : end].startswith(b"PK\x06\x07")
    if larger or length > limits.directory or count > limits.entries:
        raise too_many(limits)


def too_many(limits: Limits) -> InputError:
    return InputError(f"This ZIP has too many entries; at most {limits.entries:,} are looked at here.")


def damaged() -> InputError:
    return InputError("This ZIP is damaged or of an unusual kind: pack the pictures again and try once more.")


def modest(source: Path | BinaryIO) -> Image.Image:
    """The picture, its shorter side not far above what a network takes. Raises InputError."""
    image = open_image(source, enough=ENOUGH)
    factor = min(image.size) // ENOUGH
    return image.reduce(factor) if factor > 1 else image


def beginnings(stem: str) -> Iterator[str]:
    """What may be the class in front of a file's name, longest first: "golden_retriever_12"."""
    words = [word for word in re.split(r"[\s_.()-]+", stem) if word]
    for count in range(len(words), 0, -1):
        yield " ".join(words[:count])


def leads_outside(name: str) -> bool:
    path = name.replace("\\", "/")
    return path.startswith("/") or bool(re.match(r"[A-Za-z]:", path)) or ".." in path.split("/")


def is_unseen(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if not parts or "__MACOSX" in parts or parts[-1].lower() in UNSEEN:
        return True
    return parts[-1].startswith(".") and parts[-1] != ".."


def shown(name: str, most: int = 60) -> str:
    """A name from a stranger, fit to stand in a sentence."""
    clean = "".join(character if character.isprintable() else "?" for character in name)
    return clean if len(clean) <= most else f"…{clean[-most:]}"


def counted(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"
