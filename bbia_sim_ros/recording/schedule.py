"""When a recorded message is due again: on one absolute grid, so that lateness never adds up.

Pure but for the clock that is handed in, monotonic, s. Recorded times are ns.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

_NANOSECONDS = 1_000_000_000


class Schedule:
    """Maps recorded time to the clock; `rate` recorded seconds take one second.

    Raises ValueError when the rate is not a number above 0.
    """

    def __init__(
        self, begin_ns: int, *, rate: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not (math.isfinite(rate) and rate > 0.0):
            raise ValueError(f'rate is {rate}; it must be a number above 0')
        self._begin_ns = begin_ns
        self._rate = rate
        self._clock = clock
        self._started = clock()
        self.latest_s = 0.0
        """How late the latest message was, s."""

    def wait_s(self, recorded_ns: int) -> float:
        """Return how long to wait for a message, s; 0 when it is due."""
        recorded_s = (recorded_ns - self._begin_ns) / _NANOSECONDS
        left = self._started + recorded_s / self._rate - self._clock()
        self.latest_s = max(self.latest_s, -left)
        return max(left, 0.0)
