"""Moves body and antennas, the joints that depend on no other, within their own limits.

Contract
    ``SingleJoints`` owns the commanded positions (rad) and speeds (rad/s) of ``INDICES``, which
    count in ``names.ACTUATED_JOINTS``. A joint can always be stopped within its range, for steps
    of any length; one that is placed beyond its range moves back in. Not thread-safe: one caller.
"""

from __future__ import annotations

import math

from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.limits import next_velocity
from bbia_sim_ros.robot.limits import speed_within
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import JOINT_LIMITS_RAD
from bbia_sim_ros.robot.names import FloatArray

INDICES = (0, 7, 8)
_RANGES = {index: JOINT_LIMITS_RAD[ACTUATED_JOINTS[index]] for index in INDICES}


class SingleJoints:
    """Positions and speeds of the single joints, and the only way to change them."""

    def __init__(self, joints: FloatArray) -> None:
        """Start at rest at ``joints`` (9,)."""
        self.place(joints)

    def place(self, joints: FloatArray) -> None:
        """Take the positions in ``joints`` (9,) as the present ones, at rest."""
        self.positions = {index: float(joints[index]) for index in INDICES}
        self.speeds = dict.fromkeys(INDICES, 0.0)
        # Deceleration by which each present movement is known to end within the range.
        self._assured = dict.fromkeys(INDICES, 0.0)

    def is_moving(self) -> bool:
        """Say whether any joint moves."""
        return any(self.speeds.values())

    def clamped(self, index: int) -> float:
        """Return the position of a joint, clamped to its range."""
        low, high = _RANGES[index]
        return min(max(self.positions[index], low), high)

    def step(self, target: FloatArray, drift: FloatArray, limits: GateLimits, dt: float) -> None:
        """Move one step of ``dt`` > 0 s towards ``target`` (9,) that moves by ``drift`` (9,)."""
        velocities, accelerations = limits.velocities(), limits.accelerations()
        for index in INDICES:
            speed = next_velocity(
                float(target[index]) - self.positions[index],
                self.speeds[index],
                float(drift[index]),
                limit=velocities[index],
                acceleration=accelerations[index],
                dt=dt,
            )
            self._move(index, self._within_range(index, speed, accelerations[index], dt), dt)

    def _within_range(self, index: int, speed: float, acceleration: float, dt: float) -> float:
        """Return the speed limited so that the joint can always stop within its range."""
        low, high = _RANGES[index]
        position, before = self.positions[index], self.speeds[index]
        up = speed_within(high - position, acceleration, dt)
        down = speed_within(position - low, acceleration, dt)
        change = max(acceleration, self._assured[index]) * dt
        limited = min(max(min(max(speed, -down), up), before - change), before + change)
        if -down <= limited <= up:
            self._assured[index] = acceleration
        return limited

    def brake(self, limits: GateLimits, factor: float, dt: float) -> None:
        """Brake for ``dt`` > 0 s with ``factor`` times the accelerations."""
        accelerations = limits.accelerations()
        for index in INDICES:
            deceleration = max(accelerations[index] * factor, self._assured[index])
            left = max(abs(self.speeds[index]) - deceleration * dt, 0.0)
            self._move(index, math.copysign(left, self.speeds[index]), dt)

    def _move(self, index: int, speed: float, dt: float) -> None:
        self.speeds[index] = speed
        self.positions[index] += speed * dt
