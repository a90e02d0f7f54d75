"""Saying texts in the robot's language."""

from __future__ import annotations

from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.texts import Text


async def say(robot: Robot, text: Text, **values: object) -> None:
    """Speak a text to its end."""
    await robot.say(text.spoken(robot.language, **values))


async def remark(robot: Robot, text: Text, **values: object) -> None:
    """Speak a text to its end where there is speech; nothing where there is none."""
    if robot.has(Part.SPEECH):
        await say(robot, text, **values)
