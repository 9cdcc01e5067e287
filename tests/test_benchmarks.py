"""The benchmarks run, and give the figures by the names that were asked for.

How large a figure may be is not tested here: on a busy machine that would fail by chance.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys

import pytest
import torch

from benchmarks import __main__ as command
from benchmarks import cache, faces, gan_lab, go, imagenet, style_transfer, word2vec
from benchmarks.figures import Figure, as_json, as_table, interleaved, percentile


def test_json_is_one_object_from_name_to_value() -> None:
    figures = [Figure("a_ms", 1.23456, "ms", "a thing", peer=2.0), Figure("b", 3, "", "another")]
    assert json.loads(as_json(figures)) == {"a_ms": 1.235, "peer_a_ms": 2.0, "b": 3}


def test_table_shows_peer_ratio_and_goal() -> None:
    table = as_table([Figure("a_ms", 1, "ms", "a thing", peer=2, goal=5)], "another way")
    row = [cell.strip() for cell in table.splitlines()[2].strip("|").split("|")]
    assert row == ["a_ms", "1 ms", "2 ms", "0.50", "<= 5", "a thing"]
    assert ">= 2" in as_table([Figure("b", 3, "", "another", least=2)], "another way")
    assert table.endswith("Peer: another way")


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 2.5), (100, 4), (95, 3.85)])
def test_percentile_lies_between_neighbours(percent: float, expected: float) -> None:
    assert percentile([4, 1, 3, 2], percent) == pytest.approx(expected)


def test_interleaved_takes_turns_and_changes_the_order() -> None:
    seen: list[str] = []
    seconds = interleaved(2, lambda: seen.append("a"), lambda: seen.append("b"))
    assert seen == ["a", "b", "b", "a"]
    assert [len(each) for each in seconds] == [2, 2]


def test_every_benchmark_is_offered() -> None:
    assert set(command.names()) >= {
        "cache", "faces", "gallery", "gan_lab", "go", "imagenet", "style_transfer", "word2vec",
    }  # fmt: skip


def test_imagenet(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["imagenet", "--json", "--repeats", "5"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures.keys() >= {"predict_ms", "predict_p95_ms", "predict_overhead", "predict_16_per_s"}
    assert all(math.isfinite(value) and value > 0 for value in figures.values())
    assert figures["predict_overhead"] == pytest.approx(
        figures["predict_ms"] / figures["peer_predict_ms"], rel=0.01
    )


def test_imagenet_photograph_is_the_same_each_time() -> None:
    assert imagenet.photograph().tobytes() == imagenet.photograph().tobytes()
    assert imagenet.photograph().size == imagenet.SIZE


def test_word2vec(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word2vec, "RANDOM", (4000, 32))
    monkeypatch.setattr(word2vec, "BLOCK", 1000)
    figures = {figure.name: figure for figure in word2vec.measure(repeats=4)}
    assert figures.keys() >= {"query_ms", "query_400k_ms", "query_speedup", "memory_ratio", "load_ms"}
    assert all(math.isfinite(figure.value) and figure.value > 0 for figure in figures.values())
    assert figures["memory_mb"].peer
    # Sizes do not depend on what else the machine does.
    assert figures["memory_mb"].value < figures["memory_mb"].peer / 2


def test_word2vec_refuses_to_compare_other_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word2vec, "RANDOM", (300, 16))
    monkeypatch.setattr(word2vec, "BLOCK", 300)
    model = word2vec.random_vectors()
    peer = word2vec.in_gensim(model)
    peer.vectors[:] = peer.vectors[::-1].copy()
    peer.fill_norms(force=True)
    with pytest.raises(ValueError, match="do not agree"):
        word2vec.queries(model, peer, 3)


def test_go(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SIZE": 9, "GAMES": 2, "LENGTH": 40, "VISITS": 16}.items():
        monkeypatch.setattr(go, name, value)
    monkeypatch.setattr(go, "gnugo", lambda: None)
    figures = {figure.name: figure for figure in go.measure(repeats=2)}
    assert figures.keys() >= {"policy_ms", "batched_over_single", "rules_over_sgfmill"}
    assert all(math.isfinite(figure.value) and figure.value > 0 for figure in figures.values())
    assert figures["rules_over_sgfmill"].value == figures["rules_per_s"].ratio


def test_style_transfer(monkeypatch: pytest.MonkeyPatch) -> None:
    for size in ("SIZE", "AT_ONCE_SIZE", "LARGE"):
        monkeypatch.setattr(style_transfer, size, 128)
    figures = {figure.name: figure for figure in style_transfer.measure(repeats=3)}
    assert figures.keys() >= {
        "time_ratio_to_tutorial",
        "first_frame_s",
        "feedforward_512_s",
        "paint_384_s",
        "memory_1024_mb",
    }
    assert all(math.isfinite(figure.value) and figure.value >= 0 for figure in figures.values())
    assert figures["time_ratio_to_tutorial"].value == figures["tutorial_s"].ratio


def test_style_transfer_stops_at_the_tutorials_loss() -> None:
    content, style = style_transfer.pair(64)
    tutorial, _ = style_transfer.network(content)
    with torch.no_grad():
        before = float(style_transfer.TutorialLoss(tutorial, content, style)(content).total)
    _, loss = style_transfer.theirs(tutorial, content, style, evaluations=20)
    assert loss < before / 10
    seconds, reached = style_transfer.ours(tutorial, content, style, before / 10, limit=math.inf)
    assert seconds > 0
    assert reached <= before / 10
    # Where the loss is out of reach, it ends at the limit and says how far it came.
    seconds, reached = style_transfer.ours(tutorial, content, style, 0, limit=seconds)
    assert reached > 0


def test_faces() -> None:
    figures = {figure.name: figure for figure in faces.measure(repeats=1)}
    assert figures.keys() == {
        "faces_per_second_1",
        "faces_per_second_1_over_plain",
        "faces_per_second_16",
        "faces_per_second_16_over_plain",
    }
    assert all(math.isfinite(figure.value) and figure.value > 0 for figure in figures.values())


def test_gan_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, few in {"STEPS": 20, "LABS": 3, "SECONDS": 0.5}.items():
        monkeypatch.setattr(gan_lab, name, few)
    figures = {figure.name: figure for figure in gan_lab.measure(repeats=2)}
    assert figures.keys() >= {
        "steps_per_s",
        "lab_steps_ratio",
        "frames_per_s",
        "twenty_fairness",
        "twenty_gap_s",
    }
    assert all(math.isfinite(figure.value) and figure.value > 0 for figure in figures.values())


def test_cache() -> None:
    figures = {figure.name: figure for figure in cache.measure(repeats=1)}
    assert figures.keys() >= {"lease_us", "load_ms"}
    assert all(figure.value > 0 for figure in figures.values())


@pytest.mark.browser
@pytest.mark.timeout(1800)  # three apps are started, one after the other
def test_gallery() -> None:
    # In a process of its own, for it starts a Playwright of its own.
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "gallery", "--json", "--repeats", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures.keys() >= {
        "start_s",
        "start_ratio",
        "first_answer_s",
        "interactive_s",
        "interactive_20_s",
        "page_kb",
        "page_20_kb",
        "tab_switch_ms",
        "memory_start_mb",
        "memory_used_mb",
        "peer_memory_used_mb",
    }
    assert all(math.isfinite(value) and value > 0 for value in figures.values())
    # Sizes do not depend on what else the machine does.
    assert figures["page_kb"] < 150
    assert figures["page_20_kb"] < 150
