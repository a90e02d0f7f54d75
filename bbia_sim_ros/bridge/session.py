"""What one client has: subscriptions, publications, services, actions, pending calls.

Keeps the books and the limits; what they stand for in ROS is held by `handlers.py`. A limit that is
reached raises `LimitReached` with the number and the parameter. Several subscriptions of a client
to one topic, told apart by their ids, are one delivery with the options that satisfy all: the
shortest throttle, the longest queue, the smallest fragments, the densest compression. Pure; time is
handed in.
"""

from __future__ import annotations

import math
from collections.abc import Sized
from dataclasses import dataclass
from dataclasses import field

from bbia_sim_ros.bridge.decoders import Encoding
from bbia_sim_ros.bridge.operations import Id
from bbia_sim_ros.bridge.operations import StatusLevel
from bbia_sim_ros.bridge.operations import Subscribe
from bbia_sim_ros.bridge.parameters import BridgeParameters

_LEVELS = tuple(StatusLevel)
_DENSITY = (Encoding.JSON, Encoding.PNG, Encoding.CBOR, Encoding.CBOR_RAW)
_MAX_IDS = 100


class LimitReached(ValueError):
    """A client wants more than it may have."""


@dataclass(frozen=True)
class Options:
    """How a topic is delivered to a client."""

    throttle_s: float
    queue_length: int
    fragment_size: int | None
    encoding: Encoding


@dataclass
class Interest:
    """All subscriptions of a client to one topic, under the name that the client uses."""

    topic: str
    requests: dict[Id, Subscribe] = field(default_factory=dict)

    def options(self) -> Options:
        """Return the options that satisfy all subscriptions; there must be one."""
        requests = self.requests.values()
        sizes = [one.fragment_size for one in requests if one.fragment_size is not None]
        return Options(
            throttle_s=min(one.throttle_rate for one in requests) / 1000.0,
            queue_length=max(one.queue_length for one in requests),
            fragment_size=min(sizes, default=None),
            encoding=max((one.compression for one in requests), key=_DENSITY.index),
        )


@dataclass
class Traffic:
    """What went between a client and the bridge."""

    messages_in: int = 0
    messages_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class RateLimit:
    """At most `rate` a second, and as many at once: a token bucket."""

    def __init__(self) -> None:
        self._credit = math.inf
        self._last = 0.0

    def allows(self, rate: float, now: float) -> bool:
        """Take one, if there is one."""
        self._credit = min(max(1.0, rate), self._credit + (now - self._last) * rate)
        self._last = now
        if self._credit < 1.0:
            return False
        self._credit -= 1.0
        return True


class Session:
    """See the module's docstring."""

    def __init__(self, number: int, address: str, *, authenticated: bool, now: float) -> None:
        self.number = number
        self.address = address
        self.authenticated = authenticated
        self.connected_at = now
        self.last_sent_at = now
        """When the client last sent an operation."""
        self.last_heard_at = now
        """When the client last sent anything, the answer to a ping included."""
        self.level = StatusLevel.WARNING
        self.traffic = Traffic()
        self.interests: dict[str, Interest] = {}
        self._call_rate = RateLimit()

    def wants(self, level: StatusLevel) -> bool:
        """Whether the client wants status messages of this level."""
        return _LEVELS.index(level) >= _LEVELS.index(self.level)

    def subscribe(self, request: Subscribe, limits: BridgeParameters) -> Interest:
        """Add a subscription, or replace that of the same id; raises `LimitReached`."""
        interest = self.interests.get(request.topic)
        if interest is None:
            self.check_room(self.interests, 'subscriptions', limits)
            interest = self.interests[request.topic] = Interest(request.topic)
        elif len(interest.requests) >= _MAX_IDS and request.id not in interest.requests:
            raise LimitReached(
                f'{request.topic} has {_MAX_IDS} subscriptions of this client already, the most'
                ' there may be'
            )
        interest.requests[request.id] = request
        return interest

    def unsubscribe(self, topic: str, id: Id) -> Interest:
        """Take away a subscription, all of the topic without an id; return what they belong to.

        The interest has no requests left when it was the last one. Raises `LookupError`.
        """
        interest = self.interests.get(topic)
        if interest is None:
            raise LookupError(f'this client does not subscribe to {topic}')
        if id is not None and id not in interest.requests:
            raise LookupError(f'this client has no subscription to {topic} with id {id!r}')
        if id is None:
            interest.requests.clear()
        else:
            del interest.requests[id]
        if not interest.requests:
            del self.interests[topic]
        return interest

    @staticmethod
    def check_room(held: Sized, what: str, limits: BridgeParameters) -> None:
        """Raise `LimitReached` when a client has as many of something as it may have."""
        if len(held) >= limits.max_subscriptions:
            raise LimitReached(
                f'this client has {len(held)} {what} already; parameter max_subscriptions allows'
                f' {limits.max_subscriptions}'
            )

    def begin_call(self, limits: BridgeParameters, pending: int, now: float) -> None:
        """Count a service call or a goal; raises `LimitReached`."""
        if pending >= limits.max_pending_calls:
            raise LimitReached(
                f'{pending} calls of this client wait for their answer; parameter'
                f' max_pending_calls allows {limits.max_pending_calls}'
            )
        if not self._call_rate.allows(limits.max_calls_per_second, now):
            raise LimitReached(
                'too many calls a second; parameter max_calls_per_second allows'
                f' {limits.max_calls_per_second:g}'
            )

    def is_idle(self, now: float, timeout_s: float) -> bool:
        """Whether a client takes nothing and has sent nothing for too long; 0 means never."""
        return bool(timeout_s and not self.interests and now - self.last_sent_at > timeout_s)
