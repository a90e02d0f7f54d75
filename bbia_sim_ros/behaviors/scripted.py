"""Behaviors that perform a script from YAML, and go on where they were when they get the body back.

Contract
    A subclass says which script it performs and in which order its steps come. The step that was
    interrupted is done again. The step's iterator may look at ``spent``.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any
from typing import ClassVar
from typing import Final

from pydantic import Field

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import BehaviorParameters
from bbia_sim_ros.behaviors.behavior import WhenPreempted
from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.script import Script
from bbia_sim_ros.behaviors.script import Step
from bbia_sim_ros.behaviors.script import perform
from bbia_sim_ros.behaviors.texts import Text

MAX_PATH: Final = 1000
_GO_ON = Text(en='Where were we? Ah yes.', fr='Où en étions-nous ? Ah oui.')


class ContentParameters(BehaviorParameters):
    """Which entry of a YAML file is taken, and where there are more."""

    name: str = Field('', max_length=100, description='Which one; empty: any of them.')
    folder: str = Field(
        '',
        max_length=MAX_PATH,
        description='Folder with a YAML file of your own; empty: those of the package.',
    )


class ScriptedBehavior(Behavior):
    """See the module's docstring."""

    requires: ClassVar[frozenset[Part]] = frozenset({Part.MOTION, Part.SPEECH})
    when_preempted: ClassVar[WhenPreempted] = WhenPreempted.RESUME

    def __init__(self) -> None:
        """Begin at the first step."""
        self._script: Script | None = None
        self._steps: Iterator[tuple[Step, float]] = iter(())
        self._now: tuple[Step, float] | None = None
        self.spent = 0.0
        """Seconds that all steps so far took."""

    @abstractmethod
    def script(self, robot: Robot, parameters: Any) -> Script:
        """Return what is performed; raises `BehaviorError` when it cannot be."""

    @abstractmethod
    def steps(self, script: Script, parameters: Any) -> Iterator[tuple[Step, float]]:
        """Return the steps in turn, each with the share of the whole that is behind it, 0..1."""

    async def run(self, robot: Robot, parameters: Any) -> str:
        """Do all steps that are left."""
        if self._script is None:
            self._script = self.script(robot, parameters)
            self._steps = self.steps(self._script, parameters)
            self._now = next(self._steps, None)
        else:
            await robot.say(_GO_ON.spoken(robot.language))
        title = self._script.title.spoken(robot.language)
        while self._now is not None:
            step, share = self._now
            robot.stage(title, share)
            began = robot.elapsed()
            await perform(robot, step)
            self.spent += robot.elapsed() - began
            self._now = next(self._steps, None)
        return f'{self.name}: {title}'
