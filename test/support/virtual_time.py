"""An asyncio loop on a clock of its own: waits cost nothing, and what happens when is exact.

Whenever nothing can run, the clock jumps to the next timer; each jump is a moment of the
course that runs. A loop that waits without a timer waits for a thread, for real, but not for ever.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any
from typing import TypeVar

T = TypeVar('T')
THREADS_S = 5.0


class _JumpingSelector(selectors.DefaultSelector):
    """A selector that lets its clock jump instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.jumps: list[tuple[float, float]] = []

    def select(self, timeout: float | None = None) -> Any:
        events = super().select(THREADS_S if timeout is None else 0)
        if timeout is None and not events:
            raise AssertionError('the course waits for what never comes: nothing is scheduled')
        if timeout and not events:
            self.jumps.append((self.now, self.now + timeout))
            self.now += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module's docstring."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the virtual time, s from 0."""
        return self._jumping.now

    @property
    def jumps(self) -> tuple[tuple[float, float], ...]:
        """From and to which time the clock jumped."""
        return tuple(self._jumping.jumps)


def run_virtually(course: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in virtual time and return its result."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(course)
