"""Gymnastics for the neck and shoulders, shown and counted."""

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


class Exercise(ScriptedBehavior):
    """Shows and counts an exercise from exercises.yaml, round after round."""

    name = 'exercise'
    time_limit = 3600.0

    class Parameters(ContentParameters):
        """The name of the exercise, a folder with more, and how often it is done."""

        rounds: int = Field(2, ge=1, le=20, description='How many rounds.')

    def script(self, robot: Robot, parameters: Parameters) -> Script:
        """Return the exercise."""
        exercises = read('exercises', parameters.folder, parse_rounds)
        return chosen('exercises', exercises, parameters.name, robot.random)

    def steps(self, script: Script, parameters: Parameters) -> Iterator[tuple[Step, float]]:
        """Return the opening, the rounds, and the closing."""
        every = (*script.opening, *script.round * parameters.rounds, *script.closing)
        for number, step in enumerate(every):
            yield step, number / len(every)
