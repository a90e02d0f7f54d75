"""What an alarm does when it is due: rings, waves, says what for, until somebody answers."""

from __future__ import annotations

import math
from collections.abc import Coroutine
from pathlib import Path
from typing import Any
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.alarms import MAX_ALARMS
from bbia_sim_ros.behaviors.alarms import MAX_LABEL
from bbia_sim_ros.behaviors.answers import says_one_of
from bbia_sim_ros.behaviors.answers import wants_to_stop
from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.bell import LENGTH_S
from bbia_sim_ros.behaviors.bell import bell
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.script import STILL
from bbia_sim_ros.behaviors.script import make
from bbia_sim_ros.behaviors.speaking import remark
from bbia_sim_ros.behaviors.speaking import say
from bbia_sim_ros.behaviors.texts import Text

BELL_FILE: Final = 'bell.wav'
"""In the storage of this behavior."""
# Alarms that are due at the same time ring as one, with the labels of all.
_MAX_LABELS: Final = MAX_ALARMS * (MAX_LABEL + 2)
_MAX_TOLD: Final = 500
_LISTEN_S: Final = 4.0
_LOOK_S: Final = 0.1
# A player that has not begun by then does not play.
_LATE_S: Final = 5.0
# At boot, the other nodes may be so much later.
_BOOT_S: Final = 60.0
_BOOT_LOOK_S: Final = 0.5
_ENDING_S: Final = 60.0
_SWING_RAD: Final = math.radians(50.0)
_SWING_S: Final = 0.3
_SWINGS: Final = 4
_AWAKE: Final = (
    *('awake', 'i m up', 'i am up', 'getting up', 'yes', 'ok', 'okay', 'alright', 'thank you'),
    *('thanks', 'good morning', 'reveille', 'reveillee', 'debout', 'me leve', 'oui', 'd accord'),
    *('merci', 'bonjour'),
)

_TIME: Final = Text(en='It is {time}.', fr='Il est {time}.')
_TIME_FOR: Final = Text(en='It is {time}: {label}.', fr='Il est {time} : {label}.')
_MISSED: Final = Text(
    en='I was off at {time} and did not ring. {label}',
    fr="J'étais éteint à {time} et n'ai pas sonné. {label}",
)
_GOOD: Final = Text(en='All right. Have a good day!', fr='Très bien. Bonne journée !')


class AlarmRing(Behavior):
    """Rings until somebody says stop or that they are up; started when an alarm is due.

    It requires no part, because it rings with whatever is there: at boot, as soon as it is.
    """

    name = 'alarm_ring'
    priority = 200

    class Parameters(BehaviorParameters):
        """What rings."""

        time: str = Field('', max_length=20, description='Time that is told; empty: the present.')
        label: str = Field('', max_length=_MAX_LABELS, description='What it is for.')
        missed: bool = Field(
            False, description='Only tell that it could not ring when it was due, once.'
        )
        longest: float = Field(
            300.0, ge=5.0, le=3600.0, description='How long to ring when nobody answers, s.'
        )

    def limit(self, parameters: Parameters) -> float:
        """Return the time that it may ring or wait for a voice, and some to end."""
        return (_BOOT_S if parameters.missed else parameters.longest) + _ENDING_S

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Ring until it is answered."""
        time = parameters.time or f'{robot.now():%H:%M}'
        label = ' '.join(parameters.label.split())[:_MAX_TOLD]
        name = label or f'the alarm of {time}'
        if parameters.missed:
            await _voice_there(robot)
            await say(robot, _MISSED, time=time, label=label)
            return f'told that {name} was missed'
        text = (_TIME_FOR if label else _TIME).spoken(robot.language, time=time, label=label)
        obstacle = ''
        while robot.elapsed() < parameters.longest:
            robot.stage(f'ringing: {name}', min(1.0, robot.elapsed() / parameters.longest))
            obstacle = await _ring(robot, text)
            if await _is_answered(robot):
                seconds = robot.elapsed()
                await _tried(make(robot, STILL))
                await remark(robot, _GOOD)
                return f'{name} was answered after {seconds:.0f} s'
        if obstacle:
            raise BehaviorError(f'{name} does not ring: {obstacle}')
        await _tried(make(robot, STILL))
        return f'{name} rang for {parameters.longest:g} s, and nobody answered'


async def _voice_there(robot: Robot) -> None:
    """Wait for speech, as long as a start of all nodes may take."""
    while not robot.has(Part.SPEECH) and robot.elapsed() < _BOOT_S:
        robot.stage('waiting for speech')
        await robot.wait(_BOOT_LOOK_S)


async def _ring(robot: Robot, text: str) -> str:
    """Ring with what is there and tell what for; return why there is neither sound nor motion."""
    has_speech = robot.has(Part.SPEECH)
    no_sound, no_motion = await robot.together(_tried(_sound(robot)), _tried(_wave(robot)))
    if has_speech:
        await _tried(robot.say(text))
    if no_motion and (no_sound or not has_speech):
        return '; '.join(filter(None, (str(no_motion), str(no_sound))))
    return ''


async def _tried(course: Coroutine[Any, Any, None]) -> str:
    """Return why the robot does not do something, '' when it does."""
    try:
        await course
    except BehaviorError as error:
        return str(error)
    return ''


async def _is_answered(robot: Robot) -> bool:
    try:
        heard = await robot.listen(_LISTEN_S)
    except BehaviorError:
        # Whoever cannot be heard cannot answer: it rings on.
        await robot.wait(_LISTEN_S)
        return False
    return heard is not None and (wants_to_stop(heard.text) or says_one_of(heard.text, _AWAKE))


async def _sound(robot: Robot) -> None:
    """Play the bell once, where there is sound."""
    if not robot.has(Part.SPEECH):
        return
    async with robot.playing(_bell_file(robot.storage)) as playing:
        until = robot.elapsed() + LENGTH_S + _LATE_S
        while not playing.done and robot.elapsed() < until:
            await robot.wait(_LOOK_S)


async def _wave(robot: Robot) -> None:
    """Rise, and swing the antennas."""
    await robot.go_to(head=HeadPose(), body_yaw=0.0, duration=2.0 * _SWING_S)
    for number in range(_SWINGS):
        swing = _SWING_RAD if number % 2 else -_SWING_RAD
        await robot.go_to(antennas=(swing, swing), duration=_SWING_S)


def _bell_file(folder: Path) -> Path:
    path = folder / BELL_FILE
    content = bell()
    try:
        if not path.is_file() or path.stat().st_size != len(content):
            path.write_bytes(content)
    except OSError as error:
        raise BehaviorError(
            f'{path} cannot be written ({error.strerror}); give a storage_folder that can be'
        ) from error
    return path
