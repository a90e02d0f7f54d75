"""Going to sleep."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.errors import OrderRefused
from bbia_sim_ros.behaviors.library.go_to_sleep import GoToSleep
from bbia_sim_ros.behaviors.robot import Part
from support.courses import cancel_at_every_step
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot


@pytest.mark.parametrize(('language', 'word'), [('en', 'Good night'), ('fr', 'Bonne nuit')])
def test_it_says_good_night_and_lies_asleep(language: str, word: str, tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, language=language)
    course = run_course(GoToSleep(), {}, robot)
    assert course.sentence == 'went to sleep'
    assert word in robot.said[0]
    assert robot.names == ['say', 'feel', 'move']
    assert robot.asleep()


@pytest.mark.parametrize('parts', [[Part.MOTION], list(Part)])
def test_it_lies_down_without_a_word(parts: list[Part], tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts=parts)
    run_course(GoToSleep(), {'speak': Part.SPEECH not in parts}, robot)
    assert robot.said == []
    assert robot.asleep()


def test_a_refused_good_night_keeps_nobody_awake(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, refuse_at=0)
    course = run_course(GoToSleep(), {}, robot)
    assert course.sentence == 'went to sleep; good night was not said: say is refused by the test'
    assert robot.asleep()


def test_a_refusal_to_lie_down_is_reported(tmp_path: Path) -> None:
    with pytest.raises(OrderRefused, match='move is refused by the test'):
        run_course(GoToSleep(), {}, FakeRobot(tmp_path, refuse_at=2))


def test_it_comes_before_ordinary_behaviors() -> None:
    assert GoToSleep.priority == 150


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(GoToSleep, {}, partial(FakeRobot, tmp_path))


def test_it_survives_or_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    refuse_at_every_step(GoToSleep, {}, partial(FakeRobot, tmp_path))
