"""A lock that serves those who wait in turn.

Python's locks let a thread that releases and at once acquires again starve all others: a simulator
running as fast as it can would never let an emergency stop in.
"""

from __future__ import annotations

import threading
from types import TracebackType


class FairLock:
    """Use as a context manager; not reentrant.

    Whoever waits holds the turnstile, so a thread that has just released the lock queues behind.
    """

    def __init__(self) -> None:
        self._turnstile = threading.Lock()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        """Wait for the turn and take the lock."""
        with self._turnstile:
            self._lock.acquire()

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self._lock.release()
