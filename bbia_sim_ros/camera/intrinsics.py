"""What sensor_msgs/CameraInfo says of a camera. Pure numbers, no rclpy.

Contract
    Pixel (0, 0) is the centre of the top left pixel (the convention of OpenCV and of
    sensor_msgs/CameraInfo), x right, y down. Matrices are tuples, row by row; pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from typing import Final

IDENTITY: Final = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
# sensor_msgs/distortion_models.hpp and the number of coefficients that each takes.
DISTORTION_SIZES: Final = {'plumb_bob': 5, 'rational_polynomial': 8, 'equidistant': 4}


@dataclass(frozen=True, kw_only=True)
class Intrinsics:
    """Camera matrix `k` (3x3), distortion `d`, rectification `r` (3x3), projection `p` (3x4).

    All zero, with an empty `d` and `distortion_model`, means not calibrated (REP-104).
    """

    width: int
    height: int
    k: tuple[float, ...]
    d: tuple[float, ...]
    r: tuple[float, ...]
    p: tuple[float, ...]
    distortion_model: str

    @property
    def fx(self) -> float:
        """Focal length along x, pixels."""
        return self.k[0]

    @property
    def fy(self) -> float:
        """Focal length along y, pixels."""
        return self.k[4]

    @property
    def cx(self) -> float:
        """Where the optical axis goes through the picture, x."""
        return self.k[2]

    @property
    def cy(self) -> float:
        """Where the optical axis goes through the picture, y."""
        return self.k[5]

    @property
    def is_calibrated(self) -> bool:
        """Whether the numbers mean something."""
        return self.k[0] != 0.0

    def has_aspect_of(self, width: int, height: int) -> bool:
        """Whether a picture of this size is ours resized, to within a pixel of rounding."""
        return abs(self.height * width / self.width - height) < 1.0

    def scaled(self, width: int, height: int) -> Intrinsics:
        """Return the intrinsics of the same picture resized; distortion has no unit and stays."""
        x, y = width / self.width, height / self.height
        if not self.is_calibrated:
            return replace(self, width=width, height=height)
        return replace(
            self,
            width=width,
            height=height,
            k=(*_scaled_row(self.k[0:3], x), *_scaled_row(self.k[3:6], y), *self.k[6:9]),
            p=(*_scaled_row(self.p[0:4], x), *_scaled_row(self.p[4:8], y), *self.p[8:12]),
        )


def pinhole(
    *,
    width: int,
    height: int,
    focal: tuple[float, float],
    centre: tuple[float, float],
    distortion_model: str = 'plumb_bob',
    d: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0, 0.0),
) -> Intrinsics:
    """Return the intrinsics of a single camera: no rectification, `p` is `k`."""
    (fx, fy), (cx, cy) = focal, centre
    return Intrinsics(
        width=width,
        height=height,
        k=(fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0),
        d=d,
        r=IDENTITY,
        p=(fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0),
        distortion_model=distortion_model,
    )


def uncalibrated(width: int, height: int) -> Intrinsics:
    """Return what REP-104 wants of a camera that nobody calibrated: zeros."""
    return Intrinsics(
        width=width,
        height=height,
        k=(0.0,) * 9,
        d=(),
        r=(0.0,) * 9,
        p=(0.0,) * 12,
        distortion_model='',
    )


def _scaled_row(row: tuple[float, ...], factor: float) -> tuple[float, ...]:
    """Return a row of a camera matrix; its third number is a place, counted from pixel centres."""
    values = [number * factor for number in row]
    values[2] = (row[2] + 0.5) * factor - 0.5
    return tuple(values)
