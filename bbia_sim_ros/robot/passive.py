"""Angles of the URDF's passive hinges that close its open chains.

Contract
    The official URDF replaces each ball joint by three hinges about x, y, z and leaves the loops
    open: ``passive_k_*`` (k = 1 .. 6) carry rod k on its crank, ``passive_7_*`` the head on rod 6.
    A viewer shows the head in the right place only if all 21 angles are published. ``angles`` is
    a pure function of pose and legs; rad; below 100 us, meant to run at 100 Hz.

Method
    A rod may spin about its own axis freely. Its orientation here is the shortest rotation from
    the URDF's zero posture onto the line from lower to upper ball, which is smooth all over the
    workspace; the rotation is then split into x, y, z hinges. The head's hinges follow from the
    head's orientation relative to rod 6.

Source of the numbers
    ``robot.urdf`` of the official wheel reachy-mini 1.13.0: origin (rpy) of ``passive_k_x`` in its
    crank, place of ``closing_k_1`` on its rod, origin (rpy) of ``head_frame`` on the head's link.
"""

from __future__ import annotations

import numpy as np

from bbia_sim_ros.robot.geometry import StewartGeometry
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler

_BALL_RPY = (
    (-0.13754, -0.0882156, 2.10349),
    (-3.14159265, 0.0, -3.14159265),
    (0.373569, 0.0882156, -1.0381),
    (-0.0860846, 0.0882156, 1.0381),
    (0.123977, 0.0882156, -1.0381),
    (3.0613, 0.0882156, 1.0381),
)
_ROD_END_M = (
    (0.085, 0.0, 0.0),
    (0.043, -0.0729378, -0.00748861),
    (-0.085, 0.0, 0.0),
    (-0.085, 0.0, 0.0),
    (-0.085, 0.0, 0.0),
    (-0.085, 0.0, 0.0),
)
_HEAD_BALL_RPY = (3.14159265, 0.0, 0.0)
_HEAD_FRAME_RPY = (1.70724, 0.544115, -0.97213)


def _rotation(rpy: tuple[float, float, float]) -> FloatArray:
    return pose_from_euler(roll=rpy[0], pitch=rpy[1], yaw=rpy[2])[:3, :3]


class PassiveChain:
    """The rods' hinges, in the body frame."""

    def __init__(self, geometry: StewartGeometry) -> None:
        """Precompute the constant rotations."""
        self._arm = geometry.arm_length_m
        self._height = geometry.head_height_m
        self._balls = geometry.ball_in_head
        motors = geometry.motor_from_body
        self._motor_rotation = np.ascontiguousarray(motors[:, :3, :3])
        self._motor_shift = np.ascontiguousarray(motors[:, :3, 3])
        ball_from_motor = np.array([_rotation(rpy).T for rpy in _BALL_RPY])
        self._ball_from_motor = ball_from_motor
        ends = np.array(_ROD_END_M)
        self._rod_axis = ends / np.linalg.norm(ends, axis=1, keepdims=True)
        # Last rod: constant factors left and right of the crank's and the head's rotations.
        self._body_from_motor6 = motors[5, :3, :3].T
        self._link_from_head = _rotation(_HEAD_FRAME_RPY).T
        self._head_ball = _rotation(_HEAD_BALL_RPY)

    def angles(self, pose: FloatArray, legs: FloatArray) -> FloatArray:
        """Return (21,) rad for a head pose (4, 4) in the body frame and legs (6,) rad."""
        points = self._balls @ pose[:3, :3].T + pose[:3, 3]
        points[:, 2] += self._height
        upper = np.einsum('kij,kj->ki', self._motor_rotation, points) + self._motor_shift
        c, s = np.cos(legs), np.sin(legs)
        # In the crank's frame: turn by -leg about z; the lower ball is at (arm, 0, 0).
        local = np.empty((6, 3))
        local[:, 0] = c * upper[:, 0] + s * upper[:, 1] - self._arm
        local[:, 1] = c * upper[:, 1] - s * upper[:, 0]
        local[:, 2] = upper[:, 2]
        aim = np.einsum('kij,kj->ki', self._ball_from_motor, local)
        aim /= np.sqrt(np.einsum('ki,ki->k', aim, aim))[:, None]
        rods = _shortest_rotations(self._rod_axis, aim)
        c6, s6 = float(c[5]), float(s[5])
        crank = self._body_from_motor6 @ np.array(((c6, -s6, 0.0), (s6, c6, 0.0), (0.0, 0.0, 1.0)))
        rod6 = crank @ self._ball_from_motor[5].T @ rods[5]
        seven = np.empty((7, 3, 3))
        seven[:6] = rods
        seven[6] = (rod6 @ self._head_ball).T @ pose[:3, :3] @ self._link_from_head
        return _hinges(seven).ravel()


def _shortest_rotations(start: FloatArray, end: FloatArray) -> FloatArray:
    """Return (n, 3, 3), the smallest rotations that turn unit vectors ``start`` onto ``end``."""
    cosine = np.einsum('ki,ki->k', start, end)
    total = start + end
    scale = 1.0 / (1.0 + cosine)
    rotations: FloatArray = 2.0 * end[:, :, None] * start[:, None, :]
    rotations -= (total * scale[:, None])[:, :, None] * total[:, None, :]
    rotations += np.eye(3)
    return rotations


def _hinges(rotations: FloatArray) -> FloatArray:
    """Return (n, 3) angles with Rx(a) Ry(b) Rz(c) equal to each rotation (n, 3, 3)."""
    result = np.empty((len(rotations), 3))
    result[:, 0] = np.arctan2(-rotations[:, 1, 2], rotations[:, 2, 2])
    result[:, 1] = np.arcsin(np.minimum(np.maximum(rotations[:, 0, 2], -1.0), 1.0))
    result[:, 2] = np.arctan2(-rotations[:, 0, 1], rotations[:, 0, 0])
    return result
