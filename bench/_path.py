"""The path that driver and official client are measured with, on its own for the latter's sake.

Angles in rad, lengths in m, antennas with the sign of the MJCF; `head` is a 4x4 matrix.
"""

from __future__ import annotations

import math
from typing import NamedTuple

RATE_HZ = 100.0
_FREQUENCY_HZ = 0.5
_ANTENNA_RAD = 0.4
_HEAD_YAW_RAD = 0.17
_BODY_YAW_RAD = 0.2


class Target(NamedTuple):
    """One target of the whole body; antennas are (right, left)."""

    head: list[list[float]]
    antennas: tuple[float, float]
    body_yaw: float


def target(now: float) -> Target:
    """Return the target at a time, s."""
    phase = 2.0 * math.pi * _FREQUENCY_HZ * now
    c, s = math.cos(_HEAD_YAW_RAD * math.sin(phase)), math.sin(_HEAD_YAW_RAD * math.sin(phase))
    return Target(
        [[c, -s, 0.0, 0.0], [s, c, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]],
        (_ANTENNA_RAD * math.sin(phase), _ANTENNA_RAD * math.cos(phase)),
        _BODY_YAW_RAD * math.sin(phase),
    )
