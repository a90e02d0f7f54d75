"""How far away a face is, from how large it looks.

Contract
    Pure functions on unit vectors in any one frame; metres from the camera to the middle between
    the eyes. ``face_distance`` returns None where the keypoints are no face seen from ahead.

Method
    The directions to the eyes, the tip of the nose and the mouth are taken to the plane through
    the face that is square to the line of sight, so neither the lens nor the place in the picture
    matters. There the picture of a small object is its orthographic projection times 1 / distance
    (weak perspective). A 2x3 matrix is fitted to the four points; for a rigid head both of its
    singular values are 1 / distance, however the head is turned. Their mean is taken. A photograph
    that is seen at a slant makes them differ, and the difference is counted as uncertainty.
    The keypoints of the ears are left out: on the far side of a turned head they are guesses.

Sources
    Distance between the pupils of adults: 63.4 mm, standard deviation 3.8 mm, that is 6 %
    (N. A. Dodgson, "Variation and extrema of human interpupillary distance", SPIE 5291, 2004). A
    five-year-old has about 51 mm and is taken to be a quarter further away than it is.
    The shape of the head: MediaPipe's canonical face model (canonical_face_model.obj, Apache-2.0):
    the eyes' corners 33, 133, 263, 362, nose tip 1, lips 13 and 14, scaled to those 63.4 mm.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.vision.results import LEFT_EYE
from bbia_sim_ros.vision.results import MOUTH
from bbia_sim_ros.vision.results import NOSE_TIP
from bbia_sim_ros.vision.results import RIGHT_EYE

FloatArray = npt.NDArray[np.float64]

PUPILS_M: Final = 0.0634
POPULATION_DEVIATION: Final = 0.06
# Keypoints that scatter by 5 % of the distance between the eyes scatter the distance by this share,
# however the head is turned (simulated: test_distance.py).
_KEYPOINT_DEVIATION: Final = 0.06
_USED: Final = [RIGHT_EYE, LEFT_EYE, NOSE_TIP, MOUTH]
# x to the left of the person's picture, y down, z away from the camera; the order of _USED.
_MODEL_M: Final = (PUPILS_M / 6.302) * np.array(
    [[-3.151, -2.625, -3.466], [3.151, -2.625, -3.466], [0.0, 1.127, -7.476], [0.0, 4.268, -5.312]]
)
_TO_MODEL: Final = np.linalg.pinv(_MODEL_M - _MODEL_M.mean(axis=0))
_MIN_RATIO: Final = 0.3
_MAX_SLANT_RAD: Final = math.radians(30.0)
MIN_DISTANCE_M: Final = 0.1
MAX_DISTANCE_M: Final = 20.0


def face_distance(directions: npt.ArrayLike) -> tuple[float, float] | None:
    """Return the distance of a face and its standard deviation, m.

    ``directions``: unit vectors (6, 3) to the keypoints in the order of `results.Face`. None when
    they are not finite, more than 60 degrees apart, coincide, or are in a plane no head shows.
    """
    rays = np.asarray(directions, dtype=np.float64)[_USED]
    if not np.isfinite(rays).all():
        return None
    ahead = rays.mean(axis=0)
    ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
    depth = rays @ ahead
    if depth.min() < math.cos(_MAX_SLANT_RAD):
        return None
    plane = rays / depth[:, None] - ahead
    # Any two axes of the plane will do: turning them does not change the singular values.
    axes = np.linalg.svd(ahead[None, :])[2][1:]
    shown = plane @ axes.T
    fitted = _TO_MODEL @ (shown - shown.mean(axis=0))
    larger, smaller = np.linalg.svd(fitted, compute_uv=False).tolist()
    scale = 0.5 * (larger + smaller)
    if not 1.0 / MAX_DISTANCE_M <= scale <= 1.0 / MIN_DISTANCE_M or smaller < _MIN_RATIO * larger:
        return None
    disagreement = (larger - smaller) / (larger + smaller)
    relative = math.hypot(POPULATION_DEVIATION, _KEYPOINT_DEVIATION, disagreement)
    return 1.0 / scale, relative / scale
