"""The subscriptions of a recorder: which topics there are, and the messages that came.

All in one thread, which calls `look` about once a second and `take` some 50 times a second. No
executor is needed: messages wait in the middleware, with the time at which they came, until `take`
fetches them, at most `_DEPTH` of a topic. One that was lost on the way (best effort, or more than
that between two calls) leaves a gap in its publisher's numbers, which is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import Final

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription
from rclpy.topic_endpoint_info import TopicEndpointInfo

from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.bridge.operations import QosRequest
from bbia_sim_ros.nodes.bridge_qos import subscription_profile
from bbia_sim_ros.recording.definitions import definition_of
from bbia_sim_ros.recording.inbox import Arrival
from bbia_sim_ros.recording.inbox import Topic
from bbia_sim_ros.recording.profiles import OfferedProfile
from bbia_sim_ros.recording.profiles import to_text
from bbia_sim_ros.recording.selection import Selection

_DEPTH: Final = 200


class _Tap:
    """One topic."""

    def __init__(self, node: Node, topic: Topic, profile: QoSProfile) -> None:
        self.topic = topic
        self.profile = profile
        self.lost = 0
        self._numbers: dict[bytes, int] = {}
        self._subscription: Subscription[Any] = node.create_subscription(
            message_class(topic.type_name),
            topic.name,
            _no_callback,
            profile,
            raw=True,
            # They would wait for an executor.
            event_callbacks=SubscriptionEventCallbacks(use_default_callbacks=False),
        )

    def take(self) -> Arrival | None:
        """Return the next message that waits, if any."""
        with self._subscription.handle:
            # None when nothing waits, else the serialised message and what is known of its way.
            taken: Any = self._subscription.handle.take_message(self._subscription.msg_type, True)
        if taken is None:
            return None
        data, info = taken
        number = info['publication_sequence_number'] or 0
        publisher = info['publisher_gid']['data']
        self._count(publisher, number)
        return Arrival(
            topic=self.topic,
            publisher=publisher,
            received_ns=info['received_timestamp'],
            published_ns=info['source_timestamp'],
            sequence=number,
            data=data,
        )

    def _count(self, publisher: bytes, number: int) -> None:
        expected = self._numbers.get(publisher, number - 1) + 1
        self.lost += max(0, number - expected)
        self._numbers[publisher] = max(number, expected - 1)

    def close(self, node: Node) -> None:
        node.destroy_subscription(self._subscription)


class RecordingTaps:
    """See the module's docstring; `say` gets what a person should know, each thing once."""

    def __init__(self, node: Node, selection: Selection, say: Callable[[str], None]) -> None:
        self._node = node
        self._selection = selection
        self._say = say
        self._taps: dict[str, _Tap] = {}
        self._refused: set[str] = set()
        self._lost: Counter[str] = Counter()

    @property
    def topics(self) -> int:
        """The number of topics that are subscribed to."""
        return len(self._taps)

    @property
    def lost(self) -> Counter[str]:
        """Messages that did not come, by topic, as far as their publishers' numbers tell."""
        return self._lost + Counter({name: tap.lost for name, tap in self._taps.items()})

    def look(self) -> None:
        """Subscribe to what is new, and anew where publishers ask for another way."""
        for name, types in self._node.get_topic_names_and_types():
            if not self._selection.records(name, types[0]):
                continue
            publishers = [
                info
                for info in self._node.get_publishers_info_by_topic(name)
                if info.node_name != self._node.get_name()
            ]
            if publishers and name not in self._refused:
                self._follow(name, types, publishers)

    def take(self, put: Callable[[Arrival], object]) -> None:
        """Hand on what came since the last call."""
        for tap in self._taps.values():
            for _ in range(_DEPTH):
                arrival = tap.take()
                if arrival is None:
                    break
                put(arrival)

    def close(self) -> None:
        """Unsubscribe from everything."""
        for tap in self._taps.values():
            tap.close(self._node)
        self._taps.clear()

    def _follow(
        self, name: str, types: Sequence[str], publishers: Sequence[TopicEndpointInfo]
    ) -> None:
        profile = subscription_profile(publishers, QosRequest(depth=_DEPTH))
        tap = self._taps.get(name)
        if tap is not None:
            if (profile.reliability, profile.durability) != (
                tap.profile.reliability,
                tap.profile.durability,
            ):
                self._replace(name, tap.topic, profile)
            return
        try:
            if len(types) > 1:
                raise UnknownInterface(name, f'it has several types: {", ".join(types)}')
            definition = definition_of(types[0])
        except UnknownInterface as error:
            self._refused.add(name)
            self._say(f'{name} is not recorded: {error}')
            return
        topic = Topic(
            name=name,
            type_name=definition.name,
            definition=definition.text,
            type_hash=definition.type_hash,
            offered=to_text([_offered(info) for info in publishers]),
            latched=profile.durability == DurabilityPolicy.TRANSIENT_LOCAL,
        )
        self._taps[name] = _Tap(self._node, topic, profile)

    def _replace(self, name: str, topic: Topic, profile: QoSProfile) -> None:
        old = self._taps[name]
        self._lost[name] += old.lost
        self._taps[name] = _Tap(self._node, topic, profile)
        old.close(self._node)


def _no_callback(_: bytes) -> None:
    """Stand where rclpy wants a callback; no executor ever calls it."""


def _offered(info: TopicEndpointInfo) -> OfferedProfile:
    profile = info.qos_profile
    return OfferedProfile(
        reliability=profile.reliability.short_key,
        durability=profile.durability.short_key,
        history=profile.history.short_key,
        depth=profile.depth,
        deadline_ns=profile.deadline.nanoseconds,
        lifespan_ns=profile.lifespan.nanoseconds,
        liveliness=profile.liveliness.short_key,
        lease_ns=profile.liveliness_lease_duration.nanoseconds,
    )
