"""FairGate: one heavy job at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class FairGate:
    """First in, first out. A plain lock is not: it favours whoever happens to be awake.

    With one job at a time behind such a gate, two cores answer sooner than with forty at once.
    Do not nest: a job that waits for a second turn waits for itself.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for its turn, and ends it when the block is left."""
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
        try:
            with self._changed:
                while self._queue[0] is not ticket:
                    self._changed.wait()
            yield
        finally:
            with self._changed:
                self._queue.remove(ticket)
                self._changed.notify_all()

    @property
    def waiting(self) -> int:
        """Jobs that wait for their turn, the one at work not counted."""
        with self._changed:
            return max(0, len(self._queue) - 1)

    @property
    def busy(self) -> bool:
        with self._changed:
            return bool(self._queue)
