"""What of all that is said is for a behavior, and not for a conversation.

A behavior that asks something tells on `behavior/listening` while it waits for the answer
(`nodes/behavior_hearing.py`). What was said to its end in that time is its own, however late the
text comes; a moment before counts too, as there. A node that is gone waits for nothing. Times are
ROS time, s; in the executor's thread.
"""

from __future__ import annotations

import math
from typing import Final

from rclpy.node import Node
from std_msgs.msg import Bool

from bbia_msgs.msg import Transcript
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.messages import seconds

LISTENING: Final = 'behavior/listening'
STALE_S: Final = 1.0
"""What ended longer before somebody listened is no answer."""


class BehaviorClaim:
    """See the module's docstring."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._since_s = math.inf
        self._until_s = -math.inf
        node.create_subscription(Bool, LISTENING, self._on_listening, qos.LATCHED)

    def holds(self, message: Transcript) -> bool:
        """Whether a text is an answer that a behavior waits for, or waited for."""
        if not self._node.count_publishers(LISTENING):
            return False
        ended_s = seconds(message.header.stamp)
        if ended_s is None:
            ended_s = ros_seconds(self._node)
        return self._since_s - STALE_S <= ended_s <= self._until_s

    def _on_listening(self, message: Bool) -> None:
        now_s = ros_seconds(self._node)
        if not message.data:
            self._until_s = now_s
        elif self._until_s != math.inf:
            self._since_s, self._until_s = now_s, math.inf
