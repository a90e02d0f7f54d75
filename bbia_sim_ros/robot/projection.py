"""Nearest pose inside the workspace, by projection onto its linearised bounds.

Contract
    Works in the body frame on ``u`` = (x, y, z in half millimetres; roll, pitch, yaw in degrees),
    where the distance is the plain Euclidean one: moving the head by 1 mm counts as much as
    turning it by 2 degrees. ``nearest`` always returns a pose that the workspace
    contains: the result is tested, and if the projection does not arrive, the last pose inside on
    the straight line from neutral is taken. Bounded: ``_ROUNDS`` projections and a fixed number of
    tests; below 1 ms as a rule.

Method
    1. The last pose inside on the line from neutral to the wish (bracketed twice).
    2. From there, repeatedly: linearise all bounds and move to the point nearest to the wish that
       satisfies them (an active-set solution of the small quadratic programme).
    3. Of all poses found inside, the one nearest to the wish.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import MAX_RELATIVE_YAW_RAD
from bbia_sim_ros.robot.names import BoolArray
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import euler_from_rotation
from bbia_sim_ros.robot.poses import euler_poses
from bbia_sim_ros.robot.poses import pose_from_euler

if TYPE_CHECKING:
    from bbia_sim_ros.robot.workspace import Margins
    from bbia_sim_ros.robot.workspace import Workspace

_DEG = math.degrees(1.0)
_UNIT_M = 0.5e-3
_TO_SI = np.array((_UNIT_M, _UNIT_M, _UNIT_M, 1.0 / _DEG, 1.0 / _DEG, 1.0 / _DEG))
# No pose inside lies beyond this; it keeps wild wishes within the reach of linearisation.
_BOX = np.array((120.0, 120.0, 120.0, 65.0, 65.0, 65.0))
_ROUNDS = 4
_LONGEST_MOVE = 20.0
_SETTLED = 0.1
_STIFFNESS_UNIT = 20.0
_STIFFNESS_WATCHED = 0.5
_AIM = 0.02


class Projection:
    """Projector onto the bounds of one workspace."""

    def __init__(self, workspace: Workspace, margins: Margins) -> None:
        """Keep the bounds, in mm and degrees."""
        self._workspace = workspace
        self._margins = margins
        self._low = JOINT_LOWER_RAD[LEGS_SLICE] + margins.joint_rad
        self._high = JOINT_UPPER_RAD[LEGS_SLICE] - margins.joint_rad
        self._yaw = (MAX_RELATIVE_YAW_RAD - margins.yaw_rad) * _DEG

    def nearest(self, pose: FloatArray) -> FloatArray:
        """Return the pose (4, 4) inside that is nearest to ``pose``, both in the body frame."""
        wish = np.empty(6)
        wish[:3] = pose[:3, 3] / _UNIT_M
        wish[3:] = np.array(euler_from_rotation(pose)) * _DEG
        np.minimum(np.maximum(wish, -_BOX, out=wish), _BOX, out=wish)
        best = self._on_line(wish)
        current = best
        for _ in range(_ROUNDS):
            move = self._move(current, wish - current)
            if move is None:
                break
            following = current + move
            if self._is_inside(following):
                if _length(wish - following) < _length(wish - best):
                    best = following
            elif not self._is_reachable(following):
                following = 0.5 * (current + following)
            current = following
            if _length(move) < _SETTLED:
                break
        else:
            best = self._pulled_in(current, wish, best)
        return _pose(best)

    def _is_inside(self, u: FloatArray) -> bool:
        return self._workspace.contains(_pose(u), margins=self._margins)

    def _is_reachable(self, u: FloatArray) -> bool:
        legs = self._workspace.kinematics.body_frame_legs(_pose(u))
        return not any(map(math.isnan, legs))

    def _pulled_in(self, current: FloatArray, wish: FloatArray, best: FloatArray) -> FloatArray:
        """Return a pose inside between the last round's and the best, if it is nearer."""
        for share in (0.02, 0.1, 0.3):
            pulled = current + share * (best - current)
            if _length(wish - pulled) < _length(wish - best) and self._is_inside(pulled):
                return pulled
        return best

    # -- the line from neutral ----------------------------------------------------------------

    def _on_line(self, wish: FloatArray) -> FloatArray:
        """Return the last point inside on the way from neutral to ``wish``."""
        low, width = 0.0, 1.0
        for steps in (12, 12):
            shares = low + width * np.arange(1, steps + 1) / steps
            outside = np.flatnonzero(~self._inside(shares[:, None] * wish))
            inside = int(outside[0]) if len(outside) else steps
            low += width * inside / steps
            width /= steps
            if low >= 1.0:
                break
        return min(low, 1.0) * wish

    def _inside(self, points: FloatArray) -> BoolArray:
        return self._workspace.contains_batch(_poses(points), self._margins)[1]

    # -- one projection -----------------------------------------------------------------------

    def _move(self, u: FloatArray, wanted: FloatArray) -> FloatArray | None:
        """Return the move nearest to ``wanted`` within the bounds linearised at ``u``."""
        length = _length(wanted)
        if length > _LONGEST_MOVE:
            wanted = wanted * (_LONGEST_MOVE / length)
        linearised = self._bounds(u)
        if linearised is None:
            return None
        values, slopes = linearised
        return _nearest_within(wanted, values - _AIM, slopes)

    def _bounds(self, u: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """Return values (n,), >= 0 inside, and slopes (n, 6) of all bounds at ``u``."""
        pose = _pose(u)
        kinematics = self._workspace.kinematics
        legs = np.array(kinematics.body_frame_legs(pose))
        if not np.isfinite(legs).all():
            return None
        twist = _twist_from_u(pose, u[5] / _DEG)
        leg_slopes = kinematics.body_frame_jacobian(pose, legs) @ twist * _DEG
        clear, clear_slopes = self._workspace.contact.gradients(pose)
        yaw_slope = np.array(((0.0, 0.0, 0.0, 0.0, 0.0, 1.0),))
        values = [
            (legs - self._low) * _DEG,
            (self._high - legs) * _DEG,
            (clear - self._margins.clearance_m) / _UNIT_M,
            np.array((self._yaw - u[5], self._yaw + u[5])),
        ]
        slopes = [leg_slopes, -leg_slopes, clear_slopes @ twist / _UNIT_M, -yaw_slope, yaw_slope]
        firm = kinematics.stiffness(pose, legs)
        if firm < _STIFFNESS_WATCHED:
            values.append(np.array(((firm - self._margins.stiffness) * _STIFFNESS_UNIT,)))
            slopes.append(self._stiffness_slope(u, firm)[None])
        return np.concatenate(values), np.concatenate(slopes)

    def _stiffness_slope(self, u: FloatArray, firm: float) -> FloatArray:
        step = 1e-3
        poses = _poses(u + step * np.eye(6))
        kinematics = self._workspace.kinematics
        legs = kinematics.body_frame_legs_batch(poses)
        slope = (kinematics.stiffness_batch(poses, legs) - firm) * (_STIFFNESS_UNIT / step)
        return np.nan_to_num(slope)


def _length(u: FloatArray) -> float:
    return math.hypot(*u.tolist())


def _pose(u: FloatArray) -> FloatArray:
    x, y, z, roll, pitch, yaw = (u * _TO_SI).tolist()
    return pose_from_euler(x=x, y=y, z=z, roll=roll, pitch=pitch, yaw=yaw)


def _poses(u: FloatArray) -> FloatArray:
    values = u * _TO_SI
    return euler_poses(values[:, :3], values[:, 3:])


def _twist_from_u(pose: FloatArray, yaw: float) -> FloatArray:
    """Return (6, 6): twist (m, rad; body frame) for a unit of each component of ``u``."""
    matrix = np.zeros((6, 6))
    matrix[0, 0] = matrix[1, 1] = matrix[2, 2] = _UNIT_M
    # Roll turns about the head's own x axis, pitch about the y axis turned by yaw.
    matrix[3:, 3] = pose[:3, 0]
    matrix[3, 4], matrix[4, 4] = -math.sin(yaw), math.cos(yaw)
    matrix[5, 5] = 1.0
    matrix[3:, 3:] /= _DEG
    return matrix


def _nearest_within(wanted: FloatArray, values: FloatArray, slopes: FloatArray) -> FloatArray:
    """Return the move s nearest to ``wanted`` with values + slopes @ s >= 0 (active set)."""
    active: list[int] = []
    move = wanted
    for _ in range(12):
        left = values + slopes @ move
        worst = int(left.argmin())
        if left[worst] >= -1e-6 or worst in active:
            break
        active.append(worst)
        while active:
            rows = slopes[active]
            gram = rows @ rows.T + 1e-9 * np.eye(len(active))
            force = np.linalg.solve(gram, -(values[active] + rows @ wanted))
            loose = int(force.argmin())
            if force[loose] >= 0.0:
                break
            active.pop(loose)
        move = wanted + (slopes[active].T @ force if active else 0.0)
    return move
