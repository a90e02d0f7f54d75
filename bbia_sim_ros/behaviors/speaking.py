"""Saying texts, in the robot's language or another."""

from __future__ import annotations

from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.texts import Text


async def say(robot: Robot, text: Text, **values: object) -> None:
    """Speak a text to its end."""
    await robot.say(text.spoken(robot.language, **values))


async def say_in(robot: Robot, language: str, text: str) -> None:
    """Speak a text of another language; in the robot's if that is '' or no voice speaks it."""
    if language and language != robot.language:
        try:
            await robot.say(text, language=language)
            return
        except OrderRefused:
            # The robot's own voice reads it all the same, or tells what else is wrong.
            pass
    await robot.say(text)


async def remark(robot: Robot, text: Text, **values: object) -> None:
    """Speak a text to its end where there is speech; nothing where there is none."""
    if robot.has(Part.SPEECH):
        await say(robot, text, **values)
