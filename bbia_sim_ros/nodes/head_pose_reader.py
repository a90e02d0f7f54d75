"""Reads the messages of `head_pose` fast: see `nodes/fixed_reader.py`. One owner."""

from __future__ import annotations

from geometry_msgs.msg import PoseStamped

from bbia_sim_ros.nodes.fixed_reader import FixedReader
from bbia_sim_ros.nodes.fixed_reader import Groups
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_message

# No head of a desktop robot gets there; squares of much greater numbers are infinite.
_FARTHEST_M = 1.0


class HeadPoseReader:
    """See the module's docstring."""

    def __init__(self) -> None:
        self._reader = FixedReader(PoseStamped, _groups, _put_groups)

    def read(self, serialised: bytes) -> tuple[float, FloatArray]:
        """Return the stamp, s, and the head pose (4, 4) in `head_neutral`.

        Raises ValueError for another frame, what is neither finite nor a rotation, and a place
        that is more than 1 m away along an axis.
        """
        stamp, (numbers,) = self._reader.read(serialised)
        pose = pose_from_message(numbers[:3], numbers[3:])
        farthest = max(numbers[:3], key=abs)
        if abs(farthest) > _FARTHEST_M:
            raise ValueError(
                f'the head is {farthest:g} m from {HEAD_NEUTRAL} along an axis;'
                f' allowed is -{_FARTHEST_M:g} .. {_FARTHEST_M:g} m'
            )
        return stamp, pose


def _groups(message: PoseStamped) -> Groups:
    """Return the seven numbers of the pose in one group; ValueError for another frame."""
    if message.header.frame_id != HEAD_NEUTRAL:
        raise ValueError(f'its frame is {message.header.frame_id!r}, not {HEAD_NEUTRAL!r}')
    p, q = message.pose.position, message.pose.orientation
    return ((p.x, p.y, p.z, q.x, q.y, q.z, q.w),)


def _put_groups(message: PoseStamped, groups: Groups) -> None:
    p, q = message.pose.position, message.pose.orientation
    p.x, p.y, p.z, q.x, q.y, q.z, q.w = groups[0]
