"""Where the head was at a time: the measured poses of the last seconds, one between two of them.

Poses (4, 4), m; what is kept and which stamps it answers: `robot/stamped_history.py`.
"""

from __future__ import annotations

from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import orthonormalise
from bbia_sim_ros.robot.stamped_history import StampedHistory


class PoseHistory:
    """See the module's docstring; one owner, not thread-safe."""

    def __init__(self) -> None:
        self._poses = StampedHistory[FloatArray]('head pose')

    def __len__(self) -> int:
        return len(self._poses)

    def add(self, stamp: float, pose: FloatArray) -> None:
        """Keep a pose (4, 4) that was measured at a stamp, s."""
        self._poses.add(stamp, pose)

    def at(self, stamp: float | None) -> FloatArray:
        """Return the pose (4, 4) at a stamp, None for the newest.

        Raises `FrameError` as `StampedHistory.around` does.
        """
        first, second, share = self._poses.around(stamp)
        if first is second:
            return second
        between = (1.0 - share) * first + share * second
        between[:3, :3] = orthonormalise(between[:3, :3])
        return between
