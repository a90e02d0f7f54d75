"""Looking at people, and signs to them: nods, and antennas that show whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import Xyz
from bbia_sim_ros.motion.body import GoalError
from bbia_sim_ros.motion.look_at import gaze_angles
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD

Antennas = tuple[float, float]

AHEAD: Final = HeadPose()
ATTENTIVE: Final[Antennas] = (-0.1, 0.1)
THINKING: Final[Antennas] = (0.7, -0.1)
SURPRISE: Final[Antennas] = (0.9, -0.9)
AT_EASE: Final[Antennas] = NEUTRAL_ANTENNAS_RAD
_SIGN_S: Final = 0.3
_NOD_RAD: Final = 0.17
_GLANCE_S: Final = 5.0


async def next_scene(scenes: AsyncIterator[Scene], within: float) -> Scene | None:
    """Return the next scene of `Robot.watch`, None when there is none within so many seconds.

    After None the scenes have ended.
    """
    try:
        async with asyncio.timeout(within):
            return await anext(scenes)
    except TimeoutError:
        return None


async def in_sight(robot: Robot) -> Scene:
    """Return what is in sight, for what goes on without: nothing where nobody can see."""
    if not robot.has(Part.VISION):
        return Scene()
    try:
        return await robot.see(_GLANCE_S)
    except (MissingPart, OrderRefused):
        return Scene()


def facing(point: Xyz) -> HeadPose:
    """Return the pose in which the camera looks at a point (m, head_neutral)."""
    try:
        pitch, yaw = gaze_angles(point)
    except GoalError:
        # In the middle of the head: nobody can be there, and nothing can be looked at.
        return AHEAD
    return HeadPose(pitch=pitch, yaw=yaw)


async def nod(robot: Robot, pose: HeadPose = AHEAD, times: int = 2) -> None:
    """Nod out of a pose of the head, and return to it."""
    for _ in range(times):
        await robot.go_to(head=replace(pose, pitch=pose.pitch + _NOD_RAD), duration=_SIGN_S)
        await robot.go_to(head=pose, duration=_SIGN_S)


async def sign(robot: Robot, antennas: Antennas) -> None:
    """Make a sign with the antennas (rad, right and left), where they can move."""
    if robot.has(Part.MOTION):
        await robot.go_to(antennas=antennas, duration=_SIGN_S)
