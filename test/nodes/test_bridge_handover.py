"""What comes from ROS does not keep the event loop from its sockets."""

from __future__ import annotations

import asyncio
from unittest.mock import Mock

from bbia_sim_ros.nodes.bridge_handover import Handover


def test_topics_that_bring_more_than_the_loop_can_do_leave_it_its_turns() -> None:
    async def run() -> int:
        handover = Handover(Mock(), asyncio.get_running_loop())
        calls = 0

        def call() -> None:
            nonlocal calls
            calls += 1
            if not handover_is_enough():
                handover.to_loop(call)

        def handover_is_enough() -> bool:
            return turns >= 3 or calls >= 1000

        turns = 0
        handover.to_loop(call)
        while not handover_is_enough():
            await asyncio.sleep(0)
            turns += 1
        return calls

    assert 0 < asyncio.run(run()) < 10
