"""What the robot does during faults: its joints' limits, how far they go, when they are silent."""

from __future__ import annotations

import time
from collections import deque
from typing import NamedTuple

import numpy as np
from sensor_msgs.msg import JointState

from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.robot.names import ACTUATED_JOINTS
from support.joint_watch import JointWatch
from support.ros import Probe

# A minute and a half of joint states: longer than any fault.
_SAMPLES = 9000


class Sample(NamedTuple):
    """One joint state: when it came (monotonic, s), its stamp (s) and positions (9,) rad."""

    time: float
    stamp: float
    positions: np.ndarray


class RobotWatch(JointWatch):
    """A `JointWatch` that also keeps the newest joint states."""

    def __init__(self, probe: Probe) -> None:
        self.samples: deque[Sample] = deque(maxlen=_SAMPLES)
        super().__init__(probe)

    def _on_joints(self, message: JointState) -> None:
        before = self.states
        super()._on_joints(message)
        if self.states > before:
            positions = np.array(message.position[: len(ACTUATED_JOINTS)])
            stamp = seconds(message.header.stamp) or 0.0
            self.samples.append(Sample(time.monotonic(), stamp, positions))

    def way(self, begin: float, end: float) -> float:
        """Return the farthest that a joint went between its extremes, rad."""
        seen = [one.positions for one in list(self.samples) if begin <= one.time <= end]
        return float(np.ptp(seen, axis=0).max()) if seen else 0.0

    def silence(self, begin: float, end: float) -> float:
        """Return the longest time without a joint state, s."""
        heard = [one.time for one in list(self.samples) if begin <= one.time <= end]
        return float(np.diff([begin, *heard, end]).max())
