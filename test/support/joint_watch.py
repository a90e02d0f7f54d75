"""Whether the robot itself stays within its limits, whatever is sent to it.

Contract
    Hears the driver's `joint_states` and `robot_status`, and tells them from what others publish
    under those names: by the joints in their order, by the source. Joint ranges are those of the
    robot, speeds those of the safety gate's defaults; both are judged while the motors have been on
    for `SETTLE_S`, for a limp robot falls as it likes. Bounded memory.
"""

from __future__ import annotations

import time
from collections import deque

import numpy as np
from sensor_msgs.msg import JointState

from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.limits import GateLimits
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from bbia_sim_ros.robot.names import JOINT_LOWER_RAD
from bbia_sim_ros.robot.names import JOINT_UPPER_RAD
from bbia_sim_ros.robot.names import FloatArray
from support.ros import Probe

SETTLE_S = 1.0
WINDOW = 10
# How far servos with their little torque run past what the gate asks for, when it asks for the most
# (`bench/servo_extremes.py`: 1.21 times the speed; legs 0.029 rad, the others 0.0017 rad).
SPEED_TOLERANCE = 1.25
RANGE_TOLERANCE_RAD = np.array(
    [0.05 if name.startswith('stewart') else 0.005 for name in ACTUATED_JOINTS]
)


class JointWatch:
    """See the module's docstring."""

    def __init__(self, probe: Probe) -> None:
        self._speeds = np.array(GateLimits().velocities())
        self._limp_until = 0.0
        self._window: deque[FloatArray] = deque(maxlen=WINDOW)
        self.states = 0
        self.judged = 0
        self.status: RobotStatus | None = None
        self.beyond_rad = np.full(len(ACTUATED_JOINTS), -np.inf)
        """The most that each joint was beyond its range; negative: the least room that was left."""
        self.farthest_rad = 0.0
        self.speed_share = np.zeros(len(ACTUATED_JOINTS))
        """The greatest speed of each joint, over `WINDOW`, as a share of the gate's limit."""
        self.peak_share = 0.0
        """The greatest that any joint reported at once."""
        node = probe.node
        node.create_subscription(JointState, 'joint_states', self._on_joints, 100)
        node.create_subscription(RobotStatus, 'robot_status', self._on_status, qos.LATCHED)

    @property
    def is_within_ranges(self) -> bool:
        """Whether no joint was farther beyond its range than its servo runs on."""
        return bool((self.beyond_rad <= RANGE_TOLERANCE_RAD).all())

    def _on_status(self, status: RobotStatus) -> None:
        if status.source != RobotStatus.SOURCE_SIMULATION:
            return
        self.status = status
        if status.motors != RobotStatus.MOTORS_ON:
            self._limp_until = time.monotonic() + SETTLE_S

    def _on_joints(self, message: JointState) -> None:
        count = len(ACTUATED_JOINTS)
        if tuple(message.name[:count]) != ACTUATED_JOINTS or len(message.name) <= count:
            return
        self.states += 1
        if time.monotonic() < self._limp_until:
            self._window.clear()
            return
        self.judged += 1
        positions = np.array(message.position[:count])
        outside = np.maximum(positions - JOINT_UPPER_RAD, JOINT_LOWER_RAD - positions)
        self.beyond_rad = np.maximum(self.beyond_rad, outside)
        self.farthest_rad = max(self.farthest_rad, float(np.abs(positions).max()))
        share = np.array(message.velocity[:count]) / self._speeds
        self.peak_share = max(self.peak_share, float(np.abs(share).max()))
        self._window.append(share)
        if len(self._window) == WINDOW:
            mean = np.abs(np.mean(self._window, axis=0))
            self.speed_share = np.maximum(self.speed_share, mean)
