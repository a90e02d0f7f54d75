"""Recorded moves: the body sampled over time, resampled and played.

Contract
    ``Recording`` is immutable; files are read and written in ``recorded_file``. Playing follows the
    rules of ``moves``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import WHOLE_BODY
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import PLAY_MOVE
from bbia_sim_ros.motion.moves import Ending
from bbia_sim_ros.motion.moves import Measure
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.profiles import STOP_TIME_S
from bbia_sim_ros.motion.profiles import Entry
from bbia_sim_ros.motion.profiles import Stop
from bbia_sim_ros.robot.names import FloatArray

_ENTRY_SHARE: Final = 0.5
_MIN_ENTRY_S: Final = 0.3
_RATE_STEP_S: Final = 1e-4
_AT_REST: Final = 0.02


@dataclass(frozen=True, eq=False)
class Recording:
    """A move as samples: ``times`` (n,) s from 0, increasing; ``values`` (n, 9) body vectors."""

    name: str
    description: str
    times: FloatArray
    values: FloatArray

    @property
    def duration(self) -> float:
        """Length in s."""
        return float(self.times[-1])

    def sample(self, t: float) -> FloatArray:
        """Return the body vector at ``t`` s, by cubic interpolation; the ends hold."""
        times, values = self.times, self.values
        if t <= 0.0 or t >= times[-1]:
            edge: FloatArray = values[0 if t <= 0.0 else -1]
            return edge.copy()
        k = int(np.searchsorted(times, t, side='right')) - 1
        h = float(times[k + 1] - times[k])
        s = (t - float(times[k])) / h
        # Cubic Hermite with the slopes of the neighbours (Catmull and Rom), one-sided at the ends.
        low, high = max(k - 1, 0), min(k + 2, len(times) - 1)
        before = (values[k + 1] - values[low]) * (h / float(times[k + 1] - times[low]))
        after = (values[high] - values[k]) * (h / float(times[high] - times[k]))
        gap = values[k + 1] - values[k]
        sample: FloatArray = values[k] + s * (
            before + s * (3.0 * gap - 2.0 * before - after + s * (before + after - 2.0 * gap))
        )
        return sample

    def resampled(self, rate: float) -> Recording:
        """Return the same move at ``rate`` samples a second, its last sample kept."""
        if not math.isfinite(rate) or rate <= 0.0:
            raise ValueError(f'rate is {rate} Hz; it must be finite and above 0')
        times = np.append(np.arange(0.0, self.duration - 0.5 / rate, 1.0 / rate), self.duration)
        values = np.array([self.sample(t) for t in times.tolist()])
        return Recording(self.name, self.description, times, values)


class RecordingMove(Move):
    """Plays a recording where it was recorded: poses are absolute, not relative to the heading."""

    def __init__(
        self,
        recording: Recording,
        *,
        limits: MotionLimits,
        lead: float = 0.0,
        priority: int | None = None,
    ) -> None:
        """Play ``lead`` s ahead of time to make up for the known delay of the robot."""
        super().__init__(PLAY_MOVE, label=recording.name, priority=priority, owned=WHOLE_BODY)
        self.recording = recording
        self._limits = limits
        self._lead = lead
        self._entry: Entry | None = None
        # A recording may break off in full motion; the robot brakes.
        before = recording.sample(recording.duration - _RATE_STEP_S)
        rate = (recording.values[-1] - before) / _RATE_STEP_S
        self._tail = Stop(recording.values[-1], np.clip(rate, -limits.velocity, limits.velocity))
        self._end = recording.duration + (STOP_TIME_S if np.abs(rate).max() > _AT_REST else 0.0)

    def begin(self, start: Motion) -> None:
        """Lead from ``start`` into the recording; what moved before brakes meanwhile."""
        first = self._wanted(0.0)
        rate = (self._wanted(_RATE_STEP_S) - first) / _RATE_STEP_S
        gap = start.position - first
        lead_in = max(_MIN_ENTRY_S, self._limits.minimum_duration(gap, share=_ENTRY_SHARE))
        self._entry = Entry(position_gap=gap, velocity_gap=start.velocity - rate, duration=lead_in)
        self._end = max(self._end, lead_in)

    def _wanted(self, t: float) -> FloatArray:
        ahead = t + self._lead
        if ahead <= self.recording.duration:
            return self.recording.sample(ahead)
        return self._tail.sample(ahead - self.recording.duration)

    def sample(self, t: float) -> FloatArray:
        """Return the wanted body vector at ``t``."""
        values = self._wanted(t)
        return values if self._entry is None else values + self._entry.offset(t)

    def progress(self, t: float) -> float:
        """Return the share of the time that is over."""
        return min(1.0, t / self._end)

    def judge(self, t: float, measure: Measure) -> Ending | None:
        """Done when its time is over."""
        if t < self._end:
            return None
        return Ending(MoveState.DONE, f'{self.label} was played to its end')
