"""A point that moves, smoothed in `head_neutral` and told for other times than it was seen at.

Contract
    Points in metres in `head_neutral`, stamps in s of the pictures' clock. What is smoothed are the
    direction and the logarithm of the range from where the camera is when the head is neutral, a
    fixed point: the head's own motion does not disturb it, and noise of the distance, which is
    large, stays out of the direction, which is precise. One owner; no clock is read.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from bbia_sim_ros.robot.camera_frames import CAMERA_IN_HEAD_M
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.vision.one_euro import OneEuro
from bbia_sim_ros.vision.one_euro import OneEuroSettings

ORIGIN_M: Final = np.array(CAMERA_IN_HEAD_M)
# rad and rad/s: 1 Hz at rest, 3.8 Hz and a lag of 42 ms at 20 degrees per second.
_DIRECTION: Final = OneEuroSettings(min_cutoff_hz=1.0, beta=8.0, speed_cutoff_hz=1.0)
# Of the logarithm, so that the same share of the range counts the same everywhere.
_RANGE: Final = OneEuroSettings(min_cutoff_hz=0.5, beta=1.0, speed_cutoff_hz=0.5)
_MIN_RANGE_M: Final = 0.01


class MovingPoint:
    """See the module's docstring.

    Attributes
    ----------
    stamp_s:
        When it was last seen.

    """

    def __init__(self, point: npt.ArrayLike, stamp_s: float) -> None:
        """Begin at rest at a point (3,)."""
        direction, distance = _polar(point)
        self.stamp_s = stamp_s
        self._direction = OneEuro(direction, _DIRECTION)
        self._range = OneEuro([math.log(distance)], _RANGE)

    def see(self, point: npt.ArrayLike, stamp_s: float) -> None:
        """Take where it was at a later time; ValueError for a time that is not later."""
        direction, distance = _polar(point)
        dt = stamp_s - self.stamp_s
        self._direction.filter(direction, dt)
        self._range.filter([math.log(distance)], dt)
        self.stamp_s = stamp_s

    def restart_range(self, point: npt.ArrayLike) -> None:
        """Take the range of a point for the first that can be trusted."""
        self._range = OneEuro([math.log(_polar(point)[1])], _RANGE)

    @property
    def lag_s(self) -> float:
        """By how much the smoothed direction is behind a steady motion, s."""
        return self._direction.lag_s

    @property
    def rate(self) -> FloatArray:
        """How fast its direction changes (3,), rad/s."""
        return self._direction.speed

    @property
    def range_m(self) -> float:
        """How far it is from the fixed point, m."""
        return math.exp(float(self._range.values[0]))

    def ahead(self, seconds: float, *, rate: FloatArray | None = None) -> FloatArray:
        """Return where it is (3,) so many s after it was last seen.

        Its direction goes on at ``rate`` (3,), rad/s, or at its own; its range stays.
        """
        speed = self._direction.speed if rate is None else rate
        direction = self._direction.values + speed * seconds
        place: FloatArray = ORIGIN_M + direction * (self.range_m / np.linalg.norm(direction))
        return place


def _polar(point: npt.ArrayLike) -> tuple[FloatArray, float]:
    away: FloatArray = np.asarray(point, dtype=np.float64) - ORIGIN_M
    distance = max(float(np.linalg.norm(away)), _MIN_RANGE_M)
    return away / distance, distance
