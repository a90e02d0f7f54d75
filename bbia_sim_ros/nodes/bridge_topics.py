"""Subscriptions of the bridge, which take serialised messages.

A subscription takes serialised messages in the executor's thread and hands them to the bridge's
thread, all that came meanwhile at once; at most its depth waits there, the newest, and what is left
out is counted. When publishers come whose quality of service asks for another kind of subscription,
one is made, within `_LOOK_PERIOD_S`, that takes over with its first message that the old one did
not have, or after another `_LOOK_PERIOD_S`, so nothing is lost or doubled. Entities are made and
destroyed in the executor's thread.

No entity has event callbacks: rclpy 9.1.2 crashes when one is destroyed while an event of it waits,
and a subscriber and a publisher of the bridge that go together do just that.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription

from bbia_sim_ros.bridge.gateway import Deliver
from bbia_sim_ros.bridge.operations import QosRequest
from bbia_sim_ros.nodes.bridge_handover import Handover
from bbia_sim_ros.nodes.bridge_qos import subscription_profile
from bbia_sim_ros.nodes.clocks import steady_clock

_REPLAY_S = 1.0
_LOOK_PERIOD_S = 0.5
# Messages of an old subscription that its successor may bring again.
_OVERLAP = 20


class SubscriptionWatch:
    """Looks now and again whether the subscriptions still suit the publishers."""

    def __init__(self, node: Node) -> None:
        self._open: set[RosSubscription] = set()
        self._timer = node.create_timer(_LOOK_PERIOD_S, self._look, clock=steady_clock())
        self._timer.cancel()

    def add(self, subscription: RosSubscription) -> None:
        """Look at a subscription from now on; in the executor's thread."""
        self._open.add(subscription)
        if self._timer.is_canceled():
            # Not while it runs: clients that keep coming would put the look off for ever.
            self._timer.reset()

    def _look(self) -> None:
        self._open = {one for one in self._open if not one.closed}
        for subscription in self._open:
            subscription.adapt()
        if not self._open:
            self._timer.cancel()


class RosSubscription:
    """A subscription of the bridge; see the module's docstring."""

    def __init__(
        self,
        node: Node,
        handover: Handover,
        *,
        topic: str,
        message_type: type[Any],
        request: QosRequest | None,
        deliver: Deliver,
    ) -> None:
        self._node = node
        self._handover = handover
        self._topic = topic
        self._type = message_type
        self._request = request
        self._deliver = deliver
        self._inbox: deque[bytes] = deque()
        self._queued = False
        self._generation = 0
        self.closed = False
        """Whether nobody wants it any more."""
        self._profile: QoSProfile | None = None
        self._subscription: Subscription[Any] | None = None
        self._retiring: Subscription[Any] | None = None
        self._taken: deque[bytes] = deque(maxlen=_OVERLAP)
        self.left_out = 0
        """Messages that came faster than the bridge's thread took them."""

    def open(self) -> None:
        """Subscribe; in the executor's thread."""
        publishers = self._node.get_publishers_info_by_topic(self._topic)
        self._make(subscription_profile(publishers, self._request))

    def open_as(self, profile: QoSProfile) -> None:
        """Subscribe in a given way, for good; in the executor's thread."""
        if not self.closed:
            self._make(profile)

    @property
    def latched(self) -> bool:
        """Whether what was published before comes."""
        profile = self._profile
        return profile is not None and profile.durability == DurabilityPolicy.TRANSIENT_LOCAL

    def replay(self, deliver: Deliver) -> RosSubscription:
        """Hand what was published before to one more listener, by a subscription of its own."""
        replay = RosSubscription(
            self._node,
            self._handover,
            topic=self._topic,
            message_type=self._type,
            request=self._request,
            deliver=deliver,
        )
        profile = self._profile
        if profile is not None:
            self._handover.post(lambda: replay.open_as(profile))
            asyncio.get_running_loop().call_later(_REPLAY_S, replay.close)
        return replay

    def close(self) -> None:
        """Unsubscribe; nothing is delivered any more."""
        if not self.closed:
            self.closed = True
            self._inbox.clear()
            self._handover.post(self._destroy)

    def _make(self, profile: QoSProfile) -> None:
        self._profile = profile
        self._generation += 1
        self._subscription = self._node.create_subscription(
            self._type,
            self._topic,
            partial(self._take, self._generation),
            profile,
            raw=True,
            event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
        )

    def _take(self, generation: int, raw: bytes) -> None:
        if generation != self._generation and self._retiring is None:
            return
        if self._retiring is not None and not self._is_news(generation, raw):
            return
        profile = self._profile
        if profile is not None and len(self._inbox) >= profile.depth:
            self._inbox.popleft()
            self.left_out += 1
        self._inbox.append(raw)
        if not self._queued:
            self._queued = True
            self._handover.to_loop(self._hand_out)

    def _hand_out(self) -> None:
        self._queued = False
        raws = []
        while self._inbox:
            raws.append(self._inbox.popleft())
        if raws and not self.closed:
            self._deliver(raws)

    def adapt(self) -> None:
        """Subscribe anew if the publishers that are there ask for it; in the executor's thread."""
        self._retire()
        publishers = self._node.get_publishers_info_by_topic(self._topic)
        wanted = subscription_profile(publishers, self._request)
        if self.closed or not publishers or wanted == self._profile:
            return
        self._retiring = self._subscription
        self._taken.clear()
        self._make(wanted)

    def _is_news(self, generation: int, raw: bytes) -> bool:
        """Whether a message is to be delivered while one subscription follows another."""
        if generation != self._generation:
            self._taken.append(raw)
            return True
        if raw in self._taken:
            return False
        self._retire()
        return True

    def _retire(self) -> None:
        retiring, self._retiring = self._retiring, None
        if retiring is not None:
            # Later: the executor may have its next message in hand.
            self._handover.post(lambda: self._node.destroy_subscription(retiring))

    def _destroy(self) -> None:
        for subscription in (self._subscription, self._retiring):
            if subscription is not None:
                self._node.destroy_subscription(subscription)
        self._subscription = self._retiring = None
