"""Hiding, and coming out again."""

from __future__ import annotations

import math
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.looking import in_sight
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.script import STILL
from bbia_sim_ros.behaviors.script import make
from bbia_sim_ros.behaviors.speaking import remark
from bbia_sim_ros.behaviors.texts import Text

_AWAY_RAD: Final = math.radians(120.0)
_PEEK_RAD: Final = math.radians(60.0)
_TURN_S: Final = 1.8
_DUCK_S: Final = 0.8
# As deep as the head gets without touching the body.
_DUCKED: Final = {'z': -0.02, 'pitch': 0.3}
_FOLDED_RAD: Final = math.radians(150.0)
_PEEK_S: Final = 1.0

_FOUND_YOU: Final = Text(en='There you are!', fr='Te voilà !')
_ALONE: Final = Text(en='Is nobody there? Here I am!', fr="Il n'y a personne ? Me voilà !")
_HERE: Final = Text(en='Here I am!', fr='Me voilà !')


class Hide(Behavior):
    """Turns away and ducks, comes out when called or after a while, and looks who is there."""

    name = 'hide'
    priority = 150
    requires = frozenset({Part.MOTION})

    class Parameters(BehaviorParameters):
        """How long."""

        seconds: float = Field(20.0, ge=1.0, le=3600.0, description='How long to hide at most, s.')
        until_called: bool = Field(
            True, description='Come out at a voice; needs the node that hears, else it is not used.'
        )

    def limit(self, parameters: Parameters) -> float:
        """Return the time of hiding, and some to come out."""
        return parameters.seconds + 60.0

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Hide, wait, peek, and come out."""
        side = robot.random.choice((-1.0, 1.0))
        away = side * _AWAY_RAD
        robot.stage('hiding')
        await robot.go_to(head=HeadPose(yaw=away), body_yaw=away, duration=_TURN_S)
        await robot.go_to(
            head=HeadPose(yaw=away, **_DUCKED),
            antennas=(_FOLDED_RAD, -_FOLDED_RAD),
            duration=_DUCK_S,
        )
        began = robot.elapsed()
        is_called = await _is_called(robot, parameters)
        hidden = robot.elapsed() - began
        robot.stage('peeking')
        peek = side * _PEEK_RAD
        await robot.go_to(head=HeadPose(yaw=peek), body_yaw=peek, duration=_TURN_S)
        await robot.wait(_PEEK_S)
        robot.stage('coming out')
        await make(robot, STILL)
        who = await _look(robot)
        why = 'somebody called' if is_called else 'it was time'
        return f'hid for {hidden:.0f} s, came out because {why}, {who}'


async def _is_called(robot: Robot, parameters: Hide.Parameters) -> bool:
    if parameters.until_called and robot.has(Part.HEARING):
        return await robot.voice_heard(parameters.seconds)
    await robot.wait(parameters.seconds)
    return False


async def _look(robot: Robot) -> str:
    """Look who is there, where it can see."""
    if not robot.has(Part.VISION):
        await remark(robot, _HERE)
        return 'and looked ahead'
    scene = await in_sight(robot)
    if not scene.people:
        await remark(robot, _ALONE)
        return 'and saw nobody'
    await robot.look_at(scene.people[0].position)
    await robot.together(remark(robot, _FOUND_YOU), robot.emotion('happy'))
    return 'and saw somebody'
