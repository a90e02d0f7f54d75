"""Names, frames, joint ranges and named postures of Reachy Mini.

Contract
    Constants only. Angles in radians with the sign of the official MJCF, lengths in metres. Joint
    vectors of nine numbers are always in the order of ``ACTUATED_JOINTS``. Head poses are 4x4
    matrices in ``head_neutral``: fixed in ``base_link``, ``HEAD_HEIGHT_M`` above it, x forward,
    y left, z up; it does not turn with the body. Identity means "look straight ahead".

Sources
    Joint names and ranges: ``reachy_mini.xml`` (MJCF) of the official wheel reachy-mini 1.13.0.
    Postures: ``reachy_mini.py`` of the same wheel; its antenna angles have the opposite sign.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BODY_JOINT: Final = 'yaw_body'
LEG_JOINTS: Final = ('stewart_1', 'stewart_2', 'stewart_3', 'stewart_4', 'stewart_5', 'stewart_6')
ANTENNA_JOINTS: Final = ('right_antenna', 'left_antenna')
ACTUATED_JOINTS: Final = (BODY_JOINT, *LEG_JOINTS, *ANTENNA_JOINTS)
# The URDF splits each of the seven ball joints into three hinges turning about x, then y, then z.
PASSIVE_JOINTS: Final = tuple(f'passive_{k}_{axis}' for k in range(1, 8) for axis in 'xyz')

BODY_INDEX: Final = 0
LEGS_SLICE: Final = slice(1, 7)
ANTENNAS_SLICE: Final = slice(7, 9)

BASE_LINK: Final = 'base_link'
HEAD_NEUTRAL: Final = 'head_neutral'
HEAD_LINK: Final = 'head_link'
CAMERA_LINK: Final = 'camera_link'
CAMERA_OPTICAL_FRAME: Final = 'camera_optical_frame'

HEAD_HEIGHT_M: Final = 0.177
MAX_BODY_YAW_RAD: Final = math.radians(160.0)
MAX_RELATIVE_YAW_RAD: Final = math.radians(65.0)


def _degrees(low: float, high: float) -> tuple[float, float]:
    return math.radians(low), math.radians(high)


# The antennas have no range in the MJCF; half a turn either way is the URDF's, it contains every
# posture of the official software and keeps the antenna's cable from being wound up.
JOINT_LIMITS_RAD: Final = MappingProxyType(
    {
        'yaw_body': _degrees(-160.0, 160.0),
        'stewart_1': _degrees(-48.0, 80.0),
        'stewart_2': _degrees(-80.0, 70.0),
        'stewart_3': _degrees(-48.0, 80.0),
        'stewart_4': _degrees(-80.0, 48.0),
        'stewart_5': _degrees(-70.0, 80.0),
        'stewart_6': _degrees(-80.0, 48.0),
        'right_antenna': _degrees(-180.0, 180.0),
        'left_antenna': _degrees(-180.0, 180.0),
    }
)


def _constant(values: object) -> FloatArray:
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array


JOINT_LOWER_RAD: Final = _constant([JOINT_LIMITS_RAD[name][0] for name in ACTUATED_JOINTS])
JOINT_UPPER_RAD: Final = _constant([JOINT_LIMITS_RAD[name][1] for name in ACTUATED_JOINTS])

NEUTRAL_HEAD_POSE: Final = _constant(np.eye(4))
NEUTRAL_LEGS_RAD: Final = _constant([0.62655, -0.62654, 0.62654, -0.62654, 0.62654, -0.62654])
NEUTRAL_ANTENNAS_RAD: Final = (0.1745, -0.1745)
NEUTRAL_JOINTS_RAD: Final = _constant([0.0, *NEUTRAL_LEGS_RAD, *NEUTRAL_ANTENNAS_RAD])

# The head rests on the body here: contact, and stewart_1 and stewart_6 beyond their ranges. It is
# where a robot that was switched off is found, not a pose the safety gate will command.
SLEEP_LEGS_RAD: Final = _constant(
    [
        -0.9848156658225817,
        1.2624661884298831,
        -0.24390294527381684,
        0.20555342557667577,
        -1.2363885150358267,
        1.0032234352772091,
    ]
)
SLEEP_ANTENNAS_RAD: Final = (3.05, -3.05)
SLEEP_JOINTS_RAD: Final = _constant([0.0, *SLEEP_LEGS_RAD, *SLEEP_ANTENNAS_RAD])
SLEEP_HEAD_POSE: Final = _constant(
    [
        [0.911, 0.004, 0.413, -0.021],
        [-0.004, 1.0, -0.001, 0.001],
        [-0.413, -0.001, 0.911, -0.044],
        [0.0, 0.0, 0.0, 1.0],
    ]
)
