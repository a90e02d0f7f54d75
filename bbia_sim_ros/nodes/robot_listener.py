"""What the robot measures and reports, for the motion node.

Subscribes to `joint_states`, `head_pose` and `robot_status`. Callbacks run in the executor's
thread; `measured` and `status` are replaced as a whole, so any thread may read them. The head poses
of the last two and a half seconds are kept, because a picture is older than the pose that is
measured when it arrives; they belong to the executor's thread.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from sensor_msgs.msg import JointState

from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.moves import Measured
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import is_simulated
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.fixed_reader import FixedReader
from bbia_sim_ros.nodes.fixed_reader import Groups
from bbia_sim_ros.robot.driver import CommandSource
from bbia_sim_ros.robot.frames import FrameError
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import HEAD_NEUTRAL
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.poses import orthonormalise
from bbia_sim_ros.robot.poses import pose_from_message

NOT_HEARD = 'the robot has not reported its state yet; does its driver run?'
_HISTORY = 256
# A camera stamps a little later than the newest pose that has arrived.
_NEWER_S = 0.1
_LOG_PERIOD_S = 2.0
# With simulated time a slow simulation is silent for long; only then is it taken for dead.
_SLOW_FACTOR = 10.0
_COUNT = len(ACTUATED_JOINTS)

Observer = Callable[[BodyState, float], None]


class RobotListener:
    """See the module's docstring; `observers` are called with each posture and its stamp (s)."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.measured: Measured | None = None
        self.status: RobotStatus | None = None
        self.observers: list[Observer] = []
        self._head_poses: deque[tuple[float, FloatArray]] = deque(maxlen=_HISTORY)
        self._joint_reader = FixedReader(JointState, _joint_groups, _put_joint_groups)
        self._pose_reader = FixedReader(PoseStamped, _pose_groups, _put_pose_groups)
        self._joints: FloatArray | None = None
        self._velocities: FloatArray | None = None
        self._heard = -math.inf
        node.create_subscription(
            JointState, 'joint_states', self._on_joints, qos.SENSOR_DATA, raw=True
        )
        node.create_subscription(
            PoseStamped, 'head_pose', self._on_head_pose, qos.SENSOR_DATA, raw=True
        )
        node.create_subscription(RobotStatus, 'robot_status', self._on_status, qos.LATCHED)

    def silence(self, timeout: float) -> str:
        """Return why there is no fresh measurement, '' when there is one.

        `timeout` is the longest silence in seconds. A paused simulator is silent too.
        """
        status = self.status
        if self.measured is None or status is None:
            return NOT_HEARD
        if is_simulated(self._node):
            timeout *= _SLOW_FACTOR
        if time.monotonic() - self._heard <= timeout or status.paused:
            return ''
        return f'no state from the robot for {timeout:g} s; does its driver run?'

    def obstacle(self, timeout: float) -> str:
        """Return why the robot cannot be moved now and what to do, '' when it can.

        `timeout` is that of `silence`.
        """
        silence = self.silence(timeout)
        status = self.status
        if silence or status is None:
            return silence
        if not status.connected:
            return status.detail or 'the robot is not connected'
        if status.emergency_stopped:
            return 'emergency stop; call the service rearm'
        if status.motors != RobotStatus.MOTORS_ON:
            return f'motors are {status.motors}; call the service set_motors with mode on'
        if status.command_source != CommandSource.BODY_TARGET:
            return f'the driver obeys {status.command_source}; see its parameter command_source'
        return ''

    def forget(self) -> None:
        """Wait for a new measurement: the old ones are from before a jump of time."""
        self.measured = None

    def head_pose(self, stamp: float | None) -> FloatArray:
        """Return the measured head pose (4, 4) at a time, None for the newest; FrameError."""
        poses = self._head_poses
        if not poses:
            raise FrameError(f'no head pose: {NOT_HEARD}')
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

    def _on_joints(self, serialised: bytes) -> None:
        try:
            _, (positions, velocities, _) = self._joint_reader.read(serialised)
        except ValueError as error:
            self._complain(f'joint_states ignored: {error}')
            return
        joints = np.array(positions[:_COUNT])
        if not np.isfinite(joints).all():
            self._complain(f'joint_states ignored: {joints.tolist()} are not finite positions')
            return
        self._joints = joints
        self._velocities = np.array(velocities[:_COUNT]) if velocities else None

    def _on_head_pose(self, serialised: bytes) -> None:
        try:
            stamp, (numbers,) = self._pose_reader.read(serialised)
            pose = pose_from_message(numbers[:3], numbers[3:])
        except ValueError as error:
            self._complain(f'head_pose ignored: {error}')
            return
        if stamp == 0.0:
            stamp = ros_seconds(self._node)
        if self._head_poses and stamp <= self._head_poses[-1][0]:
            # Time went back: what was measured before belongs to another run.
            self._head_poses.clear()
        self._head_poses.append((stamp, pose))
        joints = self._joints
        if joints is None:
            return
        body = BodyState.from_parts(
            head_pose=pose, antennas=joints[7:9].tolist(), body_yaw=float(joints[0])
        )
        self._heard = time.monotonic()
        self.measured = Measured(body, joints, self._velocities)
        for observer in tuple(self.observers):
            observer(body, stamp)

    def _on_status(self, message: RobotStatus) -> None:
        self.status = message

    def _complain(self, text: str) -> None:
        self._node.get_logger().error(text, throttle_duration_sec=_LOG_PERIOD_S)


def _joint_groups(message: JointState) -> Groups:
    """Return positions, velocities and efforts; ValueError for those of another robot."""
    if tuple(message.name[:_COUNT]) != ACTUATED_JOINTS:
        raise ValueError(f'it must begin with {", ".join(ACTUATED_JOINTS)}')
    if len(message.position) < _COUNT or 0 < len(message.velocity) < _COUNT:
        raise ValueError(f'it must have a position for each of the first {_COUNT} joints')
    return tuple(message.position), tuple(message.velocity), tuple(message.effort)


def _put_joint_groups(message: JointState, groups: Groups) -> None:
    message.position, message.velocity, message.effort = groups


def _pose_groups(message: PoseStamped) -> Groups:
    """Return the seven numbers of the pose in one group; ValueError for another frame."""
    if message.header.frame_id != HEAD_NEUTRAL:
        raise ValueError(f'its frame is {message.header.frame_id!r}, not {HEAD_NEUTRAL!r}')
    p, q = message.pose.position, message.pose.orientation
    return ((p.x, p.y, p.z, q.x, q.y, q.z, q.w),)


def _put_pose_groups(message: PoseStamped, groups: Groups) -> None:
    p, q = message.pose.position, message.pose.orientation
    p.x, p.y, p.z, q.x, q.y, q.z, q.w = groups[0]
