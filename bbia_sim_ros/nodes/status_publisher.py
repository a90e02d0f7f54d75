"""Publishes `robot_status`: when it changed, when something asks for it, and at a least rate.

Keeps the counts of commands that the status tells. Called with the driver's lock held.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from rclpy.node import Node
from std_msgs.msg import Header

from bbia_msgs.msg import RobotStatus
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import joined
from bbia_sim_ros.nodes.messages import time_message
from bbia_sim_ros.robot.driver import BodyStatus

_REFUSAL_LOG_PERIOD_S = 2.0


class StatusPublisher:
    """The publisher of one robot's status; see the module's docstring.

    `source` is one of the message's constants; `fill` fills the fields that only one driver has.
    """

    def __init__(self, node: Node, *, source: str, fill: Callable[[RobotStatus], None]) -> None:
        self._node = node
        self._publisher = node.create_publisher(RobotStatus, 'robot_status', qos.LATCHED)
        self._source = source
        self._fill = fill
        self._accepted = 0
        self._refused = 0
        self._last_refusal = ''
        self._refusal_log_due = 0.0
        self._published: tuple[object, ...] = ()
        self._due = 0.0

    def count_accepted(self) -> None:
        """Count a command that was accepted."""
        self._accepted += 1

    def count_refused(self, reasons: tuple[str, ...]) -> None:
        """Count a command that was refused, say why in the log, and ask for the status."""
        self._refused += 1
        self._last_refusal = joined(reasons)
        self.ask()
        # Not rclpy's own throttling: that looks up its caller for every message that it drops.
        now = time.monotonic()
        if now >= self._refusal_log_due:
            self._refusal_log_due = now + _REFUSAL_LOG_PERIOD_S
            self._node.get_logger().warning(f'command refused: {self._last_refusal}')

    def ask(self) -> None:
        """Let the status be published in the coming period even if it is the same."""
        self._due = 0.0

    def publish(
        self, status: BodyStatus, *, stamp: float, command_source: str, rate: float
    ) -> None:
        """Publish what holds at `stamp`, s, if it changed or is due at `rate` Hz."""
        key = (
            status.connected,
            status.motors,
            status.emergency_stopped,
            status.clipped,
            status.detail,
            command_source,
        )
        wall = time.monotonic()
        if key == self._published and wall < self._due:
            return
        self._published = key
        self._due = wall + 1.0 / rate
        message = RobotStatus(
            header=Header(stamp=time_message(stamp)),
            source=self._source,
            connected=status.connected,
            motors=status.motors.value,
            emergency_stopped=status.emergency_stopped,
            command_age=status.command_age,
            clipped=list(status.clipped),
            real_time_factor=status.real_time_factor,
            command_source=command_source,
            commands_accepted=self._accepted,
            commands_refused=self._refused,
            last_refusal=self._last_refusal,
            detail=status.detail,
        )
        self._fill(message)
        self._publisher.publish(message)
