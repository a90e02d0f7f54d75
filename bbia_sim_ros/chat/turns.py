"""One turn of a conversation at a time; the next ones wait, in order, up to a bound.

Contract
    Any thread. Turns of different conversations do not wait for each other. Waiting ends within
    ``_POLL_S`` of a cancellation.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_POLL_S: Final = 0.05


class TurnsFullError(RuntimeError):
    """As many turns wait in a conversation as may."""


class TurnCancelledError(RuntimeError):
    """Whoever asked did not want to wait any longer."""


class TurnTimeoutError(RuntimeError):
    """The time of a turn was over."""


class TurnQueue:
    """See the module's docstring."""

    def __init__(self) -> None:
        """Begin without any conversation."""
        self._changed = threading.Condition()
        self._lines: dict[str, deque[object]] = {}

    def __len__(self) -> int:
        """Return how many turns are under way or wait, in all conversations."""
        with self._changed:
            return sum(map(len, self._lines.values()))

    @contextmanager
    def turn(
        self, conversation: str, *, cancelled: threading.Event, until_s: float, waiting: int
    ) -> Iterator[None]:
        """Wait for the turn of a conversation and hold it.

        ``until_s``: `time.monotonic` at which waiting ends. ``waiting``: how many may wait.
        """
        ticket = object()
        with self._changed:
            line = self._lines.setdefault(conversation, deque())
            if len(line) > waiting:
                raise TurnsFullError(
                    f'{waiting} texts wait in the conversation {conversation!r} already; '
                    'wait for an answer, or use another conversation'
                )
            line.append(ticket)
        try:
            with self._changed:
                while line[0] is not ticket:
                    if cancelled.is_set():
                        raise TurnCancelledError('cancelled')
                    if time.monotonic() >= until_s:
                        raise TurnTimeoutError('the answers before it took all the time')
                    self._changed.wait(_POLL_S)
            yield
        finally:
            with self._changed:
                line.remove(ticket)
                if not line:
                    del self._lines[conversation]
                self._changed.notify_all()
