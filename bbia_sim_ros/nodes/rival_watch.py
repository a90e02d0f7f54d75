"""Notice somebody else who publishes `body_target`, so that the motion node can step back.

The topic is the motion node's own, but a person may drive the robot directly: then two writers
would pull the body to and fro. Only while there is a second publisher is the topic subscribed to;
what bears a stamp that was not ours is the other's, and counts for `_MEMORY_S` seconds. Discovery
is looked at every `_LOOK_PERIOD_S`. All in the executor's thread, but `sent` and `obstacle`, which
may come from any.
"""

from __future__ import annotations

import math
import time
from collections import deque

from builtin_interfaces.msg import Time
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.subscription import Subscription

from bbia_msgs.msg import BodyTarget
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.clocks import steady_clock

TOPIC = 'body_target'
_LOOK_PERIOD_S = 0.1
_MEMORY_S = 0.5
# More than a second of our own targets at the highest rate.
_OWN_STAMPS = 256


class RivalWatch:
    """See the module's docstring."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._own: deque[tuple[int, int]] = deque(maxlen=_OWN_STAMPS)
        self._heard = -math.inf
        self._subscription: Subscription[BodyTarget] | None = None
        node.create_timer(_LOOK_PERIOD_S, self._look, clock=steady_clock())

    def sent(self, stamp: Time) -> None:
        """Remember the stamp of a target of our own, before it is published."""
        self._own.append((stamp.sec, stamp.nanosec))

    def obstacle(self) -> str:
        """Return why the body is somebody else's now, '' when it is not."""
        if time.monotonic() - self._heard > _MEMORY_S:
            return ''
        return f'somebody else publishes {TOPIC}; motion goes on when that ends'

    def _look(self) -> None:
        alone = self._node.count_publishers(TOPIC) <= 1
        if alone and self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
        elif not alone and self._subscription is None:
            # rclpy 9.1.2: the executor breaks when an event waits in what is destroyed.
            self._subscription = self._node.create_subscription(
                BodyTarget,
                TOPIC,
                self._on_target,
                qos.NEWEST_COMMAND,
                event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
            )

    def _on_target(self, message: BodyTarget) -> None:
        stamp = message.header.stamp
        if (stamp.sec, stamp.nanosec) not in self._own:
            self._heard = time.monotonic()
