"""Finding out that a thread with an event loop hangs, and ending it.

Contract
    A loop that is sound waits: it asks its selector, a `WaitCounter`, for the next event or timer.
    One that never returns from a callback does not, nor does one that always has something ready. A
    `Watch` looks at the count from another thread, every `TICK_S`; the loop has to have a timer at
    least as often. A look that comes late says nothing: the process may not have run.
"""

from __future__ import annotations

import ctypes
import selectors
import sys
import threading
import time
from pathlib import Path
from typing import Final

TICK_S: Final = 0.1


class Interrupt(SystemExit):
    """What ends a thread that hangs; no course catches it by catching `Exception`."""


class Watch:
    """Measures for how long a count has not changed, and how long all has lasted."""

    def __init__(self) -> None:
        self.still_s = 0.0
        self._count = 0
        self._began = self._last = 0.0

    @property
    def ran_s(self) -> float:
        """Seconds from `begin` to the last look."""
        return self._last - self._began

    def begin(self) -> None:
        """Measure from now."""
        self._began = self._last = time.monotonic()

    def look(self, count: int) -> None:
        """Look at a count."""
        now = time.monotonic()
        passed = min(now - self._last, 2.0 * TICK_S)
        self.still_s = 0.0 if count != self._count else self.still_s + passed
        self._count, self._last = count, now


class WaitCounter(selectors.DefaultSelector):
    """The selector of a loop, which counts the loop's real waits: those with nothing else to do."""

    def __init__(self) -> None:
        super().__init__()
        self.waits = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """See `selectors.BaseSelector`."""
        if timeout is None or timeout > 0.0:
            self.waits += 1
        return super().select(timeout)


def place_of(thread: threading.Thread) -> str:
    """Return file and line that a thread executes now."""
    frame = sys._current_frames().get(thread.ident or 0)
    return '?' if frame is None else f'{Path(frame.f_code.co_filename).name}:{frame.f_lineno}'


def interrupt(thread: threading.Thread) -> None:
    """Raise `Interrupt` in a thread, as soon as it runs Python code."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(Interrupt)
        )
