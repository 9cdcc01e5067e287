"""A small lab for the view's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gallery import runtime
from gallery.runtime import Runtime


@pytest.fixture
def quiet_house() -> Iterator[Runtime]:
    """The process's runtime for one test, on the CPU and offline."""
    with pytest.MonkeyPatch.context() as patched:
        house = Runtime(device="cpu", offline=True)
        patched.setattr(runtime, "_current", house)
        yield house
        house.close()
