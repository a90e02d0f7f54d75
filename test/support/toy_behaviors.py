"""Small behaviors for tests of what runs behaviors."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import ClassVar

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.behavior import WhenPreempted
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot

FOREVER_S = 3600.0


class Bow(Behavior):
    """Bows to whom it sees."""

    name = 'bow'
    requires = frozenset({Part.MOTION})

    class Parameters(BehaviorParameters):
        """How to bow."""

        times: int = Field(1, ge=1, le=10, description='How often.')

    async def run(self, robot: Robot, parameters: Parameters) -> str:
        """Bow."""
        for number in range(parameters.times):
            robot.stage('bows', number / parameters.times)
            await robot.go_to(head=HeadPose(pitch=0.4))
            await robot.go_to(head=HeadPose())
        return f'bowed {parameters.times} times'


class Wait(Behavior):
    """Waits until it is ended, looking at a face."""

    name = 'wait'

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Follow a face for ever."""
        robot.stage('waits')
        async with robot.following():
            await robot.wait(FOREVER_S)
        return 'waited'


class Guard(Wait):
    """Waits until it is ended, and goes on after whoever preempted it."""

    name = 'guard'
    priority = 50
    when_preempted = WhenPreempted.RESUME

    def __init__(self) -> None:
        self.times = 0

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Count, and wait."""
        self.times += 1
        robot.stage(f'guards for the {self.times}. time')
        await robot.wait(FOREVER_S)
        return 'guarded'


class Alarm(Behavior):
    """Rings until it is ended."""

    name = 'alarm'
    priority = 200
    requires = frozenset({Part.SPEECH})

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Speak again and again."""
        while True:
            await robot.say('Wake up!')


class Twice(Behavior):
    """Bows as a part of itself."""

    name = 'twice'

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Call another behavior."""
        await robot.call('bow', times=2)
        return 'had somebody bow'


class Broken(Behavior):
    """Raises."""

    name = 'broken'

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Fail."""
        await robot.go_to(head=HeadPose(yaw=0.1))
        raise KeyError('no such thing')


class Spinning(Behavior):
    """Computes for ever without a wait."""

    name = 'spinning'

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Spin, though with a hand on the robot."""
        async with robot.following():
            while True:
                pass


class EmptyWaits(Behavior):
    """Computes for ever with waits that do not wait."""

    name = 'empty_waits'

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Turn the loop as fast as it can."""
        while True:  # noqa: ASYNC110 - that is the point
            await asyncio.sleep(0)


class Blocking(Behavior):
    """Blocks its thread in a call that nothing can end."""

    name = 'blocking'
    released: ClassVar[threading.Event]

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Wait for what the test does at its end."""
        self.released.wait(FOREVER_S)
        return 'was let go'


class Stubborn(Behavior):
    """Goes on when it is cancelled."""

    name = 'stubborn'
    cancelled: ClassVar[list[float]] = []

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Try to move on and on."""
        while True:
            try:
                await robot.go_to(head=HeadPose(yaw=0.2))
            except asyncio.CancelledError:
                self.cancelled.append(time.monotonic())
                await asyncio.sleep(0.02)


class Flooding(Behavior):
    """Says without a pause in which step it is, whatever comes of it."""

    name = 'flooding'

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Flood."""
        while True:
            try:
                robot.stage('again')
                await asyncio.sleep(0)
            except Exception:  # noqa: BLE001 - a behavior that hides what it is told
                await asyncio.sleep(0.01)


class Quitting(Behavior):
    """Leaves the process, or so it thinks."""

    name = 'quitting'

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Leave."""
        raise SystemExit(3)


class Silent(Behavior):
    """Returns no sentence."""

    name = 'silent'

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Return nothing."""
        return None  # type: ignore[return-value]


class Littering(Behavior):
    """Ends while tasks of it go on."""

    name = 'littering'

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """Leave a task behind that moves the robot."""
        self.left = asyncio.create_task(robot.emotion('happy'))
        await robot.wait(0.05)
        return 'is gone'


class Short(Wait):
    """Allows itself a tenth of a second."""

    name = 'short'
    time_limit = 0.1


TOYS = (
    Bow,
    Wait,
    Guard,
    Alarm,
    Twice,
    Broken,
    Spinning,
    EmptyWaits,
    Blocking,
    Stubborn,
    Flooding,
    Quitting,
    Silent,
    Littering,
    Short,
)
