"""A running speech node and somebody who makes it talk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.action import ActionClient
from rclpy.qos import QoSProfile
from std_msgs.msg import Bool

from bbia_msgs.action import Say
from bbia_msgs.msg import AudioChunk
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import seconds
from support.motion import Goal
from support.ros import Probe
from support.ros import StackProcess
from support.speech_ear import understood
from support.waiting import wait_until

_TOLERANCE_S = 1e-3
_KEPT = QoSProfile(depth=200)


class Talker:
    """Has the node `speech` say things and keeps all that it publishes."""

    def __init__(self, process: StackProcess, probe: Probe) -> None:
        self.process = process
        self.probe = probe
        self.chunks = probe.collect(AudioChunk, 'speech/output', _KEPT)
        self.speaking = probe.collect(Bool, 'speech/speaking', qos.LATCHED)
        self._diagnostics = probe.collect(DiagnosticArray, '/diagnostics', qos.STREAM)
        self._client: Any = probe.make(lambda node: ActionClient(node, Say, 'say'))
        wait_until(self._client.server_is_ready, 'the action say')
        wait_until(lambda: self.speaking, 'the node tells whether it speaks')
        wait_until(lambda: probe.node.count_publishers('speech/output') > 0, 'speech/output')

    def say(self, text: str, **fields: Any) -> Goal:
        """Begin to say something; the fields are those of the goal."""
        feedback: list[Any] = []
        sent = self._client.send_goal_async(
            Say.Goal(text=text, **fields),
            feedback_callback=lambda message: feedback.append(message.feedback),
        )
        wait_until(sent.done, 'the goal is answered')
        handle = sent.result()
        assert handle.accepted
        return Goal('say', handle, feedback)

    def said(self, text: str, **fields: Any) -> Say.Result:
        """Return the result of something that is said to its end."""
        _, result = self.say(text, **fields).outcome()
        assert result.success, result.message
        return result

    def wait_for_sound(self, chunks: int = 5) -> None:
        """Wait until something is heard."""
        before = len(self.chunks)
        wait_until(lambda: len(self.chunks) >= before + chunks, 'sound')

    def wait_for_all(self, duration_s: float) -> None:
        """Wait until as much sound has come; the last chunk may come after the result."""
        wait_until(lambda: self.duration_s >= duration_s - _TOLERANCE_S, 'the last chunk')

    @property
    def duration_s(self) -> float:
        """Seconds of sound in all chunks so far."""
        return sum(len(chunk.samples) / chunk.sample_rate for chunk in list(self.chunks))

    def part(self, name: str) -> DiagnosticStatus | None:
        """What `/diagnostics` says last of a part of the node."""
        for message in reversed(self._diagnostics):
            for status in message.status:
                if status.name.endswith(f'speech: {name}'):
                    return status
        return None

    @property
    def words(self) -> str:
        """The words in all chunks so far."""
        samples = np.concatenate([np.array(chunk.samples, np.int16) for chunk in self.chunks])
        return understood(samples, self.chunks[0].sample_rate)

    @property
    def spans(self) -> list[tuple[float, float]]:
        """When each chunk begins and ends to be heard, s."""
        return [
            (start, start + len(chunk.samples) / chunk.sample_rate)
            for chunk in self.chunks
            if (start := seconds(chunk.header.stamp)) is not None
        ]


@contextmanager
def talker(
    probe: Probe, *, environment: dict[str, str] | None = None, **parameters: Any
) -> Iterator[Talker]:
    """Return a talker for a speech node with parameters, given as YAML; it plays nowhere."""
    given = {'output': 'none', **parameters}
    arguments = tuple(part for name, value in given.items() for part in ('-p', f'{name}:={value}'))
    with StackProcess('speech_node', ros_arguments=arguments, **(environment or {})) as process:
        yield Talker(process, probe)
        if process.process.poll() is None:
            assert process.stop() == 0
        assert 'Traceback' not in process.output
