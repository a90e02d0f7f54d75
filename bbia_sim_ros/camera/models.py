"""The official numbers of Reachy Mini's cameras.

Source
    `reachy_mini/media/camera_constants.py` and `camera_utils.py` of the official wheel
    reachy-mini 1.13.0: one calibration at 3840x2592, and for each video mode a crop factor by which
    both focal lengths grow; axis by axis, so a mode of another shape has fx and fy that differ,
    which a camera with square pixels has not. Only 3840x2592 is a measurement.

Distortion
    The official calibration has twelve coefficients: eight of OpenCV's rational model and four of a
    thin prism. ROS has no model with a prism (sensor_msgs/distortion_models.hpp), so the first
    eight go out as `rational_polynomial`. Leaving out the prism moves a point of the full picture
    by 10 px in the median and by 42 px in the worst corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bbia_sim_ros.camera.intrinsics import Intrinsics
from bbia_sim_ros.camera.intrinsics import pinhole

NO_MODEL: Final = 'none'
SENSOR_SIZE_PX: Final = (3840, 2592)
FOCAL_PX: Final = (2001.8076426486707, 2003.0778885944105)
CENTRE_PX: Final = (1905.876059826701, 1328.3239717935594)
# k1, k2, p1, p2, k3, k4, k5, k6
RATIONAL_COEFFICIENTS: Final = (
    -1.4652320301298614,
    0.6542714131667414,
    0.012147809271745049,
    -0.002677286460143648,
    0.3035939941825349,
    -1.4300809080461876,
    0.570024082887235,
    0.3567299243352951,
)
_LITE_MODES: Final = {
    (1920, 1080): 1.115,
    (3840, 2592): 1.0,
    (3840, 2160): 1.109,
    (3264, 2448): 1.115,
}
# Crop factor of each video mode (width, height).
OFFICIAL_MODES: Final[Mapping[str, Mapping[tuple[int, int], float]]] = MappingProxyType(
    {
        'reachy_mini_lite': _LITE_MODES,
        'reachy_mini_wireless': {**_LITE_MODES, (1280, 720): 1.0, (3072, 1728): 1.0},
    }
)


def official_intrinsics(model: str, width: int, height: int) -> Intrinsics | None:
    """Return the official intrinsics of a video mode, None if the camera has no such mode.

    Raises
    ------
    KeyError
        The model is none of `OFFICIAL_MODES`.

    """
    crop = OFFICIAL_MODES[model].get((width, height))
    if crop is None:
        return None
    x, y = width / SENSOR_SIZE_PX[0], height / SENSOR_SIZE_PX[1]
    return pinhole(
        width=width,
        height=height,
        focal=(FOCAL_PX[0] * x * crop, FOCAL_PX[1] * y * crop),
        centre=(CENTRE_PX[0] * x, CENTRE_PX[1] * y),
        distortion_model='rational_polynomial',
        d=RATIONAL_COEFFICIENTS,
    )
