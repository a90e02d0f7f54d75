"""What a conversation may ask of the robot; the ROS side is `nodes/chat_robot.py`.

Contract
    Every method blocks until the robot is done, or until ``cancelled`` is set: then the motion is
    stopped and the outcome is a failure. None raises for what the robot refuses. Any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Protocol

Xyz = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an order; ``message`` is plain English that a model can be told."""

    success: bool
    message: str


@dataclass(frozen=True, kw_only=True)
class HeadGoal:
    """Where the head should be, in ``head_neutral``: m and rad; None leaves a part as it is.

    ``head`` is x, y, z, roll, pitch, yaw; ``antennas`` right and left; signs as in `robot/names`.
    """

    head: tuple[float, float, float, float, float, float] | None = None
    antennas: tuple[float, float] | None = None
    body_yaw: float | None = None
    duration_s: float = 0.0


class RobotPort(Protocol):
    """See the module's docstring."""

    def go_to(self, goal: HeadGoal, cancelled: threading.Event) -> Outcome:
        """Move there; a ``duration_s`` of 0 leaves the speed to the robot."""

    def look_at(self, point: Xyz, frame: str, cancelled: threading.Event) -> Outcome:
        """Look at a point (m) of a frame."""

    def look_at_person(self, person: int | None, cancelled: threading.Event) -> Outcome:
        """Look at a person in sight, by id, or at the nearest one."""

    def emotion(self, name: str, intensity: float, cancelled: threading.Event) -> Outcome:
        """Play an emotion and wait for its end."""

    def move(self, name: str, cancelled: threading.Event) -> Outcome:
        """Play a recorded move of the library and wait for its end."""

    def behave(
        self, name: str, parameters: Mapping[str, Any], cancelled: threading.Event
    ) -> Outcome:
        """Start a behavior; it goes on by itself."""

    def say(self, text: str, language: str, cancelled: threading.Event) -> Outcome:
        """Speak and wait for the end."""

    def sight(self) -> Outcome:
        """Tell in words what is in sight."""

    def stop(self) -> Outcome:
        """End motion, behavior and speech now; not the emergency stop."""
