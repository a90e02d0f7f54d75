"""A running chat node and a person who talks to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.action import ActionClient

from bbia_msgs.action import Chat
from bbia_msgs.msg import ChatReply
from bbia_msgs.msg import Emotion
from bbia_msgs.msg import ModelStatus
from bbia_msgs.msg import ToolCall
from bbia_sim_ros.nodes import qos
from support.motion import Goal
from support.ros import Probe
from support.ros import StackProcess
from support.waiting import wait_until

# A model has to be loaded in a process of its own, beside whatever else the machine does.
ANSWER_DEADLINE_S = 90.0


class Person:
    """Talks to the node `chat` and keeps what it says."""

    def __init__(self, process: StackProcess, probe: Probe) -> None:
        self.process = process
        self.probe = probe
        self.replies = probe.collect(ChatReply, 'chat/reply', qos.STREAM)
        self.tools = probe.collect(ToolCall, 'chat/tools', qos.STREAM)
        self.emotions = probe.collect(Emotion, 'emotion', qos.LATCHED)
        self.models = probe.collect(ModelStatus, 'models/status', qos.LATCHED_MANY)
        self._diagnostics = probe.collect(DiagnosticArray, '/diagnostics', qos.STREAM)
        self._client: Any = probe.make(lambda node: ActionClient(node, Chat, 'chat'))
        wait_until(self._client.server_is_ready, 'the action chat')
        wait_until(lambda: self.engine, 'the node tells of its engine')
        for topic in ('chat/reply', 'chat/tools', 'emotion'):
            wait_until(
                lambda topic=topic: probe.node.count_publishers(topic) > 0,
                f'a publisher of {topic}',
            )

    def ask(
        self,
        text: str,
        conversation: str = '',
        on_feedback: Callable[[Any], None] = lambda _: None,
    ) -> Goal:
        """Begin a turn."""
        feedback: list[Any] = []

        def hear(message: Any) -> None:
            on_feedback(message.feedback)
            feedback.append(message.feedback)

        goal = Chat.Goal(text=text, conversation=conversation)
        sent = self._client.send_goal_async(goal, feedback_callback=hear)
        wait_until(sent.done, 'the goal is answered')
        handle = sent.result()
        assert handle.accepted
        return Goal('chat', handle, feedback)

    def said(self, text: str, conversation: str = '') -> Chat.Result:
        """Return the result of a turn that succeeds."""
        result = self.ask(text, conversation).outcome(ANSWER_DEADLINE_S)[1]
        assert result.success, result.message
        return result

    def refused(self, text: str) -> str:
        """Return the message of a turn that fails."""
        result = self.ask(text).outcome(ANSWER_DEADLINE_S)[1]
        assert not result.success, result.text
        assert result.text == ''
        return str(result.message)

    @property
    def engine(self) -> DiagnosticStatus | None:
        """What `/diagnostics` says of the engine last."""
        for message in reversed(self._diagnostics):
            for status in message.status:
                if status.name.endswith('chat: engine'):
                    return status
        return None

    @property
    def model(self) -> ModelStatus:
        """The newest status of the model."""
        return self.models[-1]


@contextmanager
def person(
    probe: Probe, *, environment: dict[str, str] | None = None, **parameters: Any
) -> Iterator[Person]:
    """Return a person who talks to a chat node with parameters, given as YAML."""
    arguments = tuple(
        part for name, value in parameters.items() for part in ('-p', f'{name}:={value}')
    )
    offline = {'HF_HUB_OFFLINE': '1', **(environment or {})}
    with StackProcess('chat_node', ros_arguments=arguments, **offline) as process:
        talker = Person(process, probe)
        yield talker
        if process.process.poll() is None:
            assert process.stop() == 0
        assert 'Traceback' not in process.output


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f'/proc/{pid}/stat').read_text(encoding='ascii').rpartition(')')[2].split()[0]
    except FileNotFoundError:
        return False
    return state != 'Z'


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that are there."""
    found = []
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                stat = Path(f'/proc/{entry}/stat').read_text(encoding='ascii')
            except FileNotFoundError:
                continue
            if int(stat.rpartition(')')[2].split()[1]) == pid:
                found.append(int(entry))
    return found
