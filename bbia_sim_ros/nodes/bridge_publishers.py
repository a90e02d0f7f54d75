"""Publishers of the bridge, shared by its clients and kept fitting for who subscribes.

Clients that advertise a topic alike share a publisher. One that keeps nothing is not heard by
subscribers that ask for what was published before. When such a one appears, or is discovered only
after the publisher was made, as after a restart, the publisher is replaced within `_LOOK_PERIOD_S`
by one that keeps its last message and tells it once more. Publishers are made and destroyed in the
executor's thread; messages may come from any. For event callbacks see `nodes/bridge_topics.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from rclpy.event_handler import PublisherEventCallbacks
from rclpy.exceptions import InvalidHandle
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile

from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.operations import QosRequest
from bbia_sim_ros.nodes.bridge_handover import Handover
from bbia_sim_ros.nodes.bridge_handover import comes_true
from bbia_sim_ros.nodes.bridge_qos import publisher_profile
from bbia_sim_ros.nodes.clocks import steady_clock

_LOOK_PERIOD_S = 0.5
_SETTLE_S = 0.05


class Advertisement(NamedTuple):
    """What a client advertises; those that are equal share a publisher."""

    topic: str
    message_type: type[Any]
    request: QosRequest | None
    latch: bool
    depth: int


class _Fitting:
    """A publisher that is replaced when its subscribers ask for another kind."""

    def __init__(self, node: Node, advertised: Advertisement) -> None:
        self.shares = 0
        self._node = node
        self._advertised = advertised
        self._profile = self._wanted()
        self._retired: Publisher[Any] | None = None
        self._last: Any = None
        self.publisher = self._made()

    def publish(self, message: Any) -> None:
        # First: who replaces the publisher at this moment tells it once more.
        self._last = message if self.may_change else None
        self.publisher.publish(message)

    @property
    def may_change(self) -> bool:
        """Whether it keeps nothing, and nobody asked for just that."""
        request = self._advertised.request
        is_asked_for = request is not None and bool(request.durability)
        return self._profile.durability == DurabilityPolicy.VOLATILE and not is_asked_for

    def adapt(self) -> None:
        """Replace the publisher when that is wanted; in the executor's thread."""
        self._retire()
        if not self.may_change or (wanted := self._wanted()) == self._profile:
            return
        self._profile = wanted
        # It is destroyed at the next look: a message may be on its way into it.
        self._retired, self.publisher = self.publisher, self._made()
        if self._last is not None:
            self.publisher.publish(self._last)
            self._last = None

    def destroy(self) -> None:
        self._retire()
        self._node.destroy_publisher(self.publisher)

    def _retire(self) -> None:
        if self._retired is not None:
            self._node.destroy_publisher(self._retired)
            self._retired = None

    def _wanted(self) -> QoSProfile:
        subscribers = self._node.get_subscriptions_info_by_topic(self._advertised.topic)
        return publisher_profile(
            subscribers,
            self._advertised.request,
            latch=self._advertised.latch,
            depth=self._advertised.depth,
        )

    def _made(self) -> Publisher[Any]:
        return self._node.create_publisher(
            self._advertised.message_type,
            self._advertised.topic,
            self._profile,
            event_callbacks=PublisherEventCallbacks(use_default_callbacks=False),
        )


class PublisherPool:
    """The publishers of all clients, each shared and counted; in the executor's thread."""

    def __init__(self, node: Node, handover: Handover) -> None:
        self._node = node
        self._handover = handover
        self._publishers: dict[Advertisement, _Fitting] = {}
        self._timer = node.create_timer(_LOOK_PERIOD_S, self._look, clock=steady_clock())
        self._timer.cancel()

    def take(self, advertised: Advertisement) -> SharedPublisher:
        """Return a share of a publisher."""
        publisher = self._publishers.get(advertised)
        if publisher is None:
            publisher = self._publishers[advertised] = _Fitting(self._node, advertised)
            if self._timer.is_canceled():
                self._timer.reset()
        publisher.shares += 1
        return SharedPublisher(
            publisher, lambda: self._handover.post(lambda: self._give(advertised))
        )

    def _give(self, advertised: Advertisement) -> None:
        publisher = self._publishers[advertised]
        publisher.shares -= 1
        if not publisher.shares:
            del self._publishers[advertised]
            publisher.destroy()

    def _look(self) -> None:
        for publisher in self._publishers.values():
            publisher.adapt()
        if not self._publishers:
            self._timer.cancel()


class SharedPublisher:
    """One client's share of a publisher."""

    def __init__(self, publisher: _Fitting, give_back: Callable[[], None]) -> None:
        self._publisher = publisher
        self._give_back = give_back
        self._closed = False

    def publish(self, message: Any) -> None:
        """Publish a message of the right type."""
        try:
            self._publisher.publish(message)
        except InvalidHandle as error:
            raise GatewayError('the bridge ends') from error

    async def matched(self, expected: int, timeout_s: float) -> None:
        """Wait until so many subscribers are matched, but no longer than a while."""
        shared = self._publisher
        if expected:
            await comes_true(
                lambda: shared.publisher.get_subscription_count() >= expected, timeout_s
            )
            # The other side may be a little later, and would miss what is not kept for it.
            await asyncio.sleep(_SETTLE_S)

    def close(self) -> None:
        """Give the share back."""
        if not self._closed:
            self._closed = True
            self._give_back()
