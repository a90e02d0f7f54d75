"""What the body can reach, as the motion code sees it: body vectors in, body vectors out.

Contract
    A ``Reach`` moves a body vector to the nearest one the robot can take and says what it changed;
    within reach it returns its argument. ``WorkspaceReach`` asks ``robot.workspace``;
    ``BoxReach`` knows only a box of coordinates and needs no robot description. Both stateless.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from bbia_sim_ros.motion.body import ANTENNAS
from bbia_sim_ros.motion.body import BODY_YAW
from bbia_sim_ros.motion.body import COORDINATES
from bbia_sim_ros.motion.body import HEAD
from bbia_sim_ros.motion.body import POSITION
from bbia_sim_ros.motion.body import YAW
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.body import head_pose_of
from bbia_sim_ros.motion.body import nearest_turn
from bbia_sim_ros.robot.names import MAX_BODY_YAW_RAD
from bbia_sim_ros.robot.names import MAX_RELATIVE_YAW_RAD
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.workspace import Workspace

# A goal is moved by up to this much without asking; further off it is refused.
CLIP_TOLERANCE_M = 0.003
CLIP_TOLERANCE_RAD = math.radians(3.0)

_TILT_RAD = math.radians(25.0)
_UPPER = np.array([0.02, 0.02, 0.015, _TILT_RAD, _TILT_RAD, math.inf, math.pi, math.pi, 0.0])
_UPPER[BODY_YAW] = MAX_BODY_YAW_RAD
_LOWER = -_UPPER
_LOWER[2] = -0.02


class Reach(Protocol):
    """Anything that knows what the body can reach."""

    def clip(self, values: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
        """Return the nearest reachable body vector and what was changed."""


class BoxReach:
    """A box around neutral in which every pose is reachable; for use without a robot description.

    x, y +-20 mm, z -20 .. 15 mm, roll and pitch +-25 degrees, antennas +-180, body yaw +-160, head
    yaw within 65 degrees of the body: about the inside of the measured workspace.
    """

    def clip(self, values: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
        """Clamp each coordinate to the box."""
        nearest = np.clip(values, _LOWER, _UPPER)
        body = float(nearest[BODY_YAW])
        low, high = body - MAX_RELATIVE_YAW_RAD, body + MAX_RELATIVE_YAW_RAD
        nearest[YAW] = min(max(float(nearest[YAW]), low), high)
        if np.array_equal(nearest, values):
            return values, ()
        return nearest, tuple(
            f'{COORDINATES[k]}: {values[k]:.3f} -> {nearest[k]:.3f}'
            for k in np.flatnonzero(nearest != values)
        )


class WorkspaceReach:
    """The robot's own workspace: leg ranges, contact of head and body, yaw between the two."""

    def __init__(self, workspace: Workspace) -> None:
        """Ask ``workspace``."""
        self._workspace = workspace

    def clip(self, values: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
        """Return the nearest pose of the workspace, antennas clamped to half a turn."""
        head = head_pose_of(values)
        pose, body_yaw, clips = self._workspace.nearest(head, float(values[BODY_YAW]))
        antennas = np.clip(values[ANTENNAS], -math.pi, math.pi)
        if not clips and pose is head and np.array_equal(antennas, values[ANTENNAS]):
            return values, ()
        nearest = values.copy()
        nearest[ANTENNAS], nearest[BODY_YAW] = antennas, body_yaw
        if pose is not head:
            roll, pitch, yaw = euler_from_rotation(pose)
            nearest[HEAD] = *pose[:3, 3], roll, pitch, nearest_turn(yaw, body_yaw)
        moved = nearest[ANTENNAS] != values[ANTENNAS]
        return nearest, clips + tuple(
            f'{COORDINATES[6 + k]} {math.degrees(values[6 + k]):.1f} deg -> '
            f'{math.degrees(nearest[6 + k]):.1f} deg (joint range)'
            for k in np.flatnonzero(moved)
        )


def reachable(values: FloatArray, reach: Reach) -> tuple[FloatArray, tuple[str, ...]]:
    """Return ``values`` moved into reach and what changed, or raise GoalError where that is far.

    Up to ``CLIP_TOLERANCE_M`` and ``CLIP_TOLERANCE_RAD`` per coordinate are taken as meant.
    """
    nearest, clips = reach.clip(values)
    gap = np.abs(nearest - values)
    if gap[POSITION].max() > CLIP_TOLERANCE_M or gap[3:].max() > CLIP_TOLERANCE_RAD:
        raise GoalError(f'out of reach; the nearest is: {"; ".join(clips)}')
    return nearest, clips
