"""Quality of service of the bridge's subscriptions and publishers, matched to who is there.

A subscription asks for reliable delivery, and for what was published before, when all publishers
offer it; else it takes what every one of them can give. A publisher offers reliable delivery, which
suits everybody, and keeps its messages for late comers when it is to latch or when a subscriber
asks for that. What a client asks for in its `qos` counts in any case.
"""

from __future__ import annotations

from collections.abc import Sequence

from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo

from bbia_sim_ros.bridge.operations import QosRequest

_STREAM_DEPTH = 10
# Several publishers of one latched topic come with all their messages at once.
LATCHED_DEPTH = 100
_RELIABILITY = {
    'reliable': ReliabilityPolicy.RELIABLE,
    'best_effort': ReliabilityPolicy.BEST_EFFORT,
}
_DURABILITY = {
    'volatile': DurabilityPolicy.VOLATILE,
    'transient_local': DurabilityPolicy.TRANSIENT_LOCAL,
}


def subscription_profile(
    publishers: Sequence[TopicEndpointInfo], request: QosRequest | None
) -> QoSProfile:
    """Return how to subscribe to a topic that these publish."""
    offers = [info.qos_profile for info in publishers]
    reliable = bool(offers) and all(
        offer.reliability == ReliabilityPolicy.RELIABLE for offer in offers
    )
    latched = bool(offers) and all(
        offer.durability == DurabilityPolicy.TRANSIENT_LOCAL for offer in offers
    )
    request = request or QosRequest()
    durability = (
        _DURABILITY[request.durability]
        if request.durability
        else DurabilityPolicy.TRANSIENT_LOCAL
        if latched
        else DurabilityPolicy.VOLATILE
    )
    reliability = (
        _RELIABILITY[request.reliability]
        if request.reliability
        else ReliabilityPolicy.RELIABLE
        if reliable
        else ReliabilityPolicy.BEST_EFFORT
    )
    kept = durability == DurabilityPolicy.TRANSIENT_LOCAL
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=request.depth or (LATCHED_DEPTH if kept else _STREAM_DEPTH),
        reliability=reliability,
        durability=durability,
    )


def publisher_profile(
    subscribers: Sequence[TopicEndpointInfo],
    request: QosRequest | None,
    *,
    latch: bool,
    depth: int,
) -> QoSProfile:
    """Return how to publish a topic that these subscribe to."""
    wanted = any(
        info.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for info in subscribers
    )
    request = request or QosRequest()
    kept = latch or wanted
    durability = (
        _DURABILITY[request.durability]
        if request.durability
        else DurabilityPolicy.TRANSIENT_LOCAL
        if kept
        else DurabilityPolicy.VOLATILE
    )
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=request.depth or (1 if kept and not request.durability else depth),
        reliability=_RELIABILITY[request.reliability or 'reliable'],
        durability=durability,
    )
