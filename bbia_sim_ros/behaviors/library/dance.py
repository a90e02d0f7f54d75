"""The behavior dance."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.rhythm import NEUTRAL
from bbia_sim_ros.behaviors.rhythm import Step
from bbia_sim_ros.behaviors.rhythm import along
from bbia_sim_ros.behaviors.rhythm import followable
from bbia_sim_ros.behaviors.rhythm import heard
from bbia_sim_ros.behaviors.rhythm import heard_while
from bbia_sim_ros.behaviors.rhythm import settle
from bbia_sim_ros.behaviors.rhythm import size_of
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Playing
from bbia_sim_ros.behaviors.robot import Robot

_FIRST_SOUND_S: Final = 10.0
_LOOK_S: Final = 0.05
# The model that finds the beat may have to be loaded first.
_OVERHEAD_S: Final = 240.0
_MAX_QUIET: Final = 2
_LOADING: Final = 'loading what finds the beat'

_SWAY: Final = Step(
    head=HeadPose(y=0.012, z=0.004, roll=-0.2, yaw=0.1), right=0.8, left=0.1, body_yaw=0.1
)
_DOWN: Final = Step(head=HeadPose(z=-0.009, pitch=0.16), right=0.5, left=0.5)
_UP: Final = Step(head=HeadPose(z=0.009, pitch=-0.1), right=0.05, left=0.05)
_TWIST: Final = Step(
    head=HeadPose(yaw=0.22, roll=0.08, z=0.004), right=0.6, left=-0.2, body_yaw=0.2
)
_LEAN: Final = Step(head=HeadPose(x=0.01, z=-0.004, pitch=0.1, yaw=0.15), right=0.9, left=0.9)
# Each for four beats.
FIGURES: Final = (
    (_SWAY, _SWAY.mirrored(), _SWAY, _SWAY.mirrored()),
    (_DOWN, _UP, _DOWN, _UP),
    (_TWIST, _DOWN, _TWIST.mirrored(), _DOWN),
    (_TWIST, _TWIST.mirrored(), _TWIST, _TWIST.mirrored()),
    (_LEAN, NEUTRAL, _LEAN.mirrored(), _UP),
)


class Dance(Behavior):
    """Dances to the beat of a sound file, which it plays, or of the music that it hears."""

    name = 'dance'
    requires = frozenset({Part.MOTION})

    class Parameters(BehaviorParameters):
        """To what, and for how long."""

        file: str = Field(
            '',
            max_length=4096,
            description='Path of a WAV, FLAC, OGG or MP3 file to dance to; empty: what the'
            ' microphone hears.',
        )
        duration: float = Field(
            120.0, ge=10.0, le=900.0, description='For how long, s; a shorter file ends it earlier.'
        )

    def limit(self, parameters: Parameters) -> float:
        """See `Behavior.limit`."""
        return parameters.duration + _OVERHEAD_S

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Find the beat, land a step on each, and come to rest."""
        if parameters.file:
            sentence = await _to_file(robot, parameters.file, parameters.duration)
        else:
            sentence = await _to_microphone(robot, parameters.duration)
        robot.stage('coming to rest', 1.0)
        await settle(robot)
        return sentence


async def _to_file(robot: Robot, file: str, duration: float) -> str:
    path = _existing(file)
    robot.stage('finding the beat' if robot.rhythm_loaded() else _LOADING)
    beats = await robot.analyse(path)
    moments = [moment for moment in followable(beats) if moment < duration]
    if not moments:
        raise BehaviorError(f'{path} has no beat to dance to')
    size = size_of(beats)
    steps = (step.sized(size) for step in steps_of(robot.random))
    async with robot.playing(path) as playing:
        await _sounding(robot, playing, path)
        coming = _told(robot, moments, playing, f'dancing at {beats.tempo:.0f} beats a minute')
        landed = await along(robot, coming, steps, lambda: playing.position)
        while not playing.done and playing.position < duration:
            await robot.wait(_LOOK_S)
    return f'danced {landed} steps to {path.name}, {beats.tempo:.0f} beats a minute'


async def _to_microphone(robot: Robot, duration: float) -> str:
    steps = steps_of(robot.random)
    then = '' if robot.rhythm_loaded() else f', then {_LOADING}'
    robot.stage(f'listening for music{then}')
    beats = await heard(robot)
    tempi: list[float] = []
    quiet = 0
    # What was heard at last is danced to, however long it took to find its beat.
    while quiet < _MAX_QUIET and (robot.elapsed() < duration or (beats.times and not tempi)):
        progress = min(1.0, robot.elapsed() / duration)
        if beats.times:
            quiet = 0
            tempi.append(beats.tempo)
            robot.stage(f'dancing at {beats.tempo:.0f} beats a minute', progress)
            beats = await heard_while(robot, beats, steps)
        else:
            quiet += 1
            robot.stage('listening for music', progress)
            beats = await heard(robot)
    if not tempi:
        raise BehaviorError(f'no music with a beat was heard within {robot.elapsed():.0f} s')
    return f'danced for {robot.elapsed():.0f} s, at about {median(tempi):.0f} beats a minute'


async def _sounding(robot: Robot, playing: Playing, path: Path) -> None:
    """Wait for the first sound."""
    begun = robot.elapsed()
    while playing.position < 0.0 and not playing.done:
        if robot.elapsed() > begun + _FIRST_SOUND_S:
            raise BehaviorError(f'{path} was not heard within {_FIRST_SOUND_S:g} s')
        await robot.wait(_LOOK_S)


def _told(robot: Robot, moments: list[float], playing: Playing, text: str) -> Iterator[float]:
    """Yield the moments as long as it is played, and tell how far the dance is."""
    for moment in moments:
        if playing.done:
            return
        robot.stage(text, moment / moments[-1])
        yield moment


def steps_of(chance: random.Random) -> Iterator[Step]:
    """Yield steps without end: figures in any order, none twice in a row."""
    last: tuple[Step, ...] = ()
    while True:
        last = chance.choice([figure for figure in FIGURES if figure is not last])
        yield from last


def _existing(file: str) -> Path:
    path = os.path.expanduser(file)
    if not os.path.isfile(path):
        raise BehaviorError(
            f'there is no file {path}; give the path of a WAV, FLAC, OGG or MP3 file'
        )
    return Path(path)
