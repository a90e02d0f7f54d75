"""Pinhole intrinsics of a rendered camera, true to the model. Pure numbers, no rclpy.

Contract
    The conventions are those of `bbia_sim_ros.camera.intrinsics`; the optical axis of a symmetric
    frustum goes through ((width - 1) / 2, (height - 1) / 2). A rendered picture has no distortion.
"""

from __future__ import annotations

import math

from bbia_sim_ros.camera.intrinsics import Intrinsics
from bbia_sim_ros.camera.intrinsics import pinhole


def from_fovy(*, fovy_deg: float, width: int, height: int) -> Intrinsics:
    """Return the intrinsics of a picture `width` x `height` with vertical field of view `fovy_deg`.

    MuJoCo renders square pixels and keeps the vertical angle whatever the width is, so
    fx = fy = height / 2 / tan(fovy / 2).

    Raises
    ------
    ValueError
        A size below 1 pixel or an angle outside 0 .. 180 degrees.

    """
    if width < 1 or height < 1:
        raise ValueError(f'picture size must be at least 1x1 pixels, not {width}x{height}')
    if not 0.0 < fovy_deg < 180.0:
        raise ValueError(f'fovy must lie between 0 and 180 degrees, not {fovy_deg}')
    focal = height / 2.0 / math.tan(math.radians(fovy_deg) / 2.0)
    return pinhole(
        width=width,
        height=height,
        focal=(focal, focal),
        centre=((width - 1) / 2.0, (height - 1) / 2.0),
    )
