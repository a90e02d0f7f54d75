"""What behaviors need of whoever drives the robot; the ROS side is `nodes/behavior_robot.py`.

Contract
    A `RobotPort` serves one performance of one behavior. Its coroutines run in that performance's
    event loop, each within a task of it; they mean what the methods of `robot.Robot` of the same
    name mean, stop what they began when they are cancelled, raise `OrderRefused` with the robot's
    reason and `MissingPart` for what is not there. `release` ends everything that the port began,
    from any thread, however the loop fares; nothing begins through it afterwards. The mood that a
    course set outlasts it only when that came to its end: else it is neutral again.

    `Robots` makes ports and knows the state of the robot; every method of it may be called from any
    thread and returns at once.
"""

# ruff: noqa: ASYNC109 - how long to listen or look is part of what is asked of the robot

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bbia_sim_ros.behaviors.robot import Beats
from bbia_sim_ros.behaviors.robot import Following
from bbia_sim_ros.behaviors.robot import HeadPose
from bbia_sim_ros.behaviors.robot import Heard
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Playing
from bbia_sim_ros.behaviors.robot import Scene
from bbia_sim_ros.behaviors.robot import Xyz


class RobotPort(Protocol):
    """One performance's access to the robot; see the module's docstring."""

    def release(self, *, done: bool = False) -> None:
        """Ask for the end of all that was begun, at once; any thread, any number of times.

        The first time counts: ``done`` is whether the course came to its end.
        """

    def released(self) -> bool:
        """Whether all of it has ended since `release`; any thread."""

    def now(self) -> datetime:
        """Return the time of day, with its zone."""

    async def go_to(
        self,
        *,
        head: HeadPose | None,
        antennas: tuple[float, float] | None,
        body_yaw: float | None,
        duration: float,
    ) -> None:
        """Move there and arrive."""

    async def look_at(self, point: Xyz, *, frame: str, duration: float) -> None:
        """Turn the camera to a point and arrive."""

    async def emotion(self, name: str, intensity: float) -> None:
        """Play an emotion to its end."""

    def feel(self, name: str, intensity: float) -> None:
        """Set the mood of breathing."""

    async def move(self, name: str) -> None:
        """Play a move of the library to its end."""

    async def say(self, text: str, *, language: str, emotion: str) -> None:
        """Speak a text to its end."""

    async def listen(self, timeout: float) -> Heard | None:
        """Return what is said next."""

    async def chat(self, text: str) -> str:
        """Return the chat node's answer."""

    async def see(self, timeout: float) -> Scene:
        """Look once."""

    def watch(self, *, gestures: bool) -> AbstractAsyncContextManager[AsyncIterator[Scene]]:
        """Look as long as the block lasts."""

    def following(self, target: str) -> AbstractAsyncContextManager[Following]:
        """Keep the eyes on a target."""

    async def photograph(self) -> bytes:
        """Return the next picture, a JPEG file."""

    async def music(self, seconds: float) -> Beats:
        """Return the rhythm of what the microphone hears."""

    async def analyse(self, path: Path) -> Beats:
        """Return the rhythm of a sound file."""

    def rhythm_loaded(self) -> bool:
        """Whether what finds rhythms is loaded."""

    def playing(self, path: Path) -> AbstractAsyncContextManager[Playing]:
        """Play a sound file."""

    async def voice_heard(self, timeout: float) -> bool:
        """Wait until a voice is heard."""

    async def fetch(self, address: str, *, max_bytes: int) -> bytes:
        """Return what an http(s) address gives."""


class Robots(Protocol):
    """The robot between performances; see the module's docstring."""

    def obstacle(self, part: Part) -> str:
        """Return why a part cannot be used now and how to get it, '' if it can."""

    def engage(self, name: str, priority: int) -> RobotPort:
        """Return a port for one performance of a behavior of a priority, 1..255."""

    def quiet(self) -> float:
        """Return the seconds since anybody but a port of this object last moved the robot."""

    def asleep(self) -> bool:
        """Whether the robot lies asleep: go_to_sleep was the last that it was asked to do."""
