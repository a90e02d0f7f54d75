"""Small behaviors, as another package would bring them, for tests of the behavior node."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Awaitable
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.behavior import WhenPreempted
from bbia_sim_ros.behaviors.director import Director
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot

LOOK_AT_M = (1.0, 0.5, 0.1)


class Tilt(Behavior):
    """Tilts its head and holds it."""

    name = 'tilt'
    requires = frozenset({Part.MOTION})

    class Parameters(BehaviorParameters):
        """How far."""

        roll: float = Field(0.2, ge=-0.4, le=0.4, description='Roll of the head, rad.')
        seconds: float = Field(0.0, ge=0.0, description='How long to hold it, s.')

    async def run(self, robot: Robot, parameters: Any) -> str:
        robot.stage('tilting', 0.0)
        await robot.go_to(head=HeadPose(roll=parameters.roll), antennas=(0.3, -0.3), duration=0.5)
        robot.stage('holding', 0.5)
        await robot.wait(parameters.seconds)
        robot.stage('done', 1.0)
        return f'tilted by {parameters.roll:g} rad'


class Sway(Behavior):
    """Sways until it is ended."""

    name = 'sway'
    requires = frozenset({Part.MOTION})
    when_preempted = WhenPreempted.RESUME

    def __init__(self) -> None:
        self.times = 0

    async def run(self, robot: Robot, parameters: Any) -> str:
        del parameters
        while True:
            self.times += 1
            robot.stage(f'swaying {self.times}')
            await robot.go_to(head=HeadPose(yaw=0.5), duration=1.0)
            await robot.go_to(head=HeadPose(yaw=-0.5), duration=1.0)


class Urgent(Tilt):
    """Tilts its head before all others."""

    name = 'urgent'
    priority = 200


class Loop(Behavior):
    """Computes without end and without a wait."""

    name = 'loop'

    async def run(self, robot: Robot, parameters: Any) -> str:
        del parameters
        robot.stage('looping')
        while True:
            pass


class Raise(Behavior):
    """Divides by nothing."""

    name = 'raise'

    async def run(self, robot: Robot, parameters: Any) -> str:
        del robot, parameters
        return str(1 / 0)


class Sense(Behavior):
    """Uses one sense and writes what it gives into its result."""

    name = 'sense'

    class Parameters(BehaviorParameters):
        """What to use, and for how long."""

        what: str = Field(description='Name of the method.')
        text: str = Field('', description='Text, path or address.')
        seconds: float = Field(10.0, description='How long at most, s.')

    async def run(self, robot: Robot, parameters: Any) -> str:
        robot.stage(parameters.what)
        return str(await USES[parameters.what](robot, parameters))


async def watch(robot: Robot, _: Any) -> object:
    """Look until somebody makes a gesture."""
    async with robot.watch(gestures=True) as scenes:
        async for scene in scenes:
            if scene.gestures:
                return scene
    return None


async def listen_stuck(robot: Robot, parameters: Any) -> object:
    """Listen, and hang in a call of C meanwhile."""
    listening = asyncio.create_task(robot.listen(parameters.seconds))
    await robot.wait(0.1)
    threading.Event().wait(parameters.seconds)
    return await listening


async def follow(robot: Robot, parameters: Any) -> str:
    """Follow until the target is seen."""
    async with robot.following(parameters.text) as following:
        while following.state != 'following':
            await robot.wait(0.05)
        return f'{following.state} {following.target} {following.error:.2f}'


async def photograph(robot: Robot, _: Any) -> str:
    """Keep a picture."""
    picture = await robot.photograph()
    await asyncio.to_thread((robot.pictures / 'picture.jpg').write_bytes, picture)
    return f'{len(picture)} bytes'


async def music(robot: Robot, parameters: Any) -> str:
    """Hear music."""
    beats = await robot.music(parameters.seconds)
    return f'{beats.tempo:.1f} {beats.times[0]:.3f}'


async def analyse(robot: Robot, parameters: Any) -> str:
    """Find the tempo of a file."""
    return f'{(await robot.analyse(Path(parameters.text))).tempo:.1f}'


async def play(robot: Robot, parameters: Any) -> str:
    """Play the first seconds of a file."""
    async with robot.playing(Path(parameters.text)) as playing:
        while playing.position < parameters.seconds and not playing.done:
            await robot.wait(0.02)
        return f'{playing.position:.2f} {playing.done}'


async def fetch(robot: Robot, parameters: Any) -> str:
    """Fetch a page."""
    return (await robot.fetch(parameters.text)).decode()


async def zone(robot: Robot, _: Any) -> str:
    """Tell the time zone."""
    return str(robot.now().tzinfo)


async def rhythm_loaded(robot: Robot, _: Any) -> bool:
    """Tell whether what finds rhythms is loaded."""
    return robot.rhythm_loaded()


async def feel(robot: Robot, parameters: Any) -> None:
    """Be in a mood."""
    robot.feel(parameters.text, 0.5)


async def brood(robot: Robot, parameters: Any) -> None:
    """Be in a mood for a while."""
    robot.feel(parameters.text, 0.5)
    await robot.wait(parameters.seconds)


async def sabotage(robot: Robot, parameters: Any) -> None:
    """End the thread that runs behaviors."""
    setattr(Director, '_supervise', lambda _: sys.exit())  # noqa: B010 - not for others to assign
    await robot.wait(parameters.seconds)


USES: dict[str, Callable[[Robot, Any], Awaitable[object]]] = {
    'zone': zone,
    'rhythm_loaded': rhythm_loaded,
    'say': lambda robot, given: robot.say(given.text),
    'listen': lambda robot, given: robot.listen(given.seconds),
    'voice': lambda robot, given: robot.voice_heard(given.seconds),
    'chat': lambda robot, given: robot.chat(given.text),
    'see': lambda robot, given: robot.see(given.seconds),
    'emotion': lambda robot, given: robot.emotion(given.text),
    'move': lambda robot, given: robot.move(given.text),
    'go': lambda robot, _: robot.go_to(head=HeadPose(yaw=0.1)),
    'look': lambda robot, _: robot.look_at(LOOK_AT_M),
    'watch': watch,
    'follow': follow,
    'photograph': photograph,
    'music': music,
    'analyse': analyse,
    'play': play,
    'fetch': fetch,
    'feel': feel,
    'brood': brood,
    'sabotage': sabotage,
    'listen_stuck': listen_stuck,
}


class Talk(Sense):
    """Uses speech."""

    name = 'talk'
    requires = frozenset({Part.SPEECH})


class Spy(Sense):
    """Uses sight."""

    name = 'spy'
    requires = frozenset({Part.VISION})
