"""Rigid poses as 4x4 matrices: building, checking, converting. Pure functions, metres and radians.

Contract
    Everything that enters the stack as a pose passes through ``checked_pose`` or
    ``pose_from_message``, which either return a finite rigid matrix or raise ``PoseError`` saying
    what was wrong, which value, and what is allowed. Euler angles are roll, pitch, yaw about the
    fixed axes x, y, z: R = Rz(yaw) Ry(pitch) Rx(roll); +pitch looks down, +yaw turns left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from bbia_sim_ros.robot.names import BASE_LINK
from bbia_sim_ros.robot.names import HEAD_HEIGHT_M
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.names import FloatArray

RIGID_TOLERANCE = 1e-2
# Maps are smaller, and squares and sums of such numbers are still numbers.
FARTHEST_M = 1e9
_CLEAN_TOLERANCE = 1e-12


class PoseError(ValueError):
    """The input is not a rigid pose; the message says which value and what is allowed."""


def pose_from_euler(
    *,
    x: float = 0.0,
    y: float = 0.0,
    z: float = 0.0,
    roll: float = 0.0,
    pitch: float = 0.0,
    yaw: float = 0.0,
) -> FloatArray:
    """Return the 4x4 pose at (x, y, z) m turned by roll, pitch, yaw rad."""
    cr, sr = math.cos(roll), math.sin(roll)
    cp, sp = math.cos(pitch), math.sin(pitch)
    cy, sy = math.cos(yaw), math.sin(yaw)
    return np.array(
        (
            (cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr, x),
            (sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr, y),
            (-sp, cp * sr, cp * cr, z),
            (0.0, 0.0, 0.0, 1.0),
        )
    )


def euler_poses(places: FloatArray, angles: FloatArray) -> FloatArray:
    """Return poses (n, 4, 4) for places (n, 3) m and roll, pitch, yaw (n, 3) rad."""
    (cr, cp, cy), (sr, sp, sy) = np.cos(angles).T, np.sin(angles).T
    poses = np.zeros((len(places), 4, 4))
    poses[:, 0, 0], poses[:, 0, 1] = cy * cp, cy * sp * sr - sy * cr
    poses[:, 0, 2] = cy * sp * cr + sy * sr
    poses[:, 1, 0], poses[:, 1, 1] = sy * cp, sy * sp * sr + cy * cr
    poses[:, 1, 2] = sy * sp * cr - cy * sr
    poses[:, 2, 0], poses[:, 2, 1], poses[:, 2, 2] = -sp, cp * sr, cp * cr
    poses[:, :3, 3] = places
    poses[:, 3, 3] = 1.0
    return poses


def euler_from_rotation(rotation: FloatArray) -> tuple[float, float, float]:
    """Return roll, pitch, yaw (rad) of a 3x3 or 4x4 matrix; at pitch +-90 deg the roll is 0."""
    r00, r10, r20 = rotation[0, 0], rotation[1, 0], rotation[2, 0]
    cos_pitch = math.hypot(r00, r10)
    pitch = math.atan2(-r20, cos_pitch)
    if cos_pitch < 1e-9:
        return 0.0, pitch, math.atan2(-rotation[0, 1], rotation[1, 1])
    return math.atan2(rotation[2, 1], rotation[2, 2]), pitch, math.atan2(r10, r00)


def yaw_of(rotation: FloatArray) -> float:
    """Return the yaw (rad, in -pi .. pi) of a 3x3 or 4x4 matrix."""
    return math.atan2(rotation[1, 0], rotation[0, 0])


def turn_about_z(angle: float) -> FloatArray:
    """Return the 3x3 rotation by ``angle`` rad about z."""
    c, s = math.cos(angle), math.sin(angle)
    return np.array(((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)))


def rotation_from_vector(vector: Sequence[float] | FloatArray) -> FloatArray:
    """Return the 3x3 rotation by ``|vector|`` rad about ``vector`` (Rodrigues' formula)."""
    x, y, z = float(vector[0]), float(vector[1]), float(vector[2])
    square = x * x + y * y + z * z
    if square < 1e-16:
        a, b = 1.0 - square / 6.0, 0.5 - square / 24.0
    else:
        angle = math.sqrt(square)
        a, b = math.sin(angle) / angle, (1.0 - math.cos(angle)) / square
    return np.array(
        (
            (1.0 - b * (y * y + z * z), b * x * y - a * z, b * x * z + a * y),
            (b * x * y + a * z, 1.0 - b * (x * x + z * z), b * y * z - a * x),
            (b * x * z - a * y, b * y * z + a * x, 1.0 - b * (x * x + y * y)),
        )
    )


def vector_from_rotation(rotation: FloatArray) -> FloatArray:
    """Return the rotation vector (rad, length 0 .. pi) of a 3x3 or 4x4 matrix."""
    x, y, z, w = quaternion_from_rotation(rotation)
    if w < 0.0:
        x, y, z, w = -x, -y, -z, -w
    sine = math.sqrt(x * x + y * y + z * z)
    factor = 2.0 if sine < 1e-12 else 2.0 * math.atan2(sine, w) / sine
    return np.array((factor * x, factor * y, factor * z))


def quaternion_from_rotation(rotation: FloatArray) -> tuple[float, float, float, float]:
    """Return the unit quaternion (x, y, z, w), w >= 0 where it is not 0 (Shepperd's method)."""
    (a, b, c), (d, e, f), (g, h, i) = rotation[:3, :3].tolist()
    trace = a + e + i
    biggest = max(trace, a, e, i)
    if biggest == trace:
        q = (h - f, c - g, d - b, 1.0 + trace)
    elif biggest == a:
        q = (1.0 + a - e - i, b + d, c + g, h - f)
    elif biggest == e:
        q = (b + d, 1.0 - a + e - i, f + h, c - g)
    else:
        q = (c + g, f + h, 1.0 - a - e + i, d - b)
    norm = math.copysign(math.sqrt(sum(value * value for value in q)), q[3] or 1.0)
    return q[0] / norm, q[1] / norm, q[2] / norm, q[3] / norm


def orthonormalise(rotation: FloatArray) -> FloatArray:
    """Return the rotation nearest to a nearly orthonormal 3x3 matrix (polar decomposition)."""
    left, _, right = np.linalg.svd(rotation)
    nearest: FloatArray = left @ right
    return nearest


def checked_pose(value: Any) -> FloatArray:
    """Return ``value`` as a fresh rigid (4, 4) float64 matrix.

    A rotation that is orthonormal within ``RIGID_TOLERANCE`` is made exactly so.

    Raises
    ------
    PoseError
        Wrong type or shape, a NaN or infinite entry, a place beyond ``FARTHEST_M``, a matrix that
        is not rigid.

    """
    try:
        pose = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PoseError(f'the pose must be a 4x4 matrix of numbers ({error})') from error
    if pose.shape != (4, 4):
        raise PoseError(f'the pose must be a 4x4 matrix, not shape {pose.shape}')
    if not np.isfinite(pose).all():
        raise PoseError('the pose holds a NaN or infinite number; send finite metres and radians')
    _check_place(pose[:3, 3].tolist())
    if np.abs(pose[3] - (0.0, 0.0, 0.0, 1.0)).max() > 1e-6:
        raise PoseError(f'last row of the pose must be 0 0 0 1, not {pose[3].tolist()}')
    pose[3] = (0.0, 0.0, 0.0, 1.0)
    rotation = pose[:3, :3]
    excess = float(np.abs(rotation @ rotation.T - np.eye(3)).max())
    if excess > RIGID_TOLERANCE:
        raise PoseError(
            f'rotation of the pose is not orthonormal (off by {excess:.3g}, allowed '
            f'{RIGID_TOLERANCE}); send a pure rotation without scale or shear'
        )
    if np.linalg.det(rotation) < 0.0:
        raise PoseError('rotation of the pose is a mirror image (determinant -1)')
    if excess > _CLEAN_TOLERANCE:
        pose[:3, :3] = orthonormalise(rotation)
    return pose


def _check_place(place: Sequence[float]) -> None:
    farthest = max(place, key=abs)
    if abs(farthest) > FARTHEST_M:
        raise PoseError(
            f'the pose is {farthest:g} m away along an axis; allowed is -{FARTHEST_M:g} ..'
            f' {FARTHEST_M:g} m'
        )


def pose_from_message(
    position: Sequence[float], quaternion: Sequence[float], frame_id: str = HEAD_NEUTRAL
) -> FloatArray:
    """Return the head pose in ``head_neutral`` from the numbers of a geometry_msgs/Pose.

    Parameters
    ----------
    position:
        x, y, z in metres in ``frame_id``.
    quaternion:
        x, y, z, w; its length may differ from 1 by at most 0.01.
    frame_id:
        ``head_neutral`` or ``base_link``, with or without a namespace prefix's leading slash.

    Raises
    ------
    PoseError
        Non-finite numbers, a place beyond ``FARTHEST_M``, a zero or non-unit quaternion, or another
        frame.

    """
    frame = frame_id.lstrip('/')
    if frame not in (HEAD_NEUTRAL, BASE_LINK):
        raise PoseError(f'unknown frame {frame_id!r}; use {HEAD_NEUTRAL!r} or {BASE_LINK!r}')
    if len(position) != 3 or len(quaternion) != 4:
        raise PoseError('a position of 3 and a quaternion of 4 numbers are needed')
    x, y, z, w = (float(value) for value in quaternion)
    px, py, pz = (float(value) for value in position)
    if not all(math.isfinite(value) for value in (px, py, pz, x, y, z, w)):
        raise PoseError('the pose holds a NaN or infinite number; send finite metres and radians')
    _check_place((px, py, pz))
    norm = math.hypot(x, y, z, w)
    if norm < 1e-6:
        raise PoseError('quaternion is all zeros; for no rotation send x 0, y 0, z 0, w 1')
    if abs(norm - 1.0) > RIGID_TOLERANCE:
        raise PoseError(
            f'quaternion has length {norm:.4g}, allowed is 1 +- {RIGID_TOLERANCE}; normalise it'
        )
    x, y, z, w = x / norm, y / norm, z / norm, w / norm
    if frame == BASE_LINK:
        pz -= HEAD_HEIGHT_M
    return np.array(
        (
            (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), px),
            (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), py),
            (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), pz),
            (0.0, 0.0, 0.0, 1.0),
        )
    )
