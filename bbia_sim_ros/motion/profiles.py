"""Time laws: how a move gets from 0 to 1, and how an old motion fades into a new one.

Contract
    Pure functions of the phase tau (0 .. 1, clamped). A law starts and ends at rest: value 0 -> 1,
    rate 0 at both ends, so moves can be chained without a velocity step. Rates are per unit of
    phase: divide by the duration (s) for 1/s.

Sources
    Minimum jerk: 10 t^3 - 15 t^4 + 6 t^5 (Flash and Hogan, 1985). ``linear`` is a constant speed
    between two short smooth ramps, since a true ramp would start with a velocity step. ``cartoon``
    is minimum jerk with the animator's anticipation (a short move the other way) and overshoot.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.robot.names import FloatArray

STOP_TIME_S: Final = 0.25
_RAMP = 0.2
_CRUISE = 1.0 / (1.0 - _RAMP)
_BUMP = 0.16
_BUMP_CENTRE = 0.22


def _minjerk(t: float) -> float:
    return t * t * t * (10.0 + t * (6.0 * t - 15.0))


def _minjerk_rate(t: float) -> float:
    return 30.0 * t * t * (1.0 - t) * (1.0 - t)


def _ease(t: float) -> float:
    return 0.5 - 0.5 * math.cos(math.pi * t)


def _ease_rate(t: float) -> float:
    return 0.5 * math.pi * math.sin(math.pi * t)


def _ramp_area(u: float) -> float:
    # Integral of the smooth step 3u^2 - 2u^3 from 0 to u.
    return u * u * u * (1.0 - 0.5 * u)


def _linear(t: float) -> float:
    if t < _RAMP:
        return _CRUISE * _RAMP * _ramp_area(t / _RAMP)
    if t > 1.0 - _RAMP:
        return 1.0 - _CRUISE * _RAMP * _ramp_area((1.0 - t) / _RAMP)
    return _CRUISE * (t - 0.5 * _RAMP)


def _linear_rate(t: float) -> float:
    u = min(1.0, min(t, 1.0 - t) / _RAMP)
    return _CRUISE * u * u * (3.0 - 2.0 * u)


def _bump(t: float, centre: float) -> float:
    u = (t - centre) / _BUMP_CENTRE
    return (1.0 - u * u) ** 3 if abs(u) < 1.0 else 0.0


def _bump_rate(t: float, centre: float) -> float:
    u = (t - centre) / _BUMP_CENTRE
    return -6.0 * u * (1.0 - u * u) ** 2 / _BUMP_CENTRE if abs(u) < 1.0 else 0.0


def _cartoon(t: float) -> float:
    lead, tail = _bump(t, _BUMP_CENTRE), _bump(t, 1.0 - _BUMP_CENTRE)
    return _minjerk(t) + _BUMP * (tail - lead)


def _cartoon_rate(t: float) -> float:
    lead, tail = _bump_rate(t, _BUMP_CENTRE), _bump_rate(t, 1.0 - _BUMP_CENTRE)
    return _minjerk_rate(t) + _BUMP * (tail - lead)


@dataclass(frozen=True)
class TimeLaw:
    """One time law; ``peak_rate`` and ``peak_curvature`` are its largest derivatives in phase."""

    name: str
    peak_rate: float
    peak_curvature: float
    _value: Callable[[float], float]
    _rate: Callable[[float], float]

    def value(self, phase: float) -> float:
        """Return the share of the way done at ``phase`` (cartoon leaves 0 .. 1 on purpose)."""
        return self._value(min(1.0, max(0.0, phase)))

    def rate(self, phase: float) -> float:
        """Return the derivative of ``value`` with respect to the phase; 0 outside 0 .. 1."""
        return self._rate(phase) if 0.0 < phase < 1.0 else 0.0


def _time_law(
    name: str, value: Callable[[float], float], rate: Callable[[float], float]
) -> TimeLaw:
    phases = np.linspace(0.0, 1.0, 2001)
    rates = np.array([rate(float(t)) for t in phases])
    curvatures = np.diff(rates) / np.diff(phases)
    return TimeLaw(name, float(abs(rates).max()), float(abs(curvatures).max()), value, rate)


DEFAULT_LAW: Final = 'minjerk'
TIME_LAWS: Final = {
    law.name: law
    for law in (
        _time_law('minjerk', _minjerk, _minjerk_rate),
        _time_law('linear', _linear, _linear_rate),
        _time_law('ease_in_out', _ease, _ease_rate),
        _time_law('cartoon', _cartoon, _cartoon_rate),
    )
}


def time_law(name: str) -> TimeLaw:
    """Return a law by name, '' meaning ``minjerk``; ValueError lists the known names."""
    law = TIME_LAWS.get(name or DEFAULT_LAW)
    if law is None:
        raise ValueError(f'unknown interpolation {name!r}; known: {", ".join(TIME_LAWS)}')
    return law


def braking(tau: float) -> float:
    """Return the share of (velocity x time) covered while braking, at phase ``tau``; 0 .. 0.5.

    The velocity falls as 1 - 3 tau^2 + 2 tau^3: no step at either end.
    """
    t = min(1.0, max(0.0, tau))
    return t - t * t * t + 0.5 * t * t * t * t


class Entry:
    """What has to be added to a new reference so that it starts where and how the body moves.

    ``offset(t)`` is position (and velocity) of the body minus those of the new reference at t = 0
    and fades to nothing: the difference in velocity brakes within ``STOP_TIME_S`` while the
    difference in position closes along a minimum-jerk curve within ``duration``. Body vectors.
    """

    def __init__(
        self, *, position_gap: FloatArray, velocity_gap: FloatArray, duration: float
    ) -> None:
        """Take body minus reference at t = 0: position (m, rad), velocity (per s); duration s."""
        self.duration = max(duration, STOP_TIME_S)
        self._run_out = velocity_gap * STOP_TIME_S
        self._gap = position_gap + 0.5 * self._run_out

    def offset(self, t: float) -> FloatArray:
        """Return the (9,) offset at ``t`` seconds after the start."""
        if t >= self.duration:
            return np.zeros_like(self._gap)
        left = 1.0 - _minjerk(max(0.0, t) / self.duration)
        offset: FloatArray = left * self._gap + (braking(t / STOP_TIME_S) - 0.5) * self._run_out
        return offset


class Stop:
    """A smooth stop: brakes from position and velocity (body vectors) within ``STOP_TIME_S``.

    It runs out by half of velocity x time, or to ``end`` where that is given: with as much of the
    velocity as leads there, the rest of the way along a minimum-jerk curve. The reference is then
    slower than the body from the start, and the tracking filter brakes as hard as the limits let
    it, instead of finding out on the way that the run-out leaves what can be reached.
    """

    def __init__(
        self, position: FloatArray, velocity: FloatArray, end: FloatArray | None = None
    ) -> None:
        """Start at ``position`` (m, rad) with ``velocity`` (per s), all (9,)."""
        self._position = position.copy()
        self._run_out = velocity * STOP_TIME_S
        self._bend = np.zeros_like(position)
        if end is not None:
            way = end - position
            towards = np.minimum(np.abs(self._run_out), 2.0 * np.abs(way))
            self._run_out = np.where(way * velocity > 0.0, np.copysign(towards, way), 0.0)
            self._bend = way - 0.5 * self._run_out

    @property
    def end(self) -> FloatArray:
        """The (9,) body vector at which it comes to rest."""
        end: FloatArray = self._position + 0.5 * self._run_out + self._bend
        return end

    def sample(self, t: float) -> FloatArray:
        """Return the body vector ``t`` seconds after braking began."""
        if t >= STOP_TIME_S:
            return self.end
        tau = min(1.0, max(0.0, t / STOP_TIME_S))
        position: FloatArray = (
            self._position + braking(tau) * self._run_out + _minjerk(tau) * self._bend
        )
        return position
