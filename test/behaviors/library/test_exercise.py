"""Exercise: as many rounds as were asked for, counted and shown, resumed where it was."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from bbia_sim_ros.behaviors.library.exercise import Exercise
from support.courses import cancel_at_every_step
from support.courses import play
from support.courses import refuse_at_every_step
from support.courses import run_course
from support.fake_robot import FakeRobot

NAMES = ['neck', 'wake_up_stretch']


@pytest.mark.parametrize('language', ['en', 'fr'])
@pytest.mark.parametrize('name', NAMES)
def test_it_does_as_many_rounds_as_were_asked_for(tmp_path: Path, name: str, language: str) -> None:
    once, thrice = (FakeRobot(tmp_path, language=language) for _ in range(2))
    run_course(Exercise(), {'name': name, 'rounds': 1}, once)
    run_course(Exercise(), {'name': name, 'rounds': 3}, thrice)
    opening, closing = once.said[0], once.said[-1]
    a_round = once.said[1:-1]
    assert len(a_round) >= 8
    assert thrice.said == [opening, *a_round * 3, closing]


def test_every_call_has_its_movement(tmp_path: Path) -> None:
    robot = FakeRobot(tmp_path)
    run_course(Exercise(), {'name': 'neck', 'rounds': 1}, robot)
    moves = {order.began: order.arguments['head'] for order in robot.orders_of('go_to')}
    calls = {order.arguments['text']: order.began for order in robot.orders_of('say')}
    assert moves[calls['Look left.']].yaw > 0.5
    assert moves[calls['And right.']].yaw < -0.5
    assert moves[calls['Chin down.']].pitch > 0.3
    assert moves[calls['Left ear to the shoulder.']].roll < -0.3


def test_an_interrupted_exercise_goes_on_in_its_round(tmp_path: Path) -> None:
    given = {'name': 'neck', 'rounds': 2}
    whole, rest = FakeRobot(tmp_path), FakeRobot(tmp_path)
    seconds = run_course(Exercise(), given, whole).seconds
    exercise = Exercise()
    assert play(exercise, given, FakeRobot(tmp_path), cancel_at=seconds * 0.75).cancelled
    run_course(exercise, given, rest)
    assert 2 < len(rest.said) < len(whole.said) / 2
    assert rest.said[1:] == whole.said[-len(rest.said) + 1 :]


def test_it_can_be_cancelled_at_every_step(tmp_path: Path) -> None:
    given = {'name': 'wake_up_stretch', 'rounds': 1}
    cancel_at_every_step(Exercise, given, partial(FakeRobot, tmp_path))


def test_it_survives_or_reports_every_refusal(tmp_path: Path) -> None:
    given = {'name': 'neck', 'rounds': 1}
    refuse_at_every_step(Exercise, given, partial(FakeRobot, tmp_path))
