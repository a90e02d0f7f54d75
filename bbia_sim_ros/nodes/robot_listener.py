"""What the robot measures and reports, for the motion node.

Subscribes to `joint_states`, `head_pose` and `robot_status`. Callbacks run in the executor's
thread; all else may be used by any thread. The head poses of the last two and a half seconds are
kept, because a picture is older than the pose that is measured when it arrives.

A message of the robot's state is kept as it came, and read when somebody asks: while the body rests
only one of four is. What it says counts from when it was heard; one that is of no use changes
nothing and is complained of when it is read.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

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
from bbia_sim_ros.nodes.head_pose_reader import HeadPoseReader
from bbia_sim_ros.robot.driver import CommandSource
from bbia_sim_ros.robot.frames import FrameError
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.pose_history import MOST_POSES
from bbia_sim_ros.robot.pose_history import PoseHistory

NOT_HEARD = 'the robot has not reported its state yet; does its driver run?'
_LOG_PERIOD_S = 2.0
# With simulated time a slow simulation is silent for long; only then is it taken for dead.
_SLOW_FACTOR = 10.0
_COUNT = len(ACTUATED_JOINTS)

Observer = Callable[[BodyState, float], None]


@dataclass(frozen=True)
class _Heard:
    """A message of `head_pose` and that of `joint_states` before it, and when they came.

    `at` is in seconds of the monotonic clock.
    """

    head_pose: bytes
    joint_state: bytes
    at: float


class RobotListener:
    """See the module's docstring.

    `observers` are called with each posture and its stamp (s), in the executor's thread.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self.status: RobotStatus | None = None
        self.observers: list[Observer] = []
        self._lock = threading.Lock()
        self._measured: Measured | None = None
        self._joint_state = self._joint_state_read = b''
        self._newest: _Heard | None = None
        self._unread_poses: deque[_Heard] = deque(maxlen=MOST_POSES)
        self._head_poses = PoseHistory()
        self._joint_reader = FixedReader(JointState, _joint_groups, _put_joint_groups)
        self._pose_reader = HeadPoseReader()
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

    @property
    def measured(self) -> Measured | None:
        """What the robot was last seen to do, None before it was."""
        with self._lock:
            self._read()
            return self._measured

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

    def is_lost(self, timeout: float) -> bool:
        """Whether the robot is silent, or absent as its driver says; `timeout` as in `silence`."""
        status = self.status
        return bool(self.silence(timeout)) or status is None or not status.connected

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
        with self._lock:
            self._measured = self._newest = None

    def head_pose(self, stamp: float | None) -> FloatArray:
        """Return the measured head pose (4, 4) at a time, None for the newest; FrameError."""
        with self._lock:
            while self._unread_poses:
                self._remember(self._unread_poses.popleft())
            if not self._head_poses:
                raise FrameError(f'no head pose: {NOT_HEARD}')
            return self._head_poses.at(stamp)

    def _on_joints(self, serialised: bytes) -> None:
        with self._lock:
            self._joint_state = serialised

    def _on_head_pose(self, serialised: bytes) -> None:
        with self._lock:
            heard = _Heard(serialised, self._joint_state, time.monotonic())
            self._newest = heard
            self._unread_poses.append(heard)
            posture = self._read() if self.observers else None
        if posture is not None:
            for observer in tuple(self.observers):
                observer(*posture)

    # -- with the lock ------------------------------------------------------------------------

    def _read(self) -> tuple[BodyState, float] | None:
        """Read what was heard last; return posture and stamp (s), None if it tells nothing new."""
        heard, self._newest = self._newest, None
        if heard is None:
            return None
        if heard.joint_state is not self._joint_state_read:
            self._joint_state_read = heard.joint_state
            self._read_joints(heard.joint_state)
        read = self._read_pose(heard)
        joints = self._joints
        if read is None or joints is None:
            return None
        stamp, pose = read
        body = BodyState.from_parts(
            head_pose=pose, antennas=joints[7:9].tolist(), body_yaw=float(joints[0])
        )
        self._heard = heard.at
        self._measured = Measured(body, joints, self._velocities)
        return body, stamp

    def _read_joints(self, serialised: bytes) -> None:
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

    def _read_pose(self, heard: _Heard) -> tuple[float, FloatArray] | None:
        """Return stamp (s) and pose (4, 4); None, with a complaint, for one that is of no use."""
        try:
            stamp, pose = self._pose_reader.read(heard.head_pose)
        except ValueError as error:
            self._complain(f'head_pose ignored: {error}')
            return None
        if stamp == 0.0:
            stamp = ros_seconds(self._node) - (time.monotonic() - heard.at)
        return stamp, pose

    def _remember(self, heard: _Heard) -> None:
        read = self._read_pose(heard)
        if read is not None:
            self._head_poses.add(*read)

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
