"""A simulated robot with all that the dashboard talks to, and a bridge that can be killed."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from typing import Any

from bbia_msgs.msg import Emotion
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.poses import euler_from_rotation
from support.motion import Robot
from support.motion import running_robot
from support.ports import HOST
from support.ports import free_ports
from support.ros import StackProcess
from support.waiting import wait_until

_PERIOD_S = 0.1
# Headless, as root, drawing 3D without a graphics card, and without a look at the network.
CHROMIUM_ARGUMENTS = (
    '--no-sandbox',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
)


class DashboardRobot:
    """See the module's docstring."""

    def __init__(self, robot: Robot, cleanup: ExitStack) -> None:
        self._robot = robot
        self._cleanup = cleanup
        self.port, self._web_port = free_ports(2)
        self.address = f'http://{HOST}:{self._web_port}'
        self.emotions = robot.probe.collect(Emotion, 'emotion', qos.LATCHED)
        cleanup.enter_context(StackProcess('state_node'))
        self.start_bridge()

    def start_bridge(self) -> None:
        """Start the bridge on its ports and wait until it listens."""
        ports = ('-p', f'port:={self.port}', '-p', f'web_port:={self._web_port}')
        self._bridge = self._cleanup.enter_context(StackProcess('bridge_node', ros_arguments=ports))
        wait_until(lambda: _is_listening(self._web_port), 'the bridge listens')

    def kill_bridge(self) -> None:
        """End the bridge without a word."""
        self._bridge.stop(signal.SIGKILL)

    @property
    def pitch(self) -> float:
        """Pitch of the measured head, rad."""
        return euler_from_rotation(self._robot.simulator.head)[1]

    @property
    def yaw(self) -> float:
        """Yaw of the measured head, rad."""
        return euler_from_rotation(self._robot.simulator.head)[2]

    @property
    def is_stopped(self) -> bool:
        """Whether the latched emergency stop is on."""
        return bool(self._robot.simulator.status.emergency_stopped)

    def make_ready(self) -> None:
        """Release the emergency stop and look straight ahead."""
        if self.is_stopped:
            self._robot.call('rearm')
            wait_until(lambda: not self.is_stopped, 'the robot is released')
        self._robot.straighten()

    def stream(self, message_type: type[Any], topic: str, message: Any) -> threading.Event:
        """Publish a message, stamped anew, ten times a second until the returned event is set."""
        node = self._robot.probe.node
        publisher = node.create_publisher(message_type, topic, 10)
        ended = threading.Event()

        def run() -> None:
            while not ended.wait(_PERIOD_S):
                message.header.stamp = node.get_clock().now().to_msg()
                publisher.publish(message)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._cleanup.callback(thread.join)
        self._cleanup.callback(ended.set)
        return ended


@contextmanager
def running_dashboard_robot() -> Iterator[DashboardRobot]:
    """Start the processes; all of them are ended with the block."""
    with running_robot() as robot, ExitStack() as cleanup:
        yield DashboardRobot(robot, cleanup)


def _is_listening(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex((HOST, port)) == 0
