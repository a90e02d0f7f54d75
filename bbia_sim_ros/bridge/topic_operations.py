"""Topics of one client: subscribe, unsubscribe, advertise, unadvertise, publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from bbia_sim_ros.bridge.access import matches
from bbia_sim_ros.bridge.checked import to_message
from bbia_sim_ros.bridge.connection import Outlet
from bbia_sim_ros.bridge.context import Client
from bbia_sim_ros.bridge.errors import Refused
from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.gateway import TopicPublisher
from bbia_sim_ros.bridge.interfaces import MESSAGE
from bbia_sim_ros.bridge.interfaces import full_name
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.bridge.operations import Advertise
from bbia_sim_ros.bridge.operations import Id
from bbia_sim_ros.bridge.operations import Publish
from bbia_sim_ros.bridge.operations import QosRequest
from bbia_sim_ros.bridge.operations import Subscribe
from bbia_sim_ros.bridge.operations import Unadvertise
from bbia_sim_ros.bridge.operations import Unsubscribe

_MAX_IDS = 100


@dataclass(frozen=True)
class _Subscription:
    """A topic that the client gets."""

    type_name: str
    qos: QosRequest | None
    outlet: Outlet
    leave: Callable[[], None]


@dataclass(frozen=True)
class _Publication:
    """A topic that the client publishes; `ids` are those of its advertisements."""

    type_name: str
    message_class: type[Any]
    publisher: TopicPublisher
    ids: set[Id] = field(default_factory=set)


class TopicOperations:
    """See the module's docstring; `close` gives back everything."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._gateway = client.bridge.gateway
        self._subscriptions: dict[str, _Subscription] = {}
        self._publications: dict[str, _Publication] = {}

    @property
    def subscribed(self) -> list[str]:
        """Topics that the client gets."""
        return list(self._subscriptions)

    @property
    def published(self) -> list[str]:
        """Topics that the client publishes."""
        return list(self._publications)

    async def subscribe(self, request: Subscribe) -> None:
        """Deliver a topic, or change how it is delivered."""
        client = self._client
        topic = self._gateway.resolve(request.topic)
        if not matches(topic, client.bridge.access().topics):
            raise Refused(f'subscribing to {topic} is not allowed (parameter topics_allowed)')
        present = self._subscriptions.get(request.topic)
        type_name = self._type_of(topic, request.type, present.type_name if present else None)
        if present is not None and request.qos not in (None, present.qos):
            raise Refused(
                f'{topic} is subscribed to with another qos already; unsubscribe from it first'
            )
        message_class(type_name)
        interest = client.session.subscribe(request, client.bridge.parameters())
        if present is not None:
            client.connection.configure(present.outlet, interest.options())
            return
        outlet = client.connection.open_outlet(request.topic, interest.options())
        try:
            leave = await client.bridge.hub.listen(topic, type_name, request.qos, outlet)
        except GatewayError:
            client.connection.close_outlet(outlet)
            client.session.unsubscribe(request.topic, request.id)
            raise
        self._subscriptions[request.topic] = _Subscription(type_name, request.qos, outlet, leave)

    def unsubscribe(self, request: Unsubscribe) -> None:
        """End one subscription, or all of a topic."""
        interest = self._client.session.unsubscribe(request.topic, request.id)
        subscription = self._subscriptions[request.topic]
        if interest.requests:
            self._client.connection.configure(subscription.outlet, interest.options())
            return
        del self._subscriptions[request.topic]
        self._end(subscription)

    async def advertise(self, request: Advertise) -> None:
        """Make a publisher, or count one more advertisement of it."""
        publication = await self._publication(
            request.topic,
            request.type,
            request.qos,
            latch=request.latch,
            depth=max(1, min(request.queue_size, 1000)),
        )
        if len(publication.ids) >= _MAX_IDS:
            raise Refused(f'{request.topic} has {_MAX_IDS} advertisements of this client already')
        publication.ids.add(request.id)

    def unadvertise(self, request: Unadvertise) -> None:
        """Take back one advertisement, without an id all; the last one ends the publisher."""
        publication = self._publications.get(request.topic)
        if publication is None:
            raise Refused(f'{request.topic} is not advertised by this client')
        if request.id is not None:
            publication.ids.discard(request.id)
        if request.id is None or not publication.ids:
            del self._publications[request.topic]
            publication.publisher.close()

    async def publish(self, request: Publish) -> None:
        """Check a message against its type and publish it; the topic need not be advertised."""
        publication = self._publications.get(request.topic)
        if publication is None or request.type:
            publication = await self._publication(
                request.topic, request.type, request.qos, latch=request.latch, depth=100
            )
        publication.publisher.publish(to_message(publication.message_class, request.msg))

    def close(self) -> None:
        """End all subscriptions and publishers."""
        for subscription in self._subscriptions.values():
            self._end(subscription)
        for publication in self._publications.values():
            publication.publisher.close()
        self._subscriptions.clear()
        self._publications.clear()

    def _end(self, subscription: _Subscription) -> None:
        subscription.leave()
        self._client.connection.close_outlet(subscription.outlet)

    async def _publication(
        self, name: str, type_name: str, qos: QosRequest | None, *, latch: bool, depth: int
    ) -> _Publication:
        topic = self._gateway.resolve(name)
        bridge = self._client.bridge
        if not matches(topic, bridge.access().publish):
            raise Refused(f'publishing {topic} is not allowed (parameter publish_allowed)')
        present = self._publications.get(name)
        type_name = self._type_of(topic, type_name, present.type_name if present else None)
        if present is not None:
            return present
        self._client.session.check_room(self._publications, 'publications', bridge.parameters())
        made = _Publication(
            type_name,
            message_class(type_name),
            await self._gateway.advertise(topic, type_name, qos, latch=latch, depth=depth),
        )
        self._publications[name] = made
        return made

    def _type_of(self, topic: str, given: str, present: str | None) -> str:
        """Return the type to use; what the topic has already counts, and must agree."""
        wanted = full_name(given, MESSAGE) if given else ''
        known = (present,) if present else tuple(self._gateway.topic_types(topic))
        if not wanted:
            if len(known) == 1:
                return known[0]
            raise Refused(
                f'{topic} has the types {", ".join(known)}; say which'
                if known
                else f'nobody publishes {topic} yet, so its type is not known; give it'
            )
        if known and wanted not in known:
            raise Refused(f'{topic} is of type {", ".join(known)}, not {wanted}')
        return wanted
