"""Publishes the measured state of the robot: `joint_states` and `head_pose`.

Called from the control thread once a period; keeps the passive joints' angles of the period before
to tell their velocities. A message that nobody subscribes to is not made: a simulator without
clients saves a sixth of its load so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Point
from geometry_msgs.msg import Pose
from geometry_msgs.msg import PoseStamped
from geometry_msgs.msg import Quaternion
from rclpy.node import Node
from rclpy.publisher import Publisher
from sensor_msgs.msg import JointState
from std_msgs.msg import Header

from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.fixed_message import FixedMessage
from bbia_sim_ros.robot.driver import RobotState
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.names import PASSIVE_JOINTS
from bbia_sim_ros.robot.poses import quaternion_from_rotation

_JOINTS = [*ACTUATED_JOINTS, *PASSIVE_JOINTS]
_ASK_EVERY = 100
_ZEROS = [0.0] * len(PASSIVE_JOINTS)
_TURN_RAD = 2.0 * math.pi


class Audience:
    """Whether a topic has subscribers: new ones count at once, those that left a while longer.

    Asking takes 15 us of processor time in every period, so it is not asked while they are there.
    """

    def __init__(self, publisher: Publisher[Any]) -> None:
        self._publisher = publisher
        self._unasked = 0

    def is_present(self) -> bool:
        """Return whether the coming message is worth publishing."""
        if self._unasked == 0:
            if not self._publisher.get_subscription_count():
                return False
            self._unasked = _ASK_EVERY
        self._unasked -= 1
        return True


class StatePublisher:
    """The two publishers of one robot; see the module's docstring."""

    def __init__(self, node: Node) -> None:
        self._joint_states = node.create_publisher(JointState, 'joint_states', qos.STREAM)
        self._head_poses = node.create_publisher(PoseStamped, 'head_pose', qos.STREAM)
        self._joint_states_audience = Audience(self._joint_states)
        self._head_poses_audience = Audience(self._head_poses)
        self._joint_state = FixedMessage(_joint_state, [len(_JOINTS)] * 3)
        self._head_pose = FixedMessage(_head_pose, [3, 4])
        self._stamp = 0.0
        self._passive: list[float] | None = None

    def publish(self, state: RobotState, stamp: float) -> None:
        """Publish a state measured at `stamp`, s."""
        passive = state.passive.tolist()
        if self._joint_states_audience.is_present():
            joints = (
                [*state.joints.tolist(), *passive],
                [*state.velocities.tolist(), *self._passive_rates(passive, stamp)],
                [*state.efforts.tolist(), *_ZEROS],
            )
            self._joint_states.publish(self._joint_state.serialise(stamp, joints))
        self._stamp, self._passive = stamp, passive
        if self._head_poses_audience.is_present():
            head = (state.head_pose[:3, 3].tolist(), quaternion_from_rotation(state.head_pose))
            self._head_poses.publish(self._head_pose.serialise(stamp, head))

    def _passive_rates(self, passive: list[float], stamp: float) -> list[float]:
        """Return the passive joints' velocities since the period before, rad/s."""
        period = stamp - self._stamp
        if self._passive is None or period <= 0.0:
            return _ZEROS
        # The hinge angles are only defined up to a turn.
        return [
            math.remainder(now - before, _TURN_RAD) / period
            for now, before in zip(passive, self._passive, strict=True)
        ]


def _joint_state(stamp: Time, groups: Sequence[Sequence[float]]) -> JointState:
    header = Header(stamp=stamp)
    position, velocity, effort = groups
    return JointState(
        header=header, name=_JOINTS, position=position, velocity=velocity, effort=effort
    )


def _head_pose(stamp: Time, groups: Sequence[Sequence[float]]) -> PoseStamped:
    (x, y, z), (qx, qy, qz, qw) = groups
    return PoseStamped(
        header=Header(stamp=stamp, frame_id=HEAD_NEUTRAL),
        pose=Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw)),
    )
