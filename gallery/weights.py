"""Where weights come from: files that ship with the gallery, or a public hub.

A `ModelSpec` says what a model is; its `source` brings the files, each checked against its
SHA-256 before anything reads it. Nothing that can run code is ever loaded.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import threading
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from gallery.card import Card

if TYPE_CHECKING:
    from PIL.Image import Image

EMBEDDED_FOLDER = Path(__file__).parent.parent / "assets" / "weights"
CHUNK = 1 << 20  # bytes read at a time, between two looks at the progress
TIMEOUT = 10.0  # seconds to wait for a hub's first answer and for each next piece

Progress = Callable[[int, int | None], None]  # bytes done, bytes in all where known


def no_progress(done: int, total: int | None) -> None:
    """For those who do not watch."""


class WeightsError(Exception):
    """The weights cannot be had. The message is a sentence for the user."""


class WeightsUnreachable(WeightsError):
    """The hub did not answer, or must not be asked: trying again later may help."""


class WeightsCorrupt(WeightsError):
    """The file is not the one that was published: trying again alone does not help."""


@dataclass(frozen=True)
class ModelSpec:
    """A model: what it is, where its weights come from, and what it wants to be shown.

    `key` is unique in the gallery, `title` is what a dropdown shows. `architecture` builds the
    network without weights; it may import what it needs when it is called. `preprocessing`
    turns an RGB picture into the network's input (C, H, W); None where the model wants
    something else than pictures. `card` is shown on the page; for hub models it is the URL of
    the publisher's page.
    """

    key: str
    title: str
    architecture: Callable[[], nn.Module]
    source: Source
    licence: str
    preprocessing: Callable[[Image], Tensor] | None = None
    card: str = ""

    @property
    def embedded(self) -> bool:
        return isinstance(self.source, Embedded)


class Source(Protocol):
    def fetch(self, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        """The weights files, each whole and checked, as `filled` takes them. Raises WeightsError."""


@dataclass(frozen=True)
class Embedded:
    """Safetensors files under assets/weights that a model card describes."""

    card: Path
    folder: Path = EMBEDDED_FOLDER

    @property
    def paths(self) -> list[Path]:
        """Where the card says that the files lie; nothing is checked. Raises CardError."""
        return [self.folder / name for name in Card.read(self.card).weights]

    def fetch(self, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        """The files in the card's order. Raises WeightsCorrupt where one is missing or another."""
        paths = self.paths
        for path in paths:
            if not path.is_file():
                raise WeightsCorrupt(
                    f"The gallery's own file {path.name} is missing. Get a fresh copy of the gallery."
                )
        done, total = 0, sum(path.stat().st_size for path in paths)
        for path, digest in zip(paths, Card.read(self.card).sha256, strict=True):
            if sha256(path, part_of(progress, done, total)) != digest:
                raise WeightsCorrupt(
                    f"The gallery's own file {path.name} is damaged or was changed: its SHA-256 differs "
                    "from the one on its model card. Get a fresh copy of the gallery."
                )
            done += path.stat().st_size
        return paths


