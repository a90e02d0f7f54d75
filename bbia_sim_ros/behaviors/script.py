"""Scripts of steps with speech, gestures and pauses, from YAML, and how a robot performs them.

Contract
    Scripts are immutable. `parse_script` raises FileError with line, field and what is allowed;
    a script has at most `MAX_STEPS` steps, repeats included. `perform` awaits the robot.

Form
    Units and signs are those of ``config/emotions.yaml``: mm, degrees, seconds; x forward, y left,
    z up, +pitch looks down, +yaw and +body_yaw turn left; antennas outwards from upright, both, or
    [right, left]::

        title: {en: A little bow, fr: Une petite révérence}
        steps:
          - say: {en: Look!, fr: Regarde !}    # spoken while the gesture is made
            pose: {pitch: 20, z: -5, antennas: 40}
            over: 1.5                          # seconds that the gesture takes
          - {pose: neutral, over: 1}
          - {say: Bravo, voice: happy, emotion: happy, wait: 0.5}
          - repeat: 3
            steps:
              - {pose: {yaw: 15}, over: 0.5}
              - {pose: {yaw: -15}, over: 0.5}

    A pose names what it moves: of the head what is not named is 0, other parts stay. A course that
    goes on in rounds has ``opening``, ``round`` and ``closing`` instead of ``steps``.
"""

from __future__ import annotations

import math
from collections.abc import Coroutine
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Final

from bbia_sim_ros.behaviors.content import required
from bbia_sim_ros.behaviors.content import text_of
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.texts import Text
from bbia_sim_ros.marked_yaml import FileError
from bbia_sim_ros.marked_yaml import Value
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD

MAX_STEPS: Final = 1000
NEUTRAL: Final = 'neutral'
_MAX_REPEAT = 100
_STEP_KEYS = ('say', 'voice', 'pose', 'over', 'emotion', 'wait')
_REPEAT_KEYS = ('repeat', 'steps')
_HEAD_MM = ('x', 'y', 'z')
_HEAD_DEGREES = ('roll', 'pitch', 'yaw')
_MAX_MM = 60.0
_MAX_DEGREES = 180.0
_MAX_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Gesture:
    """Where head, antennas (right, left, rad, signs of the joints) and body go, over some s."""

    head: HeadPose | None = None
    antennas: tuple[float, float] | None = None
    body_yaw: float | None = None
    over: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Step:
    """What is done at once, and how long nothing is done afterwards, s."""

    say: Text | None = None
    voice: str = ''
    gesture: Gesture | None = None
    emotion: str = ''
    wait: float = 0.0


Steps = tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Script:
    """A script: what comes once is ``opening`` alone, what goes on in rounds has all three."""

    title: Text
    opening: Steps
    round: Steps = ()
    closing: Steps = ()


STILL: Final = Gesture(head=HeadPose(), antennas=NEUTRAL_ANTENNAS_RAD, body_yaw=0.0)


async def perform(robot: Robot, step: Step) -> None:
    """Do a step to its end."""
    courses: list[Coroutine[Any, Any, object]] = []
    if step.gesture is not None:
        courses.append(make(robot, step.gesture))
    if step.emotion:
        courses.append(robot.emotion(step.emotion))
    if step.say is not None:
        courses.append(robot.say(step.say.spoken(robot.language), emotion=step.voice))
    await robot.together(*courses)
    if step.wait:
        await robot.wait(step.wait)


async def make(robot: Robot, gesture: Gesture) -> None:
    """Make a gesture and arrive."""
    await robot.go_to(
        head=gesture.head,
        antennas=gesture.antennas,
        body_yaw=gesture.body_yaw,
        duration=gesture.over,
    )


def parse_script(name: str, value: Value) -> Script:
    """Return a script that comes once; see the module's docstring."""
    del name
    entries = value.mapping(known=('title', 'steps'))
    return Script(
        title=text_of(required(value, entries, 'title')),
        opening=_steps(required(value, entries, 'steps')),
    )


