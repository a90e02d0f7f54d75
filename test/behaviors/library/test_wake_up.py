"""Waking up."""

from __future__ import annotations

from datetime import UTC
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.library.wake_up import WakeUp
from bbia_sim_ros.behaviors.robot import Part
from support.courses import cancel_at_every_step
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot


def test_it_rises_before_it_speaks(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    course = run_course(WakeUp(), {}, robot)
    assert course.sentence == 'woke up'
    assert robot.names == ['move', 'feel', 'say']
    assert robot.orders_of('move')[0].arguments == {'name': 'wake_up'}


@pytest.mark.parametrize(
    ('hour', 'language', 'greeting'),
    [
        (7, 'en', 'Good morning!'),
        (12, 'en', 'Good afternoon! I am awake.'),
        (21, 'en', 'Good evening! I am awake.'),
        (21, 'fr', 'Bonsoir ! Je suis réveillé.'),
    ],
)
def test_it_greets_the_time_of_day(hour: int, language: str, greeting: str, tmp_path: Path) -> None:
    started = datetime(2026, 3, 1, hour, tzinfo=UTC)
    robot = FakeRobot(tmp_path, started=started, language=language)
    run_course(WakeUp(), {}, robot)
    assert robot.said == [greeting]


def test_it_wakes_up_without_a_word_where_there_is_no_speech(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path, parts=[Part.MOTION])
    run_course(WakeUp(), {}, robot)
    assert robot.names == ['move', 'feel']


def test_it_is_silent_if_told(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(WakeUp(), {'speak': False}, robot)
    assert robot.said == []


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    cancel_at_every_step(WakeUp, {}, partial(FakeRobot, tmp_path))


def test_it_reports_the_refusal_of_every_order(tmp_path: Path) -> None:
    refuse_at_every_step(WakeUp, {}, partial(FakeRobot, tmp_path))
