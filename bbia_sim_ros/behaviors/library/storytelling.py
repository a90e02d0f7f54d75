"""Telling a story with gestures."""

from __future__ import annotations

from collections.abc import Iterator

from bbia_sim_ros.behaviors.content import chosen
from bbia_sim_ros.behaviors.content import read
from bbia_sim_ros.behaviors.robot import Robot
from bbia_sim_ros.behaviors.script import Script
from bbia_sim_ros.behaviors.script import Step
from bbia_sim_ros.behaviors.script import parse_script
from bbia_sim_ros.behaviors.scripted import ContentParameters
from bbia_sim_ros.behaviors.scripted import ScriptedBehavior


class Storytelling(ScriptedBehavior):
    """Tells a story with gestures, from stories.yaml; goes on where it was interrupted."""

    name = 'storytelling'
    time_limit = 1800.0

    class Parameters(ContentParameters):
        """The name of the story, and a folder with more."""

    def script(self, robot: Robot, parameters: Parameters) -> Script:
        """Return the story."""
        stories = read('stories', parameters.folder, parse_script)
        return chosen('stories', stories, parameters.name, robot.random)

    def steps(self, script: Script, parameters: Parameters) -> Iterator[tuple[Step, float]]:
        """Return the steps of the story."""
        del parameters
        for number, step in enumerate(script.opening):
            yield step, number / len(script.opening)
