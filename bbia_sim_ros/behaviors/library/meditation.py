"""Breathing together."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from bbia_sim_ros.behaviors.content import chosen
from bbia_sim_ros.behaviors.content import read
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.script import Script
from bbia_sim_ros.behaviors.script import Step
from bbia_sim_ros.behaviors.script import parse_rounds
from bbia_sim_ros.behaviors.scripted import ContentParameters
from bbia_sim_ros.behaviors.scripted import ScriptedBehavior

_MINUTE_S = 60.0
# What the opening, the closing and the last round may take.
_MORE_S = 600.0


class Meditation(ScriptedBehavior):
    """Breathes with you for some minutes, slowly and in time, from meditations.yaml."""

    name = 'meditation'

    class Parameters(ContentParameters):
        """The name of the meditation, a folder with more, and how long it lasts."""

        minutes: float = Field(3.0, ge=0.5, le=60.0, description='How long, without the opening.')

    def limit(self, parameters: Parameters) -> float:
        """Return the time that was asked for, and some."""
        return parameters.minutes * _MINUTE_S + _MORE_S

    def script(self, robot: Robot, parameters: Parameters) -> Script:
        """Return the meditation."""
        meditations = read('meditations', parameters.folder, parse_rounds)
        return chosen('meditations', meditations, parameters.name, robot.random)

    def steps(self, script: Script, parameters: Parameters) -> Iterator[tuple[Step, float]]:
        """Return the opening, rounds until the time is over, and the closing."""
        for step in script.opening:
            yield step, 0.0
        began, seconds = self.spent, parameters.minutes * _MINUTE_S
        while self.spent - began < seconds:
            for step in script.round:
                yield step, min(1.0, (self.spent - began) / seconds)
        for step in script.closing:
            yield step, 1.0
