"""What the tests of the model cache share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pretend_hardware import PretendClock, Workshop


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path)


@pytest.fixture
def clock() -> PretendClock:
    return PretendClock()
