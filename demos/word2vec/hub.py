"""Public word vectors: downloaded once, rounded to the house's 8-bit blocks, and kept as those.

Reading guide: `PUBLIC` lists what there is. `HubVectors.fetch` brings the files; what is in a download
is the matter of convert.py. `Architecture` reads from the files' headers how large the model is.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from demos.word2vec.convert import Unfit, Vocabulary, packed, read_vocabulary
from demos.word2vec.model import WordVectors
from gallery.weights import (
    Embedded,
    HubFile,
    ModelSpec,
    Progress,
    WeightsCorrupt,
    WeightsError,
    WeightsUnreachable,
    no_progress,
    part_of,
    sha256,
)

FORMAT = 1  # of the converted files; another number has everyone convert anew


@dataclass(frozen=True)
class HubVectors:
    """A table of vectors in a safetensors file and its words in a JSON file, both on a hub.

    Kept are the first `limit` words, the most frequent ones, as safetensors files of 8-bit blocks
    in the folder `name` below torch's own. An index that is written last says that all are there.
    """

    name: str
    vectors: HubFile
    vocabulary: HubFile
    limit: int

    @property
    def folder(self) -> Path:
        return Path(torch.hub.get_dir()) / "word2vec" / self.name

    @property
    def index(self) -> Path:
        return self.folder / "index.json"

    @property
    def made_from(self) -> list[str | int]:
        """What the converted files depend on: they are made anew where any of it has changed."""
        files = (self.vectors, self.vocabulary)
        return [FORMAT, self.limit, *(part for file in files for part in (file.url, file.sha256))]

    def block_path(self, number: int) -> Path:
        return self.folder / f"{self.name}-{number}.safetensors"

    @property
    def digests(self) -> dict[Path, str]:
        """The converted files with their SHA-256; empty unless a conversion came to its end."""
        try:
            index = json.loads(self.index.read_bytes())
            digests = {self.block_path(number): digest for number, digest in enumerate(index["sha256"])}
            whole = index["made_from"] == self.made_from and all(path.is_file() for path in digests)
        except (OSError, ValueError, LookupError, TypeError):
            return {}
        return digests if whole else {}

    @property
    def paths(self) -> list[Path]:
        """Where the converted files lie; nothing is checked. Empty before they were made."""
        return list(self.digests)

    def fetch(self, progress: Progress = no_progress, *, offline: bool = False) -> list[Path]:
        """The converted files, made from a download if need be.

        Progress counts the bytes of the table, then the words that are converted. Raises
        WeightsUnreachable where the hub sends nothing, WeightsCorrupt where it sends something
        else or the converted files were changed, WeightsError where they cannot be stored.
        """
        if not self.digests:
            downloads = (self.vocabulary, self.vectors)
            if offline and not all(file.path.is_file() for file in downloads):
                raise WeightsUnreachable(
                    f"The word vectors {self.name} were never downloaded to this computer, and the gallery "
                    "runs offline."
                )
            self.make(progress, offline)
            self.delete_downloads()
        return self.checked(progress)

    def make(self, progress: Progress, offline: bool) -> None:
        """Download and convert."""
        try:
            # The small file first: nobody should wait for gigabytes to read that it is broken.
            (path,) = self.vocabulary.fetch(lambda done, _: progress(done, None), offline=offline)
            vocabulary = read_vocabulary(path, self.limit)
            (table,) = self.vectors.fetch(progress, offline=offline)
            if not self.digests:  # another process may have been faster
                self.convert(table, vocabulary, progress)
        except Unfit as error:
            self.delete_downloads()  # or trying again would find the same
            raise WeightsCorrupt(
                f"What {self.vectors.host} sent as {self.name} cannot be used: {error}. Nothing was kept."
            ) from error
        except OSError as error:
            if not self.digests:  # a faster process deletes the table under our eyes
                raise WeightsError(
                    f"The word vectors {self.name} cannot be stored: {error.strerror or error}."
                ) from error

    def convert(self, table: Path, vocabulary: Vocabulary, progress: Progress) -> None:
        """Write the blocks, then the index. Raises Unfit, and OSError where the disk is full."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.index.unlink(missing_ok=True)  # of a set that is not whole, or no longer ours
        digests = []
        for number, block in enumerate(packed(table, vocabulary, progress)):
            tensors = {f"blocks.{number}.{name}": value for name, value in block.state_dict().items()}
            content = save(tensors)
            self.write(self.block_path(number), content)
            digests.append(hashlib.sha256(content).hexdigest())
        if not digests:
            raise Unfit("it holds no words")
        index = {"made_from": self.made_from, "sha256": digests}
        self.write(self.index, json.dumps(index, indent=1).encode())

    def write(self, path: Path, content: bytes) -> None:
        """The whole file or none. Two who write at once write the same."""
        partial = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.partial")
        try:
            partial.write_bytes(content)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    def delete_downloads(self) -> None:
        for file in (self.vectors, self.vocabulary):
            with suppress(OSError):  # Windows keeps a file that another process reads
                file.path.unlink()

    def checked(self, progress: Progress) -> list[Path]:
        """The converted files. Raises WeightsCorrupt where one is not as it was written."""
        digests = self.digests
        done, total = 0, sum(path.stat().st_size for path in digests)
        for path, digest in digests.items():
            if sha256(path, part_of(progress, done, total)) != digest:
                raise WeightsCorrupt(
                    f"The file {path.name} in torch's cache folder is damaged or was changed. Delete the "
                    f"folder word2vec/{self.name} there, then press Retry."
                )
            done += path.stat().st_size
        return list(digests)