def parse_rounds(name: str, value: Value) -> Script:
    """Return a script that goes on in rounds."""
    del name
    entries = value.mapping(known=('title', 'opening', 'round', 'closing'))
    return Script(
        title=text_of(required(value, entries, 'title')),
        opening=_steps(required(value, entries, 'opening')),
        round=_steps(required(value, entries, 'round')),
        closing=_steps(required(value, entries, 'closing')),
    )


def _steps(value: Value) -> Steps:
    steps: list[Step] = []
    for item in value.items():
        entries = item.mapping(known=(*_STEP_KEYS, *_REPEAT_KEYS))
        if 'repeat' in entries:
            steps += _repeated(item)
        else:
            steps.append(_step(item))
        if len(steps) > MAX_STEPS:
            raise item.error(f'is step {len(steps)}; at most {MAX_STEPS} are allowed')
    if not steps:
        raise value.error('has no step')
    return tuple(steps)


def _repeated(value: Value) -> list[Step]:
    entries = value.mapping(known=_REPEAT_KEYS)
    times = entries['repeat'].number(1, _MAX_REPEAT)
    if not times.is_integer():
        raise entries['repeat'].error(f'is {times:g}; it is a whole number')
    once = required(value, entries, 'steps').items()[: MAX_STEPS + 1]
    return [_step(item) for item in once] * int(times)


def _step(value: Value) -> Step:
    entries = value.mapping(known=_STEP_KEYS)
    if not entries.keys() & {'say', 'pose', 'emotion', 'wait'}:
        raise value.error('does nothing; it has say, pose, emotion or wait')
    if 'pose' in entries and 'emotion' in entries:
        raise value.error('has a pose and an emotion; the body does one of them at a time')
    over = entries['over'].number(0.2, _MAX_S) if 'over' in entries else 1.0
    return Step(
        say=text_of(entries['say']) if 'say' in entries else None,
        voice=entries['voice'].text() if 'voice' in entries else '',
        gesture=_gesture(entries['pose'], over) if 'pose' in entries else None,
        emotion=entries['emotion'].text() if 'emotion' in entries else '',
        wait=entries['wait'].number(0.0, _MAX_S) if 'wait' in entries else 0.0,
    )


def _gesture(value: Value, over: float) -> Gesture:
    entries = _pose(value)
    if not entries:
        return replace(STILL, over=over)
    metres = {
        key: entries[key].number(-_MAX_MM, _MAX_MM) / 1000.0 for key in _in(entries, _HEAD_MM)
    }
    angles = {key: _angle(entries[key]) for key in _in(entries, _HEAD_DEGREES)}
    head = HeadPose(**metres, **angles) if metres or angles else None
    return Gesture(
        head=head,
        antennas=_antennas(entries['antennas']) if 'antennas' in entries else None,
        body_yaw=_angle(entries['body_yaw']) if 'body_yaw' in entries else None,
        over=over,
    )


def _pose(value: Value) -> dict[str, Value]:
    """Return what a pose names; nothing for the neutral one."""
    known = (*_HEAD_MM, *_HEAD_DEGREES, 'antennas', 'body_yaw')
    try:
        is_neutral = value.text() == NEUTRAL
    except FileError:
        is_neutral = False
    if is_neutral:
        return {}
    entries = value.mapping(known=known)
    if not entries:
        raise value.error(f'moves nothing; it is {NEUTRAL} or has some of {", ".join(known)}')
    return entries


def _in(entries: dict[str, Value], keys: tuple[str, ...]) -> list[str]:
    return [key for key in keys if key in entries]


def _angle(value: Value) -> float:
    return math.radians(value.number(-_MAX_DEGREES, _MAX_DEGREES))


def _antennas(value: Value) -> tuple[float, float]:
    """Return the joints' angles: outwards is positive on the right and negative on the left."""
    try:
        sides = value.items()
    except FileError:
        both = _angle(value)
        return both, -both
    if len(sides) != 2:
        raise value.error(f'has {len(sides)} numbers; it is one, or [right, left]')
    return _angle(sides[0]), -_angle(sides[1])
