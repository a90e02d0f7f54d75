"""A robot port that records what is asked of it and answers as a test says."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from bbia_sim_ros.chat.robot_port import HeadGoal
from bbia_sim_ros.chat.robot_port import Outcome
from bbia_sim_ros.chat.robot_port import Xyz

DONE = Outcome(success=True, message='done')


class ScriptedRobot:
    """Records orders as (name, arguments); ``outcomes`` by name, `DONE` where there is none.

    With ``blocking`` set, orders of that name set ``begun`` and last until they are cancelled.
    ``order_s`` is what every other order takes.
    """

    def __init__(self) -> None:
        self.orders: list[tuple[str, tuple[Any, ...]]] = []
        self.outcomes: dict[str, Outcome] = {}
        self.blocking = ''
        self.order_s = 0.0
        self.begun = threading.Event()

    @property
    def names(self) -> list[str]:
        """The names of the orders so far."""
        return [name for name, _ in self.orders]

    def _order(self, name: str, *arguments: Any, cancelled: threading.Event) -> Outcome:
        self.orders.append((name, arguments))
        if name == self.blocking:
            self.begun.set()
            assert cancelled.wait(20.0), 'nobody cancelled'
            return Outcome(success=False, message='cancelled')
        cancelled.wait(self.order_s)
        return self.outcomes.get(name, DONE)

    def go_to(self, goal: HeadGoal, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        return self._order('go_to', goal, cancelled=cancelled)

    def look_at(self, point: Xyz, frame: str, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        return self._order('look_at', point, frame, cancelled=cancelled)

    def look_at_person(self, person: int | None, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        return self._order('look_at_person', person, cancelled=cancelled)

    def emotion(self, name: str, intensity: float, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        return self._order('emotion', name, intensity, cancelled=cancelled)

    def move(self, name: str, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        return self._order('move', name, cancelled=cancelled)

    def behave(
        self, name: str, parameters: Mapping[str, Any], cancelled: threading.Event
    ) -> Outcome:
        """See `RobotPort`."""
        return self._order('behave', name, dict(parameters), cancelled=cancelled)

    def say(self, text: str, language: str, cancelled: threading.Event) -> Outcome:
        """See `RobotPort`."""
        return self._order('say', text, language, cancelled=cancelled)

    def sight(self) -> Outcome:
        """See `RobotPort`."""
        return self._order('sight', cancelled=threading.Event())

    def stop(self) -> Outcome:
        """See `RobotPort`."""
        return self._order('stop', cancelled=threading.Event())
