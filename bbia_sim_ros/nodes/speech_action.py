"""The actions `say` and `play_sound`: one thing is heard after the other, told as it is heard.

Feedback goes out from the thread that plays: the words of a text, the place in a file. The end is
seen, and a cancel request is passed on, within 20 ms (`nodes/polling.py`). What is not taken is
accepted and aborted at once, because a rejected goal could carry no reason.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Coroutine
from typing import Any

from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.action.server import GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node

from bbia_msgs.action import PlaySound
from bbia_msgs.action import Say
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.speech.errors import SpeechError
from bbia_sim_ros.speech.speaker import Speaker
from bbia_sim_ros.speech.utterance import NO_SOUND_S
from bbia_sim_ros.speech.utterance import Order
from bbia_sim_ros.speech.utterance import Outcome
from bbia_sim_ros.speech.utterance import Performance
from bbia_sim_ros.speech.utterance import Position
from bbia_sim_ros.speech.utterance import SoundOrder
from bbia_sim_ros.speech.utterance import Spoken

Handle = ServerGoalHandle[Any, Any, Any]


class SpeechActions:
    """See the module's docstring; all in the executor's thread but the feedback."""

    def __init__(self, node: Node, poller: Poller, speaker: Speaker) -> None:
        self.running = 0
        self._poller = poller
        self._speaker = speaker
        self._servers = (
            self._serve(node, Say, 'say', self._say),
            self._serve(node, PlaySound, 'play_sound', self._play),
        )

    def destroy(self) -> None:
        """Withdraw the actions."""
        for server in self._servers:
            server.destroy()

    def _serve(
        self,
        node: Node,
        action_type: Any,
        name: str,
        execute: Callable[[Handle], Coroutine[Any, Any, Any]],
    ) -> ActionServer[Any, Any, Any]:
        async def counted(handle: Handle) -> Any:
            self.running += 1
            try:
                return await execute(handle)
            finally:
                self.running -= 1

        return ActionServer(
            node,
            action_type,
            name,
            counted,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )

    async def _say(self, handle: Handle) -> Say.Result:
        def on_spoken(spoken: Spoken) -> None:
            handle.publish_feedback(Say.Feedback(word=spoken.word, progress=spoken.progress))

        order = _order(handle.request)
        outcome = await self._outcome(handle, lambda: self._speaker.say(order, on_spoken))
        return Say.Result(
            success=outcome.success,
            message=outcome.message,
            engine=outcome.engine,
            first_sound_time=outcome.first_sound_s,
            duration=outcome.duration_s,
        )

    async def _play(self, handle: Handle) -> PlaySound.Result:
        def on_position(position: Position) -> None:
            handle.publish_feedback(
                PlaySound.Feedback(position=position.position_s, progress=position.progress)
            )

        order = SoundOrder(path=handle.request.path, volume=handle.request.volume)
        outcome = await self._outcome(handle, lambda: self._speaker.play(order, on_position))
        return PlaySound.Result(
            success=outcome.success, message=outcome.message, duration=outcome.duration_s
        )

    async def _outcome(self, handle: Handle, begin: Callable[[], Performance]) -> Outcome:
        """Begin something and return how it ended, with the goal's state set accordingly."""
        try:
            performance = begin()
        except SpeechError as error:
            handle.abort()
            return Outcome(success=False, message=str(error), first_sound_s=NO_SOUND_S)

        def look() -> Outcome | None:
            if handle.is_cancel_requested and not performance.stopped.is_set():
                self._speaker.cancel(performance)
            return performance.outcome.result() if performance.outcome.done() else None

        outcome = await self._poller.until(look)
        if outcome.success:
            handle.succeed()
        elif handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return outcome


def _order(goal: Say.Goal) -> Order:
    return Order(
        text=goal.text,
        language=goal.language,
        voice=goal.voice,
        speed=goal.speed,
        emotion=goal.emotion,
        when_busy=goal.when_busy,
    )
