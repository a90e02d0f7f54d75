"""Pinhole intrinsics of a rendered camera, true to the model. Pure numbers, no rclpy.

Contract
    Pixel (0, 0) is the centre of the top left pixel (the convention of OpenCV and of
    sensor_msgs/CameraInfo), x right, y down; so the optical axis of a symmetric frustum goes
    through ((width - 1) / 2, (height - 1) / 2). A rendered picture has no distortion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Intrinsics:
    """What sensor_msgs/CameraInfo needs: `k` and `r` 3x3, `p` 3x4, all row by row; pixels."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion_model: str = 'plumb_bob'
    d: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0)

    @property
    def k(self) -> tuple[float, ...]:
        """Camera matrix."""
        return (self.fx, 0.0, self.cx, 0.0, self.fy, self.cy, 0.0, 0.0, 1.0)

    @property
    def r(self) -> tuple[float, ...]:
        """Rectification: none."""
        return (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)

    @property
    def p(self) -> tuple[float, ...]:
        """Projection matrix."""
        return (self.fx, 0.0, self.cx, 0.0, 0.0, self.fy, self.cy, 0.0, 0.0, 0.0, 1.0, 0.0)


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
    return Intrinsics(width, height, focal, focal, (width - 1) / 2.0, (height - 1) / 2.0)
