"""The behavior wake_up."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.speaking import remark
from bbia_sim_ros.behaviors.texts import Text

_NOON_H: Final = 12
_EVENING_H: Final = 18
_MORNING: Final = Text(en='Good morning!', fr='Bonjour !')
_AFTERNOON: Final = Text(en='Good afternoon! I am awake.', fr='Bonjour ! Je suis réveillé.')
_EVENING: Final = Text(en='Good evening! I am awake.', fr='Bonsoir ! Je suis réveillé.')


class WakeUp(Behavior):
    """Wakes up, stretches, and greets the time of day."""

    name = 'wake_up'
    requires = frozenset({Part.MOTION})
    time_limit = 60.0

    class Parameters(BehaviorParameters):
        """How."""

        speak: bool = Field(True, description='Greet the time of day, where there is speech.')

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Rise first: a sleeper who talks is uncanny."""
        robot.stage('waking up', 0.0)
        await robot.move('wake_up')
        robot.feel('happy', 0.5)
        if parameters.speak:
            robot.stage('greeting the day', 0.7)
            await remark(robot, _greeting(robot.now().hour))
        return 'woke up'


def _greeting(hour: int) -> Text:
    if hour >= _EVENING_H:
        return _EVENING
    return _AFTERNOON if hour >= _NOON_H else _MORNING
