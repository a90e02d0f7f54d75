"""A whole day of the robot in one unattended run: the nodes it takes, and what happens in it.

The parts are the real ones: simulator with two faces on panels, motion, vision, hearing, speech,
chat and behaviors, each node in a process of its own. The person's voice is flite's; the song is
made here. Each chapter ends with a result.
"""

from __future__ import annotations

import math
import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import numpy as np

from bbia_msgs.msg import ChatReply
from bbia_msgs.srv import SetPaths
from bbia_sim_ros.nodes import qos
from bbia_sim_ros.robot.names import FloatArray
from support.behaving import Behaving
from support.behaving import behaving
from support.eyes import Eyes
from support.eyes import eyes
from support.face_scene import OUT_OF_SIGHT
from support.face_scene import panel_at
from support.face_scene import paths_request
from support.listener import Talker
from support.listener import talker
from support.motion import Goal
from support.motion import Robot
from support.motion import running_robot
from support.rhythms import RATE_HZ
from support.rhythms import rock
from support.ros import StackProcess
from support.spoken import phrases
from support.waiting import wait_until

TEMPO = 120.0
SONG_S = 14.0
FOLLOW_S = 10.0
# The library that finds the beat is compiled when it is used for the first time.
CHAPTER_DEADLINE_S = 150.0
# An order without an answer by then was not heard.
HEARD_S = 30.0
# To the left of the robot, out of its sight.
BESIDE_DEG = 80.0
ORDER = 'look left'
PARTS = ('greeting', 'follow_face', 'dance', 'go_to_sleep')
# Left, right and back, slowly, as a person walks past a desk.
WALK_S = (0.0, 3.0, 6.0, 9.0)
WALK_DEG = (0.0, 25.0, -25.0, 5.0)


@dataclass
class Chapter:
    """What was asked for, what came of it, and when it began and ended, s of `time.time`."""

    name: str
    message: str
    begun: float
    ended: float


@dataclass
class Day:
    """A robot with everything that it takes to live."""

    robot: Robot
    eyes: Eyes
    person: Talker
    behaviors: Behaving
    song: Path
    beats: FloatArray
    replies: list[ChatReply]
    chapters: list[Chapter] = field(default_factory=list)
    walks: list[tuple[float, tuple[float, ...], list[FloatArray]]] = field(default_factory=list)

    def live(self) -> None:
        """Wake, notice a face, greet it, follow it, obey, dance, and go to sleep."""
        self.lead([OUT_OF_SIGHT])
        self.behave('wake_up')
        self.meet()
        walk = [panel_at(degrees) for degrees in WALK_DEG]
        self.lead(walk, WALK_S)
        self.behave('follow_face', duration=FOLLOW_S)
        self.obey()
        self.behave('dance', file=str(self.song))
        self.behave('go_to_sleep')

    def behave(self, name: str, **parameters: object) -> None:
        """Have one behavior done."""
        self.end(name, self.behaviors.begin(name, **parameters), time.time())

    def end(self, name: str, goal: Goal, begun: float) -> None:
        """Wait for the end of a behavior and keep what it says."""
        _, result = goal.outcome(CHAPTER_DEADLINE_S)
        assert result.success, f'{name}: {result.message}'
        self.chapters.append(Chapter(name, result.message, begun, time.time()))

    def meet(self) -> None:
        """Look out for a face; one comes when the robot looks out."""
        begun = time.time()
        goal = self.behaviors.begin_with('greeting', '{"name": "Zoe", "duration": 60.0}')
        self.behaviors.wait_stage('looking out for new faces')
        self.lead([panel_at(BESIDE_DEG), panel_at(0.0)], (0.0, 1.5))
        self.end('greeting', goal, begun)

    def obey(self) -> None:
        """Hear a spoken order and do it; as people do, say it again if it was not heard."""
        begun = time.time()
        earlier = len(self.replies)
        said = -math.inf

        def answers() -> list[str]:
            nonlocal said
            if time.monotonic() - said > HEARD_S:
                self.person.play(phrases(ORDER), speed=1.0)
                said = time.monotonic()
            return [one.text for one in self.replies[earlier:] if 'left' in one.text.lower()]

        message = wait_until(answers, 'an answer to the spoken order', CHAPTER_DEADLINE_S)[0]
        self.chapters.append(Chapter('order', message, begun, time.time()))

    def lead(self, poses: list[FloatArray], times_s: tuple[float, ...] = (0.0,)) -> None:
        """Lead the first panel along poses; the second stays out of sight."""
        hidden = [OUT_OF_SIGHT] * len(poses)
        request = paths_request(times_s, {'panel_1': poses, 'panel_2': hidden})
        answer = self.eyes.probe.call(SetPaths, 'simulator/set_paths', request)
        assert answer.success, answer.message
        self.walks.append((time.time(), times_s, poses))

    def chapter(self, name: str) -> Chapter:
        """Return a chapter by name."""
        return next(one for one in self.chapters if one.name == name)


def write_song(path: Path) -> FloatArray:
    """Write a piece of rock music; return the times of its beats, s."""
    sound, beats = rock(TEMPO, SONG_S)
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(sound.tobytes())
    return np.asarray(beats)


@contextmanager
def day(folder: Path) -> Iterator[Day]:
    """Return a day that has not begun; files go into a folder."""
    song = folder / 'song.wav'
    beats = write_song(song)
    with ExitStack() as parts:
        robot = parts.enter_context(running_robot(scene='people', state_timeout=3.0))
        probe = robot.simulator.probe
        for name, options in {
            'speech_node': ('output:=none', 'engine:=flite'),
            'chat_node': ('engine:=commands',),
        }.items():
            arguments = tuple(part for text in options for part in ('-p', text))
            parts.enter_context(StackProcess(name, ros_arguments=arguments))
        seen = parts.enter_context(eyes(probe, transport='compressed'))
        person = parts.enter_context(talker(probe, engine='pocketsphinx'))
        asked = parts.enter_context(behaving(probe, folder))
        for name in PARTS:
            asked.wait_available(name)
        replies = probe.collect(ChatReply, 'chat/reply', qos.STREAM)
        wait_until(lambda: probe.node.count_publishers('chat/reply') > 0, 'the node that answers')
        yield Day(robot, seen, person, asked, song, beats, replies)
