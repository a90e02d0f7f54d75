"""Choreographies: short written movements, key by key, the stuff of emotions and dances.

Contract
    A ``Choreography`` gives the offset of the body from its neutral posture as a function of time;
    it starts and ends at zero offset. Each coordinate has keys of its own, so that the antennas may
    start before the head does; between keys runs a time law; ``Shake`` adds a tremble. Immutable.
    ``ChoreographyMove`` plays one around the present heading or, for dances, straight ahead.
    Units inside: m, rad, s, MJCF signs. Offsets scale linearly with the amplitude.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import ANTENNAS
from bbia_sim_ros.motion.body import BODY_YAW
from bbia_sim_ros.motion.body import NEUTRAL
from bbia_sim_ros.motion.body import WHOLE_BODY
from bbia_sim_ros.motion.body import YAW
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import Ending
from bbia_sim_ros.motion.moves import Measure
from bbia_sim_ros.motion.moves import Motion
from bbia_sim_ros.motion.moves import Move
from bbia_sim_ros.motion.moves import MoveState
from bbia_sim_ros.motion.profiles import Entry
from bbia_sim_ros.motion.profiles import time_law
from bbia_sim_ros.robot.names import FloatArray

# An emotion of intensity 0 is still to be seen, barely.
FAINTEST: Final = 0.25
_ENTRY_SHARE: Final = 0.5
_MIN_ENTRY_S: Final = 0.4
_RATE_STEP_S: Final = 1e-4
_SHAKE_FADE_S: Final = 0.15


@dataclass(frozen=True)
class Key:
    """One coordinate reaches ``offset`` (m or rad, from neutral) at ``at`` s along ``law``."""

    at: float
    offset: float
    law: str


@dataclass(frozen=True)
class Shake:
    """A sine of ``amplitudes`` (m or rad, by coordinate index) from ``start`` to ``end`` s.

    It swells and fades within ``_SHAKE_FADE_S`` at either end.
    """

    amplitudes: tuple[tuple[int, float], ...]
    frequency: float
    start: float
    end: float

    def value(self, t: float) -> float:
        """Return the sine at ``t``, -1 .. 1."""
        if not self.start < t < self.end:
            return 0.0
        edge = min(t - self.start, self.end - t, _SHAKE_FADE_S) / _SHAKE_FADE_S
        swell = edge * edge * (3.0 - 2.0 * edge)
        return swell * math.sin(2.0 * math.pi * self.frequency * (t - self.start))


class Track:
    """The keys of one coordinate, in order of time; before the first one it is at 0."""

    def __init__(self, keys: Sequence[Key]) -> None:
        """Take at least one key; times above 0 and increasing."""
        self._times = [0.0, *(key.at for key in keys)]
        self._offsets = [0.0, *(key.offset for key in keys)]
        self._laws = [time_law(key.law) for key in keys]

    @property
    def largest(self) -> float:
        """The largest offset from neutral at a key."""
        return max(self._offsets, key=abs)

    def value(self, t: float) -> float:
        """Return the offset at ``t``."""
        segment = bisect.bisect_right(self._times, t) - 1
        if segment < 0:
            return 0.0
        if segment >= len(self._laws):
            return self._offsets[-1]
        start, end = self._times[segment], self._times[segment + 1]
        before, after = self._offsets[segment], self._offsets[segment + 1]
        return before + (after - before) * self._laws[segment].value((t - start) / (end - start))


@dataclass(frozen=True)
class Choreography:
    """A written movement; ``apex`` is the moment (s) at which it is easiest to read."""

    name: str
    description: str
    duration: float
    apex: float
    tracks: Mapping[int, Track]
    shakes: tuple[Shake, ...] = ()

    def offset(self, t: float) -> FloatArray:
        """Return the (9,) offset from the neutral posture at ``t`` s; zero outside its time."""
        values = np.zeros(9)
        if not 0.0 <= t <= self.duration:
            return values
        for index, track in self.tracks.items():
            values[index] = track.value(t)
        for shake in self.shakes:
            swing = shake.value(t)
            for index, amplitude in shake.amplitudes:
                values[index] += amplitude * swing
        return values

    def posture(self, t: float, amplitude: float = 1.0) -> FloatArray:
        """Return the body vector at ``t`` s, straight ahead, offsets scaled by ``amplitude``."""
        posture: FloatArray = NEUTRAL.values + amplitude * self.offset(t)
        return posture


def amplitude_of(intensity: float) -> float:
    """Return the scale of the offsets for an intensity of 0 (barely) .. 1 (full)."""
    if not 0.0 <= intensity <= 1.0:
        raise ValueError(f'intensity is {intensity}; allowed is 0 .. 1')
    return FAINTEST + (1.0 - FAINTEST) * intensity


class ChoreographyMove(Move):
    """Plays a choreography, led in from wherever the body is and however it moves."""

    def __init__(
        self,
        choreography: Choreography,
        *,
        source: str,
        limits: MotionLimits,
        amplitude: float = 1.0,
        keep_heading: bool,
        priority: int | None = None,
    ) -> None:
        """Scale by ``amplitude``; ``keep_heading`` plays it to where the robot already faces."""
        super().__init__(source, label=choreography.name, priority=priority, owned=WHOLE_BODY)
        self.choreography = choreography
        self._limits = limits
        self._amplitude = amplitude
        self._keep_heading = keep_heading
        self._base = NEUTRAL.values.copy()
        self._entry: Entry | None = None
        self._end = choreography.duration

    def begin(self, start: Motion) -> None:
        """Lead from ``start`` into the choreography; what moved before brakes meanwhile."""
        self._base = NEUTRAL.values.copy()
        if self._keep_heading:
            self._base[YAW] = start.position[YAW]
            self._base[BODY_YAW] = start.position[BODY_YAW]
        rate = (self._wanted(_RATE_STEP_S) - self._wanted(0.0)) / _RATE_STEP_S
        gap = start.position - self._wanted(0.0)
        lead = max(_MIN_ENTRY_S, self._limits.minimum_duration(gap, share=_ENTRY_SHARE))
        self._entry = Entry(position_gap=gap, velocity_gap=start.velocity - rate, duration=lead)
        self._end = max(self.choreography.duration, lead)

    def _wanted(self, t: float) -> FloatArray:
        wanted: FloatArray = self._base + self._amplitude * self.choreography.offset(t)
        return wanted

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


def antenna_offsets(right: float, left: float) -> FloatArray:
    """Return antenna angles (rad, MJCF sign) as offsets (right, left) from the neutral posture."""
    offsets: FloatArray = np.array((right, left)) - NEUTRAL.values[ANTENNAS]
    return offsets
