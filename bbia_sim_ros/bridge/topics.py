"""From one ROS subscription to all clients that want its topic, each message encoded once.

A `Feed` belongs to one topic, type and QoS; it exists while a client listens. Its messages are
shared: what is written to the sockets is made at most once for each way of delivery and then is the
same bytes for every client. All in the bridge's thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from collections.abc import Sequence
from typing import NamedTuple

import cbor2

from bbia_sim_ros.bridge import png
from bbia_sim_ros.bridge.decoders import Encoder
from bbia_sim_ros.bridge.decoders import Encoding
from bbia_sim_ros.bridge.decoders import encoder_for
from bbia_sim_ros.bridge.decoders import json_bytes
from bbia_sim_ros.bridge.fragments import fragments
from bbia_sim_ros.bridge.frames import binary_frame
from bbia_sim_ros.bridge.frames import text_frame
from bbia_sim_ros.bridge.gateway import Closable
from bbia_sim_ros.bridge.gateway import Gateway
from bbia_sim_ros.bridge.gateway import TopicSubscription
from bbia_sim_ros.bridge.operations import QosRequest

# A CBOR map of three members, the last one's value left open.
_CBOR_MAP_OF_3 = b'\xa3'


class Delivery(NamedTuple):
    """How a client gets a topic: the name it uses, the encoding, the size of fragments."""

    topic: str
    encoding: Encoding
    fragment_size: int | None


class TopicMessage:
    """A message as it came from ROS, and what was made of it so far."""

    __slots__ = ('_feed', '_frames', '_values', 'raw')

    def __init__(self, feed: Feed, raw: bytes) -> None:
        self._feed = feed
        self.raw = raw
        self._values: dict[Encoding, bytes] = {}
        self._frames: dict[Delivery, bytes] = {}

    @property
    def size_B(self) -> int:  # noqa: N802
        """Length of the serialised message."""
        return len(self.raw)

    def frames(self, delivery: Delivery) -> bytes:
        """Return the WebSocket frames; raises `DecodeError` or `TooManyFragments`."""
        made = self._frames.get(delivery)
        if made is None:
            made = self._frames[delivery] = self._make(delivery)
        return made

    def _make(self, delivery: Delivery) -> bytes:
        encoding = delivery.encoding
        if encoding in (Encoding.CBOR, Encoding.CBOR_RAW):
            return binary_frame(_cbor_publish(delivery.topic, self._value(encoding)))
        text = b'{"op":"publish","topic":%s,"msg":%s}' % (
            json_bytes(delivery.topic),
            self._value(Encoding.JSON),
        )
        if encoding is Encoding.PNG:
            text = json_bytes({'op': 'png', 'data': png.encode(text)})
        if delivery.fragment_size is None:
            return text_frame(text)
        number = self._feed.next_number()
        parts = fragments(text, delivery.fragment_size, f'publish:{delivery.topic}:{number}')
        return b''.join(map(text_frame, parts))

    def _value(self, encoding: Encoding) -> bytes:
        value = self._values.get(encoding)
        if value is None:
            value = self._values[encoding] = self._feed.encoder(encoding)(self.raw)
        return value


Listener = Callable[[TopicMessage], None]


class Feed:
    """See the module's docstring."""

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name
        self.received = 0
        self.listeners: list[Listener] = []
        self.subscription: TopicSubscription | None = None
        self.replays: dict[Listener, Closable] = {}
        self._encoders: dict[Encoding, Encoder] = {}
        self._number = 0

    def encoder(self, encoding: Encoding) -> Encoder:
        """Return the encoder of this topic's messages."""
        found = self._encoders.get(encoding)
        if found is None:
            found = self._encoders[encoding] = encoder_for(self.type_name, encoding)
        return found

    def next_number(self) -> int:
        """Return a new number for a message in fragments."""
        self._number += 1
        return self._number

    def deliver(self, raws: Sequence[bytes]) -> None:
        """Hand messages to every listener."""
        self.received += len(raws)
        for raw in raws:
            message = TopicMessage(self, raw)
            for listener in self.listeners:
                listener(message)

    def deliver_to(self, listener: Listener) -> Callable[[Sequence[bytes]], None]:
        """Return what hands messages to one listener."""

        def deliver(raws: Sequence[bytes]) -> None:
            for raw in raws:
                listener(TopicMessage(self, raw))

        return deliver


_Key = tuple[str, str, QosRequest | None]


class TopicHub:
    """All feeds of the bridge."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._feeds: dict[_Key, Feed] = {}
        self._opening = asyncio.Lock()

    async def listen(
        self, topic: str, type_name: str, qos: QosRequest | None, listener: Listener
    ) -> Callable[[], None]:
        """Deliver a topic to a listener; return what ends that. `topic` is a full name."""
        key = (topic, type_name, qos)
        async with self._opening:
            feed = self._feeds.get(key)
            if feed is None:
                feed = Feed(type_name)
                feed.encoder(Encoding.JSON)
                feed.listeners.append(listener)
                feed.subscription = await self._gateway.subscribe(
                    topic, type_name, qos, feed.deliver
                )
                self._feeds[key] = feed
            else:
                feed.listeners.append(listener)
                if feed.subscription is not None and feed.subscription.latched:
                    feed.replays[listener] = feed.subscription.replay(feed.deliver_to(listener))
        return lambda: self._leave(key, listener)

    def _leave(self, key: _Key, listener: Listener) -> None:
        feed = self._feeds[key]
        feed.listeners.remove(listener)
        replay = feed.replays.pop(listener, None)
        if replay is not None:
            replay.close()
        if not feed.listeners and feed.subscription is not None:
            feed.subscription.close()
            del self._feeds[key]

    def __len__(self) -> int:
        """Return how many feeds there are."""
        return len(self._feeds)


def _cbor_publish(topic: str, value: bytes) -> bytes:
    head = b''.join(map(cbor2.dumps, ('op', 'publish', 'topic', topic, 'msg')))
    return _CBOR_MAP_OF_3 + head + value
