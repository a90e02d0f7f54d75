"""Smile, open mouth and gaze from the mesh of a face, by geometry alone.

Contract
    A mesh is an array (478, 3) of MediaPipe's refined face mesh: px right, px down, and depth in px
    away from the camera, seen without perspective. No threads, no state. The measures do not depend
    on where the face is, how large it is or how it is turned, as far as the mesh does not.

Numbers
    The rigid points are seven of MediaPipe's canonical face model, whose mouth is 0.55 times as
    wide as the eyes are apart (outer corners). A broad smile makes that 0.71 and raises the corners
    of the mouth above its middle; both must be there, because an open mouth raises them too.
    The iris of a person is 11.7 mm wide, nearly the same in all adults (Ruefer et al., Cornea 24,
    2005), so it is the ruler; its middle moves on a sphere of 10 mm: the eye turns about a point
    13.5 mm behind the cornea (Fry and Hill, 1962) and the iris lies 3.6 mm behind it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation

from bbia_sim_ros.vision.results import Box
from bbia_sim_ros.vision.results import Expression
from bbia_sim_ros.vision.results import Points

LANDMARKS: Final = 478
# Right and left are the person's.
RIGHT_EYE_OUTER, RIGHT_EYE_INNER, RIGHT_IRIS = 33, 133, 468
LEFT_EYE_OUTER, LEFT_EYE_INNER, LEFT_IRIS = 263, 362, 473
MOUTH_RIGHT, MOUTH_LEFT = 61, 291
LIP_UPPER, LIP_LOWER, LIPS_RIGHT, LIPS_LEFT = 13, 14, 78, 308
NOSE_TIP: Final = 1
# Of the canonical face, cm: to the person's left, up, to the front.
RIGID: Final = {
    RIGHT_EYE_OUTER: (-4.446, 2.664, 3.173),
    LEFT_EYE_OUTER: (4.446, 2.664, 3.173),
    RIGHT_EYE_INNER: (-1.856, 2.585, 3.758),
    LEFT_EYE_INNER: (1.856, 2.585, 3.758),
    NOSE_TIP: (0.0, -1.127, 7.476),
    MOUTH_RIGHT: (-2.456, -4.343, 4.284),
    MOUTH_LEFT: (2.456, -4.343, 4.284),
}
# Least (no smile at all) and most (a broad one).
WIDTH_RANGE: Final = (0.58, 0.71)
LIFT_RANGE: Final = (-0.02, 0.09)
IRIS_WIDTH_M: Final = 0.0117
IRIS_ORBIT_M: Final = 0.010
# Eyes do not turn further; sine of 60 degrees.
_MAX_SINE: Final = 0.87
# Picture: right, down, away. Person: to the left when facing the camera, up, to the front.
_FACING: Final = np.array([1.0, -1.0, -1.0])


def expression(mesh: Points) -> Expression:
    """Return all measures of a mesh; ValueError for a wrong shape, no numbers or no extent."""
    if mesh.shape != (LANDMARKS, 3):
        raise ValueError(f'a mesh has the shape ({LANDMARKS}, 3), not {mesh.shape}')
    if not np.isfinite(mesh).all():
        raise ValueError('a mesh has finite numbers; some of this one are not')
    low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
    if not (high > low).all():
        raise ValueError('all points of the mesh are in one line')
    width, height = (high - low).tolist()
    x, y = ((high + low) / 2.0).tolist()
    person = mesh * _FACING
    turned = head_rotation(person)
    yaw, pitch = gaze(person, turned)
    return Expression(
        box=Box(x=x, y=y, width=width, height=height),
        smile=smile(person, turned),
        mouth_open=mouth_open(person),
        gaze_yaw=yaw,
        gaze_pitch=pitch,
    )


def head_rotation(person: Points) -> Points:
    """Return the rotation (3, 3) that takes the canonical face to this one (Kabsch).

    Its columns are the person's left, up and front in the axes of ``person``: picture's right, up,
    to the camera.
    """
    canonical = np.array(list(RIGID.values()))
    seen = person[list(RIGID)]
    rotation, _ = Rotation.align_vectors(
        seen - seen.mean(axis=0), canonical - canonical.mean(axis=0)
    )
    return np.asarray(rotation.as_matrix(), dtype=np.float64)


def smile(person: Points, turned: Points) -> float:
    """Return 0..1: the geometric mean of how wide the mouth is and how high its corners are."""
    wide = _length(person, MOUTH_RIGHT, MOUTH_LEFT)
    corners = (person[MOUTH_RIGHT] + person[MOUTH_LEFT]) / 2.0
    middle = (person[LIP_UPPER] + person[LIP_LOWER]) / 2.0
    lift = float((corners - middle) @ turned[:, 1]) / wide
    width = wide / _length(person, RIGHT_EYE_OUTER, LEFT_EYE_OUTER)
    return math.sqrt(_share(width, WIDTH_RANGE) * _share(lift, LIFT_RANGE))


def mouth_open(person: Points) -> float:
    """Return 0..1: the gap between the lips as a part of its width; talking reaches about 0.5."""
    gap = _length(person, LIP_UPPER, LIP_LOWER)
    return min(1.0, gap / _length(person, LIPS_RIGHT, LIPS_LEFT))


def gaze(person: Points, turned: Points) -> tuple[float, float]:
    """Return where the eyes look, rad: yaw to the left of the picture, and pitch up.

    Each eye's iris tells how the eye is turned in the head; the one that is seen wider counts more.
    """
    eyes = (
        (RIGHT_EYE_OUTER, RIGHT_EYE_INNER, RIGHT_IRIS),
        (LEFT_EYE_OUTER, LEFT_EYE_INNER, LEFT_IRIS),
    )
    sines = [_eye(person, turned, *eye) for eye in eyes]
    weights = [_length(person[:, :2], outer, inner) for outer, inner, _ in eyes]
    side, up = np.average(sines, axis=0, weights=weights)
    front = math.sqrt(max(0.0, 1.0 - side * side - up * up))
    right, above, near = turned @ (side, up, front)
    return math.atan2(-right, near), math.asin(max(-1.0, min(1.0, above)))


def _eye(person: Points, turned: Points, outer: int, inner: int, iris: int) -> Points:
    """Return the sines of an eye's angles in the head, to the person's left and up."""
    # Round the middle of an iris, from the side on: its four edges.
    across = max(_length(person, iris + 1, iris + 3), _length(person, iris + 2, iris + 4))
    moved = (person[iris] - (person[outer] + person[inner]) / 2.0) @ turned[:, :2]
    sines = moved / across * (IRIS_WIDTH_M / IRIS_ORBIT_M)
    far = float(np.linalg.norm(sines))
    return np.asarray(sines * min(1.0, _MAX_SINE / far) if far > 0.0 else sines)


def _length(person: Points, one: int, other: int) -> float:
    return float(np.linalg.norm(person[one] - person[other])) or math.ulp(1.0)


def _share(value: float, bounds: tuple[float, float]) -> float:
    least, most = bounds
    return max(0.0, min(1.0, (value - least) / (most - least)))
