"""Additive layers: what the body does on top of the move in charge.

Contract
    Each layer returns a (9,) offset (m, rad) per step; its position and velocity are continuous
    whatever it is told, and it fades in and out. Small by construction: the sum stays within a few
    degrees, except for a mood's posture. Owned by the mixer's thread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import COORDINATES
from bbia_sim_ros.motion.body import PITCH
from bbia_sim_ros.motion.body import YAW
from bbia_sim_ros.robot.names import FloatArray

BREATHING: Final = 'breathing'
SPEECH_WOBBLE: Final = 'speech_wobble'
GAZE_CORRECTION: Final = 'gaze_correction'

_IDLE_IN_S = 1.5
_IDLE_OUT_S = 0.35
_MOOD_FADE_S = 1.5
_SPEECH_ATTACK_S = 0.08
_SPEECH_RELEASE_S = 0.25
_SPEECH_STALE_S = 0.3
_GAZE_STIFFNESS = 8.0
_MAX_GAZE_YAW_RAD = math.radians(12.0)
_MAX_GAZE_PITCH_RAD = math.radians(8.0)
_QUIET = 1e-3


@dataclass(frozen=True, eq=False)
class Wave:
    """A sine of ``amplitude`` (9,) at ``frequency`` Hz."""

    amplitude: FloatArray
    frequency: float


@dataclass(frozen=True, eq=False)
class Mood:
    """How a robot in this mood idles: a posture (9,) as offset from neutral, and waves about it."""

    name: str
    posture: FloatArray
    waves: tuple[Wave, ...]

    def offset(self, t: float, strength: float) -> FloatArray:
        """Return the (9,) offset at ``t`` s for a strength of 0 .. 1.

        The posture scales with the strength; the waves keep at least half: even a faint mood
        breathes.
        """
        values = strength * self.posture
        swing = 0.5 + 0.5 * strength
        for wave in self.waves:
            values = values + swing * math.sin(math.tau * wave.frequency * t) * wave.amplitude
        return values


def _smooth(share: float) -> float:
    return share * share * (3.0 - 2.0 * share)


class _Fader:
    """A weight that runs from 0 to 1 and back at given times; ``value`` has no corner at its ends.

    A change of mind half-way makes a small step in the rate; the mixer's filter takes that.
    """

    def __init__(self, rise: float, fall: float) -> None:
        """Take the seconds for the way up and down."""
        self._rise, self._fall = rise, fall
        self._share = 0.0

    def step(self, dt: float, up: bool) -> float:
        change = dt / self._rise if up else -dt / self._fall
        self._share = min(1.0, max(0.0, self._share + change))
        return _smooth(self._share)

    def drop(self) -> None:
        self._share = 0.0


class IdleLayer:
    """Breathing, antennas and posture of the current mood while nothing is in charge."""

    name: Final = BREATHING

    def __init__(self, mood: Mood) -> None:
        """Start in ``mood``, invisible."""
        self._mood, self._strength = mood, 1.0
        self._next: tuple[Mood, float] | None = None
        self._queued: tuple[Mood, float] | None = None
        self._blend = 0.0
        self._weight = _Fader(_IDLE_IN_S, _IDLE_OUT_S)
        self._time = 0.0
        self.active = False

    @property
    def mood(self) -> tuple[str, float]:
        """Name and strength of the mood it is in or on its way to."""
        mood, strength = self._queued or self._next or (self._mood, self._strength)
        return mood.name, strength

    def set_mood(self, mood: Mood, strength: float) -> None:
        """Fade to ``mood`` within 1.5 s; one that comes meanwhile follows after, the last wins."""
        if not 0.0 <= strength <= 1.0:
            raise ValueError(f'strength of a mood is {strength}; allowed is 0 .. 1')
        self._queued = (mood, strength)

    def reset(self) -> None:
        """Vanish at once; for a start from standstill."""
        self._weight.drop()
        self.active = False

    def step(self, dt: float, idle: bool) -> FloatArray:
        """Advance by ``dt`` s, fading in while ``idle`` and out otherwise; return the offset."""
        self._time += dt
        weight = self._weight.step(dt, idle)
        self.active = weight > 0.0
        if self._next is None and self._queued is not None:
            self._next, self._queued, self._blend = self._queued, None, 0.0
        if self._next is not None:
            self._blend = min(1.0, self._blend + dt / _MOOD_FADE_S)
            if self._blend >= 1.0 or not self.active:
                (self._mood, self._strength), self._next, self._blend = self._next, None, 0.0
        if not self.active:
            return np.zeros(9)
        offset = self._mood.offset(self._time, self._strength)
        if self._next is not None:
            mood, strength = self._next
            share = _smooth(self._blend)
            offset = (1.0 - share) * offset + share * mood.offset(self._time, strength)
        return weight * offset


def _speech_waves() -> tuple[Wave, ...]:
    swings = (
        ('pitch', math.radians(2.0), 2.1),
        ('roll', math.radians(1.8), 1.3),
        ('yaw', math.radians(2.5), 0.7),
        ('z', 0.002, 1.9),
        ('right_antenna', math.radians(7.0), 1.6),
        ('left_antenna', math.radians(7.0), 1.1),
    )
    waves = []
    for coordinate, amplitude, frequency in swings:
        vector = np.zeros(9)
        vector[COORDINATES.index(coordinate)] = amplitude
        waves.append(Wave(vector, frequency))
    return tuple(waves)


class SpeechLayer:
    """The head sways with the robot's own voice: more with a louder one, still in silence."""

    name: Final = SPEECH_WOBBLE

    def __init__(self) -> None:
        """Start silent."""
        self._waves = _speech_waves()
        self._level = 0.0
        self._level_at = -math.inf
        self._loudness = 0.0
        self._swing = 0.0
        self._time = 0.0

    @property
    def active(self) -> bool:
        """Whether it moves anything."""
        return self._swing > _QUIET

    def reset(self) -> None:
        """Be silent at once; for a start from standstill."""
        self._level = self._loudness = self._swing = 0.0

    def hear(self, level: float, now: float) -> None:
        """Take the loudness 0 .. 1 of what is being played at ``now`` (s)."""
        if not math.isfinite(level):
            raise ValueError(f'speech level is {level}; it must be a number from 0 to 1')
        self._level = min(1.0, max(0.0, level))
        self._level_at = now

    def is_heard(self, now: float) -> bool:
        """Return whether a level came that is no older than 0.3 s at ``now`` (s)."""
        return now - self._level_at <= _SPEECH_STALE_S

    def step(self, dt: float, now: float) -> FloatArray:
        """Advance by ``dt`` s; a level older than 0.3 s counts as silence. Return the offset."""
        level = self._level if self.is_heard(now) else 0.0
        # Two low passes in a row: neither a step of the level nor its onset is a jolt.
        time = _SPEECH_ATTACK_S if level > self._loudness else _SPEECH_RELEASE_S
        self._loudness += (level - self._loudness) * (1.0 - math.exp(-dt / time))
        self._swing += (self._loudness - self._swing) * (1.0 - math.exp(-dt / _SPEECH_ATTACK_S))
        if not self.active:
            return np.zeros(9)
        self._time += dt
        offset = np.zeros(9)
        for wave in self._waves:
            offset += math.sin(math.tau * wave.frequency * self._time) * wave.amplitude
        return self._swing * offset


