"""The action `chat`: a goal is a turn, its feedback the pieces of the answer.

The first piece of an answer goes out from the turn's thread as soon as it is there, the next ones
too unless they come faster than every `SPACING_S`: then they are joined. The end of a turn is seen,
and a cancel request is passed on, within 20 ms (`nodes/polling.py`). A turn that cannot begin is
accepted and aborted at once, because a rejected goal could carry no reason.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from typing import Final

from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.action.server import GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node

from bbia_msgs.action import Chat
from bbia_sim_ros.chat.reply import Reply
from bbia_sim_ros.nodes.chat_turns import MOST_TURNS
from bbia_sim_ros.nodes.chat_turns import ChatTurn
from bbia_sim_ros.nodes.polling import Poller

Handle = ServerGoalHandle[Any, Any, Any]
Begin = Callable[[str, str, Callable[[str], None]], ChatTurn | None]
_FULL = f'{MOST_TURNS} turns are under way already; wait for an answer'
_NO_TOKEN_S = -1.0
SPACING_S: Final = 0.02


class _Pieces:
    """The pieces of an answer on their way to the client; any thread."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._sent_s = -SPACING_S
        self.first_s = _NO_TOKEN_S

    def put(self, piece: str) -> None:
        """Take the next piece and send it, unless one was sent just now."""
        with self._lock:
            if self.first_s < 0.0:
                self.first_s = self.elapsed_s
            self._waiting.append(piece)
            if self.elapsed_s >= self._sent_s + SPACING_S:
                self._send()

    def flush(self) -> None:
        """Send what waits."""
        with self._lock:
            if self._waiting:
                self._send()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the goal was accepted."""
        return time.monotonic() - self._start

    def _send(self) -> None:
        self._sent_s = self.elapsed_s
        token, self._waiting = ''.join(self._waiting), []
        self._handle.publish_feedback(Chat.Feedback(token=token, elapsed=self._sent_s))


class ChatAction:
    """See the module's docstring; `begin` starts a turn, or returns None when there are too many.

    All in the executor's thread but the feedback.
    """

    def __init__(self, node: Node, poller: Poller, begin: Begin) -> None:
        self.running = 0
        self._poller = poller
        self._begin = begin
        self._server: ActionServer[Any, Any, Any] = ActionServer(
            node,
            Chat,
            'chat',
            self._execute,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )

    def destroy(self) -> None:
        """Withdraw the action."""
        self._server.destroy()

    async def _execute(self, handle: Handle) -> Chat.Result:
        self.running += 1
        try:
            return await self._turn(handle)
        finally:
            self.running -= 1

    async def _turn(self, handle: Handle) -> Chat.Result:
        pieces = _Pieces(handle)
        turn = self._begin(handle.request.text, handle.request.conversation, pieces.put)
        if turn is None:
            handle.abort()
            return Chat.Result(message=_FULL, first_token_time=_NO_TOKEN_S)

        turn.reply.add_done_callback(lambda _: pieces.flush())

        def look() -> Reply | None:
            pieces.flush()
            if handle.is_cancel_requested:
                turn.cancelled.set()
            return turn.reply.result() if turn.reply.done() else None

        reply = await self._poller.until(look)
        _end(handle, reply)
        return _result(reply, pieces.first_s, pieces.elapsed_s)


def _end(handle: Handle, reply: Reply) -> None:
    if reply.success:
        handle.succeed()
    elif handle.is_cancel_requested:
        handle.canceled()
    else:
        handle.abort()


def _result(reply: Reply, first_token_s: float, total_s: float) -> Chat.Result:
    return Chat.Result(
        success=reply.success,
        text=reply.text,
        emotion=reply.emotion,
        message=reply.message,
        engine=reply.engine,
        first_token_time=first_token_s,
        total_time=total_s,
        tokens=reply.tokens,
        tools=list(reply.tools),
        notices=list(reply.notices),
    )
