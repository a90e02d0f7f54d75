"""What the robot does when nothing is asked of it: small moves, drowsiness, sleep, and waking.

Contract
    The director runs it with the lowest priority; it gives way to everything and has no end of its
    own. It begins with a robot at rest, whatever was left undone before. Breathing is none of its
    business: motion does that. All is bounded: a glance stays within
    `GLANCE_YAW_RAD` and `GLANCE_PITCH_RAD` of straight ahead and comes back, an antenna within
    `ANTENNA_RAD` of its place; between two moves there is a pause of ``idle_pause``, give or take a
    half. Without a sign of life, a voice or with ``watch_faces`` a face, the robot becomes drowsy
    and then sleeps; a sign ends either. In sleep it does nothing but listen and look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Final

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.parameters import BehaviorNodeParameters
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.script import STILL
from bbia_sim_ros.behaviors.script import make
from bbia_sim_ros.robot.names import NEUTRAL_ANTENNAS_RAD

IDLE_PRIORITY: Final = 10
GLANCE_YAW_RAD: Final = 0.5
GLANCE_PITCH_RAD: Final = 0.15
ANTENNA_RAD: Final = 0.4
DROWSY_HEAD: Final = HeadPose(z=-0.005, pitch=0.25)
_NODDED_HEAD: Final = HeadPose(z=DROWSY_HEAD.z, pitch=DROWSY_HEAD.pitch + 0.05)
_STRAIGHT: Final = HeadPose()
# Antennas that hang; the right one turns outwards with a growing angle, the left one against it.
_DROWSY_ANTENNAS_RAD: Final = (1.2, -1.2)
_TURN_S = 1.0
_LOOK_S = (0.8, 2.0)
_TWITCH_S = 0.25
_DROOP_S = 3.0
_NOD_S = 1.5
_RISE_S = 0.8
_LISTEN_S = 60.0
_VOICE_PAUSE_S = 1.0
_RETRY_S = 30.0
_REST_S = 2.0


class Mood(StrEnum):
    """How awake the robot is."""

    AWAKE = 'awake'
    DROWSY = 'drowsy'
    ASLEEP = 'asleep'


class IdleLife(Behavior):
    """Lives a little while nothing is asked of the robot."""

    name = 'idle_life'
    priority = IDLE_PRIORITY
    requires = frozenset({Part.MOTION})
    time_limit = 7.0 * 86_400.0

    def __init__(self, settings: BehaviorNodeParameters, asleep: Callable[[], bool]) -> None:
        """Take the node's parameters, and what tells whether the robot lies asleep."""
        self._settings = settings
        self._asleep = asleep
        self._signs = asyncio.Event()
        self._sign = ''
        self._last_sign_s = 0.0
        self._mood = Mood.AWAKE

    async def run(self, robot: Robot, parameters: BehaviorParameters) -> str:
        """See `Behavior`; it never returns."""
        del parameters
        await robot.together(self._live(robot), self._listen(robot), self._look(robot))
        return 'the idle life is over'

    async def _live(self, robot: Robot) -> None:
        self._mood = Mood.ASLEEP if self._asleep() else Mood.AWAKE
        if self._mood is Mood.AWAKE:
            await make(robot, replace(STILL, over=_REST_S))
        while True:
            robot.stage(self._mood)
            if self._mood is Mood.ASLEEP:
                await self._signs.wait()
            else:
                await self._pause(robot)
            if self._signs.is_set():
                await self._rouse(robot)
            elif self._due(robot, self._settings.sleep_after):
                await robot.move('go_to_sleep')
                self._mood = Mood.ASLEEP
            elif self._due(robot, self._settings.drowsy_after):
                await self._doze(robot)
                self._mood = Mood.DROWSY
            else:
                await self._stir(robot)

    async def _pause(self, robot: Robot) -> None:
        """Wait for a while, or for the first sign of life."""
        mean_s = self._settings.idle_pause
        try:
            async with asyncio.timeout(mean_s * robot.random.uniform(0.5, 1.5)):
                await self._signs.wait()
        except TimeoutError:
            return

    def _due(self, robot: Robot, after_s: float) -> bool:
        return after_s > 0.0 and robot.elapsed() - self._last_sign_s >= after_s

    async def _stir(self, robot: Robot) -> None:
        """Make one of the small moves that are switched on."""
        moves = []
        if self._settings.glances:
            moves.append(_glance)
        if self._settings.antenna_moves:
            moves.append(_twitch)
        if moves:
            await robot.random.choice(moves)(robot)

    async def _doze(self, robot: Robot) -> None:
        """Let head and antennas sink, or nod a little where they are."""
        if self._mood is not Mood.DROWSY:
            await robot.go_to(head=DROWSY_HEAD, antennas=_DROWSY_ANTENNAS_RAD, duration=_DROOP_S)
        elif self._settings.glances:
            await robot.go_to(head=_NODDED_HEAD, duration=_NOD_S)
            await robot.go_to(head=DROWSY_HEAD, duration=_NOD_S)

    async def _rouse(self, robot: Robot) -> None:
        """Be awake again."""
        mood, self._mood = self._mood, Mood.AWAKE
        self._signs.clear()
        if mood is Mood.ASLEEP:
            robot.stage(f'wakes up: {self._sign}')
            await robot.move('wake_up')
        elif mood is Mood.DROWSY:
            robot.stage(f'rouses itself: {self._sign}')
            await robot.go_to(head=_STRAIGHT, antennas=NEUTRAL_ANTENNAS_RAD, duration=_RISE_S)

    # -- signs of life ------------------------------------------------------------------------

    def _notice(self, robot: Robot, sign: str) -> None:
        self._last_sign_s = robot.elapsed()
        if self._mood is not Mood.AWAKE:
            self._sign = sign
            self._signs.set()

    async def _listen(self, robot: Robot) -> None:
        """Notice voices, as long as hearing is there."""
        while self._settings.wake_at_voice:
            try:
                if not robot.has(Part.HEARING):
                    await robot.wait(_RETRY_S)
                elif await robot.voice_heard(_LISTEN_S):
                    self._notice(robot, 'a voice')
                    await robot.wait(_VOICE_PAUSE_S)
            except BehaviorError as error:
                robot.stage(f'does not hear: {error}')
                await robot.wait(_RETRY_S)

    async def _look(self, robot: Robot) -> None:
        """Notice faces that come, as long as vision is there."""
        while self._settings.watch_faces:
            try:
                if robot.has(Part.VISION):
                    await self._watch(robot)
            except BehaviorError as error:
                robot.stage(f'does not see: {error}')
            await robot.wait(_RETRY_S)

    async def _watch(self, robot: Robot) -> None:
        async with robot.watch() as scenes:
            async for scene in scenes:
                if any(person.visible for person in scene.people):
                    self._notice(robot, 'a face')


async def _glance(robot: Robot) -> None:
    """Look somewhere for a moment, and back."""
    chance = robot.random
    there = HeadPose(
        yaw=chance.uniform(-GLANCE_YAW_RAD, GLANCE_YAW_RAD),
        pitch=chance.uniform(-GLANCE_PITCH_RAD, GLANCE_PITCH_RAD),
    )
    await robot.go_to(head=there, duration=_TURN_S)
    await robot.wait(chance.uniform(*_LOOK_S))
    await robot.go_to(head=_STRAIGHT, duration=_TURN_S)


async def _twitch(robot: Robot) -> None:
    """Move one antenna, or both, for a moment."""
    chance = robot.random
    right, left = NEUTRAL_ANTENNAS_RAD
    turn = chance.uniform(0.5, 1.0) * ANTENNA_RAD
    moved = chance.choice([(right + turn, left), (right, left - turn), (right + turn, left - turn)])
    await robot.go_to(antennas=moved, duration=_TWITCH_S)
    await robot.go_to(antennas=NEUTRAL_ANTENNAS_RAD, duration=_TWITCH_S)
