"""Turns of conversations in threads of their own, and the messages that tell of them.

A turn blocks for as long as the model and the robot take, so each has a thread of a small pool;
more turns than `MOST_TURNS` are refused at once. Replies and tool calls are published from the
turn's thread, which also has the answer spoken, and tells of what was heard where its time went, on
`speech/turn`. `close` cancels what is under way and waits for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

from builtin_interfaces.msg import Time
from rclpy.node import Node
from std_msgs.msg import Header

from bbia_msgs.msg import ChatReply
from bbia_msgs.msg import Emotion
from bbia_msgs.msg import ToolCall
from bbia_msgs.msg import Transcript
from bbia_msgs.msg import TurnTiming
from bbia_sim_ros.chat.reply import Reply
from bbia_sim_ros.chat.talk import Talk
from bbia_sim_ros.chat.toolbox import ToolReport
from bbia_sim_ros.chat.turn_clock import NEVER_S
from bbia_sim_ros.chat.turn_clock import TurnClock
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.chat_robot import RosRobot
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.messages import seconds

MOST_TURNS: Final = 8


@dataclass(frozen=True)
class ChatTurn:
    """A turn under way: set `cancelled` to give it up; `reply` comes in any case."""

    cancelled: threading.Event
    reply: Future[Reply]


@dataclass(frozen=True, kw_only=True)
class TurnSettings:
    """What holds for a turn: its longest time, s, and what becomes of its answer."""

    deadline_s: float
    show_emotion: bool
    speak: str


class ChatTurns:
    """See the module's docstring; made in the executor's thread.

    `settings` are asked for when a turn begins.
    """

    def __init__(self, node: Node, robot: RosRobot, settings: Callable[[], TurnSettings]) -> None:
        self._node = node
        self._robot = robot
        self._settings = settings
        self._replies = node.create_publisher(ChatReply, 'chat/reply', qos.STREAM)
        self._tools = node.create_publisher(ToolCall, 'chat/tools', qos.STREAM)
        self._timings = node.create_publisher(TurnTiming, 'speech/turn', qos.STREAM)
        self._emotions = node.create_publisher(Emotion, 'emotion', qos.LATCHED)
        self._lock = threading.Lock()
        self._turns: dict[threading.Thread, threading.Event] = {}
        self._own = threading.local()
        self._closed = False

    @property
    def count(self) -> int:
        """How many turns are under way."""
        return len(self._turns)

    def begin(
        self,
        talk: Talk,
        text: str,
        conversation: str,
        on_token: Callable[[str], None],
        heard: Transcript | None = None,
    ) -> ChatTurn | None:
        """Start a turn; None when as many are under way as may, or after `close`.

        `heard` is what the text comes from, if it was spoken.
        """
        turn = ChatTurn(threading.Event(), Future())

        def ask(on_piece: Callable[[str], None]) -> Reply:
            return talk.reply(
                text,
                conversation,
                on_token=on_piece,
                cancelled=turn.cancelled,
                deadline_s=self._settings().deadline_s,
            )

        thread = threading.Thread(
            target=self._course, args=(turn, ask, on_token, heard), name='turn'
        )
        with self._lock:
            if self._closed or len(self._turns) >= MOST_TURNS:
                return None
            self._turns[thread] = turn.cancelled
        thread.start()
        return turn

    def _course(
        self,
        turn: ChatTurn,
        ask: Callable[[Callable[[str], None]], Reply],
        on_token: Callable[[str], None],
        heard: Transcript | None,
    ) -> None:
        """Have a text answered and the answer spoken; the turn's thread."""
        clock = None if heard is None else TurnClock(seconds(heard.header.stamp) or 0.0, self._time)
        self._own.clock = clock

        def on_piece(piece: str) -> None:
            if clock is not None:
                clock.on_piece()
            on_token(piece)

        try:
            reply = ask(on_piece)
            if clock is not None:
                clock.on_answer()
            if reply.success:
                self._publish(reply)
            turn.reply.set_result(reply)
            if reply.success:
                self._speak(reply, turn.cancelled, clock)
            if heard is not None and clock is not None:
                self._timings.publish(_timing(heard, clock, reply))
        finally:
            with self._lock:
                del self._turns[threading.current_thread()]

    def _speak(self, reply: Reply, cancelled: threading.Event, clock: TurnClock | None) -> None:
        wanted = self._settings().speak
        if wanted == 'none' or (wanted == 'heard' and clock is None):
            return
        ordered = 0.0 if clock is None else clock.elapsed()
        first_s = self._robot.answer_aloud(reply.text, reply.language, reply.emotion, cancelled)
        if clock is not None:
            clock.on_sound(ordered, first_s)

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
        if reply.emotion and self._settings().show_emotion:
            self._emotions.publish(
                Emotion(header=header, name=reply.emotion, intensity=reply.intensity)
            )

    def report_tool(self, report: ToolReport) -> None:
        """Publish a tool call and what came of it; from the turn's thread."""
        clock: TurnClock | None = self._own.clock
        if clock is not None:
            clock.on_tool(report.call.name, report.outcome.duration_s)
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
            for cancelled in self._turns.values():
                cancelled.set()

    def close(self) -> None:
        """Give up every turn and wait until all have ended."""
        self.cancel_all()
        with self._lock:
            threads = list(self._turns)
        for thread in threads:
            thread.join()

    def _now(self) -> Time:
        return self._node.get_clock().now().to_msg()

    def _time(self) -> float:
        return ros_seconds(self._node)


def _timing(heard: Transcript, clock: TurnClock, reply: Reply) -> TurnTiming:
    end_s, start_s = seconds(heard.header.stamp), seconds(heard.speech_start)
    known = end_s is not None and start_s is not None
    return TurnTiming(
        header=Header(stamp=heard.header.stamp),
        utterance=heard.utterance,
        conversation=reply.conversation,
        engine=reply.engine,
        speech=end_s - start_s if known else NEVER_S,  # type: ignore[operator]
        transcript=clock.transcript,
        answer_begins=clock.answer_begins,
        motion_begins=clock.motion_begins,
        answer=clock.answer,
        sound_begins=clock.sound_begins,
    )
