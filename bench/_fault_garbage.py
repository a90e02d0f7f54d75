"""Garbage for a running stack: to the ports of the bridge, and over DDS to every node.

Contract
    `GarbageCan.pour` sends a burst of frames that nobody should send, noise to both ports, and
    messages, requests and goals that are valid in type alone; it returns when all were sent.
    `clear` then waits for all answers, ends what was begun and releases the robot; what is wrong is
    an AssertionError. All of it depends on the seeds alone, but for stamps.
"""

from __future__ import annotations

import asyncio
import random
import socket
from contextlib import suppress

from _fault_stack import FaultyStack
from action_msgs.srv import CancelGoal

from bbia_sim_ros.bridge.parameters import BridgeParameters
from support.bridge_hammer import BridgeHammer
from support.fuzz_trial import MOVING
from support.fuzz_trial import NEVER
from support.fuzzed_frames import Names
from support.ports import HOST
from support.ros import Probe
from support.topic_hammer import TopicHammer

_FRAMES = 300
_MESSAGES = 150
_NOISES = 8
_NOISE_B = 4096
_CONNECT_S = 5.0


class GarbageCan:
    """See the module's docstring; made while all nodes are there."""

    def __init__(self, probe: Probe, seed: int, stack: FaultyStack) -> None:
        self._probe = probe
        self._bridge_port = stack.bridge_port
        self._ports = (stack.bridge_port, stack.web_port)
        self._random = random.Random(seed)
        self._topics = TopicHammer(probe, seed)
        self._names = Names(
            topics=self._topics.topics,
            services=self._topics.services,
            actions=self._topics.actions,
            favoured=MOVING,
            never=NEVER,
        )

    def pour(self) -> None:
        """Send it all; see the module's docstring."""
        frames = BridgeHammer(
            self._bridge_port,
            self._random.randrange(1 << 20),
            self._names,
            longest_B=BridgeParameters().max_message_size,
        )
        try:
            asyncio.run(frames.send(_FRAMES))
        except ExceptionGroup as group:
            raise AssertionError(
                f'the bridge took no more frames: {group.exceptions[0]!r}'
            ) from group
        for port in self._ports:
            for _ in range(_NOISES):
                self._make_noise(port)
        self._topics.send(_MESSAGES)

    def _make_noise(self, port: int) -> None:
        """Write random bytes and leave; the other side may have left before."""
        noise = self._random.randbytes(self._random.randrange(1, _NOISE_B))
        with socket.create_connection((HOST, port), _CONNECT_S) as end, suppress(ConnectionError):
            end.sendall(noise)

    def clear(self) -> None:
        """End all that was begun; see the module's docstring."""
        unanswered = self._topics.finish()
        self._topics.withdraw()
        assert not unanswered, f'no answer of {", ".join(unanswered)}'
        for action in self._topics.actions:
            self._probe.call(CancelGoal, f'{action}/_action/cancel_goal')
