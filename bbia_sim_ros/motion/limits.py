"""How fast the body may move, and the filter that makes it so.

Contract
    ``MotionLimits`` holds a velocity (per s) and an acceleration (per s^2) for each coordinate of
    the body vector. ``TrackingFilter.step`` turns any finite reference into an output whose
    velocity and acceleration, taken as first and second differences of the output, never exceed
    them. A reference that respects the limits is followed exactly, without lag; a jump is absorbed
    and closed without overshoot. One owner; not thread-safe. No allocation beyond a few (9,)
    arrays a step.

Method
    Per coordinate: wanted velocity = velocity of the reference + approach speed of the error left,
    with the approach speed from which half of the acceleration limit can brake in time, in
    discrete steps: u = a (sqrt(dt^2 / 4 + 2 |e| / a) - dt / 2), and never more than |e| / dt.
    Then the change of velocity is bounded by acceleration x dt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bbia_sim_ros.motion.body import COORDINATES
from bbia_sim_ros.motion.profiles import TIME_LAWS
from bbia_sim_ros.motion.profiles import TimeLaw
from bbia_sim_ros.robot.names import FloatArray

MAX_STEP_S = 0.05
_APPROACH_SHARE = 0.5


def _per_coordinate(position: float, rotation: float, antennas: float, body: float) -> FloatArray:
    values = np.array([position] * 3 + [rotation] * 3 + [antennas] * 2 + [body])
    values.flags.writeable = False
    return values


@dataclass(frozen=True, kw_only=True)
class MotionLimits:
    """Largest velocity and acceleration by group; all must be finite and above 0.

    The defaults leave the servos room: at these head speeds a leg turns at up to 5 rad/s of the
    8 rad/s its URDF allows. ``acceleration`` has to be at least 7 x velocity, so that any motion
    can be braked smoothly within ``STOP_TIME_S``.
    """

    head_velocity_m_s: float = 0.2
    head_acceleration_m_s2: float = 3.0
    turn_velocity_rad_s: float = 4.0
    turn_acceleration_rad_s2: float = 40.0
    antenna_velocity_rad_s: float = 7.0
    antenna_acceleration_rad_s2: float = 100.0
    body_velocity_rad_s: float = 3.0
    body_acceleration_rad_s2: float = 30.0

    def __post_init__(self) -> None:
        """Check every number; ValueError names the field, its value and what is allowed."""
        for name, value in vars(self).items():
            if not math.isfinite(value) or value <= 0.0:
                raise ValueError(f'{name} is {value}; it must be finite and above 0')
        for group, velocity, acceleration in zip(
            COORDINATES, self.velocity, self.acceleration, strict=True
        ):
            if acceleration < 7.0 * velocity:
                raise ValueError(
                    f'acceleration limit {acceleration:g} of {group} cannot brake its velocity '
                    f'limit {velocity:g} smoothly; give at least {7.0 * velocity:g}'
                )

    @property
    def velocity(self) -> FloatArray:
        """Largest velocity as a (9,) body vector, m/s and rad/s."""
        return _per_coordinate(
            self.head_velocity_m_s,
            self.turn_velocity_rad_s,
            self.antenna_velocity_rad_s,
            self.body_velocity_rad_s,
        )

    @property
    def acceleration(self) -> FloatArray:
        """Largest acceleration as a (9,) body vector, m/s^2 and rad/s^2."""
        return _per_coordinate(
            self.head_acceleration_m_s2,
            self.turn_acceleration_rad_s2,
            self.antenna_acceleration_rad_s2,
            self.body_acceleration_rad_s2,
        )

    def minimum_duration(
        self, distance: FloatArray, law: TimeLaw = TIME_LAWS['minjerk'], share: float = 0.9
    ) -> float:
        """Return the shortest time (s) for ``distance`` (9,) along ``law`` within the limits.

        ``share`` is the part of the limits the move may use; the rest is left for the layers and
        for braking what moved before.
        """
        way = np.abs(distance)
        by_velocity = law.peak_rate * way / (share * self.velocity)
        by_acceleration = np.sqrt(law.peak_curvature * way / (share * self.acceleration))
        return float(max(by_velocity.max(), by_acceleration.max()))


def _within(values: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Clamp new values in place; for so few of them `np.clip` takes three times as long."""
    np.maximum(values, low, out=values)
    return np.minimum(values, high, out=values)


class TrackingFilter:
    """Follows a reference within ``MotionLimits``; see the module docstring."""

    def __init__(self, limits: MotionLimits, start: FloatArray) -> None:
        """Stand still at ``start``, a (9,) body vector."""
        self.position = start.copy()
        self.velocity = np.zeros(9)
        self._reference = start.copy()
        self.set_limits(limits)

    def set_limits(self, limits: MotionLimits) -> None:
        """Take new limits; a velocity above a lowered limit is braked at the acceleration limit."""
        self._max_velocity = limits.velocity
        self._max_acceleration = limits.acceleration
        self._approach = _APPROACH_SHARE * self._max_acceleration

    @property
    def lag(self) -> FloatArray:
        """The last reference minus the output."""
        lag: FloatArray = self._reference - self.position
        return lag

    def rebase(self) -> None:
        """Forget the old reference: the next one is taken to start at the present output."""
        self._reference = self.position.copy()

    def step(self, reference: FloatArray, dt: float) -> FloatArray:
        """Advance by ``dt`` (s, above 0) towards ``reference`` (9,); return the new output (9,)."""
        error = self._reference - self.position
        distance = np.abs(error)
        approach = self._approach
        speed = approach * (np.sqrt(0.25 * dt * dt + 2.0 * distance / approach) - 0.5 * dt)
        np.minimum(speed, distance / dt, out=speed)
        limit = self._max_velocity
        feed_forward = _within((reference - self._reference) / dt, -limit, limit)
        wanted = _within(feed_forward + np.copysign(speed, error), -limit, limit)
        change = self._max_acceleration * dt
        self.velocity = _within(wanted, self.velocity - change, self.velocity + change)
        self.position = self.position + self.velocity * dt
        self._reference = reference.copy()
        return self.position.copy()