@dataclass(frozen=True)
class HubFile:
    """A file on a public server, kept in torch's cache folder once it was downloaded.

    `sha256` is the digest or its first characters, as far as the publisher tells it; where it is
    empty, nothing is compared and whoever reads the file has to look at what it holds. `folder`
    keeps apart what is called model.safetensors in many repositories.
    """

    url: str
    sha256: str
    folder: str = ""

    @property
    def filename(self) -> str:
        return Path(urllib.parse.urlparse(self.url).path).name

    @property
    def host(self) -> str:
        return urllib.parse.urlparse(self.url).hostname or self.url

    @property
    def path(self) -> Path:
        """Where torch.hub keeps it too, so that nobody downloads it twice."""
        return Path(torch.hub.get_dir()) / "checkpoints" / self.folder / self.filename

    def fetch(self, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        """The one file, downloaded if need be.

        Raises WeightsUnreachable where the hub does not send it, WeightsCorrupt where it is
        another one than was published, WeightsError where it cannot be stored.
        """
        if not self.path.is_file():
            if offline:
                raise WeightsUnreachable(
                    f"{self.filename} was never downloaded to this computer, and the gallery runs offline."
                )
            self.download(progress)
        elif self.sha256 and not sha256(self.path, progress).startswith(self.sha256):
            raise WeightsCorrupt(
                f"The file {self.filename} in torch's cache folder is damaged or was changed: its SHA-256 "
                "does not match the publisher's. Delete it, then press Retry."
            )
        return [self.path]

    def download(self, progress: Progress) -> None:
        """Fetch into a file of another name, check it, and only then give it its name."""
        # The name holds process and thread, so that two downloads never write into one file.
        partial = self.path.with_name(f"{self.filename}.{os.getpid()}-{threading.get_ident()}.partial")
        digest, done = hashlib.sha256(), 0
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file, closing(self.pieces()) as pieces:
                for piece, total in pieces:
                    file.write(piece)
                    digest.update(piece)
                    done += len(piece)
                    progress(done, total)
            if not digest.hexdigest().startswith(self.sha256):
                raise WeightsCorrupt(
                    f"What {self.host} sent as {self.filename} is not what its publisher names: the SHA-256 "
                    "differs. Nothing was kept."
                )
            partial.replace(self.path)
        except OSError as error:
            raise WeightsError(f"{self.filename} cannot be stored: {error.strerror or error}.") from error
        finally:
            with suppress(OSError):
                partial.unlink()

    def pieces(self) -> Generator[tuple[bytes, int | None], None, None]:
        """What the server sends, piece by piece, each with the number of bytes in all."""
        done, answered = 0, False
        try:
            with urllib.request.urlopen(self.url, timeout=TIMEOUT) as answer:
                answered = True
                length = answer.headers.get("Content-Length", "")
                total = int(length) if length.isdecimal() else None
                while piece := answer.read(CHUNK):
                    done += len(piece)
                    yield piece, total
            broken = total is not None and done != total
        except urllib.error.HTTPError as error:
            error.close()
            raise WeightsUnreachable(
                f"{self.host} has no {self.filename} for us (HTTP {error.code})."
            ) from error
        except (OSError, http.client.HTTPException) as error:
            if not answered:
                raise WeightsUnreachable(
                    f"{self.host} cannot be reached, so {self.filename} cannot be downloaded now."
                ) from error
            broken = True
        if broken:
            raise WeightsUnreachable(
                f"The download of {self.filename} from {self.host} broke off. Try again."
            )


@dataclass(frozen=True)
class Torchvision:
    """Published weights of a torchvision model, e.g. ("resnet50", "IMAGENET1K_V2").

    torchvision is asked only when the weights are, for importing it takes a second.
    """

    model: str
    weights: str

    @property
    def file(self) -> HubFile:
        from torchvision.models import get_model_weights

        url = get_model_weights(self.model)[self.weights].url
        # torch.hub's convention: the file's name ends in the first digits of its SHA-256.
        return HubFile(url, sha256=Path(url).stem.rsplit("-", 1)[1])

    def fetch(self, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        """Returns and raises as HubFile.fetch does."""
        return self.file.fetch(progress, offline=offline)


def blueprint_of(spec: ModelSpec) -> nn.Module:
    """The network without memory for its values, so that nobody computes random ones in vain."""
    with torch.device("meta"):
        return spec.architecture()


def filled(spec: ModelSpec, *paths: Path) -> nn.Module:
    """The network with the values of its weights files together, ready to predict.

    The files are mapped into memory, not read. Values take the blueprint's type, so 16-bit files
    fill 32-bit networks. Raises WeightsCorrupt where files and network do not belong together.
    """
    model = blueprint_of(spec)
    expected = model.state_dict()
    state = {
        name: value.to(expected[name].dtype) if name in expected else value
        for name, value in read_all(paths).items()
    }
    tied = tied_parameters(model)
    for names in tied:  # a file may hold such a tensor once, under any of its names
        known = [state[name] for name in names if name in state]
        state |= dict.fromkeys(names, known[0]) if known else {}
    try:
        model.load_state_dict(state, assign=True)
    except RuntimeError as error:
        files = ", ".join(path.name for path in paths)
        hold = f"The file {files} does not hold" if len(paths) == 1 else f"The files {files} do not hold"
        raise WeightsCorrupt(f"{hold} the weights of {spec.title}.") from error
    for first, *others in tied:  # assigning has given each name a parameter of its own
        for name in others:
            replace(model, name, model.get_parameter(first))
    fill_computed_buffers(model, spec)
    return model.eval().requires_grad_(False)


def read_all(paths: Iterable[Path]) -> dict[str, Tensor]:
    """The tensors of several files. Raises WeightsCorrupt where two hold one of the same name."""
    state: dict[str, Tensor] = {}
    for path in paths:
        values = read(path)
        if twice := state.keys() & values.keys():
            raise WeightsCorrupt(f"The file {path.name} holds {min(twice)}, which another file holds too.")
        state |= values
    return state


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors file or of a .pth file that holds nothing else."""
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        # The format before 2020 is no ZIP and cannot be mapped.
        values = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except Exception as error:  # a damaged pickle fails in a dozen ways
        if isinstance(error, OSError | MemoryError) or "allocate memory" in str(error):
            raise  # no fault of the file
        raise WeightsCorrupt(f"The file {path.name} is no readable weights file.") from error
    if not isinstance(values, dict) or not all(isinstance(value, Tensor) for value in values.values()):
        raise WeightsCorrupt(f"The file {path.name} holds something else than weights.")
    return values


def tied_parameters(model: nn.Module) -> list[list[str]]:
    """Groups of names that stand for one and the same parameter."""
    names: dict[int, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    return [group for group in names.values() if len(group) > 1]


def fill_computed_buffers(model: nn.Module, spec: ModelSpec) -> None:
    """Tables that a network computes for itself are in no file: take them from a real one."""
    buffers = model.named_buffers(remove_duplicate=False)
    missing = [name for name, buffer in buffers if buffer.is_meta]
    if missing:
        real = dict(spec.architecture().named_buffers(remove_duplicate=False))
        for name in missing:
            replace(model, name, real[name])


def replace(model: nn.Module, name: str, value: Tensor) -> None:
    """Put another tensor in the place that `name`, a path with dots, stands for."""
    owner, _, attribute = name.rpartition(".")
    setattr(model.get_submodule(owner), attribute, value)


def part_of(progress: Progress, before: int, total: int) -> Progress:
    """What reports on one file as on a part of `total` bytes, `before` of which are done."""
    return lambda done, _: progress(before + done, total)


def sha256(path: Path, progress: Progress = no_progress) -> str:
    """Digest of a file as hexadecimal digits."""
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            progress(done, total)
    return digest.hexdigest()
