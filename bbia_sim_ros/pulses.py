"""The threads of this process that have to go on turning, beside the executor's.

Contract
- A thread that stands still is not seen from outside while the others turn. One whose work is lost
  then is `watched`: it beats in every turn, which costs an assignment, and says when it `rest`s.
  What turns an event loop is `keep_beating`.
- `Pulses.silent` is called by one thread, a few times a second (`heartbeat.py`, from the
  executor's). Silence is counted in looks, as the supervisor counts it (`cli/heartbeats.py`): time
  when nobody looked, be it that the computer slept or the executor loads a scene, does not count.
- `LIMIT_S` is that of the executor's own silence; docs/supervision.md says where it is from. What
  may take longer, such as a file or a model to load, belongs in another thread or process.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from typing import NoReturn

LIMIT_S: Final = 20.0
# Two of the executor's turns.
_LONGEST_LOOK_S: Final = 0.4
_LOOP_PERIOD_S: Final = 0.5


class Pulse:
    """That of one thread, which alone calls `beat` and `rest`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.silent_s = 0.0
        self._turned = True
        self._resting = False

    def beat(self) -> None:
        """Show that the thread turns."""
        self._turned = True
        self._resting = False

    def rest(self) -> None:
        """Say that a wait begins that ends by itself, however late; the next beat ends it."""
        self._resting = True

    def look(self, passed_s: float) -> None:
        """Note whether it has turned since the last look, `passed_s` ago; the watcher's."""
        silent = not (self._turned or self._resting)
        self._turned = False
        self.silent_s = self.silent_s + passed_s if silent else 0.0


class Pulses:
    """See the module's docstring."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pulses: list[Pulse] = []
        self._looked = clock()

    @contextmanager
    def watched(self, name: str) -> Iterator[Pulse]:
        """Watch the calling thread for the time of the block."""
        pulse = Pulse(name)
        with self._lock:
            self._pulses.append(pulse)
        try:
            yield pulse
        finally:
            with self._lock:
                self._pulses.remove(pulse)

    def silent(self, limit_s: float = LIMIT_S) -> str:
        """Look at all; return which thread is silent for longer than allowed, '' if none is."""
        now = self._clock()
        passed_s, self._looked = min(now - self._looked, _LONGEST_LOOK_S), now
        with self._lock:
            pulses = tuple(self._pulses)
        for pulse in pulses:
            pulse.look(passed_s)
        longest = max(pulses, key=lambda pulse: pulse.silent_s, default=None)
        if longest is None or longest.silent_s <= limit_s:
            return ''
        return f'its thread {longest.name!r} silent for {longest.silent_s:.1f} s'


PULSES: Final = Pulses()
"""Those of this process."""


async def keep_beating(name: str) -> NoReturn:
    """Beat for the event loop that runs this, until it is cancelled."""
    with PULSES.watched(name) as pulse:
        while True:
            pulse.beat()
            await asyncio.sleep(_LOOP_PERIOD_S)
