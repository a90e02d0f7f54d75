"""What goes on for a given time counts it over preemptions, which each begin the course anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bbia_sim_ros.behaviors.behavior import Behavior
from bbia_sim_ros.behaviors.behavior import WhenPreempted
from bbia_sim_ros.behaviors.robot import Robot


class Resumable(Behavior):
    """A behavior that is resumed with what is left of its time; its course is in `counted`."""

    when_preempted = WhenPreempted.RESUME
    _spent_s = 0.0

    @contextmanager
    def counted(self, robot: Robot) -> Iterator[None]:
        """Count the time of a course in this block, however it ends."""
        try:
            yield
        finally:
            self._spent_s += robot.elapsed()

    def spent(self, robot: Robot) -> float:
        """Return the time of this course and of those before it, s; within `counted`."""
        return self._spent_s + robot.elapsed()

    def left(self, robot: Robot, duration: float) -> float:
        """Return what is left of a duration, s; negative when it is over."""
        return duration - self.spent(robot)
