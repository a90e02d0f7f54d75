"""The action `say`: a goal is a text, its feedback the words as they are heard.

Words go out from the thread that plays. The end of a text is seen, and a cancel request is passed
on, within 20 ms (`nodes/polling.py`). A text that is not taken is accepted and aborted at once,
because a rejected goal could carry no reason.
"""

from __future__ import annotations

from typing import Any

from rclpy.action.server import ActionServer
from rclpy.action.server import CancelResponse
from rclpy.action.server import GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.node import Node

from bbia_msgs.action import Say
from bbia_sim_ros.nodes.polling import Poller
from bbia_sim_ros.speech.errors import SpeechError
from bbia_sim_ros.speech.speaker import Speaker
from bbia_sim_ros.speech.utterance import NO_SOUND_S
from bbia_sim_ros.speech.utterance import Order
from bbia_sim_ros.speech.utterance import Outcome
from bbia_sim_ros.speech.utterance import Spoken

Handle = ServerGoalHandle[Any, Any, Any]


class SpeechAction:
    """See the module's docstring; all in the executor's thread but the feedback."""

    def __init__(self, node: Node, poller: Poller, speaker: Speaker) -> None:
        self.running = 0
        self._poller = poller
        self._speaker = speaker
        self._server: ActionServer[Any, Any, Any] = ActionServer(
            node,
            Say,
            'say',
            self._execute,
            goal_callback=lambda _: GoalResponse.ACCEPT,
            cancel_callback=lambda _: CancelResponse.ACCEPT,
        )

    def destroy(self) -> None:
        """Withdraw the action."""
        self._server.destroy()

    async def _execute(self, handle: Handle) -> Say.Result:
        self.running += 1
        try:
            return await self._say(handle)
        finally:
            self.running -= 1

    async def _say(self, handle: Handle) -> Say.Result:
        def on_spoken(spoken: Spoken) -> None:
            handle.publish_feedback(Say.Feedback(word=spoken.word, progress=spoken.progress))

        try:
            utterance = self._speaker.say(_order(handle.request), on_spoken)
        except SpeechError as error:
            handle.abort()
            return Say.Result(message=str(error), first_sound_time=NO_SOUND_S)

        def look() -> Outcome | None:
            if handle.is_cancel_requested and not utterance.stopped.is_set():
                self._speaker.cancel(utterance)
            return utterance.outcome.result() if utterance.outcome.done() else None

        outcome = await self._poller.until(look)
        if outcome.success:
            handle.succeed()
        elif handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        return Say.Result(
            success=outcome.success,
            message=outcome.message,
            engine=outcome.engine,
            first_sound_time=outcome.first_sound_s,
            duration=outcome.duration_s,
        )


def _order(goal: Say.Goal) -> Order:
    return Order(
        text=goal.text,
        language=goal.language,
        voice=goal.voice,
        speed=goal.speed,
        emotion=goal.emotion,
        when_busy=goal.when_busy,
    )
