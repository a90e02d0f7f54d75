"""`hardware_node` under a stream of targets that never ends, and all that it says meanwhile.

Contract: from the start to the end of the block a thread publishes a whole-body target at 100 Hz,
whatever happens to the robot. The antennas run round a circle of `RADIUS_RAD` in `PERIOD_S`, so
there is always motion, and its limits of velocity are low, so that a jump shows. What comes is kept
with its time of arrival (`time.monotonic`), in lists that grow until the end.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from typing import NamedTuple

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState

from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.nodes import qos
from support.ros import Probe
from support.ros import StackProcess
from support.ros import probe
from support.simulator import head_pose
from support.simulator import target
from support.waiting import wait_until

RATE_HZ = 100.0
RADIUS_RAD = 0.6
PERIOD_S = 2.5
SPEED_RAD_S = 2.0 * math.pi * RADIUS_RAD / PERIOD_S
LIMIT_RAD_S = 2.0
_LIMITED = ('body_velocity', 'leg_velocity', 'antenna_velocity')
_ANTENNAS = slice(7, 9)
# A state tells of motion up to two of its 20 ms periods ago, and a servo overshoots.
_JUMP_TOLERANCE_RAD = 0.12
_WINDOW_S = 0.3
_MOVED_RAD = 0.05
_LAG_RAD = 0.35


class Joints(NamedTuple):
    """One `joint_states`: when it came, its stamp (both s) and the nine positions (rad)."""

    time: float
    stamp: float
    positions: np.ndarray


class Driven:
    """See the module's docstring."""

    def __init__(self, process: StackProcess, probe: Probe) -> None:
        self.process = process
        self.joints: list[Joints] = []
        self.statuses: list[RobotStatus] = []
        self.diagnostics: dict[str, DiagnosticStatus] = {}
        node = probe.node
        node.create_subscription(
            JointState, 'joint_states', self._keep_joints, qos_profile_sensor_data
        )
        node.create_subscription(RobotStatus, 'robot_status', self.statuses.append, qos.LATCHED)
        node.create_subscription(DiagnosticArray, '/diagnostics', self._keep_diagnostics, 10)
        self._targets = probe.publisher(BodyTarget, 'body_target')
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._stream, daemon=True)
        self._thread.start()

    @property
    def status(self) -> RobotStatus:
        """The newest status."""
        return self.statuses[-1]

    def wait_status(
        self, condition: Callable[[RobotStatus], Any], what: str, deadline_s: float = 10.0
    ) -> RobotStatus:
        """Return the first status, from now on or the newest one, that meets a condition."""

        def met() -> RobotStatus | None:
            if self.process.process.poll() is not None:
                raise AssertionError(f'hardware_node ended:\n{self.process.output}')
            found = self.statuses and condition(self.status)
            return self.status if found else None

        try:
            return wait_until(met, what, deadline_s)
        except AssertionError as error:
            raise AssertionError(f'{error}; the status is {self.statuses[-1:]}') from error

    def wait_motion(self, what: str, deadline_s: float = 20.0) -> None:
        """Wait until the measured joints follow the stream."""
        self.wait_status(lambda status: status.connected and self.in_motion(), what, deadline_s)

    def wait_refusals(self, count: int) -> None:
        """Wait until that many more commands were refused."""
        enough = self.status.commands_refused + count
        self.wait_status(lambda s: s.commands_refused >= enough, f'{count} commands are refused')

    def in_motion(self) -> bool:
        """Whether the antennas moved a moment ago and are about where they are wanted."""
        now = time.monotonic()
        recent = [
            one.positions[_ANTENNAS] for one in self.joints[-60:] if now - one.time < _WINDOW_S
        ]
        if len(recent) < 3:
            return False
        lag = float(np.abs(recent[-1] - antennas(now)).max())
        return float(np.ptp(recent, axis=0).max()) > _MOVED_RAD and lag < _LAG_RAD

    def jumps(self, since: int, *, beyond: float = _JUMP_TOLERANCE_RAD) -> list[str]:
        """Return where successive joint states, from a number on, differ by too many rad."""
        found = []
        for before, after in pairwise(self.joints[since:]):
            allowed = LIMIT_RAD_S * (after.stamp - before.stamp) + beyond
            moved = np.abs(after.positions - before.positions)
            if moved.max() > allowed:
                found.append(f'{moved.round(3)} in {after.stamp - before.stamp:.3f} s')
        return found

    def diagnosis(self, part: str) -> DiagnosticStatus:
        """Return what `/diagnostics` says of a part of the driver, once it says anything."""
        return wait_until(lambda: self.diagnostics.get(part), f'a diagnosis of {part}')

    def close(self) -> None:
        """End the stream."""
        self._closing.set()
        self._thread.join()

    def _stream(self) -> None:
        due = time.monotonic()
        while not self._closing.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1.0 / RATE_HZ, time.monotonic() - 1.0 / RATE_HZ)
            now = time.monotonic()
            right, left = antennas(now)
            self._targets.publish(
                target(
                    antennas=(right, left),
                    body_yaw=0.5 * right,
                    head=head_pose(pitch=10.0 * left),
                    stamp_s=time.time(),
                )
            )

    def _keep_joints(self, message: JointState) -> None:
        stamp = message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec
        self.joints.append(Joints(time.monotonic(), stamp, np.array(message.position[:9])))

    def _keep_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            self.diagnostics[status.name.rpartition(': ')[2]] = status


def antennas(now: float) -> tuple[float, float]:
    """Return where right and left antenna are wanted at `now`, rad."""
    phase = 2.0 * math.pi * now / PERIOD_S
    return RADIUS_RAD * math.sin(phase), RADIUS_RAD * math.cos(phase)


@contextmanager
def driven(host: str, port: int) -> Iterator[Driven]:
    """Drive the robot of the daemon at `host` and `port`; it need not be there yet."""
    values = {'host': host, 'port': port} | dict.fromkeys(_LIMITED, LIMIT_RAD_S)
    arguments = [part for name, value in values.items() for part in ('-p', f'{name}:={value}')]
    with StackProcess('hardware_node', ros_arguments=tuple(arguments)) as process, probe() as seen:
        made = Driven(process, seen)
        try:
            yield made
        finally:
            made.close()
