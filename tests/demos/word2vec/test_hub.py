"""Public word vectors: from a server's two files to blocks that answer as the table would."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import save

from demos.word2vec import convert
from demos.word2vec.hub import PUBLIC, Architecture, file_of, sizes, spec
from demos.word2vec.model import Block, WordVectors
from gallery.card import Card
from gallery.models import ModelCache
from gallery.weights import Embedded, WeightsCorrupt, WeightsUnreachable, blueprint_of, filled
from tests.demos.word2vec.pretend_hub import (
    DIMENSIONS,
    ROWS,
    Hub,
    left_below,
    load,
    public,
    random_table,
    sentences,
    serving,
    words,
)
from tests.pretend_hardware import SOON, PretendGPU, Visitor


@pytest.fixture
def table() -> np.ndarray:
    return random_table()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving(tmp_path, monkeypatch) as hub:
        yield hub


def unit(rows: np.ndarray) -> np.ndarray:
    return rows.astype(np.float64) / np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)


# ---- what comes out -------------------------------------------------------------------------


def in_a_map(names: list[str]) -> object:
    return {name: row for row, name in reversed(list(enumerate(names)))}


@pytest.mark.parametrize("shape", [lambda names: {"tokens": in_a_map(names)}, in_a_map, list])
@pytest.mark.parametrize(("tensor", "kind"), [("vectors", np.float32), ("weight", np.float16)])
def test_the_nearest_words_are_those_of_the_published_table(
    hub: Hub, table: np.ndarray, shape: Callable[[list[str]], object], tensor: str, kind: type
) -> None:
    counts = np.zeros(ROWS, np.int64)  # something else that a publisher may have put beside it
    hub.files["model.safetensors"] = save({tensor: table.astype(kind), "counts": counts})
    hub.files["vocab.json"] = json.dumps(shape(words()), ensure_ascii=False).encode()
    source = hub.source()
    assert [path.name for path in source.fetch()] == [f"tiny-{number}.safetensors" for number in range(4)]
    model = load(source)
    assert list(model.words) == words()
    assert (len(model), model.dimensions) == (ROWS, DIMENSIONS)
    exact = unit(table.astype(kind)) @ unit(table.astype(kind)[::97]).T  # (ROWS, Q)
    chosen = model.vectors(range(0, ROWS, 97))
    cosines = model.cosines(chosen).numpy()
    assert np.abs(cosines - exact).max() < 0.02
    nearest = (-exact).argsort(axis=0)
    for query, order in enumerate(nearest.T):
        second, third = exact[order[1], query], exact[order[2], query]
        if second - third > 0.02:  # else rounding may change their order
            assert model.words[(-cosines[:, query]).argsort()[1]] == words()[order[1]]
    assert (nearest[0] == np.arange(0, ROWS, 97)).all()


@pytest.mark.parametrize("limit", [1, 299, 300, 301, ROWS, ROWS + 1])
def test_the_most_frequent_words_are_kept(hub: Hub, limit: int) -> None:
    source = hub.source(limit)
    assert len(source.fetch()) == -(-min(limit, ROWS) // 300)
    model = load(source)
    assert list(model.words) == words()[:limit]
    assert sizes(source.paths) == [(*block.codes.shape, len(block.text)) for block in model.parts]


def test_words_that_a_line_cannot_hold_are_left_out(hub: Hub, table: np.ndarray) -> None:
    names = words()
    names[0], names[5], names[301] = "", "two\nlines", "\ud800"
    hub.files["vocab.json"] = json.dumps(names).encode()
    source = hub.source()
    source.fetch()
    model = load(source)
    assert list(model.words) == [name for row, name in enumerate(names) if row not in (0, 5, 301)]
    expected = unit(table[[6, 302, 999]])
    found = model.vectors([model.index[names[row]] for row in (6, 302, 999)]).numpy()
    assert np.abs(found - expected).max() < 0.01


def test_a_block_of_nothing_but_unusable_words_leaves_no_gap(hub: Hub) -> None:
    names = words()
    names[300:600] = [""] * 300
    hub.files["vocab.json"] = json.dumps(names).encode()
    source = hub.source()
    assert len(source.fetch()) == 3
    assert list(load(source).words) == [name for name in names if name]


def test_the_cache_loads_it_like_any_model(hub: Hub) -> None:
    """It asks for the size before it reads, and two specs of one source are one model."""
    source = hub.source()
    cache = ModelCache(PretendGPU(), device_budget=1 << 20, host_budget=0)
    with cache.lease(spec(public(source))) as model, cache.lease(spec(public(hub.source()))) as same:
        assert model is same
        assert isinstance(model, WordVectors)
        assert model.words[7] == "wörd7"
    assert spec(public(source)) == spec(public(hub.source()))


def test_the_architecture_needs_the_files(hub: Hub) -> None:
    source = hub.source()
    with pytest.raises(WeightsUnreachable, match="not downloaded yet"):
        blueprint_of(spec(public(source)))
    (path, *_) = source.fetch()
    path.write_bytes(b"no header")
    with pytest.raises(WeightsCorrupt, match=r"tiny-0\.safetensors.* can be read as word vectors"):
        blueprint_of(spec(public(source)))


def test_the_architecture_of_files_that_ship(hub: Hub, tmp_path: Path) -> None:
    source = hub.source(600)
    paths = source.fetch()
    card = tmp_path / "card.md"
    front = "data: d\nlicence: l\ncommit: c\nseed: 1\ncommand: c\nwall_time: 1 s\nmetrics: {}\n"
    card.write_text(f"---\nweights: x\nsha256: x\n{front}---\n")
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    Card.update(card, weights=[path.name for path in paths], sha256=digests)
    shipped = replace(spec(public(source)), source=Embedded(card, source.folder))
    shipped = replace(shipped, architecture=Architecture(Embedded(card, source.folder)))
    model = filled(shipped, *shipped.source.fetch())
    assert isinstance(model, WordVectors)
    assert list(model.words) == words()[:600]


# ---- what is kept ---------------------------------------------------------------------------


def test_it_is_downloaded_once_and_the_download_is_gone(hub: Hub, tmp_path: Path) -> None:
    source, seen = hub.source(), []
    paths = source.fetch(lambda done, total: seen.append((done, total)))
    assert hub.asked == ["vocab.json", "model.safetensors"], "the small one first"
    size = len(hub.files["model.safetensors"])
    assert {(size, size), (ROWS, ROWS)} <= set(seen)
    assert left_below(tmp_path) == {*(path.name for path in paths), "index.json"}
    assert source.fetch(offline=True) == paths
    assert source.fetch() == paths
    assert len(hub.asked) == 2


def test_files_that_somebody_else_downloaded_are_enough_offline(hub: Hub) -> None:
    source = hub.source()
    for file in (source.vectors, source.vocabulary):
        file.fetch()
    assert len(source.fetch(offline=True)) == 4


def test_another_limit_or_revision_is_made_anew(hub: Hub) -> None:
    hub.source().fetch()
    fewer = hub.source(limit=10)
    with pytest.raises(WeightsUnreachable):
        fewer.fetch(offline=True)
    assert len(fewer.fetch()) == 1
    assert list(load(fewer).words) == words()[:10]
    assert not hub.source().paths


def test_a_block_that_is_gone_is_made_anew_and_a_damaged_one_is_told(hub: Hub) -> None:
    source = hub.source()
    path = source.fetch()[2]
    before = path.read_bytes()
    path.unlink()
    assert source.fetch()[2].read_bytes() == before
    path.write_bytes(before[:-1] + b"!")
    with pytest.raises(
        WeightsCorrupt, match=r"tiny-2\.safetensors .* is damaged .*folder word2vec/tiny"
    ) as caught:
        source.fetch()
    assert sentences(caught.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"made_from": 1, "sha256": 2}', b"\xff"])
def test_an_index_that_says_nothing_counts_for_nothing(hub: Hub, content: bytes) -> None:
    source = hub.source()
    paths = source.fetch()
    source.index.write_bytes(content)
    assert source.paths == []
    assert source.fetch() == paths


class Interrupted(BaseException):
    pass


@pytest.mark.parametrize("last", ["tiny-0.safetensors", "tiny-2.safetensors", "index.json"])
def test_an_interrupted_conversion_counts_for_nothing_and_can_go_on(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    source, replaced = hub.source(), Path.replace

    def stop(path: Path, target: Path) -> Path:
        if target.name == last:
            raise Interrupted
        return replaced(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(Interrupted):
            source.fetch()
    assert source.paths == []
    assert not [name for name in left_below(source.folder) if "partial" in name]
    assert len(source.fetch(offline=True)) == 4, "the download was kept for another try"
    assert list(load(source).words) == words()


def test_blocks_of_two_conversions_never_count_as_one_set(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second writes over the first one's files and is stopped: the first's index must be gone."""
    source, replaced = hub.source(), Path.replace
    source.fetch()

    def stop(path: Path, target: Path) -> Path:
        if target.name == "index.json":
            raise Interrupted
        return replaced(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(Interrupted):
            hub.source(limit=10).fetch()
    assert source.paths == []
    source.fetch()
    assert list(load(source).words) == words()


def test_two_at_once_do_not_meet(hub: Hub, tmp_path: Path) -> None:
    together = threading.Barrier(2, timeout=SOON)
    hub.on_request = lambda: together.wait() if len(hub.asked) <= 2 else None
    source = hub.source()
    visitors = [Visitor(source.fetch) for _ in range(2)]
    for visitor in visitors:
        assert visitor.ended().error is None
        assert len(visitor.result) == 4
    assert left_below(tmp_path) == {f"tiny-{number}.safetensors" for number in range(4)} | {"index.json"}
    assert list(load(source).words) == words()


def test_a_faster_process_may_delete_the_table(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    source, opened = hub.source(), convert.safe_open

    def too_late(path: Path, framework: str) -> Any:
        monkeypatch.setattr(convert, "safe_open", opened)
        source.fetch()  # the other one, from beginning to end
        return opened(path, framework=framework)

    monkeypatch.setattr(convert, "safe_open", too_late)
    assert len(source.fetch()) == 4
    assert list(load(source).words) == words()


# ---- the list -------------------------------------------------------------------------------


def test_the_list_is_complete_and_nothing_collides() -> None:
    for one in PUBLIC:
        assert one.source.limit <= one.words
        assert one.card.startswith("https://")
        for file in (one.source.vectors, one.source.vocabulary):
            assert file.url.startswith("https://huggingface.co/")
            assert file.folder == one.source.name
            assert len(file.sha256) in (0, 64)
        assert one.megabytes * 1e6 > one.words * one.dimensions * 4
        assert spec(one).key == one.key
    files = [file.path for one in PUBLIC for file in (one.source.vectors, one.source.vocabulary)]
    assert len(set(files)) == len(files)
    assert len({one.key for one in PUBLIC}) == len({one.title for one in PUBLIC}) == len(PUBLIC)


def test_addresses_on_the_hub() -> None:
    assert file_of("a/b", "c/d.json", "", "e", "f" * 40).url == (
        f"https://huggingface.co/a/b/resolve/{'f' * 40}/c/d.json"
    )
    assert PUBLIC[0].source.vectors.filename == "glove.6B.100d.safetensors"


def test_the_blocks_are_the_models_own(hub: Hub, table: np.ndarray) -> None:
    source = hub.source()
    source.fetch()
    expected = Block.pack(words()[300:600], table[300:600])
    assert all(
        torch.equal(ours, theirs)
        for ours, theirs in zip(load(source).parts[1].buffers(), expected.buffers(), strict=True)
    )
