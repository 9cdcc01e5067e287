"""Downloads of word vectors that are of no use: each is told in a sentence, and nothing half done counts."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from demos.word2vec import convert
from gallery.weights import WeightsCorrupt, WeightsError, WeightsUnreachable
from tests.demos.word2vec.pretend_hub import ROWS, Hub, left_below, sentences, serving, words


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(tmp_path, monkeypatch) as hub:
        yield hub


def test_offline_is_one_sentence(hub: Hub) -> None:
    with pytest.raises(WeightsUnreachable, match=r"word vectors tiny were never downloaded .* offline\.$"):
        hub.source().fetch(offline=True)
    assert hub.asked == []


@pytest.mark.parametrize("name", ["model.safetensors", "vocab.json"])
def test_a_wrong_digest_is_refused(hub: Hub, tmp_path: Path, name: str) -> None:
    source = hub.source()
    hub.files[name] += b" "
    with pytest.raises(WeightsCorrupt, match=f"{name} is not what its publisher names"):
        source.fetch()
    assert name not in left_below(tmp_path)
    assert source.paths == []


UNFIT_WORDS = {
    "is not readable as JSON": [b"", b"<!doctype html>", b'{"the": 0', b"\xff\xfe", b"[" * 100_000],
    "is no list of words": [b"7", b'"words"'],
    "does not number its words": [
        b'{"the": 1}',
        b'{"the": -1}',
        b'{"the": 0.0}',
        b'{"the": "0"}',
        b'{"the": true}',
        b'["the", 3]',
        b'{"version": 1, "model": {"vocab": {}}}',
    ],
    "has no word for some rows": [b'{"the": 0, "of": 0}'],
    "rows for": [b"[]", json.dumps(words()[:-1]).encode(), json.dumps([*words(), "more"]).encode()],
}


@pytest.mark.parametrize(
    ("told", "content"), [(told, content) for told, contents in UNFIT_WORDS.items() for content in contents]
)
def test_unfit_words_are_told_and_nothing_is_kept(
    hub: Hub, tmp_path: Path, told: str, content: bytes
) -> None:
    hub.files["vocab.json"] = content
    source = hub.source(digests=False)
    with pytest.raises(WeightsCorrupt, match=f"127.0.0.1 sent as tiny cannot be used: .*{told}") as caught:
        source.fetch()
    assert sentences(caught.value)
    assert left_below(tmp_path) == set()
    if told != "rows for":
        assert hub.asked == ["vocab.json"], "nobody waits for the table"


def unfit_tables() -> dict[str, bytes]:
    good = np.ones((ROWS, 3), np.float32)
    return {
        "no readable safetensors file": b"<!doctype html>",
        "readable safetensors": save({"vectors": good})[:-1],
        "holds 0 tables": save({"pq": np.ones((ROWS, 3), np.uint8), "flat": good[:, 0].copy()}),
        "holds 2 tables": save({"a": good, "b": good}),
        "999 rows for 1,000 words": save({"vectors": good[1:]}),
        "values that are no numbers": save({"vectors": good * np.nan}),
    }


@pytest.mark.parametrize("told", unfit_tables())
def test_an_unfit_table_is_told_and_nothing_is_kept(hub: Hub, tmp_path: Path, told: str) -> None:
    hub.files["model.safetensors"] = unfit_tables()[told]
    source = hub.source(digests=False)
    with pytest.raises(WeightsCorrupt, match=f"{told}.* Nothing was kept") as caught:
        source.fetch()
    assert sentences(caught.value)
    assert left_below(tmp_path) == set()


def test_only_unusable_words_are_told(hub: Hub) -> None:
    hub.files["vocab.json"] = json.dumps([""] * ROWS).encode()
    with pytest.raises(WeightsCorrupt, match="holds no words"):
        hub.source().fetch()


def test_a_full_disk_is_one_sentence(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    source = hub.source()
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(WeightsError, match=r"tiny cannot be stored: No space left on device\.") as caught:
        source.fetch()
    assert type(caught.value) is WeightsError
    assert source.paths == []


def test_the_table_is_never_read_as_a_whole(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[slice] = []
    found = convert.only_table

    class Watched:
        def __init__(self, file: Any) -> None:
            self.table = found(file)

        def get_shape(self) -> list[int]:
            shape: list[int] = self.table.get_shape()
            return shape

        def __getitem__(self, rows: slice) -> np.ndarray:
            asked.append(rows)
            part: np.ndarray = self.table[rows]
            return part

    monkeypatch.setattr(convert, "only_table", Watched)
    hub.source(limit=700).fetch()
    assert asked == [slice(0, 300), slice(300, 600), slice(600, 700)]
