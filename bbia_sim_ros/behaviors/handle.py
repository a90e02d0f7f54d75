"""The revocable `Robot` that a course is given.

Contract
    A `Handle` passes a course's wishes to a `RobotPort` until it is revoked: from then on each
    method raises `asyncio.CancelledError` and has no effect, and what is being awaited ends so too
    (whoever revokes also cancels the course and releases the port). More than ``calls_per_s`` calls
    within a second raise `Flood`, then and ever after. The folders are made when they are asked
    for. All but `revoke` in the loop's thread.
"""

# ruff: noqa: ASYNC109 - how long to listen or look is part of what is asked of the robot

from __future__ import annotations

import asyncio
import math
import random
from collections import deque
from collections.abc import AsyncIterator
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from typing import Final

from bbia_sim_ros.behaviors.errors import BehaviorError
from bbia_sim_ros.behaviors.errors import Flood
from bbia_sim_ros.behaviors.port import RobotPort
from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.behaviors.robot import Following
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Heard
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Playing
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import Xyz
from bbia_sim_ros.private_files import private_folder

MAX_STAGE: Final = 200
CALLS_PER_S: Final = 100
_NO_END = -1.0


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a course finds: the language, its folders, where chance comes from."""

    language: str
    storage: Path
    pictures: Path
    chance: random.Random
    calls_per_s: int = CALLS_PER_S


class Handle:
    """See the module's docstring; implements `robot.Robot`.

    ``has`` tells whether a part is there; ``on_stage`` gets text and share; ``on_flood`` gets what
    was too much; ``perform`` runs another behavior with a robot, by name and parameters.
    """

    def __init__(
        self,
        port: RobotPort,
        circumstances: Circumstances,
        *,
        has: Callable[[Part], bool],
        on_stage: Callable[[str, float], None],
        on_flood: Callable[[str], None],
        perform: Callable[[Robot, str, dict[str, object]], Awaitable[None]],
    ) -> None:
        self._port = port
        self._circumstances = circumstances
        self._has = has
        self._on_stage = on_stage
        self._on_flood = on_flood
        self._perform = perform
        self._calls: deque[float] = deque(maxlen=circumstances.calls_per_s)
        self._flooded = False
        self._revoked = False
        self._began = asyncio.get_running_loop().time()

    def revoke(self) -> None:
        """Let nothing have an effect any more; any thread."""
        self._revoked = True

    @property
    def language(self) -> str:
        """See `Robot`."""
        return self._circumstances.language

    @property
    def random(self) -> random.Random:
        """See `Robot`."""
        return self._circumstances.chance

    @property
    def storage(self) -> Path:
        """See `Robot`."""
        return _made(self._circumstances.storage, 'storage_folder')

    @property
    def pictures(self) -> Path:
        """See `Robot`."""
        return _made(self._circumstances.pictures, 'pictures_folder')

    def has(self, part: Part) -> bool:
        """See `Robot`."""
        return self._has(part)

    def now(self) -> datetime:
        """See `Robot`."""
        return self._port.now()

    def elapsed(self) -> float:
        """See `Robot`."""
        return asyncio.get_running_loop().time() - self._began

    def stage(self, text: str, progress: float = _NO_END) -> None:
        """See `Robot`."""
        self._enter()
        if progress != _NO_END and not 0.0 <= progress <= 1.0:
            raise ValueError(f'progress is {progress}; it is 0..1, or -1 for a course with no end')
        self._on_stage(' '.join(text.split())[:MAX_STAGE], float(progress))

    async def wait(self, seconds: float) -> None:
        """See `Robot`."""
        self._enter()
        if not math.isfinite(seconds) or seconds < 0.0:
            raise ValueError(f'seconds to wait are {seconds}; a finite number, not below 0')
        await asyncio.sleep(seconds)

    async def go_to(
        self,
        *,
        head: HeadPose | None = None,
        antennas: tuple[float, float] | None = None,
        body_yaw: float | None = None,
        duration: float = 0.0,
    ) -> None:
        """See `Robot`."""
        self._enter()
        await self._port.go_to(head=head, antennas=antennas, body_yaw=body_yaw, duration=duration)

    async def look_at(self, point: Xyz, *, frame: str = '', duration: float = 0.0) -> None:
        """See `Robot`."""
        self._enter()
        await self._port.look_at(point, frame=frame, duration=duration)

    async def emotion(self, name: str, intensity: float = 1.0) -> None:
        """See `Robot`."""
        self._enter()
        await self._port.emotion(name, intensity)

    def feel(self, name: str, intensity: float = 1.0) -> None:
        """See `Robot`."""
        self._enter()
        self._port.feel(name, intensity)

    async def move(self, name: str) -> None:
        """See `Robot`."""
        self._enter()
        await self._port.move(name)

    async def say(self, text: str, *, emotion: str = '', language: str = '') -> None:
        """See `Robot`."""
        self._enter()
        await self._port.say(text, language=language or self.language, emotion=emotion)

    async def listen(self, timeout: float) -> Heard | None:
        """See `Robot`."""
        self._enter()
        return await self._port.listen(timeout)

    async def ask(self, question: str, timeout: float) -> Heard | None:
        """See `Robot`."""
        await self.say(question)
        return await self.listen(timeout)

    async def chat(self, text: str) -> str:
        """See `Robot`."""
        self._enter()
        return await self._port.chat(text)

    async def see(self, timeout: float = 30.0) -> Scene:
        """See `Robot`."""
        self._enter()
        return await self._port.see(timeout)

    def watch(self, *, gestures: bool = False) -> AbstractAsyncContextManager[AsyncIterator[Scene]]:
        """See `Robot`."""
        self._enter()
        return self._port.watch(gestures=gestures)

    def following(self, target: str = 'face') -> AbstractAsyncContextManager[Following]:
        """See `Robot`."""
        self._enter()
        return self._port.following(target)

    async def photograph(self) -> bytes:
        """See `Robot`."""
        self._enter()
        return await self._port.photograph()

    async def music(self, seconds: float) -> Beats:
        """See `Robot`."""
        self._enter()
        return await self._port.music(seconds)

    async def analyse(self, path: Path) -> Beats:
        """See `Robot`."""
        self._enter()
        return await self._port.analyse(path)

    def rhythm_loaded(self) -> bool:
        """See `Robot`."""
        return self._port.rhythm_loaded()

    def playing(self, path: Path) -> AbstractAsyncContextManager[Playing]:
        """See `Robot`."""
        self._enter()
        return self._port.playing(path)

    async def voice_heard(self, timeout: float) -> bool:
        """See `Robot`."""
        self._enter()
        return await self._port.voice_heard(timeout)

    async def fetch(self, address: str, *, max_bytes: int = 1_000_000) -> bytes:
        """See `Robot`."""
        self._enter()
        return await self._port.fetch(address, max_bytes=max_bytes)

    async def call(self, name: str, **parameters: object) -> None:
        """See `Robot`."""
        self._enter()
        await self._perform(self, name, parameters)

    async def together(self, *courses: Coroutine[Any, Any, object]) -> Sequence[object]:
        """See `Robot`."""
        tasks = [asyncio.ensure_future(course) for course in courses]
        try:
            self._enter()
            return await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _enter(self) -> None:
        """Let a call through, or raise."""
        if self._revoked:
            raise asyncio.CancelledError('the behavior has ended')
        now = asyncio.get_running_loop().time()
        limit = self._circumstances.calls_per_s
        is_full = len(self._calls) == limit
        if self._flooded or (is_full and now - self._calls[0] < 1.0):
            self._flooded = True
            problem = f'it called the robot more than {limit} times within a second'
            self._on_flood(problem)
            raise Flood(problem)
        self._calls.append(now)


def _made(folder: Path, parameter: str) -> Path:
    try:
        private_folder(folder)
    except OSError as error:
        raise BehaviorError(
            f'the folder {folder} cannot be made ({error.strerror}); give another by {parameter}'
        ) from error
    return folder
