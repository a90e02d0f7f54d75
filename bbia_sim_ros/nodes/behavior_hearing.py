"""What behaviors hear: what people say, that they speak, and music.

Contract
    `Ears` belongs to the node: it keeps its subscriptions of `speech/transcript` and
    `speech/activity`, because one that is made when somebody listens would miss the first words. It
    tells on `behavior/listening` (std_msgs/Bool, latched) whether a behavior waits for what is said
    next, so that nobody else answers that. Coroutines of loops in other threads wait for what it
    hears, each for an owner: `release` ends the waiting of that one, from any thread and also when
    its loop hangs. Times are ROS time, s.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from typing import Final

import numpy as np
import numpy.typing as npt
from rclpy.node import Node
from std_msgs.msg import Bool

from bbia_msgs.msg import AudioChunk
from bbia_msgs.msg import Transcript
from bbia_msgs.msg import VoiceActivity
from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.robot import Heard
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.audio_publisher import AUDIO_QOS
from bbia_sim_ros.nodes.behavior_claim import LISTENING
from bbia_sim_ros.nodes.behavior_claim import STALE_S
from bbia_sim_ros.nodes.behavior_orders import settle
from bbia_sim_ros.nodes.behavior_orders import wake
from bbia_sim_ros.nodes.clocks import ros_seconds
from bbia_sim_ros.nodes.messages import seconds
from bbia_sim_ros.nodes.topic_taps import Topic
from bbia_sim_ros.nodes.topic_taps import TopicTaps

AUDIO: Final = Topic(name='audio', message_type=AudioChunk, quality=AUDIO_QOS)
TRANSCRIPT: Final = 'speech/transcript'
ACTIVITY: Final = 'speech/activity'
FIRST_SOUND_S: Final = 3.0
"""A microphone that nobody used before needs up to so long for its first chunk."""
_LAST_SOUND_S: Final = 1.0
_MAX_RATE_HZ: Final = 192_000

Sound = npt.NDArray[np.int16]
Listener = Callable[[Any], None]


class Ears:
    """See the module's docstring; made in the executor's thread."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._listeners: dict[str, dict[Listener, object]] = {TRANSCRIPT: {}, ACTIVITY: {}}
        self._released: weakref.WeakSet[object] = weakref.WeakSet()
        self._listening = node.create_publisher(Bool, LISTENING, qos.LATCHED)
        self._listening.publish(Bool(data=False))
        node.create_subscription(
            Transcript, TRANSCRIPT, partial(self._on_message, TRANSCRIPT), qos.STREAM
        )
        node.create_subscription(
            VoiceActivity, ACTIVITY, partial(self._on_message, ACTIVITY), qos.STREAM
        )

    async def next_text(self, timeout_s: float, owner: object) -> Heard | None:
        """Return what is said next, None for nothing within ``timeout_s``."""
        begun_s = ros_seconds(self._node)

        def is_new(message: Transcript) -> bool:
            ended_s = seconds(message.header.stamp)
            is_stale = ended_s is not None and ended_s < begun_s - STALE_S
            return bool(message.final and message.text.strip()) and not is_stale

        said: Transcript | None = await self._next(TRANSCRIPT, is_new, timeout_s, owner)
        if said is None:
            return None
        return Heard(
            text=said.text.strip(),
            language=said.language,
            # The engine may give none.
            confidence=said.confidence if said.confidence >= 0.0 else 1.0,
        )

    async def voice(self, timeout_s: float, owner: object) -> bool:
        """Wait until somebody speaks; False when nobody does within ``timeout_s``."""
        voice = await self._next(ACTIVITY, lambda message: message.speaking, timeout_s, owner)
        return voice is not None

    def release(self, owner: object) -> None:
        """Let an owner wait for nothing any more, now and later; any thread."""
        with self._changing():
            self._released.add(owner)
            for topic, listeners in self._listeners.items():
                self._listeners[topic] = {
                    listener: whose for listener, whose in listeners.items() if whose is not owner
                }

    async def _next(
        self, topic: str, wanted: Callable[[Any], bool], timeout_s: float, owner: object
    ) -> Any | None:
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[Any] = loop.create_future()

        def on_message(message: Any) -> None:
            if wanted(message):
                wake(loop, partial(settle, heard, message))

        with self._listened(topic, on_message, owner):
            try:
                async with asyncio.timeout(timeout_s):
                    return await heard
            except TimeoutError:
                return None

    @contextmanager
    def _listened(self, topic: str, listener: Listener, owner: object) -> Iterator[None]:
        with self._changing():
            if owner in self._released:
                raise asyncio.CancelledError('the behavior has ended')
            self._listeners[topic][listener] = owner
        try:
            yield
        finally:
            with self._changing():
                self._listeners[topic].pop(listener, None)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Change who waits for what, and tell if that changes whether anybody listens."""
        with self._lock:
            before = bool(self._listeners[TRANSCRIPT])
            yield
            after = bool(self._listeners[TRANSCRIPT])
            if after != before:
                self._listening.publish(Bool(data=after))

    def _on_message(self, topic: str, message: Any) -> None:
        with self._lock:
            listeners = list(self._listeners[topic])
        for listener in listeners:
            listener(message)


class Recording:
    """Sound of the microphone from a moment on, each sample in its place; in one loop.

    ``begin_s`` is the ROS time of the first sample, s. What was lost is silence.
    """

    def __init__(self, begin_s: float, length_s: float) -> None:
        self._begin_s = begin_s
        self._length_s = length_s
        self.rate_hz = 0
        self.samples: Sound = np.zeros(0, np.int16)
        self.begun = asyncio.Event()
        self.full = asyncio.Event()

    def take(self, message: AudioChunk) -> None:
        """Put a chunk into its place."""
        if not (1000 <= message.sample_rate <= _MAX_RATE_HZ and message.channels >= 1):
            return
        if not self.rate_hz:
            self.rate_hz = message.sample_rate
            self.samples = np.zeros(round(self._length_s * self.rate_hz), np.int16)
            self.begun.set()
        if message.sample_rate != self.rate_hz:
            return
        stamp = seconds(message.header.stamp)
        frames = np.asarray(message.samples, np.int16)
        frames = frames[: frames.size // message.channels * message.channels]
        mono = frames.reshape(-1, message.channels).mean(axis=1).astype(np.int16)
        first = 0 if stamp is None else round((stamp - self._begin_s) * self.rate_hz)
        mono, first = mono[max(0, -first) :], max(0, first)
        fitting = mono[: max(0, self.samples.size - first)]
        self.samples[first : first + fitting.size] = fitting
        if first + mono.size >= self.samples.size:
            self.full.set()


async def recorded(node: Node, taps: TopicTaps, length_s: float) -> Recording:
    """Return what the microphone hears from now on.

    Raises `MissingPart` when no sound comes, `OrderRefused` when it stops coming.
    """
    recording = Recording(ros_seconds(node), length_s)
    with taps.tapped(AUDIO, recording.take):
        try:
            async with asyncio.timeout(FIRST_SOUND_S):
                await recording.begun.wait()
        except TimeoutError as error:
            raise MissingPart(
                f'no sound came on the topic audio within {FIRST_SOUND_S:g} s: see what the node'
                ' microphone says on /diagnostics'
            ) from error
        try:
            async with asyncio.timeout(length_s + _LAST_SOUND_S):
                await recording.full.wait()
        except TimeoutError as error:
            raise OrderRefused('the sound of the microphone stopped') from error
    return recording
