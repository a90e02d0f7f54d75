"""Real-time pacing on absolute deadlines. Pure: clock and sleep are handed in. Not thread-safe.

Contract
    A period is `period` simulated seconds and takes `period / speed` seconds of the clock. The
    deadlines lie on one grid, so a late period does not shift those after it. Catch-up policy:
    periods that are due run at once, without sleeping, as long as the backlog is at most
    `max_catch_up` periods; beyond that the grid is anchored anew at the present moment and the lost
    time is counted in `lost_time` (a machine that stalls for a second does not then run ten times
    too fast). `speed` 0 means as fast as possible. Setting `speed`, even to what it is, anchors
    the grid anew: that is how to go on after a pause without catching up.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

RTF_WINDOW_S = 2.0


class Pacer:
    """Waits for the start of each period.

    Attributes
    ----------
    periods:
        Periods begun so far.
    overruns:
        Periods that began late by more than one period.
    lost_time:
        Clock seconds given up by anchoring the grid anew.

    """

    def __init__(
        self,
        *,
        period: float,
        speed: float = 1.0,
        max_catch_up: int = 5,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        if not (math.isfinite(period) and period > 0.0):
            raise ValueError(f'period must be a positive number of seconds, not {period}')
        if max_catch_up < 1:
            raise ValueError(f'max_catch_up must be at least 1 period, not {max_catch_up}')
        self._period = period
        self._clock = clock
        self._sleep = sleep
        self._max_catch_up = max_catch_up
        self._deadline: float | None = None
        self._marks: deque[tuple[float, int]] = deque()
        self.periods = 0
        self.overruns = 0
        self.lost_time = 0.0
        self._speed = 1.0
        self.speed = speed

    @property
    def speed(self) -> float:
        """Simulated seconds per clock second; 0 is as fast as possible."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if not (math.isfinite(speed) and speed >= 0.0):
            raise ValueError(f'speed must be 0 (as fast as possible) or positive, not {speed}')
        self._speed = speed
        self._anchor_anew()

    def wait(self) -> float:
        """Sleep until the next period begins and return how late it does, in clock seconds."""
        now = self._clock()
        if self._speed == 0.0:
            self._begin(now)
            return 0.0
        wall_period = self._period / self._speed
        if self._deadline is None:
            self._deadline = now
        while now < self._deadline:
            self._sleep(self._deadline - now)
            now = self._clock()
        late = now - self._deadline
        if late > wall_period:
            self.overruns += 1
        if late > self._max_catch_up * wall_period:
            self.lost_time += late
            self._deadline = now
        self._deadline += wall_period
        self._begin(now)
        return late

    @property
    def real_time_factor(self) -> float:
        """Simulated over clock seconds in the last two seconds or so; 0 while unknown."""
        if len(self._marks) < 2:
            return 0.0
        (start, first), (end, last) = self._marks[0], self._marks[-1]
        return (last - first) * self._period / (end - start) if end > start else 0.0

    def _begin(self, now: float) -> None:
        self.periods += 1
        marks = self._marks
        # Ten marks a second are enough for the window, whatever the rate.
        if not marks or now - marks[-1][0] >= RTF_WINDOW_S / 20:
            marks.append((now, self.periods))
        while len(marks) > 2 and now - marks[0][0] > RTF_WINDOW_S:
            marks.popleft()

    def _anchor_anew(self) -> None:
        self._deadline = None
        self._marks.clear()
