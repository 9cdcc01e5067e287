"""Hugging Face Spaces with ZeroGPU: a GPU that is lent for the length of one call.

Elsewhere nothing here does anything, so that no demo needs to know where it runs.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable
from typing import Any


def zero_gpu() -> bool:
    """Whether this process runs on a Space whose GPU is lent call by call."""
    return bool(os.environ.get("SPACES_ZERO_GPU")) and importlib.util.find_spec("spaces") is not None


def prepare() -> None:
    """Let `spaces` put itself before torch; call it before torch is imported."""
    if zero_gpu():
        importlib.import_module("spaces")


def on_gpu(handler: Callable[..., Any]) -> Callable[..., Any]:
    """The handler (function or generator), run where the GPU is while it works."""
    if not zero_gpu():
        return handler
    wrapped: Callable[..., Any] = importlib.import_module("spaces").GPU(handler)
    return wrapped
