"""What tells the servers of an action apart, for whoever waits for a result."""

from __future__ import annotations

from rclpy.node import Node


def servers_of(node: Node, action: str) -> frozenset[bytes]:
    """Return one identifier for each server of an action that is there, or seems to be.

    A process that was killed seems to be there until its lease runs out (DDS, 20 s); one that was
    started again stands beside it under another identifier.
    """
    publishers = node.get_publishers_info_by_topic(f'{action}/_action/status')
    return frozenset(bytes(one.endpoint_gid) for one in publishers)