def sizes(paths: Sequence[Path]) -> list[tuple[int, int, int]]:
    """(words, dimensions, bytes of text) of each block, from the headers of the files alone.

    Raises WeightsCorrupt where they are no blocks of word vectors.
    """
    shapes: dict[str, list[int]] = {}
    blocks = 0
    try:
        for path in paths:
            with safe_open(path, framework="numpy") as file:
                for name in file.keys():  # noqa: SIM118  # it is no dict
                    shapes[name] = file.get_slice(name).get_shape()
                    blocks += bool(re.fullmatch(r"blocks\.\d+\.text", name))
        found = []
        for number in range(blocks):
            if halves := shapes.get(f"blocks.{number}.halves"):
                words, dimensions = halves[0], 2 * halves[1]
            else:
                words, dimensions = shapes[f"blocks.{number}.codes"]
            (text,) = shapes[f"blocks.{number}.text"]
            found.append((words, dimensions, text))
    except (SafetensorError, KeyError, ValueError) as error:
        names = ", ".join(path.name for path in paths)
        raise WeightsCorrupt(f"Not all of {names} can be read as word vectors.") from error
    return found


@dataclass(frozen=True)
class Architecture:
    """The `architecture` of a ModelSpec whose size stands in the headers of its files alone.

    Two for one source are equal, for the model cache compares specs.
    """

    source: Embedded | HubVectors

    def __call__(self) -> WordVectors:
        """Word vectors of the right sizes, all zeros. The cache fetches the files before it asks.

        Raises WeightsUnreachable before the source was fetched for the first time.
        """
        paths = self.source.paths
        if not paths:
            raise WeightsUnreachable("These word vectors were not downloaded yet.")
        return WordVectors(sizes(paths))


@dataclass(frozen=True)
class Public:
    """Word vectors that others have trained and published.

    `words` were published, of which the source keeps its `limit`; `megabytes` is roughly what
    has to be downloaded.
    """

    key: str
    title: str
    licence: str
    card: str
    trained_on: str
    words: int
    dimensions: int
    megabytes: int
    source: HubVectors


def file_of(repository: str, file: str, digest: str, folder: str, revision: str = "main") -> HubFile:
    """A file of a Hugging Face repository.

    A revision is a branch or the whole name of a commit: the hub's own client refuses short ones.
    Where only a short one is known, "main" with the file's digest is as safe.
    """
    return HubFile(f"https://huggingface.co/{repository}/resolve/{revision}/{file}", digest, folder)


PUBLIC = (
    Public(
        key="word2vec/glove-6b-100d",
        title="GloVe, Wikipedia and newswire (2014)",
        licence="PDDL 1.0",
        card="https://nlp.stanford.edu/projects/glove/",
        trained_on="Wikipedia 2014 and Gigaword 5, 6 billion words",
        words=400_000,
        dimensions=100,
        megabytes=168,
        source=HubVectors(
            name="glove-6b-100d",
            vectors=file_of(
                "kcz358/glove",
                "glove.6B/glove.6B.100d.safetensors",
                "986c2407be29722b0add36567376cadc2046673d393034df241e4c0819be68b7",
                "glove-6b-100d",
                "fc671f626a92828aef148a010bc5abccd1239b0b",
            ),
            # Of the 300-dimensional table: all four of GloVe 6B list the same words in one order.
            vocabulary=file_of(
                "NeuML/glove-6B",
                "vocab.json",
                "04182d0f3f26a2a6f77a50c5f23a91f0e47498f94fb07102d20afa68a84195fd",
                "glove-6b-100d",
            ),
            limit=400_000,
        ),
    ),
    Public(
        key="word2vec/google-news-300d",
        title="word2vec, Google News (2013)",
        licence="Apache-2.0",
        card="https://huggingface.co/NeuML/word2vec",
        trained_on="Google News, about 100 billion words",
        words=3_000_000,
        dimensions=300,
        megabytes=3_700,
        source=HubVectors(
            name="google-news-300d",
            vectors=file_of(
                "NeuML/word2vec",
                "model.safetensors",
                "0035d38e0d4226bb5ee3a77d3827f1162ebcd4f1225f02666c73fc76335d3d90",
                "google-news-300d",
            ),
            # No digest is known; a file of other words is noticed only if their number differs.
            vocabulary=file_of("NeuML/word2vec", "vocab.json", "", "google-news-300d"),
            limit=500_000,
        ),
    ),
    Public(
        key="word2vec/fasttext-wiki-news-300d",
        title="fastText, Wikipedia and news (2017)",
        licence="CC BY-SA 3.0",
        card="https://huggingface.co/NeuML/fasttext",
        trained_on="Wikipedia 2017, UMBC WebBase and statmt.org news, 16 billion words",
        words=999_994,
        dimensions=300,
        megabytes=1_220,
        source=HubVectors(
            name="fasttext-wiki-news-300d",
            # No digests are known: these files are checked in their shapes alone.
            vectors=file_of("NeuML/fasttext", "model.safetensors", "", "fasttext-wiki-news-300d"),
            vocabulary=file_of("NeuML/fasttext", "vocab.json", "", "fasttext-wiki-news-300d"),
            limit=500_000,
        ),
    ),
)


def spec(public: Public) -> ModelSpec:
    return ModelSpec(
        key=public.key,
        title=public.title,
        architecture=Architecture(public.source),
        source=public.source,
        licence=public.licence,
        card=public.card,
    )
