"""Recording what the robot does, to be played back later.

Contract
    ``add`` takes measured postures with their times (s, any clock); one that is not later than the
    last is left out, as are those nearer than half a period of ``rate``. Memory is bounded: after
    ``max_seconds`` the recorder is ``full`` and takes no more. One owner; not thread-safe.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.recorded import Recording

MIN_SAMPLES: Final = 2


class MoveRecorder:
    """Collects measured postures; see the module docstring."""

    def __init__(self, *, rate: float = 100.0, max_seconds: float = 300.0) -> None:
        """Keep at most ``rate`` samples a second (1 .. 200) for ``max_seconds`` (up to 600)."""
        if not 1.0 <= rate <= 200.0 or not 0.0 < max_seconds <= 600.0:
            raise ValueError(
                f'rate {rate} Hz and max_seconds {max_seconds} must be within 1 .. 200 and 0 .. 600'
            )
        self._gap = 0.5 / rate
        self._max_seconds = max_seconds
        self._max_samples = int(max_seconds * 2.0 * rate) + 1
        self._times: list[float] = []
        self._bodies: list[BodyState] = []

    @property
    def samples(self) -> int:
        """How many samples there are."""
        return len(self._times)

    @property
    def duration(self) -> float:
        """Seconds from the first to the last sample."""
        return self._times[-1] - self._times[0] if self._times else 0.0

    @property
    def full(self) -> bool:
        """Whether the longest duration is reached."""
        return self.duration >= self._max_seconds or self.samples >= self._max_samples

    def add(self, body: BodyState, stamp: float) -> bool:
        """Take one posture measured at ``stamp`` (s); return whether it was kept."""
        if self.full or (self._times and stamp < self._times[-1] + self._gap):
            return False
        self._times.append(stamp)
        self._bodies.append(body)
        return True

    def recording(self, name: str, description: str = '') -> Recording:
        """Return what was recorded; ValueError when there are fewer than two samples."""
        if self.samples < MIN_SAMPLES:
            raise ValueError(
                f'{self.samples} samples were recorded; at least {MIN_SAMPLES} are needed. '
                'Does the robot publish its state?'
            )
        times = np.array(self._times) - self._times[0]
        return Recording(name, description, times, np.array([b.values for b in self._bodies]))
