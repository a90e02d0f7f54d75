"""The robot as behaviors see it: what a course may await; the ROS side is `nodes/behavior_robot`.

Contract
    Every coroutine ends with `asyncio.CancelledError` as soon as the behavior is ended; whatever it
    had begun (motion, sound, listening) is stopped by then. What the robot does not do raises
    `OrderRefused` with the robot's reason, a part that is not there `MissingPart`. After a behavior
    has ended, or lost the body, nothing that it still calls has an effect. One event loop, one
    thread.

Units and frames
    m, rad, s; points in ``head_neutral`` unless a frame is given; signs as in `robot/names`.
"""

# ruff: noqa: ASYNC109 - how long to listen or look is part of what is asked of the robot

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from collections.abc import Coroutine
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from typing import Protocol

Xyz = tuple[float, float, float]


class Part(StrEnum):
    """What a behavior may need; the values of ``bbia_msgs/BehaviorInfo.requires``."""

    MOTION = 'motion'
    CAMERA = 'camera'
    VISION = 'vision'
    MICROPHONE = 'microphone'
    HEARING = 'hearing'
    SPEECH = 'speech'
    CHAT = 'chat'
    NETWORK = 'network'


@dataclass(frozen=True, kw_only=True)
class HeadPose:
    """A pose of the head in ``head_neutral``: m and rad."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    roll: float = 0.0
    pitch: float = 0.0
    yaw: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a person said: text, its language code, and how sure that is, 0..1."""

    text: str
    language: str = ''
    confidence: float = 1.0


@dataclass(frozen=True, kw_only=True)
class SeenPerson:
    """Somebody in sight: ``distance`` m or -1, ``gesture`` of `bbia_msgs/Hand` or '', shares 0..1.

    A ``smile`` or ``mouth_open`` of -1 was not measured.
    """

    id: str
    position: Xyz
    distance: float = -1.0
    gesture: str = ''
    smile: float = -1.0
    mouth_open: float = -1.0
    visible: bool = True


@dataclass(frozen=True, kw_only=True)
class SeenThing:
    """An object in sight: class as in `vision/results.Thing`; its share of the picture's width."""

    label: str
    score: float
    width: float


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is in sight: people nearest first, things best first, gestures of all hands."""

    people: tuple[SeenPerson, ...] = ()
    things: tuple[SeenThing, ...] = ()
    gestures: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Beats:
    """The rhythm of a piece of music: beats per minute, and the beats' times, s from its beginning.

    ``strengths`` says how strong the onset at each beat is, 0..1. No beats: there was no rhythm.
    """

    tempo: float
    times: tuple[float, ...]
    strengths: tuple[float, ...]
    duration: float


class Following(Protocol):
    """Eyes that follow something, until the block in which they do is left."""

    @property
    def state(self) -> str:
        """One of the states of ``bbia_msgs/Follow``: following, waiting, searching, resting."""

    @property
    def target(self) -> str:
        """What is followed now, such as ``face:3``; '' for nothing."""

    @property
    def error(self) -> float:
        """The angle between the optical axis and the target, rad; -1: it is not seen."""


class Playing(Protocol):
    """A sound file that is played, until the block in which it is is left."""

    @property
    def position(self) -> float:
        """What is heard now, s from the beginning of the file; -1 before its first sound."""

    @property
    def done(self) -> bool:
        """Whether it is over."""


class Robot(Protocol):
    """See the module's docstring."""

    @property
    def language(self) -> str:
        """Language code in which to speak, such as en or fr."""

    @property
    def random(self) -> random.Random:
        """Where chance comes from; seeded in tests."""

    @property
    def storage(self) -> Path:
        """A private folder that is kept over restarts; it exists."""

    @property
    def pictures(self) -> Path:
        """The folder for pictures that are taken; it exists."""

    def has(self, part: Part) -> bool:
        """Whether a part is there now."""

    def now(self) -> datetime:
        """Return the time of day, with its zone."""

    def elapsed(self) -> float:
        """Return the seconds since the course began (again), on the clock of `wait`."""

    def stage(self, text: str, progress: float = -1.0) -> None:
        """Say in which step the behavior is, and how far, 0..1; -1: it has no end."""

    async def wait(self, seconds: float) -> None:
        """Do nothing for a while."""

    async def go_to(
        self,
        *,
        head: HeadPose | None = None,
        antennas: tuple[float, float] | None = None,
        body_yaw: float | None = None,
        duration: float = 0.0,
    ) -> None:
        """Move there and arrive; None leaves a part as it is; antennas are right and left."""

    async def look_at(self, point: Xyz, *, frame: str = '', duration: float = 0.0) -> None:
        """Turn the camera to a point and arrive."""

    async def emotion(self, name: str, intensity: float = 1.0) -> None:
        """Play an emotion to its end."""

    def feel(self, name: str, intensity: float = 1.0) -> None:
        """Set the mood in which the robot breathes from now on."""

    async def move(self, name: str) -> None:
        """Play a move of the library, such as wake_up, go_to_sleep or nod, to its end."""

    async def say(self, text: str, *, emotion: str = '', language: str = '') -> None:
        """Speak a text to its end; ``language`` is its code where it is not the robot's."""

    async def listen(self, timeout: float) -> Heard | None:
        """Return what is said next, None when nothing is within ``timeout`` seconds."""

    async def ask(self, question: str, timeout: float) -> Heard | None:
        """Say a question and return what is said next, as `say` and `listen`."""

    async def chat(self, text: str) -> str:
        """Return the answer of the chat node to a text; what it orders is done by then."""

    async def see(self, timeout: float = 30.0) -> Scene:
        """Look once and return what is in sight; at first the models have to be loaded."""

    def watch(self, *, gestures: bool = False) -> AbstractAsyncContextManager[AsyncIterator[Scene]]:
        """Look as long as the block lasts: each new scene, the newest if some were missed."""

    def following(self, target: str = 'face') -> AbstractAsyncContextManager[Following]:
        """Keep the eyes on a target of ``bbia_msgs/Follow`` as long as the block lasts."""

    async def photograph(self) -> bytes:
        """Return the next picture of the head camera, a JPEG file."""

    async def music(self, seconds: float) -> Beats:
        """Listen to the microphone for a while and return the rhythm of what was heard."""

    async def analyse(self, path: Path) -> Beats:
        """Return the rhythm of a sound file."""

    def rhythm_loaded(self) -> bool:
        """Whether what finds rhythms is loaded; else `music` and `analyse` take seconds more."""

    def playing(self, path: Path) -> AbstractAsyncContextManager[Playing]:
        """Play a sound file as long as the block lasts."""

    async def voice_heard(self, timeout: float) -> bool:
        """Wait until a voice is heard; False when none is within ``timeout`` seconds."""

    async def fetch(self, address: str, *, max_bytes: int = 1_000_000) -> bytes:
        """Return what an http(s) address gives; raises `OrderRefused` with the reason."""

    async def call(self, name: str, **parameters: object) -> None:
        """Run another behavior as a part of this one, to its end."""

    async def together(self, *courses: Coroutine[Any, Any, object]) -> Sequence[object]:
        """Await several at once, return their results in order; the first that fails ends all."""
