"""The behavior go_to_sleep."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.speaking import remark
from bbia_sim_ros.behaviors.texts import Text

_GOOD_NIGHT: Final = Text(en='I am sleepy. Good night!', fr="J'ai sommeil. Bonne nuit !")


class GoToSleep(Behavior):
    """Says good night, nods off and lies down."""

    name = 'go_to_sleep'
    priority = 150
    requires = frozenset({Part.MOTION})
    time_limit = 60.0

    class Parameters(BehaviorParameters):
        """How."""

        speak: bool = Field(True, description='Say good night, where there is speech.')

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Lie down, even if the good night is refused."""
        unsaid = ''
        if parameters.speak:
            robot.stage('saying good night', 0.0)
            try:
                await remark(robot, _GOOD_NIGHT)
            except OrderRefused as error:
                unsaid = f'; good night was not said: {error}'
        robot.stage('lying down', 0.4)
        robot.feel('neutral')
        await robot.move('go_to_sleep')
        return f'went to sleep{unsaid}'
