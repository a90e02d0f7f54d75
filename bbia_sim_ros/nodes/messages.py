"""Conversions between ROS messages and the core's plain values; no state, any thread."""

from __future__ import annotations

from collections.abc import Sequence

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point
from geometry_msgs.msg import Pose
from geometry_msgs.msg import Quaternion
from geometry_msgs.msg import Transform
from std_msgs.msg import Header

from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.motion.body import BodyGoal
from bbia_sim_ros.robot.commands import BodyCommand
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import pose_from_message
from bbia_sim_ros.robot.poses import quaternion_from_rotation

_NANOSECONDS = 1_000_000_000


def seconds(stamp: Time) -> float | None:
    """Return a stamp in seconds, None for the zero stamp, which means 'on arrival'."""
    if stamp.sec == 0 and stamp.nanosec == 0:
        return None
    return float(stamp.sec + stamp.nanosec / _NANOSECONDS)


def time_message(time_s: float) -> Time:
    """Return seconds, 0 or more, as a stamp."""
    nanoseconds = round(time_s * _NANOSECONDS)
    return Time(sec=nanoseconds // _NANOSECONDS, nanosec=nanoseconds % _NANOSECONDS)


def body_target(
    *,
    head: FloatArray | None = None,
    antennas: tuple[float, float] | None = None,
    body_yaw: float | None = None,
) -> BodyTarget:
    """Return a target in `head_neutral` of the parts that are not None.

    ``head`` is a pose (4, 4), ``antennas`` are (right, left), rad.
    """
    target = BodyTarget(header=Header(frame_id=HEAD_NEUTRAL))
    if head is not None:
        target.has_head, target.head = True, pose_message(head)
    if antennas is not None:
        target.has_antennas = True
        target.right_antenna, target.left_antenna = antennas
    if body_yaw is not None:
        target.has_body_yaw, target.body_yaw = True, body_yaw
    return target


def body_command(message: BodyTarget) -> BodyCommand:
    """Return a target's present parts, the head pose in `head_neutral`.

    Raises `bbia_sim_ros.robot.poses.PoseError` for a wrong frame, a quaternion that is not of unit
    length, and numbers that are not finite.
    """
    head_pose = None
    if message.has_head:
        p, q = message.head.position, message.head.orientation
        head_pose = pose_from_message(
            (p.x, p.y, p.z), (q.x, q.y, q.z, q.w), message.header.frame_id
        )
    return BodyCommand(
        head_pose=head_pose,
        antennas=(message.right_antenna, message.left_antenna) if message.has_antennas else None,
        body_yaw=message.body_yaw if message.has_body_yaw else None,
        stamp=seconds(message.header.stamp),
    )


def body_goal(message: BodyTarget) -> BodyGoal:
    """Return a target's present parts as a goal of the motion core; its stamp is not read.

    Raises what `body_command` raises, and `bbia_sim_ros.motion.body.GoalError` for a target without
    parts and for angles out of range.
    """
    command = body_command(message)
    antennas = (message.right_antenna, message.left_antenna) if message.has_antennas else None
    return BodyGoal(head_pose=command.head_pose, antennas=antennas, body_yaw=command.body_yaw)


def matrix(transform: Transform) -> FloatArray:
    """Return a transform as (4, 4); raises `PoseError` when it is not rigid or not finite."""
    t, q = transform.translation, transform.rotation
    return pose_from_message((t.x, t.y, t.z), (q.x, q.y, q.z, q.w))


def pose_message(pose: FloatArray) -> Pose:
    """Return a (4, 4) pose as a message."""
    x, y, z = pose[:3, 3].tolist()
    qx, qy, qz, qw = quaternion_from_rotation(pose)
    return Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw))


def joined(reasons: Sequence[str]) -> str:
    """Return several reasons as one sentence."""
    return '; '.join(reasons)
