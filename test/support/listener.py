"""A running hearing node, and somebody who plays sounds to it and reads what it understood."""

from __future__ import annotations

import threading
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from rclpy.action import ActionClient

from bbia_msgs.action import Transcribe
from bbia_msgs.msg import AudioChunk
from bbia_msgs.msg import ModelStatus
from bbia_msgs.msg import Transcript
from bbia_msgs.msg import VoiceActivity
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.messages import time_message
from support.motion import Goal
from support.optional import HEARING
from support.optional import need
from support.ros import Probe
from support.ros import StackProcess
from support.spoken import RATE_HZ
from support.spoken import Sound
from support.waiting import wait_until

# A model has to be loaded in a process of its own, beside whatever else the machine does.
TEXT_DEADLINE_S = 90.0
CHUNK = 1600
CHUNK_S = CHUNK / RATE_HZ
_SPEED = 16.0


class Talker:
    """Plays sounds to the node `hearing`, faster than real time, and keeps what it says."""

    def __init__(self, process: StackProcess, probe: Probe) -> None:
        self.process = process
        self.probe = probe
        self.transcripts = probe.collect(Transcript, 'speech/transcript', qos.STREAM)
        self.activity = probe.collect(VoiceActivity, 'speech/activity', qos.STREAM)
        self.models = probe.collect(ModelStatus, 'models/status', qos.LATCHED_MANY)
        self._diagnostics = probe.collect(DiagnosticArray, '/diagnostics', qos.STREAM)
        self._client: Any = probe.make(lambda node: ActionClient(node, Transcribe, 'transcribe'))
        self._audio = probe.publisher(AudioChunk, 'audio', 100)
        self._pause = threading.Event()
        self._sequence = 0
        self._time_s = 1000.0
        wait_until(self._client.server_is_ready, 'the action transcribe')
        wait_until(lambda: self.status('engine'), 'the node tells of its engine')
        for topic in ('speech/transcript', 'speech/activity'):
            wait_until(
                lambda topic=topic: probe.node.count_publishers(topic) > 0,
                f'a publisher of {topic}',
            )

    @property
    def now_s(self) -> float:
        """The time of the next chunk, s; stamps of sound are their own clock here."""
        return self._time_s

    @now_s.setter
    def now_s(self, time_s: float) -> None:
        self._time_s = time_s

    def play(self, sound: Sound, *, speed: float = _SPEED) -> None:
        """Publish a sound in chunks of 0.1 s, ``speed`` times as fast as it is."""
        for at in range(0, sound.size, CHUNK):
            self.send(sound[at : at + CHUNK])
            self._pause.wait(CHUNK_S / speed)

    def send(self, samples: Sound, **changes: Any) -> None:
        """Publish a chunk, changed as the test wants."""
        message = AudioChunk(
            sequence=self._sequence,
            sample_rate=RATE_HZ,
            channels=1,
            samples=samples,
        )
        message.header.stamp = time_message(self._time_s)
        message.header.frame_id = 'microphone'
        for name, value in changes.items():
            setattr(message, name, value)
        self._audio.publish(message)
        self._sequence += 1
        self._time_s += samples.size / RATE_HZ

    def skip(self, chunks: int) -> None:
        """Lose some chunks."""
        self._sequence += chunks
        self._time_s += chunks * CHUNK_S

    def begin_anew(self) -> None:
        """Number the chunks from 0 again, as a microphone that was started again does."""
        self._sequence = 0

    @property
    def finals(self) -> list[Transcript]:
        """The texts that are final."""
        return [message for message in self.transcripts if message.final]

    def texts(self, count: int) -> list[str]:
        """Return the texts of the first utterances, once there are so many."""
        wait_until(lambda: len(self.finals) >= count, f'{count} texts', TEXT_DEADLINE_S)
        return [message.text for message in self.finals]

    def ask(self, on_feedback: Callable[[Any], None] = lambda _: None, **goal: Any) -> Goal:
        """Begin to transcribe a file or samples."""
        feedback: list[Any] = []

        def hear(message: Any) -> None:
            on_feedback(message.feedback)
            feedback.append(message.feedback)

        sent = self._client.send_goal_async(Transcribe.Goal(**goal), feedback_callback=hear)
        wait_until(sent.done, 'the goal is answered')
        handle = sent.result()
        assert handle.accepted
        return Goal('transcribe', handle, feedback)

    def status(self, part: str) -> DiagnosticStatus | None:
        """What `/diagnostics` says of a part last."""
        for message in reversed(self._diagnostics):
            for status in message.status:
                if status.name.endswith(f'hearing: {part}'):
                    return status
        return None

    def value(self, part: str, key: str) -> str:
        """Return a value of a part of `/diagnostics`, empty when it is not there."""
        status = self.status(part)
        values = {} if status is None else {pair.key: pair.value for pair in status.values}
        return values.get(key, '')


@contextmanager
def talker(
    probe: Probe, *, environment: dict[str, str] | None = None, **parameters: Any
) -> Iterator[Talker]:
    """Return somebody who talks to a hearing node with parameters, given as YAML."""
    need(*HEARING)
    arguments = tuple(
        part for name, value in parameters.items() for part in ('-p', f'{name}:={value}')
    )
    offline = {'HF_HUB_OFFLINE': '1', **(environment or {})}
    with StackProcess('hearing_node', ros_arguments=arguments, **offline) as process:
        made = Talker(process, probe)
        yield made
        if process.process.poll() is None:
            assert process.stop() == 0
        assert 'Traceback' not in process.output


def times_of(transcript: Transcript) -> np.ndarray:
    """Return when its speech began and ended, s of the stamps."""
    stamps = (transcript.speech_start, transcript.header.stamp)
    return np.array([stamp.sec + 1e-9 * stamp.nanosec for stamp in stamps])
