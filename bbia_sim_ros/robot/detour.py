"""Finds a way for the legs through pose space where the direct one is barred.

Contract
    ``Detour`` keeps the phase of one detour and how far ahead it aims; not thread-safe: one
    caller. Poses are in the body frame, legs (6,) in rad. ``aim`` only proposes: whether a step
    may be made is decided by ``LegGuard``. Costs one or two dozen tests of poses in a batch.
"""

from __future__ import annotations

import enum

import numpy as np

from bbia_sim_ros.robot.names import BoolArray
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.robot.workspace import HARD
from bbia_sim_ros.robot.workspace import KEPT
from bbia_sim_ros.robot.workspace import Margins
from bbia_sim_ros.robot.workspace import Workspace

# So close ahead the way is straight and slow enough to do without the margin of KEPT.
CREEP_RAD = 0.02
# Straight ways from here to the poses inside stay inside, but for pinches of a few 0.1 mm.
_HUB = pose_from_euler(z=0.006)
_AT_HUB_RAD = 0.02
_RISE_M = 0.004
_FARTHEST_RAD = 0.3
_ARRIVED_RAD = 1e-3
_OTHER_TARGET_RAD = 0.05
# Where a way is tested, as shares of it: dense at its beginning.
_SHARES = (np.arange(1, 15)[:, None] / 14.0) ** 2


class _Phase(enum.Enum):
    """Parts of a detour, in their order."""

    DIRECT = enum.auto()
    TO_HUB = enum.auto()
    FROM_HUB = enum.auto()
    ALL_THE_WAY_TO_HUB = enum.auto()
    FROM_HUB_AT_LAST = enum.auto()


class Detour:
    """The way of the legs to one target around what bars the direct way."""

    def __init__(self, workspace: Workspace, target: FloatArray) -> None:
        """Begin a detour to ``target`` (6,)."""
        self._workspace = workspace
        self._kinematics = workspace.kinematics
        self._hub_legs = np.array(self._kinematics.body_frame_legs(_HUB))
        self._begin(target)

    def _begin(self, target: FloatArray) -> None:
        self._target = self._begun_for = target
        self._phase = _Phase.DIRECT
        self._look_ahead = _FARTHEST_RAD

    def is_over(self, legs: FloatArray, target: FloatArray) -> bool:
        """Say whether ``legs`` have arrived at ``target``; from now on that is where the way ends.

        A target that moved far since the way to it began is another one: the way begins anew.
        """
        if np.abs(target - legs).max() < _ARRIVED_RAD:
            return True
        self._target = target
        if np.abs(target - self._begun_for).max() > _OTHER_TARGET_RAD:
            self._begin(target)
        return False

    def succeeded(self) -> None:
        """Learn that the aim could be followed: look further ahead."""
        self._look_ahead = min(1.5 * self._look_ahead, _FARTHEST_RAD)

    def failed(self) -> bool:
        """Learn that it could not: look less far; say whether this is as near as it gets."""
        self._look_ahead = max(0.5 * self._look_ahead, CREEP_RAD)
        return self._look_ahead <= CREEP_RAD

    def barred(self) -> None:
        """Learn that not even creeping is possible: go another way, by the hub."""
        if self._phase is not _Phase.FROM_HUB_AT_LAST:
            self._phase = _Phase.ALL_THE_WAY_TO_HUB

    def aim(self, legs: FloatArray, pose: FloatArray) -> FloatArray:
        """Return legs (6,) to aim at next, coming from ``legs`` at ``pose``.

        The straight way to the target is taken while it is inside. Else the legs turn to the hub
        until the way is inside with some margin; if that proves wrong, all the way to the hub.
        What then still is in the way is a pinch near the target, approached from above.
        """
        goal, _ = self._kinematics.body_frame_pose(self._target, pose)
        if self._phase is _Phase.FROM_HUB_AT_LAST:
            return self._first_open(legs, pose, goal, _raised(goal), _raised(pose))
        if self._phase is not _Phase.ALL_THE_WAY_TO_HUB:
            points, inside = self._way(pose, goal, KEPT if self._phase is _Phase.TO_HUB else HARD)
            if inside.all():
                if self._phase is _Phase.TO_HUB:
                    self._phase = _Phase.FROM_HUB
                return self._farthest(legs, points, inside)
            wrong = self._phase is _Phase.FROM_HUB
            self._phase = _Phase.ALL_THE_WAY_TO_HUB if wrong else _Phase.TO_HUB
        if np.abs(self._hub_legs - legs).max() < _AT_HUB_RAD:
            self._phase = _Phase.FROM_HUB_AT_LAST
        return self._first_open(legs, pose, _HUB, _raised(pose))

    def _first_open(self, legs: FloatArray, pose: FloatArray, *ends: FloatArray) -> FloatArray:
        """Return where to aim on the first way that is open as far as the legs creep."""
        aim = legs
        for end in ends:
            points, inside = self._way(pose, end, HARD)
            aim = self._farthest(legs, points, inside)
            left = float(np.abs(points[-1] - legs).max())
            if np.abs(aim - legs).max() >= min(CREEP_RAD, left):
                break
        return aim

    def _way(
        self, start: FloatArray, end: FloatArray, margins: Margins
    ) -> tuple[FloatArray, BoolArray]:
        """Return legs (n, 6) along the straight way between two poses, and which are inside."""
        places = start[:3, 3] + _SHARES * (end[:3, 3] - start[:3, 3])
        turn = np.array(euler_from_rotation(start))
        turns = turn + _SHARES * (np.array(euler_from_rotation(end)) - turn)
        return self._workspace.contains_batch(euler_poses(places, turns), margins)

    def _farthest(self, legs: FloatArray, points: FloatArray, inside: BoolArray) -> FloatArray:
        """Return the farthest point within the look-ahead, before the first one outside."""
        outside = np.flatnonzero(~inside)
        points = points[: int(outside[0])] if len(outside) else points
        if not len(points):
            return legs
        spans = np.abs(points - legs).max(axis=1)
        near = np.flatnonzero(spans <= self._look_ahead)
        if len(near):
            return np.asarray(points[near[-1]])
        share = self._look_ahead / float(spans[0])
        return np.asarray(legs + share * (points[0] - legs))


def _raised(pose: FloatArray) -> FloatArray:
    raised = pose.copy()
    raised[2, 3] += _RISE_M
    return raised
