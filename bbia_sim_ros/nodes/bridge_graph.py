"""What there is in ROS, as rosapi wants to know it. Any thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.exceptions import InvalidTopicNameException
from rclpy.node import Node
from rclpy.node import NodeNameNonExistentError

from bbia_sim_ros.bridge.gateway import GatewayError
from bbia_sim_ros.bridge.rosapi import NodeDetails

_NANOSECONDS = 1_000_000_000


class RosGraph:
    """The `Graph` of rosapi; see there."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def topics(self) -> list[tuple[str, list[str]]]:
        """Return topics with their types."""
        return list(self._node.get_topic_names_and_types())

    def services(self) -> list[tuple[str, list[str]]]:
        """Return services with their types."""
        return list(self._node.get_service_names_and_types())

    def nodes(self) -> list[str]:
        """Return the nodes."""
        return sorted(
            {
                _join(namespace, name)
                for name, namespace in self._node.get_node_names_and_namespaces()
            }
        )

    def publishers(self, topic: str) -> list[str]:
        """Return the nodes that publish a topic; raises `GatewayError` for what is no name."""
        return _nodes_at(topic, self._node.get_publishers_info_by_topic)

    def subscribers(self, topic: str) -> list[str]:
        """Return the nodes that subscribe to a topic; raises `GatewayError` likewise."""
        return _nodes_at(topic, self._node.get_subscriptions_info_by_topic)

    def node_details(self, node: str) -> NodeDetails | None:
        """Return what a node has, None when there is no such node."""
        namespace, _, name = node.rpartition('/')
        place = (name, namespace or '/')
        if place not in self._node.get_node_names_and_namespaces():
            return None
        try:
            return NodeDetails(
                subscribing=_names(self._node.get_subscriber_names_and_types_by_node(*place)),
                publishing=_names(self._node.get_publisher_names_and_types_by_node(*place)),
                services=_names(self._node.get_service_names_and_types_by_node(*place)),
            )
        except NodeNameNonExistentError:
            return None  # it ended meanwhile

    def own_name(self) -> str:
        """Return the name of the bridge's node."""
        return str(self._node.get_fully_qualified_name())

    def now(self) -> tuple[int, int]:
        """Return the node's time, s and ns."""
        return divmod(self._node.get_clock().now().nanoseconds, _NANOSECONDS)


def _nodes_at(topic: str, look: Callable[[str], list[Any]]) -> list[str]:
    try:
        return [_join(info.node_namespace, info.node_name) for info in look(topic)]
    except (InvalidTopicNameException, RuntimeError, ValueError) as error:
        raise GatewayError(f'{topic!r} is not a name: {error}') from error


def _join(namespace: str, name: str) -> str:
    return f'{namespace.rstrip("/")}/{name}'


def _names(named: list[tuple[str, list[str]]]) -> list[str]:
    return sorted(name for name, _ in named)
