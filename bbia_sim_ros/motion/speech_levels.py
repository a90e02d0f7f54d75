"""The loudness of what is being played, found when its time has come.

Contract
    ``add`` takes a chunk of sound with the time (s) at which its first sample is played, which may
    lie ahead; ``take`` returns the newest level whose time has come, once. At most ``MAX_AHEAD_S``
    of sound is kept; a chunk that comes later than that in one go loses its oldest part. Not
    thread-safe; no clock is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.layers import loudness

WINDOW_S: Final = 0.05
MAX_AHEAD_S: Final = 60.0


class SpeechLevels:
    """See the module's docstring."""

    def __init__(self) -> None:
        """Start silent."""
        self._levels: deque[tuple[float, float]] = deque(maxlen=round(MAX_AHEAD_S / WINDOW_S))

    @property
    def pending(self) -> bool:
        """Whether there are levels whose time is still to come."""
        return bool(self._levels)

    def add(self, samples: Sequence[int], *, sample_rate: int, channels: int, start: float) -> None:
        """Take 16 bit PCM samples, channels interleaved; GoalError for a rate or channels of 0."""
        if sample_rate < 1 or channels < 1:
            raise GoalError(
                f'sound with {sample_rate} samples per second in {channels} channels; both must be'
                ' 1 or more'
            )
        if self._levels and start < self._levels[-1][0]:
            # A new utterance: what is left of the last one will not be played.
            self._levels.clear()
        size = max(1, round(WINDOW_S * sample_rate)) * channels
        for index, offset in enumerate(range(0, len(samples), size)):
            level = loudness(samples[offset : offset + size])
            self._levels.append((start + index * WINDOW_S, level))

    def take(self, now: float) -> tuple[float, float] | None:
        """Return the time (s) and the level 0 .. 1 of the sound at ``now``, None if none is new."""
        newest = None
        while self._levels and self._levels[0][0] <= now:
            newest = self._levels.popleft()
        return newest
