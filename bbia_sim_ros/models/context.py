"""What a model's method learns about the request it works on. Used in the worker process alone."""

from __future__ import annotations

import threading
import time

from bbia_sim_ros.models.errors import CancelledError
from bbia_sim_ros.models.errors import DeadlineError


class Context:
    """The first argument of every method of a model.

    Attributes
    ----------
    cancelled:
        Set when nobody wants the answer any more.
    deadline:
        `time.monotonic` at which the answer comes too late.

    """

    def __init__(self, deadline_s: float) -> None:
        """Begin a request that may take ``deadline_s`` seconds."""
        self.cancelled = threading.Event()
        self.deadline = time.monotonic() + deadline_s

    @property
    def left_s(self) -> float:
        """Seconds that are left, 0 or more."""
        return max(0.0, self.deadline - time.monotonic())

    def check(self) -> None:
        """Raise `CancelledError` or `DeadlineError` when there is no need to go on."""
        if self.cancelled.is_set():
            raise CancelledError('the request was cancelled')
        if self.left_s == 0.0:
            raise DeadlineError('the time for the request is over')
