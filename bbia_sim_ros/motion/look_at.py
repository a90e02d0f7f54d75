"""Where the head has to turn so that its camera looks at a point.

Contract
    Pure functions. Points in metres in ``head_neutral``; the camera sits at a fixed place in the
    head and looks along the head's +x; angles in radians.

Geometry
    With head position t, orientation R = Rz(yaw) Ry(pitch) and camera at c = (cx, 0, cz) in the
    head, the point P is on the optical axis when q = R^T (P - t) has q_y = 0 and q_z = cz. Turning
    by yaw = atan2(dy, dx) makes q_y vanish; in that plane, with horizontal distance r and height h
    of P above t, q_z = r sin(pitch) + h cos(pitch) = cz, hence
    pitch = asin(cz / hypot(r, h)) - atan2(h, r). The roll is zero: the picture stays level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from bbia_sim_ros.motion.body import BODY_YAW
from bbia_sim_ros.motion.body import POSITION
from bbia_sim_ros.motion.body import ROTATION
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.body import follow_with_body
from bbia_sim_ros.motion.body import head_pose_of
from bbia_sim_ros.motion.body import mask_of
from bbia_sim_ros.motion.body import nearest_turn
from bbia_sim_ros.motion.go_to import DEFAULT_SPEED_RAD_S
from bbia_sim_ros.motion.go_to import MAX_DURATION_S
from bbia_sim_ros.motion.go_to import GoTo
from bbia_sim_ros.motion.limits import MotionLimits
from bbia_sim_ros.motion.moves import LOOK_AT
from bbia_sim_ros.motion.profiles import DEFAULT_LAW
from bbia_sim_ros.motion.profiles import STOP_TIME_S
from bbia_sim_ros.motion.profiles import TIME_LAWS
from bbia_sim_ros.motion.reach import Reach
from bbia_sim_ros.motion.reach import reachable
from bbia_sim_ros.robot.camera_frames import CAMERA_IN_HEAD_M
from bbia_sim_ros.robot.names import FloatArray

MIN_DISTANCE_M: Final = 0.05
# The body comes along where the head alone would have to turn further than this.
COMFORTABLE_YAW_RAD: Final = math.radians(45.0)


def gaze_angles(
    point: Sequence[float],
    *,
    head_position: Sequence[float] = (0.0, 0.0, 0.0),
    camera: Sequence[float] = CAMERA_IN_HEAD_M,
) -> tuple[float, float]:
    """Return pitch and yaw (rad) with which the camera looks at ``point`` (m, head_neutral).

    Raises GoalError when the point is not finite or nearer than ``MIN_DISTANCE_M`` to the camera.
    """
    dx, dy, dz = (float(p) - float(t) for p, t in zip(point, head_position, strict=True))
    if not all(map(math.isfinite, (dx, dy, dz))):
        raise GoalError(f'the point to look at must be finite, not {list(point)}')
    flat = math.hypot(dx, dy)
    distance = math.hypot(flat, dz)
    ahead = distance * distance - camera[2] * camera[2]
    if ahead <= (camera[0] + MIN_DISTANCE_M) ** 2:
        raise GoalError(
            f'the point to look at is {distance:.3f} m from the middle of the head; it must be at '
            f'least {MIN_DISTANCE_M} m in front of the camera'
        )
    pitch = math.asin(camera[2] / distance) - math.atan2(dz, flat)
    return pitch, math.atan2(dy, dx)


def look_towards(current: FloatArray, point: Sequence[float]) -> FloatArray:
    """Return ``current`` (9,) with the head level and turned to ``point`` (m, head_neutral).

    The head keeps its place; the body turns along where the head would have to turn further than
    ``COMFORTABLE_YAW_RAD``. The result may still be out of reach. Raises GoalError.
    """
    values = current.copy()
    pitch, yaw = gaze_angles(point, head_position=current[POSITION].tolist())
    body = float(current[BODY_YAW])
    yaw = nearest_turn(yaw, body)
    values[ROTATION] = 0.0, pitch, yaw
    values[BODY_YAW] = follow_with_body(yaw, body, COMFORTABLE_YAW_RAD)
    return values


def plan_look_at(
    point: Sequence[float],
    *,
    current: FloatArray,
    limits: MotionLimits,
    reach: Reach,
    duration: float | None = None,
    speed: float = 2.0 * DEFAULT_SPEED_RAD_S,
    priority: int | None = None,
) -> GoTo:
    """Return the move that turns the camera to ``point`` (m, head_neutral), or raise GoalError.

    ``duration`` in s, or None to take it from ``speed`` (rad/s of the fastest part).
    """
    wanted = look_towards(current, point)
    values, clips = reachable(wanted, reach)
    law = TIME_LAWS[DEFAULT_LAW]
    if duration is None:
        duration = max(float(np.abs(values - current).max()) / speed * law.peak_rate, STOP_TIME_S)
    if not math.isfinite(duration) or not 0.0 < duration <= MAX_DURATION_S:
        raise GoalError(
            f'duration is {duration} s; it must be above 0 and at most {MAX_DURATION_S:g} s'
        )
    move = GoTo(
        values,
        owned=mask_of(head=True, body_yaw=True),
        duration=duration,
        law=law,
        limits=limits,
        source=LOOK_AT,
        priority=priority,
    )
    if values[BODY_YAW] != current[BODY_YAW]:
        move.clipped = (f'body turns to {math.degrees(values[BODY_YAW]):.0f} deg',)
    move.clipped += clips
    return move


def gaze_error(point: Sequence[float], values: FloatArray) -> float:
    """Return the angle (rad) between the camera's axis in posture ``values`` and ``point``."""
    pose = head_pose_of(values)
    camera = pose[:3, :3] @ np.asarray(CAMERA_IN_HEAD_M) + pose[:3, 3]
    ray = np.asarray(point, dtype=np.float64) - camera
    cosine = float(pose[:3, 0] @ ray) / max(float(np.linalg.norm(ray)), 1e-9)
    return math.acos(min(1.0, max(-1.0, cosine)))


def point_of_pixel(
    pixel: Sequence[float],
    *,
    intrinsics: Sequence[float],
    head_pose: FloatArray,
    distance: float = 1.0,
) -> tuple[float, float, float]:
    """Return the point (m, head_neutral) ``distance`` m away on the ray through a pixel.

    ``pixel``: column, row, already undistorted. ``intrinsics``: fx, fy, cx, cy in px.
    ``head_pose``: 4x4 at the time of the picture. GoalError for numbers that are not finite.
    """
    fx, fy, cx, cy = (float(value) for value in intrinsics)
    column, row = (float(value) for value in pixel)
    # Optical frame (z ahead, x right, y down) to head (x ahead, y left, z up).
    ray = np.array((1.0, -(column - cx) / fx, -(row - cy) / fy))
    ray *= distance / float(np.linalg.norm(ray))
    if not np.isfinite(ray).all():
        raise GoalError(f'pixel {list(pixel)} with intrinsics {list(intrinsics)} is no direction')
    x, y, z = (head_pose[:3, :3] @ (np.asarray(CAMERA_IN_HEAD_M) + ray) + head_pose[:3, 3]).tolist()
    return x, y, z
