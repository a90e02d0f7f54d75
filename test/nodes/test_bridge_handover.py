"""What comes from ROS does not keep the event loop from its sockets."""

from __future__ import annotations

import asyncio

import rclpy
from rclpy.context import Context
from rclpy.node import Node

from bbia_sim_ros.nodes.bridge_handover import Handover

TURNS = 3
MOST_CALLS = 1000


async def calls_in_a_few_turns(node: Node) -> int:
    """Return how often a call that asks for itself again is made while the loop has its turns."""
    handover = Handover(node, asyncio.get_running_loop())
    calls = 0

    def call() -> None:
        nonlocal calls
        calls += 1
        if calls < MOST_CALLS:
            handover.to_loop(call)

    handover.to_loop(call)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    handover.close()
    return calls


def test_topics_that_bring_more_than_the_loop_can_do_leave_it_its_turns() -> None:
    context = Context()
    rclpy.init(context=context)
    node = Node('bridge', context=context)
    try:
        assert 0 < asyncio.run(calls_in_a_few_turns(node)) <= TURNS
    finally:
        node.destroy_node()
        context.try_shutdown()
