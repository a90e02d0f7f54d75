"""Pixels as directions and points as pixels, through a lens as sensor_msgs/CameraInfo tells it.

Contract
    Pixels as in `intrinsics`: (0, 0) is the centre of the top left one. Directions and points are
    in the camera's optical frame (REP-103): x right, y down, z ahead. A pixel that no direction
    leads to, far out where the model of a lens folds back, gives NaN, and so does a point that the
    camera cannot see. Arrays in, arrays out; immutable; any thread. OpenCV is imported at the first
    use of a lens that distorts.

Models
    `plumb_bob` and `rational_polynomial` are those of OpenCV's calib3d, `equidistant` that of its
    fisheye module. All zero coefficients are a pinhole, whatever the model is called.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.camera.intrinsics import DISTORTION_SIZES
from bbia_sim_ros.camera.intrinsics import Intrinsics
from bbia_sim_ros.camera.intrinsics import pinhole

FloatArray = npt.NDArray[np.float64]

_FISHEYE: Final = 'equidistant'
_MAX_SIZE_PX: Final = 65536
_MAX_ERROR_PX: Final = 0.5
_NO_K: Final = (0.0,) * 9
_STEPS: Final = 100
_STEP: Final = 1e-9


class LensError(ValueError):
    """The numbers of a camera cannot be used; the message says which, and what is allowed."""


class Lens:
    """See the module's docstring.

    Attributes
    ----------
    intrinsics:
        What it was made of.

    """

    def __init__(self, intrinsics: Intrinsics) -> None:
        """Check the numbers of a camera; raises `LensError`."""
        _check(intrinsics)
        self.intrinsics = intrinsics
        self._matrix = np.array(intrinsics.k, dtype=np.float64).reshape(3, 3)
        self._distortion = np.array(intrinsics.d, dtype=np.float64)
        self._is_pinhole = not self._distortion.any()
        self._is_fisheye = intrinsics.distortion_model == _FISHEYE

    def of_picture(self, width: int, height: int) -> Lens:
        """Return the lens of the same picture resized; raises `LensError` for another shape."""
        mine = self.intrinsics
        if (width, height) == (mine.width, mine.height):
            return self
        if min(width, height) < 1 or not mine.has_aspect_of(width, height):
            raise LensError(
                f'camera_info is for pictures of {mine.width}x{mine.height} pixels, and this one '
                f'has {width}x{height}: let the camera publish the camera_info of its mode'
            )
        return Lens(mine.scaled(width, height))

    def straight(self, pixels: npt.ArrayLike) -> FloatArray:
        """Return (n, 2) pixels as a pinhole with the same matrix has them."""
        given = np.asarray(pixels, dtype=np.float64).reshape(-1, 2)
        return given.copy() if self._is_pinhole else self._to_pixels(self._on_plane(given))

    def directions(self, pixels: npt.ArrayLike) -> FloatArray:
        """Return the unit vectors (n, 3) to pixels (n, 2)."""
        # A focal length next to nothing gives rays whose length is no number.
        with np.errstate(over='ignore'):
            plane = self._on_plane(np.asarray(pixels, dtype=np.float64).reshape(-1, 2))
            rays = np.column_stack((plane, np.ones(len(plane))))
            lengths = np.linalg.norm(rays, axis=1, keepdims=True)
        lengths[np.isinf(lengths)] = np.nan
        return np.asarray(rays / lengths, dtype=np.float64)

    def pixels(self, points: npt.ArrayLike) -> FloatArray:
        """Return the pixels (n, 2) of points or directions (n, 3), also outside the picture."""
        given = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        seen = np.isfinite(given).all(axis=1) & (given[:, 2] > 0.0)
        found = np.full((len(given), 2), np.nan)
        plane = given[seen, :2] / given[seen, 2:]
        found[seen] = self._checked_pixels(plane)
        return found

    def _checked_pixels(self, plane: FloatArray) -> FloatArray:
        if self._is_pinhole or not len(plane):
            return self._to_pixels(plane)
        pixels = self._distorted(plane)
        # Where the model has folded back, the way back leads elsewhere.
        error = np.abs(self._to_pixels(self._undistorted(pixels)) - self._to_pixels(plane))
        pixels[~(error.max(axis=1) < _MAX_ERROR_PX)] = np.nan
        return pixels

    def _on_plane(self, pixels: FloatArray) -> FloatArray:
        """Return where the rays of pixels go through the plane z = 1, (n, 2)."""
        if self._is_pinhole:
            return (pixels - self._matrix[:2, 2]) / np.diag(self._matrix)[:2]
        plane = np.full(pixels.shape, np.nan)
        finite = np.isfinite(pixels).all(axis=1)
        if finite.any():
            found = self._undistorted(pixels[finite])
            error = np.abs(self._distorted(found) - pixels[finite]).max(axis=1)
            found[~(error < _MAX_ERROR_PX)] = np.nan
            plane[finite] = found
        return plane

    def _to_pixels(self, plane: FloatArray) -> FloatArray:
        return plane * np.diag(self._matrix)[:2] + self._matrix[:2, 2]

    def _undistorted(self, pixels: FloatArray) -> FloatArray:
        cv2 = _opencv()
        matrix, distortion = self._matrix, self._distortion
        ends = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, _STEPS, _STEP)
        points = pixels.reshape(-1, 1, 2)
        if self._is_fisheye:
            found = cv2.fisheye.undistortPoints(points, matrix, distortion, criteria=ends)
        else:
            found = cv2.undistortPointsIter(points, matrix, distortion, None, None, ends)
        return np.asarray(found, dtype=np.float64).reshape(-1, 2)

    def _distorted(self, plane: FloatArray) -> FloatArray:
        cv2 = _opencv()
        points = np.column_stack((plane, np.ones(len(plane)))).reshape(-1, 1, 3)
        still = np.zeros(3)
        project = cv2.fisheye.projectPoints if self._is_fisheye else cv2.projectPoints
        found, _ = project(points, still, still, self._matrix, self._distortion)
        return np.asarray(found, dtype=np.float64).reshape(-1, 2)


def lens_of(
    *, width: int, height: int, k: Iterable[float], d: Iterable[float], distortion_model: str
) -> Lens:
    """Return the lens of the fields of a sensor_msgs/CameraInfo; raises `LensError`."""
    matrix = tuple(float(number) for number in k)
    fx, _, cx, _, fy, cy, *_ = matrix + _NO_K
    if any(matrix) and matrix != (fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0):
        raise LensError(
            f'k of camera_info is {list(matrix)}, and has to be [fx, 0, cx, 0, fy, cy, 0, 0, 1]'
        )
    return Lens(
        pinhole(
            width=width,
            height=height,
            focal=(fx, fy),
            centre=(cx, cy),
            distortion_model=distortion_model,
            d=tuple(float(number) for number in d),
        )
    )


def _check(camera: Intrinsics) -> None:
    size = (camera.width, camera.height)
    if not all(1 <= side <= _MAX_SIZE_PX for side in size):
        raise LensError(
            f'camera_info is for pictures of {size[0]}x{size[1]} pixels; each has to be '
            f'1..{_MAX_SIZE_PX}'
        )
    if not any(camera.k):
        raise LensError(
            'the camera is not calibrated, for k of camera_info is all zero: set the parameter '
            'camera_model or camera_calibration of the node that publishes it'
        )
    focal, centre = (camera.fx, camera.fy), (camera.cx, camera.cy)
    if not all(0.0 < length < math.inf for length in focal):
        raise LensError(f'the focal lengths of camera_info are {focal} px, and must be above 0')
    if not all(map(math.isfinite, centre + camera.d)):
        raise LensError(f'camera_info is not finite: centre {centre}, distortion {list(camera.d)}')
    needed = DISTORTION_SIZES.get(camera.distortion_model)
    if any(camera.d) and len(camera.d) != needed:
        allowed = ', '.join(f'{name} with {size}' for name, size in DISTORTION_SIZES.items())
        raise LensError(
            f'camera_info has the distortion model {camera.distortion_model!r} with '
            f'{len(camera.d)} coefficients; known are {allowed}'
        )


def _opencv() -> Any:
    import cv2  # noqa: PLC0415 - takes 0.2 s and is needed only for a distorting lens

    return cv2
