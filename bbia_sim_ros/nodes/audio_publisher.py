"""Publish a source of sound as `audio` (bbia_msgs/AudioChunk) while somebody subscribes.

A thread of its own reads the source and publishes. The quality of service is `AUDIO_QOS`: reliable,
with a history that bridges some seconds in which a subscriber is busy; a subscriber that is busy
for longer loses the oldest chunks and sees it in the sequence. Stamps are ROS time. If no sound can
be had, `state` says why, the log says it once per reason, and it is tried again later.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import HistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from std_msgs.msg import Header

from bbia_msgs.msg import AudioChunk
from bbia_sim_ros.audio.chunks import Chunk
from bbia_sim_ros.audio.chunks import Chunker
from bbia_sim_ros.audio.conversion import OUTPUT_RATE_HZ
from bbia_sim_ros.audio.errors import AudioError
from bbia_sim_ros.audio.errors import EndOfSound
from bbia_sim_ros.audio.source import SoundSource
from bbia_sim_ros.nodes.clocks import MotionClock
from bbia_sim_ros.nodes.clocks import is_simulated
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.messages import time_message

AUDIO_QOS: Final = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=128,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
FRAME: Final = 'microphone'
RETRY_DELAYS_S: Final = (0.5, 1.0, 2.0, 5.0)
_POLL_PERIOD_S: Final = 0.05
_JOIN_TIMEOUT_S: Final = 10.0
_MAX_REPORTED: Final = 16
# At full speed: most chunks in a row, and the pause after them. A subscriber that falls behind by
# less than four times that pause finds everything in the history.
_BURST: Final = 32
_BURST_PAUSE_S: Final = 0.025


class State(StrEnum):
    """What the thread is doing."""

    OFF = 'off: nobody subscribes'
    MUTED = 'muted'
    STARTING = 'starting'
    LISTENING = 'listening'
    FAILED = 'failed'
    ENDED = 'ended'


class AudioPublisher:
    """See the module's docstring.

    `start_delay_s` passes between the first subscriber and the first read; `at_full_speed` bounds
    the chunks a second, where the source does not. `close` sets `stopping`, which ends the thread
    and may end waits of the source. `on_change` is called by the thread when `state` has changed.

    Attributes
    ----------
    state:
        What it is doing.
    problem:
        Why there is no sound, '' unless `state` is FAILED.
    published:
        Chunks published so far.
    chunker:
        Counts what is missing and what was wrong.

    """

    def __init__(
        self,
        node: Node,
        source: SoundSource,
        chunker: Chunker,
        *,
        muted: Callable[[], bool],
        always_on: bool = False,
        start_delay_s: float = 0.0,
        at_full_speed: bool = False,
        stopping: threading.Event,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.chunker = chunker
        self.state = State.OFF
        self.problem = ''
        self.published = 0
        self._node = node
        self._clock = MotionClock(node)
        self._source = source
        self._muted = muted
        self._always_on = always_on
        self._start_delay_s = start_delay_s
        self._at_full_speed = at_full_speed
        self._on_change = on_change
        self._publisher = node.create_publisher(AudioChunk, 'audio', AUDIO_QOS)
        self._failures = 0
        self._reported: set[str] = set()
        self._stopping = stopping
        self._thread = threading.Thread(target=self._run, name='audio', daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and let go of the source."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_TIMEOUT_S)
        self._source.pause()

    def _log_once(self, problem: str) -> None:
        if problem in self._reported:
            return
        if len(self._reported) >= _MAX_REPORTED:
            self._reported.clear()
        self._reported.add(problem)
        self._node.get_logger().error(problem)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self.state is State.ENDED:
                self._stopping.wait()
            elif self._wanted():
                self._stopping.wait(self._listen())
            else:
                self._rest(State.MUTED if self._muted() else State.OFF)
                self._stopping.wait(_POLL_PERIOD_S)

    def _wanted(self) -> bool:
        subscribed = self._always_on or self._publisher.get_subscription_count() > 0
        return subscribed and not self._muted()

    def _rest(self, state: State) -> None:
        if self.state is not state:
            self._source.pause()
            self.chunker.forget()
            self._set_state(state)

    def _listen(self) -> float:
        """Publish what comes next; return the seconds until the next look."""
        if self.state in {State.OFF, State.MUTED}:
            self._set_state(State.STARTING)
            self._stopping.wait(self._start_delay_s)
            self._start_delay_s = 0.0
            return 0.0
        try:
            block = self._source.read()
        except EndOfSound:
            self._publish(self.chunker.end())
            self._node.get_logger().info(f'{self._source.label}: ended')
            self._set_state(State.ENDED)
            return 0.0
        except AudioError as error:
            return self._fail(error)
        if block is not None:
            self._publish(self.chunker.feed(block))
            self._succeed()
        return 0.0

    def _fail(self, error: AudioError) -> float:
        self._publish(self.chunker.end())
        delay_s = RETRY_DELAYS_S[min(self._failures, len(RETRY_DELAYS_S) - 1)]
        self._failures += 1
        self._log_once(f'no sound: {error}')
        self._set_state(State.FAILED, str(error))
        return delay_s

    def _succeed(self) -> None:
        if self.state is State.LISTENING:
            return
        if self._failures:
            self._node.get_logger().info('sound comes again')
            self._failures = 0
            self._reported.clear()
        self._set_state(State.LISTENING)

    def _set_state(self, state: State, problem: str = '') -> None:
        if (state, problem) != (self.state, self.problem):
            self.state, self.problem = state, problem
            self._on_change()

    def _publish(self, chunks: list[Chunk]) -> None:
        for chunk in chunks:
            if self._muted():
                return
            samples = array('h')
            samples.frombytes(chunk.samples.tobytes())
            stamp = time_message(self._ros_time_s(chunk.start_s))
            self._publisher.publish(
                AudioChunk(
                    header=Header(stamp=stamp, frame_id=FRAME),
                    sequence=chunk.sequence,
                    sample_rate=OUTPUT_RATE_HZ,
                    channels=1,
                    samples=samples,
                )
            )
            self.published += 1
            if self._at_full_speed and self.published % _BURST == 0:
                self._stopping.wait(_BURST_PAUSE_S)

    def _ros_time_s(self, monotonic_s: float) -> float:
        """Return the ROS time of a time of the monotonic clock, both in seconds."""
        if is_simulated(self._node):
            return max(0.0, ros_seconds(self._node) - (time.monotonic() - monotonic_s))
        return self._clock.to_ros(monotonic_s)
