"""A whole spoken turn: sound, text, command, motion, voice; and talking over the robot.

Every part is real but the air between mouth and microphone, which is a file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from bbia_msgs.msg import Transcript
from bbia_msgs.msg import TurnTiming
from bbia_sim_ros.nodes import qos
from support.chat import Person
from support.chat import person
from support.motion import Robot
from support.optional import HEARING
from support.optional import need
from support.ros import StackProcess
from support.ros import wait_until
from support.sound_files import write_sound
from support.speech_node import Talker
from support.speech_node import talker
from support.spoken import silence
from support.spoken import spoken

LEFT_RAD = math.radians(30.0)
STORY = 'Once upon a time there was a small robot on a desk, and it liked to talk. ' * 5


class Voice:
    """A robot that hears, answers and speaks."""

    def __init__(self, robot: Robot, person: Person, talker: Talker) -> None:
        self.robot = robot
        self.person = person
        self.talker = talker
        self.transcripts = robot.probe.collect(Transcript, 'speech/transcript', qos.STREAM)
        self.turns = robot.probe.collect(TurnTiming, 'speech/turn', qos.STREAM)
        wait_until(lambda: robot.probe.node.count_publishers('speech/turn') > 0, 'speech/turn')
        wait_until(lambda: robot.probe.node.count_publishers('speech/transcript') > 0, 'hearing')

    @property
    def yaw(self) -> float:
        """Where the head is turned to, rad, positive to the left."""
        head = self.robot.simulator.head
        return math.atan2(head[1, 0], head[0, 0])


@pytest.fixture(scope='module')
def voice(robot: Robot) -> Iterator[Voice]:
    """A robot that is ready to be talked to; nothing is downloaded."""
    need(*HEARING)
    with (
        StackProcess('hearing_node', ros_arguments=('-p', 'engine:=pocketsphinx')),
        talker(robot.probe, output='none') as spoken_by,
        person(robot.probe, engine='commands') as listener,
    ):
        yield Voice(robot, listener, spoken_by)


@contextmanager
def heard(folder: Path, *words: str) -> Iterator[None]:
    """Have the microphone hear sentences, a second and a half between them."""
    parts = [piece for text in words for piece in (spoken(text), silence(1.5))]
    path = write_sound(folder / 'heard.wav', np.concatenate(parts))
    arguments = ('-p', f'audio_source:="{path}"', '-p', 'start_delay:=0.5')
    with StackProcess('microphone_node', ros_arguments=arguments):
        yield


def test_a_spoken_command_turns_the_head_and_is_answered_aloud(
    voice: Voice, tmp_path: Path
) -> None:
    voice.robot.straighten()
    turns, chunks = len(voice.turns), len(voice.talker.chunks)
    with heard(tmp_path, 'look left'):
        wait_until(lambda: voice.yaw > LEFT_RAD, 'the head turns to the left')
        wait_until(lambda: len(voice.turns) > turns, 'the turn is over')
    timing = voice.turns[-1]
    assert (timing.engine, timing.conversation) == ('commands', 'speech')
    assert 0.0 < timing.transcript <= timing.motion_begins
    assert timing.motion_begins < timing.answer_begins <= timing.answer < timing.sound_begins
    assert 0.2 < timing.speech < 2.0
    assert timing.utterance == voice.transcripts[-1].utterance
    sound = np.concatenate([np.array(one.samples) for one in voice.talker.chunks[chunks:]])
    assert np.abs(sound).max() > 1000


def test_talking_over_the_robot_makes_it_stop_and_listen(voice: Voice, tmp_path: Path) -> None:
    voice.robot.straighten()
    goal = voice.talker.say(STORY)
    voice.talker.wait_for_sound()
    with heard(tmp_path, 'look left'):
        _, result = goal.outcome()
        assert not result.success
        assert 0.0 < result.duration < 15.0
        wait_until(lambda: voice.yaw > LEFT_RAD, 'it does what was said')


def test_answers_are_silent_where_that_is_wanted(voice: Voice, tmp_path: Path) -> None:
    assert voice.robot.set_parameters('chat', speak='none') == ''
    turns = len(voice.turns)
    with heard(tmp_path, 'look left'):
        wait_until(lambda: len(voice.turns) > turns, 'the turn is over')
    assert voice.turns[-1].sound_begins == -1.0
    assert voice.robot.set_parameters('chat', speak='heard') == ''
