"""Looking round for something that was lost. Pure; directions are unit vectors in `head_neutral`.

Contract
    A `Sweep` is a path of the gaze: a slow swing to both sides of where the target was, the first
    one the way it went, with a small nod at twice the pace. It begins where the target was, and
    stays within what body and head can turn to.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from bbia_sim_ros.robot.names import MAX_BODY_YAW_RAD
from bbia_sim_ros.robot.names import FloatArray

AHEAD: Final = np.array((1.0, 0.0, 0.0))
PERIOD_S: Final = 8.0
SIDE_RAD: Final = math.radians(45.0)
NOD_RAD: Final = math.radians(6.0)
MAX_YAW_RAD: Final = MAX_BODY_YAW_RAD
# The head reaches this with its yaw 45 degrees from the body's, and motion keeps it within those.
MAX_ELEVATION_RAD: Final = math.radians(18.0)


class Sweep:
    """See the module's docstring."""

    def __init__(self, lost: FloatArray, rate: FloatArray) -> None:
        """Take the direction (3,) where the target was lost and how that changed (3,), rad/s."""
        x, y, z = lost.tolist()
        self._yaw = math.atan2(y, x)
        self._elevation = math.atan2(z, math.hypot(x, y))
        # Positive when it went to the left, seen from above.
        self._side = -1.0 if x * float(rate[1]) - y * float(rate[0]) < 0.0 else 1.0

    def direction(self, t: float) -> FloatArray:
        """Return where to look (3,) ``t`` s after the beginning."""
        phase = 2.0 * math.pi * t / PERIOD_S
        yaw = self._yaw + self._side * SIDE_RAD * math.sin(phase)
        elevation = self._elevation + NOD_RAD * math.sin(2.0 * phase)
        return direction_of(
            min(max(yaw, -MAX_YAW_RAD), MAX_YAW_RAD),
            min(max(elevation, -MAX_ELEVATION_RAD), MAX_ELEVATION_RAD),
        )


def direction_of(yaw: float, elevation: float) -> FloatArray:
    """Return the unit vector (3,) to the left by ``yaw`` and up by ``elevation``, rad."""
    flat = math.cos(elevation)
    return np.array((flat * math.cos(yaw), flat * math.sin(yaw), math.sin(elevation)))


def turned_towards(direction: FloatArray, wanted: FloatArray, most: float) -> FloatArray:
    """Return ``direction`` turned to ``wanted`` by ``most`` rad at most, left, right, up, down.

    It goes past the front, never over the back, where the body cannot turn.
    """
    yaw, elevation = _angles(direction)
    far_yaw, far_elevation = _angles(wanted)
    steps = far_yaw - yaw, far_elevation - elevation
    share = min(1.0, most / max(math.hypot(*steps), 1e-9))
    return direction_of(yaw + share * steps[0], elevation + share * steps[1])


def _angles(direction: FloatArray) -> tuple[float, float]:
    x, y, z = direction.tolist()
    return math.atan2(y, x), math.atan2(z, math.hypot(x, y))