class GazeLayer:
    """Small turns of the head towards a person while a choreography plays."""

    name: Final = GAZE_CORRECTION

    def __init__(self) -> None:
        """Start straight."""
        self._offset = np.zeros(2)
        self._rate = np.zeros(2)

    @property
    def active(self) -> bool:
        """Whether it moves anything."""
        return bool(np.abs(self._offset).max() > _QUIET)

    def reset(self) -> None:
        """Be straight at once; for a start from standstill."""
        self._offset, self._rate = np.zeros(2), np.zeros(2)

    def step(self, dt: float, wanted: tuple[float, float] | None) -> FloatArray:
        """Advance by ``dt`` s towards ``wanted`` (pitch, yaw; rad, clamped), None being none."""
        if wanted is None and not (self._offset.any() or self._rate.any()):
            return np.zeros(9)
        target = np.zeros(2)
        if wanted is not None:
            target[0] = min(max(wanted[0], -_MAX_GAZE_PITCH_RAD), _MAX_GAZE_PITCH_RAD)
            target[1] = min(max(wanted[1], -_MAX_GAZE_YAW_RAD), _MAX_GAZE_YAW_RAD)
        # Critically damped spring, integrated implicitly: stable for any dt.
        gain = 1.0 / (1.0 + _GAZE_STIFFNESS * dt) ** 2
        pull = _GAZE_STIFFNESS**2 * (target - self._offset)
        self._rate = (self._rate + dt * pull) * gain
        self._offset = self._offset + dt * self._rate
        values = np.zeros(9)
        values[PITCH], values[YAW] = self._offset
        return values


def loudness(samples: Sequence[int] | FloatArray, full_scale: float = 32768.0) -> float:
    """Return the level 0 .. 1 of PCM samples: -50 dB of full scale and below is 0, -14 dB is 1."""
    values = np.asarray(samples, dtype=np.float64)
    if values.size == 0:
        return 0.0
    power = float(np.mean(np.square(values / full_scale)))
    decibels = 10.0 * math.log10(max(power, 1e-12))
    return min(1.0, max(0.0, (decibels + 50.0) / 36.0))
