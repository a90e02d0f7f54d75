"""What drives the body besides actions: the streams `cmd_body` and `cmd_gaze`, sound, and the mood.

All callbacks run in the executor's thread; what is refused is logged with the reason at most every
two seconds and changes nothing. Sound may be published ahead of the time at which it is played: its
stamp says when.
"""

from __future__ import annotations

from geometry_msgs.msg import PointStamped

from bbia_msgs.msg import AudioChunk
from bbia_msgs.msg import BodyTarget
from bbia_msgs.msg import Emotion
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.speech_levels import SpeechLevels
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import body_goal
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.nodes.motion_context import MotionContext
from bbia_sim_ros.nodes.motion_memory import MotionMemory
from bbia_sim_ros.nodes.points import PointResolver

_LOG_PERIOD_S = 2.0


class MotionInputs:
    """See the module's docstring."""

    def __init__(self, context: MotionContext, points: PointResolver, memory: MotionMemory) -> None:
        self._context = context
        self._points = points
        self._memory = memory
        self._levels = SpeechLevels()
        node = context.node
        node.create_subscription(BodyTarget, 'cmd_body', self._on_body, qos.COMMANDS)
        node.create_subscription(PointStamped, 'cmd_gaze', self._on_gaze, qos.NEWEST_COMMAND)
        node.create_subscription(AudioChunk, 'speech/output', self._on_speech, qos.SENSOR_DATA)
        node.create_subscription(Emotion, 'emotion', self._on_emotion, qos.LATCHED)

    @property
    def expects_sound(self) -> bool:
        """Whether sound is going to be played; the caller holds the lock."""
        return self._levels.pending

    def hear(self, now: float) -> None:
        """Let the head sway to the sound that is played at `now`; the caller holds the lock."""
        heard = self._levels.take(now)
        if heard is not None:
            start, level = heard
            self._context.mixer.layers.speech.hear(level, start)

    def _on_body(self, message: BodyTarget) -> None:
        try:
            goal = body_goal(message)
        except ValueError as error:
            self._refuse('cmd_body', error)
            return
        with self._context.lock:
            self._context.mixer.teleoperation.push(goal, self._context.clock.now)
        self._context.stirred.set()

    def _on_gaze(self, message: PointStamped) -> None:
        try:
            point = self._points.point(message)
            with self._context.lock:
                self._context.mixer.gaze.push(point, self._context.clock.now)
            self._context.stirred.set()
        except ValueError as error:
            self._refuse('cmd_gaze', error)

    def _on_speech(self, message: AudioChunk) -> None:
        context = self._context
        stamp = seconds(message.header.stamp)
        start = context.clock.now if stamp is None else context.clock.from_ros(stamp)
        try:
            with context.lock:
                self._levels.add(
                    message.samples,
                    sample_rate=message.sample_rate,
                    channels=message.channels,
                    start=start,
                )
            context.stirred.set()
        except GoalError as error:
            self._refuse('speech/output', error)

    def _on_emotion(self, message: Emotion) -> None:
        if self._memory.is_outdated(message):
            return
        try:
            mood = self._context.emotions.get(message.name).mood
            if not 0.0 <= message.intensity <= 1.0:
                raise GoalError(f'intensity is {message.intensity}; allowed is 0 .. 1')
        except GoalError as error:
            self._refuse('emotion', error)
            return
        with self._context.lock:
            self._context.mixer.layers.idle.set_mood(mood, message.intensity)
        self._memory.keep(message)

    def _refuse(self, topic: str, error: ValueError) -> None:
        self._context.node.get_logger().warning(
            f'{topic} refused: {error}', throttle_duration_sec=_LOG_PERIOD_S
        )
