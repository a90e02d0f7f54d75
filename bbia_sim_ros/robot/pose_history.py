"""Where the head was at a time: the measured poses of the last seconds.

Contract
    ``add`` takes poses in the order of their stamps; one that goes back in time begins anew, since
    what was before belongs to another run. ``at`` interpolates between two of them. At most
    ``MOST_POSES`` are kept: two and a half seconds at 100 Hz. Poses (4, 4), m; stamps s. One owner;
    not thread-safe; no clock is read.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from bbia_sim_ros.robot.frames import FrameError
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import orthonormalise

MOST_POSES: Final = 256
# A camera stamps a little later than the newest pose that has arrived.
_NEWER_S: Final = 0.1


class PoseHistory:
    """See the module's docstring."""

    def __init__(self) -> None:
        self._poses: deque[tuple[float, FloatArray]] = deque(maxlen=MOST_POSES)

    def __len__(self) -> int:
        return len(self._poses)

    def add(self, stamp: float, pose: FloatArray) -> None:
        """Keep a pose (4, 4) that was measured at a stamp."""
        if self._poses and stamp <= self._poses[-1][0]:
            self._poses.clear()
        self._poses.append((stamp, pose))

    def at(self, stamp: float | None) -> FloatArray:
        """Return the pose (4, 4) at a stamp, None for the newest.

        Raises `FrameError` when there is none for it: it is older than all that are kept, or more
        than 0.1 s newer.
        """
        poses = self._poses
        if not poses:
            raise FrameError('no head pose has been heard yet')
        newest, pose = poses[-1]
        if stamp is None or newest <= stamp <= newest + _NEWER_S:
            return pose
        if not poses[0][0] <= stamp <= newest:
            raise FrameError(
                f'no head pose at the stamp: it is {newest - stamp:.2f} s before the newest,'
                f' {newest - poses[0][0]:.2f} s are kept; check the stamp and the clocks'
            )
        later = next(index for index, (time_s, _) in enumerate(poses) if time_s >= stamp)
        if later == 0:
            return poses[0][1]
        (before, first), (after, second) = poses[later - 1], poses[later]
        share = (stamp - before) / (after - before)
        between = (1.0 - share) * first + share * second
        between[:3, :3] = orthonormalise(between[:3, :3])
        return between
