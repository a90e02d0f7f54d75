"""Read a source of pictures without ever falling behind it: the newest picture wins.

Contract
    A thread reads the source and throws away what nobody waits for; such pictures are counted, and
    not decoded. `take` returns the first picture that comes after it was called, so what it returns
    is fresh. One thread calls `take`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from bbia_sim_ros.camera.errors import CameraError
from bbia_sim_ros.camera.readers import Pixels
from bbia_sim_ros.camera.readers import Reader

# The pictures of a camera come a little early or late.
_SLACK = 0.1


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A picture (height, width, 3), blue first, and when it came, s on the monotonic clock."""

    pixels: Pixels
    captured_s: float


class Schedule:
    """Lets through at most one picture a period, on average, of those that come at any rate."""

    def __init__(self) -> None:
        self._due_s = 0.0

    def wait_s(self, now_s: float, period_s: float) -> float:
        """Return the seconds until the next picture is due, 0 if it is."""
        return max(0.0, self._due_s - _SLACK * period_s - now_s)

    def took(self, now_s: float, period_s: float) -> None:
        """Note that a picture was taken; what was missed by more than a period is not made up."""
        anchor_s = self._due_s if now_s - self._due_s <= period_s else now_s
        self._due_s = anchor_s + period_s


class Capture:
    """Reads one source until it fails; see the module's docstring.

    Attributes
    ----------
    dropped:
        Pictures that came and were not taken.

    """

    def __init__(self, open_source: Callable[[], Reader]) -> None:
        self.dropped = 0
        self._open_source = open_source
        self._condition = threading.Condition()
        self._schedule = Schedule()
        self._period_s = 0.0
        self._wanted = False
        self._shot: Shot | None = None
        self._error: CameraError | None = None
        threading.Thread(target=self._run, name='capture', daemon=True).start()

    def take(self, timeout_s: float, period_s: float) -> Shot | None:
        """Return the next picture that is due, None if none comes within `timeout_s`.

        At most one picture each `period_s` is due. Raises the `CameraError` that ended the source;
        it is then of no more use.
        """
        with self._condition:
            self._period_s = period_s
            self._shot = None
            self._wanted = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._shot or self._error, timeout_s)
            self._wanted = False
            if self._error is not None:
                raise self._error
            return self._shot

    def _run(self) -> None:
        try:
            with closing(self._open_source()) as reader:
                while True:
                    self._read(reader)
        except CameraError as error:
            with self._condition:
                self._error = error
                self._condition.notify_all()

    def _read(self, reader: Reader) -> None:
        if not reader.live:
            self._wait_until_due()
        reader.grab()
        now = time.monotonic()
        with self._condition:
            if not self._wanted or self._schedule.wait_s(now, self._period_s) > 0.0:
                self.dropped += 1
                return
            self._schedule.took(now, self._period_s)
            self._wanted = False
        shot = Shot(pixels=reader.decode(), captured_s=now)
        with self._condition:
            self._shot = shot
            self._condition.notify_all()

    def _wait_until_due(self) -> None:
        with self._condition:
            while True:
                self._condition.wait_for(lambda: self._wanted)
                wait = self._schedule.wait_s(time.monotonic(), self._period_s)
                if wait == 0.0:
                    return
                self._condition.wait(wait)
