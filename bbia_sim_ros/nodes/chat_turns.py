"""Turns of conversations in threads of their own, and the messages that tell of them.

A turn blocks for as long as the model and the robot take, so each has a thread of a small pool;
more turns than `MOST_TURNS` are refused at once. Replies and tool calls are published from the
turn's thread. `close` cancels what is under way and waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from builtin_interfaces.msg import Time
from rclpy.node import Node
from std_msgs.msg import Header

from bbia_msgs.msg import ChatReply
from bbia_msgs.msg import Emotion
from bbia_msgs.msg import ToolCall
from bbia_sim_ros.chat.reply import Reply
from bbia_sim_ros.chat.talk import Talk
from bbia_sim_ros.chat.toolbox import ToolReport
from bbia_sim_ros.nodes import qos

MOST_TURNS: Final = 8


@dataclass(frozen=True)
class ChatTurn:
    """A turn under way: set `cancelled` to give it up; `reply` comes in any case."""

    cancelled: threading.Event
    reply: Future[Reply]


class ChatTurns:
    """See the module's docstring; made in the executor's thread.

    `deadline_s` gives the longest time for an answer and `show_emotion` whether its emotion is
    published, both when they are needed.
    """

    def __init__(
        self,
        node: Node,
        *,
        deadline_s: Callable[[], float],
        show_emotion: Callable[[], bool],
    ) -> None:
        self._node = node
        self._deadline_s = deadline_s
        self._show_emotion = show_emotion
        self._replies = node.create_publisher(ChatReply, 'chat/reply', qos.STREAM)
        self._tools = node.create_publisher(ToolCall, 'chat/tools', qos.STREAM)
        self._emotions = node.create_publisher(Emotion, 'emotion', qos.LATCHED)
        self._pool = ThreadPoolExecutor(MOST_TURNS, thread_name_prefix='turn')
        self._lock = threading.Lock()
        self._turns: set[threading.Event] = set()
        self._closed = False

    @property
    def count(self) -> int:
        """How many turns are under way."""
        return len(self._turns)

    def begin(
        self, talk: Talk, text: str, conversation: str, on_token: Callable[[str], None]
    ) -> ChatTurn | None:
        """Start a turn; None when as many are under way as may, or after `close`."""
        cancelled = threading.Event()
        with self._lock:
            if self._closed or len(self._turns) >= MOST_TURNS:
                return None
            self._turns.add(cancelled)
        return ChatTurn(
            cancelled, self._pool.submit(self._run, talk, text, conversation, on_token, cancelled)
        )

    def _run(
        self,
        talk: Talk,
        text: str,
        conversation: str,
        on_token: Callable[[str], None],
        cancelled: threading.Event,
    ) -> Reply:
        try:
            reply = talk.reply(
                text,
                conversation,
                on_token=on_token,
                cancelled=cancelled,
                deadline_s=self._deadline_s(),
            )
            if reply.success:
                self._publish(reply)
            return reply
        finally:
            with self._lock:
                self._turns.discard(cancelled)

    def _publish(self, reply: Reply) -> None:
        header = Header(stamp=self._now())
        self._replies.publish(
            ChatReply(
                header=header,
                conversation=reply.conversation,
                text=reply.text,
                emotion=reply.emotion,
                engine=reply.engine,
            )
        )
        if reply.emotion and self._show_emotion():
            self._emotions.publish(
                Emotion(header=header, name=reply.emotion, intensity=reply.intensity)
            )

    def report_tool(self, report: ToolReport) -> None:
        """Publish a tool call and what came of it; from the turn's thread."""
        self._tools.publish(
            ToolCall(
                header=Header(stamp=self._now()),
                conversation=report.conversation,
                engine=report.engine,
                name=report.call.name,
                arguments=report.call.raw,
                success=report.outcome.success,
                result=report.outcome.text,
                duration=report.outcome.duration_s,
            )
        )

    def cancel_all(self) -> None:
        """Give up every turn and take no more."""
        with self._lock:
            self._closed = True
            for cancelled in self._turns:
                cancelled.set()

    def close(self) -> None:
        """Give up every turn and wait until all have ended."""
        self.cancel_all()
        self._pool.shutdown()

    def _now(self) -> Time:
        return self._node.get_clock().now().to_msg()
