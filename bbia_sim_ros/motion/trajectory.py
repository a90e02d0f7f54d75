"""Joint trajectories: checking what a client sent, and the curve through its points.

Contract
    ``checked_trajectory`` either returns a trajectory that is sound in itself or raises
    TrajectoryError with the result code of control_msgs/FollowJointTrajectory. Joints are those of
    ``ACTUATED_JOINTS``, any subset in any order; rad, rad/s, rad/s^2; times in s from the start of
    the trajectory. Immutable, safe from any thread. At most ``MAX_POINTS`` points.

Interpolation
    Quintic where both ends of a segment carry velocities and accelerations, cubic otherwise, like
    joint_trajectory_controller. Where velocities are missing it draws straight lines, whose corners
    no servo can follow; here the curve takes the slopes of a monotone cubic (Fritsch and Butland,
    1984): through the same points at the same times, never beyond a point, at rest at both ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import JOINT_LIMITS_RAD
from bbia_sim_ros.robot.names import FloatArray

SUCCESSFUL: Final = 0
INVALID_GOAL: Final = -1
INVALID_JOINTS: Final = -2
OLD_HEADER_TIMESTAMP: Final = -3
PATH_TOLERANCE_VIOLATED: Final = -4
GOAL_TOLERANCE_VIOLATED: Final = -5

MAX_POINTS: Final = 10_000
MAX_TIME_S: Final = 3600.0
_END_VELOCITY_RAD_S = 1e-6
_RANGE_SLACK_RAD = 1e-6


class TrajectoryError(GoalError):
    """A trajectory that cannot be followed; ``code`` is the FollowJointTrajectory error code."""

    def __init__(self, message: str, code: int = INVALID_GOAL) -> None:
        """Keep the error code next to the message."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class TrajectoryPoint:
    """One point as it comes in a message; empty sequences are fields that were not given."""

    time: float
    positions: Sequence[float]
    velocities: Sequence[float] = ()
    accelerations: Sequence[float] = ()
    effort: Sequence[float] = ()


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A sound trajectory: ``times`` (m,), ``positions`` (m, n) for the n ``joints``.

    ``velocities`` and ``accelerations`` are (m, n) with NaN in the rows where none were given.
    """

    joints: tuple[str, ...]
    times: FloatArray
    positions: FloatArray
    velocities: FloatArray
    accelerations: FloatArray


def checked_trajectory(joints: Sequence[str], points: Sequence[TrajectoryPoint]) -> Trajectory:
    """Return the trajectory, or raise TrajectoryError naming point, joint and value at fault."""
    _check_joints(joints)
    if not points:
        raise TrajectoryError('the trajectory is empty; give at least one point')
    if len(points) > MAX_POINTS:
        raise TrajectoryError(f'{len(points)} points; at most {MAX_POINTS} are taken')
    count = len(joints)
    last = -1.0
    for number, point in enumerate(points):
        if not math.isfinite(point.time) or not 0.0 <= point.time <= MAX_TIME_S:
            raise TrajectoryError(
                f'point {number}: time_from_start is {point.time} s; allowed is 0 .. {MAX_TIME_S:g}'
            )
        if point.time <= last:
            raise TrajectoryError(
                f'point {number}: time_from_start {point.time} s is not after the {last} s of the '
                'point before; times must increase'
            )
        last = point.time
        _check_fields(number, point, joints)
    velocities = np.array(
        [p.velocities if len(p.velocities) else [math.nan] * count for p in points]
    )
    if np.abs(velocities[-1]).max() > _END_VELOCITY_RAD_S:
        raise TrajectoryError('the last point has a velocity; a trajectory must end at rest')
    return Trajectory(
        joints=tuple(joints),
        times=np.array([p.time for p in points]),
        positions=np.array([p.positions for p in points], dtype=np.float64),
        velocities=velocities,
        accelerations=np.array(
            [p.accelerations if len(p.accelerations) else [math.nan] * count for p in points]
        ),
    )


def _check_joints(joints: Sequence[str]) -> None:
    if not joints:
        raise TrajectoryError(
            f'no joint names; known: {", ".join(ACTUATED_JOINTS)}', INVALID_JOINTS
        )
    unknown = [name for name in joints if name not in ACTUATED_JOINTS]
    if unknown:
        raise TrajectoryError(
            f'unknown joint {", ".join(map(repr, unknown))}; known: {", ".join(ACTUATED_JOINTS)}',
            INVALID_JOINTS,
        )
    repeated = sorted({name for name in joints if list(joints).count(name) > 1})
    if repeated:
        raise TrajectoryError(f'joint named twice: {", ".join(repeated)}', INVALID_JOINTS)


def _check_fields(number: int, point: TrajectoryPoint, joints: Sequence[str]) -> None:
    if len(point.effort):
        raise TrajectoryError(f'point {number}: effort is given; only positions are controlled')
    for field in ('positions', 'velocities', 'accelerations'):
        values = getattr(point, field)
        if field != 'positions' and not len(values):
            continue
        if len(values) != len(joints):
            raise TrajectoryError(f'point {number}: {len(values)} {field} for {len(joints)} joints')
        for joint, value in zip(joints, values, strict=True):
            if not math.isfinite(value):
                raise TrajectoryError(f'point {number}: {field} of {joint} is {value}')
    for joint, value in zip(joints, point.positions, strict=True):
        low, high = JOINT_LIMITS_RAD[joint]
        if not low - _RANGE_SLACK_RAD <= value <= high + _RANGE_SLACK_RAD:
            raise TrajectoryError(
                f'point {number}: {joint} at {value:.4f} rad; its range is {low:.4f} .. {high:.4f}'
            )


class JointCurve:
    """The curve through a trajectory, from where the joints are; see the module docstring."""

    def __init__(self, trajectory: Trajectory, start: FloatArray, delay: float = 0.0) -> None:
        """Lead from ``start`` (n,) rad, at rest, to the first point; begin after ``delay`` s.

        With a negative delay (a start in the past) the points that are over are left out;
        TrajectoryError when none is left.
        """
        times = trajectory.times + delay
        ahead = times > 0.0 if delay < 0.0 else np.ones(len(times), dtype=np.bool_)
        if not ahead.any():
            raise TrajectoryError(
                f'the trajectory ended {-times[-1]:.2f} s ago; check header.stamp and the clocks',
                OLD_HEADER_TIMESTAMP,
            )
        positions = trajectory.positions[ahead]
        velocities = trajectory.velocities[ahead]
        accelerations = trajectory.accelerations[ahead]
        times = times[ahead]
        leading = max(delay, 0.0)
        if times[0] > leading:
            rest = np.zeros((1, positions.shape[1]))
            times = np.concatenate(([leading], times))
            positions = np.vstack((start, positions))
            velocities = np.vstack((rest, velocities))
            accelerations = np.vstack((rest, accelerations))
        self.end = float(times[-1])
        self._times = times
        self._last = positions[-1]
        self._first = positions[0]
        missing = np.isnan(velocities)
        velocities = np.where(missing, _monotone_slopes(times, positions), velocities)
        self._coefficients = _coefficients(times, positions, velocities, accelerations)

    def sample(self, t: float) -> tuple[FloatArray, FloatArray]:
        """Return position (n,) and velocity (n,) at ``t``; at rest before and after the curve."""
        if t <= self._times[0] or len(self._times) == 1:
            return self._first.copy(), np.zeros_like(self._first)
        if t >= self.end:
            return self._last.copy(), np.zeros_like(self._last)
        segment = int(np.searchsorted(self._times, t, side='right')) - 1
        s = t - float(self._times[segment])
        c0, c1, c2, c3, c4, c5 = self._coefficients[segment]
        position = c0 + s * (c1 + s * (c2 + s * (c3 + s * (c4 + s * c5))))
        velocity = c1 + s * (2.0 * c2 + s * (3.0 * c3 + s * (4.0 * c4 + s * 5.0 * c5)))
        return position, velocity


def _monotone_slopes(times: FloatArray, positions: FloatArray) -> FloatArray:
    """Slopes (m, n) at the points: harmonic means where both sides agree in direction, else 0."""
    slopes = np.zeros_like(positions)
    if len(times) < 3:
        return slopes
    steps = np.diff(times)[:, None]
    secants = np.diff(positions, axis=0) / steps
    before, after = secants[:-1], secants[1:]
    agree = before * after > 0.0
    weight = (steps[:-1] + 2.0 * steps[1:]) / (3.0 * (steps[:-1] + steps[1:]))
    blend = weight * after + (1.0 - weight) * before
    slopes[1:-1] = np.where(agree, before * after / np.where(agree, blend, 1.0), 0.0)
    return slopes


def _coefficients(
    times: FloatArray, positions: FloatArray, velocities: FloatArray, accelerations: FloatArray
) -> FloatArray:
    """Return (m - 1, 6, n) polynomial coefficients in seconds since the segment's start."""
    h = np.diff(times)[:, None]
    p0, v0, v1 = positions[:-1], velocities[:-1], velocities[1:]
    gap = positions[1:] - p0
    cubic2 = (3.0 * gap - (2.0 * v0 + v1) * h) / h**2
    cubic3 = (-2.0 * gap + (v0 + v1) * h) / h**3
    a0, a1 = accelerations[:-1], accelerations[1:]
    full = np.isfinite(a0) & np.isfinite(a1)
    a0, a1 = np.where(full, a0, 0.0), np.where(full, a1, 0.0)
    quintic3 = (20.0 * gap - (8.0 * v1 + 12.0 * v0) * h - (3.0 * a0 - a1) * h**2) / (2.0 * h**3)
    quintic4 = (-30.0 * gap + (14.0 * v1 + 16.0 * v0) * h + (3.0 * a0 - 2.0 * a1) * h**2) / (
        2.0 * h**4
    )
    quintic5 = (12.0 * gap - 6.0 * (v1 + v0) * h - (a0 - a1) * h**2) / (2.0 * h**5)
    zero = np.zeros_like(gap)
    return np.stack(
        (
            p0,
            v0,
            np.where(full, 0.5 * a0, cubic2),
            np.where(full, quintic3, cubic3),
            np.where(full, quintic4, zero),
            np.where(full, quintic5, zero),
        ),
        axis=1,
    )
