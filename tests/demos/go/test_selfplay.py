"""The loop of self-play: that it can be repeated and resumed, that it learns, and from what."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from demos.go import selfplay
from demos.go.zero import models
from demos.go.zero.loop import Progress, Run, generation
from demos.go.zero.play import asked, play
from demos.go.zero.settings import PERFECT, Settings
from gallery.weights import EMBEDDED_FOLDER, Embedded, filled

ROOT = Path(__file__).parents[3]
TINY = Settings.of_size(
    3, seed=3, channels=8, blocks=1, games=6, simulations=8, batch=16, match_games=4, komi=2.5
)


def further(run: Run, generations: int) -> list[Progress]:
    return [progress for _ in range(generations) for progress in generation(run)]


def same(run: Run, other: Run) -> None:
    """Everything but the time."""
    for mine, theirs in ((run.network, other.network), (run.mean, other.mean)):
        for name, value in mine.state_dict().items():
            assert torch.equal(value, theirs.state_dict()[name]), name
    assert [replace(row, seconds=0) for row in run.rows] == [replace(row, seconds=0) for row in other.rows]
    assert run.results == other.results
    assert len(run.window) == len(other.window)
    for part, whole in zip(run.window, other.window, strict=True):
        for name in selfplay.FIELDS:
            assert np.array_equal(getattr(part, name), getattr(whole, name))
    for weights, others in zip(run.generations, other.generations, strict=True):
        assert all(torch.equal(weights[name], others[name]) for name in weights)


def test_a_resumed_run_is_the_uninterrupted_one(tmp_path: Path) -> None:
    whole = Run.start(TINY)
    further(whole, 3)
    broken = Run.start(TINY)
    selfplay.train(broken, tmp_path, generations=1)
    torch.manual_seed(99)  # what happens elsewhere does not matter
    resumed = selfplay.restored(tmp_path / "run.pt", TINY)
    same(resumed, broken)
    selfplay.train(resumed, tmp_path, generations=3)
    same(resumed, whole)
    same(selfplay.restored(tmp_path / "run.pt", TINY), whole)


def test_another_seed_is_another_run() -> None:
    first, other = Run.start(TINY), Run.start(replace(TINY, seed=4))
    assert not torch.equal(first.generations[0]["stem.0.weight"], other.generations[0]["stem.0.weight"])


def test_a_run_is_not_resumed_with_other_settings(tmp_path: Path) -> None:
    selfplay.store(Run.start(TINY), tmp_path / "run.pt")
    with pytest.raises(ValueError, match=r"another komi, window\.$"):
        selfplay.restored(tmp_path / "run.pt", replace(TINY, komi=3.5, window=2))


def test_it_counts_and_keeps_a_window(tmp_path: Path) -> None:
    run = Run.start(replace(TINY, window=2))
    told = further(run, 3)
    assert told[0].phase == "play"
    assert {progress.phase for progress in told} == {"play", "learn", "match"}
    assert all(0 <= progress.done <= progress.total for progress in told)
    assert [row.generation for row in run.rows] == [0, 1, 2, 3]
    assert [row.games for row in run.rows] == [0, 6, 12, 18]
    assert len(run.window) == 2
    per_generation = np.diff([row.positions for row in run.rows])
    assert [len(part.value) for part in run.window] == per_generation[-2:].tolist()
    # Rivals are the generation before and the third before, as far as there are any.
    assert [(each.first, each.second) for each in run.results] == [(1, 0), (2, 0), (2, 1), (3, 0), (3, 2)]
    selfplay.write_curve(run, tmp_path / "curve.csv")
    with (tmp_path / "curve.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["games"]) for row in rows] == [0, 6, 12, 18]
    assert float(rows[0]["elo"]) == 0


def test_it_stops_in_time(tmp_path: Path) -> None:
    run = Run.start(TINY)
    selfplay.train(run, tmp_path, minutes=0)
    assert run.last <= 1
    assert not (tmp_path / "run.partial").exists()


def test_it_becomes_stronger_than_random_weights() -> None:
    run = Run.start(replace(TINY, games=16, channels=16, simulations=16))
    further(run, 5)
    work = play((asked(run.player(5)), asked(run.player(0))), run.settings, 60, np.random.default_rng(1))
    while True:
        try:
            next(work)
        except StopIteration as end:
            share = end.value.won_by_first / 60
            break
    assert share > 0.65
    assert run.rows[5].value_loss < run.rows[1].value_loss
    assert run.rows[5].policy_loss < run.rows[1].policy_loss


def test_nothing_of_human_games_is_even_imported() -> None:
    script = (
        "import sys; import demos.go.selfplay; "
        "print([m for m in sys.modules if m.startswith('demos.go') and m.split('.')[2:3]])"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    imported = {name.removeprefix("demos.go.") for name in json.loads(found.replace("'", '"'))}
    assert {"rules", "zero.play"} <= imported
    assert not imported & {"games", "owners", "record", "sgf", "train"}, "Modules that read human games."


def test_komi_is_what_the_first_move_is_worth() -> None:
    assert Settings.of_size(5).komi == PERFECT[5] == 25
    assert Settings.of_size(7) == Settings(), "The defaults are those of 7x7."
    assert Settings.of_size(5, komi=6.5).komi == 6.5


def test_what_ships_is_what_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.start(TINY)
    further(run, 2)
    weights, record = tmp_path / "zero.safetensors", tmp_path / "generations.json"
    selfplay.ship(run, weights, record, card=None)
    assert {(each.first, each.second) for each in run.results[-3:]} == {(0, 1), (0, 2), (1, 2)}
    known = models.record(record)
    monkeypatch.setattr(models, "record", lambda: known)
    assert known.settings == TINY
    assert known.shipped == (0, 1, 2)
    assert [known.elo(i) for i in range(3)] == [round(elo) for elo in run.elo()]
    networks: Any = filled(models.ZERO, weights)
    for number in range(3):
        planes = torch.randn(2, 7, 3, 3)
        for mine, theirs in zip(networks.of(number)(planes), run.player(number)(planes), strict=True):
            assert torch.equal(mine, theirs)
    with pytest.raises(ValueError, match="not in"):
        networks.of(3)


@pytest.mark.parametrize("last", [1, 2, 7, 8, 20, 100])
def test_the_start_and_the_end_ship(last: int) -> None:
    picked = selfplay.chosen(last)
    assert (picked[0], picked[-1]) == (0, last)
    assert len(picked) <= selfplay.SHIPPED
    assert picked == sorted(set(picked))


def test_the_record_that_ships_is_one_run() -> None:
    known = models.record()
    assert [row["generation"] for row in known.rows] == list(range(len(known.rows)))
    assert known.rows[0]["elo"] == 0
    assert known.rows[0]["games"] == 0
    assert (known.shipped[0], known.shipped[-1]) == (0, len(known.rows) - 1)
    assert known.elo(known.shipped[-1]) > 400, "Otherwise there is nothing to show."
    pairs = {frozenset(result[:2]) for result in known.results}
    for number in known.shipped:
        assert all(frozenset((number, other)) in pairs for other in known.shipped if other != number)
    assert isinstance(models.ZERO.source, Embedded)
    (path,) = models.ZERO.source.fetch(offline=True)
    assert path.parent == EMBEDDED_FOLDER
    assert path.stat().st_size < 3_000_000
