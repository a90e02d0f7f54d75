"""What the robot was last asked for, as joints: wish -> reachable goal -> moving reference.

Contract
    Pure state without clock; times in s are arguments. Not thread-safe: one caller. ``joints`` is
    always reachable (within ``workspace.SOFT``); the reference may lead it by one period of the
    command stream, see below.

Streams
    A target that arrives at 20 .. 1000 Hz is taken as samples of a motion. Its velocity, where it
    is within the limits and does not change faster than they allow, is the reference's drift, and
    between samples the reference moves on with it for one period at most. So a smooth stream is
    followed without lag even if its samples do not arrive in step with the gate, while a sudden
    jump is a resting target.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bbia_sim_ros.robot.kinematics import turned
from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import ANTENNA_JOINTS
from bbia_sim_ros.robot.names import ANTENNAS_SLICE
from bbia_sim_ros.robot.names import BODY_INDEX
from bbia_sim_ros.robot.names import JOINT_LIMITS_RAD
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import MAX_BODY_YAW_RAD
from bbia_sim_ros.robot.names import MAX_RELATIVE_YAW_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import yaw_of
from bbia_sim_ros.robot.workspace import SOFT
from bbia_sim_ros.robot.workspace import Workspace

_SHORTEST_PERIOD_S = 1e-3
_LONGEST_PERIOD_S = 0.05
_CHANGE_PERIOD_S = 0.015
# Largest change of an entry of the pose matrix (m or 1) that continues a motion.
_SAME_MOTION = 0.05
_AT_REST = (0.0,) * 9
_ZEROS = np.zeros(9)
_ZEROS.flags.writeable = False


class Goal:
    """Last wish for the head, body and antennas, and the joints that fulfil it best."""

    def __init__(self, workspace: Workspace, joints: FloatArray, head_pose: FloatArray) -> None:
        """Start with the goal of staying at ``joints`` (9,), which hold ``head_pose``."""
        self._workspace = workspace
        self.restart(joints, head_pose)

    def restart(self, joints: FloatArray, head_pose: FloatArray) -> None:
        """Forget the wish and stay at ``joints`` (9,), which hold ``head_pose`` (4, 4)."""
        self.joints = np.array(joints, dtype=np.float64)
        self._head_wish = head_pose
        self._nearest_before: tuple[FloatArray, FloatArray] | None = None
        self._head_clips: tuple[str, ...] = ()
        self._antenna_clips: tuple[str, ...] = ()
        self._time: float | None = None
        self._period = 0.0
        self._speeds: Sequence[float] = _AT_REST
        self._drift: FloatArray | None = None

    @property
    def clipped(self) -> tuple[str, ...]:
        """What of the wish could not be fulfilled, and why."""
        return self._head_clips + self._antenna_clips

    # -- wishes -------------------------------------------------------------------------------

    def wish_body(
        self,
        head_pose: FloatArray | None,
        body_yaw: float | None,
        antennas: tuple[float, float] | None,
        *,
        body_follows_head: bool,
    ) -> FloatArray:
        """Take what is not None as the new wish; return the joints (9,) that fulfil it best.

        A commanded body yaw wins over the head's yaw. Where only the head is commanded and
        ``body_follows_head``, the body turns just enough for the head to reach its yaw.
        """
        joints = self.joints.copy()
        if antennas is not None:
            joints[ANTENNAS_SLICE], self._antenna_clips = _within(ANTENNA_JOINTS, antennas)
        if head_pose is not None:
            self._head_wish = head_pose
        if head_pose is not None or body_yaw is not None:
            yaw = float(joints[BODY_INDEX]) if body_yaw is None else body_yaw
            if body_yaw is None and body_follows_head:
                yaw = following_yaw(yaw, yaw_of(self._head_wish))
            pose, yaw, self._head_clips = self._nearest(self._head_wish, yaw)
            joints[BODY_INDEX] = yaw
            joints[LEGS_SLICE] = self._workspace.kinematics.inverse(pose, yaw)
        return joints

    def _nearest(self, wish: FloatArray, yaw: float) -> tuple[FloatArray, float, tuple[str, ...]]:
        """Return the nearest reachable pose; continuous while the wish moves continuously."""
        before = self._nearest_before
        near = None
        if before is not None and np.abs(wish - before[0]).max() < _SAME_MOTION:
            near = before[1]
        pose, yaw, clips = self._workspace.nearest(wish, yaw, near=near)
        self._nearest_before = (wish, pose) if clips else None
        return pose, yaw, clips

    def wish_joints(self, wanted: FloatArray) -> FloatArray:
        """Take joints (9,) as the wish; return those that fulfil it best.

        Raises
        ------
        AssemblyError
            The leg angles cannot be assembled.

        """
        kinematics = self._workspace.kinematics
        limited, clips = _within(ACTUATED_JOINTS, wanted.tolist())
        joints = np.array(limited)
        legs, yaw = joints[LEGS_SLICE], float(joints[BODY_INDEX])
        pose = kinematics.forward(legs)
        if not self._workspace.contains(pose, legs.tolist(), SOFT):
            pose, _, changes = self._workspace.nearest(pose)
            joints[LEGS_SLICE] = kinematics.inverse(pose)
            clips += changes
        self._head_wish = turned(pose, yaw)
        self._head_clips, self._antenna_clips = clips, ()
        return joints

    # -- streams ------------------------------------------------------------------------------

    def accept(self, joints: FloatArray, time: float, limits: GateLimits) -> None:
        """Make ``joints`` (9,) of a wish the goal; ``time`` s is when it was commanded."""
        speeds: Sequence[float] = _AT_REST
        drift: Sequence[float] = _AT_REST
        period = math.inf if self._time is None else time - self._time
        if _SHORTEST_PERIOD_S <= period <= _LONGEST_PERIOD_S:
            speeds = ((joints - self.joints) / period).tolist()
            drift = _smooth(speeds, self._speeds, limits, min(period, _CHANGE_PERIOD_S))
            self._period = period
        self.joints, self._speeds, self._time = joints, speeds, time
        self._drift = np.array(drift) if any(drift) else None

    def lead(self, now: float) -> tuple[FloatArray, FloatArray]:
        """Return how far ahead of ``joints`` the stream is at ``now`` s, and its drift, (9,) each.

        rad and rad/s. The sum of ``joints`` and the lead need not be reachable.
        """
        age = 0.0 if self._time is None else max(now - self._time, 0.0)
        if self._drift is None or age > 1.5 * self._period:
            return _ZEROS, _ZEROS
        return self._drift * min(age, self._period), self._drift


def _smooth(
    speeds: Sequence[float], before: Sequence[float], limits: GateLimits, period: float
) -> list[float]:
    """Return the speeds that are within the limits and changed no faster than those allow, else 0.

    ``speeds`` and those ``before`` in rad/s, ``period`` in s.
    """
    bounds = zip(limits.velocities(), limits.accelerations(), strict=True)
    return [
        speed if abs(speed - old) <= strongest * period and abs(speed) <= fastest else 0.0
        for speed, old, (fastest, strongest) in zip(speeds, before, bounds, strict=True)
    ]


def following_yaw(body_yaw: float, head_yaw: float) -> float:
    """Return the body yaw nearest to ``body_yaw`` from which the head reaches ``head_yaw``."""
    relative = math.remainder(head_yaw - body_yaw, 2.0 * math.pi)
    reach = MAX_RELATIVE_YAW_RAD - 2.0 * SOFT.yaw_rad
    excess = relative - min(max(relative, -reach), reach)
    return min(max(body_yaw + excess, -MAX_BODY_YAW_RAD), MAX_BODY_YAW_RAD)


def _within(names: Sequence[str], angles: Sequence[float]) -> tuple[list[float], tuple[str, ...]]:
    """Return angles clamped to the joints' ranges, and what that changed."""
    clamped, clips = [], []
    for name, angle in zip(names, angles, strict=True):
        low, high = JOINT_LIMITS_RAD[name]
        value = min(max(angle, low), high)
        if value != angle:
            clips.append(f'{name} {angle:.3f} rad -> {value:.3f} rad (joint range)')
        clamped.append(value)
    return clamped, tuple(clips)
