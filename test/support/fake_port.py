"""The ports of a `FakeRobot`: every order takes its time and is noted, nothing moves."""

# ruff: noqa: ASYNC109 - how long to listen or look is part of what is asked of the robot

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from bbia_sim_ros.behaviors.errors import MissingPart
from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Heard
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import Xyz

if TYPE_CHECKING:
    from support.fake_robot import FakeRobot

CHARACTER_S = 0.06
LATENCY_S = 0.05


@dataclass(kw_only=True)
class Order:
    """What was asked of the robot: when (s on the loop's clock), and how it ended, '' as yet.

    ``outcome`` is done, refused, cancelled or released.
    """

    name: str
    arguments: dict[str, Any]
    began: float
    ended: float = -1.0
    outcome: str = ''


class FakePort:
    """Implements `behaviors/port.RobotPort`."""

    def __init__(self, robot: FakeRobot) -> None:
        self._robot = robot
        self._released = False
        self.done = False
        """Whether it was released because its course had come to its end."""
        self._orders: list[Order] = []

    def release(self, *, done: bool = False) -> None:
        """See `RobotPort`."""
        self.done = done and (self.done or not self._released)
        self._released = True
        for order in self._orders:
            order.outcome = order.outcome or 'released'

    def released(self) -> bool:
        """See `RobotPort`."""
        return self._released

    @property
    def span(self) -> tuple[float, float] | None:
        """When its first order began and its last ended, s on the loop's clock; None without."""
        if not self._orders:
            return None
        return self._orders[0].began, max(order.ended for order in self._orders)

    def now(self) -> datetime:
        """See `RobotPort`."""
        return self._robot.started + timedelta(seconds=loop_time())

    async def last(self, name: str, arguments: dict[str, Any], seconds: float = 0.0) -> None:
        """Do an order that takes a while: what the test says if no ``seconds`` are given."""
        async with self._order(name, arguments):
            await asyncio.sleep(seconds or self._robot.takes[name])

    async def go_to(
        self,
        *,
        head: HeadPose | None,
        antennas: tuple[float, float] | None,
        body_yaw: float | None,
        duration: float,
    ) -> None:
        """See `RobotPort`."""
        self._need(Part.MOTION)
        arguments = {'head': head, 'antennas': antennas, 'body_yaw': body_yaw}
        await self.last('go_to', {**arguments, 'duration': duration}, duration)

    async def look_at(self, point: Xyz, *, frame: str, duration: float) -> None:
        """See `RobotPort`."""
        self._need(Part.MOTION)
        await self.last('look_at', {'point': point, 'frame': frame}, duration)

    async def emotion(self, name: str, intensity: float) -> None:
        """See `RobotPort`."""
        self._need(Part.MOTION)
        await self.last('emotion', {'name': name, 'intensity': intensity})

    def feel(self, name: str, intensity: float) -> None:
        """See `RobotPort`."""
        order = self._robot.begin('feel', {'name': name, 'intensity': intensity})
        order.outcome, order.ended = 'done', order.began

    async def move(self, name: str) -> None:
        """See `RobotPort`."""
        self._need(Part.MOTION)
        await self.last('move', {'name': name})
        self._robot.is_asleep = name == 'go_to_sleep'

    async def say(self, text: str, *, language: str, emotion: str) -> None:
        """See `RobotPort`."""
        self._need(Part.SPEECH)
        arguments = {'text': text, 'language': language, 'emotion': emotion}
        async with self._order('say', arguments):
            if self._robot.speaks is not None and language not in self._robot.speaks:
                raise OrderRefused(f'no voice speaks {language!r}')
            await asyncio.sleep(LATENCY_S + CHARACTER_S * len(text))

    async def listen(self, timeout: float) -> Heard | None:
        """See `RobotPort`."""
        self._need(Part.HEARING)
        async with self._order('listen', {'timeout': timeout}):
            heard = self._robot.heard()
            seconds = timeout if heard is None else min(self._robot.takes['listen'], timeout)
            await asyncio.sleep(seconds)
            return heard

    async def chat(self, text: str) -> str:
        """See `RobotPort`."""
        self._need(Part.CHAT)
        await self.last('chat', {'text': text})
        return self._robot.answers(text)

    async def see(self, timeout: float) -> Scene:
        """See `RobotPort`."""
        self._need(Part.VISION)
        await self.last('see', {'timeout': timeout})
        return self._robot.scene()

    @asynccontextmanager
    async def watch(self, *, gestures: bool) -> AsyncIterator[AsyncIterator[Scene]]:
        """See `RobotPort`."""
        self._need(Part.VISION)
        async with self._order('watch', {'gestures': gestures}):
            yield self._scenes(gestures=gestures)

    @asynccontextmanager
    async def following(self, target: str) -> AsyncIterator[FakeFollowing]:
        """See `RobotPort`."""
        self._need(Part.VISION)
        self._need(Part.MOTION)
        async with self._order('following', {'target': target}):
            yield FakeFollowing(self._robot, target)

    async def photograph(self) -> bytes:
        """See `RobotPort`."""
        self._need(Part.CAMERA)
        await self.last('photograph', {})
        return self._robot.picture

    async def music(self, seconds: float) -> Beats:
        """See `RobotPort`."""
        self._need(Part.MICROPHONE)
        await self.last('music', {'seconds': seconds}, seconds)
        return self._robot.beats

    def rhythm_loaded(self) -> bool:
        """See `RobotPort`."""
        return self._robot.rhythm_loaded

    async def analyse(self, path: Path) -> Beats:
        """See `RobotPort`."""
        await self.last('analyse', {'path': path})
        return self._robot.beats

    @asynccontextmanager
    async def playing(self, path: Path) -> AsyncIterator[FakePlaying]:
        """See `RobotPort`."""
        self._need(Part.SPEECH)
        async with self._order('playing', {'path': path}):
            yield FakePlaying(self._robot.beats.duration)

    async def voice_heard(self, timeout: float) -> bool:
        """See `RobotPort`."""
        self._need(Part.HEARING)
        async with self._order('voice_heard', {'timeout': timeout}):
            now = loop_time()
            coming = [time for time in self._robot.voices if now < time <= now + timeout]
            await asyncio.sleep(coming[0] - now if coming else timeout)
            return bool(coming)

    async def fetch(self, address: str, *, max_bytes: int) -> bytes:
        """See `RobotPort`."""
        self._need(Part.NETWORK)
        await self.last('fetch', {'address': address, 'max_bytes': max_bytes})
        page = self._robot.pages.get(address, OrderRefused(f'{address} gives nothing: 404'))
        if isinstance(page, Exception):
            raise page
        return page

    async def _scenes(self, *, gestures: bool) -> AsyncIterator[Scene]:
        while True:
            await asyncio.sleep(self._robot.takes['scene'])
            scene = self._robot.scene()
            if gestures:
                yield scene
            else:
                people = tuple(replace(person, gesture='') for person in scene.people)
                yield replace(scene, people=people, gestures=())

    @asynccontextmanager
    async def _order(self, name: str, arguments: dict[str, Any]) -> AsyncIterator[None]:
        if self._released:
            raise OrderRefused('the port was released')
        order = self._robot.begin(name, arguments)
        self._orders.append(order)
        outcome = 'done'
        try:
            yield
        except asyncio.CancelledError:
            outcome = 'cancelled'
            raise
        except OrderRefused:
            outcome = 'refused'
            raise
        finally:
            order.outcome = order.outcome or outcome
            order.ended = loop_time()

    def _need(self, part: Part) -> None:
        obstacle = self._robot.obstacle(part)
        if obstacle:
            raise MissingPart(obstacle)


class FakeFollowing:
    """Implements `robot.Following`."""

    def __init__(self, robot: FakeRobot, target: str) -> None:
        self._robot = robot
        self._target = target

    @property
    def state(self) -> str:
        """See `Following`."""
        return self._now[0]

    @property
    def target(self) -> str:
        """See `Following`."""
        return self._now[1]

    @property
    def error(self) -> float:
        """See `Following`."""
        return self._now[2]

    @property
    def _now(self) -> tuple[str, str, float]:
        follows = self._robot.follows
        return ('following', self._target, 0.02) if follows is None else follows(loop_time())


class FakePlaying:
    """Implements `robot.Playing`: a file of some seconds, heard after `LATENCY_S`."""

    def __init__(self, duration: float) -> None:
        self._began = loop_time()
        self._duration = duration

    @property
    def position(self) -> float:
        """See `Playing`."""
        heard = loop_time() - self._began - LATENCY_S
        return -1.0 if heard < 0.0 else min(heard, self._duration)

    @property
    def done(self) -> bool:
        """See `Playing`."""
        return loop_time() - self._began - LATENCY_S >= self._duration


def loop_time() -> float:
    """Return the time on the clock of the running loop, s."""
    return asyncio.get_running_loop().time()
