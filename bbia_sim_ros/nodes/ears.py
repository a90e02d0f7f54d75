"""Subscriptions that no executor serves: their messages wait until somebody takes them.

They belong to a node of their own, whose name begins with an underscore. A message waits in the
queue of the middleware and is taken serialised and uncopied, for 3 us, where an executor's callback
costs twenty times as much; when the queue is full, the oldest goes. Best effort and volatile, which
every publisher can serve.

Contract: one thread at a time; `close` before the node that it was made for is destroyed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from rclpy.subscription import Subscription

_NS_S = 1e-9


class Ears:
    """See the module's docstring; topics are named as `node` would name them."""

    def __init__(self, node: Node) -> None:
        self._names = node
        self._node = Node(
            f'_{node.get_name()}_ears',
            context=node.context,
            namespace=node.get_namespace(),
            use_global_arguments=False,
            enable_rosout=False,
            start_parameter_services=False,
        )

    def hear(self, message_type: type[Any], topic: str, *, depth: int) -> Subscription[Any]:
        """Subscribe to a topic; at most `depth` messages wait."""
        return self._node.create_subscription(
            message_type,
            self._names.resolve_topic_name(topic),
            _ignore,
            QoSProfile(
                history=HistoryPolicy.KEEP_LAST,
                depth=depth,
                reliability=ReliabilityPolicy.BEST_EFFORT,
                durability=DurabilityPolicy.VOLATILE,
            ),
            event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
            raw=True,
        )

    def stop(self, subscription: Subscription[Any]) -> None:
        """Destroy a subscription that `hear` returned."""
        self._node.destroy_subscription(subscription)

    def close(self) -> None:
        """Destroy all subscriptions and their node."""
        self._node.destroy_node()


def take(subscription: Subscription[Any], most: int) -> Iterator[tuple[bytes, float]]:
    """Take what waits, at most so many: each message, and when it came, s of the system's clock."""
    queue: Any = subscription.handle
    for _ in range(most):
        taken = queue.take_message(subscription.msg_type, True)
        if taken is None:
            return
        serialised, about = taken
        yield serialised, about['received_timestamp'] * _NS_S


def _ignore(message: object) -> None:
    """Stand where a callback has to; no executor calls it."""
