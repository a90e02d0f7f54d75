"""The frames that move with the head: where each is in `head_link`.

Contract
    Constants only: poses (4, 4), metres, not writeable. With the measured head pose H in
    ``head_neutral``, a point p of such a frame is ``H @ HEAD_FRAMES[frame] @ p`` there.

Source
    Site ``camera_optical`` of ``reachy_mini.xml`` (MJCF) of the official wheel reachy-mini 1.13.0.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

import numpy as np

from bbia_sim_ros.robot.names import CAMERA_LINK
from bbia_sim_ros.robot.names import CAMERA_OPTICAL_FRAME
from bbia_sim_ros.robot.names import HEAD_LINK
from bbia_sim_ros.robot.names import FloatArray

# Camera of the official MJCF in the head's frame (the real one is within 5 mm of it).
CAMERA_IN_HEAD_M: Final = (0.0395, 0.0, 0.0525)


def _at_camera(axes: tuple[tuple[float, ...], ...]) -> FloatArray:
    pose = np.eye(4)
    pose[:3, :3] = axes
    pose[:3, 3] = CAMERA_IN_HEAD_M
    return _constant(pose)


def _constant(pose: FloatArray) -> FloatArray:
    pose.flags.writeable = False
    return pose


HEAD_FRAMES: Final = MappingProxyType(
    {
        HEAD_LINK: _constant(np.eye(4)),
        CAMERA_LINK: _at_camera(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))),
        # z ahead, x right, y down (REP-103).
        CAMERA_OPTICAL_FRAME: _at_camera(((0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0))),
    }
)
