"""Topics that are subscribed to for a while only, for coroutines of loops in other threads.

A node that computes while somebody subscribes does so no longer than it must. Subscriptions are
made and destroyed in the executor's thread; messages are handed to the loop one by one, and what it
does with them may not block.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription

from bbia_sim_ros.nodes.behavior_orders import wake
from bbia_sim_ros.nodes.polling import executor_of


@dataclass(frozen=True, kw_only=True)
class Topic:
    """What to subscribe to."""

    name: str
    message_type: Any
    quality: QoSProfile


class TopicTaps:
    """The taps of one port; `release` may be called by any thread, also when the loop hangs."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._open: set[_Tap] = set()
        self._is_released = False

    @contextmanager
    def tapped(self, topic: Topic, on_message: Callable[[Any], object]) -> Iterator[None]:
        """Subscribe as long as the block lasts; messages come in the loop that is running now."""
        loop = asyncio.get_running_loop()
        tap = _Tap(self._node, topic, lambda message: wake(loop, partial(on_message, message)))
        with self._lock:
            if self._is_released:
                raise asyncio.CancelledError('the behavior has ended')
            self._open.add(tap)
        executor_of(self._node).create_task(tap.begin)
        try:
            yield
        finally:
            self._close(tap)

    def release(self) -> None:
        """End all subscriptions and let none begin."""
        with self._lock:
            self._is_released = True
            still_open = list(self._open)
        for tap in still_open:
            self._close(tap)

    def _close(self, tap: _Tap) -> None:
        with self._lock:
            self._open.discard(tap)
        executor_of(self._node).create_task(tap.end)


class _Tap:
    """One subscription; all in the executor's thread."""

    def __init__(self, node: Node, topic: Topic, on_message: Callable[[Any], None]) -> None:
        self._node = node
        self._topic = topic
        self._on_message = on_message
        self._subscription: Subscription[Any] | None = None

    def begin(self) -> None:
        self._subscription = self._node.create_subscription(
            self._topic.message_type,
            self._topic.name,
            self._on_message,
            self._topic.quality,
            # The default ones crash the executor when the subscription is destroyed.
            event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
        )

    def end(self) -> None:
        if self._subscription is not None:
            self._node.destroy_subscription(self._subscription)
            self._subscription = None
