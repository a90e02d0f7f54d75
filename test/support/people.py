"""People who stand somewhere, as a perfect detector would find their faces in a picture."""

from __future__ import annotations

import math

import numpy as np

from bbia_sim_ros.camera.intrinsics import pinhole
from bbia_sim_ros.camera.rays import Lens
from bbia_sim_ros.robot.camera_frames import CAMERA_IN_HEAD_M
from bbia_sim_ros.robot.names import NEUTRAL_HEAD_POSE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_euler
from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Face
from bbia_sim_ros.vision.results import Hand
from bbia_sim_ros.vision.tracked import Tracked
from bbia_sim_ros.vision.view import View

EYES_M = np.array(CAMERA_IN_HEAD_M)
FACE_SIDE_M = 0.15
# Keypoints about the middle between the eyes: x to the robot's right, y down, z away from it, m.
_KEYPOINTS_M = np.array(
    [
        [-0.0317, 0.0, 0.0],
        [0.0317, 0.0, 0.0],
        [0.0, 0.038, -0.040],
        [0.0, 0.069, -0.019],
        [-0.077, 0.020, 0.059],
        [0.077, 0.020, 0.059],
    ]
)
_CENTRE_M = np.array([0.0, 0.03, -0.01])


def head_camera(width: int = 640, height: int = 480) -> Lens:
    """Return the lens of the simulated head camera: 80 degrees high, square pixels."""
    focal = height / 2.0 / math.tan(math.radians(40.0))
    centre = ((width - 1) / 2.0, (height - 1) / 2.0)
    return Lens(pinhole(width=width, height=height, focal=(focal, focal), centre=centre))


def view_at(stamp_s: float, head_pose: FloatArray = NEUTRAL_HEAD_POSE) -> View:
    """Return what the head's camera sees at a time."""
    return View.of_head(head_camera(), head_pose=head_pose, stamp_s=stamp_s)


def place(yaw_deg: float, distance: float, elevation_deg: float = 0.0) -> FloatArray:
    """Return a point (3,) in `head_neutral` seen from the camera of a neutral head."""
    yaw, elevation = math.radians(yaw_deg), math.radians(elevation_deg)
    flat = math.cos(elevation)
    ray = (flat * math.cos(yaw), flat * math.sin(yaw), math.sin(elevation))
    return EYES_M + distance * np.array(ray)


def face_at(
    view: View,
    centre: FloatArray,
    *,
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0),
    noise_px: float = 0.0,
    rng: np.random.Generator | None = None,
) -> Face:
    """Return the face whose middle is at a point (3,) of `head_neutral`.

    It looks at the camera, then turned by yaw, pitch and roll (rad). Box and keypoints scatter by
    ``noise_px``.
    """
    away = centre - view.camera
    distance = float(np.linalg.norm(away))
    ahead = away / distance
    right = np.cross(ahead, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    axes = np.column_stack((right, np.cross(ahead, right), ahead))
    yaw, pitch, roll = turn
    turned = pose_from_euler(roll=pitch, pitch=yaw, yaw=roll)[:3, :3]
    points = centre + (_KEYPOINTS_M - _CENTRE_M) @ turned.T @ axes.T
    keypoints = np.array([_pixel(view, point) for point in points])
    scatter = np.zeros((8, 2)) if rng is None else rng.normal(0.0, noise_px, (8, 2))
    x, y = np.array(_pixel(view, centre)) + scatter[0]
    edges = [_pixel(view, centre + side * 0.5 * FACE_SIDE_M * right) for side in (-1.0, 1.0)]
    side = abs(edges[1][0] - edges[0][0]) * (1.0 + scatter[1, 0] / 100.0)
    box = Box(x=float(x), y=float(y), width=float(side), height=float(side))
    return Face(box=box, score=0.9, keypoints=keypoints + scatter[2:])


def person(
    name: str = '1',
    *,
    position: FloatArray | None = None,
    view: View | None = None,
    visible: bool = True,
    **others: object,
) -> Tracked:
    """Return somebody who is followed, 1 m straight ahead unless said otherwise."""
    where = place(0.0, 1.0) if position is None else position
    seen = view or view_at(0.0)
    face = face_at(seen, where)
    bearing, elevation = seen.angles(where)
    x, y, z = where.tolist()
    told: dict[str, object] = {
        'id': name,
        'box': face.box,
        'score': 0.9,
        'visible': visible,
        'bearing': bearing,
        'elevation': elevation,
        'distance': math.dist(where, seen.camera),
        'distance_deviation': 0.1,
        'age': 1.0,
        'unseen': 0.0 if visible else 1.0,
        'position': (x, y, z),
        'face': face if visible else None,
    }
    return Tracked(**(told | others))  # type: ignore[arg-type]


def hand_at(x: float, y: float, *, gesture: str = 'none', score: float = 0.9) -> Hand:
    """Return a hand, 60 px high, whose wrist is at a pixel."""
    landmarks = np.zeros((21, 3))
    landmarks[:, 0], landmarks[:, 1] = x, y
    for finger in range(5):
        for joint in range(4):
            landmarks[1 + 4 * finger + joint, :2] += (8 * (finger - 2), -20 - 13 * joint)
    return Hand(side='right', gesture=gesture, score=score, landmarks=landmarks)


def _pixel(view: View, point: FloatArray) -> tuple[float, float]:
    pixel = view.pixel(point)
    assert pixel is not None, f'the camera cannot see {point}'
    return pixel
