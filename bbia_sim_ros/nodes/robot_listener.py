"""What the robot measures and reports, for the motion node.

Takes `joint_states` when somebody asks, which no executor serves (`nodes/ears.py`), and subscribes
to `robot_status`. The head's pose comes from our own forward kinematics of the measured joints:
`head_pose` would tell the same in a second message, a hundred times a second. Any thread may ask.
The joints of the last two and a half seconds are kept, because a picture is older than what is
measured when it arrives.

While the body rests only one message of four is read, and the head's pose of none. What a message
says counts from when it was taken; one that is of no use changes nothing and is complained of when
it is read. Joints that fit no pose of the head for long are as good as silence.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import JointState

from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.motion.body import BodyState
from bbia_sim_ros.motion.moves import Measured
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import is_simulated
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.ears import Ears
from bbia_sim_ros.nodes.ears import take
from bbia_sim_ros.nodes.fixed_reader import FixedReader
from bbia_sim_ros.nodes.fixed_reader import Groups
from bbia_sim_ros.robot.driver import CommandSource
from bbia_sim_ros.robot.forward import AssemblyError
from bbia_sim_ros.robot.frames import FrameError
from bbia_sim_ros.robot.kinematics import Kinematics
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import BODY_INDEX
from bbia_sim_ros.robot.names import LEGS_SLICE
from bbia_sim_ros.robot.names import FloatArray
from bbia_sim_ros.robot.stamped_history import MOST_KEPT
from bbia_sim_ros.robot.stamped_history import StampedHistory

NOT_HEARD = 'the robot has not reported its state yet; does its driver run?'
_LOG_PERIOD_S = 2.0
# With simulated time a slow simulation is silent for long; only then is it taken for dead.
_SLOW_FACTOR = 10.0
_COUNT = len(ACTUATED_JOINTS)

Observer = Callable[[BodyState, float], None]


@dataclass(frozen=True)
class _Heard:
    """A message of `joint_states`, and when it was taken, s of the monotonic clock."""

    serialised: bytes
    at: float


@dataclass(frozen=True, eq=False)
class _Reading:
    """What it says: stamp (s), positions (9,) and velocities (9,); rad, rad/s."""

    at: float
    stamp: float
    joints: FloatArray
    velocities: FloatArray | None


class RobotListener:
    """See the module's docstring; `close` before the node is destroyed."""

    def __init__(self, node: Node, kinematics: Kinematics) -> None:
        self._node = node
        self._kinematics = kinematics
        self.status: RobotStatus | None = None
        self._observer: Observer | None = None
        self._lock = threading.Lock()
        self._newest: _Heard | None = None
        self._reading: _Reading | None = None
        self._measured: Measured | None = None
        self._is_measured = False
        self._misfit_since: float | None = None
        self._head = np.eye(4)
        self._unread: deque[_Heard] = deque(maxlen=MOST_KEPT)
        self._history = StampedHistory[FloatArray]('joint state')
        self._reader = FixedReader(JointState, _joint_groups, _put_joint_groups)
        self._ears = Ears(node)
        self._joint_states = self._ears.hear(JointState, 'joint_states', depth=MOST_KEPT)
        node.create_subscription(RobotStatus, 'robot_status', self._on_status, qos.LATCHED)

    def close(self) -> None:
        """Hear nothing more."""
        self._ears.close()

    def measure(self) -> Measured | None:
        """Return what the robot was last seen to do, None before it was."""
        with self._lock:
            self._take()
            return self._posture()

    def posture(self) -> BodyState | None:
        """Return the posture that the newest message tells, None where it tells none."""
        with self._lock:
            self._take()
            measured = self._posture()
            return None if measured is None or self._misfit_since is not None else measured.body

    def observe(self, observer: Observer | None) -> None:
        """Have each posture and its stamp (s) told in turn from now on; None: no longer.

        `observer` is called whenever somebody asks what is measured, in that thread, one call
        after the other, none after this has returned. There is one observer at a time.
        """
        with self._lock:
            self._observer = observer

    def silence(self, timeout: float) -> str:
        """Return why there is no fresh measurement, '' when there is one.

        `timeout` is the longest silence in seconds. A paused simulator is silent too.
        """
        status = self.status
        with self._lock:
            self._take()
            if self._misfit_since is not None:
                self._posture()
            reading, misfit_since = self._reading, self._misfit_since
        if reading is None or status is None:
            return NOT_HEARD
        if misfit_since is not None and reading.at - misfit_since > timeout:
            return 'the joints that the robot reports fit no pose of its head'
        if is_simulated(self._node):
            timeout *= _SLOW_FACTOR
        if time.monotonic() - reading.at <= timeout or status.paused:
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
            self._take()
            self._reading = self._measured = None

    def head_pose(self, stamp: float | None) -> FloatArray:
        """Return the measured head pose (4, 4) at a time, None for the newest; FrameError."""
        with self._lock:
            self._take()
            while self._unread:
                self._remember(self._unread.popleft())
            if not self._history:
                raise FrameError(f'no head pose: {NOT_HEARD}')
            first, second, share = self._history.around(stamp)
            try:
                return self._head_pose((1.0 - share) * first + share * second)
            except AssemblyError as error:
                raise FrameError(f'no head pose: {error}') from error

    # -- with the lock ------------------------------------------------------------------------

    def _take(self) -> None:
        """Take what has come since the last time, and read the newest."""
        now = time.monotonic()
        for serialised, _ in take(self._joint_states, MOST_KEPT):
            self._newest = _Heard(serialised, now)
            self._unread.append(self._newest)
            if self._observer is not None:
                self._read_newest()
                self._posture()
        self._read_newest()

    def _read_newest(self) -> None:
        heard, self._newest = self._newest, None
        reading = None if heard is None else self._read(heard)
        if reading is not None:
            self._reading, self._is_measured = reading, False

    def _posture(self) -> Measured | None:
        """Return what the newest message says, or the last one that fits a pose of the head."""
        reading = self._reading
        if reading is None or self._is_measured:
            return self._measured
        self._is_measured = True
        joints = reading.joints
        try:
            self._head = self._head_pose(joints)
        except AssemblyError as error:
            self._complain(f'joint_states ignored: {error}')
            if self._misfit_since is None:
                self._misfit_since = reading.at
            return self._measured
        self._misfit_since = None
        body = BodyState.from_parts(
            head_pose=self._head, antennas=joints[7:9].tolist(), body_yaw=float(joints[BODY_INDEX])
        )
        self._measured = Measured(body, joints, reading.velocities)
        if self._observer is not None:
            self._observer(body, reading.stamp)
        return self._measured

    def _read(self, heard: _Heard) -> _Reading | None:
        """Return what a message says; None, with a complaint, for one that is of no use."""
        try:
            stamp, (positions, velocities, _) = self._reader.read(heard.serialised)
        except ValueError as error:
            self._complain(f'joint_states ignored: {error}')
            return None
        joints = np.array(positions[:_COUNT])
        if not np.isfinite(joints).all():
            self._complain(f'joint_states ignored: {joints.tolist()} are not finite positions')
            return None
        if stamp == 0.0:
            stamp = ros_seconds(self._node) - (time.monotonic() - heard.at)
        rates = np.array(velocities[:_COUNT]) if velocities else None
        return _Reading(heard.at, stamp, joints, rates)

    def _remember(self, heard: _Heard) -> None:
        reading = self._read(heard)
        if reading is not None:
            self._history.add(reading.stamp, reading.joints)

    def _head_pose(self, joints: FloatArray) -> FloatArray:
        """Return the pose (4, 4) that joints (9,) give the head; raises `AssemblyError`."""
        return self._kinematics.forward(
            joints[LEGS_SLICE], float(joints[BODY_INDEX]), guess=self._head
        )

    # -- with or without the lock -------------------------------------------------------------

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
