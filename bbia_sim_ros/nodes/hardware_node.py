"""The real Reachy Mini behind the contract's topics: the robot driver that speaks to its daemon.

In addition to what every driver offers (`nodes/driver_node.py`): `/diagnostics` with connection,
motors and head pose. Commands go out at `rate`, 100 Hz at most. A state is published when
it arrives, stamped with its arrival, since the daemon sends no time with it: 50 Hz, its own rate.

Threads, besides those of every driver: the connection has one (`hardware/link.py`); it wakes the
control thread for every state.
"""

from __future__ import annotations

import sys
import threading
import time

from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.container import main as run_container
from bbia_sim_ros.hardware.diagnosis import Severity
from bbia_sim_ros.hardware.link import DaemonLink
from bbia_sim_ros.hardware.parameters import HardwareParameters
from bbia_sim_ros.hardware.rest import DaemonRest
from bbia_sim_ros.hardware.robot import HardwareRobot
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.diagnostics import Diagnostics
from bbia_sim_ros.nodes.diagnostics import Level
from bbia_sim_ros.nodes.driver_node import DriverNode
from bbia_sim_ros.nodes.errors import StartError
from bbia_sim_ros.robot.driver import Motors
from bbia_sim_ros.robot.driver_parameters import gate_limits
from bbia_sim_ros.robot.driver_parameters import make_gate
from bbia_sim_ros.simulation.assets import prepare
from bbia_sim_ros.simulation.errors import SimulationError

_DIAGNOSIS_PERIOD_S = 1.0
_LOG_PERIOD_S = 10.0
_LEVELS = {Severity.OK: Level.OK, Severity.WARN: Level.WARN, Severity.ERROR: Level.ERROR}


class HardwareNode(DriverNode[HardwareParameters]):
    """The node `robot`, real; see the module's docstring."""

    def __init__(self) -> None:
        super().__init__(HardwareParameters, source=RobotStatus.SOURCE_HARDWARE)
        values = self.parameters.value
        try:
            gate = make_gate(prepare().kinematics_data, values)
        except SimulationError as error:
            raise StartError(str(error)) from error
        self._arrived = threading.Event()
        self._period = 1.0 / values.rate
        self._due = time.monotonic()
        self._overruns = 0
        self._rest = DaemonRest(values.host, values.port)
        self._link = DaemonLink(
            values.host,
            values.port,
            ask_status=self._rest.status,
            on_state=self._arrived.set,
        )
        self._robot = HardwareRobot(
            self._link,
            gate,
            clock=time.monotonic,
            stale_after=values.stale_after,
            neutral_duration=values.neutral_duration,
        )
        self._diagnostics = Diagnostics(self, hardware_id=self._link.address)
        self._was_connected = False
        self.create_timer(_DIAGNOSIS_PERIOD_S, self._diagnose, clock=steady_clock())
        self.start(self._robot)
        self._link.start()
        self.get_logger().info(f'driving the robot of the daemon at {self._link.address}')

    def wait_for_period(self) -> None:
        """Wait for the next control period or the next state, whichever comes first."""
        self._arrived.wait(max(0.0, self._due - time.monotonic()))

    def run_period(self) -> None:
        """Publish a state that came; control the robot when a period is due."""
        self._arrived.clear()
        now = time.monotonic()
        if now < self._due:
            self.publish(self._robot.measure())
            return
        late = now - self._due
        if late > self._period:
            self._overruns += 1
        # Targets that came too late are not made up for: the newest one counts.
        self._due += self._period * (1 + int(late / self._period))
        super().run_period()

    def fill_status(self, message: RobotStatus) -> None:
        """Fill what is fixed or counted here."""
        message.overruns = self._overruns
        message.camera = 'off'
        if message.connected is not self._was_connected:
            self._was_connected = message.connected
            if message.connected:
                self.get_logger().info(f'connected to the robot at {self._link.address}')
            self._diagnose()

    def switch_motors(self, mode: Motors) -> str:
        """See `DriverNode`; waits for the daemon without the lock, so the control loop goes on."""
        with self.lock:
            self._robot.readiness.begin_switch(mode)
        reported = None
        try:
            reported = self._rest.switch_motors(mode)
        finally:
            with self.lock:
                done = self._robot.readiness.end_switch(mode, reported, now=time.monotonic())
        return done

    def _diagnose(self) -> None:
        for finding in self._robot.diagnose():
            self._diagnostics.update(
                finding.name, _LEVELS[finding.severity], finding.message, finding.values
            )
            if finding.severity is Severity.ERROR:
                self.get_logger().error(
                    f'{finding.name}: {finding.message}', throttle_duration_sec=_LOG_PERIOD_S
                )

    def _on_parameters(self, before: HardwareParameters, after: HardwareParameters) -> None:
        with self.lock:
            self._robot.readiness.stale_after = after.stale_after
            self._robot.readiness.neutral_duration = after.neutral_duration
            self._robot.set_limits(gate_limits(after), body_follows_head=after.body_follows_head)

    def destroy_node(self) -> None:
        """Stop control, leave the daemon, destroy the node; the robot keeps its last target."""
        super().destroy_node()
        self._link.close()


def main() -> int:
    """Run this node alone; return the exit code."""
    return run_container(['hardware_node', *sys.argv[1:]])
