"""A robot with all its nodes in the scene `people`, and somebody who talks, walks and looks on.

Simulator, motion, vision, hearing, speech, chat and behaviors are real, each in a process of its
own. The person's voice is flite's, played to `audio` in real time; what the robot says is taken
from `speech/output`.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from std_msgs.msg import Bool

from bbia_msgs.msg import AudioChunk
from bbia_msgs.srv import SetPaths
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.nodes.behavior_claim import LISTENING
from bbia_sim_ros.robot.names import FloatArray
from support import listener
from support import speech_node
from support.behaving import Behaving
from support.behaving import behaving
from support.eyes import Eyes
from support.eyes import eyes
from support.face_scene import OUT_OF_SIGHT
from support.face_scene import facing_robot
from support.face_scene import paths_request
from support.motion import Goal
from support.motion import Robot
from support.motion import running_robot
from support.ros import StackProcess
from support.simulator import pose_of
from support.speech_ear import understood
from support.spoken import phrases
from support.waiting import wait_until

# The voice that pocketsphinx understands best.
VOICE = 'awb'
# Nodes and models share the machine with whatever else it does.
DEADLINE_S = 60.0


@dataclass
class Household:
    """See the module's docstring."""

    robot: Robot
    eyes: Eyes
    person: listener.Talker
    voice: speech_node.Talker
    behaviors: Behaving
    listening: list[Bool]
    folder: Path

    def calm(self) -> None:
        """Wait until no behavior runs; forget what was seen and heard, with nobody in sight."""
        wait_until(lambda: self.behaviors.status.state == 'idle', 'no behavior', DEADLINE_S)
        wait_until(lambda: not self.voice.speaking[-1].data, 'silence')
        self.put(OUT_OF_SIGHT)
        self.robot.straighten()
        self.voice.chunks.clear()
        self.robot.simulator.head_poses.clear()
        self.behaviors.statuses[:-1] = []

    def put(self, first: FloatArray) -> None:
        """Put one panel with a face somewhere, in `base_link`; the other stays out of sight."""
        request = paths_request((0.0,), {'panel_1': [first], 'panel_2': [OUT_OF_SIGHT]})
        answer = self.eyes.probe.call(SetPaths, 'simulator/set_paths', request)
        assert answer.success, answer.message

    def begin(self, behavior: str, /, **parameters: object) -> Goal:
        """Begin a behavior."""
        return self.behaviors.begin_with(behavior, json.dumps(parameters))

    def done(self, goal: Goal) -> str:
        """Return what a behavior says that it did."""
        _, result = goal.outcome(DEADLINE_S)
        assert result.success, result.message
        return str(result.message)

    def tell(self, text: str, goal: Goal) -> None:
        """Say something once the robot listens."""
        wait_until(
            lambda: self.listening[-1].data or goal.over,
            f'it listens; it is {self.behaviors.status}',
            DEADLINE_S,
        )
        assert not goal.over, goal.outcome()
        texts = len(self.person.finals)
        self.talk(text)
        wait_until(lambda: len(self.person.finals) > texts, f'a text of {text!r}', DEADLINE_S)
        wait_until(lambda: goal.over or not self.listening[-1].data, 'it has heard', DEADLINE_S)

    def talk(self, text: str) -> None:
        """Say something now."""
        self.person.now_s = max(self.person.now_s, time.time())
        self.person.play(phrases(text, voice=VOICE, lead_s=0.5), speed=1.0)

    @property
    def words(self) -> str:
        """What the robot has said, as a recogniser of English hears it."""
        return understood(samples_of(self.voice.chunks), self.voice.chunks[0].sample_rate)

    @property
    def heads(self) -> FloatArray:
        """The head poses of this test, (n, 4, 4)."""
        return np.array([pose_of(message) for message in list(self.robot.simulator.head_poses)])

    @property
    def yaw_deg(self) -> float:
        """Where the head looks now, degrees to the left."""
        return float(yaws_deg(self.robot.simulator.head[np.newaxis])[0])

    @property
    def pitch_deg(self) -> float:
        """How far the head looks down now, degrees."""
        return float(pitches_deg(self.robot.simulator.head[np.newaxis])[0])

    def stages(self, name: str) -> list[str]:
        """The steps of a behavior in this test."""
        return [one.stage for one in list(self.behaviors.statuses) if one.name == name]


def samples_of(chunks: list[AudioChunk]) -> np.ndarray:
    """Return the sound in chunks, int16."""
    return np.concatenate([np.array(chunk.samples, np.int16) for chunk in list(chunks)])


def yaws_deg(heads: FloatArray) -> FloatArray:
    """Return where heads (n, 4, 4) look, degrees to the left."""
    angles: FloatArray = np.degrees(np.arctan2(heads[:, 1, 0], heads[:, 0, 0]))
    return angles


def pitches_deg(heads: FloatArray) -> FloatArray:
    """Return how far heads (n, 4, 4) look down, degrees."""
    angles: FloatArray = np.degrees(np.arcsin(-heads[:, 2, 0]))
    return angles


def face_at(degrees: float) -> FloatArray:
    """Return the pose of a panel at a bearing from the robot's axis, positive left."""
    angle = math.radians(degrees)
    return facing_robot(0.8 * math.cos(angle), 0.8 * math.sin(angle), 0.23)


@contextmanager
def household(folder: Path) -> Iterator[Household]:
    """Return everybody; behaviors keep their files in a folder."""
    with ExitStack() as parts:
        robot = parts.enter_context(running_robot(scene='people', idle='false'))
        probe = robot.simulator.probe
        options = ('-p', 'engine:=commands')
        parts.enter_context(StackProcess('chat_node', ros_arguments=options))
        asked = parts.enter_context(behaving(probe, folder, network='true'))
        voice = parts.enter_context(speech_node.talker(probe, engine='flite', speed=1.5))
        seen = parts.enter_context(eyes(probe, transport='compressed', colors="['orange']"))
        person = parts.enter_context(listener.talker(probe, engine='pocketsphinx'))
        listening = probe.collect(Bool, LISTENING, qos.LATCHED)
        wait_until(lambda: listening, 'it is told whether a behavior listens')
        for name in ('game_guess_number', 'conversation', 'follow_object', 'photo_booth'):
            asked.wait_available(name)
        yield Household(robot, seen, person, voice, asked, listening, folder)
