"""The nine joints on their way to the goal: legs, body and antennas in one.

Contract
    ``JointMotion`` owns the commanded position and velocity of all joints (rad, rad/s, in the order
    of ``names.ACTUATED_JOINTS``) and the goal they move to. It knows nothing of commands, stops and
    ages; the guarantees are those of ``legs`` and ``singles``. Not thread-safe: one caller.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bbia_sim_ros.robot.goal import Goal
from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.legs import LegGuard
from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import BODY_INDEX
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.singles import INDICES
from bbia_sim_ros.robot.singles import SingleJoints
from bbia_sim_ros.robot.workspace import Workspace

OUTSIDE = 'the robot was found outside its workspace and moves inside first'
_DETOUR = 'the head takes a detour to stay clear of the body and the joint ranges'
_REACHED = 1.0 - 1e-9
# An antenna may have been turned a few times round; more is not a measurement.
_LARGEST_RAD = 50.0


class JointMotion:
    """See the module's docstring.

    Attributes
    ----------
    goal:
        Where the joints move to; wishes are put to it directly.

    """

    def __init__(self, workspace: Workspace, start: FloatArray) -> None:
        """Start at rest at ``start`` (9,), with the goal of staying there."""
        self._legs = LegGuard(workspace, start[LEGS_SLICE])
        self._singles = SingleJoints(start)
        self.goal = Goal(workspace, start, self.head_pose)
        self.stay()

    @property
    def joints(self) -> FloatArray:
        """Return the present joints (9,), a fresh array."""
        joints = np.empty(9)
        joints[LEGS_SLICE] = self._legs.legs
        for index, position in self._singles.positions.items():
            joints[index] = position
        return joints

    def pose_later(self) -> Callable[[], FloatArray]:
        """Return what gives the present head pose (4, 4), body frame, when it is called."""
        return self._legs.pose_later()

    @property
    def head_pose(self) -> FloatArray:
        """Return the head pose (4, 4) in ``head_neutral`` of :attr:`joints`."""
        return turned(self._legs.pose, self._singles.positions[BODY_INDEX])

    @property
    def recovering(self) -> bool:
        """Whether the robot was found outside the workspace and is not yet inside."""
        return self._legs.recovering

    @property
    def is_moving(self) -> bool:
        """Whether any joint has a velocity."""
        return bool(self._legs.velocity.any()) or self._singles.is_moving()

    def place(self, joints: FloatArray) -> None:
        """Take ``joints`` (9,) as the present position, at rest, and stay there."""
        self._legs.place(joints[LEGS_SLICE])
        self._singles.place(joints)
        self.stay()

    def stay(self) -> None:
        """Make the present position the goal (inside the ranges and the workspace)."""
        joints = self.joints
        if self._legs.recovering:
            joints[LEGS_SLICE] = self._legs.refuge
        for index in INDICES:
            joints[index] = self._singles.clamped(index)
        self.goal.restart(joints, turned(self._legs.pose, float(joints[BODY_INDEX])))

    def brake(self, limits: GateLimits, factor: float, dt: float) -> bool:
        """Brake for ``dt`` > 0 s with ``factor`` times the accelerations; say whether all rests."""
        self._legs.brake(limits.leg_acceleration * factor, dt)
        self._singles.brake(limits, factor, dt)
        return not self.is_moving

    def follow(self, limits: GateLimits, dt: float, *, now: float) -> tuple[str, ...]:
        """Move ``dt`` > 0 s towards the goal at ``now`` s; return what is not fulfilled."""
        goal = self.goal.joints
        lead, drift = self.goal.lead(now)
        recovering = self._legs.recovering
        held_back = self._legs.step(
            goal[LEGS_SLICE],
            lead[LEGS_SLICE],
            drift[LEGS_SLICE],
            limit=limits.leg_velocity,
            acceleration=limits.leg_acceleration,
            dt=dt,
        )
        self._singles.step(goal + lead, drift, limits, dt)
        clipped = self.goal.clipped
        if recovering:
            clipped += (OUTSIDE,)
        elif held_back:
            clipped += (_DETOUR,)
        return clipped + self._speed_clips(limits)

    def _speed_clips(self, limits: GateLimits) -> tuple[str, ...]:
        velocities = limits.velocities()
        return tuple(
            f'velocity of {ACTUATED_JOINTS[index]} limited to {velocities[index]} rad/s'
            for speeds in (enumerate(self._legs.velocity.tolist(), 1), self._singles.speeds.items())
            for index, speed in speeds
            if abs(speed) >= velocities[index] * _REACHED
        )


def joint_vector(values: FloatArray) -> FloatArray:
    """Return ``values`` as a fresh vector (9,) of measured angles, rad.

    Raises
    ------
    ValueError
        Not nine finite angles of a size that can be measured.

    """
    try:
        joints = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f'joints must be nine numbers ({error})') from error
    if joints.shape != (9,) or not np.isfinite(joints).all():
        raise ValueError(f'joints must be nine finite angles in rad, not {joints.tolist()}')
    if np.abs(joints).max() > _LARGEST_RAD:
        raise ValueError(
            f'joints must be angles within +-{_LARGEST_RAD} rad, not {joints.tolist()}'
        )
    return joints
