"""How much goes over the topics that the monitor watches. All in the executor's thread.

No executor serves the subscriptions (`nodes/ears.py`): what waits is taken all at once, `TAKES_A_S`
times a second. Messages of a topic with more than `TAKES_A_S` x `_QUEUE` a second are not all
counted.

A topic is subscribed to when it has a publisher; one that must not be listened to never is
(`monitor/traffic.py`).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from rclpy.node import Node
from rclpy.subscription import Subscription

from bbia_sim_ros.bridge.interfaces import UnknownInterface
from bbia_sim_ros.bridge.interfaces import message_class
from bbia_sim_ros.monitor.traffic import TopicSample
from bbia_sim_ros.monitor.traffic import Traffic
from bbia_sim_ros.monitor.traffic import may_be_heard
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.ears import Ears
from bbia_sim_ros.nodes.ears import take

TAKES_A_S = 4
_QUEUE = 256


@dataclass(kw_only=True, eq=False)
class _Watched:
    name: str
    may_be_heard: bool
    type_name: str = ''
    publishers: int = 0
    subscription: Subscription[Any] | None = None
    traffic: Traffic = field(default_factory=Traffic)


class MonitorTopics:
    """See the module's docstring."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._ears = Ears(node)
        self._watched: dict[str, _Watched] = {}
        self._sampled_s = time.monotonic()
        node.create_timer(1.0 / TAKES_A_S, self._take_all, clock=steady_clock())

    def watch(self, names: tuple[str, ...]) -> None:
        """Watch these topics from now on; what is counted of the others is forgotten."""
        full = dict.fromkeys(map(self._node.resolve_topic_name, names))
        for gone in self._watched.keys() - full.keys():
            self._stop(self._watched.pop(gone))
        self._watched = {name: self._watched.get(name) or self._new(name) for name in full}

    def sample(self) -> tuple[TopicSample, ...]:
        """Return what went over the topics since the last call, in the order of `watch`."""
        self._take_all()
        now = time.monotonic()
        passed_s, self._sampled_s = now - self._sampled_s, now
        return tuple(self._sample(watched, passed_s) for watched in self._watched.values())

    def close(self) -> None:
        """Destroy the subscriptions and their node."""
        self._ears.close()

    def _new(self, name: str) -> _Watched:
        heard = may_be_heard(name, self._node.get_namespace())
        return _Watched(name=name, may_be_heard=heard)

    def _sample(self, watched: _Watched, passed_s: float) -> TopicSample:
        publishers = self._node.count_publishers(watched.name)
        subscribers = self._node.count_subscribers(watched.name)
        if publishers and not watched.publishers:
            self._look_at(watched)
        watched.publishers = publishers
        is_heard = watched.subscription is not None
        if not is_heard:
            return TopicSample(
                name=watched.name,
                type_name=watched.type_name,
                publishers=publishers,
                subscribers=subscribers,
            )
        rate, bandwidth, period_max = watched.traffic.take(passed_s)
        return TopicSample(
            name=watched.name,
            type_name=watched.type_name,
            publishers=publishers,
            # Ours is not in the graph yet in the moment when it is made.
            subscribers=max(0, subscribers - 1),
            rate=rate,
            bandwidth=bandwidth,
            period_max=period_max,
            messages=watched.traffic.messages,
            size_b=watched.traffic.size_b,
        )

    def _look_at(self, watched: _Watched) -> None:
        """Find the type of a topic that has a publisher again, and listen to it if that may be."""
        infos = self._node.get_publishers_info_by_topic(watched.name)
        type_name = infos[0].topic_type if infos else watched.type_name
        if type_name != watched.type_name:
            self._stop(watched)
            watched.type_name = type_name
        if not watched.may_be_heard or watched.subscription is not None:
            return
        try:
            message_type = message_class(type_name)
        except UnknownInterface as error:
            self._node.get_logger().warning(f'{watched.name} cannot be measured: {error}')
            return
        watched.subscription = self._ears.hear(message_type, watched.name, depth=_QUEUE)

    def _stop(self, watched: _Watched) -> None:
        if watched.subscription is not None:
            self._ears.stop(watched.subscription)
            watched.subscription = None

    def _take_all(self) -> None:
        for watched in self._watched.values():
            if watched.subscription is not None:
                came = take(watched.subscription, _QUEUE)
                watched.traffic.heard((at, len(serialised)) for serialised, at in came)
