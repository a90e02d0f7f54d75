"""An action server that plays moves, beside a bridge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse

from bbia_msgs.action import PlayMove
from support.bridge import Bridge

PLAY_MOVE = 'bbia_msgs/action/PlayMove'


@contextmanager
def playing(bridge: Bridge) -> Iterator[list[Any]]:
    """Serve /play: each goal plays until it is cancelled, and the move 'short' ends at once.

    The value is the list of the goals' handles.
    """
    handles: list[Any] = []

    async def execute(handle: Any) -> Any:
        handles.append(handle)
        handle.publish_feedback(PlayMove.Feedback(progress=0.5))
        if handle.request.name == 'short':
            handle.succeed()
            return PlayMove.Result(success=True, message='played')
        while not handle.is_cancel_requested:
            await _Turn()
        handle.canceled()
        return PlayMove.Result(message='cancelled')

    server = ActionServer(
        bridge.probe.node,
        PlayMove,
        '/play',
        execute,
        cancel_callback=lambda _: CancelResponse.ACCEPT,
    )
    try:
        yield handles
    finally:
        server.destroy()


class _Turn:
    """Lets the executor do something else for a turn."""

    def __await__(self) -> Iterator[None]:
        yield
