"""Nearest pose inside the workspace, by projection onto its linearised bounds.

Contract
    Works in the body frame on ``u`` = (x, y, z in half millimetres; roll, pitch, yaw in degrees),
    where the distance is the plain Euclidean one: moving the head by 1 mm counts as much as
    turning it by 2 degrees. ``nearest`` always returns a pose that was found inside by test.
    Bounded: ``_ROUNDS`` projections with a fixed number of tests; about 1 ms.

Method
    1. Start at the answer to the wish before, or else at the last pose inside on the line from
       neutral to the wish (bracketed twice).
    2. Repeatedly linearise all bounds and go towards the point nearest to the wish that satisfies
       them (an active-set solution of the small quadratic programme), as far as that leads
       inside.
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
_FAR_M = 10.0
_TO_SI = np.array((_UNIT_M, _UNIT_M, _UNIT_M, 1.0 / _DEG, 1.0 / _DEG, 1.0 / _DEG))
# No pose inside lies beyond this; it keeps wild wishes within the reach of linearisation.
_BOX = np.array((120.0, 120.0, 120.0, 65.0, 65.0, 65.0))
_ROUNDS = 2
_LONGEST_MOVE = 20.0
# In a stream the search goes on with the next wish, and the answer must not jump.
_ROUNDS_ON = 2
_LONGEST_MOVE_ON = 3.0
_SETTLED = 0.1
_MOVE_SHARES = (1.0, 0.3)
_NOWHERE = np.zeros(6)
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

    def nearest(self, pose: FloatArray, near: FloatArray | None = None) -> FloatArray:
        """Return the pose (4, 4) inside that is nearest to ``pose``, both in the body frame.

        ``near`` is the answer to a wish close by: if it is inside, the search starts there, so
        that the answers to a stream of wishes move smoothly. It finds a local optimum.
        """
        wish = _u_from_pose(pose)
        np.minimum(np.maximum(wish, -_BOX, out=wish), _BOX, out=wish)
        current, rounds, longest = None, _ROUNDS_ON, _LONGEST_MOVE_ON
        if near is not None:
            current = _u_from_pose(near)
        if current is None or not self._is_inside(current):
            current, rounds, longest = self._on_line(wish), _ROUNDS, _LONGEST_MOVE
        for _ in range(rounds):
            improved = self._improved(current, wish, longest)
            if improved is None:
                break
            settled = _length(improved - current) < _SETTLED
            current = improved
            if settled:
                break
        return _pose(current)

    def _improved(self, u: FloatArray, wish: FloatArray, longest: float) -> FloatArray | None:
        """Return a point inside that is nearer to the wish than ``u``, if there is one.

        The bounds are curved: a move along their tangents ends a little outside, from where one
        step back along the bounds' slopes there leads inside.
        """
        move = self._move(u, wish - u, longest)
        if move is None:
            return None
        distance = _length(wish - u)
        for share in _MOVE_SHARES:
            following = u + share * move
            if not self._is_inside(following):
                back = self._move(following, _NOWHERE, longest)
                if back is None:
                    continue
                following = following + back
                if not self._is_inside(following):
                    continue
            if _length(wish - following) < distance:
                return following
        return None

    def _is_inside(self, u: FloatArray) -> bool:
        return self._workspace.contains(_pose(u), margins=self._margins)

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

    def _move(self, u: FloatArray, wanted: FloatArray, longest: float) -> FloatArray | None:
        """Return the move nearest to ``wanted`` within the bounds linearised at ``u``.

        None where ``u`` is out of reach and there are no slopes.
        """
        length = _length(wanted)
        if length > longest:
            wanted = wanted * (longest / length)
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
        jacobian, firm = kinematics.body_frame_jacobian(pose, legs)
        leg_slopes = jacobian @ twist * _DEG
        clear, clear_slopes = self._workspace.contact.gradients(pose)
        yaw_slope = np.array(((0.0, 0.0, 0.0, 0.0, 0.0, 1.0),))
        values = [
            (legs - self._low) * _DEG,
            (self._high - legs) * _DEG,
            (clear - self._margins.clearance_m) / _UNIT_M,
            np.array((self._yaw - u[5], self._yaw + u[5])),
        ]
        slopes = [leg_slopes, -leg_slopes, clear_slopes @ twist / _UNIT_M, -yaw_slope, yaw_slope]
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


def _u_from_pose(pose: FloatArray) -> FloatArray:
    angles = euler_from_rotation(pose)
    position = pose[:3, 3]
    # What is nearest to a place so far away depends on its direction alone; squares would overflow.
    position = position * min(1.0, _FAR_M / max(float(np.abs(position).max()), _FAR_M))
    return np.array((*(position / _UNIT_M).tolist(), *(angle * _DEG for angle in angles)))


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
