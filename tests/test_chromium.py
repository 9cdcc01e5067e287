"""The search for a Chromium, with stubs in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import chromium


def stub(folder: Path, name: str, status: int) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only programs are in the folder that this returns."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GALLERY_CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "MAC_APPLICATIONS", ())
    monkeypatch.setattr(chromium, "playwrights_own", lambda: None)
    return tmp_path


def test_one_that_does_not_start_is_passed_over(bare: Path) -> None:
    stub(bare, "chromium", 1)
    works = stub(bare, "google-chrome", 0)
    assert chromium.find() == works


def test_the_one_named_in_the_environment_comes_before_all(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub(bare, "chromium", 0)
    named = stub(bare, "my-own", 0)
    monkeypatch.setenv("GALLERY_CHROMIUM", str(named))
    assert chromium.find() == named


@pytest.mark.usefixtures("bare")
def test_none_says_what_to_do() -> None:
    assert chromium.find() is None
    with pytest.raises(FileNotFoundError, match="make test"):
        chromium.require()


def test_playwright_is_tried_before_the_system(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[list[str]] = []
    monkeypatch.setattr(chromium, "attempt", tried.append)
    monkeypatch.setattr(chromium, "privilege", lambda: ["sudo"])
    stub(bare, "apt-get", 0)
    chromium.install()
    assert tried[0][-2:] == ["install", "chromium"]
    assert [command[:3] for command in tried[1:]] == [
        ["sudo", "apt-get", "update"],
        ["sudo", "apt-get", "install"],
    ]


def test_install_stops_as_soon_as_one_starts(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[list[str]] = []

    def attempt(command: list[str]) -> None:
        tried.append(command)
        stub(bare, "chromium", 0)

    monkeypatch.setattr(chromium, "attempt", attempt)
    stub(bare, "apt-get", 0)
    chromium.install()
    assert len(tried) == 1
