"""The director's own thread is watched: one that stands still is named."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from bbia_sim_ros.behaviors.robot import Part
from bbia_sim_ros.pulses import PULSES
from support.fake_robot import FakeRobot
from support.waiting import wait_until

LIMIT_S = 3.0
NAME = "its thread 'director of behaviors' silent for"


class StuckRobot(FakeRobot):
    """A robot that does not answer the director's thread as long as it is told to."""

    answers = threading.Event()

    def obstacle(self, part: Part) -> str:
        """See `FakeRobot`."""
        if threading.current_thread().name == 'director':
            self.answers.wait()
        return super().obstacle(part)


def test_a_director_that_stands_still_is_named_and_one_at_rest_is_not(
    make_theatre: Callable[..., Any], tmp_path: Any
) -> None:
    robot = StuckRobot(tmp_path)
    robot.answers = threading.Event()
    robot.answers.set()
    theatre = make_theatre(robot)
    # It rests for a second at a time.
    end_s = time.monotonic() + 2.0 * LIMIT_S
    wait_until(lambda: NAME in PULSES.silent(LIMIT_S) or time.monotonic() > end_s, 'enough looks')
    assert NAME not in PULSES.silent(LIMIT_S)
    assert theatre.ending_of(theatre.run('bow')).success
    robot.answers.clear()
    try:
        theatre.director.start('bow')
        wait_until(lambda: NAME in PULSES.silent(LIMIT_S), 'it is found')
    finally:
        robot.answers.set()
    wait_until(lambda: NAME not in PULSES.silent(LIMIT_S), 'it turns again')
