"""What the node `hearing` hears: sound, and what the robot itself does meanwhile.

In: `audio`; `speech/speaking` and `speech/output`, what the robot says; `motion/status`, only with
`while_moving` ``ignore``. Out: `speech/activity`, at each change and with each chunk, at most every
`ACTIVITY_PERIOD_S`, or `QUIET_PERIOD_S` while nobody speaks. A barge-in cancels every goal of the
action `say`. All in the executor's thread; without sound nothing is computed, and an utterance ends
when none comes for `stream_timeout`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from typing import Final

import numpy as np
from action_msgs.srv import CancelGoal
from rclpy.client import Client
from rclpy.node import Node
from rclpy.subscription import Subscription
from std_msgs.msg import Bool

from bbia_msgs.msg import AudioChunk
from bbia_msgs.msg import MotionStatus
from bbia_msgs.msg import VoiceActivity
from bbia_sim_ros.hearing.errors import HearingError
from bbia_sim_ros.hearing.intake import Chunk
from bbia_sim_ros.hearing.listener import IGNORE
from bbia_sim_ros.hearing.listener import Judgement
from bbia_sim_ros.hearing.listener import Listener
from bbia_sim_ros.hearing.parameters import HearingParameters
from bbia_sim_ros.hearing.utterances import Utterance
from bbia_sim_ros.hearing.vad import SileroVad
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.audio_publisher import AUDIO_QOS
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.clocks import steady_clock
from bbia_sim_ros.nodes.messages import seconds

ACTIVITY_PERIOD_S: Final = 0.05
QUIET_PERIOD_S: Final = 0.25
IDLE_S: Final = 30.0
"""Time without sound after which the voice activity model is given back."""
_LOOK_PERIOD_S: Final = 0.1
_LOG_PERIOD_S: Final = 2.0
_CANCEL_SAY: Final = 'say/_action/cancel_goal'


class HearingInput:
    """See the module's docstring; ``on_utterance`` gets each utterance when it begins."""

    def __init__(
        self,
        node: Node,
        values: Callable[[], HearingParameters],
        on_utterance: Callable[[Utterance], None],
    ) -> None:
        self.barge_ins = 0
        self.problem = ''
        self.listener = Listener(values().listener_settings(), SileroVad, on_utterance)
        self._node = node
        self._values = values
        self._heard = self._published = 0.0
        self._motion: Subscription[MotionStatus] | None = None
        self._activity = node.create_publisher(VoiceActivity, 'speech/activity', qos.STREAM)
        self._cancel_say: Client[Any, Any] = node.create_client(CancelGoal, _CANCEL_SAY)
        node.create_subscription(AudioChunk, 'audio', self._on_audio, AUDIO_QOS)
        node.create_subscription(Bool, 'speech/speaking', self._on_speaking, qos.LATCHED)
        node.create_subscription(AudioChunk, 'speech/output', self._on_output, qos.SENSOR_DATA)
        self._timer = node.create_timer(_LOOK_PERIOD_S, self._look, clock=steady_clock())
        self._timer.cancel()
        self.configure()

    def configure(self) -> None:
        """Take over the parameters."""
        values = self._values()
        self.listener.settings = values.listener_settings()
        follow = values.while_moving == IGNORE
        if follow and self._motion is None:
            self._motion = self._node.create_subscription(
                MotionStatus, 'motion/status', self._on_motion, qos.LATCHED
            )
        elif not follow and self._motion is not None:
            self._node.destroy_subscription(self._motion)
            self._motion = None
            self.listener.robot_moves.set(False, ros_seconds(self._node))

    def _on_audio(self, message: AudioChunk) -> None:
        stamp = seconds(message.header.stamp)
        chunk = Chunk(
            sequence=message.sequence,
            stamp_s=ros_seconds(self._node) if stamp is None else stamp,
            samples=np.asarray(message.samples, dtype=np.int16),
            sample_rate=message.sample_rate,
            channels=message.channels,
        )
        try:
            judged = self.listener.hear(chunk, message.header.frame_id)
        except HearingError as error:
            self._warn(str(error))
            self.problem = str(error)
            return
        if judged.refused:
            self._warn(f'audio refused: {judged.refused}')
            return
        self._heard = time.monotonic()
        if self._timer.is_canceled():
            self._timer.reset()
        self._publish(message, judged)
        if judged.barge_in:
            self._barge_in()

    def _publish(self, message: AudioChunk, judged: Judgement) -> None:
        period_s = ACTIVITY_PERIOD_S if judged.speaking else QUIET_PERIOD_S
        if not judged.changed and self._heard < self._published + period_s:
            return
        self._published = self._heard
        self._activity.publish(
            VoiceActivity(
                header=message.header, speaking=judged.speaking, probability=judged.probability
            )
        )

    def _look(self) -> None:
        """End what was begun, and give the model back, when no sound comes any more."""
        silent_s = time.monotonic() - self._heard
        if silent_s > self._values().stream_timeout and self.listener.speaking:
            self.listener.end_stream()
            stamp = self._node.get_clock().now().to_msg()
            message = VoiceActivity(speaking=False)
            message.header.stamp = stamp
            self._activity.publish(message)
        if silent_s > IDLE_S:
            self.listener.stop()
            self._timer.cancel()

    def _barge_in(self) -> None:
        self.barge_ins += 1
        if self._cancel_say.service_is_ready():
            # A request without an id and without a stamp stands for all goals.
            self._cancel_say.call_async(CancelGoal.Request())

    def _on_speaking(self, message: Bool) -> None:
        self.listener.robot_speaks.set(message.data, ros_seconds(self._node))

    def _on_output(self, message: AudioChunk) -> None:
        if message.sample_rate < 1 or message.channels < 1:
            self._warn(
                f'speech/output refused: {message.sample_rate} samples per second in'
                f' {message.channels} channels; both must be 1 or more'
            )
            return
        stamp = seconds(message.header.stamp)
        self.listener.own_voice.play(
            np.asarray(message.samples, dtype=np.int16),
            start_s=ros_seconds(self._node) if stamp is None else stamp,
            sample_rate=message.sample_rate,
            channels=message.channels,
        )

    def _on_motion(self, message: MotionStatus) -> None:
        self.listener.robot_moves.set(bool(message.active), ros_seconds(self._node))

    def _warn(self, text: str) -> None:
        self._node.get_logger().warning(text, throttle_duration_sec=_LOG_PERIOD_S)
