"""The quiz of pairs: what a seed deals, what an answer does, and what is packed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from demos.faces import quiz
from demos.faces.critic import parted
from demos.faces.models import Players
from demos.faces.portraits import Real
from demos.faces.quiz import FILE, QUESTIONS, Pair, Pairs, deal, machine, new_game, other, packed, pairs


def some_pairs(real: list[float], made: list[float]) -> Pairs:
    count = len(real)
    return Pairs(
        np.zeros(0, np.uint8), np.zeros(2 * count, np.int64), np.array(real, np.float32),
        np.array(made, np.float32), np.full(count, 1950, np.float32),
    )  # fmt: skip


def test_a_seed_deals_the_same_pairs_and_another_one_others() -> None:
    assert deal(7, 60) == deal(7, 60)
    assert deal(7, 60) != deal(8, 60)
    for seed in range(50):
        numbers = [pair.number for pair in deal(seed, 60)]
        assert len(set(numbers)) == QUESTIONS
    sides = [pair.made_first for seed in range(200) for pair in deal(seed, 60)]
    assert 0.45 < np.mean(sides) < 0.55, "Neither side is the better bet."
    assert len(deal(1, 4)) == 4


def test_the_discriminator_takes_the_face_that_it_finds_more_real() -> None:
    known = some_pairs([1.0, -2.0], [0.5, -1.0])
    assert machine(Pair(0, made_first=False), known) == "A"
    assert machine(Pair(0, made_first=True), known) == "B"
    assert machine(Pair(1, made_first=False), known) == "B"
    assert machine(Pair(1, made_first=True), known) == "A"


def test_a_game_from_the_first_pair_to_the_last() -> None:
    known = some_pairs([1.0] * 30 + [-1.0] * 30, [0.0] * 60)
    game = new_game(3)
    for number, pair in enumerate(deal(3, 60)):
        assert game.question == number
        assert not game.finished(60)
        game = game.answer(pair.right if number < 6 else other(pair.right), 60)
        assert game.looking
        assert game.question == number
        assert game.answer("A", 60) is game, "One answer for each pair."
        game = game.go_on()
    assert game.finished(60)
    assert game.answer("A", 60) is game
    right = sum(pair.number < 30 for pair in deal(3, 60))
    assert game.score(known) == (6, right)
    assert new_game(quiz.SEEDS + 3).seed == 3


@pytest.mark.parametrize("letter", ["C", "", "AB", None, 1, ["A"], {"A": 1}])
def test_what_is_no_letter_changes_nothing(letter: object) -> None:
    game = new_game(1)
    assert game.answer(letter, 60) is game
    assert game.score(some_pairs([0.0] * 60, [0.0] * 60)) == (0, 0)


def test_packing_and_reading_again(players: Players, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiz, "PORTRAITS", 3)
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (7, 8, 8, 3), dtype=np.uint8)
    held_out = Real(
        coarse.repeat(16, axis=1).repeat(16, axis=2), np.linspace(1880, 2000, 7, dtype=np.float32),
        np.arange(7) % 2 == 0,
    )  # fmt: skip
    packed(players, held_out).save(tmp_path / "quiz.npz")
    known = Pairs.read(tmp_path / "quiz.npz")
    assert len(known) == 3
    _, others = parted(held_out)
    assert known.years.tolist() == others.years[:3].tolist(), "The company is in no pair."
    seen = quiz.unpacked([known.file(i, made=made) for made in (False, True) for i in range(3)])
    assert seen.shape == (6, 128, 128, 3)
    apart = np.abs(seen[:3, None].astype(float) - held_out.images[None]).mean(axis=(2, 3, 4))
    assert apart.min(axis=1).max() < 12, "The portraits are those that were handed in."
    assert (
        len({file for i in range(3) for file in (known.file(i, made=True), known.file(i, made=False))}) == 6
    )
    again = packed(players, held_out)
    assert np.allclose(again.real, known.real)
    assert np.allclose(again.made, known.made)


def test_what_ships() -> None:
    known = pairs()
    assert FILE.stat().st_size < 1_000_000
    assert len(known) == quiz.PORTRAITS
    assert known.ends[-1] == len(known.files)
    faces = quiz.unpacked([known.file(i, made=made) for made in (False, True) for i in (0, len(known) - 1)])
    assert faces.shape == (4, 128, 128, 3)
    assert np.isfinite(known.real).all()
    assert np.isfinite(known.made).all()
