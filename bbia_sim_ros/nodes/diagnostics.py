"""Say on `/diagnostics` how the parts of a node are.

Each part of a node (a connection, a camera, a motor) has a name and tells its level, a message and
values. All parts are published once a second, and at once when a level changes, also while
simulated time stands still. The status of a part is called `<namespace>/<node>: <part>`, as
diagnostic_updater names it. Everything may be called from any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_msgs.msg import KeyValue
from rclpy.node import Node

from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import steady_clock

TOPIC = '/diagnostics'
PERIOD_S = 1.0
_NO_VALUES: Mapping[str, str] = MappingProxyType({})


class Level(IntEnum):
    """The levels of diagnostic_msgs/DiagnosticStatus."""

    OK = 0
    WARN = 1
    ERROR = 2
    STALE = 3


class Diagnostics:
    """See the module's docstring; `hardware_id` names the device that the node drives."""

    def __init__(self, node: Node, hardware_id: str) -> None:
        self._node = node
        self._hardware_id = hardware_id
        self._prefix = node.get_fully_qualified_name().lstrip('/')
        self._parts: dict[str, DiagnosticStatus] = {}
        self._lock = threading.Lock()
        self._publisher = node.create_publisher(DiagnosticArray, TOPIC, qos.STREAM)
        self._timer = node.create_timer(PERIOD_S, self._publish, clock=steady_clock())

    def update(
        self, name: str, level: Level, message: str, values: Mapping[str, str] = _NO_VALUES
    ) -> None:
        """Set what is said of a part from now on; a part is new with its first call."""
        status = DiagnosticStatus(
            level=bytes([level]),
            name=f'{self._prefix}: {name}',
            message=message,
            hardware_id=self._hardware_id,
            values=[KeyValue(key=key, value=value) for key, value in values.items()],
        )
        with self._lock:
            before = self._parts.get(name)
            self._parts[name] = status
        if before is None or before.level != status.level:
            self._publish()

    def _publish(self) -> None:
        # Under the lock, so that an older array cannot overtake a newer one.
        with self._lock:
            if not self._parts:
                return
            message = DiagnosticArray(status=list(self._parts.values()))
            message.header.stamp = self._node.get_clock().now().to_msg()
            self._publisher.publish(message)
