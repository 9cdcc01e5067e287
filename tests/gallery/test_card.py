"""Model cards: front matter for programs, text for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from gallery.card import REQUIRED, Card, CardError, split_front_matter

FRONT = """weights: tiny.safetensors
sha256: "00"
data: Photographs, München
licence: CC0-1.0
commit: "1234567"
seed: 1
command: python -m demos.tiny.train --data DIR
wall_time: 3 min
metrics:
  val_top1: 0.5
"""
TEXT = "# Tiny\n\nA rule:\n\n---\n\nand more.\n"


@pytest.fixture
def card(tmp_path: Path) -> Path:
    path = tmp_path / "card.md"
    path.write_text(f"---\n{FRONT}---\n{TEXT}", encoding="utf-8")
    return path


def test_read(card: Path) -> None:
    read = Card.read(card)
    assert (read.weights, read.commit, read.seed) == (("tiny.safetensors",), "1234567", 1)
    assert read.data == "Photographs, München"
    assert read.metrics == {"val_top1": 0.5}
    assert read.text == TEXT


def test_update_leaves_the_rest_as_it_is(card: Path) -> None:
    Card.update(card, sha256="12e4567", metrics={"val_top1": 0.6}, commit="8123456")
    read = Card.read(card)
    assert (read.sha256, read.commit, read.metrics) == (("12e4567",), "8123456", {"val_top1": 0.6})
    assert read.text == TEXT
    assert card.read_text(encoding="utf-8").startswith("---\nweights: tiny.safetensors\n")


def test_several_files_stand_as_lists(card: Path) -> None:
    Card.update(card, weights=("a.safetensors", "b.safetensors"), sha256=["0a", "12e4567"])
    read = Card.read(card)
    assert (read.weights, read.sha256) == (("a.safetensors", "b.safetensors"), ("0a", "12e4567"))
    assert "weights:\n- a.safetensors\n- b.safetensors\n" in card.read_text(encoding="utf-8")
    Card.update(card, weights=["c.safetensors"], sha256=("0c",))
    assert (Card.read(card).weights, Card.read(card).sha256) == (("c.safetensors",), ("0c",))
    assert "weights: c.safetensors\n" in card.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("weights", "digests"), [("[a, b]", '["00"]'), ("[a, b]", '"00"'), ("a", '["00", "01"]'), ("[]", "[]")]
)
def test_as_many_digests_as_files(card: Path, weights: str, digests: str) -> None:
    front = FRONT.replace("tiny.safetensors", weights).replace('"00"', digests)
    card.write_text(f"---\n{front}---\n{TEXT}", encoding="utf-8")
    with pytest.raises(CardError, match=r"names \d weights files and \d digests"):
        Card.read(card)


@pytest.mark.parametrize("name", REQUIRED)
def test_what_is_missing_is_named(card: Path, name: str) -> None:
    lines = [line for line in FRONT.splitlines() if not line.startswith((f"{name}:", "  "))]
    card.write_text("---\n" + "\n".join(lines) + "\n---\n", encoding="utf-8")
    with pytest.raises(CardError, match=name):
        Card.read(card)


@pytest.mark.parametrize(
    "document", ["", "Text.", "---\n", "---\na: 1\n", "---\n- 1\n---\n", "---\na: [\n---\n"]
)
def test_no_front_matter(document: str) -> None:
    with pytest.raises(CardError):
        split_front_matter(document)
